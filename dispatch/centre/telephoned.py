"""Break-glass: a unit of this city was arranged by telephone while the city could not be reached.

When the link is back the word of the other city is laid beside this centre's own history of the unit. Nothing
is changed or cancelled by itself; a disagreement is written down on both incidents and rings in both cities.
A unit that is free is expected there for a while: an order for another incident rings in the same way. The
city that telephoned tells its own centre at once, which writes it down for its incident.
"""

from dispatch.centre import events
from dispatch.centre.draft import Draft, Refusal, who
from dispatch.centre.messages import Telephoned
from dispatch.centre.state import Duty
from dispatch.domain.incidents import Incident
from dispatch.domain.orders import Order, OrderState
from dispatch.domain.units import UnitId

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
    if said.other:
        _found_elsewhere(draft, said)
        return
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
            _without(draft, other, said.unit, incident.id, who(said), said.at_ms)
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
        _expect(draft, said)
        return
    theirs = draft.incident(other.job.incident) if other.job is not None else None
    if incident is not None:
        draft.line(incident.id, "conflict", "", said.at_ms, unit=said.unit, other=_incident_of(other))
    if theirs is not None:
        draft.line(theirs.id, "conflict", "", said.at_ms, unit=said.unit, other=said.incident)


def _expect(draft: Draft, said: Telephoned) -> None:
    """The unit is taken to be on its way to the other city's incident for a while, and its desks are told."""
    duty = draft.duty(said.unit)
    until_ms = said.at_ms + int(draft.rules.alarms.telephoned_task_s * 1000)
    if duty is None or said.incident.startswith(f"{draft.prefix}-") or until_ms <= draft.now_ms:
        return
    draft.put_duty(duty.model_copy(update={"arranged": said.incident, "arranged_until_ms": until_ms}))
    events.arranged(draft, said.unit, said.incident, said.asker.city)


def ordered(draft: Draft, duty: Duty, incident: str) -> Duty:
    """An order for a unit that was arranged by telephone: for another incident it rings here."""
    sent_elsewhere(draft, duty.unit.id, incident, draft.now_ms)
    if duty.arranged is None:
        return duty
    if incident != duty.arranged and draft.now_ms < duty.arranged_until_ms:
        events.conflict(draft, duty.unit.id, duty.arranged, incident)
    return duty.model_copy(update={"arranged": None, "arranged_until_ms": 0})


def sent_elsewhere(draft: Draft, unit: UnitId, other: str, at_ms: int) -> None:
    """A unit that was arranged by telephone for an incident of this city is on another task."""
    for incident in draft.open_incidents():
        if unit in incident.telephoned and incident.id != other:
            _without(draft, incident, unit, other, "", at_ms)
            events.conflict(draft, unit, incident.id, other)


def _found_elsewhere(draft: Draft, said: Telephoned) -> None:
    """The unit's city has compared: it rings once, for whoever waits for the unit."""
    incident = draft.incident(said.incident)
    if incident is None:
        raise Refusal("unknown_incident", city=draft.city, incident=said.incident)
    if incident.state.open and said.unit in incident.telephoned:
        draft.line(incident.id, "conflict", "", said.at_ms, unit=said.unit, other=said.other)
        events.conflict(draft, said.unit, incident.id, said.other)
    draft.note("break_glass.conflict", said.by, said.unit, incident=said.incident, other=said.other)
    draft.accept(said, conflict=1)


def _without(draft: Draft, incident: Incident, unit: UnitId, other: str, by: str, at_ms: int) -> None:
    """The incident no longer counts on the unit, and rings when it has no other."""
    rest = tuple(one for one in incident.telephoned if one != unit)
    left = incident.model_copy(update={"telephoned": rest})
    draft.put_incident(left)
    draft.line(incident.id, "telephoned_away", by, at_ms, unit=unit, other=other)
    if left.unsent:
        events.waiting_again(draft, unit, incident.id, incident.priority)
