"""What waits for somebody: alarms that nobody has acknowledged, incidents that nobody was sent to."""

from collections.abc import Callable, Iterator
from datetime import datetime

from dispatch.domain.alarms import Alarm, AlarmState, Severity
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import Incident
from dispatch.picture.live import Picture

Shown = Callable[[Alarm], bool]
"""Whether an alarm is one of the trade of whoever sits here."""
UNSEEN = frozenset({AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED})
CONFLICTS = frozenset({"conflict"})
"""Codes of alarms about a unit that two cities sent: told above every screen, not only in the alarm line."""
_SEVERITIES = {severity: place for place, severity in enumerate(Severity)}


def urgency(alarm: Alarm) -> tuple[bool, int, bool, float, str]:
    """Sorts alarms: a standing cause before one that is gone, the worst, the escalated, the oldest."""
    gone = alarm.state is AlarmState.RETURNED
    rank = _SEVERITIES[alarm.severity]
    return gone, rank, not alarm.escalated, alarm.raised_at.timestamp(), alarm.id


def _unseen(picture: Picture, now: datetime, shown: Shown | None = None) -> Iterator[Alarm]:
    """Those in sight that nobody has acknowledged: what is put aside is neither seen nor heard."""
    unseen = (a for a in picture.alarms.by_id.values() if a.state in UNSEEN and not a.shelved(now))
    return unseen if shown is None else filter(shown, unseen)


def unseen_alarms(picture: Picture, now: datetime, shown: Shown | None = None) -> list[Alarm]:
    """Those whose cause still stands before those that are gone; the worst first, then the oldest."""
    return sorted(_unseen(picture, now, shown), key=urgency)


def worst_unseen(picture: Picture, now: datetime, shown: Shown | None = None) -> tuple[Alarm | None, int]:
    """The first of them and how many there are: four times a second, with a thousand of them."""
    worst: Alarm | None = None
    count = 0
    for alarm in _unseen(picture, now, shown):
        count += 1
        if worst is None or urgency(alarm) < urgency(worst):
            worst = alarm
    return worst, count


def conflicts(picture: Picture, now: datetime) -> list[Alarm]:
    """Units that two cities sent, until somebody has seen it."""
    standing = (a for a in _unseen(picture, now) if a.state is AlarmState.UNACKNOWLEDGED)
    return sorted((a for a in standing if a.code in CONFLICTS), key=urgency)


def unsent_incidents(picture: Picture, city: CityCode) -> list[Incident]:
    """Those of one city, the most urgent first."""
    return [each for each in picture.open_incidents() if each.city == city and each.unsent]
