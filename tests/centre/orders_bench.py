"""Requesters and vehicles in this process, over any broker, around a centre that may be another process."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dispatch.centre import wire, wire_units
from dispatch.centre.asking import Asked
from dispatch.centre.messages import Report, UnitSaid
from dispatch.centre.requester import Requester
from dispatch.centre.service import Centre
from dispatch.centre.store import Store
from dispatch.centre.vehicle import TaskState, Vehicle
from dispatch.clock import SystemClock, epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.domain.units import Unit, UnitId, UnitState
from dispatch.feed import payloads, topics
from dispatch.feed.link import Identity, Link, LinkDown, LinkTiming
from dispatch.feed.transport import Connect, Received
from tests.chaos.truth import HARM, Truth
from tests.unit.centre.centre_world import rules

CHANGSHA = CityCode("changsha")
UNITS = tuple(UnitId(f"CS-00{n}") for n in range(1, 7))
FLEET = tuple(Unit(id=unit, city=CHANGSHA) for unit in UNITS)
CLOCK = SystemClock()
QUICK = LinkTiming(beat_s=1.0, answer_s=3.0, connect_s=3.0, first_pause_s=0.05, longest_pause_s=0.2)
REPORT_AGAIN_S = 0.3


@dataclass
class Fleet:
    """The vehicles of a city, each with its file; their crews act after `pace_s` or only when told."""

    folder: Path
    connect: Connect
    truth: Truth
    pace_s: float | None = 0.05
    city: CityCode = CHANGSHA
    units: tuple[UnitId, ...] = UNITS
    vehicles: dict[UnitId, Vehicle] = field(default_factory=dict)
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    link: Link = field(init=False)
    _waiting: asyncio.Queue[Received] = field(default_factory=asyncio.Queue)

    def __post_init__(self) -> None:
        for unit in self.units:
            self.vehicles[unit] = Vehicle.open(self.folder / f"{unit}.json", unit)
        self.link = Link(
            city=self.city,
            transport=self.connect(self.city, "fleet"),
            identity=Identity(self.city, "fleet", "simulator", drill=True),
            filters=(topics.unit_order(self.city, "+"), topics.unit_heard(self.city, "+")),
            clock=CLOCK,
            on_batch=self._take,
            timing=QUICK,
        )

    def _take(self, _city: CityCode, batch: list[Received]) -> None:
        for one in batch:
            self._waiting.put_nowait(one)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.link.run())
            tasks.create_task(self._hear())
            tasks.create_task(self._repeat())
            if self.pace_s is not None:
                tasks.create_task(self._crews())

    async def _hear(self) -> None:
        while True:
            opened = wire.open_message(await self._waiting.get(), drill=True)
            data = None if opened is None else opened.envelope.data
            if isinstance(data, payloads.UnitOrder):
                tell = wire.tell(data)
                one = self.vehicles[tell.unit]
                said = one.hear(tell)
                self.truth.vehicle(one.unit, one.task)
                await self.say(said)
            elif isinstance(data, payloads.UnitHeard):
                self.vehicles[UnitId(data.unit)].heard_states(data.number)

    async def acknowledge(self, unit: UnitId) -> None:
        said = self.vehicles[unit].acknowledge()
        self.truth.vehicle(unit, self.vehicles[unit].task)
        await self.say(said)

    async def finish(self, unit: UnitId, ending: str = "completed") -> None:
        said = self.vehicles[unit].finish(ending)
        self.truth.vehicle(unit, self.vehicles[unit].task)
        await self.say(said)

    async def drive(self, unit: UnitId, state: UnitState, **what: object) -> None:
        """The crew says where it is; said again until the centre has heard it."""
        now_ms = epoch_ms(CLOCK.now())
        await self.say_states(self.vehicles[unit].say_state(state, now_ms, **what))  # type: ignore[arg-type]

    async def say_states(self, *states: UnitSaid) -> None:
        for one in states:
            topic = topics.unit_state(self.city, one.unit)
            with contextlib.suppress(LinkDown):
                await self.link.publish(topic, "unit.state", wire_units.unit_said_payload(one))

    async def say(self, report: Report | None) -> None:
        if report is None:
            return
        topic = topics.unit_report(self.city, report.unit)
        with contextlib.suppress(LinkDown):
            await self.link.publish(topic, "unit.report", wire.report_payload(report), key=report.request)

    async def _crews(self) -> None:
        assert self.pace_s is not None
        while True:
            await asyncio.sleep(self.pace_s)
            for unit, one in self.vehicles.items():
                state = one.task.state if one.task else None
                if state is TaskState.TOLD and self.chance.random() < 0.7:
                    await self.acknowledge(unit)
                elif state is TaskState.ACKNOWLEDGED and self.chance.random() < 0.3:
                    await self.finish(unit)

    async def _repeat(self) -> None:
        while True:
            await asyncio.sleep(REPORT_AGAIN_S)
            for one in self.vehicles.values():
                if one.task is not None and one.task.state is TaskState.DONE:
                    await self.say(one.unheard())
                await self.say_states(*one.unheard_states())


@dataclass
class Desk:
    """One console's requester with its link."""

    name: str
    folder: Path
    connect: Connect
    truth: Truth
    home: CityCode = CHANGSHA
    city: CityCode = CHANGSHA
    requester: Requester = field(init=False)
    link: Link = field(init=False)

    def __post_init__(self) -> None:
        self.link = Link(
            city=self.city,
            transport=self.connect(self.city, self.name),
            identity=Identity(self.home, self.name, "console", drill=True),
            filters=(topics.everything_of(self.city),),
            clock=CLOCK,
            on_batch=lambda city, batch: self.requester.take(city, batch),
            timing=QUICK,
        )
        self.requester = Requester.open(
            self.folder / f"{self.name}.db",
            {self.city: self.link},
            home_city=self.home,
            node=self.name,
            clock=CLOCK,
            on_change=self.truth.requester,
        )

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.link.run())
            tasks.create_task(self.requester.run())

    def open_ones(self) -> list[Asked]:
        return [one for one in self.requester.asked.values() if not one.settled]


@asynccontextmanager
async def running(*works: object) -> AsyncIterator[None]:
    """Run everything that has a `run` for the length of a block; a fault in one is a fault of the test."""
    tasks = [asyncio.create_task(work.run()) for work in works]  # type: ignore[attr-defined]
    try:
        yield
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass
class Town:
    """One city whose centre runs in this process."""

    truth: Truth
    fleet: Fleet
    desks: list[Desk]
    store: Store
    centre: Centre


@asynccontextmanager
async def town(
    folder: Path, connect: Connect, *, desks: int = 1, pace_s: float | None = None, lease_ms: int = 30_000
) -> AsyncIterator[Town]:
    """A centre, its vehicles and its consoles, all up."""
    truth = Truth(dict.fromkeys(UNITS, CHANGSHA), HARM)
    store = Store.open(
        folder / "centre.db",
        city=CHANGSHA,
        node="centre",
        units=FLEET,
        rules=rules(),
        now_ms=epoch_ms(CLOCK.now()),
        drill=True,
    )
    async with AsyncExitStack() as stack:
        stack.callback(store.close)
        centre = Centre(store, connect, clock=CLOCK, drill=True, lease_ms=lease_ms, timing=QUICK)
        fleet = Fleet(folder, connect, truth, pace_s)
        tables = [Desk(f"console-{n}", folder, connect, truth) for n in range(1, desks + 1)]
        for desk in tables:
            stack.push_async_callback(desk.requester.close)
        await stack.enter_async_context(running(centre, fleet, *tables))
        links = [centre.link, fleet.link, *(desk.link for desk in tables)]
        await until(lambda: all(link.state.up for link in links))
        yield Town(truth, fleet, tables, store, centre)


async def until(true: Callable[[], bool], within_s: float = 10.0) -> None:
    """Wait for something to become true; the test fails when it does not in time."""
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.01)
