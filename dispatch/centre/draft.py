"""What one message changes, laid over what the centre knows: nothing of it is real before it is stored.

Every part of the centre decides into the same draft, so that one transaction holds the order, the unit,
the incident with its timeline, the request for help, the alarm, the audit rows and the answer.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from dispatch.centre.claims_changes import Change
from dispatch.centre.messages import Keyed, Publish, Reply, Subject
from dispatch.centre.protocol import LEASE_MS, Decision, Effect, Ledger, Note
from dispatch.centre.rules import CentreRules
from dispatch.centre.state import NOTHING_PAST, Duty, Past, State
from dispatch.clock import from_epoch_ms
from dispatch.domain.aid import Aid, AidId
from dispatch.domain.alarms import Alarm, AlarmId, AlarmState
from dispatch.domain.blood import BankId
from dispatch.domain.blood_orders import BloodOrder, BloodOrderId, Shelf
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import Incident, IncidentId
from dispatch.domain.operators import By
from dispatch.domain.orders import Order, RequestId
from dispatch.domain.units import UnitId, UnitStatus


class Refusal(Exception):
    """A keyed command that is not carried out: a code of domain/refusals.SENTENCES with its facts."""

    def __init__(self, code: str, **facts: str | int) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


def who(said: Keyed) -> str:
    """The operator and the console, as timelines and claims name them: "li@console-2"."""
    return f"{said.by.operator}@{said.asker.node}"


@dataclass(frozen=True, slots=True)
class Line:
    """A line for a timeline; `at_ms` is when it happened."""

    incident: IncidentId
    at_ms: int
    code: str
    by: str
    facts: Mapping[str, str | int]


@dataclass(slots=True)
class Draft:
    """Changes so far. Read through it, so that a later step sees what an earlier one changed."""

    ledger: Ledger
    state: State
    rules: CentreRules
    now_ms: int
    past: Past = NOTHING_PAST
    """What is over and no longer in memory."""
    lease_ms: int = LEASE_MS
    decisions: list[Decision] = field(default_factory=list)
    """What the order protocol decided."""
    incidents: dict[IncidentId, Incident] = field(default_factory=dict)
    duties: dict[UnitId, Duty] = field(default_factory=dict)
    aids: dict[AidId, Aid] = field(default_factory=dict)
    asked: dict[AidId, Aid] = field(default_factory=dict)
    foreign: dict[UnitId, UnitStatus | None] = field(default_factory=dict)
    """None: it is no longer on an incident of this city."""
    alarms: dict[AlarmId, Alarm] = field(default_factory=dict)
    blood: dict[BloodOrderId, BloodOrder] = field(default_factory=dict)
    shelves: dict[BankId, Shelf] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    claims: list[Change] = field(default_factory=list)

    @property
    def city(self) -> CityCode:
        return self.state.city

    @property
    def now(self) -> datetime:
        return from_epoch_ms(self.now_ms)

    @property
    def prefix(self) -> str:
        """What every number of the city begins with, such as CS."""
        return self.rules.prefixes.get(self.city, self.city[:2].upper())

    # --- reading ----------------------------------------------------------------------------------

    def incident(self, number: IncidentId) -> Incident | None:
        """An incident of this city, however old; the numbers of other cities are not looked for."""
        found = self.incidents.get(number) or self.state.incidents.get(number)
        if found is None and number.startswith(f"{self.prefix}-"):
            found = self.past.incident(number)
        return found

    def open_incidents(self) -> Iterable[Incident]:
        return [one for one in ({**self.state.incidents, **self.incidents}).values() if one.state.open]

    def duty(self, unit: UnitId) -> Duty | None:
        return self.duties.get(unit) or self.state.duties.get(unit)

    def all_duties(self) -> Iterable[Duty]:
        return ({**self.state.duties, **self.duties}).values()

    def foreign_status(self, unit: UnitId) -> UnitStatus | None:
        """Another city's unit that is on an incident of this one."""
        return self.foreign[unit] if unit in self.foreign else self.state.foreign.get(unit)

    def order(self, request: RequestId) -> Order | None:
        """As the order protocol left it."""
        return self._decided().get(request) or self.ledger.order(request)

    def held(self) -> list[Order]:
        """Every order that holds a unit."""
        decided = self._decided()
        standing = [order for order in self.ledger.held() if order.request not in decided]
        return standing + [order for order in decided.values() if order.state.holds_unit]

    def holder(self, unit: UnitId) -> Order | None:
        """The order that holds a unit, if any."""
        decided = self._decided()
        fresh = [order for order in decided.values() if order.unit == unit and order.state.holds_unit]
        held = self.ledger.holder(unit)
        return fresh[0] if fresh else None if held is None or held.request in decided else held

    def _decided(self) -> dict[RequestId, Order]:
        return {order.request: order for decision in self.decisions for order in decision.changed}

    def aid(self, aid: AidId) -> Aid | None:
        """A request that this city received, however old."""
        return self.aids.get(aid) or self.state.aids.get(aid) or self.past.aid(aid)

    def open_aids(self) -> Iterable[Aid]:
        return [one for one in ({**self.state.aids, **self.aids}).values() if not one.state.final]

    def all_asked(self) -> Iterable[Aid]:
        """Requests of this city, as their lenders' centres hold them; those over a short while too."""
        return ({**self.state.asked, **self.asked}).values()

    def alarm(self, alarm: AlarmId) -> Alarm | None:
        return self.alarms.get(alarm) or self.state.alarms.get(alarm)

    def open_alarms(self) -> list[Alarm]:
        every = ({**self.state.alarms, **self.alarms} if self.alarms else self.state.alarms).values()
        return [one for one in every if one.state is not AlarmState.CLEARED]

    def blood_order(self, order: BloodOrderId) -> BloodOrder | None:
        """An order at a bank of this city, however old."""
        return self.blood.get(order) or self.state.blood.get(order) or self.past.blood_order(order)

    def blood_with(self, dins: Collection[str]) -> list[BloodOrder]:
        """Orders that name a bag with one of these donation numbers, as they are now, however old."""
        old = {one.id: one for one in self.past.blood_with(dins)} if dins else {}
        now = {**old, **self.state.blood, **self.blood}
        return [one for one in now.values() if any(bag.din in dins for bag in one.bags)]

    def blood_orders(self, bank: BankId | None = None) -> list[BloodOrder]:
        """Orders that are kept in mind, of one bank or of all."""
        every = ({**self.state.blood, **self.blood} if self.blood else self.state.blood).values()
        return [one for one in every if bank is None or one.bank == bank]

    def shelf(self, bank: BankId) -> Shelf | None:
        """What a bank said it has."""
        return self.shelves.get(bank) or self.state.shelves.get(bank)

    def answered(self, key: str) -> Reply | None:
        """The answer given to a keyed command before."""
        return self.past.reply(key)

    # --- writing ----------------------------------------------------------------------------------

    def put_decision(self, decision: Decision) -> None:
        """What the order protocol decided, with what it says and notes."""
        self.decisions.append(decision)
        self.effects += decision.effects
        self.notes += decision.notes

    def put_incident(self, incident: Incident) -> None:
        self.incidents[incident.id] = incident
        self.publish(Subject.INCIDENT, incident.id)

    def put_duty(self, duty: Duty) -> None:
        self.duties[duty.unit.id] = duty
        self.publish(Subject.UNIT, duty.unit.id)

    def put_aid(self, aid: Aid) -> None:
        self.aids[aid.id] = aid
        self.publish(Subject.AIDS)

    def put_asked(self, aid: Aid) -> None:
        """A request of this city, as its lender's centre holds it; it is published there, not here."""
        self.asked[aid.id] = aid

    def put_alarm(self, alarm: Alarm) -> None:
        self.alarms[alarm.id] = alarm
        self.publish(Subject.ALARMS)

    def put_blood(self, order: BloodOrder) -> None:
        self.blood[order.id] = order
        self.publish(Subject.BLOOD_ORDERS)

    def put_shelf(self, shelf: Shelf) -> None:
        self.shelves[shelf.bank] = shelf

    def line(
        self, incident: IncidentId, code: str, /, by: str = "", at_ms: int | None = None, **facts: str | int
    ) -> None:
        """A line for the timeline of an incident of this city."""
        self.lines.append(Line(incident, self.now_ms if at_ms is None else at_ms, code, by, facts))
        self.publish(Subject.INCIDENT, incident)

    def note(self, action: str, by: By | None, target: str, **detail: object) -> None:
        """A row for the audit log; no `by`: the centre itself."""
        actor, role = ("centre", "program") if by is None else (by.operator, by.role.value)
        if by is not None and by.break_glass:
            detail["break_glass"] = 1
        self.notes.append(Note(action, actor, role, target, detail))

    def raise_alarm(self, alarm: Alarm) -> None:
        """Put a new alarm up, with a row that tells what its sentence needs: a replay says the same."""
        self.put_alarm(alarm)
        told = {name: one if isinstance(one, int) else str(one) for name, one in alarm.facts.items()}
        self.note("alarm.raised", None, alarm.id, code=alarm.code, severity=alarm.severity.value, facts=told)

    def publish(self, subject: Subject, key: str = "") -> None:
        """Say a record anew after the commit, once however often it changed."""
        effect = Publish(subject, key)
        if effect not in self.effects:
            self.effects.append(effect)

    def say(self, effect: Effect) -> None:
        self.effects.append(effect)

    def accept(self, said: Keyed, **facts: str | int) -> None:
        """Answer that a keyed command was carried out."""
        self.reply(Reply(said.asker, said.key, accepted=True, facts=facts))

    def reply(self, reply: Reply) -> None:
        """The answer to a keyed command, stored with what it decided."""
        self.replies.append(reply)
        self.effects.append(reply)

    # --- taking back ------------------------------------------------------------------------------

    def mark(self) -> "Draft":
        """A copy to come `back_to` when something is refused half-way."""
        return replace(self, **{name: getattr(self, name).copy() for name in _CHANGES})

    def back_to(self, mark: "Draft") -> None:
        """As it was at the mark, which is used up."""
        for name in _CHANGES:
            setattr(self, name, getattr(mark, name))


_CHANGES = (
    "decisions", "incidents", "duties", "aids", "asked", "foreign", "alarms", "blood", "shelves",
    "lines", "notes", "effects", "replies", "claims",
)  # fmt: skip
