"""Commands: one key, repeated until answered, and never a silent yes."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from dispatch.clock import SystemClock
from dispatch.feed import outbox as outbox_module
from dispatch.feed.link import Link, LinkDown
from dispatch.feed.outbox import CommandResult, Outbox
from dispatch.feed.payloads import Response, SnapshotRequest
from tests.unit.feed.feed_world import CHANGSHA, ZHUZHOU

ASK = SnapshotRequest(kind="units")


@dataclass
class FakeLink:
    """Takes commands, or is down for the first few."""

    down_for: int = 0
    sent: list[dict[str, Any]] = field(default_factory=list)

    async def publish(self, topic: str, kind: str, data: object, **more: Any) -> None:
        if self.down_for:
            self.down_for -= 1
            raise LinkDown("no link")
        self.sent.append({"topic": topic, "kind": kind, **more})


def an_outbox(link: FakeLink) -> Outbox:
    links = {ZHUZHOU: cast("Link", link)}
    return Outbox(links, home_city=CHANGSHA, node="console-1", clock=SystemClock())


async def send(box: Outbox, expires_s: float = 5.0) -> asyncio.Task[CommandResult]:
    task = asyncio.create_task(box.send(ZHUZHOU, "snapshot.request", ASK, expires_s=expires_s))
    await asyncio.sleep(0.02)
    return task


async def test_a_command_is_answered_by_its_key() -> None:
    link = FakeLink()
    box = an_outbox(link)
    task = await send(box)
    sent = link.sent[0]
    assert sent["topic"] == "czt/v1/changsha/cmd/zhuzhou/snapshot.request"
    assert sent["kind"] == "cmd.snapshot.request"
    assert sent["reply_to"] == "czt/v1/zhuzhou/rsp/changsha/console-1"
    assert sent["expires_at"]
    box.hear(ZHUZHOU, Response(key=sent["key"], accepted=False, reason="加油中\x1b"))
    assert await task == CommandResult(answered=True, accepted=False, reason="加油中␛")


async def test_an_answer_of_another_city_or_to_another_key_does_not_count() -> None:
    link = FakeLink()
    box = an_outbox(link)
    task = await send(box, expires_s=0.2)
    box.hear(CHANGSHA, Response(key=link.sent[0]["key"], accepted=True))
    box.hear(ZHUZHOU, Response(key="other", accepted=True))
    result = await task
    assert (result.answered, result.accepted) == (False, False)
    assert result.reason
    assert box.late == 2


async def test_it_is_sent_again_with_the_same_key(monkeypatch: pytest.MonkeyPatch) -> None:
    assert outbox_module.AGAIN_AFTER_S >= 3
    monkeypatch.setattr(outbox_module, "AGAIN_AFTER_S", 0.1)
    link = FakeLink()
    box = an_outbox(link)
    await (await send(box, expires_s=0.35))
    assert len(link.sent) >= 3
    assert len({sent["key"] for sent in link.sent}) == 1
    assert len({sent["expires_at"] for sent in link.sent}) == 1


async def test_a_link_that_is_down_is_waited_for() -> None:
    link = FakeLink(down_for=2)
    box = an_outbox(link)
    task = await send(box)
    await asyncio.sleep(0.2)
    box.hear(ZHUZHOU, Response(key=link.sent[0]["key"], accepted=True))
    assert (await task).accepted


async def test_a_link_that_stays_down_is_told_apart_from_a_city_that_is_silent() -> None:
    down = await (await send(an_outbox(FakeLink(down_for=10_000)), expires_s=0.1))
    silent = await (await send(an_outbox(FakeLink()), expires_s=0.1))
    assert not down.answered
    assert not silent.answered
    assert down.reason != silent.reason
