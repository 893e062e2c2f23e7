"""The simulators as a process of their own, over real brokers, and the load for benches."""

import asyncio
import json
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

from dispatch.centre.service import Centre
from dispatch.centre.store import Store
from dispatch.clock import DrillClock, SystemClock, epoch_ms
from dispatch.domain.geography import CityCode, Position
from dispatch.feed import payloads, topics
from dispatch.feed.broker import EmbeddedBroker, find_program
from dispatch.feed.memory import MemoryBroker, MemoryTransport
from dispatch.feed.mqtt import MqttTransport, over_mqtt
from dispatch.feed.transport import Endpoint
from simulators.ground import distance_km
from simulators.load import LoadFleet, run_load
from tests.unit.simulators.simulated_world import configuration

CITIES = [city.code for city in configuration().cities]


def test_load_units_move_at_a_plausible_speed_and_are_announced() -> None:
    fleet = LoadFleet(configuration().cities[0], 200, seed=1)
    everyone = slice(None)
    for before, after in zip(
        fleet.positions(60_000, everyone), fleet.positions(70_000, everyone), strict=True
    ):
        assert distance_km((before.lat, before.lon), (after.lat, after.lon)) * 360 < 60
        assert Position(lat=after.lat, lon=after.lon)
    announced = fleet.announcement(1_795_484_000_000)
    assert [unit.unit for unit in announced.units] == fleet.ids
    assert len(set(fleet.ids)) == 200


async def test_load_publishes_every_unit_at_the_rate_asked_for() -> None:
    clock, brokers = SystemClock(), {city: MemoryBroker() for city in CITIES}
    sent: dict[str, int] = {}
    load = run_load(
        configuration().cities, 90, rate_hz=4, seed=1, clock=clock, sent=sent,
        connect=lambda city, client_id: MemoryTransport(brokers[city], client_id, clock),
    )  # fmt: skip
    task = asyncio.create_task(load)
    await asyncio.sleep(1.6)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert set(sent) == set(CITIES)
    assert 240 <= sum(sent.values()) <= 620
    for city in CITIES:
        document = brokers[city].retained[topics.snapshot(city, "units")]
        data = payloads.decode("snapshot.units", document).data
        assert isinstance(data, payloads.UnitsSnapshot)
        assert len(data.units) == 30


async def listen(endpoint: Endpoint, city: CityCode, kinds: Counter[str], seconds: float) -> None:
    transport = MqttTransport(endpoint, f"listener-{city}", SystemClock())
    async with transport.session(None) as session:
        await session.subscribe([topics.everything_of(city)])
        try:
            async with asyncio.timeout(seconds):
                async for batch in session.batches():
                    for message in batch:
                        topic = topics.parse(message.topic)
                        assert topic is not None
                        envelope = payloads.decode(topic.kind, message.payload)
                        assert envelope.drill
                        kinds[f"{city} {topic.kind}"] += 1
        except TimeoutError:
            return


@asynccontextmanager
async def centres(
    endpoints: dict[CityCode, Endpoint], clock: DrillClock, folder: Path
) -> AsyncIterator[None]:
    """The centre of each city at work on its broker."""
    known, connect = configuration(), over_mqtt(endpoints, clock)
    async with AsyncExitStack() as stack:
        work = []
        for city in CITIES:
            units = [unit for unit in known.units if unit.city == city]
            store = Store.open(
                folder / f"{city}.db", city=city, node="centre", units=units, rules=known.centre_rules,
                now_ms=epoch_ms(clock.now()), drill=True,
            )  # fmt: skip
            stack.callback(store.close)
            centre = Centre(store, connect, clock=clock, drill=True, neighbours=CITIES)
            work.append(asyncio.create_task(centre.run()))
        try:
            yield
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)


@pytest.mark.parametrize("kind", [pytest.param("mosquitto", marks=pytest.mark.mosquitto), "nats"])
async def test_a_child_process_plays_three_cities_beside_their_centres_and_ends_with_a_summary(
    kind: Literal["mosquitto", "nats"], tmp_path: Path
) -> None:
    if find_program(kind) is None:
        pytest.skip(f"{kind} is not installed")
    async with AsyncExitStack() as stack:
        endpoints: dict[CityCode, Endpoint] = {}
        for city in CITIES:
            broker = EmbeddedBroker(kind, tmp_path / city)
            endpoints[city] = await broker.start()
            stack.push_async_callback(broker.stop)
        origin, started = datetime(2026, 11, 24, 1, 30, tzinfo=UTC), datetime.now(UTC)
        clock = DrillClock(origin, started, 10)
        await stack.enter_async_context(centres(endpoints, clock, tmp_path))
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "simulators",
            "--endpoints", json.dumps({c: {"host": e.host, "port": e.port} for c, e in endpoints.items()}),
            "--scenario", "quiet-shift", "--origin", origin.isoformat(),
            "--started", started.isoformat(), "--speed", "10", "--rate", "0.2",
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        kinds: Counter[str] = Counter()
        listening = [asyncio.create_task(listen(endpoints[city], city, kinds, 150)) for city in CITIES]
        try:
            await _until_said(kinds)
        finally:
            for task in listening:
                task.cancel()
            child.send_signal(signal.SIGTERM)
            out, _ = await asyncio.wait_for(child.communicate(), 15)
    assert child.returncode == 0
    ready, last = out.decode().splitlines()
    assert ready == "ready"
    summary = json.loads(last)
    assert summary["synthetic"] is True
    assert summary["link_ups"] == dict.fromkeys(CITIES, 1)
    assert summary["orders"]["cmd.incident.open accepted"] > 3


async def _until_said(kinds: Counter[str]) -> None:
    """Until each city has said what every city says, and one of them what only some cities say by then."""
    wanted = {f"{city} {kind}" for city in CITIES for kind in FROM_EACH}
    for _look in range(1_400):
        some = {kind.split(" ")[1] for kind in kinds}
        if wanted <= set(kinds) and set(FROM_SOME) <= some:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"missing: {sorted(wanted - set(kinds))} or {sorted(set(FROM_SOME) - some)}")


FROM_EACH = (
    "unit.position",
    "unit.state",
    "unit.status",
    "snapshot.units",
    "bank.stock",
    "snapshot.hospitals",
)
FROM_SOME = ("unit.report", "unit.order", "incident", "cmd.order.request", "cmd.incident.open", "unit.heard")


async def test_a_wrong_call_says_in_one_line_what_to_do() -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulators", "--endpoints", "{}", "--origin", "2026-11-24T01:30:00+00:00",
        "--started", "2026-11-24T01:30:00+00:00", stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, error = await asyncio.wait_for(child.communicate(), 20)
    assert child.returncode == 2
    assert error.decode().count("\n") == 1
    assert "--endpoints" in error.decode()
