"""The ambulances: where each one is, its state, and every legal change of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from dispatch.clock import from_epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.domain.units import StateSource, Unit, UnitId, UnitState, UnitStatus, change_state
from dispatch.feed import payloads, topics
from dispatch.settings import Configuration
from simulators.engine import Agenda, Entry
from simulators.ground import Point
from simulators.messages import Message, Say
from simulators.roads import Roads
from simulators.trips import Spot, Trip


@dataclass(slots=True)
class Reported:
    """The last position a unit's city has of it."""

    lat: float
    lon: float
    fixed_ms: int


@dataclass(slots=True)
class Ambulance:
    """One unit; `mission` is the number of the incident it works on."""

    unit: Unit
    row: int
    home: Point
    trip: Trip
    state: UnitState
    since_ms: int
    source: StateSource = StateSource.TERMINAL
    incident: str | None = None
    destination: str | None = None
    reason: str | None = None
    pending: list[Entry] = field(default_factory=list)
    reported: Reported | None = None

    def spot(self, moment_ms: float) -> Spot:
        """Where it is at a moment not before its present trip."""
        return self.trip.at(moment_ms)

    def status(self) -> payloads.UnitStatus:
        """Its state as its city's centre writes it."""
        return payloads.UnitStatus(
            unit=self.unit.id,
            state=int(self.state),
            since=self.since_ms,
            source=self.source.value,
            incident=self.incident,
            destination=self.destination,
            reason=self.reason,
        )

    def snapshot(self) -> payloads.UnitSnapshot:
        """All that its city knows of it."""
        seen = self.reported
        return payloads.UnitSnapshot(
            unit=self.unit.id,
            capabilities=sorted(self.unit.capabilities),
            state=int(self.state),
            since=self.since_ms,
            station=self.unit.station,
            source=self.source.value,
            incident=self.incident,
            destination=self.destination,
            reason=self.reason,
            lat=seen.lat if seen else None,
            lon=seen.lon if seen else None,
            fixed_at=seen.fixed_ms if seen else None,
        )

    def domain_status(self) -> UnitStatus:
        """Its state for the decision room."""
        return UnitStatus(
            state=self.state,
            since=from_epoch_ms(self.since_ms),
            source=self.source,
            incident=self.incident,
            destination=self.destination,
            reason=self.reason,
        )


class Ambulances:
    """Every unit of every city, in the order of the configuration."""

    def __init__(self, configuration: Configuration, agenda: Agenda, roads: Roads, say: Say) -> None:
        self.agenda, self.roads, self._say = agenda, roads, say
        stations = {site.id: (site.position.lat, site.position.lon) for site in configuration.sites}
        centres = {city.code: (city.centre.lat, city.centre.lon) for city in configuration.cities}
        self.by_id: dict[UnitId, Ambulance] = {}
        for row, unit in enumerate(configuration.units):
            home = stations[unit.station] if unit.station in stations else centres[unit.city]
            parked = Trip(home, agenda.now_ms, [])
            self.by_id[unit.id] = Ambulance(
                unit, row, home, parked, UnitState.AVAILABLE_AT_STATION, agenda.now_ms
            )

    def __iter__(self) -> Iterator[Ambulance]:
        return iter(self.by_id.values())

    def of(self, city: CityCode) -> list[Ambulance]:
        """The units that belong to a city, wherever they are."""
        return [ambulance for ambulance in self if ambulance.unit.city == city]

    def change(
        self,
        ambulance: Ambulance,
        state: UnitState,
        *,
        source: StateSource = StateSource.TERMINAL,
        reason: str | None = None,
        destination: str | None = None,
    ) -> None:
        """Change a unit's state and say so; IllegalTransition or MissingField when the rules forbid it."""
        change_state(ambulance.state, state, reason=reason, destination=destination)
        if state is not ambulance.state:
            ambulance.since_ms = self.agenda.now_ms
        ambulance.state, ambulance.source = state, source
        ambulance.reason, ambulance.destination = reason, destination
        self.publish(ambulance)

    def publish(self, ambulance: Ambulance) -> None:
        """Say a unit's state."""
        city = ambulance.unit.city
        topic = topics.status(city, ambulance.unit.id)
        self._say(Message(city, topic, "unit.status", ambulance.status(), self.agenda.now_ms, retain=True))

    def drive(self, ambulance: Ambulance, to: Point, *, blue_light: bool) -> int:
        """Set off from where the unit is; the moment of arrival."""
        now = self.agenda.now_ms
        ambulance.trip = self.roads.trip(ambulance.spot(now), to, now, blue_light=blue_light)
        return ambulance.trip.end_ms

    def stop(self, ambulance: Ambulance) -> None:
        """Stand still at once, and forget what was to come."""
        now = self.agenda.now_ms
        spot = ambulance.spot(now)
        self.forget(ambulance)
        if spot.kmh:
            ambulance.trip = Trip.standing(spot, now)

    @staticmethod
    def forget(ambulance: Ambulance) -> None:
        """Cancel what was to happen to a unit next."""
        for entry in ambulance.pending:
            entry.cancel()
        ambulance.pending.clear()
