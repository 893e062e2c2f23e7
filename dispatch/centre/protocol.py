"""How a centre decides: (what it knows, what it hears, now) -> (what changes, what is said). Pure.

No I/O and no clock is here, so that the same code runs in the centre and, a million times over, in
a simulator. Whoever calls `decide` writes all of a decision in one transaction and only then says
any of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

from dispatch.centre.messages import (
    Act,
    Answer,
    AskCount,
    Cancel,
    Command,
    Commit,
    HeardStates,
    Input,
    Publish,
    Query,
    Radioed,
    Reply,
    Report,
    Request,
    Said,
    Tell,
    Tick,
)
from dispatch.domain.geography import CityCode
from dispatch.domain.orders import (
    BY_RADIO,
    CREW_REFUSED,
    LEGAL_NEXT,
    Order,
    OrderState,
    RequestId,
    Step,
    Token,
)
from dispatch.domain.units import UnitId

LEASE_MS = 30_000
"""How long a unit stays reserved for a request that nobody commits."""
_AGAIN_MS = (1_000, 1_000, 2_000, 4_000, 8_000)


class Ledger(Protocol):
    """What a centre knows when it decides; reading only."""

    @property
    def city(self) -> CityCode: ...

    @property
    def last_token(self) -> Token:
        """The newest token given out."""
        ...

    def order(self, request: RequestId) -> Order | None: ...

    def holder(self, unit: UnitId) -> Order | None:
        """The order that holds a unit, if any."""
        ...

    def held(self) -> Iterable[Order]:
        """Every order that holds a unit."""
        ...

    def refusal(self, said: Request) -> str:
        """Why a unit that nobody holds is not given to this request (a code of REASONS); empty when it is."""
        ...


@dataclass(frozen=True, slots=True)
class Note:
    """One row for the audit log, written with the decision or not at all."""

    action: str
    actor: str
    role: str
    target: str
    detail: Mapping[str, object]
    """Integers, strings, lists and dicts of them: see audit/entry.plain_detail."""


Effect: TypeAlias = Answer | Tell | Reply | HeardStates | Publish | AskCount


@dataclass(frozen=True, slots=True)
class Decision:
    """What one message brings about. `changed` and `notes` are stored before `effects` are sent."""

    changed: tuple[Order, ...] = ()
    effects: tuple[Effect, ...] = ()
    notes: tuple[Note, ...] = ()
    token: Token | None = None
    """The token given out, if one was."""


def decide(ledger: Ledger, said: Input, now_ms: int, lease_ms: int = LEASE_MS) -> Decision:
    """What a centre does about one message of an order, or about the time."""
    match said:
        case Tick():
            return _expire(ledger, now_ms)
        case Report():
            return _hear_vehicle(ledger, said, now_ms)
        case Request():
            return _hear_request(ledger, said, now_ms, lease_ms)
        case Commit():
            return _hear_commit(ledger, said, now_ms)
        case Cancel():
            return _hear_cancel(ledger, said, now_ms)
        case Radioed():
            return _hear_radio(ledger, said, now_ms)
        case Query():
            return Decision(effects=(_history(ledger.order(said.request), said),))
        case _:
            return Decision()  # not about an order


def pending(order: Order) -> Tell | None:
    """What the vehicle must be told until it answers; this alone decides what is said again."""
    match order.state:
        case OrderState.ORDERED:
            return Tell(order.unit, order.request, order.token, Act.GO, order.job)
        case OrderState.STANDING_DOWN:
            return Tell(order.unit, order.request, order.token, Act.STAND_DOWN)
        case _:
            return None


def again_after_ms(times_said: int) -> int:
    """The pause before something is said again: 1, 1, 2, 4, 8, 8 ... seconds.

    Two losses in a row cost two seconds; whoever is dead is not shouted at.
    """
    return _AGAIN_MS[min(max(times_said, 1), len(_AGAIN_MS)) - 1]


def answer(order: Order) -> Answer:
    """The history of an order, to the program that asked for it."""
    return Answer(order.asker, order.request, order.unit, order.steps, order.token, order.until_ms)


# --- the requester's messages -------------------------------------------------------------------


def _hear_request(ledger: Ledger, said: Request, now_ms: int, lease_ms: int) -> Decision:
    known = ledger.order(said.request)
    if known is not None:
        return Decision(effects=(_history(known, said),))
    fresh = Order(said.request, said.unit, said.asker, said.operator, said.job)
    before = _expired_holder(ledger, said.unit, now_ms)
    why_not = _why_not(ledger, said, now_ms, freed=bool(before))
    if why_not:
        return _stored(
            ledger, (*before, fresh.to(OrderState.DENIED, now_ms, why_not)), said.operator, said.role
        )
    token = Token(ledger.last_token.epoch, ledger.last_token.counter + 1)
    granted = replace(fresh, token=token, until_ms=now_ms + lease_ms).to(OrderState.RESERVED, now_ms)
    return replace(_stored(ledger, (*before, granted), said.operator, said.role), token=token)


def _why_not(ledger: Ledger, said: Request, now_ms: int, *, freed: bool) -> str:
    if now_ms > said.expires_ms:
        return "request_late"
    if not freed and ledger.holder(said.unit) is not None:
        return "unit_held"
    return ledger.refusal(said)


def _expired_holder(ledger: Ledger, unit: UnitId, now_ms: int) -> tuple[Order, ...]:
    """The reservation whose lease ended before anybody looked."""
    holder = ledger.holder(unit)
    return (_over(holder, now_ms),) if holder is not None and _lease_is_over(holder, now_ms) else ()


def _hear_commit(ledger: Ledger, said: Commit, now_ms: int) -> Decision:
    order = ledger.order(said.request)
    if order is None or order.state is not OrderState.RESERVED or not _may_act(ledger, order, said):
        return Decision(effects=(_history(order, said),))
    if _lease_is_over(order, now_ms):
        return _stored(ledger, (_over(order, now_ms),), said.operator, said.role)
    if said.token != order.token:
        return Decision(effects=(_history(order, said),))
    return _stored(ledger, (order.to(OrderState.ORDERED, now_ms),), said.operator, said.role)


def _hear_cancel(ledger: Ledger, said: Cancel, now_ms: int) -> Decision:
    order = ledger.order(said.request)
    if order is None:  # it overtook its request, which must find it when it comes
        order = Order(said.request, said.unit, said.asker, said.operator)
        return _stored(
            ledger, (order.to(OrderState.CANCELLED, now_ms, "withdrawn"),), said.operator, said.role
        )
    if not _may_act(ledger, order, said):
        return Decision(effects=(_history(order, said),))
    match order.state:
        case OrderState.RESERVED:
            after = order.to(OrderState.CANCELLED, now_ms, "withdrawn")
        case OrderState.ORDERED | OrderState.ACKED:
            after = order.to(OrderState.STANDING_DOWN, now_ms, "withdrawn")
        case _:
            return Decision(effects=(_history(order, said),))
    return _told_too(_stored(ledger, (after,), said.operator, said.role), after, said)


def _told_too(decision: Decision, order: Order, said: Cancel) -> Decision:
    """Whoever takes another's order back hears at once that it was taken, and not only who had given it."""
    if said.asker == order.asker:
        return decision
    return replace(decision, effects=(*decision.effects, _history(order, said)))


_BY_RADIO = {
    (Said.ACKNOWLEDGED, OrderState.ORDERED): OrderState.ACKED,
    (Said.STOOD_DOWN, OrderState.STANDING_DOWN): OrderState.STOOD_DOWN,
    (Said.DONE, OrderState.ACKED): OrderState.DONE,
}


def _hear_radio(ledger: Ledger, said: Radioed, now_ms: int) -> Decision:
    """The same steps as by the crew's terminal; nothing ends by radio that no crew acknowledged."""
    order = ledger.order(said.request)
    if order is None or not _may_act(ledger, order, said):
        return Decision()
    after = _BY_RADIO.get((said.said, order.state))
    if after is None:
        return Decision()
    reason = said.ending if after is OrderState.DONE else BY_RADIO
    return _stored(ledger, (order.to(after, now_ms, reason),), said.operator, said.role)


def _may_act(ledger: Ledger, order: Order, said: Command | Radioed) -> bool:
    """Only the city that asked, or the one that owns the unit, may go on with an order."""
    return said.unit == order.unit and said.asker.city in (order.asker.city, ledger.city)


def _history(order: Order | None, said: Command) -> Answer:
    """The stored history, to whoever asks now."""
    if order is None:
        return Answer(said.asker, said.request, said.unit)
    return replace(answer(order), to=said.asker)


# --- the vehicle's messages, and time -----------------------------------------------------------


def _hear_vehicle(ledger: Ledger, said: Report, now_ms: int) -> Decision:
    order = ledger.order(said.request)
    if order is None or order.token != said.token or order.unit != said.unit:
        return Decision()
    match said.said, order.state:
        case Said.ACKNOWLEDGED, OrderState.ORDERED:
            return _stored(ledger, (order.to(OrderState.ACKED, now_ms),), said.unit, "crew")
        case Said.STOOD_DOWN, OrderState.STANDING_DOWN:
            return _stored(ledger, (order.to(OrderState.STOOD_DOWN, now_ms),), said.unit, "crew")
        case Said.ACKNOWLEDGED, OrderState.DONE | OrderState.STOOD_DOWN:
            over = Tell(said.unit, said.request, said.token, Act.STAND_DOWN)
            return Decision(effects=(over,))  # it ended by radio, and its terminal has not heard of that
        case Said.DONE, state:
            return _hear_done(ledger, order, state, said, now_ms)
    return Decision()


def _hear_done(ledger: Ledger, order: Order, state: OrderState, said: Report, now_ms: int) -> Decision:
    """A crew that is through has acknowledged before, whether that report arrived or not, or refused."""
    heard = Tell(said.unit, said.request, said.token, Act.HEARD)
    if state is OrderState.ORDERED and said.ending != CREW_REFUSED:
        order = order.to(OrderState.ACKED, now_ms)
    elif OrderState.DONE not in LEGAL_NEXT[state]:
        ended = state in (OrderState.DONE, OrderState.STOOD_DOWN)
        return Decision(effects=(heard,)) if ended else Decision()
    decision = _stored(ledger, (order.to(OrderState.DONE, now_ms, said.ending),), said.unit, "crew")
    return replace(decision, effects=(*decision.effects, heard))


def _expire(ledger: Ledger, now_ms: int) -> Decision:
    over = tuple(_over(order, now_ms) for order in ledger.held() if _lease_is_over(order, now_ms))
    return _stored(ledger, over, "centre", "program")


def _lease_is_over(order: Order, now_ms: int) -> bool:
    """Only a reservation ends by the clock: nothing that was ordered ever does."""
    return order.state is OrderState.RESERVED and now_ms >= order.until_ms


def _over(order: Order, now_ms: int) -> Order:
    return order.to(OrderState.EXPIRED, now_ms, "lease_over")


# --- what every decision has in common ----------------------------------------------------------


def _stored(ledger: Ledger, changed: tuple[Order, ...], actor: str, role: str) -> Decision:
    """Changed orders with their audit rows; each requester is told, each vehicle what it must know."""
    effects: list[Effect] = []
    notes: list[Note] = []
    for order in changed:
        before = ledger.order(order.request)
        new = order.steps[len(before.steps) if before is not None else 0 :]
        notes += [_note(order, step, actor, role) for step in new]
        effects.append(answer(order))
        tell = pending(order)
        if tell is not None:
            effects.append(tell)
    return Decision(changed, tuple(effects), tuple(notes))


def _note(order: Order, step: Step, actor: str, role: str) -> Note:
    detail: dict[str, str | int] = {
        "unit": order.unit,
        "incident": "" if order.job is None else order.job.incident,
        "epoch": order.token.epoch,
        "counter": order.token.counter,
        "city": order.asker.city,
        "console": order.asker.node,
        "reason": step.reason,
    }
    if step.state is OrderState.EXPIRED:  # by itself, whoever was the first to look
        actor, role = "centre", "program"
    return Note(f"order.{step.state}", actor, role, order.request, detail)
