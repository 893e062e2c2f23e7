"""One step of a unit's state: what it comes to, and how it is written down."""

from dispatch.centre.draft import Draft
from dispatch.clock import from_epoch_ms
from dispatch.domain.incidents import IncidentId
from dispatch.domain.units import StateSource, UnitState, UnitStatus

NEEDS_REASON = (UnitState.OUT_OF_SERVICE, UnitState.PAUSED)


def changed(
    status: UnitStatus,
    state: UnitState,
    at_ms: int,
    source: StateSource,
    destination: str | None,
    reason: str | None,
) -> UnitStatus:
    """The status one step on. A state never begins before the one that it follows."""
    same = state is status.state
    return UnitStatus(
        state=state,
        since=status.since if same else max(from_epoch_ms(at_ms), status.since),
        source=status.source if same else source,
        incident=status.incident,
        task=status.task,
        destination=destination if status.task is not None else None,
        reason=reason if state in NEEDS_REASON else None,
    )


def is_at_hand(draft: Draft, incident: IncidentId) -> bool:
    """An incident of this city that is open, or ended a short while ago."""
    return incident in draft.incidents or incident in draft.state.incidents


def line(draft: Draft, status: UnitStatus, code: str, by: str, at_ms: int, **what: str | int) -> None:
    if status.incident is not None and is_at_hand(draft, IncidentId(status.incident)):
        draft.line(IncidentId(status.incident), code, by, at_ms, **what)


def facts(before: UnitStatus, after: UnitStatus, at_ms: int) -> dict[str, str | int]:
    return {
        "before": before.state.name,
        "state": after.state.name,
        "source": after.source.value,
        "at_ms": at_ms,
        "incident": after.incident or before.incident or "",
        "task": after.task or before.task or "",
        "destination": after.destination or "",
        "reason": after.reason or "",
    }
