"""Links against every broker: what is said arrives, what dies is noticed, what comes back heals."""

import asyncio
import time
from pathlib import Path

import pytest

from dispatch.feed import payloads, topics
from dispatch.feed.link import LinkDown, LinkTiming
from dispatch.feed.transport import TransportLost
from tests.feed.feed_bench import CHANGSHA, QUICK, ZHUZHOU, Bench, Cable, Listener, now_ms, until

STATE = topics.node(CHANGSHA, "sim-1")
COMMANDS = (topics.commands_to(CHANGSHA),)


def simulator(bench: Bench) -> Listener:
    return Listener(bench.transport("sim-1"), "sim-1", kind="simulator", filters=COMMANDS)


def online(listener: Listener, topic: str = STATE) -> list[bool]:
    heard = [payloads.decode("node.state", one.payload).data for one in listener.said(topic)]
    return [said.state == "online" for said in heard if isinstance(said, payloads.NodeState)]


async def test_what_one_link_publishes_the_other_hears_once_and_in_order(bench: Bench) -> None:
    async with Listener(bench.transport("c-1"), "console-1") as console, simulator(bench) as city:
        for _ in range(50):
            await city.say_position(qos=1)
        topic = topics.position(CHANGSHA, "CS-001")
        await until(lambda: len(console.said(topic)) >= 50)
        numbers = [payloads.decode("unit.position", one.payload).seq for one in console.said(topic)]
        assert numbers == list(range(1, 51))
        assert not any(one.retained for one in console.said(topic))
        assert console.said(topics.node(CHANGSHA, "console-1")) == []


async def test_a_retained_message_reaches_a_console_that_comes_later(bench: Bench) -> None:
    async with simulator(bench) as city:
        data = payloads.UnitStatus(unit="CS-001", state=7, since=now_ms(), source="terminal")
        await city.link.publish(topics.status(CHANGSHA, "CS-001"), "unit.status", data, retain=True)
        async with Listener(bench.transport("c-1"), "console-1") as console:
            await until(lambda: bool(console.said(topics.status(CHANGSHA, "CS-001"))))
            assert console.said(topics.status(CHANGSHA, "CS-001"))[0].retained


async def test_a_clean_exit_says_offline_although_the_will_is_not_sent(bench: Bench) -> None:
    async with Listener(bench.transport("c-1"), "console-1") as console:
        async with simulator(bench):
            await until(lambda: online(console)[-1:] == [True])
        await until(lambda: online(console)[-1:] == [False])


async def test_a_cut_cable_sends_the_will(real_bench: Bench) -> None:
    async with (
        Listener(real_bench.transport("c-1"), "console-1") as console,
        Cable(real_bench.endpoint) as cable,
    ):
        city = Listener(
            real_bench.transport("sim-1", cable.endpoint), "sim-1", kind="simulator", filters=COMMANDS
        )
        async with city:
            await until(lambda: online(console)[-1:] == [True])
            cable.die()
            cable.pull()
            await until(lambda: online(console)[-1:] == [False])
            dead = payloads.decode("node.state", console.said(STATE)[-1].payload)
            cable.heal()
            await until(lambda: online(console)[-1:] == [True])
            alive = payloads.decode("node.state", console.said(STATE)[-1].payload)
            assert alive.src.epoch > dead.src.epoch


async def test_a_half_open_connection_is_noticed_within_ten_seconds_and_heals(real_bench: Bench) -> None:
    usual = LinkTiming()
    assert usual.beat_s + usual.answer_s < 10
    async with Cable(real_bench.endpoint) as cable:
        listener = Listener(real_bench.transport("c-1", cable.endpoint), "console-1")
        async with listener:
            cable.die()
            started = time.monotonic()
            await until(lambda: not listener.link.state.up)
            assert time.monotonic() - started < QUICK.beat_s + QUICK.answer_s + 1.0
            assert listener.link.state.error
            cable.heal()
            await until(lambda: listener.link.state.up)


@pytest.mark.slow
async def test_with_the_usual_timing_a_dead_cable_is_noticed_within_ten_seconds(real_bench: Bench) -> None:
    async with Cable(real_bench.endpoint) as cable:
        listener = Listener(real_bench.transport("c-1", cable.endpoint), "console-1", timing=LinkTiming())
        async with listener:
            cable.die()
            started = time.monotonic()
            await until(lambda: not listener.link.state.up, within_s=12)
            assert time.monotonic() - started < 10


async def test_a_link_cut_in_one_city_leaves_the_others_alone(
    bench: Bench, tmp_path_factory: pytest.TempPathFactory
) -> None:
    kind = "memory" if bench.process is None else bench.process.kind
    other = Bench(kind, tmp_path_factory.mktemp("other"))
    await other.start()
    try:
        async with (
            Listener(bench.transport("c-1"), "console-1") as here,
            Listener(other.transport("c-2"), "console-1", city=ZHUZHOU) as there,
        ):
            await bench.kill()
            await until(lambda: not here.link.state.up)
            await asyncio.sleep(0.5)
            assert there.link.state.up
            assert len(there.states) == 1
            await bench.start()
            await until(lambda: here.link.state.up)
    finally:
        await other.kill()


async def test_around_a_restart_of_the_broker_every_acknowledged_message_arrives(
    bench: Bench,
) -> None:
    topic = topics.position(CHANGSHA, "CS-001")
    async with Listener(bench.transport("c-1"), "console-1") as console, simulator(bench) as city:
        sent = await _say_many(city, 200)
        await until(lambda: len(console.said(topic)) == 200)  # killed earlier it may lose some
        await bench.kill()
        await until(lambda: not city.link.state.up and not console.link.state.up)
        with pytest.raises(LinkDown):
            await city.say_position(qos=1)
        await bench.start()
        await until(lambda: city.link.state.up and console.link.state.up)
        sent += await _say_many(city, 200)
        await until(lambda: len(console.said(topic)) >= len(sent))
        heard = [_identity(one.payload) for one in console.said(topic)]
        assert set(sent) <= set(heard)


async def _say_many(city: Listener, count: int) -> list[tuple[int, int]]:
    said = []
    for _ in range(count):
        await city.say_position(qos=1)
        said.append((city.link.epoch, city.link._sequences[topics.position(CHANGSHA, "CS-001")]))
    return said


def _identity(raw: bytes) -> tuple[int, int]:
    envelope = payloads.decode("unit.position", raw)
    return envelope.src.epoch, envelope.seq


async def test_a_broker_that_silently_denies_the_own_topic_is_found_at_the_start() -> None:
    bench = Bench("memory", Path())
    bench.memory.denied.add(topics.node(CHANGSHA, "console-1"))
    listener = Listener(bench.transport("c-1"), "console-1")
    running = asyncio.create_task(listener.link.run())
    await until(lambda: bool(listener.link.state.error))
    running.cancel()
    assert not listener.link.state.up
    assert topics.node(CHANGSHA, "console-1") in listener.link.state.error


async def test_each_attempt_has_a_higher_epoch_and_counts_from_one(bench: Bench) -> None:
    async with Listener(bench.transport("c-1"), "console-1") as console:
        first = console.link.epoch
        await console.say_position(qos=1)
        await console.say_position(qos=1)
        await bench.kill()
        await until(lambda: not console.link.state.up)
        await bench.start()
        await until(lambda: console.link.state.up)
        assert console.link.epoch > first
        await console.say_position(qos=1)
        assert console.link._sequences[topics.position(CHANGSHA, "CS-001")] == 1


async def test_thirty_thousand_messages_in_one_go_all_arrive(
    real_bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dispatch.feed.mqtt.KEEPALIVE_S", 60)  # a busy machine may not come to it in time
    async with (
        real_bench.transport("taker").session(None) as taker,
        real_bench.transport("giver").session(None) as giver,
    ):
        await taker.subscribe(["t/#"])
        batches = taker.batches()
        for start in range(0, 30_000, 1_000):
            await asyncio.gather(*(giver.publish(f"t/{start + n}", b"x" * 300) for n in range(1_000)))
        heard: set[str] = set()
        async with asyncio.timeout(60):
            while len(heard) < 30_000:
                heard |= {one.topic for one in await anext(batches)}


async def test_what_came_before_the_loss_is_still_delivered(bench: Bench) -> None:
    async with (
        bench.transport("taker").session(None) as taker,
        bench.transport("giver").session(None) as giver,
    ):
        await taker.subscribe(["t/#"])
        for number in range(20):
            await giver.publish(f"t/{number}", b"x", qos=1)
        await asyncio.sleep(0.3)
        await bench.kill()
        await asyncio.sleep(0.2)
        batches = taker.batches()
        heard: list[str] = []
        while len(heard) < 20:
            heard += [one.topic for one in await anext(batches)]
        with pytest.raises(TransportLost):
            await anext(batches)
        assert heard == [f"t/{number}" for number in range(20)]


async def test_a_link_that_is_cancelled_in_the_moment_it_is_lost_still_ends(bench: Bench) -> None:
    for turns in range(8):
        listener = Listener(bench.transport("c-1"), "console-1")
        async with asyncio.timeout(10):
            async with listener:
                await bench.kill()
                for _ in range(turns):
                    await asyncio.sleep(0)
            await bench.start()
