"""The ambulances: where each one is, the state its crew is in, and every legal change of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from dispatch.domain.geography import CityCode
from dispatch.domain.units import StateSource, Unit, UnitId, UnitState, change_state
from dispatch.settings import Configuration
from simulators.engine import Agenda, Entry
from simulators.ground import Point
from simulators.messages import Say
from simulators.roads import Roads
from simulators.terminal import Terminal
from simulators.trips import Spot, Trip


@dataclass(slots=True)
class Ambulance:
    """One unit and its crew. `state` is what the crew is doing, whatever its centre has heard of it."""

    unit: Unit
    row: int
    home: Point
    trip: Trip
    state: UnitState
    since_ms: int
    terminal: Terminal
    reason: str | None = None
    pending: list[Entry] = field(default_factory=list)

    def spot(self, moment_ms: float) -> Spot:
        """Where it is at a moment not before its present trip."""
        return self.trip.at(moment_ms)


class Ambulances:
    """Every unit of every city, in the order of the configuration."""

    def __init__(
        self, configuration: Configuration, agenda: Agenda, roads: Roads, say: Say, pace: float = 1.0
    ) -> None:
        self.agenda, self.roads = agenda, roads
        stations = {site.id: (site.position.lat, site.position.lon) for site in configuration.sites}
        centres = {city.code: (city.centre.lat, city.centre.lon) for city in configuration.cities}
        self.by_id: dict[UnitId, Ambulance] = {}
        for row, unit in enumerate(configuration.units):
            home = stations[unit.station] if unit.station in stations else centres[unit.city]
            parked = Trip(home, agenda.now_ms, [])
            self.by_id[unit.id] = Ambulance(
                unit, row, home, parked, UnitState.AVAILABLE_AT_STATION, agenda.now_ms,
                Terminal(unit, agenda, say, pace),
            )  # fmt: skip

    def __iter__(self) -> Iterator[Ambulance]:
        return iter(self.by_id.values())

    def of(self, city: CityCode) -> list[Ambulance]:
        """The units that belong to a city, wherever they are."""
        return [ambulance for ambulance in self if ambulance.unit.city == city]

    def enter(
        self,
        ambulance: Ambulance,
        state: UnitState,
        *,
        reason: str | None = None,
        destination: str | None = None,
    ) -> None:
        """Change what a crew does; IllegalTransition or MissingField when the rules forbid it."""
        change_state(ambulance.state, state, reason=reason, destination=destination)
        if state is not ambulance.state:
            ambulance.since_ms = self.agenda.now_ms
        ambulance.state, ambulance.reason = state, reason

    def say_off_task(self, ambulance: Ambulance, source: StateSource = StateSource.TERMINAL) -> None:
        """Say the state of a unit that is on no task."""
        ambulance.terminal.state(ambulance.state, source, at_ms=ambulance.since_ms, reason=ambulance.reason)

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
