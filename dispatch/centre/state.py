"""What a centre knows of its city beside its orders: units, incidents, requests for help, alarms."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Protocol

from dispatch.centre.claims_disk import ClaimsDisk, in_memory
from dispatch.centre.messages import Reply
from dispatch.domain.aid import Aid, AidId
from dispatch.domain.alarms import Alarm, AlarmId, AlarmState
from dispatch.domain.blood import BankId
from dispatch.domain.blood_orders import BloodOrder, BloodOrderId, Shelf
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import Incident, IncidentId
from dispatch.domain.model import Frozen
from dispatch.domain.orders import Order
from dispatch.domain.timeline import Entry
from dispatch.domain.units import Instead, Unit, UnitId, UnitStatus

TIMELINE_KEPT = 300
"""Lines of a timeline that are said on the wire."""


class Duty(Frozen):
    """One unit of the city: its state on its task, and how far its vehicle has been heard."""

    unit: Unit
    status: UnitStatus
    heard: int = 0
    """The newest of the vehicle's own states that was taken (UnitSaid.number)."""
    crew_knows: bool = True
    """Whether the crew has confirmed the destination that stands in the status."""
    patients: int = 0
    arranged: IncidentId | None = None
    """The incident for which another city arranged the unit by telephone, until `arranged_until_ms`."""
    arranged_until_ms: int = 0
    instead: tuple[Instead, ...] = ()
    """Arrangements that came to nothing, the newest last: the cities that count on it read them."""


class Past(Protocol):
    """What a centre reads from its disk: records that are over and no longer in memory."""

    def orders_of(self, unit: UnitId, since_ms: int, /) -> Sequence[Order]:
        """Every order of a unit that was open at `since_ms` or began later, oldest first."""
        ...

    def incident(self, number: IncidentId, /) -> Incident | None: ...

    def aid(self, aid: AidId, /) -> Aid | None: ...

    def lines(self, incident: IncidentId, /) -> int:
        """How many lines its timeline has."""
        ...

    def timeline(self, incident: IncidentId, /) -> Sequence[Entry]:
        """The newest TIMELINE_KEPT of them, oldest first."""
        ...

    def blood_order(self, order: BloodOrderId, /) -> BloodOrder | None: ...

    def blood_with(self, dins: Collection[str], /) -> Sequence[BloodOrder]:
        """Every order that names a bag with one of these donation numbers, however old."""
        ...

    def reply(self, key: str, /) -> Reply | None:
        """The answer that was given to a keyed command."""
        ...

    @property
    def claims(self) -> ClaimsDisk: ...


class NothingPast:
    """No past at all: for a draft of its own."""

    def orders_of(self, _unit: UnitId, _since_ms: int) -> Sequence[Order]:
        return ()

    def incident(self, _number: IncidentId) -> Incident | None:
        return None

    def aid(self, _aid: AidId) -> Aid | None:
        return None

    def lines(self, _incident: IncidentId) -> int:
        return 0

    def timeline(self, _incident: IncidentId) -> Sequence[Entry]:
        return ()

    def blood_order(self, _order: BloodOrderId) -> BloodOrder | None:
        return None

    def blood_with(self, _dins: Collection[str]) -> Sequence[BloodOrder]:
        return ()

    def reply(self, _key: str) -> Reply | None:
        return None

    @property
    def claims(self) -> ClaimsDisk:
        return in_memory()


NOTHING_PAST = NothingPast()


@dataclass(slots=True)
class State:
    """Open records by id; ended ones are read from the disk when somebody asks for them."""

    city: CityCode
    drill: bool = False
    duties: dict[UnitId, Duty] = field(default_factory=dict)
    incidents: dict[IncidentId, Incident] = field(default_factory=dict)
    lines: dict[IncidentId, int] = field(default_factory=dict)
    """Incident -> how many lines its timeline has."""
    ended: dict[IncidentId, int] = field(default_factory=dict)
    """Incident that is not open any more -> when it ended, milliseconds since 1970."""
    timelines: dict[IncidentId, tuple[Entry, ...]] = field(default_factory=dict)
    """The newest TIMELINE_KEPT lines, oldest first."""
    aids: dict[AidId, Aid] = field(default_factory=dict)
    """Requests that this city received."""
    asked: dict[AidId, Aid] = field(default_factory=dict)
    """Requests of this city, as the lenders' centres hold them."""
    foreign: dict[UnitId, UnitStatus] = field(default_factory=dict)
    """Units of other cities that are on an incident of this one, as their centres hold them."""
    alarms: dict[AlarmId, Alarm] = field(default_factory=dict)
    shelves: dict[BankId, Shelf] = field(default_factory=dict)
    """Banks of this city, as they said themselves last."""
    blood: dict[BloodOrderId, BloodOrder] = field(default_factory=dict)
    """Orders at these banks: open ones, those whose blood is still counted, and those of the last hour."""

    def copy(self) -> "State":
        """To come back to: the records themselves never change."""
        kept = State(self.city, self.drill)
        for one in fields(self):
            value = getattr(self, one.name)
            setattr(kept, one.name, value.copy() if isinstance(value, dict) else value)
        return kept

    def open_incidents(self) -> Iterable[Incident]:
        return [incident for incident in self.incidents.values() if incident.state.open]

    def open_aids(self) -> Iterable[Aid]:
        return [aid for aid in self.aids.values() if not aid.state.final]

    def open_alarms(self) -> Iterable[Alarm]:
        return [alarm for alarm in self.alarms.values() if alarm.state is not AlarmState.CLEARED]
