"""What the rows up to a moment show: incidents, units, orders, alarms, links, lending.

Nothing is invented. A unit stands where its state says that it must stand (its station, the incident, the
hospital); between two places it has no position, because positions are not in the log.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from dispatch.audit.entry import AuditRow
from dispatch.centre.asking import Standing, Urgency
from dispatch.clock import from_epoch_ms
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import Incident, IncidentId, IncidentState
from dispatch.domain.orders import RequestId
from dispatch.domain.timeline import SENTENCES, Entry
from dispatch.domain.units import UnitId, UnitState, UnitStatus
from dispatch.picture.alarms import Alarms
from dispatch.picture.changes import Changes
from dispatch.picture.cities import CityView
from dispatch.picture.fleet import NO_STATE
from dispatch.picture.live import Picture


@dataclass(slots=True)
class Recorded:
    """A decision of the recorded desk, as its console wrote it."""

    request: RequestId
    unit: UnitId
    incident: IncidentId
    since_ms: int
    standing: Standing
    why: str = ""

    @property
    def since(self) -> datetime:
        return from_epoch_ms(self.since_ms)

    @property
    def urgency(self) -> Urgency:
        return Urgency.NONE

    @property
    def settled(self) -> bool:
        return self.standing.settled


@dataclass(slots=True)
class Scene:
    """A picture that rows are applied to, in their order; `clear` makes it as new."""

    picture: Picture
    home_city: CityCode
    orders: dict[RequestId, Recorded] = field(default_factory=dict)
    offers: dict[IncidentId, AuditRow] = field(default_factory=dict)
    """The newest recommendation of units for each incident."""
    refused: dict[str, int] = field(default_factory=dict)
    nowhere: set[str] = field(default_factory=set)
    """Incidents whose log does not say where: marked (?) at their city's centre, and no unit is put there."""

    def clear(self) -> None:
        """Before the first row: everything standing is known, nothing has been heard."""
        picture = self.picture
        shown: dict[str, Iterable[str]] = {
            "incident": picture.incidents,
            "aid": picture.aids,
            "unit": [unit.id for unit in picture.fleet.units],
            "alarm": [*picture.alarms.by_id, *picture.neighbours_alarms.by_id],
            "city": picture.cities,
        }
        for kind, keys in shown.items():
            for key in keys:
                picture.changes.mark(kind, key)
        for held in (
            picture.incidents,
            picture.timelines,
            picture.aids,
            self.orders,
            self.offers,
            self.refused,
        ):
            held.clear()
        picture.alarms.by_id.clear()
        picture.neighbours_alarms.by_id.clear()
        fleet = picture.fleet
        fleet.statuses[:] = [None] * len(fleet)
        fleet.state[:] = NO_STATE
        fleet.since_ms[:] = fleet.fixed_ms[:] = fleet.received_ms[:] = 0
        fleet.lat[:] = fleet.lon[:] = np.nan
        picture.sight.update({code: CityView(code) for code in picture.cities})

    # --- incidents ---------------------------------------------------------------------------------

    def change(self, key: str, **changes: object) -> None:
        held = self.picture.incidents.get(IncidentId(key))
        if held is not None:
            self.picture.incidents[held.id] = held.model_copy(update=changes)
            self.picture.changes.mark("incident", key)

    def line(self, key: str, row: AuditRow, code: str, at_ms: int | None = None, **facts: str | int) -> None:
        incident = IncidentId(key)
        if incident not in self.picture.incidents or code not in SENTENCES:
            return
        held = self.picture.timelines.get(incident, ())
        at = from_epoch_ms(row.ts if at_ms is None else at_ms)
        entry = Entry(number=len(held) + 1, at=at, code=code, by=row.actor, facts=facts)
        self.picture.timelines[incident] = (*held, entry)
        self.picture.changes.mark("timeline", key)

    def settle(self, key: str) -> None:
        """The state that its units give an incident, as its centre reckons it."""
        held = self.picture.incidents.get(IncidentId(key))
        if held is None or not held.state.open:
            return
        states = {self._state_on(held, unit) for unit in held.units}
        state: IncidentState = IncidentState.TRANSPORTING
        if not states:
            state = held.state if held.state is IncidentState.HELD else IncidentState.WAITING
        elif UnitState.ON_SCENE in states:
            state = IncidentState.ON_SCENE
        elif min(states) <= UnitState.EN_ROUTE:
            state = IncidentState.DISPATCHED
        self.change(key, state=state)

    def _state_on(self, incident: Incident, unit: UnitId) -> UnitState:
        fleet = self.picture.fleet
        status = fleet.statuses[fleet.row(unit)] if unit in fleet else None
        on_it = status is not None and status.incident == incident.id and status.state.on_task
        return status.state if status is not None and on_it else UnitState.ASSIGNED

    def join(self, key: str, unit: UnitId, *, leaves: bool = False) -> None:
        held = self.picture.incidents.get(IncidentId(key))
        if held is not None and leaves is (unit in held.units):
            rest = tuple(one for one in held.units if one != unit)
            self.change(key, units=rest if leaves else (*rest, unit))
        self.settle(key)

    # --- units -------------------------------------------------------------------------------------

    def put_unit(self, unit: UnitId, status: UnitStatus, row: AuditRow) -> None:
        """Written past the rule that only newer words count: the order of the rows is what happened."""
        fleet = self.picture.fleet
        if unit not in fleet:
            return
        place = fleet.row(unit)
        fleet.statuses[place] = status
        fleet.state[place], fleet.since_ms[place] = int(status.state), round(status.since.timestamp() * 1000)
        where = self._where(unit, status)
        fleet.lat[place] = where.lat if where is not None else np.nan
        fleet.lon[place] = where.lon if where is not None else np.nan
        fleet.fixed_ms[place] = fleet.received_ms[place] = row.ts if where is not None else 0
        self.picture.changes.mark("unit", unit)

    def _where(self, unit: UnitId, status: UnitStatus) -> Position | None:
        """Where a unit must be by its state alone; None: between two places."""
        picture = self.picture
        if status.state is UnitState.ON_SCENE:
            incident = picture.incidents.get(IncidentId(status.incident or ""))
            return None if incident is None or incident.id in self.nowhere else incident.position
        if status.state is UnitState.AT_HOSPITAL:
            hospital = picture.hospitals.get(HospitalId(status.destination or ""))
            return None if hospital is None else hospital.position
        if status.state is UnitState.AVAILABLE_AT_STATION:
            station = picture.fleet.units[picture.fleet.row(unit)].station
            site = None if station is None else picture.sites.get(station)
            return None if site is None else site.position
        return None

    def alarms_of(self, city: str) -> Alarms:
        return self.picture.alarms if city == self.home_city else self.picture.neighbours_alarms

    @property
    def changes(self) -> Changes:
        return self.picture.changes
