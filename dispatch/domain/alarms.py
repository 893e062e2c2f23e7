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
    subject: str = ""
    """The incident, unit, order or aid it is about; empty: the city or the program."""
    acknowledged_by: str = ""
    shelved_until: datetime | None = None
    """Put aside until then, with a time limit always: neither seen nor heard, but counted."""
    escalated: bool = False
    """Nobody acknowledged it for so long that the supervisor is called as well."""
    shared: bool = False
    """Held by the city's centre: every console sees the same state. False: this console's own."""

    def shelved(self, now: datetime) -> bool:
        return self.shelved_until is not None and now < self.shelved_until
