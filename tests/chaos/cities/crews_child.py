"""Some vehicles of a city in one process, each with its file, and their crews.

The journal says what each crew did, after the vehicle's file holds it and before anybody is told of it. At
its start every vehicle writes down what its file holds (`woke`), and so what was done just before a kill.
"""

import asyncio
import contextlib
import json
import random
from collections import defaultdict
from collections.abc import Coroutine
from dataclasses import dataclass
from functools import partial

from dispatch.centre import wire, wire_units
from dispatch.centre.messages import Report
from dispatch.centre.vehicle import Task, TaskState, Vehicle
from dispatch.clock import SystemClock, epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.domain.orders import CREW_REFUSED
from dispatch.domain.units import UnitId, UnitState
from dispatch.feed import payloads, topics
from dispatch.feed.link import Identity, Link, LinkDown, LinkState
from dispatch.feed.mqtt import over_mqtt
from dispatch.feed.transport import Received
from tests.chaos.cities.child import Given, arguments, run_child
from tests.chaos.cities.journal import Journal

LOOK_S = 0.05
POSITIONS_S = 6.0
AGAIN_S = (1.0, 2.0, 4.0, 8.0)
HAND_S = (0.03, 0.15)
"""How long a crew takes to press the button."""
LEG_S = (0.6, 1.8)
"""How long a leg of a task takes."""
REFUSES = 0.05
NOBODY_THERE, ON_THE_WAY = 0.4, 0.3
"""How often nobody is found on scene, and how often a crew hears so on its way; the others carry somebody."""
_CARRYING = (UnitState.EN_ROUTE, UnitState.ON_SCENE, UnitState.TRANSPORTING, UnitState.AT_HOSPITAL)


@dataclass
class Errand:
    """What a crew does next on a task."""

    request: str
    due: float
    legs: list[UnitState]
    ending: str


class Crews:
    """The vehicles of this process on one connection."""

    refuses = REFUSES

    def __init__(self, given: Given) -> None:
        ground = json.loads(given.config.read_text("utf-8"))[given.city]
        self.city, self.clock = given.city, SystemClock()
        self.at = {UnitId(unit): ground["units"][unit] for unit in given.units}
        self.hospitals: list[str] = ground["hospitals"]
        self.vehicles = {unit: Vehicle.open(given.folder / f"{unit}.json", unit) for unit in self.at}
        self.journal = Journal(given.folder / "did.jsonl")
        self.chance = random.Random(given.seed)
        self.errands: dict[UnitId, Errand] = {}
        self.again: dict[UnitId, tuple[int, float]] = {}
        self.locks: defaultdict[UnitId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._sending: set[asyncio.Task[None]] = set()
        self._waiting: asyncio.Queue[Received] = asyncio.Queue()
        node, self.drill = given.node, given.drill
        self.link = Link(
            city=self.city,
            transport=over_mqtt(given.endpoints, self.clock)(self.city, f"{self.city}-{node}"),
            identity=Identity(self.city, node, "simulator", drill=given.drill),
            filters=(topics.unit_order(self.city, "+"), topics.unit_heard(self.city, "+")),
            clock=self.clock,
            on_batch=self._take,
            on_change=self._link_changed,
        )
        for vehicle in self.vehicles.values():
            self._note("woke", vehicle)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.link.run())
            tasks.create_task(self._hear())
            tasks.create_task(self._work())
            tasks.create_task(self._positions())

    def _note(self, did: str, vehicle: Vehicle) -> None:
        task = vehicle.task
        facts: dict[str, object] = {"unit": vehicle.unit, "request": "", "state": ""}
        if task is not None:
            facts |= {"request": task.request, "state": task.state.value, "token": list(task.token)}
            facts |= {"ending": task.ending}
        self.journal.note(did, **facts)

    def _link_changed(self, _city: CityCode, state: LinkState) -> None:
        if state.up:  # at once, whatever was to wait
            self.again = dict.fromkeys(self.vehicles, (1, 0.0))

    # --- hearing ----------------------------------------------------------------------------------

    def _take(self, _city: str, batch: list[Received]) -> None:
        for one in batch:
            self._waiting.put_nowait(one)

    async def _hear(self) -> None:
        while True:
            received = await self._waiting.get()
            try:
                opened = wire.open_message(received, drill=self.drill)
            except wire.Refused as refused:
                self.journal.note("refused", why=str(refused), topic=received.topic)
                continue
            data = None if opened is None else opened.envelope.data
            if isinstance(data, payloads.UnitHeard) and UnitId(data.unit) in self.vehicles:
                self.vehicles[UnitId(data.unit)].heard_states(data.number)
            elif isinstance(data, payloads.UnitOrder) and UnitId(data.unit) in self.vehicles:
                tell = wire.tell(data)
                vehicle = self.vehicles[tell.unit]
                before = vehicle.task
                report = vehicle.hear(tell)
                if _place(before) != _place(vehicle.task):
                    self._note("heard", vehicle)
                self._say(report)

    # --- working ----------------------------------------------------------------------------------

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOK_S)
            for vehicle in self.vehicles.values():
                self._go_on(vehicle, loop.time())
                self._say_again(vehicle, loop.time())

    def _go_on(self, vehicle: Vehicle, now: float) -> None:
        """One act of a crew, when its time has come."""
        task = vehicle.task
        if task is None or not task.state.open:
            return
        errand = self.errands.get(vehicle.unit)
        if errand is None or errand.request != task.request:
            errand = self.errands[vehicle.unit] = self._new_errand(task, now)
        if now < errand.due:
            return
        errand.due = now + self.chance.uniform(*LEG_S)
        if task.state is TaskState.TOLD:
            refuses = self.chance.random() < self.refuses
            report = vehicle.finish(CREW_REFUSED) if refuses else vehicle.acknowledge()
            self._note("refused the task" if refuses else "acknowledged", vehicle)
            self._say(report)
        elif errand.legs:
            self._drive(vehicle, errand.legs.pop(0))
        else:
            report = vehicle.finish(errand.ending)
            self._note("finished", vehicle)
            self._say(report)

    def _new_errand(self, task: Task, now: float) -> Errand:
        """A crew whose terminal died in the middle of a task only says that it is through."""
        if task.state is not TaskState.TOLD:
            return Errand(task.request, now + self.chance.uniform(*LEG_S), [], "completed")
        due, drawn = now + self.chance.uniform(*HAND_S), self.chance.random()
        if drawn < NOBODY_THERE + ON_THE_WAY:
            legs = list(_CARRYING[: 2 if drawn < NOBODY_THERE else 1])
            return Errand(task.request, due, legs, "nobody_to_carry")
        return Errand(task.request, due, list(_CARRYING), "completed")

    def _drive(self, vehicle: Vehicle, state: UnitState) -> None:
        carrying = state is UnitState.TRANSPORTING
        hospital = self.chance.choice(self.hospitals) if carrying else None
        said_ms = epoch_ms(self.clock.now())
        vehicle.say_state(state, said_ms, destination=hospital, patients=1 if carrying else 0)
        self._say_states(vehicle)

    # --- saying -----------------------------------------------------------------------------------

    def _say_again(self, vehicle: Vehicle, now: float) -> None:
        done = vehicle.task is not None and vehicle.task.state is TaskState.DONE and not vehicle.task.heard
        if not done and not vehicle.unheard_states():
            self.again.pop(vehicle.unit, None)
            return
        times, due = self.again.get(vehicle.unit, (0, now))
        if times == 0:
            self.again[vehicle.unit] = (1, now + AGAIN_S[0])
        elif now >= due and self.link.state.up:
            self.again[vehicle.unit] = (times + 1, now + AGAIN_S[min(times, len(AGAIN_S) - 1)])
            if done:
                self._say(vehicle.unheard())
            self._say_states(vehicle)

    def _say(self, report: Report | None) -> None:
        if report is not None:
            topic = topics.unit_report(self.city, report.unit)
            payload = wire.report_payload(report)
            publish = partial(self.link.publish, topic, "unit.report", payload, key=report.request)
            self._soon(self._in_turn(report.unit, publish))

    def _say_states(self, vehicle: Vehicle) -> None:
        for said in vehicle.unheard_states():
            topic = topics.unit_state(self.city, said.unit)
            publish = partial(self.link.publish, topic, "unit.state", wire_units.unit_said_payload(said))
            self._soon(self._in_turn(said.unit, publish))

    async def _in_turn(self, unit: UnitId, publish: partial[Coroutine[object, object, None]]) -> None:
        """One message of a vehicle after the other, as its own terminal would."""
        async with self.locks[unit]:
            with contextlib.suppress(LinkDown):
                await publish()

    async def _positions(self) -> None:
        while True:
            for unit, at in self.at.items():
                fix = payloads.UnitPosition(unit, at[0], at[1], "wgs84")
                with contextlib.suppress(LinkDown):
                    await self.link.publish(topics.position(self.city, unit), "unit.position", fix, qos=0)
            await asyncio.sleep(POSITIONS_S)

    def _soon(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)


def _place(task: Task | None) -> tuple[str, str]:
    return ("", "") if task is None else (task.request, task.state.value)


if __name__ == "__main__":
    given = arguments()
    given.folder.mkdir(parents=True, exist_ok=True)
    run_child(Crews(given).run())
