"""The states of the city's units: what the desk sets, and where patients are taken.

The desk and the vehicle (unit_words.py) are both believed and told apart by their source. What does not
follow from the present state is refused to the desk, with the states that may come next.
"""

from dispatch.centre import follow, protocol, unit_steps, unit_words
from dispatch.centre.draft import Draft, Refusal, who
from dispatch.centre.messages import (
    Act,
    ForeignUnit,
    Radioed,
    Said,
    SetUnit,
    TakeTo,
    Tell,
    UnitSaid,
)
from dispatch.centre.state import Duty
from dispatch.domain.errors import IllegalTransition, MissingField
from dispatch.domain.orders import Order, OrderState
from dispatch.domain.units import LEGAL_NEXT, StateSource, UnitState, UnitStatus, change_state

AHEAD_MS = 10_000
"""A clock may be so far ahead of the centre's."""
_ENDINGS = {UnitState.AT_HOSPITAL: "completed", UnitState.ON_SCENE: "nobody_to_carry"}


def decide(draft: Draft, said: SetUnit | TakeTo | UnitSaid | ForeignUnit) -> None:
    """Refusal to a desk; vehicles and other cities are never answered with one."""
    match said:
        case SetUnit():
            _set(draft, said)
        case TakeTo():
            _take_to(draft, said)
        case UnitSaid():
            unit_words.hear(draft, said)
        case ForeignUnit():
            unit_words.hear_foreign(draft, said)


# --- the desk -------------------------------------------------------------------------------------


def _set(draft: Draft, said: SetUnit) -> None:
    duty = _duty(draft, said)
    if said.at_ms > draft.now_ms + AHEAD_MS:
        raise Refusal("in_the_future")
    _check_task(duty, said)
    if said.state.dispatchable:
        duty = _hear_radio(draft, duty, said)
    destination = said.destination if said.destination is not None else duty.status.destination
    _check_hospital(draft, said.destination)
    _check_step(duty, said, destination)
    if said.state.on_task:
        duty = _hear_radio(draft, duty, said)
    status = duty.status
    at_ms = min(said.at_ms, draft.now_ms)
    fresh = unit_steps.changed(status, said.state, at_ms, StateSource.DESK, destination, said.reason)
    after = duty.model_copy(update={"status": fresh, "crew_knows": duty.crew_knows or _told(status, fresh)})
    follow.change(draft, duty, after, at_ms, who(said))
    draft.note("unit.state", said.by, said.unit, **unit_steps.facts(status, fresh, at_ms))
    draft.accept(said)


def _check_task(duty: Duty, said: SetUnit) -> None:
    """Refusal: the desk spoke of another task, or of none; this one may have come while it spoke."""
    task = duty.status.task
    of_the_unit_itself = said.state in unit_steps.NEEDS_REASON
    if task is not None and task != said.request and not of_the_unit_itself:
        raise Refusal("task_changed", unit=said.unit, incident=duty.status.incident or "")


def _hear_radio(draft: Draft, duty: Duty, said: SetUnit) -> Duty:
    """What a state that a desk sets says of the order: the crew took it, heard that it is called back, or is
    through. Its vehicle's own word is then only heard.

    Refusal to free a unit that was not called back, unless it took its order and is at a hospital, or on
    scene with nobody to carry: its vehicle must hear of it.
    """
    order, ending, word = draft.holder(said.unit), "", None
    if order is None or order.request != duty.status.task:
        pass
    elif not said.state.dispatchable:
        takes = said.state.on_task and said.state >= UnitState.ACKNOWLEDGED
        word = Said.ACKNOWLEDGED if takes and order.state is OrderState.ORDERED else None
    elif order.state is OrderState.STANDING_DOWN:
        word = Said.STOOD_DOWN
    else:
        ending = _ENDINGS.get(duty.status.state, "")
        word = Said.DONE if ending and order.state is OrderState.ACKED else None
    if word is not None and order is not None:
        by = said.by
        heard = Radioed(order.request, said.unit, said.asker, by.operator, word, ending, by.role.value)
        follow.orders(draft, protocol.decide(draft.ledger, heard, draft.now_ms))
        duty = draft.duty(said.unit) or duty
        at_desk = duty.status.model_copy(update={"source": StateSource.DESK})
        duty = duty.model_copy(update={"status": at_desk})
        draft.put_duty(duty)
    if said.state.dispatchable and duty.status.task is not None:
        raise Refusal("unit_on_task", unit=said.unit, incident=duty.status.incident or "")
    return duty


def _check_step(duty: Duty, said: SetUnit, destination: str | None) -> None:
    """Refusal: the step is illegal, or lacks something."""
    before, after = duty.status.state, said.state
    try:
        change_state(before, after, reason=said.reason, destination=destination)
    except MissingField as missing:
        raise Refusal("missing", field=missing.field) from missing
    except IllegalTransition as illegal:
        raise _illegal(duty, after) from illegal
    if after.on_task and duty.status.task is None:  # only an order puts a unit on a task
        raise _illegal(duty, after)


def _illegal(duty: Duty, wanted: UnitState) -> Refusal:
    on_task = duty.status.task is not None
    next_ones = [one for one in sorted(LEGAL_NEXT[duty.status.state]) if _open_to_desk(one, on_task=on_task)]
    return Refusal(
        "illegal_state",
        unit=duty.unit.id,
        state=duty.status.state.name,
        wanted=wanted.name,
        legal=", ".join(one.name for one in next_ones),
    )


def _open_to_desk(state: UnitState, *, on_task: bool) -> bool:
    """On a task a desk may not free the unit; off one it may not put it on one."""
    return not state.dispatchable if on_task else not state.on_task


def _take_to(draft: Draft, said: TakeTo) -> None:
    duty = _duty(draft, said)
    status = duty.status
    order = draft.holder(said.unit)
    if order is None or status.task != order.request or status.incident != said.incident:
        raise Refusal("not_on_incident", unit=said.unit, incident=said.incident)
    if status.state is UnitState.AT_HOSPITAL:
        raise Refusal("already_there", unit=said.unit)
    _check_hospital(draft, said.hospital)
    after = duty.model_copy(
        update={"status": status.model_copy(update={"destination": said.hospital}), "crew_knows": False}
    )
    if status.destination != said.hospital:
        follow.change(draft, duty, after, draft.now_ms, who(said))
        tell = take_to(after, order)
        if tell is not None:
            draft.say(tell)
        unit_steps.line(draft, status, "destination", who(said), draft.now_ms, unit=said.unit,
              hospital=said.hospital)  # fmt: skip
    draft.note("unit.destination", said.by, said.unit, incident=said.incident, hospital=said.hospital)
    draft.accept(said)


def take_to(duty: Duty, order: Order | None) -> Tell | None:
    """What the crew must be told of its hospital until it knows it; None when it does, or has no order."""
    at_work = order is not None and order.state in (OrderState.ORDERED, OrderState.ACKED)
    if duty.crew_knows or not at_work or order is None or order.job is None:
        return None
    if duty.status.task != order.request or duty.status.destination is None:
        return None
    job = order.job.model_copy(update={"hospital": duty.status.destination})
    return Tell(order.unit, order.request, order.token, Act.TAKE_TO, job)


def _duty(draft: Draft, said: SetUnit | TakeTo) -> Duty:
    """The unit's duty; Refusal for no unit of this city, and for a city that has no business with it."""
    duty = draft.duty(said.unit)
    if duty is None:
        raise Refusal("unknown_unit", city=draft.city, unit=said.unit)
    if said.asker.city != draft.city:
        order = draft.holder(said.unit)
        if order is None or order.asker.city != said.asker.city:
            raise Refusal("aid_not_yours", city=draft.city)
    return duty


def _check_hospital(draft: Draft, hospital: str | None) -> None:
    known = draft.rules.known_hospitals
    if hospital is not None and known and hospital not in known:
        raise Refusal("unknown_hospital", hospital=hospital)


def _told(before: UnitStatus, after: UnitStatus) -> bool:
    """Whether the crew itself named the hospital, by radio to the desk."""
    return before.destination != after.destination or after.state is UnitState.AT_HOSPITAL
