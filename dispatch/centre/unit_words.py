"""What vehicles and other cities say of units: taken, or heard and written down, or waited with.

A change on a task is only ever a step forward, whatever a vehicle's clock says. Its states are heard once
each, by their numbers; what comes out of turn is not heard, and is said again.
"""

from datetime import datetime
from enum import Enum, auto

from dispatch.centre import follow, incidents, telephoned, unit_steps
from dispatch.centre.draft import Draft
from dispatch.centre.messages import ForeignUnit, HeardStates, Report, UnitSaid
from dispatch.centre.protocol import Note
from dispatch.centre.state import Duty
from dispatch.clock import epoch_ms, from_epoch_ms
from dispatch.domain.incidents import IncidentId
from dispatch.domain.orders import OrderState
from dispatch.domain.units import LEGAL_NEXT, StateSource, UnitState, UnitStatus

NO_REASON = "—"
"""A vehicle out of service that gave no reason is out of service all the same."""


class _Verdict(Enum):
    """What is made of a vehicle's word."""

    TAKEN = auto()
    KNOWN = auto()  # nothing new
    LATE = auto()  # it was so once
    ILLEGAL = auto()
    OTHER_TASK = auto()  # about an order that the unit is not on
    TOO_EARLY = auto()  # not heard: it is said again, and something else comes first


def hear(draft: Draft, said: UnitSaid) -> None:
    duty = draft.duty(said.unit)
    if duty is None:
        return
    if said.number <= duty.heard:
        draft.say(HeardStates(said.unit, duty.heard))
        return
    verdict = _verdict(draft, duty, said)
    if verdict is _Verdict.TOO_EARLY:
        return
    heard = duty.model_copy(update={"heard": said.number})
    draft.put_duty(heard)
    draft.say(HeardStates(said.unit, said.number))
    if verdict is _Verdict.TAKEN:
        _take(draft, heard, said)
    elif verdict is _Verdict.KNOWN:
        _renew(draft, heard, said)
    else:
        _put_aside(draft, duty, said, verdict)


def _verdict(draft: Draft, duty: Duty, said: UnitSaid) -> _Verdict:
    status, wanted = duty.status, said.state
    broken = wanted is UnitState.OUT_OF_SERVICE  # of the vehicle itself, on whatever task
    if said.request is not None and said.request != status.task:
        return _Verdict.OTHER_TASK
    if status.task is not None and not broken and (said.request is None or wanted.dispatchable):
        # its order ends first, by the crew's report; one that nobody holds any more ends nothing
        return _Verdict.TOO_EARLY if draft.holder(said.unit) is not None else _Verdict.OTHER_TASK
    if broken and said.request is not None and _unanswered(draft, said):
        return _Verdict.TOO_EARLY  # its crew acknowledged before it broke down: that is heard first
    if wanted is status.state:
        return _Verdict.KNOWN
    if not _follows(status, said):
        return _out_of_line(duty, said)
    if wanted is UnitState.TRANSPORTING and not (said.destination or status.destination):
        return _Verdict.ILLEGAL
    put_aside = status.state in unit_steps.NEEDS_REASON and wanted.dispatchable
    if put_aside and said.source is StateSource.GEOFENCE:
        return _Verdict.ILLEGAL  # being at a station ends no pause: somebody must say so
    by_hand = status.source is StateSource.DESK and not status.state.on_task
    if by_hand and _at(draft, said) < status.since:
        return _Verdict.LATE  # a person has said something newer
    return _Verdict.TAKEN


def _unanswered(draft: Draft, said: UnitSaid) -> bool:
    order = draft.holder(said.unit)
    return order is not None and order.request == said.request and order.state is OrderState.ORDERED


def _follows(status: UnitStatus, said: UnitSaid) -> bool:
    """Whether the state may come next. A crew that broke down on its way may go on with its task."""
    if not said.state.on_task:
        return said.state in LEGAL_NEXT[status.state]
    return status.task is not None and (not status.state.on_task or said.state in LEGAL_NEXT[status.state])


def _out_of_line(duty: Duty, said: UnitSaid) -> _Verdict:
    """What does not follow: old, or out of turn because the one before it was lost on the way, or wrong."""
    status = duty.status
    if status.state.on_task and said.state < status.state:
        return _Verdict.LATE
    if status.task is not None and said.number > duty.heard + 1:
        return _Verdict.TOO_EARLY
    return _Verdict.LATE if from_epoch_ms(said.at_ms) < status.since else _Verdict.ILLEGAL


def _take(draft: Draft, duty: Duty, said: UnitSaid) -> None:
    status, at_ms = duty.status, min(said.at_ms, draft.now_ms)
    reason = said.reason or (NO_REASON if said.state in unit_steps.NEEDS_REASON else None)
    destination = said.destination or status.destination
    fresh = unit_steps.changed(status, said.state, at_ms, said.source, destination, reason)
    patients = said.patients if said.state.on_task else 0
    knows = duty.crew_knows or said.state in (UnitState.TRANSPORTING, UnitState.AT_HOSPITAL)
    after = duty.model_copy(update={"status": fresh, "patients": patients, "crew_knows": knows})
    follow.change(draft, duty, after, at_ms)
    _note(draft, "unit.state", said, status, fresh)


def _renew(draft: Draft, duty: Duty, said: UnitSaid) -> None:
    """The same state again: another hospital or another reason is news."""
    status = duty.status
    fresh = status.model_copy(
        update={
            "destination": said.destination or status.destination,
            "reason": said.reason or status.reason,
        }
    )
    if fresh != status:
        follow.change(draft, duty, duty.model_copy(update={"status": fresh}), min(said.at_ms, draft.now_ms))
        _note(draft, "unit.state", said, status, fresh)


def _put_aside(draft: Draft, duty: Duty, said: UnitSaid, verdict: _Verdict) -> None:
    """Heard and written down, and nothing is changed by it."""
    code = "unit.refused" if verdict is _Verdict.ILLEGAL else "unit.late"
    incident = duty.status.incident
    if verdict is _Verdict.OTHER_TASK:
        order = None if said.request is None else draft.order(said.request)
        incident = None if order is None or order.job is None else order.job.incident
    at_ms = min(said.at_ms, draft.now_ms)
    if incident is not None and unit_steps.is_at_hand(draft, IncidentId(incident)):
        facts: dict[str, str | int] = {
            "unit": said.unit,
            "state": int(said.state),
            "source": said.source.value,
        }
        if code == "unit.refused":
            facts["before"] = int(duty.status.state)
        draft.line(IncidentId(incident), code, said.unit, at_ms, **facts)
    _note(draft, code, said, duty.status, duty.status)


def _note(draft: Draft, action: str, said: UnitSaid, before: UnitStatus, after: UnitStatus) -> None:
    detail = unit_steps.facts(before, after, said.at_ms) | {"said": said.state.name, "number": said.number}
    draft.notes.append(Note(action, said.unit, "crew", said.unit, detail))


def _at(draft: Draft, said: UnitSaid) -> datetime:
    return from_epoch_ms(min(said.at_ms, draft.now_ms))


def hear_taking_to(draft: Draft, said: Report) -> None:
    """The crew knows the hospital; an answer about an older one counts for nothing."""
    duty, order = draft.duty(said.unit), draft.holder(said.unit)
    if duty is None or order is None or (order.request, order.token) != (said.request, said.token):
        return
    if duty.crew_knows or duty.status.destination != said.hospital:
        return
    draft.put_duty(duty.model_copy(update={"crew_knows": True}))
    unit_steps.line(draft, duty.status, "destination.heard", said.unit, draft.now_ms, unit=said.unit,
          hospital=said.hospital)  # fmt: skip


def hear_foreign(draft: Draft, said: ForeignUnit) -> None:
    """A unit of another city matters while it is on an incident of this one, and when it leaves it.

    The incident may be opened later: its opening is on the way, and the unit joins it then.
    """
    if said.city == draft.city or draft.duty(said.unit) is not None:
        return
    if said.status.state.on_task and said.status.incident is not None:
        telephoned.sent_elsewhere(draft, said.unit, said.status.incident, epoch_ms(said.status.since))
    for one in said.instead:
        telephoned.passed_over(draft, said.unit, one, draft.now_ms)
    before, after = draft.foreign_status(said.unit), said.status
    ours = after.incident is not None and _is_ours(draft, IncidentId(after.incident))
    if before is None and not ours:
        return
    if before is not None and (after == before or after.since < before.since):
        return
    draft.foreign[said.unit] = after if ours else None
    incidents.follow_unit(draft, said.unit, said.city, before, after, epoch_ms(after.since), 0)


def _is_ours(draft: Draft, number: IncidentId) -> bool:
    """An incident that is at hand here, or that this city has yet to hear of."""
    if not number.startswith(f"{draft.prefix}-"):
        return False
    return unit_steps.is_at_hand(draft, number) or draft.incident(number) is None
