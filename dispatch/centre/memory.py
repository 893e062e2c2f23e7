"""A centre in memory: what it knows, and how a message is decided, kept and said. No disk, no clock, no loop.

    centre = MemoryCentre(city, units, rules, now_ms=now_ms)
    for effect in centre.take([said], now_ms):
        for one in saying.messages_of(effect, centre): ...
    for tell in centre.due(now_ms): ...

The service runs the same code over the database; simulators and tests run it alone.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from dispatch.centre import claims_disk, protocol, units
from dispatch.centre.again import Repeats
from dispatch.centre.book import Book
from dispatch.centre.decide import decide
from dispatch.centre.draft import Draft
from dispatch.centre.keeping import keep, numbered
from dispatch.centre.messages import Input, Publish, Reply, Subject, Tell, Tick
from dispatch.centre.protocol import LEASE_MS, Effect, Ledger
from dispatch.centre.rules import CentreRules
from dispatch.centre.state import TIMELINE_KEPT, Duty, Past, State
from dispatch.clock import epoch_ms, from_epoch_ms
from dispatch.domain.aid import Aid, AidId
from dispatch.domain.blood_orders import BloodOrder, BloodOrderId
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import Incident, IncidentId
from dispatch.domain.orders import Order, OrderState, Token
from dispatch.domain.timeline import Entry
from dispatch.domain.units import StateSource, Unit, UnitId, UnitState, UnitStatus

CLOSED_KEPT_MS = 3_600_000
"""How long an ended incident or request for help stays in memory and on the wire."""


class View(Protocol):
    """What is read of a centre to say it on the wire."""

    @property
    def city(self) -> CityCode: ...
    @property
    def state(self) -> State: ...


class MemoryCentre:
    """One city's centre. `take` decides; `due` is what vehicles must be told again."""

    def __init__(
        self,
        city: CityCode,
        fleet: Iterable[Unit],
        rules: CentreRules,
        *,
        now_ms: int,
        drill: bool = True,
        epoch: int = 0,
        lease_ms: int = LEASE_MS,
        closed_kept_ms: int = CLOSED_KEPT_MS,
    ) -> None:
        duties = {unit.id: first_duty(unit, None, now_ms) for unit in fleet}
        self.book = Book(city, Token(epoch or now_ms, 0), frozenset(duties))
        self.mind = Mind(State(city, drill, duties), rules, lease_ms, closed_kept_ms)
        self._over = Over(self.book)
        self._repeats = Repeats()

    @property
    def city(self) -> CityCode:
        return self.state.city

    @property
    def state(self) -> State:
        return self.mind.state

    def take(self, inputs: Sequence[Input], now_ms: int) -> list[Effect]:
        """Decide about all of `inputs`, one after the other; what may be said now."""
        effects: list[Effect] = []
        for said in inputs:
            draft = self.mind.decided(said, self.book, self._over, now_ms)
            for decision in draft.decisions:
                self.book.apply(decision)
            lines = numbered(draft)
            keep(draft, lines)
            self._over.remember(draft, lines)
            effects += draft.effects
            if isinstance(said, Tick):
                effects += self.mind.forget(now_ms)
        self._repeats.count((one for one in effects if isinstance(one, Tell)), now_ms)
        return effects

    def pending(self) -> list[Tell]:
        """Everything that vehicles must be told until they answer."""
        return pending(self.book, self.state)

    def due(self, now_ms: int) -> list[Tell]:
        """Of that, what is to be said again now: after 1, 1, 2, 4, 8, 8 ... seconds."""
        return self._repeats.due(self.pending(), now_ms)

    def say_all_again(self) -> None:
        """A link came up: whoever was away may have missed what was said."""
        self._repeats.clear()


@dataclass(slots=True)
class Mind:
    """State and rules, and how one message goes through them."""

    state: State
    rules: CentreRules
    lease_ms: int = LEASE_MS
    closed_kept_ms: int = CLOSED_KEPT_MS

    def decided(self, said: Input, ledger: Ledger, past: Past, now_ms: int) -> Draft:
        """What a message changes; nothing is kept yet."""
        draft = Draft(ledger, self.state, self.rules, now_ms, past=past, lease_ms=self.lease_ms)
        decide(draft, said)
        return draft

    def forget(self, now_ms: int) -> list[Effect]:
        """What ended longer ago than it is kept leaves the memory and the wire."""
        oldest_ms, state = now_ms - self.closed_kept_ms, self.state
        effects: list[Effect] = []
        for number in [one for one, ended_ms in state.ended.items() if ended_ms <= oldest_ms]:
            for kept in (state.incidents, state.lines, state.timelines, state.ended):
                kept.pop(number, None)
            effects.append(Publish(Subject.INCIDENT, number))
        for aids in (state.aids, state.asked):
            over = [one for one in aids.values() if one.state.final and epoch_ms(one.changed_at) <= oldest_ms]
            for aid in over:
                del aids[aid.id]
            if over and aids is state.aids:
                effects.append(Publish(Subject.AIDS))
        done = [one.id for one in state.blood.values() if not one.kept and one.steps[-1].at_ms <= oldest_ms]
        for order in done:
            del state.blood[order]
        if done:
            effects.append(Publish(Subject.BLOOD_ORDERS))
        return effects


@dataclass(slots=True)
class Over:
    """The past in memory: whatever was ever kept."""

    book: Book
    incidents: dict[IncidentId, Incident] = field(default_factory=dict)
    timelines: dict[IncidentId, list[Entry]] = field(default_factory=dict)
    aids: dict[AidId, Aid] = field(default_factory=dict)
    replies: dict[str, Reply] = field(default_factory=dict)
    blood: dict[BloodOrderId, BloodOrder] = field(default_factory=dict)
    _claims: claims_disk.ClaimsDisk | None = None

    @property
    def claims(self) -> claims_disk.ClaimsDisk:
        """Made when somebody first asks: most centres in memory know of no claim."""
        self._claims = self._claims or claims_disk.in_memory()
        return self._claims

    def orders_of(self, unit: UnitId, since_ms: int) -> list[Order]:
        mine = [order for order in self.book.orders.values() if order.unit == unit and order.steps]
        open_then = [one for one in mine if not one.state.final or one.steps[-1].at_ms >= since_ms]
        return sorted(open_then, key=lambda one: one.steps[0].at_ms)

    def incident(self, number: IncidentId) -> Incident | None:
        return self.incidents.get(number)

    def lines(self, incident: IncidentId) -> int:
        return len(self.timelines.get(incident, ()))

    def timeline(self, incident: IncidentId) -> list[Entry]:
        return self.timelines.get(incident, [])[-TIMELINE_KEPT:]

    def aid(self, aid: AidId) -> Aid | None:
        return self.aids.get(aid)

    def blood_order(self, order: BloodOrderId) -> BloodOrder | None:
        return self.blood.get(order)

    def blood_with(self, dins: Collection[str]) -> list[BloodOrder]:
        return [one for one in self.blood.values() if any(bag.din in dins for bag in one.bags)]

    def reply(self, key: str) -> Reply | None:
        return self.replies.get(key)

    def remember(self, draft: Draft, lines: Iterable[tuple[IncidentId, Entry]]) -> None:
        """What a draft changed."""
        self.incidents.update(draft.incidents)
        self.aids.update(draft.aids)
        self.blood.update(draft.blood)
        self.replies.update({reply.key: reply for reply in draft.replies})
        if draft.claims:
            claims_disk.write(self.claims.connection, draft.claims, draft.now_ms)
        for number, entry in lines:
            self.timelines.setdefault(number, []).append(entry)


def pending(book: Book, state: State) -> list[Tell]:
    """What vehicles must be told until they answer: their orders, and where to take their patients."""
    tells: list[Tell] = []
    for order in book.held():
        tells += [tell for tell in (protocol.pending(order),) if tell is not None]
        duty = state.duties.get(order.unit)
        hospital = None if duty is None else units.take_to(duty, order)
        tells += [] if hospital is None else [hospital]
    return tells


def first_duty(unit: Unit, order: Order | None, now_ms: int) -> Duty:
    """Of a unit nobody wrote a state down for: at its station, or where its order says that it is."""
    at_station = UnitStatus(state=UnitState.AVAILABLE_AT_STATION, since=from_epoch_ms(now_ms))
    duty = Duty(unit=unit, status=at_station)
    if order is None or not order.state.holds_unit or order.state is OrderState.RESERVED:
        return duty
    began = next(step for step in order.steps if step.state is OrderState.ORDERED)
    known = order.crew_acknowledged
    status = UnitStatus(
        state=UnitState.ACKNOWLEDGED if known else UnitState.ASSIGNED,
        since=from_epoch_ms(began.at_ms),
        source=StateSource.TERMINAL if known else StateSource.DESK,
        incident=None if order.job is None else order.job.incident,
        task=order.request,
        destination=None if order.job is None else order.job.hospital,
    )
    return duty.model_copy(update={"status": status})
