"""A link over a broker in memory: what it makes of words that are lost on their way."""

import asyncio
from collections.abc import Callable

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


def _console(broker: MemoryBroker, program: str) -> Link:
    """A program that says it is console-1; its connection is its own."""
    return Link(
        city=CHANGSHA,
        transport=MemoryTransport(broker, f"console-1-{program}", CLOCK),
        identity=Identity(CHANGSHA, "console-1", "console", drill=True),
        filters=(),
        clock=CLOCK,
        on_batch=lambda _city, _batch: None,
        timing=LinkTiming(beat_s=0.1, answer_s=1.0, settle_s=0.05, first_pause_s=0.05, longest_pause_s=0.1),
    )


async def _until(true: Callable[[], bool], within_s: float = 20.0) -> None:
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.01)


async def test_a_program_with_a_name_that_is_in_use_yields_until_the_other_has_ended() -> None:
    broker = MemoryBroker()
    first, second = _console(broker, "a"), _console(broker, "b")
    running = [asyncio.create_task(first.run())]
    try:
        await _until(lambda: first.state.up)
        epoch = first.epoch
        running.append(asyncio.create_task(second.run()))
        await _until(lambda: second.state.twin)
        await asyncio.sleep(0.5)
        assert first.state.up
        assert first.epoch == epoch, "the one at work was never disturbed"
        assert not second.state.up
        running[0].cancel()
        await _until(lambda: second.state.up)
        assert not second.state.twin
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def test_of_two_that_start_together_one_stays() -> None:
    broker = MemoryBroker()
    links = [_console(broker, "a"), _console(broker, "b")]
    running = []
    for link in links:
        running.append(asyncio.create_task(link.run()))
        await asyncio.sleep(0.005)  # two programs, two milliseconds: their epochs differ
    try:
        await _until(lambda: any(link.state.twin for link in links))
        await _until(lambda: sorted(link.state.up for link in links) == [False, True])
        await asyncio.sleep(0.5)
        assert sorted(link.state.up for link in links) == [False, True]
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def test_what_is_left_of_a_life_that_died_unheard_only_delays_the_next() -> None:
    broker = MemoryBroker()
    first, second = _console(broker, "a"), _console(broker, "b")
    running = asyncio.create_task(first.run())
    await _until(lambda: first.state.up)
    broker.freeze("console-1-a")
    after = asyncio.create_task(second.run())
    try:
        await _until(lambda: second.state.up)
    finally:
        for task in (running, after):
            task.cancel()
        await asyncio.gather(running, after, return_exceptions=True)
