"""What follows from a decision about orders: the units' states, and what incidents and lending make of it."""

from dispatch.centre import incidents, lending, telephoned
from dispatch.centre.draft import Draft
from dispatch.centre.protocol import Decision
from dispatch.centre.state import Duty
from dispatch.clock import from_epoch_ms
from dispatch.domain.orders import Order, OrderState, Step
from dispatch.domain.units import StateSource, UnitState, UnitStatus


def orders(draft: Draft, decision: Decision) -> None:
    """Take a decision of the order protocol over, with everything that follows from it."""
    before = [draft.order(order.request) for order in decision.changed]
    draft.put_decision(decision)
    for known, order in zip(before, decision.changed, strict=True):
        steps = order.steps[len(known.steps) if known is not None else 0 :]
        incidents.follow_order(draft, order, steps)
        for step in steps:
            _unit(draft, order, step)
        lending.follow_order(draft, order, steps)


def change(draft: Draft, before: Duty, after: Duty, at_ms: int, by: str = "") -> None:
    """A unit's duty as it is now; its incident follows when the state, the task or the hospital changed.

    `at_ms` is when it happened, which may be before the state began on paper; `by`: who set it at a desk.
    """
    if after == before:
        return
    draft.put_duty(after)
    if after.status != before.status:
        unit = after.unit
        incidents.follow_unit(
            draft, unit.id, unit.city, before.status, after.status, at_ms, after.patients, by
        )


def _unit(draft: Draft, order: Order, step: Step) -> None:
    before = draft.duty(order.unit)
    if before is None:
        return
    match step.state:
        case OrderState.ORDERED:
            before = telephoned.ordered(draft, before, "" if order.job is None else order.job.incident)
            status = _assigned(draft, before.status, order, step)
            after = before.model_copy(update={"status": status, "patients": 0, "crew_knows": True})
        case OrderState.ACKED:
            after = _acknowledged(before, order, step)
        case OrderState.DONE | OrderState.STOOD_DOWN:
            after = _through(before, order, step, own=order.asker.city == draft.city)
        case _:
            return
    change(draft, before, after, step.at_ms)


def _assigned(draft: Draft, before: UnitStatus, order: Order, step: Step) -> UnitStatus:
    """On the task. A unit that broke down after it was reserved is not said to go."""
    own = order.asker.city == draft.city
    task: dict[str, object] = {
        "incident": None if order.job is None else order.job.incident,
        "task": order.request,
        "destination": None if order.job is None else order.job.hospital,
    }
    if before.state is UnitState.OUT_OF_SERVICE:
        return before.model_copy(update=task)
    return before.model_copy(
        update=task
        | {
            "state": UnitState.ASSIGNED,
            "since": max(from_epoch_ms(step.at_ms), before.since),
            "source": StateSource.DESK if own else StateSource.OTHER_CITY,
            "reason": None,
        }
    )


def _acknowledged(before: Duty, order: Order, step: Step) -> Duty:
    """The crew's yes; a crew that said more already is not turned back.

    A vehicle that said it is out of service said so before it knew of the order (unit_words.py); what a desk
    said of it since the order stands until the vehicle says that it goes.
    """
    status, sent = before.status, from_epoch_ms(_sent_ms(order))
    by_desk = status.source is StateSource.DESK and status.since > sent
    broken = status.state is UnitState.OUT_OF_SERVICE and not by_desk
    if status.task != order.request or not (broken or status.state is UnitState.ASSIGNED):
        return before
    said = {
        "state": UnitState.ACKNOWLEDGED,
        "since": max(from_epoch_ms(step.at_ms), status.since),
        "source": StateSource.TERMINAL,
        "reason": None,
    }
    return before.model_copy(update={"status": status.model_copy(update=said)})


def _sent_ms(order: Order) -> int:
    return next(step.at_ms for step in order.steps if step.state is OrderState.ORDERED)


def _through(before: Duty, order: Order, step: Step, *, own: bool) -> Duty:
    """On no task any more; a unit that broke down on it stays out of service.

    The ending stands in the status of a lent unit: it is all that the borrower's centre sees of it.
    """
    status = before.status
    if status.task != order.request:
        return before
    said: dict[str, object] = {"task": None, "incident": None, "destination": None}
    if status.state.on_task:
        said |= {
            "state": UnitState.AVAILABLE_ON_ROAD,
            "since": max(from_epoch_ms(step.at_ms), status.since),
            "source": StateSource.TERMINAL,
            "reason": None if own else step.reason or "stood_down",
        }
    free = {"status": status.model_copy(update=said), "patients": 0, "crew_knows": True}
    return before.model_copy(update=free)
