"""Protocols that look right and are wrong. A simulator that does not catch each of them proves nothing."""

from dataclasses import replace

from dispatch.centre import protocol, vehicle
from dispatch.centre.book import Book
from dispatch.centre.messages import (
    Act,
    Answer,
    Cancel,
    Commit,
    Ended,
    Input,
    Query,
    Report,
    Request,
    Said,
    Tell,
    Tick,
)
from dispatch.centre.protocol import Decision, Ledger
from dispatch.centre.vehicle import Task, TaskState
from dispatch.domain.orders import Order, OrderState, Step
from tests.centre.simulator import Rules


def _forced(order: Order, state: OrderState, now_ms: int, reason: str = "") -> Order:
    """A step without asking whether it is legal."""
    return replace(order, steps=(*order.steps, Step(state, now_ms, reason)))


def _forgetting(ledger: Ledger, said: Request) -> Book:
    """The ledger as if this request had never been heard; its unit stays held."""
    orders = {order.request: order for order in ledger.held() if order.request != said.request}
    book = Book(ledger.city, ledger.last_token, frozenset({said.unit}))
    book.orders = orders
    book.holders = {order.unit: order.request for order in orders.values()}
    return book


def _takes_any_token(task: Task | None, tell: Tell) -> Task | None:
    """No token: whatever names another request than the present one is new."""
    if tell.act is Act.GO and (task is None or tell.request != task.request):
        return Task(tell.request, tell.token, TaskState.TOLD, tell.job)
    return vehicle.hear(task, tell)


def _takes_equal_as_new(task: Task | None, tell: Tell) -> Task | None:
    """An order said again is begun again."""
    if task is not None and tell.act is Act.GO and tell.token == task.token and not task.state.open:
        return Task(tell.request, tell.token, TaskState.TOLD, tell.job)
    return vehicle.hear(task, tell)


def _no_idempotency(ledger: Ledger, said: Input, now_ms: int, lease_ms: int) -> Decision:
    """Every request is decided as if it were the first of its name."""
    if isinstance(said, Request):
        known = ledger.order(said.request)
        if known is not None and known.state is not OrderState.RESERVED:
            return protocol.decide(_forgetting(ledger, said), said, now_ms, lease_ms)
    return protocol.decide(ledger, said, now_ms, lease_ms)


def _expires_orders(ledger: Ledger, said: Input, now_ms: int, lease_ms: int) -> Decision:
    """The lease ends whatever was ordered meanwhile."""
    if isinstance(said, Tick):
        over = [
            order
            for order in ledger.held()
            if order.state in (OrderState.RESERVED, OrderState.ORDERED) and now_ms >= order.until_ms
        ]
        changed = tuple(_forced(order, OrderState.EXPIRED, now_ms, "lease_over") for order in over)
        return Decision(changed, tuple(map(protocol.answer, changed)))
    return protocol.decide(ledger, said, now_ms, lease_ms)


def _answers_from_present_state(ledger: Ledger, said: Input, now_ms: int, lease_ms: int) -> Decision:
    """A commit of what is not reserved any more is rejected, whatever became of it."""
    if isinstance(said, Commit):
        order = ledger.order(said.request)
        if order is not None and not order.state.holds_unit:
            step = Step(OrderState.DENIED, now_ms, "unit_held")
            return Decision(effects=(Answer(said.asker, said.request, said.unit, (step,)),))
    return protocol.decide(ledger, said, now_ms, lease_ms)


def _commits_without_looking(ledger: Ledger, said: Input, now_ms: int, lease_ms: int) -> Decision:
    """A commit is carried out even when the reservation is over."""
    order = ledger.order(said.request) if isinstance(said, Commit) else None
    if order is not None and order.state is OrderState.EXPIRED:
        after = _forced(order, OrderState.ORDERED, now_ms)
        tell = Tell(order.unit, order.request, order.token, Act.GO, order.job)
        return Decision((after,), (protocol.answer(after), tell))
    return protocol.decide(ledger, said, now_ms, lease_ms)


def _confirms_at_once(ledger: Ledger, said: Input, now_ms: int, lease_ms: int) -> Decision:
    """An order that was sent counts as acknowledged."""
    decision = protocol.decide(ledger, said, now_ms, lease_ms)
    if not isinstance(said, Commit) or not decision.changed:
        return decision
    changed = tuple(
        order.to(OrderState.ACKED, now_ms) if order.state is OrderState.ORDERED else order
        for order in decision.changed
    )
    return replace(decision, changed=changed, effects=(*decision.effects, *map(protocol.answer, changed)))


def _frees_before_the_crew_knows(ledger: Ledger, said: Input, now_ms: int, lease_ms: int) -> Decision:
    """A unit called back is given away before its crew has heard of it."""
    order = ledger.order(said.request) if isinstance(said, Cancel) else None
    if order is not None and order.state in (OrderState.ORDERED, OrderState.ACKED):
        standing = order.to(OrderState.STANDING_DOWN, now_ms, "withdrawn")
        after = standing.to(OrderState.STOOD_DOWN, now_ms)
        tell = Tell(order.unit, order.request, order.token, Act.STAND_DOWN)
        return Decision((after,), (protocol.answer(after), tell))
    return protocol.decide(ledger, said, now_ms, lease_ms)


def _believes_any_token(ledger: Ledger, said: Input, now_ms: int, lease_ms: int) -> Decision:
    """A report counts for whatever its unit is doing now."""
    if isinstance(said, Report) and said.said is Said.DONE:
        holder = ledger.holder(said.unit)
        if holder is not None and holder.state in (OrderState.ORDERED, OrderState.ACKED):
            said = replace(said, request=holder.request, token=holder.token)
    return protocol.decide(ledger, said, now_ms, lease_ms)


def _forgets_cancelled(ledger: Ledger, said: Input, now_ms: int, lease_ms: int) -> Decision:
    """A cancellation that overtook its request leaves nothing behind for it to find."""
    if isinstance(said, Cancel) and ledger.order(said.request) is None:
        cancelled = Step(OrderState.CANCELLED, now_ms, "withdrawn")
        return Decision(effects=(Answer(said.asker, said.request, said.unit, (cancelled,)),))
    return protocol.decide(ledger, said, now_ms, lease_ms)


def _expires_silently(ledger: Ledger, said: Input, now_ms: int, lease_ms: int) -> Decision:
    """A query of a finished request is answered as if nobody had heard of it."""
    if isinstance(said, Query):
        order = ledger.order(said.request)
        if order is not None and order.state.final:
            return Decision(effects=(Answer(said.asker, said.request, said.unit),))
    return protocol.decide(ledger, said, now_ms, lease_ms)


def _ends_by_radio_what_nobody_acknowledged(
    ledger: Ledger, said: Input, now_ms: int, lease_ms: int
) -> Decision:
    """A desk may end an order by voice although no crew ever had it."""
    order = ledger.order(said.request) if isinstance(said, Ended) else None
    if order is not None and order.state is OrderState.ORDERED:
        after = order.to(OrderState.ACKED, now_ms).to(OrderState.DONE, now_ms, "completed")
        return Decision((after,), (protocol.answer(after),))
    return protocol.decide(ledger, said, now_ms, lease_ms)


MUTANTS = {
    "no token": Rules(vehicle_hears=_takes_any_token),
    "token but ordered directly": Rules(requester_orders=True),
    "no idempotency": Rules(decide=_no_idempotency),
    "reply before commit": Rules(reply_before_commit=True),
    "lease expires after the order": Rules(decide=_expires_orders),
    "repeat answered from the present state": Rules(decide=_answers_from_present_state),
    "equal token taken as new": Rules(vehicle_hears=_takes_equal_as_new),
    "vehicle forgets when it dies": Rules(vehicle_writes=False),
    "epoch does not grow": Rules(epoch_grows=False),
    "commit after the lease": Rules(decide=_commits_without_looking),
    "confirmed without the crew": Rules(decide=_confirms_at_once),
    "freed before the crew knows": Rules(decide=_frees_before_the_crew_knows),
    "report believed whatever its token": Rules(decide=_believes_any_token),
    "cancellation forgotten": Rules(decide=_forgets_cancelled),
    "finished request forgotten": Rules(decide=_expires_silently),
    "ended by radio without a crew": Rules(decide=_ends_by_radio_what_nobody_acknowledged),
}
