"""Errands: on the disk before they are sent, in order, until they are answered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from dispatch.clock import SystemClock, epoch_ms
from dispatch.desk import errands as errands_module
from dispatch.desk.errands import Errand, Errands
from dispatch.desk.file import DeskFile
from dispatch.desk.sequels import Sequel, Sequels, What
from dispatch.domain.errors import DispatchError
from dispatch.domain.incidents import IncidentId
from dispatch.domain.operators import By, Role
from dispatch.feed.link import Link, LinkDown
from dispatch.feed.outbox import CommandResult, Outbox
from dispatch.feed.payloads import By as SaidBy
from dispatch.feed.payloads import IncidentChange, IncidentOpen, IncidentRecord, Response
from tests.unit.feed.feed_world import CHANGSHA, ZHUZHOU

WHO = SaidBy(operator="wang", role="dispatcher")
CLOCK = SystemClock()


def note(number: str = "CS-1124-1001", text: str = "a") -> IncidentChange:
    return IncidentChange(incident=number, act="note", by=WHO, text=text)


def opening(number: str = "CS-1124-1001") -> IncidentOpen:
    record = IncidentRecord(
        incident=number,
        state="waiting",
        priority=1,
        lat=28.2,
        lon=112.9,
        datum="wgs84",
        place="x",
        opened_at=1,
    )
    return IncidentOpen(incident=record, by=WHO)


@dataclass
class FakeLink:
    """Takes commands while it is up."""

    up: bool = True
    sent: list[dict[str, Any]] = field(default_factory=list)

    async def publish(self, topic: str, kind: str, data: object, **more: Any) -> None:
        if not self.up:
            raise LinkDown("no link")
        self.sent.append({"topic": topic, "kind": kind, "data": data, **more})


@asynccontextmanager
async def at_work(path: Path, link: FakeLink) -> AsyncIterator[Errands]:
    links = {CHANGSHA: cast("Link", link)}
    file = DeskFile.open(path)
    errands = Errands(file, Outbox(links, home_city=CHANGSHA, node="console-1", clock=CLOCK), CLOCK)
    running = asyncio.create_task(errands.run())
    try:
        yield errands
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await file.close()


async def sent(link: FakeLink, count: int) -> None:
    async with asyncio.timeout(5):
        while len(link.sent) < count:  # noqa: ASYNC110 - a fake sets no event
            await asyncio.sleep(0.01)


def yes(key: str) -> Response:
    return Response(key=key, accepted=True)


async def test_an_errand_is_sent_until_its_answer_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errands_module, "AGAIN_AFTER_S", 0.1)
    link = FakeLink()
    async with at_work(tmp_path / "desk.db", link) as errands:
        errand = await errands.give(CHANGSHA, "incident.change", note(), subject="CS-1124-1001")
        await sent(link, 3)
        assert {one["key"] for one in link.sent} == {errand.key}
        assert link.sent[0]["kind"] == "cmd.incident.change"
        assert await errands.settled(errand.key, 0.05) is None
        assert not errands.hear(ZHUZHOU, yes(errand.key)), "another city's answer counts for nothing"
        assert errands.hear(CHANGSHA, yes(errand.key))
        assert await errands.settled(errand.key, 2.0) == CommandResult(True, True, "")
        assert errands.open_ones == {}


async def test_a_change_never_overtakes_the_opening_and_subjects_do_not_wait_for_each_other(
    tmp_path: Path,
) -> None:
    link = FakeLink()
    async with at_work(tmp_path / "desk.db", link) as errands:
        first = await errands.give(CHANGSHA, "incident.open", opening(), subject="CS-1124-1001")
        await errands.give(CHANGSHA, "incident.change", note(), subject="CS-1124-1001")
        await errands.give(CHANGSHA, "incident.change", note("CS-1124-1002"), subject="CS-1124-1002")
        await sent(link, 2)
        assert [one["kind"] for one in link.sent] == ["cmd.incident.open", "cmd.incident.change"]
        assert link.sent[1]["data"].incident == "CS-1124-1002"
        errands.hear(CHANGSHA, yes(first.key))
        await sent(link, 3)
        assert link.sent[2]["data"].incident == "CS-1124-1001"


async def test_what_was_not_answered_is_sent_after_a_restart_under_the_same_key(tmp_path: Path) -> None:
    link = FakeLink(up=False)
    async with at_work(tmp_path / "desk.db", link) as errands:
        errand = await errands.give(CHANGSHA, "incident.open", opening(), subject="CS-1124-1001")
        await asyncio.sleep(0.05)
        assert link.sent == []
    link.up = True
    async with at_work(tmp_path / "desk.db", link) as errands:
        await sent(link, 1)
        assert link.sent[0]["key"] == errand.key
        assert link.sent[0]["data"] == opening()
        errands.hear(CHANGSHA, yes(errand.key))
        await errands.settled(errand.key, 2.0)
        assert await errands.given(errand.key) == opening(), "it can be looked up for ever"
    async with at_work(tmp_path / "desk.db", link) as errands:
        assert errands.open_ones == {}


async def test_an_errand_past_its_end_is_given_up_and_never_sent(tmp_path: Path) -> None:
    link = FakeLink(up=False)
    async with at_work(tmp_path / "desk.db", link) as errands:
        until_ms = epoch_ms(CLOCK.now()) + 50
        errand = await errands.give(CHANGSHA, "incident.change", note(), subject="x", until_ms=until_ms)
        result = await errands.settled(errand.key, 5.0)
        assert result is not None
        assert (result.answered, result.accepted, result.code) == (False, False, "expired")
        link.up = True
        await asyncio.sleep(0.05)
        assert link.sent == []


async def test_an_answer_may_put_another_errand_in_its_place_and_what_waits_follows_it(
    tmp_path: Path,
) -> None:
    link = FakeLink()

    async def next_number(errand: Errand, result: CommandResult) -> Errand | None:
        if result.code != "incident_exists":
            return None
        return Errand("key-2", "CS-1124-1002", errand.city, errand.kind, opening("CS-1124-1002"))

    async with at_work(tmp_path / "desk.db", link) as errands:
        errands.on_answer = next_number
        first = await errands.give(CHANGSHA, "incident.open", opening(), subject="CS-1124-1001")
        await errands.give(CHANGSHA, "incident.change", note(), subject="CS-1124-1001")
        await sent(link, 1)
        errands.hear(CHANGSHA, Response(key=first.key, accepted=False, code="incident_exists"))
        await sent(link, 2)
        assert (link.sent[1]["key"], link.sent[1]["data"]) == ("key-2", opening("CS-1124-1002"))
        assert errands.subject_of(first) == "CS-1124-1002"
        waiting = asyncio.create_task(errands.settled(first.key, 5.0))
        await asyncio.sleep(0)
        assert errands.waited_for(errands.open_ones["key-2"])
        errands.hear(CHANGSHA, yes("key-2"))
        assert await waiting == CommandResult(True, True, "")
        await sent(link, 3)
        assert link.sent[2]["data"] == note("CS-1124-1002")
    async with at_work(tmp_path / "desk.db", link) as errands:
        assert [one.subject for one in errands.open_ones.values()] == ["CS-1124-1002"]


async def test_an_answer_that_cannot_be_followed_is_not_counted_as_heard(tmp_path: Path) -> None:
    link, failing = FakeLink(), True

    async def log_it(_errand: Errand, _result: CommandResult) -> None:
        if failing:
            raise DispatchError("the log cannot be written")

    async with at_work(tmp_path / "desk.db", link) as errands:
        errands.on_answer = log_it
        errand = await errands.give(CHANGSHA, "incident.change", note(), subject="x")
        errands.hear(CHANGSHA, yes(errand.key))
        assert await errands.settled(errand.key, 0.1) is None
        assert errand.key in errands.open_ones
        failing = False
        errands.hear(CHANGSHA, yes(errand.key))
        assert await errands.settled(errand.key, 2.0) is not None


async def test_an_errand_of_another_edition_stops_nobody_and_stays_in_the_file(tmp_path: Path) -> None:
    path, link = tmp_path / "desk.db", FakeLink()
    file = DeskFile.open(path)
    insert = "INSERT INTO errands (key, subject, city, kind, data, until_ms, open) VALUES (?,?,?,?,?,NULL,1)"
    await file.execute(insert, ("old", "s", "changsha", "incident.forget", "{}"))
    said = msgspec.json.encode(note()).decode()
    await file.execute(insert, ("good", "t", "changsha", "incident.change", said))
    await file.close()
    async with at_work(path, link) as errands:
        assert set(errands.open_ones) == {"good"}
    again = DeskFile.open(path)
    assert len(again.read("SELECT key FROM errands WHERE open")) == 2
    await again.close()


async def test_one_file_belongs_to_one_desk(tmp_path: Path) -> None:
    file = DeskFile.open(tmp_path / "desk.db")
    with pytest.raises(DispatchError):
        DeskFile.open(tmp_path / "desk.db")
    await file.close()


async def test_what_waits_for_a_crew_outlives_the_console(tmp_path: Path) -> None:
    file = DeskFile.open(tmp_path / "desk.db")
    by = By(operator="wang", role=Role.SUPERVISOR)
    sequel = Sequel("send:CS-001", What.SEND, IncidentId("CS-1124-1002"), by, 5)
    await Sequels(file).keep(sequel)
    await file.close()
    again = DeskFile.open(tmp_path / "desk.db")
    kept = Sequels(again)
    assert kept.all == {"send:CS-001": sequel}
    await kept.drop(sequel)
    assert Sequels(again).all == {}
    await again.close()


@pytest.mark.parametrize("turns", range(5))
async def test_a_desk_ends_although_something_was_to_be_sent_at_that_moment(
    tmp_path: Path, turns: int
) -> None:
    file = DeskFile.open(tmp_path / "desk.db")
    errands = Errands(file, Outbox({}, home_city=CHANGSHA, node="console-1", clock=CLOCK), CLOCK)
    running = asyncio.create_task(errands.run())
    await asyncio.sleep(0.05)
    errands._look.set()
    for _turn in range(turns):
        await asyncio.sleep(0)
    running.cancel()
    done, _pending = await asyncio.wait({running}, timeout=2)
    assert done
    await file.close()
