"""Counting a city from its messages: states, ages, incidents, alarms; and what is refused."""

from typing import Any

import pytest

from dispatch.domain.geography import CityCode
from dispatch.feed import payloads, topics
from dispatch.feed.transport import Received
from dispatch.province.model import CityCount
from dispatch.province.tally import CityTally

CITY, NOW = CityCode("hengyang"), 1_795_000_000_000
STALE_S = 30
BUSY = payloads.UnitStatus(unit="HY-001", state=3, since=NOW - 1_000, source="terminal")


class Said:
    """What a city says, numbered as it goes."""

    def __init__(self) -> None:
        self.tally = CityTally(CITY, stale_after_s=STALE_S, blood_alarms=("blood", "stock"), drill=False)

    def count(self, now: int = NOW) -> CityCount:
        return self.tally.count(now, "up")

    def take(self, topic: str, kind: str, data: payloads.Payload, **more: Any) -> "Said":
        self.tally.take([message(topic, kind, data, **more)])
        return self

    def state(self, unit: str, state: int, since: int = NOW - 60_000) -> "Said":
        data = payloads.UnitStatus(unit=unit, state=state, since=since, source="terminal")
        return self.take(topics.status(CITY, unit), "unit.status", data)

    def fix(self, unit: str, at: int = NOW - 1_000) -> "Said":
        return self.take(topics.position(CITY, unit), "unit.position", position(unit), at=at)


def position(unit: str) -> payloads.UnitPosition:
    return payloads.UnitPosition(unit=unit, lat=26.9, lon=112.6, datum="wgs84")


def message(
    topic: str,
    kind: str,
    data: payloads.Payload,
    *,
    at: int = NOW - 1_000,
    city: str = CITY,
    node: str = "n",
    drill: bool = False,
    retained: bool = False,
) -> Received:
    source = payloads.Source(city=city, node=node, epoch=1)
    said = payloads.Envelope(
        v=1, type=kind, src=source, seq=1, ts_evt=at, ts_pub=at, drill=drill, data=data
    )  # fmt: skip
    return Received(topic, payloads.encode(said), retained, NOW)


def incident(number: str, state: Any, priority: Any = 2) -> payloads.IncidentRecord:
    return payloads.IncidentRecord(
        incident=number, state=state, priority=priority, lat=26.9, lon=112.6, datum="wgs84", place="x",
        opened_at=NOW - 9,
    )  # fmt: skip


def test_units_are_available_busy_silent_or_out() -> None:
    said = Said()
    for number, state in enumerate((6, 7, 0, 3, 5, 8, 9)):
        said.state(f"HY-{number:03}", state).fix(f"HY-{number:03}")
    said.state("HY-100", 7)  # never a position
    said.state("HY-101", 3).fix("HY-101", NOW - 60_000)
    said.fix("HY-102")  # its state was never said
    found = said.count()
    assert (found.available, found.busy, found.silent, found.out) == (2, 3, 3, 2)
    assert found.units == 10
    assert found.oldest_s == 1.0


def test_a_unit_falls_silent_with_time_and_an_older_fix_does_not_bring_it_back() -> None:
    said = Said().state("HY-001", 7).fix("HY-001", NOW)
    later = NOW + STALE_S * 1000 + 1
    assert said.count(NOW).available == 1
    assert (said.count(later).available, said.count(later).silent) == (0, 1)
    said.fix("HY-001", NOW - 5_000)
    assert said.count(NOW).oldest_s == 0.0


def test_the_snapshot_brings_every_unit_and_an_older_state_in_it_changes_nothing() -> None:
    said = Said()
    row = message(topics.status(CITY, "HY-001"), "unit.status", BUSY, retained=True)
    said.tally.take([row])
    units = [
        payloads.UnitSnapshot(
            unit=f"HY-{n:03}", capabilities=["basic"], state=7, since=NOW - 9_000, fixed_at=NOW - 2_000
        )
        for n in range(1, 4)
    ]  # fmt: skip
    said.take(
        topics.snapshot(CITY, "units"), "snapshot.units", payloads.UnitsSnapshot(units=units), retained=True
    )
    found = said.count()
    assert (found.available, found.busy) == (2, 1)
    assert found.heard_s is None, "what is retained is no sign of life"


def test_incidents_are_open_until_they_are_closed_or_cleared() -> None:
    said = Said()
    for number, state, priority in (
        ("1", "waiting", 1),
        ("2", "on_scene", 1),
        ("3", "waiting", 2),
        ("4", "closed", 1),
    ):
        topic = topics.incident(CITY, f"HY-1127-{number}")
        said.take(topic, "incident", incident(f"HY-1127-{number}", state, priority))
    found = said.count()
    assert (found.incidents, found.waiting, found.critical) == (3, 2, 2)
    said.take(topics.incident(CITY, "HY-1127-1"), "incident", incident("HY-1127-1", "closed"), at=NOW)
    said.take(
        topics.incident(CITY, "HY-1127-1"), "incident", incident("HY-1127-1", "waiting"), at=NOW - 5_000
    )
    said.tally.take([Received(topics.incident(CITY, "HY-1127-2"), b"", False, NOW)])
    assert said.count().incidents == 1, "an older word does not open a closed one again"


def alarm(code: str, state: Any) -> payloads.AlarmRecord:
    return payloads.AlarmRecord(alarm=code, code=code, severity="warning", raised_at=NOW, state=state)


def test_blood_warnings_are_open_alarms_about_blood() -> None:
    alarms = [alarm("stock_short", "unacknowledged"), alarm("blood_refused", "acknowledged")]
    alarms += [alarm("stock_few", "returned"), alarm("unit_silent", "unacknowledged")]
    listed = payloads.AlarmsSnapshot(alarms=alarms)
    said = Said().take(topics.snapshot(CITY, "alarms"), "snapshot.alarms", listed)
    assert said.count().blood == 2
    empty = payloads.AlarmsSnapshot(alarms=[])
    said.take(topics.snapshot(CITY, "alarms"), "snapshot.alarms", empty, at=NOW - 9_000)
    assert said.count().blood == 2, "an older list does not clear a newer one"


def test_a_centre_is_there_while_it_says_so() -> None:
    here = payloads.NodeState(state="online", kind="centre", version="1")
    gone = payloads.NodeState(state="offline", kind="centre", version="1")
    said = Said().take(topics.node(CITY, "centre"), "node.state", here, node="centre")
    assert said.count().centre
    said.take(topics.node(CITY, "centre"), "node.state", gone, node="console-9", at=NOW)
    assert said.count().centre, "nobody else's word counts"
    assert said.tally.refused == 1
    assert (
        not said.take(topics.node(CITY, "centre"), "node.state", gone, node="centre", at=NOW).count().centre
    )


def test_of_many_positions_of_a_unit_only_the_last_is_looked_at() -> None:
    said = Said()
    topic = topics.position(CITY, "HY-001")
    said.tally.take(
        [message(topic, "unit.position", position("HY-001"), at=NOW - n) for n in range(9, -1, -1)]
    )
    found = said.count()
    assert (found.messages, found.coalesced, found.refused) == (10, 9, 0)
    assert found.silent == 1


@pytest.mark.parametrize(
    "bad",
    [
        Received("czt/v1/hengyang/ems/unit/HY-001/position", b"{", False, NOW),
        Received("czt/v1/hengyang/ems/unit/HY-001/position", b"x" * 3_000, False, NOW),
        Received("czt/v1/yueyang/ems/unit/HY-001/position", b"{}", False, NOW),
        Received("junk", b"{}", False, NOW),
        message(topics.position(CITY, "HY-001"), "unit.position", position("HY-002")),
        message(topics.position(CITY, "HY-001"), "unit.position", position("HY-001"), city="yueyang"),
        message(topics.position(CITY, "HY-001"), "unit.position", position("HY-001"), drill=True),
        message(topics.position(CITY, "HY-001"), "unit.position", position("HY-001"), at=NOW + 60_000),
        message(topics.command(CITY, CITY, "x"), "unit.position", position("HY-001")),
    ],
)  # fmt: skip
def test_what_cannot_be_believed_is_counted_and_nothing_else(bad: Received) -> None:
    said = Said()
    said.tally.take([bad])
    found = said.count()
    assert (found.refused, found.units, found.heard_s) == (1, 0, None)
