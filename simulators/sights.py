"""What simulated dispatchers see: every unit where it is, in the state its own centre last wrote."""

from dispatch.clock import from_epoch_ms
from dispatch.decide.ambulances import rank_units
from dispatch.decide.unit_models import UnitRanking, UnitRequest
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.incidents import Priority
from dispatch.domain.units import Capability, StateSource, UnitId, UnitState, UnitStatus
from dispatch.feed import payloads
from dispatch.picture.cities import Sight
from dispatch.picture.fleet import NO_STATE
from dispatch.settings import Configuration
from simulators.engine import Agenda
from simulators.fleet import Ambulances
from simulators.ground import Point


class Sights:
    """The picture of all simulated dispatchers, and the ranking they go by."""

    def __init__(self, configuration: Configuration, agenda: Agenda, fleet: Ambulances) -> None:
        self.heard: dict[UnitId, payloads.UnitStatus] = {}
        self.cut_off: set[CityCode] = set()
        """Cities that nobody outside can reach now."""
        self._agenda, self._fleet = agenda, fleet
        self._rules = configuration.dispatch_rules
        self._picture = configuration.new_picture()

    def hear(self, status: payloads.UnitStatus) -> None:
        """A unit's own centre wrote its state."""
        unit = UnitId(status.unit)
        if unit not in self._fleet.by_id:
            return
        self.heard[unit] = status
        row, columns = self._picture.fleet.row(unit), self._picture.fleet
        columns.statuses[row] = _status(status)
        columns.state[row], columns.since_ms[row] = status.state, status.since

    def forget(self) -> None:
        """Nothing is known of any unit: the centres are others from now on."""
        self.heard.clear()
        fleet = self._picture.fleet
        for row in range(len(fleet)):
            fleet.statuses[row], fleet.state[row], fleet.since_ms[row] = None, NO_STATE, 0

    def close(self, city: CityCode, closed: set[str]) -> None:
        """A city said which of its bridges are closed."""
        self._picture.close_bridges(city, closed)

    def reachable(self, asking: CityCode, other: CityCode) -> bool:
        """Whether two cities hear each other."""
        return asking == other or not self.cut_off & {asking, other}

    def free(self, city: CityCode) -> list[UnitId]:
        """The units of a city that may be sent."""
        units = (ambulance.unit.id for ambulance in self._fleet.of(city))
        return [
            unit for unit in units if (said := self.heard.get(unit)) and UnitState(said.state).dispatchable
        ]

    def rank(
        self,
        asking: CityCode,
        point: Point,
        priority: int,
        patients: int,
        needs: frozenset[Capability],
        incident: str | None,
    ) -> UnitRanking:
        """Every unit for a place, as the house's rule ranks them now."""
        self._look(asking)
        request = UnitRequest(
            position=Position(lat=point[0], lon=point[1]),
            city=asking,
            priority=Priority(priority),
            patients=patients,
            needs=needs,
            incident=incident,
        )
        return rank_units(self._picture, request, self._rules, from_epoch_ms(self._agenda.now_ms))

    def _look(self, asking: CityCode) -> None:
        now_ms, fleet = self._agenda.now_ms, self._picture.fleet
        for code, view in self._picture.sight.items():
            view.sight = Sight.LIVE if self.reachable(asking, code) else Sight.OFFLINE
            view.since = from_epoch_ms(now_ms)
        for ambulance in self._fleet:
            row = fleet.row(ambulance.unit.id)
            spot = ambulance.spot(now_ms)
            fleet.lat[row], fleet.lon[row] = spot.point
            fleet.speed_kmh[row] = spot.kmh
            fleet.fixed_ms[row] = fleet.received_ms[row] = now_ms


def _status(said: payloads.UnitStatus) -> UnitStatus:
    return UnitStatus(
        state=UnitState(said.state),
        since=from_epoch_ms(said.since),
        source=StateSource(said.source),
        incident=said.incident,
        task=said.task,
        destination=said.destination,
        reason=said.reason,
    )
