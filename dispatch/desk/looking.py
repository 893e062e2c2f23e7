"""Everything an operator can look up: rankings, what is near, what a city keeps, who comes when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from dispatch.decide.ambulances import UnitRanking, UnitRequest, rank_units
from dispatch.decide.blood import BloodNeed, BloodRanking, rank_blood
from dispatch.decide.hospitals import HospitalRanking, HospitalRequest, rank_hospitals
from dispatch.decide.keeps import keeps_after
from dispatch.decide.travel import travel_minutes
from dispatch.desk.free_stock import without_held
from dispatch.desk.part import Part
from dispatch.domain.geography import CityCode, Position, great_circle_km
from dispatch.domain.incidents import Incident, IncidentId, Priority
from dispatch.domain.timeline import Entry
from dispatch.domain.units import UnitId, UnitState
from dispatch.language import _
from dispatch.picture.find import Found, find
from dispatch.picture.fleet import UnitView

_COMING = frozenset({UnitState.ASSIGNED, UnitState.ACKNOWLEDGED, UnitState.EN_ROUTE})
_THERE = frozenset({UnitState.ON_SCENE, UnitState.TRANSPORTING, UnitState.AT_HOSPITAL})


@dataclass(frozen=True, slots=True)
class Keeps:
    """What a city keeps when it lends; the stations by their names in the language in use."""

    free: int
    left: int
    fleet: int
    reserve: int
    bare_stations: tuple[str, ...]


class Looking(Part):
    """Looking changes nothing and needs no right."""

    def find(self, query: str, limit: int = 20, kinds: frozenset[str] | None = None) -> list[Found]:
        """Units, incidents, hospitals, banks and sites by number, name or pinyin, best first."""
        return find(self.picture, query, limit, kinds)

    def rank_units(self, incident_id: str) -> UnitRanking:
        """Every unit of every city for one incident: ranked, or left out with its reasons."""
        incident = self.incident(incident_id)
        request = UnitRequest(
            position=incident.position,
            city=incident.city,
            priority=incident.priority,
            patients=incident.patients,
            needs=incident.needs,
            incident=incident.id,
        )
        return rank_units(self.picture, request, self.configuration.dispatch_rules, self.clock.now())

    def rank_hospitals(self, incident_id: str) -> HospitalRanking:
        """Every hospital for the patients of one incident."""
        incident = self.incident(incident_id)
        request = HospitalRequest(
            position=incident.position,
            city=incident.city,
            needs=incident.needs,
            priority=incident.priority,
        )
        return rank_hospitals(self.picture, request, self.configuration.dispatch_rules, self.clock.now())

    def rank_blood(self, need: BloodNeed) -> BloodRanking:
        """Every bank for one need of blood, without what is held there already."""
        free = without_held(self.picture)
        return rank_blood(free, need, self.configuration.blood_rules, self.clock.now())

    def city_at(self, position: Position) -> CityCode:
        """The city whose district holds a point, or the city with the nearest centre outside all."""
        inside = self.configuration.city_of(position)
        if inside is not None:
            return inside
        cities = self.picture.cities.values()
        return min(cities, key=lambda city: great_circle_km(city.centre, position)).code

    def similar(self, position: Position) -> Sequence[Incident]:
        """Open incidents so near and so recent that a call may be about one of them, nearest first."""
        words = self.configuration.incident_words
        since = self.clock.now() - timedelta(minutes=words.similar_min)
        near = [
            (great_circle_km(incident.position, position), incident)
            for incident in self.picture.open_incidents()
            if incident.opened_at >= since
        ]
        close = [pair for pair in near if pair[0] * 1000 <= words.similar_m]
        return [incident for _km, incident in sorted(close, key=lambda pair: pair[0])]

    def timeline(self, incident_id: IncidentId) -> Sequence[Entry]:
        """The newest lines of an incident's timeline, oldest first."""
        return self.picture.timelines.get(incident_id, ())

    def keeps(self, lender: CityCode, priority: Priority, count: int, units: Sequence[UnitId] = ()) -> Keeps:
        """What a city keeps without `units`; where they are fewer than `count`, without as many more."""
        kept = keeps_after(
            self.picture,
            lender,
            priority,
            units,
            count,
            self.configuration.dispatch_rules,
            self.clock.now(),
        )
        bare = tuple(self.said(site.name) for site in kept.bare)
        return Keeps(kept.free, kept.left, kept.fleet, kept.reserve, bare)

    # --- what a caller who chases is told ------------------------------------------------------

    def chase_help(self, incident_id: IncidentId) -> str:
        """Which unit comes, and in about how many minutes."""
        incident = self.incident(incident_id)
        coming, there = [], []
        for unit in incident.units:
            view = self.picture.fleet.view(unit) if unit in self.picture.fleet else None
            if view is None or view.status is None:
                coming.append(_("{unit} was sent", unit=unit))
            elif view.status.state in _THERE:
                there.append(_("{unit} has reached the scene", unit=unit))
            elif view.status.state in _COMING:
                coming.append(self._when(view, incident))
        said = [*there, *coming]
        return (
            _("; ").join(said) if said else _("no unit is on its way to {incident} yet", incident=incident.id)
        )

    def _when(self, view: UnitView, incident: Incident) -> str:
        """A coming unit with its minutes, where its place is known; not on its way before it has left."""
        rolling = view.status is not None and view.status.state is UnitState.EN_ROUTE
        if view.fix is None:
            said = _("{unit} is on its way", unit=view.unit.id)
            return said if rolling else _("{unit} was sent", unit=view.unit.id)
        rules, urgency = self.configuration.dispatch_rules, int(incident.priority) - 1
        drive = travel_minutes(
            self.picture.bridges,
            rules.travel,
            np.array([view.fix.position.lat]),
            np.array([view.fix.position.lon]),
            incident.position,
            self.clock.now(),
            blue_light=rules.units.blue_light[urgency],
            beyond=rules.beyond,
        )
        minutes = float(drive.minutes[0])
        if not rolling:
            minutes += rules.units.turnout.at_station.p50
        facts = {"unit": view.unit.id, "minutes": max(1, round(minutes))}
        if not rolling:
            return _("{unit} was sent and has not left yet, about {minutes} min", **facts)
        return _("{unit} is on its way, about {minutes} min", **facts)
