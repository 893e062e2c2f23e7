"""The simulators as a process of their own, over real brokers, and the load for benches."""

import asyncio
import json
import signal
import sys
from collections import Counter
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

from dispatch.clock import SystemClock
from dispatch.domain.geography import CityCode, Position
from dispatch.feed import payloads, topics
from dispatch.feed.broker import EmbeddedBroker, find_program
from dispatch.feed.memory import MemoryBroker, MemoryTransport
from dispatch.feed.mqtt import MqttTransport
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


@pytest.mark.parametrize("kind", [pytest.param("mosquitto", marks=pytest.mark.mosquitto), "nats"])
async def test_a_child_process_serves_three_brokers_and_ends_cleanly_with_a_summary(
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
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "simulators",
            "--endpoints", json.dumps({c: {"host": e.host, "port": e.port} for c, e in endpoints.items()}),
            "--scenario", "quiet-shift", "--origin", "2026-11-24T01:30:00+00:00",
            "--started", datetime.now(UTC).isoformat(), "--speed", "20",
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        kinds: Counter[str] = Counter()
        try:
            await asyncio.gather(*(listen(endpoints[city], city, kinds, 3.5) for city in CITIES))
        finally:
            child.send_signal(signal.SIGTERM)
            out, _ = await asyncio.wait_for(child.communicate(), 15)
    assert child.returncode == 0
    summary = json.loads(out)
    assert summary["synthetic"] is True
    assert summary["link_ups"] == dict.fromkeys(CITIES, 1)
    for city in CITIES:
        assert kinds[f"{city} unit.position"] > 20
        assert kinds[f"{city} snapshot.units"] >= 1
        assert kinds[f"{city} bank.stock"] >= 1


async def test_a_wrong_call_says_in_one_line_what_to_do() -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulators", "--endpoints", "{}", "--origin", "2026-11-24T01:30:00+00:00",
        "--started", "2026-11-24T01:30:00+00:00", stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, error = await asyncio.wait_for(child.communicate(), 20)
    assert child.returncode == 2
    assert error.decode().count("\n") == 1
    assert "--endpoints" in error.decode()
