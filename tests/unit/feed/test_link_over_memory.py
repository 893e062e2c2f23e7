"""A link over a broker in memory: what it makes of words that are lost on their way."""

import asyncio

from dispatch.clock import SystemClock
from dispatch.domain.geography import CityCode
from dispatch.feed.link import Identity, Link, LinkTiming
from dispatch.feed.memory import MemoryBroker, MemoryTransport

CHANGSHA = CityCode("changsha")
CLOCK = SystemClock()


async def test_a_first_word_that_is_lost_is_said_again_on_the_same_connection() -> None:
    broker = MemoryBroker()
    link = Link(
        city=CHANGSHA,
        transport=MemoryTransport(broker, "console-1", CLOCK),
        identity=Identity(CHANGSHA, "console-1", "console", drill=True),
        filters=(),
        clock=CLOCK,
        on_batch=lambda _city, _batch: None,
        timing=LinkTiming(answer_s=3.0),
    )
    broker.denied.add(link.own_topic)
    running = asyncio.create_task(link.run())
    try:
        await asyncio.sleep(0.3)
        assert not link.state.up
        epoch = link.epoch
        broker.denied.clear()
        async with asyncio.timeout(2.5):
            while not link.state.up:  # noqa: ASYNC110 - what is waited for sets no event
                await asyncio.sleep(0.02)
        assert link.epoch == epoch
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
