"""Alarms in groups, the most pressing first; the groups that nobody has to look at can be folded."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from dispatch.console.waiting import urgency
from dispatch.domain.aid import AidId
from dispatch.domain.alarms import Alarm, AlarmState, Severity
from dispatch.domain.incidents import IncidentId
from dispatch.domain.units import UnitId
from dispatch.picture.live import Picture


class Group(StrEnum):
    """In the order in which they are listed."""

    CRITICAL = "critical"
    WARNING = "warning"
    ADVISORY = "advisory"
    RETURNED = "returned"
    ACKNOWLEDGED = "acknowledged"
    SHELVED = "shelved"
    NEIGHBOURS = "neighbours"
    """What the other cities' desks have to answer."""


_BY_SEVERITY = {
    Severity.CRITICAL: Group.CRITICAL,
    Severity.WARNING: Group.WARNING,
    Severity.ADVISORY: Group.ADVISORY,
}
_HEADING = "="
"""Begins the key of a heading; no alarm has an id that begins so."""


def group_of(alarm: Alarm, now: datetime) -> Group | None:
    """Where an alarm is listed; None once it is cleared."""
    if alarm.state is AlarmState.CLEARED:
        return None
    if alarm.shelved(now):
        return Group.SHELVED
    if alarm.state is AlarmState.ACKNOWLEDGED:
        return Group.ACKNOWLEDGED
    return Group.RETURNED if alarm.state is AlarmState.RETURNED else _BY_SEVERITY[alarm.severity]


def grouped(
    alarms: Iterable[Alarm], now: datetime, neighbours: Iterable[Alarm] = ()
) -> dict[Group, list[Alarm]]:
    """Every group, also an empty one; within a group the most pressing first."""
    found: dict[Group, list[Alarm]] = {group: [] for group in Group}
    found[Group.NEIGHBOURS] = [alarm for alarm in neighbours if group_of(alarm, now) is not None]
    for alarm in alarms:
        group = group_of(alarm, now)
        if group is not None:
            found[group].append(alarm)
    for members in found.values():
        members.sort(key=urgency)
    return found


def keys_of(groups: dict[Group, list[Alarm]], folded: frozenset[Group]) -> list[str]:
    """The lines of the board: a heading for each group that has members, then these unless folded."""
    keys: list[str] = []
    for group, members in groups.items():
        if members:
            keys.append(heading_key(group))
            keys += [] if group in folded else [alarm.id for alarm in members]
    return keys


def followers(keys: Sequence[str], key: str) -> list[str]:
    """Where the cursor may go once `key` has left its place: alarms below it, then those above."""
    if key not in keys:
        return [each for each in keys if heading(each) is None]
    at = list(keys).index(key)
    return [each for each in (*keys[at + 1 :], *reversed(keys[:at])) if heading(each) is None]


def heading_key(group: Group) -> str:
    """The key of a group's heading."""
    return f"{_HEADING}{group}"


def heading(key: str | None) -> Group | None:
    """The group whose heading a key is; None for an alarm."""
    return Group(key[len(_HEADING) :]) if key is not None and key.startswith(_HEADING) else None


_NAMING = ("incident", "aid", "unit", "bank", "hospital")
"""Facts that name what an alarm is about, the weightiest first."""


def subject_of(alarm: Alarm, picture: Picture) -> tuple[str, str] | None:
    """(kind, id) of what an alarm is about, where it can be shown."""
    keys = [alarm.subject, *(str(alarm.facts.get(fact, "")) for fact in _NAMING)]
    return next((found for key in keys if key and (found := _shown_as(key, picture))), None)


def _shown_as(key: str, picture: Picture) -> tuple[str, str] | None:
    """The kind of thing in the picture that has this id."""
    if IncidentId(key) in picture.incidents:
        return "incident", key
    if AidId(key) in picture.aids:
        return "aid", key
    if UnitId(key) in picture.fleet:
        return "unit", key
    named = (("bank", picture.banks), ("hospital", picture.hospitals))
    return next(((kind, key) for kind, known in named if key in known), None)
