"""Requesters, centres and vehicles over a bad network, in virtual time; the same seed is the same life.

The decisions are the shipped ones (`protocol.decide`, `vehicle.hear`, `asking.hear`), or those of a mutant.
What happens is chance: messages are lost, doubled, delayed and overtake each other, nodes are cut off for a
while, and each of them dies at any step and forgets what it had not written. After every event the oracle in
`truth.py` looks; at the end the network heals and everything must come to rest.
"""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from dispatch.centre import asking, protocol, vehicle
from dispatch.centre.asking import Asked
from dispatch.centre.book import Book
from dispatch.centre.messages import Act, Answer, Command, Ended, Input, Report, Tell, Tick
from dispatch.centre.protocol import Decision, Ledger
from dispatch.centre.vehicle import Task, TaskState
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.domain.orders import Asker, Job, OrderState, RequestId, Token
from dispatch.domain.units import UnitId
from tests.centre.truth import HARM, SIGNS, Truth, Violation

CITIES = (CityCode("changsha"), CityCode("zhuzhou"))
UNITS = {
    CITIES[0]: tuple(UnitId(f"CS-00{n}") for n in (1, 2, 3)),
    CITIES[1]: tuple(UnitId(f"ZZ-00{n}") for n in (1, 2)),
}
OWNER = {unit: city for city, units in UNITS.items() for unit in units}
ASKERS = (Asker(CITIES[0], "console-1"), Asker(CITIES[0], "console-2"), Asker(CITIES[1], "console-1"))
JOB = Job(
    incident=IncidentId("CS-1124-9001"),
    priority=Priority.LIFE_THREATENING,
    position=Position(lat=28.2, lon=112.9),
    place="Wuyi Square",
)
LEASE_MS = 4_000
HEAL_MS = 400_000
BEGIN_MS = 1_900_000_000_000
Message = Command | Report | Answer | Tell
Node = str


@dataclass(frozen=True)
class Rules:
    """Which code makes the decisions, and in which order it is written and said."""

    decide: Callable[[Ledger, Input, int, int], Decision] = protocol.decide
    vehicle_hears: Callable[[Task | None, Tell], Task | None] = vehicle.hear
    reply_before_commit: bool = False
    vehicle_writes: bool = True
    requester_orders: bool = False
    epoch_grows: bool = True


class Disk(Protocol):
    """Where a centre's decisions survive its death."""

    def open(self, now_ms: int, *, epoch_grows: bool) -> Ledger:
        """What the next life of the centre knows."""
        ...

    def write(self, ledger: Ledger, decision: Decision, now_ms: int) -> None:
        """All of a decision, or none."""
        ...


class MemoryDisk:
    """A dict that outlives the centre."""

    def __init__(self, city: CityCode) -> None:
        self.kept = Book(city, Token(0, 0), frozenset(UNITS[city]))

    def open(self, now_ms: int, *, epoch_grows: bool) -> Ledger:
        epoch = self.kept.last_token.epoch + (1 if epoch_grows else 0)
        self.kept.last_token = Token(max(epoch, 1), 0)
        return replace(self.kept, orders=dict(self.kept.orders), holders=dict(self.kept.holders))

    def write(self, ledger: Ledger, decision: Decision, now_ms: int) -> None:
        self.kept.apply(decision)
        if isinstance(ledger, Book):
            ledger.apply(decision)


@dataclass
class CentreNode:
    city: CityCode
    disk: Disk
    skew_ms: int
    ledger: Ledger | None = None
    said: dict[RequestId, tuple[Act, int, int]] = field(default_factory=dict)
    """Request -> what its vehicle was told, how often, and when it is due again."""


@dataclass
class RequesterNode:
    asker: Asker
    kept: dict[RequestId, Asked] = field(default_factory=dict)
    due: dict[RequestId, int] = field(default_factory=dict)
    up: bool = True


@dataclass
class VehicleNode:
    unit: UnitId
    task: Task | None = None
    kept: Task | None = None
    up: bool = True
    said: int = 0
    due_ms: int = 0


@dataclass(frozen=True)
class Outcome:
    """What one life came to."""

    events: int
    requests: int
    confirmed: int
    crashes: int
    violation: str = ""


class World:
    """One seed's life."""

    def __init__(
        self,
        seed: int,
        rules: Rules | None = None,
        disk: Callable[[CityCode], Disk] = MemoryDisk,
        watched: frozenset[str] = HARM | SIGNS,
    ) -> None:
        self.chance = random.Random(seed)
        self.rules = rules or Rules()
        self.now = BEGIN_MS
        self.truth = Truth(OWNER, watched)
        self.events = self.crashes = 0
        self.healing = False
        chance = self.chance
        self.loss = chance.choice((0.0, 0.02, 0.1, 0.3))
        self.doubling = chance.choice((0.0, 0.05, 0.3))
        self.longest_ms = chance.choice((50, 1_000, 12_000))
        self.crash = chance.choice((0.0, 0.01, 0.05))
        self.centres = {c: CentreNode(c, disk(c), chance.randint(-2_000, 2_000)) for c in CITIES}
        self.requesters = {asker: RequesterNode(asker) for asker in ASKERS}
        self.vehicles = {unit: VehicleNode(unit) for unit in OWNER}
        self.cut_until: dict[Node, int] = {}
        self._queue: list[tuple[int, int, Callable[..., None], tuple[object, ...]]] = []
        self._number = 0
        for centre in self.centres.values():
            self._start_centre(centre)
        for node in (*self.centres.values(), *self.requesters.values(), *self.vehicles.values()):
            self.later(chance.randint(1, 1_000), self._tick, node)

    # --- time and network -------------------------------------------------------------------------

    def later(self, after_ms: int, what: Callable[..., None], *facts: object) -> None:
        self._number += 1
        heapq.heappush(self._queue, (self.now + after_ms, self._number, what, facts))

    def run(self, events: int) -> Outcome:
        """So many events of trouble, then peace until everything rests; the first violation ends it."""
        violation = ""
        try:
            while self.events < events:
                self._step()
            self._heal()
            end = self.now + HEAL_MS
            while self.now < end and not self._at_rest():
                self._step()
            self._check_rest()
        except Violation as found:
            violation = str(found)
        asked = [one for requester in self.requesters.values() for one in requester.kept.values()]
        confirmed = sum(any(step.state is OrderState.ACKED for step in one.steps) for one in asked)
        return Outcome(self.events, len(asked), confirmed, self.crashes, violation)

    def _step(self) -> None:
        self.now, _number, what, facts = heapq.heappop(self._queue)
        self.events += 1
        what(*facts)

    def send(self, sender: Node, to: Node, message: Message) -> None:
        """Onto the wire, where anything may become of it."""
        if self._cut(sender):
            return
        copies = 1 if self.healing else 1 + (self.chance.random() < self.doubling)
        for _copy in range(copies):
            if not self.healing and self.chance.random() < self.loss:
                continue
            delay = self.chance.randint(1, 20 if self.healing else self.longest_ms)
            self.later(delay, self._deliver, to, message)

    def _cut(self, node: Node) -> bool:
        return self.cut_until.get(node, 0) > self.now

    def _deliver(self, to: Node, message: Message) -> None:
        if self._cut(to):
            return
        match message:
            case Answer():
                self._requester_hears(self.requesters[message.to], message)
            case Tell():
                self._vehicle_hears(self.vehicles[message.unit], message)
            case _:
                self._centre_hears(self.centres[OWNER[message.unit]], message)

    def _unlucky(self) -> bool:
        """Whether a node dies at this very step."""
        return not self.healing and self.chance.random() < self.crash

    def _maybe_cut(self, node: Node) -> None:
        if not self.healing and self.chance.random() < 0.004:
            self.cut_until[node] = self.now + self.chance.randint(500, 25_000)

    def _tick(self, node: object) -> None:
        self.later(self.chance.randint(700, 1_300), self._tick, node)
        match node:
            case CentreNode():
                self._maybe_cut(f"centre {node.city}")
                if node.ledger is not None:
                    self._centre_hears(node, Tick())
                    self._say_again(node)
                    self._hear_radio(node)
            case RequesterNode():
                self._maybe_cut(f"{node.asker}")
                self._operate(node)
                self._ask_due(node)
            case VehicleNode():
                self._maybe_cut(node.unit)
                self._crew(node)

    # --- centre -----------------------------------------------------------------------------------

    def _start_centre(self, centre: CentreNode) -> None:
        centre.ledger = centre.disk.open(self.now, epoch_grows=self.rules.epoch_grows)
        centre.said.clear()
        self._say_again(centre)

    def _die(self, node: CentreNode | RequesterNode | VehicleNode) -> None:
        self.crashes += 1
        if isinstance(node, CentreNode):
            node.ledger = None
        else:
            node.up = False
        self.later(self.chance.randint(10, 8_000), self._restart, node)

    def _restart(self, node: CentreNode | RequesterNode | VehicleNode) -> None:
        match node:
            case CentreNode():
                self._start_centre(node)
            case RequesterNode():
                node.up = True
                node.due.clear()
            case VehicleNode():
                node.up = True
                node.task = node.kept
                self.truth.vehicle(node.unit, node.task)

    def _centre_hears(self, centre: CentreNode, said: Input) -> None:
        if centre.ledger is None or self._unlucky_centre(centre):
            return
        decision = self.rules.decide(centre.ledger, said, self.now + centre.skew_ms, LEASE_MS)
        if self.rules.reply_before_commit:
            self._say(centre, decision)
        if self._unlucky_centre(centre):
            return
        if decision.changed:
            try:
                centre.disk.write(centre.ledger, decision, self.now)
            except ValueError as double:
                self.truth.fail("double in the centre", str(double))
                return
            for order in decision.changed:
                self.truth.centre(order)
        if decision.token is not None:
            self.truth.token(centre.city, decision.token)
        if not self.rules.reply_before_commit and not self._unlucky_centre(centre):
            self._say(centre, decision)

    def _hear_radio(self, centre: CentreNode) -> None:
        """A desk ends the order of a vehicle whose terminal is dead: rightly when its crew is through."""
        dead = [unit for unit in UNITS[centre.city] if not self.vehicles[unit].up]
        if self.healing or not dead or centre.ledger is None or self.chance.random() > 0.5:
            return
        unit = self.chance.choice(dead)
        order, task = centre.ledger.holder(unit), self.vehicles[unit].kept
        if order is None:
            return
        if task is not None and task.request == order.request and order.state is OrderState.ACKED:
            self.truth.by_radio.add(order.request)
        self._centre_hears(centre, Ended(order.request, unit, order.asker, "op", "completed"))

    def _unlucky_centre(self, centre: CentreNode) -> bool:
        if self._unlucky():
            self._die(centre)
            return True
        return False

    def _say(self, centre: CentreNode, decision: Decision) -> None:
        for effect in decision.effects:
            if isinstance(effect, Answer):
                self.truth.answer(effect)
                self.send(f"centre {centre.city}", f"{effect.to}", effect)
                continue
            if not isinstance(effect, Tell):
                continue  # the order protocol says nothing else
            if effect.act is not Act.HEARD:
                pause = protocol.again_after_ms(1)
                centre.said[effect.request] = (effect.act, 1, self.now + pause)
            self.send(f"centre {centre.city}", effect.unit, effect)

    def _say_again(self, centre: CentreNode) -> None:
        if centre.ledger is None:
            return
        for order in centre.ledger.held():
            tell = protocol.pending(order)
            if tell is None:
                continue
            act, times, due = centre.said.get(order.request, (tell.act, 0, 0))
            if act is not tell.act:
                times = due = 0
            if due <= self.now:
                pause = protocol.again_after_ms(times + 1)
                centre.said[order.request] = (tell.act, times + 1, self.now + pause)
                self.send(f"centre {centre.city}", tell.unit, tell)

    # --- requester --------------------------------------------------------------------------------

    def _operate(self, node: RequesterNode) -> None:
        """What an operator decides, now and then: send a unit, call one back."""
        if self.healing or not node.up:
            return
        if self._unlucky():
            self._die(node)
            return
        open_ones = [one for one in node.kept.values() if not one.settled]
        if self.chance.random() < 0.3 and len(open_ones) < 4:
            unit = self.chance.choice(tuple(OWNER))
            number = sum(len(requester.kept) for requester in self.requesters.values())
            asked = Asked(
                RequestId(f"r{number}"), OWNER[unit], unit, node.asker, "op", JOB, self.now,
                self.now + self.chance.choice((5_000, 60_000)),
            )  # fmt: skip
            self._keep(node, asked)
        elif open_ones and self.chance.random() < 0.08:
            self._keep(node, replace(self.chance.choice(open_ones), cancelled=True))

    def _keep(self, node: RequesterNode, asked: Asked) -> None:
        node.kept[asked.request] = asked
        self.truth.requester(asked)
        self._ask(node, asked)

    def _ask_due(self, node: RequesterNode) -> None:
        if node.up:
            for asked in [one for one in node.kept.values() if not one.settled]:
                if node.due.get(asked.request, 0) <= self.now:
                    self._ask(node, asked)

    def _ask(self, node: RequesterNode, asked: Asked) -> None:
        command = asking.command(asked)
        if command is not None:
            node.due[asked.request] = self.now + asking.again_after_ms(asked)
            self.send(f"{node.asker}", f"centre {asked.city}", command)

    def _requester_hears(self, node: RequesterNode, answer: Answer) -> None:
        asked = node.kept.get(answer.request)
        if asked is None or not node.up:
            return
        if self._unlucky():
            self._die(node)
            return
        after = asking.hear(asked, answer, self.now)
        if after.steps != asked.steps or after.contradicted:
            if self.rules.requester_orders and after.state is OrderState.RESERVED:
                tell = Tell(asked.unit, asked.request, after.token, Act.GO, asked.job)
                self.send(f"{node.asker}", asked.unit, tell)
            self._keep(node, after)

    # --- vehicle ----------------------------------------------------------------------------------

    def _vehicle_hears(self, node: VehicleNode, tell: Tell) -> None:
        if not node.up:
            return
        if self._unlucky():
            self._die(node)
            return
        task = self.rules.vehicle_hears(node.task, tell)
        if task != node.task:
            self._remember(node, task)
        if self._unlucky():
            self._die(node)
            return
        self._report(node, vehicle.reply(task, tell, node.unit))

    def _remember(self, node: VehicleNode, task: Task | None) -> None:
        node.task = task
        if self.rules.vehicle_writes:
            node.kept = task
        node.said = node.due_ms = 0
        self.truth.vehicle(node.unit, task)

    def _crew(self, node: VehicleNode) -> None:
        """The crew acknowledges and finishes in its own time; the terminal repeats what is unheard."""
        if not node.up:
            return
        task, chance = node.task, self.chance
        if task is not None and task.state is TaskState.TOLD and chance.random() < 0.6:
            refuses = chance.random() < 0.1
            self._remember(
                node, vehicle.finished(task, "crew_refused") if refuses else vehicle.acknowledged(task)
            )
            if not self._unlucky():
                self._report(node, vehicle.report(node.task, node.unit) if node.task else None)
        elif task is not None and task.state is TaskState.ACKNOWLEDGED and chance.random() < 0.12:
            self._remember(node, vehicle.finished(task, "completed"))
        task = node.task
        if task is not None and task.state is TaskState.DONE and not task.heard and node.due_ms <= self.now:
            node.said += 1
            node.due_ms = self.now + protocol.again_after_ms(node.said)
            self._report(node, vehicle.report(task, node.unit))

    def _report(self, node: VehicleNode, report: Report | None) -> None:
        if report is not None:
            self.send(node.unit, f"centre {OWNER[node.unit]}", report)

    # --- peace ------------------------------------------------------------------------------------

    def _heal(self) -> None:
        self.healing = True
        self.cut_until.clear()

    def _at_rest(self) -> bool:
        settled = all(one.settled for node in self.requesters.values() for one in node.kept.values())
        free = all(node.ledger is not None and not list(node.ledger.held()) for node in self.centres.values())
        quiet = all(
            node.task is None or node.task.heard or node.task.state is TaskState.STOOD_DOWN
            for node in self.vehicles.values()
        )
        return settled and free and quiet

    def _check_rest(self) -> None:
        if self._at_rest():
            return
        waiting = [
            f"{one.request} {one.state}"
            for node in self.requesters.values()
            for one in node.kept.values()
            if not one.settled
        ]
        held = [
            f"{order.unit} {order.request} {order.state}"
            for node in self.centres.values()
            if node.ledger is not None
            for order in node.ledger.held()
        ]
        tasks = [f"{node.unit} {node.task}" for node in self.vehicles.values()]
        self.truth.fail("no rest", f"undecided {waiting}, held {held}, vehicles {tasks}")


def simulate(
    seed: int,
    events: int,
    rules: Rules | None = None,
    disk: Callable[[CityCode], Disk] = MemoryDisk,
    watched: frozenset[str] = HARM | SIGNS,
) -> Outcome:
    """One seed's life of so many events."""
    return World(seed, rules, disk, watched).run(events)
