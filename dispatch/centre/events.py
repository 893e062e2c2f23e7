"""Alarms about something that happened, raised by whoever learns of it; the others are found by the tick."""

from dispatch.centre.draft import Draft
from dispatch.domain.aid import Aid
from dispatch.domain.alarms import Alarm, AlarmId, AlarmState, Severity
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.domain.units import UnitId

LONGEST_ID = 64
"""Characters a code may have on the wire."""


def alarm_id(code: str, *about: str) -> AlarmId:
    """The same cause has the same id, however often it is found."""
    return AlarmId(":".join((code, *about))[:LONGEST_ID])


def unit_refused(draft: Draft, unit: UnitId, incident: IncidentId, priority: Priority) -> None:
    """A crew refused its task."""
    ring(draft, "unit_refused", (incident, unit), by_priority(priority), unit=unit, incident=incident)


def waiting_again(draft: Draft, unit: UnitId, incident: IncidentId, priority: Priority) -> None:
    """The last unit left an incident on which patients may be left."""
    ring(draft, "waiting_again", (incident,), by_priority(priority), unit=unit, incident=incident)


def aid_lost(draft: Draft, aid: Aid, unit: UnitId) -> None:
    """A unit that was promised to a neighbour will not come: said at both cities."""
    facts = {"unit": unit, "incident": aid.incident, "lender": aid.lender, "borrower": aid.borrower}
    ring(draft, "aid_lost", (aid.id, unit), by_priority(aid.priority), subject=aid.id, **facts)


def arranged(draft: Draft, unit: UnitId, incident: IncidentId, city: str) -> None:
    """Another city arranged this unit by telephone, and this city's desks may not know."""
    facts = {"unit": unit, "incident": incident, "city": city}
    ring(draft, "unit_arranged", (incident, unit), Severity.WARNING, subject=unit, **facts)


def conflict(draft: Draft, unit: UnitId, incident: IncidentId, other: str) -> None:
    """A unit that was arranged by telephone is, or was, on another task."""
    facts = {"unit": unit, "incident": incident, "other": other}
    ring(draft, "conflict", (incident, unit), Severity.CRITICAL, **facts)


def by_priority(priority: Priority) -> Severity:
    """Red where a life is threatened."""
    return Severity.CRITICAL if priority is Priority.LIFE_THREATENING else Severity.WARNING


def ring(
    draft: Draft, code: str, about: tuple[str, ...], severity: Severity, subject: str = "", **facts: str
) -> None:
    """Raise an alarm anew, also when an older one of the same cause was acknowledged."""
    number = alarm_id(code, *about)
    draft.raise_alarm(
        Alarm(
            id=number,
            severity=severity,
            code=code,
            facts=facts,
            city=draft.city,
            raised_at=draft.now,
            state=AlarmState.UNACKNOWLEDGED,
            subject=subject or about[0],
            shared=True,
        )
    )
