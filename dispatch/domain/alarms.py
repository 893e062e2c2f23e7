"""Alarms: a response is needed."""

from datetime import datetime
from enum import StrEnum
from typing import NewType

from dispatch.domain.geography import CityCode
from dispatch.domain.model import Frozen

AlarmId = NewType("AlarmId", str)


class Severity(StrEnum):
    """Red is kept for CRITICAL: act now."""

    CRITICAL = "critical"
    WARNING = "warning"
    ADVISORY = "advisory"


class AlarmState(StrEnum):
    """UNACKNOWLEDGED -> ACKNOWLEDGED -> CLEARED; RETURNED: its cause went before anyone saw it."""

    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned"
    CLEARED = "cleared"


class Alarm(Frozen):
    """One alarm. `code` and `facts` make the sentence in either language (see language.py)."""

    id: AlarmId
    severity: Severity
    code: str
    facts: dict[str, str | int | float] = {}
    city: CityCode | None = None
    raised_at: datetime
    state: AlarmState = AlarmState.UNACKNOWLEDGED
