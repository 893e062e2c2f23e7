"""The handover sheet between two shifts: what is open, who answers for it from now on."""

from datetime import datetime

from dispatch.domain.aid import Aid
from dispatch.domain.alarms import Alarm
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import Incident
from dispatch.domain.model import Frozen
from dispatch.domain.units import UnitId, UnitStatus


class UnitOut(Frozen):
    """A unit that is paused or out of service, with its reason."""

    unit: UnitId
    status: UnitStatus


class HandoverSheet(Frozen):
    """One city at one moment. Signed by both, it is one row of the audit log and a file beside it."""

    city: CityCode
    made_at: datetime
    outgoing: str
    incidents: tuple[Incident, ...]
    alarms: tuple[Alarm, ...]
    units_out: tuple[UnitOut, ...]
    lent: tuple[Aid, ...]
    borrowed: tuple[Aid, ...]
    unsettled_orders: tuple[str, ...]
    """Decisions of this desk whose end is not known: unit, incident and where it stands, in plain words."""
    drill: bool = False
