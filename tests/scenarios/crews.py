"""The vehicles of one city, each with its file, and crews that do what a test tells them over the wire."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from dispatch.centre import wire, wire_units
from dispatch.centre.messages import Report
from dispatch.centre.vehicle import TaskState, Vehicle
from dispatch.clock import Clock, epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.domain.units import UnitId, UnitState
from dispatch.feed import payloads, topics
from dispatch.feed.link import Identity, Link, LinkDown
from dispatch.feed.transport import Connect, Received

AGAIN_S = 0.2


@dataclass
class Crews:
    """Every vehicle of a city on one connection; `hold` keeps it from hearing its orders."""

    city: CityCode
    folder: Path
    connect: Connect
    clock: Clock
    vehicles: dict[UnitId, Vehicle] = field(default_factory=dict)
    link: Link = field(init=False)
    _waiting: asyncio.Queue[Received] = field(default_factory=asyncio.Queue)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        node = f"crews-{self.city}"
        self.link = Link(
            city=self.city,
            transport=self.connect(self.city, node),
            identity=Identity(self.city, node, "simulator", drill=True),
            filters=(topics.unit_order(self.city, "+"), topics.unit_heard(self.city, "+")),
            clock=self.clock,
            on_batch=self._take,
        )

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.link.run())
            tasks.create_task(self._hear())
            tasks.create_task(self._repeat())

    def vehicle(self, unit: UnitId) -> Vehicle:
        if unit not in self.vehicles:
            self.vehicles[unit] = Vehicle.open(self.folder / f"{unit}.json", unit)
        return self.vehicles[unit]

    def told(self, unit: UnitId) -> bool:
        """Whether the crew sees an order that it has not answered."""
        task = self.vehicle(unit).task
        return task is not None and task.state is TaskState.TOLD

    def hospital(self, unit: UnitId) -> str:
        """Where the crew was told to take its patients; empty: nowhere yet."""
        task = self.vehicle(unit).task
        return task.hospital if task is not None else ""

    # --- what a crew does ----------------------------------------------------------------------

    async def acknowledge(self, unit: UnitId) -> None:
        await self._report(self.vehicle(unit).acknowledge())

    async def says(
        self,
        unit: UnitId,
        state: UnitState,
        *,
        destination: str | None = None,
        reason: str | None = None,
        patients: int = 0,
    ) -> None:
        at_ms = epoch_ms(self.clock.now())
        self.vehicle(unit).say_state(state, at_ms, destination=destination, reason=reason, patients=patients)
        await self._say_states(unit)

    async def knows_hospital(self, unit: UnitId) -> None:
        await self._report(self.vehicle(unit).taking_to())

    async def finishes(self, unit: UnitId, ending: str = "completed") -> None:
        await self._report(self.vehicle(unit).finish(ending))

    # --- the terminal --------------------------------------------------------------------------

    def _take(self, _city: CityCode, batch: list[Received]) -> None:
        for one in batch:
            self._waiting.put_nowait(one)

    async def _hear(self) -> None:
        while True:
            opened = wire.open_message(await self._waiting.get(), drill=True)
            data = None if opened is None else opened.envelope.data
            if isinstance(data, payloads.UnitOrder):
                tell = wire.tell(data)
                await self._report(self.vehicle(tell.unit).hear(tell))
            elif isinstance(data, payloads.UnitHeard):
                self.vehicle(UnitId(data.unit)).heard_states(data.number)

    async def _repeat(self) -> None:
        while True:
            await asyncio.sleep(AGAIN_S)
            for unit, vehicle in list(self.vehicles.items()):
                task = vehicle.task
                if task is not None and task.state is TaskState.DONE:
                    await self._report(vehicle.unheard())
                await self._say_states(unit)

    async def _report(self, report: Report | None) -> None:
        if report is None:
            return
        topic = topics.unit_report(self.city, report.unit)
        try:
            await self.link.publish(topic, "unit.report", wire.report_payload(report), key=report.request)
        except LinkDown:
            return

    async def _say_states(self, unit: UnitId) -> None:
        for said in self.vehicle(unit).unheard_states():
            try:
                await self.link.publish(
                    topics.unit_state(self.city, unit), "unit.state", wire_units.unit_said_payload(said)
                )
            except LinkDown:
                return
