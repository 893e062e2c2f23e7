"""Open incidents of the simulated cities: patients left, units sent, how each one ended."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta, timezone
from enum import StrEnum
from typing import Literal

from dispatch.clock import from_epoch_ms
from dispatch.domain.geography import City, CityCode
from dispatch.domain.incidents import IncidentState
from dispatch.domain.units import Capability, UnitId, UnitState
from dispatch.feed import payloads, topics
from simulators.engine import Agenda
from simulators.ground import Point
from simulators.messages import Message, Say

CHINA = timezone(timedelta(hours=8))


class Outcome(StrEnum):
    """How an incident ended; each has exactly one."""

    TRANSPORTED = "transported"
    TREATED = "treated"
    NOBODY_THERE = "nobody_there"
    CANCELLED = "cancelled"


@dataclass(slots=True)
class OpenIncident:
    """One incident; `units` are the crews that are still busy with it, by what they are doing."""

    id: str
    city: CityCode
    point: Point
    place: str
    priority: Literal[1, 2, 3]
    patients: int
    needs: frozenset[Capability]
    complaint: str
    opened_ms: int
    from_console: bool = False
    touched_ms: int = 0
    patients_left: int = 0
    sent: int = 0
    units: dict[UnitId, UnitState] = field(default_factory=dict)
    first_arrival_ms: int | None = None
    outcome: Outcome | None = None
    closed_ms: int | None = None
    waited_for_a_unit: bool = False
    borrowed: bool = False
    said: tuple[str, tuple[UnitId, ...]] | None = None

    @property
    def state(self) -> IncidentState:
        """What the city's centre would write."""
        if self.outcome is not None:
            return IncidentState.CLOSED
        doing = set(self.units.values())
        if UnitState.ON_SCENE in doing:
            return IncidentState.ON_SCENE
        if doing & {UnitState.ASSIGNED, UnitState.ACKNOWLEDGED, UnitState.EN_ROUTE}:
            return IncidentState.DISPATCHED
        return IncidentState.TRANSPORTING if doing else IncidentState.WAITING

    def coming(self) -> int:
        """Crews that are sent and have not left the scene."""
        return sum(state <= UnitState.ON_SCENE for state in self.units.values())

    def record(self) -> payloads.IncidentRecord:
        """The incident as it goes on the wire."""
        return payloads.IncidentRecord(
            incident=self.id,
            state=self.state.value,
            priority=self.priority,
            lat=round(self.point[0], 6),
            lon=round(self.point[1], 6),
            datum="wgs84",
            place=self.place,
            opened_at=self.opened_ms,
            patients=self.patients,
            needs=sorted(self.needs),
            chief_complaint=self.complaint,
            units=list(self.units),
        )


class Incidents:
    """Every incident of the drill; numbers start at 0001 each day and city."""

    def __init__(self, agenda: Agenda, say: Say, cities: dict[CityCode, City]) -> None:
        self.all: dict[str, OpenIncident] = {}
        self.on_open: list[Callable[[OpenIncident], None]] = []
        self.on_close: list[Callable[[OpenIncident], None]] = []
        self.open_now: dict[str, OpenIncident] = {}
        self._agenda, self._say, self._cities = agenda, say, cities
        self._numbers: dict[tuple[CityCode, str], int] = {}

    def next_id(self, city: CityCode) -> str:
        """The next number of a city today, e.g. CS-1124-0012."""
        day = from_epoch_ms(self._agenda.now_ms).astimezone(CHINA).strftime("%m%d")
        number = self._numbers.get((city, day), 0) + 1
        self._numbers[city, day] = number
        return f"{self._cities[city].prefix}-{day}-{number:04}"

    def open(self, incident: OpenIncident) -> None:
        """Take an incident in and tell everyone."""
        incident.patients_left = incident.patients
        incident.touched_ms = self._agenda.now_ms
        self.all[incident.id] = self.open_now[incident.id] = incident
        self.publish(incident)
        for told in self.on_open:
            told(incident)

    def close(self, incident: OpenIncident, outcome: Outcome) -> None:
        """End an incident, once."""
        if incident.outcome is not None:
            return
        incident.outcome, incident.closed_ms = outcome, self._agenda.now_ms
        del self.open_now[incident.id]
        for told in self.on_close:
            told(incident)
        self.publish(incident)

    def crew_did(self, incident: OpenIncident, unit: UnitId, state: UnitState | None) -> None:
        """A crew's state on this incident changed; None: it has done with it."""
        if state is None:
            incident.units.pop(unit, None)
        else:
            incident.units[unit] = state
        if state is UnitState.ON_SCENE and incident.first_arrival_ms is None:
            incident.first_arrival_ms = self._agenda.now_ms
        if incident.outcome is None:  # a closed one is said once, by whoever closes it
            self.publish(incident)

    def publish(self, incident: OpenIncident, *, again: bool = False) -> None:
        """Say how the incident stands, when that is news; the closed state stays retained."""
        news = (incident.state.value, tuple(incident.units))
        if incident.said == news and not again:
            return
        incident.said = news
        topic = topics.incident(incident.city, incident.id)
        self._say(
            Message(incident.city, topic, "incident", incident.record(), self._agenda.now_ms, retain=True)
        )

    def open_in(self, city: CityCode) -> Iterator[OpenIncident]:
        """The open incidents of a city, oldest first."""
        return (incident for incident in tuple(self.open_now.values()) if incident.city == city)
