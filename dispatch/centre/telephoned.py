"""Break-glass: a unit of this city was arranged by telephone while the city could not be reached.

When the link is back the word of the other city is laid beside this centre's own history of the unit. Nothing
is changed or cancelled by itself; a disagreement is written down on both incidents and rings in both cities.
A unit that is free is expected there for a while: an order for another incident rings in the same way, and so
does a later call for another one. The city that telephoned tells its own centre at once, which writes it down
for its incident; what its unit does instead stands in the unit's status until that city has heard of it.
"""

from dispatch.centre import events
from dispatch.centre.draft import Draft, Refusal, who
from dispatch.centre.messages import Telephoned
from dispatch.centre.state import Duty
from dispatch.clock import epoch_ms
from dispatch.domain.incidents import Incident, IncidentId
from dispatch.domain.orders import Order, OrderState
from dispatch.domain.units import Instead, UnitId

FUTURE_MS = 10_000
"""Clocks of two cities may differ by so much."""
INSTEAD_KEPT = 8
"""Arrangements of one unit that came to nothing, and stand in its status."""


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
    order, newer = _other_task(draft, said), _newer_call(draft, said)
    other = newer if order is None else _incident_of(order)
    _write_down(draft, said, order, other, newer)
    if other is None:
        draft.accept(said, conflict=0)
    else:
        draft.accept(said, conflict=1, other=other, request="" if order is None else order.request)


def _task_ms(draft: Draft) -> int:
    return int(draft.rules.alarms.telephoned_task_s * 1000)


def _other_task(draft: Draft, said: Telephoned) -> Order | None:
    """The newest order for another incident that had the crew while it was arranged by telephone."""
    until_ms = said.at_ms + _task_ms(draft)
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


def _newer_call(draft: Draft, said: Telephoned) -> str | None:
    """The other incident for which the unit was arranged after this call; its report was sooner here."""
    known = {**draft.state.incidents, **draft.incidents}
    calls: dict[str, int] = {one: _called_ms(draft, one, said.unit) for one in known}
    duty = draft.duty(said.unit)
    if duty is not None:
        calls |= {one.incident: one.called_ms for one in duty.instead}
    if duty is not None and duty.arranged is not None:
        calls[duty.arranged] = _arranged_ms(draft, duty)
    newer = {one: ms for one, ms in calls.items() if one != said.incident and ms > said.at_ms}
    return max(newer, key=lambda one: newer[one], default=None)


def _arranged_ms(draft: Draft, duty: Duty) -> int:
    """When the call was after which another city expects the unit."""
    return duty.arranged_until_ms - _task_ms(draft)


def _called_ms(draft: Draft, incident: IncidentId, unit: UnitId) -> int:
    """When a unit was arranged by telephone for an incident of this city, last of all."""
    calls = [
        epoch_ms(entry.at)
        for entry in draft.state.timelines.get(incident, ())
        if entry.code == "telephoned" and entry.facts["unit"] == unit
    ]
    calls += [
        line.at_ms
        for line in draft.lines
        if (line.incident, line.code) == (incident, "telephoned") and line.facts["unit"] == unit
    ]
    return max(calls, default=0)


def _arranged_for(draft: Draft, said: Telephoned, incident: Incident, newer: str | None) -> None:
    """It goes there now; an incident for which it was arranged before is without it, and rings when alone.

    `newer`: it was told to go there since.
    """
    if newer is not None:
        _without(draft, incident, said.unit, newer, who(said), said.at_ms)
        return
    for other in draft.open_incidents():
        if said.unit in other.telephoned and other.id != incident.id:
            _without(draft, other, said.unit, incident.id, who(said), said.at_ms)
    if incident.state.open and said.unit not in incident.telephoned:
        arranged = (*incident.telephoned, said.unit)
        draft.put_incident(incident.model_copy(update={"telephoned": arranged}))


def _write_down(
    draft: Draft, said: Telephoned, order: Order | None, other: str | None, newer: str | None
) -> None:
    """`other`: the incident that it was found on, by an order or by a newer call; `newer`: that call's."""
    detail: dict[str, str | int] = {"incident": said.incident, "at_ms": said.at_ms, "reason": said.reason}
    detail |= {"spoke_to": said.spoke_to, "city": said.asker.city}
    if other is None:
        draft.note("break_glass.reported", said.by, said.unit, **detail)
    else:
        detail |= {"other": other, "request": "" if order is None else order.request}
        draft.note("break_glass.conflict", said.by, said.unit, **detail)
        events.conflict(draft, said.unit, said.incident, other)
    incident = draft.incident(said.incident)
    if incident is not None:
        draft.line(incident.id, "telephoned", who(said), said.at_ms, unit=said.unit, reason=said.reason)
        _arranged_for(draft, said, incident, newer)
    _expect(draft, said, other)
    if other is None:
        return
    theirs = draft.incident(IncidentId(other))
    if incident is not None:
        draft.line(incident.id, "conflict", "", said.at_ms, unit=said.unit, other=other)
    if theirs is not None:
        draft.line(theirs.id, "conflict", "", said.at_ms, unit=said.unit, other=said.incident)


def _expect(draft: Draft, said: Telephoned, other: str | None) -> None:
    """The unit goes to the other city's incident, or went elsewhere; whoever called before is without it.

    `other`: as in `_write_down`.
    """
    known = draft.duty(said.unit)
    if known is None:
        return
    foreign = not said.incident.startswith(f"{draft.prefix}-")
    older = known.arranged == said.incident or _arranged_ms(draft, known) < said.at_ms
    duty = _not_there(draft, known, said.incident, said.at_ms) if older else known
    if foreign:
        sent_elsewhere(draft, said.unit, said.incident, said.at_ms, called_before_ms=said.at_ms)
    if foreign and other is not None:
        duty = _gave_up(duty, said.incident, other, said.at_ms)
    elif foreign:
        duty = _expected(draft, duty, said, known)
    if duty != known:
        draft.put_duty(duty)


def _expected(draft: Draft, duty: Duty, said: Telephoned, known: Duty) -> Duty:
    """For the time of a task; the desks are told while it is not over."""
    until_ms = said.at_ms + _task_ms(draft)
    if known.arranged == said.incident:
        until_ms = max(until_ms, known.arranged_until_ms)
    if until_ms > draft.now_ms:
        events.arranged(draft, said.unit, said.incident, said.asker.city)
    instead = tuple(one for one in duty.instead if one.incident != said.incident)
    expected = {"arranged": said.incident, "arranged_until_ms": until_ms, "instead": instead}
    return duty.model_copy(update=expected)


def _gave_up(duty: Duty, incident: IncidentId, other: str, called_ms: int) -> Duty:
    """Its status says that it went elsewhere, to the city that counts on it."""
    instead = Instead(incident=incident, other=other or "unknown", called_ms=called_ms)
    return duty.model_copy(update={"instead": (*duty.instead, instead)[-INSTEAD_KEPT:]})


def _not_there(draft: Draft, duty: Duty, incident: str, at_ms: int) -> Duty:
    """It goes to `incident`, and no longer where it was expected after a call: both cities hear of it."""
    if duty.arranged is None or (incident != duty.arranged and at_ms >= duty.arranged_until_ms):
        return duty  # through by then; an older call may yet be reported
    if incident != duty.arranged:
        events.conflict(draft, duty.unit.id, duty.arranged, incident)
        duty = _gave_up(duty, duty.arranged, incident, _arranged_ms(draft, duty))
    return duty.model_copy(update={"arranged": None, "arranged_until_ms": 0})


def ordered(draft: Draft, duty: Duty, incident: str) -> Duty:
    """An order for a unit that was arranged by telephone: for another incident it rings here."""
    sent_elsewhere(draft, duty.unit.id, incident, draft.now_ms)
    return _not_there(draft, duty, incident, draft.now_ms)


def sent_elsewhere(
    draft: Draft, unit: UnitId, other: str, at_ms: int, called_before_ms: int | None = None
) -> None:
    """A unit that was arranged by telephone for an incident of this city is on another task."""
    for incident in draft.open_incidents():
        if unit not in incident.telephoned or incident.id == other:
            continue
        if called_before_ms is None or _called_ms(draft, incident.id, unit) < called_before_ms:
            _without(draft, incident, unit, other, "", at_ms)
            events.conflict(draft, unit, incident.id, other)


def passed_over(draft: Draft, unit: UnitId, instead: Instead, at_ms: int) -> None:
    """A neighbour's unit that was arranged for an incident of this city went to another one meanwhile."""
    incident = draft.state.incidents.get(IncidentId(instead.incident))
    incident = draft.incidents.get(IncidentId(instead.incident), incident)
    if incident is None or not incident.state.open or unit not in incident.telephoned:
        return
    if _called_ms(draft, incident.id, unit) <= instead.called_ms:
        _without(draft, incident, unit, instead.other, "", at_ms)
        events.conflict(draft, unit, incident.id, instead.other)


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
