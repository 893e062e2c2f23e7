"""Alarms that nobody has acknowledged yet."""

from dispatch.domain.alarms import Alarm, AlarmState
from dispatch.picture.live import Picture

UNSEEN = frozenset({AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED})


def unseen_alarms(picture: Picture) -> list[Alarm]:
    """The worst first, then the oldest."""
    return [alarm for alarm in picture.alarms.listed() if alarm.state in UNSEEN]
