"""The list of alarms: one entry per cause, never scrolled away while it is unseen.

The console's own alarms are raised, acknowledged and shelved here; those that a city's centre holds for
all desks (`shared`) are put here as the centre says they are.
"""

from datetime import datetime

from dispatch.domain.alarms import Alarm, AlarmId, AlarmState, Severity
from dispatch.domain.geography import CityCode

_RANK = {Severity.CRITICAL: 0, Severity.WARNING: 1, Severity.ADVISORY: 2}


class Alarms:
    """Alarms by id; raising an open one again changes nothing."""

    def __init__(self) -> None:
        self.by_id: dict[AlarmId, Alarm] = {}

    def raise_(
        self,
        alarm: AlarmId,
        severity: Severity,
        code: str,
        at: datetime,
        facts: dict[str, str | int | float] | None = None,
        city: CityCode | None = None,
        subject: str = "",
    ) -> bool:
        """Open an alarm; False when it already stands open."""
        held = self.by_id.get(alarm)
        if held is not None and held.state in (AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED):
            return False
        self.by_id[alarm] = Alarm(
            id=alarm,
            severity=severity,
            code=code,
            facts=facts or {},
            city=city,
            raised_at=at,
            subject=subject,
        )
        return True

    def acknowledge(self, alarm: AlarmId, by: str = "") -> bool:
        """Somebody has seen it; one whose cause had already gone is cleared."""
        held = self.by_id.get(alarm)
        if held is None or held.state not in (AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED):
            return False
        seen = AlarmState.ACKNOWLEDGED if held.state is AlarmState.UNACKNOWLEDGED else AlarmState.CLEARED
        self.by_id[alarm] = held.model_copy(update={"state": seen, "acknowledged_by": by})
        return True

    def shelve(self, alarm: AlarmId, until: datetime) -> bool:
        """Put an alarm aside until a time; False when it is not listed."""
        held = self.by_id.get(alarm)
        if held is None or held.state is AlarmState.CLEARED:
            return False
        self.by_id[alarm] = held.model_copy(update={"shelved_until": until})
        return True

    def cause_gone(self, alarm: AlarmId) -> bool:
        """Its cause went away: seen ones clear, unseen ones stay listed as returned."""
        held = self.by_id.get(alarm)
        if held is None or held.state in (AlarmState.CLEARED, AlarmState.RETURNED):
            return False
        after = AlarmState.CLEARED if held.state is AlarmState.ACKNOWLEDGED else AlarmState.RETURNED
        self.by_id[alarm] = held.model_copy(update={"state": after})
        return True

    def put(self, alarm: Alarm) -> bool:
        """Take an alarm over as its city's centre holds it; False when nothing changed."""
        if self.by_id.get(alarm.id) == alarm:
            return False
        self.by_id[alarm.id] = alarm
        return True

    def remove(self, alarm: AlarmId) -> bool:
        """Forget an alarm that its centre no longer lists."""
        return self.by_id.pop(alarm, None) is not None

    def of_city(self, city: CityCode) -> list[AlarmId]:
        """The alarms that a city's centre holds."""
        return [alarm.id for alarm in self.by_id.values() if alarm.shared and alarm.city == city]

    def listed(self) -> list[Alarm]:
        """Every alarm not cleared, shelved ones too: unseen first, then by severity, then oldest first."""
        shown = [alarm for alarm in self.by_id.values() if alarm.state is not AlarmState.CLEARED]
        seen = (AlarmState.ACKNOWLEDGED,)
        return sorted(shown, key=lambda a: (a.state in seen, _RANK[a.severity], a.raised_at))
