"""What waits for somebody: alarms that nobody has acknowledged, incidents that nobody was sent to."""

from dispatch.domain.alarms import Alarm, AlarmState
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import Incident, IncidentState
from dispatch.picture.live import Picture

UNSEEN = frozenset({AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED})


def unseen_alarms(picture: Picture) -> list[Alarm]:
    """Those whose cause still stands before those that are gone; the worst first, then the oldest."""
    unseen = [alarm for alarm in picture.alarms.listed() if alarm.state in UNSEEN]
    return sorted(unseen, key=lambda alarm: alarm.state is AlarmState.RETURNED)


def unsent(incident: Incident) -> bool:
    """Whether nobody was sent to it yet."""
    return incident.state is IncidentState.WAITING and not incident.units


def unsent_incidents(picture: Picture, city: CityCode) -> list[Incident]:
    """Those of one city, the most urgent first."""
    return [each for each in picture.open_incidents() if each.city == city and unsent(each)]
