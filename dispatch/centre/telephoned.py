"""Break-glass: a unit of this city was arranged by telephone while the city could not be reached.

When the link is back the word of the other city is laid beside this centre's own history of the unit. Nothing
is changed or cancelled by itself; a disagreement is written down on both incidents and rings. The city that
telephoned tells its own centre at once, which writes it down for its incident.
"""

from dispatch.centre import events
from dispatch.centre.draft import Draft, Refusal, who
from dispatch.centre.messages import Telephoned
from dispatch.domain.incidents import Incident
from dispatch.domain.orders import Order, OrderState

FUTURE_MS = 10_000
"""Clocks of two cities may differ by so much."""


def decide(draft: Draft, said: Telephoned) -> None:
    """Compare and tell, or raise Refusal."""
    ours = said.asker.city == draft.city and draft.incident(said.incident) is not None
    if draft.duty(said.unit) is None and not ours:
        raise Refusal("unknown_unit", city=draft.city, unit=said.unit)
    if said.at_ms > draft.now_ms + FUTURE_MS:
        raise Refusal("in_the_future")
    if not said.reason.strip():
        raise Refusal("missing", field="reason")
    other = _other_task(draft, said)
    _write_down(draft, said, other)
    if other is None:
        draft.accept(said, conflict=0)
    else:
        draft.accept(said, conflict=1, other=_incident_of(other), request=other.request)


def _other_task(draft: Draft, said: Telephoned) -> Order | None:
    """The newest order for another incident that had the crew while it was arranged by telephone."""
    until_ms = said.at_ms + int(draft.rules.alarms.telephoned_task_s * 1000)
    held = draft.holder(said.unit)
    past = draft.past.orders_of(said.unit, said.at_ms)
    orders = {order.request: order for order in (*past, *([] if held is None else [held]))}
    found = [
        order
        for order in orders.values()
        if _incident_of(order) != said.incident and _had_crew(order, said.at_ms, until_ms)
    ]
    return max(found, key=lambda order: order.token, default=None)


def _had_crew(order: Order, from_ms: int, until_ms: int) -> bool:
    """Whether the crew was told before `until_ms` and not yet through at `from_ms`."""
    told = next((step.at_ms for step in order.steps if step.state is OrderState.ORDERED), None)
    if told is None:
        return False
    return told < until_ms and (not order.state.final or order.steps[-1].at_ms > from_ms)


def _incident_of(order: Order) -> str:
    return "" if order.job is None else order.job.incident


def _arranged_for(draft: Draft, said: Telephoned, incident: Incident) -> None:
    """It goes there now; an incident for which it was arranged before is without it, and rings when alone."""
    for other in draft.open_incidents():
        if said.unit in other.telephoned and other.id != incident.id:
            rest = tuple(unit for unit in other.telephoned if unit != said.unit)
            left = other.model_copy(update={"telephoned": rest})
            draft.put_incident(left)
            draft.line(other.id, "telephoned_away", who(said), said.at_ms, unit=said.unit, other=incident.id)
            if left.unsent:
                events.waiting_again(draft, said.unit, other.id, other.priority)
    if incident.state.open and said.unit not in incident.telephoned:
        arranged = (*incident.telephoned, said.unit)
        draft.put_incident(incident.model_copy(update={"telephoned": arranged}))


def _write_down(draft: Draft, said: Telephoned, other: Order | None) -> None:
    detail: dict[str, str | int] = {"incident": said.incident, "at_ms": said.at_ms, "reason": said.reason}
    detail |= {"spoke_to": said.spoke_to, "city": said.asker.city}
    if other is None:
        draft.note("break_glass.reported", said.by, said.unit, **detail)
    else:
        detail |= {"other": _incident_of(other), "request": other.request}
        draft.note("break_glass.conflict", said.by, said.unit, **detail)
        events.conflict(draft, said.unit, said.incident, _incident_of(other))
    incident = draft.incident(said.incident)
    if incident is not None:
        draft.line(incident.id, "telephoned", who(said), said.at_ms, unit=said.unit, reason=said.reason)
        _arranged_for(draft, said, incident)
    if other is None:
        return
    theirs = draft.incident(other.job.incident) if other.job is not None else None
    if incident is not None:
        draft.line(incident.id, "conflict", "", said.at_ms, unit=said.unit, other=_incident_of(other))
    if theirs is not None:
        draft.line(theirs.id, "conflict", "", said.at_ms, unit=said.unit, other=said.incident)
