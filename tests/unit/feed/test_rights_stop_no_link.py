"""A trial of rights that comes to nothing never stands between a console and its broker."""

from collections.abc import Mapping

import pytest

from dispatch.clock import SystemClock
from dispatch.domain.geography import CityCode
from dispatch.feed.access import Program, ProgramRole
from dispatch.feed.memory import MemoryBroker, MemoryTransport
from dispatch.feed.self_test import Findings, RightsTest
from dispatch.feed.transport import Endpoint, TransportLost
from dispatch.feed.trial import Tried

CHANGSHA = CityCode("changsha")
CLOCK = SystemClock()


async def test_a_broker_that_leaves_a_trial_unanswered_gets_its_link_and_one_that_is_away_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def hangs_up(_endpoint: Endpoint, _client: str, _publishes: Mapping[str, bytes]) -> Tried:
        raise TransportLost("the broker does not answer")

    monkeypatch.setattr("dispatch.feed.self_test.try_rights", hangs_up)
    told: list[Findings] = []
    program = Program(CHANGSHA, ProgramRole.CONSOLE, "console-1")
    test = RightsTest(program, {CHANGSHA: Endpoint("127.0.0.1", 1)}, CLOCK, on_findings=told.append)
    broker = MemoryBroker()
    transport = test.over(lambda _city, client: MemoryTransport(broker, client, CLOCK))(CHANGSHA, "c")
    broker.stop()
    with pytest.raises(TransportLost):
        async with transport.session(None):
            pass
    assert told == []
    broker.start()
    for _ in range(2):
        async with transport.session(None) as session:
            await session.subscribe(["a/#"])
    assert [one.untried for one in told] == ["the broker does not answer"]
    assert not told[0].good
