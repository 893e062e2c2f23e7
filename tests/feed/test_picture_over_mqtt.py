"""From a publisher through a broker and a link into the picture."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Self

from dispatch.clock import epoch_ms
from dispatch.domain.geography import City, CityCode, Position
from dispatch.domain.model import Name
from dispatch.domain.units import Unit, UnitId
from dispatch.feed import payloads, topics
from dispatch.feed.intake import Intake
from dispatch.feed.limits import IntakeLimits
from dispatch.feed.link import Identity, Link
from dispatch.feed.outbox import Outbox
from dispatch.feed.owntracks import FILTER
from dispatch.feed.quarantine import Quarantine
from dispatch.feed.replay import read_recording, replay, replay_file
from dispatch.feed.trackers import TrackerMap
from dispatch.picture.cities import Sight
from dispatch.picture.live import Picture
from tests.feed.feed_bench import CHANGSHA, CLOCK, QUICK, ZHUZHOU, Bench, Listener, until

HOME = topics.response(CHANGSHA, CHANGSHA, "console-1")


def _city(code: CityCode, prefix: str) -> City:
    name = Name(zh=code, en=code)
    return City(code=code, name=name, prefix=prefix, centre=Position(lat=28, lon=113), population_million=1)


class Console:
    """A picture fed by one link to each of two cities, as the real console is."""

    def __init__(self, benches: dict[CityCode, Bench]) -> None:
        self.picture = Picture(
            cities=[_city(CHANGSHA, "CS"), _city(ZHUZHOU, "ZZ")],
            units=[Unit(id=UnitId("CS-001"), city=CHANGSHA)],
        )
        self.quarantine = Quarantine()
        self.intake = Intake(
            self.picture,
            clock=CLOCK,
            limits=IntakeLimits(),
            quarantine=self.quarantine,
            drill=True,
            owntracks=TrackerMap(replay=True),
            ask=lambda city, kind, key: None,
            on_response=lambda city, response: self.outbox.hear(city, response),
        )
        self.links = {city: self._link(city, bench) for city, bench in benches.items()}
        self.outbox = Outbox(self.links, home_city=CHANGSHA, node="console-1", clock=CLOCK)
        self._tasks: list[asyncio.Task[None]] = []

    def _link(self, city: CityCode, bench: Bench) -> Link:
        return Link(
            city=city,
            transport=bench.transport("console-1"),
            identity=Identity(CHANGSHA, "console-1", "console", drill=True),
            filters=(topics.everything_of(city), FILTER),
            clock=CLOCK,
            on_batch=self.intake.take,
            on_change=self.intake.link_changed,
            timing=QUICK,
        )

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(link.run()) for link in self.links.values()]
        await until(lambda: all(link.state.up for link in self.links.values()))
        return self

    async def __aexit__(self, *_error: object) -> None:
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def sight(self, city: CityCode) -> Sight:
        return self.picture.sight[city].sight


def simulator(bench: Bench, city: CityCode) -> Listener:
    filters = (topics.commands_to(city),)
    return Listener(
        bench.transport(f"sim-{city}"), f"sim-{city}", city=city, kind="simulator", filters=filters
    )


async def test_killing_one_citys_broker_greys_it_leaves_the_other_and_heals(
    bench: Bench, tmp_path: Path
) -> None:
    other = Bench("memory" if bench.process is None else bench.process.kind, tmp_path / "other")
    await other.start()
    try:
        async with (
            Console({CHANGSHA: bench, ZHUZHOU: other}) as console,
            simulator(bench, CHANGSHA) as here,
            simulator(other, ZHUZHOU),
        ):
            await here.say_position()
            await until(
                lambda: console.sight(CHANGSHA) is Sight.LIVE and console.sight(ZHUZHOU) is Sight.LIVE
            )
            changes = console.picture.sight[ZHUZHOU].since
            await bench.kill()
            await until(lambda: console.sight(CHANGSHA) is Sight.OFFLINE)
            assert console.picture.sight[CHANGSHA].since is not None
            await asyncio.sleep(0.5)
            assert console.sight(ZHUZHOU) is Sight.LIVE
            await bench.start()
            await until(lambda: console.sight(CHANGSHA) is Sight.LIVE)
            assert console.picture.sight[ZHUZHOU].since == changes
        assert console.quarantine.counts() == {}
    finally:
        await other.kill()


async def test_a_simulator_that_ends_takes_its_city_offline(bench: Bench) -> None:
    async with Console({CHANGSHA: bench}) as console:
        async with simulator(bench, CHANGSHA):
            await until(lambda: console.sight(CHANGSHA) is Sight.LIVE)
        await until(lambda: console.sight(CHANGSHA) is Sight.OFFLINE)


async def test_a_command_reaches_the_city_and_its_answer_the_console(bench: Bench) -> None:
    async with Console({CHANGSHA: bench}) as console, simulator(bench, CHANGSHA) as city:
        asked = asyncio.create_task(
            console.outbox.send(CHANGSHA, "snapshot.request", payloads.SnapshotRequest("units"), expires_s=5)
        )
        topic = topics.command(CHANGSHA, CHANGSHA, "snapshot.request")
        await until(lambda: bool(city.said(topic)))
        command = payloads.decode("cmd.snapshot.request", city.said(topic)[0].payload)
        assert command.key is not None
        assert command.reply_to == HOME
        await city.link.publish(
            command.reply_to, "response", payloads.Response(key=command.key, accepted=True)
        )
        assert (await asked).accepted


async def test_the_real_recording_shows_with_its_true_age(bench: Bench, shared_data: Path) -> None:
    path = shared_data / "owntracks" / "demo-iphone.rec"
    async with Console({CHANGSHA: bench}) as console:
        if bench.process is None:
            recording = read_recording(path)

            async def publish(payload: bytes) -> None:
                bench.memory.publish("owntracks/replay/CS-001", payload)

            await replay(recording, publish, speed=1e6)
        else:
            recording = await replay_file(path, bench.endpoint, "CS-001", clock=CLOCK, speed=1e6)
        counters = console.intake.counters
        await until(lambda: counters.messages >= len(recording.lines))
        assert console.quarantine.counts() == {}
        assert console.intake.trackers_ignored == {"lwt": 2}
        assert counters.applied == len(recording.lines) - 2
        fix = console.picture.fleet.view(UnitId("CS-001")).fix
        assert fix is not None
        assert epoch_ms(fix.fixed_at) == 1440405601000
        assert (fix.speed_kmh, fix.heading_deg, fix.accuracy_m) == (18, 82, 10)


async def test_hostile_messages_through_the_broker_never_stop_the_good_ones(bench: Bench) -> None:
    async with Console({CHANGSHA: bench}) as console, simulator(bench, CHANGSHA) as city:
        async with bench.transport("enemy").session(None) as enemy:
            topic = topics.position(CHANGSHA, "CS-001")
            for raw in (b"{", b"\xff" * 100, b"[" * 1_900, b"x" * 100_000, b'{"v":1e999}'):
                await enemy.publish(topic, raw, qos=1)
            await enemy.publish(topics.command(CHANGSHA, CHANGSHA, "format.disk"), b"{}", qos=1)
        await city.say_position(qos=1)
        await until(lambda: console.picture.fleet.view(UnitId("CS-001")).fix is not None)
        assert console.quarantine.counts() == {"malformed": 4, "too_big": 1, "unknown_topic": 1}
        assert console.links[CHANGSHA].state.up
