"""What an incident's units make of it: sent, on scene, taking to hospital, through, and again waiting.

The state of an incident is never set by hand while a unit is on it: it follows from its units, its own
city's and its neighbours' alike. A late truth wins over a closing: an incident on which a unit is still
reported is open again, with a line that says so.
"""

from dispatch.centre import events
from dispatch.centre.draft import Draft
from dispatch.clock import epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import Ending, Incident, IncidentId, IncidentState
from dispatch.domain.orders import BY_RADIO, CREW_REFUSED, ENDINGS, Order, OrderState, RequestId, Step
from dispatch.domain.units import StateSource, UnitId, UnitState, UnitStatus

STOOD_DOWN = "stood_down"
_COMPLETED, _NOBODY, _ABORTED = Ending.COMPLETED.value, Ending.NOBODY_TO_CARRY.value, Ending.ABORTED.value


def follow_unit(
    draft: Draft,
    unit: UnitId,
    city: CityCode,
    before: UnitStatus | None,
    after: UnitStatus,
    at_ms: int,
    patients: int = 0,
    by: str = "",
) -> None:
    """A unit of any city went from one status to another; its incidents follow, if they are of this city.

    Call it once for each change, after the new status stands in the draft (own units: duties, others:
    foreign). `patients`: aboard, when it says that it takes them to hospital. `by`: who set it at a desk.
    """
    left, on = _task_of(draft, before), _task_of(draft, after)
    if left is not None and before is not None and (on is None or on.id != left.id):
        _leave(draft, left, unit, city, before, after, at_ms, by)
    if on is not None:
        _be_on(draft, on, unit, city, before, after, at_ms, patients, by)


def follow_order(draft: Draft, order: Order, steps: tuple[Step, ...]) -> None:
    """New steps of an order of this centre: lines for its incident, if it is one of this city."""
    if order.job is None:
        return
    incident = draft.incident(order.job.incident)
    for step in steps:
        if incident is not None:
            _order_line(draft, incident.id, order, step)
        if step.state is OrderState.DONE and step.reason == CREW_REFUSED:
            events.unit_refused(draft, order.unit, order.job.incident, order.job.priority)


def tick(draft: Draft) -> None:
    """Wake what was held until now. `held_until` stays: the desk is told that its time is over."""
    for incident in draft.open_incidents():
        if incident.state is not IncidentState.HELD or incident.held_until is None:
            continue
        if incident.held_until <= draft.now:
            draft.put_incident(
                incident.model_copy(
                    update={
                        "state": IncidentState.WAITING,
                        "waiting_since": incident.held_until,
                        "reason": "",
                    }
                )
            )
            draft.line(incident.id, "woken_by_time")
            draft.note("incident.woken_by_time", None, incident.id)


def join_at_opening(draft: Draft, opened: Incident) -> None:
    """Units that were ordered to an incident before its opening was heard of (a cut link, a resent order)."""
    number = opened.id
    for order in sorted(draft.held(), key=lambda one: one.steps[0].at_ms):
        if order.job is None or order.job.incident != number:
            continue
        for step in order.steps:
            _order_line(draft, number, order, step)
        duty = draft.duty(order.unit)
        if duty is not None:
            _join(draft, number, order.unit, draft.city, duty.status, duty.patients)
    for unit, status in {**draft.state.foreign, **draft.foreign}.items():
        if status is not None:
            _join(draft, number, unit, None, status, 0)


def _join(
    draft: Draft, number: IncidentId, unit: UnitId, city: CityCode | None, status: UnitStatus, patients: int
) -> None:
    incident = _task_of(draft, status)
    if incident is not None and incident.id == number:
        _be_on(draft, incident, unit, city, None, status, epoch_ms(status.since), patients)


def close(
    draft: Draft, incident: Incident, ending: Ending, reason: str = "", by: str = "", at_ms: int | None = None
) -> None:
    """End an incident that no unit is on any more; whoever calls writes the audit row."""
    draft.put_incident(
        incident.model_copy(
            update={
                "state": IncidentState.CLOSED,
                "units": (),
                "ending": ending,
                "reason": reason,
                "held_until": None,
                "waiting_since": None,
            }
        )
    )
    draft.line(incident.id, "closed", by, at_ms, ending=ending.value, reason=reason)


# --- joining and leaving --------------------------------------------------------------------------


def _task_of(draft: Draft, status: UnitStatus | None) -> Incident | None:
    """The incident of this city that a unit with this status is on."""
    if status is None or status.incident is None or not status.state.on_task:
        return None
    return draft.incident(IncidentId(status.incident))


def _be_on(
    draft: Draft,
    incident: Incident,
    unit: UnitId,
    city: CityCode | None,
    before: UnitStatus | None,
    after: UnitStatus,
    at_ms: int,
    patients: int,
    by: str = "",
) -> None:
    number = incident.id
    known = unit in incident.units
    same_task = before is not None and (before.incident, before.task) == (after.incident, after.task)
    was = before.state if before is not None and same_task else None
    if incident.state is IncidentState.CLOSED:
        draft.line(number, "reopened_by_unit", "", None, unit=unit)
        draft.note("incident.reopened", None, number, unit=unit)
        incident = incident.model_copy(update={"ending": None, "reason": ""})
    changes: dict[str, object] = {"units": incident.units if known else (*incident.units, unit)}
    if _took_aboard(was, after.state) and not (known and before is None):
        changes["carried"] = incident.carried + max(1, patients)
    if incident.state is IncidentState.HELD:
        changes["reason"] = ""
    changes["held_until"] = None
    if was is not after.state:
        _state_line(draft, number, unit, city, after, at_ms, by)
    settle(draft, incident.model_copy(update=changes), (unit, after))


def _leave(
    draft: Draft,
    incident: Incident,
    unit: UnitId,
    city: CityCode,
    before: UnitStatus,
    after: UnitStatus,
    at_ms: int,
    by: str,
) -> None:
    if unit not in incident.units:
        return
    _state_line(draft, incident.id, unit, city, after, at_ms, by, left=True)
    ending = _ending(draft, before, after)
    carried = incident.carried
    took = before.state in (UnitState.TRANSPORTING, UnitState.AT_HOSPITAL)
    if before.state is UnitState.TRANSPORTING and ending != _COMPLETED:
        carried = max(
            0, carried - _aboard(draft, unit)
        )  # they are not at a hospital: somebody must fetch them
    elif ending == _COMPLETED and before.state < UnitState.ON_SCENE:
        carried, took = carried + 1, True  # its states were not heard, and it has been there
    if ending == CREW_REFUSED and city != draft.city:  # of an own unit its order has told it
        events.unit_refused(draft, unit, incident.id, incident.priority)
    rest = tuple(one for one in incident.units if one != unit)
    incident = incident.model_copy(update={"units": rest, "carried": carried})
    if rest:
        settle(draft, incident)
    else:
        _last_is_through(draft, incident, unit, ending, at_ms, carried_some=took)


def _last_is_through(
    draft: Draft, incident: Incident, unit: UnitId, ending: str, at_ms: int, *, carried_some: bool
) -> None:
    """Over, or waiting again: patients are left, the crew refused, broke off or was called back."""
    nothing_left = ending == _NOBODY or (ending == _COMPLETED and not carried_some)
    if incident.moved_to is not None:
        _close_by_itself(draft, incident, Ending.TRANSFERRED, at_ms)
    elif incident.carried >= incident.patients:
        _close_by_itself(draft, incident, Ending.COMPLETED, at_ms)
    elif nothing_left:
        _close_by_itself(draft, incident, Ending.COMPLETED if incident.carried else Ending(ending), at_ms)
    else:
        settle(draft, incident)
        if ending not in (STOOD_DOWN, CREW_REFUSED):  # a desk's own decision, and an alarm of its own
            events.waiting_again(draft, unit, incident.id, incident.priority)


def _close_by_itself(draft: Draft, incident: Incident, ending: Ending, at_ms: int) -> None:
    close(draft, incident, ending, at_ms=at_ms)
    draft.note("incident.closed_by_itself", None, incident.id, ending=ending.value)


def settle(draft: Draft, incident: Incident, fresh: tuple[UnitId, UnitStatus] | None = None) -> None:
    """Put the incident into the state that its units give it. `fresh`: a status not yet in the draft."""
    state = _state(draft, incident, dict([fresh] if fresh else []))
    waiting = state is IncidentState.WAITING
    since = (incident.waiting_since or draft.now) if waiting else None
    draft.put_incident(incident.model_copy(update={"state": state, "waiting_since": since}))


def _state(draft: Draft, incident: Incident, fresh: dict[UnitId, UnitStatus]) -> IncidentState:
    if not incident.units:
        return IncidentState.HELD if incident.state is IncidentState.HELD else IncidentState.WAITING
    states = {_state_on(draft, incident, unit, fresh) for unit in incident.units}
    if UnitState.ON_SCENE in states:
        return IncidentState.ON_SCENE
    if any(state <= UnitState.EN_ROUTE for state in states):
        return IncidentState.DISPATCHED
    return IncidentState.TRANSPORTING


def _state_on(draft: Draft, incident: Incident, unit: UnitId, fresh: dict[UnitId, UnitStatus]) -> UnitState:
    """The state of a unit on this incident; a unit not heard of since the start counts as sent."""
    duty = draft.duty(unit)
    status = fresh.get(unit) or (duty.status if duty is not None else draft.foreign_status(unit))
    if status is None or status.incident != incident.id or not status.state.on_task:
        return UnitState.ASSIGNED
    return status.state


def _took_aboard(was: UnitState | None, now: UnitState) -> bool:
    """Whether this change says that patients left the scene; leaving it may not have been heard."""
    aboard = (UnitState.TRANSPORTING, UnitState.AT_HOSPITAL)
    return now in aboard and was not in aboard


def _aboard(draft: Draft, unit: UnitId) -> int:
    """How many it had aboard before this message."""
    duty = draft.state.duties.get(unit)
    return max(1, duty.patients if duty is not None else 1)


def _ending(draft: Draft, before: UnitStatus, after: UnitStatus) -> str:
    """How the task ended: its order says so, or another city's word, or the states themselves."""
    order = draft.order(RequestId(before.task)) if before.task else None
    if order is not None and order.state is OrderState.DONE:
        return order.steps[-1].reason
    if order is not None and order.state is OrderState.STOOD_DOWN:
        return STOOD_DOWN
    if after.reason in (*ENDINGS, STOOD_DOWN):
        return after.reason
    delivered = before.state is UnitState.AT_HOSPITAL
    unheard = before.state is UnitState.TRANSPORTING and after.state is not UnitState.OUT_OF_SERVICE
    return _COMPLETED if delivered or unheard else _ABORTED


# --- lines ----------------------------------------------------------------------------------------


def _state_line(
    draft: Draft,
    number: IncidentId,
    unit: UnitId,
    city: CityCode | None,
    after: UnitStatus,
    at_ms: int,
    by: str,
    *,
    left: bool = False,
) -> None:
    """A line for a state, unless the order's own line says the same."""
    own, at_desk = city == draft.city, after.source is StateSource.DESK
    said_by_order = after.state in (UnitState.ASSIGNED, UnitState.ACKNOWLEDGED) or left
    if own and said_by_order and not by and after.state is not UnitState.OUT_OF_SERVICE:
        return
    speaker = by or ("" if at_desk else unit)
    draft.line(
        number, "unit.state", speaker, at_ms, unit=unit, state=int(after.state), source=after.source.value
    )


def _order_line(draft: Draft, number: IncidentId, order: Order, step: Step) -> None:
    facts: dict[str, str | int] = {"unit": order.unit}
    if step.state is OrderState.DENIED:
        facts["reason"] = step.reason
    elif step.state is OrderState.DONE:
        facts["ending"] = step.reason
    code = f"order.{step.state.value}"
    if step.reason == BY_RADIO:
        code += ".by_radio"
    draft.line(number, code, _actor(draft, order, step), step.at_ms, **facts)


def _actor(draft: Draft, order: Order, step: Step) -> str:
    """Who made the step, as its audit row names him; for an old step, who must have."""
    action = f"order.{step.state.value}"
    for decision in draft.decisions:
        for note in decision.notes:
            if note.target == order.request and note.action == action:
                return note.actor
    if step.state in (OrderState.ACKED, OrderState.DONE, OrderState.STOOD_DOWN):
        return order.unit
    return order.operator if step.state in (OrderState.RESERVED, OrderState.ORDERED) else ""
