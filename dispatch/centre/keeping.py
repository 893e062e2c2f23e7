"""Taking a draft over into the state, once it is stored."""

from collections.abc import Iterable

from dispatch.centre.draft import Draft
from dispatch.centre.state import TIMELINE_KEPT
from dispatch.clock import from_epoch_ms
from dispatch.domain.alarms import AlarmState
from dispatch.domain.incidents import IncidentId
from dispatch.domain.timeline import Entry


def numbered(draft: Draft) -> list[tuple[IncidentId, Entry]]:
    """The new lines with their numbers in their timelines; to be asked before anything is kept."""
    counts: dict[IncidentId, int] = {}
    entries = []
    for line in draft.lines:
        known = counts.get(line.incident, draft.state.lines.get(line.incident))
        number = 1 + (draft.past.lines(line.incident) if known is None else known)
        counts[line.incident] = number
        at, facts = from_epoch_ms(line.at_ms), dict(line.facts)
        entries.append((line.incident, Entry(number=number, at=at, code=line.code, by=line.by, facts=facts)))
    return entries


def keep(draft: Draft, lines: Iterable[tuple[IncidentId, Entry]]) -> None:
    """Everything but the orders, which are the ledger's; `lines` as they were `numbered`."""
    state = draft.state
    _incidents(draft)
    state.duties.update(draft.duties)
    state.aids.update(draft.aids)
    state.asked.update(draft.asked)
    for unit, status in draft.foreign.items():
        state.foreign.pop(unit, None)
        if status is not None:
            state.foreign[unit] = status
    for alarm in draft.alarms.values():
        state.alarms.pop(alarm.id, None)
        if alarm.state is not AlarmState.CLEARED:
            state.alarms[alarm.id] = alarm
    state.shelves.update(draft.shelves)
    state.blood.update(draft.blood)
    for incident, entry in lines:
        if incident in state.incidents:  # a line for an old one is on the disk, and nowhere else
            newest = state.timelines[incident]
            if not newest or newest[-1].number < entry.number:
                state.timelines[incident] = (*newest, entry)[-TIMELINE_KEPT:]
            state.lines[incident] = entry.number


def _incidents(draft: Draft) -> None:
    state = draft.state
    for incident in draft.incidents.values():
        if incident.id not in state.timelines:
            state.timelines[incident.id] = tuple(draft.past.timeline(incident.id))
        state.incidents[incident.id] = incident
        if incident.state.open:
            state.ended.pop(incident.id, None)
        else:
            state.ended.setdefault(incident.id, draft.now_ms)
