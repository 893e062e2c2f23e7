"""Protocols that look right and are wrong. A simulator that does not catch each of them proves nothing."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from dispatch.centre import protocol, vehicle
from dispatch.centre.messages import (
    Act,
    Answer,
    Cancel,
    Commit,
    Input,
    Query,
    Radioed,
    Report,
    Request,
    Said,
    Tell,
    Tick,
)
from dispatch.centre.protocol import LEASE_MS, Decision, Ledger
from dispatch.centre.vehicle import Task, TaskState
from dispatch.domain.geography import CityCode
from dispatch.domain.orders import Order, OrderState, RequestId, Step, Token
from dispatch.domain.units import UnitId
from tests.chaos.mutants_of_the_city import WRONG_IN_THE_CITY
from tests.chaos.mutants_of_the_telephone import WRONG_ON_THE_TELEPHONE
from tests.chaos.rules import Rules

_decide, _hear = protocol.decide, vehicle.hear


def _forced(order: Order, state: OrderState, now_ms: int, reason: str = "") -> Order:
    """A step without asking whether it is legal."""
    return replace(order, steps=(*order.steps, Step(state, now_ms, reason)))


@dataclass(frozen=True)
class _Forgetting:
    """The ledger as if this request had never been heard."""

    ledger: Ledger
    request: RequestId

    @property
    def city(self) -> CityCode:
        return self.ledger.city

    @property
    def last_token(self) -> Token:
        return self.ledger.last_token

    def order(self, request: RequestId) -> Order | None:
        return None if request == self.request else self.ledger.order(request)

    def holder(self, unit: UnitId) -> Order | None:
        held = self.ledger.holder(unit)
        return None if held is None or held.request == self.request else held

    def held(self) -> Iterable[Order]:
        return [order for order in self.ledger.held() if order.request != self.request]

    def refusal(self, said: Request) -> str:
        return self.ledger.refusal(said)


def _takes_any_token(task: Task | None, tell: Tell) -> Task | None:
    """No token: whatever names another request than the present one is new."""
    if tell.act is Act.GO and (task is None or tell.request != task.request):
        return Task(tell.request, tell.token, TaskState.TOLD, tell.job)
    return _hear(task, tell)


def _takes_equal_as_new(task: Task | None, tell: Tell) -> Task | None:
    """An order said again is begun again."""
    if task is not None and tell.act is Act.GO and tell.token == task.token and not task.state.open:
        return Task(tell.request, tell.token, TaskState.TOLD, tell.job)
    return _hear(task, tell)


def _no_idempotency(ledger: Ledger, said: Input, now_ms: int, lease_ms: int = LEASE_MS) -> Decision:
    """Every request is decided as if it were the first of its name."""
    if isinstance(said, Request):
        known = ledger.order(said.request)
        if known is not None and known.state is not OrderState.RESERVED:
            return _decide(_Forgetting(ledger, said.request), said, now_ms, lease_ms)
    return _decide(ledger, said, now_ms, lease_ms)


def _expires_orders(ledger: Ledger, said: Input, now_ms: int, lease_ms: int = LEASE_MS) -> Decision:
    """The lease ends whatever was ordered meanwhile."""
    if isinstance(said, Tick):
        over = [
            order
            for order in ledger.held()
            if order.state in (OrderState.RESERVED, OrderState.ORDERED) and now_ms >= order.until_ms
        ]
        changed = tuple(_forced(order, OrderState.EXPIRED, now_ms, "lease_over") for order in over)
        return Decision(changed, tuple(map(protocol.answer, changed)))
    return _decide(ledger, said, now_ms, lease_ms)


def _answers_from_present_state(
    ledger: Ledger, said: Input, now_ms: int, lease_ms: int = LEASE_MS
) -> Decision:
    """A commit of what is not reserved any more is rejected, whatever became of it."""
    if isinstance(said, Commit):
        order = ledger.order(said.request)
        if order is not None and not order.state.holds_unit:
            step = Step(OrderState.DENIED, now_ms, "unit_held")
            return Decision(effects=(Answer(said.asker, said.request, said.unit, (step,)),))
    return _decide(ledger, said, now_ms, lease_ms)


def _commits_without_looking(ledger: Ledger, said: Input, now_ms: int, lease_ms: int = LEASE_MS) -> Decision:
    """A commit is carried out even when the reservation is over."""
    order = ledger.order(said.request) if isinstance(said, Commit) else None
    if order is not None and order.state is OrderState.EXPIRED:
        after = _forced(order, OrderState.ORDERED, now_ms)
        tell = Tell(order.unit, order.request, order.token, Act.GO, order.job)
        return Decision((after,), (protocol.answer(after), tell))
    return _decide(ledger, said, now_ms, lease_ms)


def _confirms_at_once(ledger: Ledger, said: Input, now_ms: int, lease_ms: int = LEASE_MS) -> Decision:
    """An order that was sent counts as acknowledged."""
    decision = _decide(ledger, said, now_ms, lease_ms)
    if not isinstance(said, Commit) or not decision.changed:
        return decision
    changed = tuple(
        order.to(OrderState.ACKED, now_ms) if order.state is OrderState.ORDERED else order
        for order in decision.changed
    )
    return replace(decision, changed=changed, effects=(*decision.effects, *map(protocol.answer, changed)))


def _frees_before_the_crew_knows(
    ledger: Ledger, said: Input, now_ms: int, lease_ms: int = LEASE_MS
) -> Decision:
    """A unit called back is given away before its crew has heard of it."""
    order = ledger.order(said.request) if isinstance(said, Cancel) else None
    if order is not None and order.state in (OrderState.ORDERED, OrderState.ACKED):
        standing = order.to(OrderState.STANDING_DOWN, now_ms, "withdrawn")
        after = standing.to(OrderState.STOOD_DOWN, now_ms)
        tell = Tell(order.unit, order.request, order.token, Act.STAND_DOWN)
        return Decision((after,), (protocol.answer(after), tell))
    return _decide(ledger, said, now_ms, lease_ms)


def _believes_any_token(ledger: Ledger, said: Input, now_ms: int, lease_ms: int = LEASE_MS) -> Decision:
    """A report counts for whatever its unit is doing now."""
    if isinstance(said, Report) and said.said is Said.DONE:
        holder = ledger.holder(said.unit)
        if holder is not None and holder.state in (OrderState.ORDERED, OrderState.ACKED):
            said = replace(said, request=holder.request, token=holder.token)
    return _decide(ledger, said, now_ms, lease_ms)


def _forgets_cancelled(ledger: Ledger, said: Input, now_ms: int, lease_ms: int = LEASE_MS) -> Decision:
    """A cancellation that overtook its request leaves nothing behind for it to find."""
    if isinstance(said, Cancel) and ledger.order(said.request) is None:
        cancelled = Step(OrderState.CANCELLED, now_ms, "withdrawn")
        return Decision(effects=(Answer(said.asker, said.request, said.unit, (cancelled,)),))
    return _decide(ledger, said, now_ms, lease_ms)


def _expires_silently(ledger: Ledger, said: Input, now_ms: int, lease_ms: int = LEASE_MS) -> Decision:
    """A query of a finished request is answered as if nobody had heard of it."""
    if isinstance(said, Query):
        order = ledger.order(said.request)
        if order is not None and order.state.final:
            return Decision(effects=(Answer(said.asker, said.request, said.unit),))
    return _decide(ledger, said, now_ms, lease_ms)


def _ends_by_radio_what_nobody_acknowledged(
    ledger: Ledger, said: Input, now_ms: int, lease_ms: int = LEASE_MS
) -> Decision:
    """A desk may end an order by voice although no crew ever had it."""
    order = ledger.order(said.request) if isinstance(said, Radioed) and said.said is Said.DONE else None
    if order is not None and order.state is OrderState.ORDERED:
        after = order.to(OrderState.ACKED, now_ms).to(OrderState.DONE, now_ms, "completed")
        return Decision((after,), (protocol.answer(after),))
    return _decide(ledger, said, now_ms, lease_ms)


def _decides(wrong: Callable[..., Decision]) -> Rules:
    return Rules(wrong=((protocol, "decide", wrong),))


def _hears(wrong: Callable[..., Task | None]) -> Rules:
    return Rules(wrong=((vehicle, "hear", wrong),))


MUTANTS = {
    "no token": _hears(_takes_any_token),
    "token but ordered directly": Rules(requester_orders=True),
    "no idempotency": _decides(_no_idempotency),
    "reply before commit": Rules(reply_before_commit=True),
    "lease expires after the order": _decides(_expires_orders),
    "repeat answered from the present state": _decides(_answers_from_present_state),
    "equal token taken as new": _hears(_takes_equal_as_new),
    "vehicle forgets when it dies": Rules(vehicle_writes=False),
    "epoch does not grow": Rules(epoch_grows=False),
    "commit after the lease": _decides(_commits_without_looking),
    "confirmed without the crew": _decides(_confirms_at_once),
    "freed before the crew knows": _decides(_frees_before_the_crew_knows),
    "report believed whatever its token": _decides(_believes_any_token),
    "cancellation forgotten": _decides(_forgets_cancelled),
    "finished request forgotten": _decides(_expires_silently),
    "ended by radio without a crew": _decides(_ends_by_radio_what_nobody_acknowledged),
    **WRONG_IN_THE_CITY,
    **WRONG_ON_THE_TELEPHONE,
}
