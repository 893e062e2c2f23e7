"""Load for benches: many units on circles, one position each at a steady rate, spread over the second."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import numpy as np

from dispatch.clock import Clock, epoch_ms
from dispatch.domain.geography import City, CityCode
from dispatch.feed import payloads, topics
from dispatch.feed.link import Identity, Link, LinkDown
from dispatch.feed.transport import Connect, Received
from simulators.cable import Cable
from simulators.ground import KM_PER_DEGREE

SLICES = 25
SNAPSHOT_S = 15.0
SPEED_KMH = 40.0


class LoadFleet:
    """`units` units of one city with generated ids such as CS-L00012, each on its own circle."""

    def __init__(self, city: City, units: int, seed: int) -> None:
        rng = np.random.default_rng([seed, *city.code.encode()])
        self.city = city
        self.ids = [f"{city.prefix}-L{number:05}" for number in range(1, units + 1)]
        self.topics = [topics.position(city.code, unit) for unit in self.ids]
        self._lat = city.centre.lat + rng.uniform(-0.15, 0.15, units)
        self._lon = city.centre.lon + rng.uniform(-0.15, 0.15, units)
        self._radius_km = rng.uniform(0.3, 4.0, units)
        self._phase = rng.uniform(0, 2 * np.pi, units)
        self._squeeze = 1 / np.cos(np.radians(self._lat))

    def positions(self, moment_ms: int, part: slice) -> list[payloads.UnitPosition]:
        """Where the units of a part are at a moment, at 40 km/h along their circles."""
        radius = self._radius_km[part]
        angle = self._phase[part] + SPEED_KMH * (moment_ms % 86_400_000) / 3_600_000 / radius
        lat = np.round(self._lat[part] + radius * np.sin(angle) / KM_PER_DEGREE, 6).tolist()
        lon = np.round(
            self._lon[part] + radius * np.cos(angle) / KM_PER_DEGREE * self._squeeze[part], 6
        ).tolist()
        heading = np.round(np.degrees(-angle) % 360, 1).tolist()
        return [
            payloads.UnitPosition(unit, y, x, "wgs84", 5.0, SPEED_KMH, 0.0 if h >= 360 else h)
            for unit, y, x, h in zip(self.ids[part], lat, lon, heading, strict=True)
        ]

    def announcement(self, moment_ms: int) -> payloads.UnitsSnapshot:
        """Every unit, so that consoles know them."""
        since = moment_ms - moment_ms % 86_400_000
        return payloads.UnitsSnapshot(
            units=[
                payloads.UnitSnapshot(unit=unit, capabilities=["basic"], state=6, since=since)
                for unit in self.ids
            ]
        )


async def run_load(
    cities: Sequence[City],
    units: int,
    *,
    rate_hz: float,
    seed: int,
    clock: Clock,
    connect: Connect,
    sent: dict[str, int],
    until: datetime | None = None,
) -> None:
    """Publish `units` positions `rate_hz` times a second of real time, shared by the cities evenly.

    `sent` counts the positions sent per city.
    """
    async with asyncio.TaskGroup() as tasks:
        for index, city in enumerate(cities):
            share = units // len(cities) + (index < units % len(cities))
            fleet = LoadFleet(city, share, seed)
            tasks.create_task(
                _one_city(fleet, rate_hz, clock, connect, until, sent), name=f"load {city.code}"
            )


async def _one_city(
    fleet: LoadFleet,
    rate_hz: float,
    clock: Clock,
    connect: Connect,
    until: datetime | None,
    sent: dict[str, int],
) -> None:
    code = fleet.city.code
    link = Link(
        city=code,
        transport=Cable(connect(code, f"sim-{code}"), clock),
        identity=Identity(code, f"sim-{code}", "simulator", drill=True),
        filters=(topics.commands_to(code),),
        clock=clock,
        on_batch=_ignore,
    )
    running = asyncio.create_task(link.run(), name=f"link {code}")
    try:
        await _publish(fleet, link, rate_hz, clock, until, sent)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _publish(
    fleet: LoadFleet, link: Link, rate_hz: float, clock: Clock, until: datetime | None, sent: dict[str, int]
) -> None:
    loop = asyncio.get_running_loop()
    pause_s = 1 / rate_hz / SLICES
    due, announce_at, count = loop.time(), 0.0, 0
    while until is None or clock.now() < until:
        try:
            if loop.time() >= announce_at and link.state.up:
                announce_at = loop.time() + SNAPSHOT_S
                topic = topics.snapshot(fleet.city.code, "units")
                document = fleet.announcement(epoch_ms(clock.now()))
                await link.publish(topic, "snapshot.units", document, retain=True)
            if link.state.up:
                await _publish_part(fleet, link, slice(count % SLICES, None, SLICES), clock, sent)
        except LinkDown:
            announce_at = 0.0
        count += 1
        due = max(due + pause_s, loop.time() - 1)
        await asyncio.sleep(max(0.0, due - loop.time()))


async def _publish_part(
    fleet: LoadFleet, link: Link, part: slice, clock: Clock, sent: dict[str, int]
) -> None:
    now = epoch_ms(clock.now())
    for topic, position in zip(fleet.topics[part], fleet.positions(now, part), strict=True):
        await link.publish(topic, "unit.position", position, ts_evt=now, qos=0)
        sent[fleet.city.code] = sent.get(fleet.city.code, 0) + 1


def _ignore(city: CityCode, batch: list[Received]) -> None:
    """Load units obey nobody."""
    del city, batch
