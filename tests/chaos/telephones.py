"""Units arranged by telephone, seen from outside: what was said on the telephone, and who came to hear of it.

A record of its own is kept of every call and every order; what must have rung is worked out from them when
everything rests, not by the code that compared.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dispatch.centre.draft import Draft
from dispatch.centre.messages import Input, Telephoned
from dispatch.centre.state import State
from dispatch.domain.alarms import AlarmState
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import Incident, IncidentId, IncidentState
from dispatch.domain.orders import Order, OrderState
from dispatch.domain.units import UnitId, UnitStatus
from tests.chaos.places import OWNER, RULES
from tests.chaos.truth import Truth

TASK_MS = int(RULES.alarms.telephoned_task_s * 1000)
CLOCKS_MS = 5_000
"""Clocks differ: what is nearer than this to a limit may be judged either way."""
LOUD = frozenset({"waiting_p1", "waiting_again", "telephoned_only"})
"""Alarms that say that nobody may be on the way to an incident."""


@dataclass(frozen=True)
class Call:
    """A desk of `city` arranged a unit for one of its incidents."""

    city: CityCode
    unit: UnitId
    incident: IncidentId
    at_ms: int

    @property
    def about(self) -> tuple[IncidentId, UnitId]:
        return self.incident, self.unit


@dataclass
class Telephones:
    """Hears of every call and of every draft that a centre kept."""

    truth: Truth
    calls: list[Call] = field(default_factory=list)
    compared: dict[Call, tuple[int, bool]] = field(default_factory=dict)
    """When the unit's own city heard of a call, by its clock, and whether it found a conflict."""
    rung: set[tuple[CityCode, IncidentId, UnitId]] = field(default_factory=set)
    """Conflicts that rang: where, and about which arrangement."""
    told: set[tuple[CityCode, IncidentId, UnitId]] = field(default_factory=set)
    """Arrangements that the desks of the unit's city were told of."""
    closed: set[IncidentId] = field(default_factory=set)
    conflicts: int = 0
    """Calls whose unit went elsewhere, as worked out at rest."""
    _units: dict[IncidentId, tuple[UnitId, ...]] = field(default_factory=dict)
    _statuses: dict[UnitId, UnitStatus] = field(default_factory=dict)

    def kept(self, city: CityCode, said: Input, draft: Draft) -> None:
        """A centre stored what a message changed."""
        for alarm in draft.alarms.values():
            if alarm.code in ("conflict", "unit_arranged"):
                heard = self.rung if alarm.code == "conflict" else self.told
                heard.add((city, IncidentId(str(alarm.facts["incident"])), UnitId(str(alarm.facts["unit"]))))
        if isinstance(said, Telephoned):
            self._compared(city, said, draft)
        for incident in draft.incidents.values():
            self._units[incident.id] = incident.units
            if not incident.state.open:
                self.closed.add(incident.id)
        self._statuses |= {unit: duty.status for unit, duty in draft.duties.items()}

    def _compared(self, city: CityCode, said: Telephoned, draft: Draft) -> None:
        """A report changes what is known and what rings: no order, no unit, nobody on an incident."""
        changed = draft.decisions or any(
            one.units != self._units.get(one.id, ()) for one in draft.incidents.values()
        )
        if changed or any(
            duty.status != self._statuses.get(unit, duty.status) for unit, duty in draft.duties.items()
        ):
            self.truth.fail("telephone", f"{said.unit}: a report by telephone changed an order or a unit")
        for reply in draft.replies:
            if not reply.accepted:
                self.truth.fail("telephone", f"{said}: refused with {reply.code} {reply.facts}")
            elif city == OWNER[said.unit] and not said.other:
                call = Call(said.asker.city, said.unit, said.incident, said.at_ms)
                self.compared[call] = draft.now_ms, bool(reply.facts["conflict"])

    # --- when everything rests --------------------------------------------------------------------

    def at_rest(self, states: Mapping[CityCode, State]) -> None:
        """Nobody is forgotten, and every conflict rang in both cities."""
        for state in states.values():
            for incident in state.open_incidents():
                self._not_silent(incident, state)
        for call in self.calls:
            self._told(call)
            self._rang(call, states[call.city])

    def _not_silent(self, incident: Incident, state: State) -> None:
        """A patient to whom nobody was ordered is held on purpose, or loud."""
        if incident.units or incident.state is IncidentState.HELD:
            return
        about = [one for one in state.alarms.values() if one.facts.get("incident") == incident.id]
        if not any(one.code in LOUD and one.state is not AlarmState.CLEARED for one in about):
            telephoned = f"arranged by telephone: {incident.telephoned}"
            self.truth.fail("telephone", f"{incident.id}: nobody goes there and nothing rings, {telephoned}")

    def _told(self, call: Call) -> None:
        owner = OWNER[call.unit]
        if call not in self.compared:
            self.truth.fail("telephone", f"{call}: {owner} never heard of it")
            return
        heard_ms, conflict = self.compared[call]
        expected = owner != call.city and not conflict and heard_ms < call.at_ms + TASK_MS
        if expected and (owner, *call.about) not in self.told:
            self.truth.fail("telephone", f"{call}: the desks of {owner} were not told")

    def _rang(self, call: Call, state: State) -> None:
        later = sorted((one for one in self.calls if _after(one, call)), key=lambda one: one.at_ms)
        if any(one.incident == call.incident for one in later):
            return  # it was said again, and that counts
        following = later[0] if later else None
        orders = self._elsewhere(call, following)
        away = following is not None and self._called_away(call, following)
        if not orders and not away:
            return
        self.conflicts += 1
        moved = any(one.city == call.city and one.incident != call.incident for one in later)
        cities = {OWNER[call.unit], call.city}
        if moved or call.incident in self.closed:  # its own city has ended what it waited for
            cities.discard(call.city)
        for city in cities:
            if (city, *call.about) not in self.rung:
                on = [f"{one.request} {one.steps}" for one in orders] or following
                self.truth.fail("telephone", f"{call}: no conflict rang in {city}; it was on {on}")
        incident = state.incidents.get(call.incident)
        heard_ms, conflict = self.compared[call]  # one that was found by comparing has rung, and stays named
        knew = not conflict and any(_told_ms(one) > heard_ms for one in orders)
        counted = incident is not None and incident.state.open and call.unit in incident.telephoned
        if knew and counted and not later:
            self.truth.fail("telephone", f"{call}: {call.city} still counts on it")

    def _called_away(self, call: Call, following: Call) -> bool:
        """Another city arranged it for its own incident, within the time of a task.

        Calls that are reported later than a task lasts are laid beside orders for certain, beside each other
        only as far as the newest is remembered.
        """
        if any(self.compared[one][0] >= one.at_ms + TASK_MS - CLOCKS_MS for one in (call, following)):
            return False
        soon = following.at_ms < min(call.at_ms + TASK_MS, self._ordered_there(call)) - CLOCKS_MS
        return soon and following.city != call.city

    def _elsewhere(self, call: Call, following: Call | None) -> list[Order]:
        """Orders for other incidents that had the unit while it was taken to be on this one."""
        end = min(call.at_ms + TASK_MS, self._ordered_there(call))
        end = min(end, end if following is None else following.at_ms) - CLOCKS_MS
        return [
            order
            for order in self._orders(call.unit)
            if order.job is not None
            and order.job.incident != call.incident
            and _told_ms(order) < end
            and (not order.state.final or order.steps[-1].at_ms > call.at_ms + CLOCKS_MS)
        ]

    def _ordered_there(self, call: Call) -> int:
        """When an order sent it to the incident, as the call had: from then on the order counts."""
        there = [
            _told_ms(order)
            for order in self._orders(call.unit)
            if order.job is not None and order.job.incident == call.incident
            and (not order.state.final or order.steps[-1].at_ms > call.at_ms - CLOCKS_MS)
        ]  # fmt: skip
        return min(there, default=call.at_ms + TASK_MS)

    def _orders(self, unit: UnitId) -> Iterable[Order]:
        return [one for one in self.truth.orders.values() if one.unit == unit and _told_ms(one)]


def _after(one: Call, call: Call) -> bool:
    return one.unit == call.unit and one.at_ms > call.at_ms


def _told_ms(order: Order) -> int:
    return next((step.at_ms for step in order.steps if step.state is OrderState.ORDERED), 0)
