"""Consoles, centres and vehicles of three cities over a bad network, in virtual time.

What decides is the shipped code: the whole centre (`decide`, with orders, units, incidents, lending), the
vehicle's terminal, the console's asking. What happens is chance: messages are lost, doubled, delayed and
overtake each other, nodes are cut off for a while, and each of them dies at any step and forgets what it had
not written. After every event the eyes of `truth.py` and `lent.py` look; at the end the network heals and
everything must come to rest. The same seed is the same life.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from dispatch.domain.geography import CityCode
from dispatch.domain.orders import OrderState, RequestId
from dispatch.domain.units import UnitId
from tests.chaos.centres import CentreNode
from tests.chaos.consoles import ConsoleNode
from tests.chaos.disks import Disk, MemoryDisk
from tests.chaos.lent import Lent
from tests.chaos.life import Life
from tests.chaos.network import Network
from tests.chaos.places import CITIES, CONSOLES, OWNER, UNITS
from tests.chaos.rules import SHIPPED, Rules
from tests.chaos.telephones import Telephones
from tests.chaos.truth import HARM, SIGNS, Truth, Violation
from tests.chaos.vehicles import VehicleNode

BEGIN_MS = 1_900_000_000_000
HEAL_MS = 400_000
RUNG_MS = 40_000
"""Within it every alarm rings whose cause stands: longer than the timers of places.RULES."""
MakeDisk = Callable[[CityCode], Disk]
Node = CentreNode | ConsoleNode | VehicleNode


@dataclass(frozen=True)
class Outcome:
    """What one life came to. `lent`: orders of lent units that a crew confirmed.

    `calls`: units arranged by telephone; `conflicts`: those that went elsewhere.
    """

    events: int
    requests: int
    confirmed: int
    lent: int
    aids: int
    crashes: int
    calls: int = 0
    conflicts: int = 0
    violation: str = ""


def in_memory(city: CityCode) -> Disk:
    return MemoryDisk(city, BEGIN_MS)


class World:
    """One seed's life."""

    def __init__(
        self,
        seed: int,
        rules: Rules = SHIPPED,
        disk: MakeDisk = in_memory,
        watched: frozenset[str] = HARM | SIGNS,
    ) -> None:
        chance = random.Random(seed)
        truth = Truth(OWNER, watched)
        self.life = Life(
            chance,
            Network(chance, BEGIN_MS),
            rules,
            truth,
            Lent(truth, dict(OWNER)),
            crash=chance.choice((0.0, 0.01, 0.05)),
            lending=chance.random() < 0.6,
            quick=chance.random() < 0.5,
            telephones=Telephones(truth),
            telephoning=chance.random() < 0.4,
        )
        self.net = self.life.net
        self.centres = [CentreNode(self.life, city, disk(city)) for city in CITIES]
        self.consoles = [ConsoleNode(self.life, asker) for asker in CONSOLES]
        self.vehicles = {unit: VehicleNode(self.life, unit, city) for city in CITIES for unit in UNITS[city]}
        for node in (*self.centres, *self.consoles, *self.vehicles.values()):
            self.net.later(chance.randint(1, 1_000), self._tick, node)

    def run(self, events: int) -> Outcome:
        """So many events of trouble, then peace until everything rests; the first violation ends it."""
        violation = ""
        with self.life.rules.in_force():
            try:
                while self.net.events < events:
                    self.net.step()
                self._come_to_rest()
            except Violation as found:
                violation = str(found)
        asked = [one for console in self.consoles for one in console.kept.values()]
        confirmed = sum(any(step.state is OrderState.ACKED for step in one.steps) for one in asked)
        lent = self.life.lent
        return Outcome(
            self.net.events,
            len(asked),
            confirmed,
            lent.counted,
            len(lent.aids),
            self.life.crashes,
            len(self.life.telephones.calls),
            self.life.telephones.conflicts,
            violation,
        )

    def _tick(self, node: Node) -> None:
        self.net.later(self.life.chance.randint(700, 1_300), self._tick, node)
        node.tick()
        if isinstance(node, CentreNode):
            self._hear_radio(node)

    def _hear_radio(self, centre: CentreNode) -> None:
        """The crew of a vehicle whose terminal is dead, or has never heard of its order, speaks by radio."""
        truth, deaf = self.life.truth, [unit for unit in UNITS[centre.city] if self._deaf(unit)]
        if not deaf or not self.life.now_and_then(0.5):
            return
        unit = self.life.chance.choice(deaf)
        order = truth.orders.get(truth.holders.get(unit))  # type: ignore[arg-type]
        if order is not None:
            centre.hear_radio(order, self._knows(unit, order.request) or order.request in truth.by_radio)

    def _deaf(self, unit: UnitId) -> bool:
        if not self.vehicles[unit].up:
            return not self.net.healing
        request = self.life.truth.holders.get(unit)
        return request in self.life.truth.by_radio and not self._knows(unit, request)

    def _knows(self, unit: UnitId, request: RequestId | None) -> bool:
        task = self.vehicles[unit].kept[0]
        return task is not None and task.request == request

    # --- peace ------------------------------------------------------------------------------------

    def _come_to_rest(self) -> None:
        self.net.heal()
        end = self.net.now + HEAL_MS
        while self.net.now < end and not self._at_rest():
            self.net.step()
        if not self._at_rest():
            self.life.truth.fail("no rest", self._restless())
        if self.life.telephoning:
            self._look_at_telephones()

    def _look_at_telephones(self) -> None:
        """When what waits for a clock has rung."""
        end = self.net.now + RUNG_MS
        while self.net.now < end:
            self.net.step()
        self.life.telephones.at_rest({one.city: one.disk.state for one in self.centres})

    def _at_rest(self) -> bool:
        return (
            not any(console.open_ones or console.errands for console in self.consoles)
            and not self.life.truth.holders
            and all(vehicle.quiet for vehicle in self.vehicles.values())
            and all(self._settled(centre) for centre in self.centres)
        )

    def _settled(self, centre: CentreNode) -> bool:
        state = centre.disk.state
        return (
            centre.up
            and all(aid.state.final for aid in state.aids.values())
            and all(duty.status.task is None for duty in state.duties.values())
            and all(
                duty.heard == self.vehicles[unit].terminal.states.number
                for unit, duty in state.duties.items()
            )
            and not any(incident.units for incident in state.incidents.values())
        )

    def _restless(self) -> str:
        asked = [f"{one.request} {one.state}" for console in self.consoles for one in console.open_ones]
        vehicles = [f"{one.unit} {one.terminal.task}" for one in self.vehicles.values() if not one.quiet]
        said = [f"undecided {asked}", f"held {self.life.truth.holders}", f"vehicles {vehicles}"]
        for centre in self.centres:
            state = centre.disk.state
            aids = [f"{aid.id} {aid.state} {aid.out}" for aid in state.aids.values() if not aid.state.final]
            units = [
                f"{one.unit.id} {one.status.state.name} {one.status.task}" for one in state.duties.values()
            ]
            on = [f"{one.id} {one.units}" for one in state.incidents.values() if one.units]
            said.append(f"{centre.city}: aids {aids}, units {units}, incidents {on}")
        return "; ".join(said)


def simulate(
    seed: int,
    events: int,
    rules: Rules = SHIPPED,
    disk: MakeDisk = in_memory,
    watched: frozenset[str] = HARM | SIGNS,
) -> Outcome:
    """One seed's life of so many events."""
    return World(seed, rules, disk, watched).run(events)
