"""The fleet at one moment, and why each unit may or may not be sent to one incident."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from dispatch.clock import epoch_ms
from dispatch.decide.reasons import Reason
from dispatch.decide.rules import UnitRules
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import IncidentState
from dispatch.domain.units import UNIT_CAPABILITIES, Capability, Unit, UnitId, UnitState, UnitStatus
from dispatch.picture.cities import CityView, Sight
from dispatch.picture.live import Picture

Mask = NDArray[np.bool_]
_NOT_MOVING = (IncidentState.WAITING, IncidentState.DISPATCHED)


@dataclass(slots=True)
class Survey:
    """Copies of the fleet's columns, so that a ranking never changes under the eyes of its reader.

    `age_s` is the age of the fix, `ahead_s` by how much it is dated in the future. `free`: in sight,
    dispatchable, with a usable position and not promised. `able`: free and with the capabilities
    needed; lending between cities is judged later.
    """

    units: tuple[Unit, ...]
    statuses: tuple[UnitStatus | None, ...]
    cities: tuple[CityCode, ...]
    sight: tuple[CityView, ...]
    city: NDArray[np.int16]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    speed_kmh: NDArray[np.float64]
    state: NDArray[np.int8]
    age_s: NDArray[np.float64]
    ahead_s: NDArray[np.float64]
    exclude_age_s: float
    future_tolerance_s: float
    needs: frozenset[Capability]
    incident: str | None
    assigned: frozenset[int]
    promised: dict[int, str]
    seen: Mask
    capable: Mask
    free: Mask
    able: Mask
    covers: dict[Capability, tuple[Capability, ...]]

    def why_not(self, row: int) -> tuple[Reason, ...]:
        """Every reason against a unit that is not able; empty when it is."""
        found = [
            self._sight(row),
            self._task(row),
            self._position(row),
            self._lack(row),
        ]
        return tuple(reason for reason in found if reason is not None)

    def _sight(self, row: int) -> Reason | None:
        return None if self.seen[row] else out_of_sight(self.sight[self.city[row]])

    def _task(self, row: int) -> Reason | None:
        if row in self.assigned:
            return Reason(code="already_assigned")
        status = self.statuses[row]
        if status is None:
            return Reason(code="state_unknown")
        if status.state in (UnitState.PAUSED, UnitState.OUT_OF_SERVICE):
            return Reason(code=status.state.name.lower(), facts={"text": status.reason or "—"})
        if not status.state.dispatchable:
            facts: dict[str, str | int | float] = {"state": status.state.name}
            if status.incident is None:
                return Reason(code="busy", facts=facts)
            return Reason(code="busy_incident", facts=facts | {"incident": status.incident})
        if row in self.promised:
            return Reason(code="promised", facts={"incident": self.promised[row]})
        return None

    def _position(self, row: int) -> Reason | None:
        if np.isnan(self.age_s[row]):
            return Reason(code="no_position")
        if self.ahead_s[row] > self.future_tolerance_s:
            return Reason(code="position_ahead", facts={"ahead_s": int(self.ahead_s[row])})
        if self.age_s[row] > self.exclude_age_s:
            return Reason(code="stale", facts={"age_s": int(self.age_s[row])})
        return None

    def _lack(self, row: int) -> Reason | None:
        if self.capable[row]:
            return None
        lacking = self.needs - with_covered(self.units[row].capabilities, self.covers)
        return Reason(code="lacks", facts={"needs": ",".join(sorted(lacking))})


def survey(
    picture: Picture, needs: Iterable[Capability], incident: str | None, rules: UnitRules, now: datetime
) -> Survey:
    """Look at every unit of the picture for an incident with these needs."""
    fleet = picture.fleet
    rows = len(fleet)
    units, statuses = tuple(fleet.units), tuple(fleet.statuses)
    vehicle_needs = frozenset(needs) & UNIT_CAPABILITIES or frozenset({Capability.BASIC})
    fixed_ms = fleet.fixed_ms[:rows]
    since_fix_s = np.where(fixed_ms > 0, (epoch_ms(now) - fixed_ms) / 1000, np.nan)
    age_s, ahead_s = np.maximum(since_fix_s, 0.0), np.maximum(-since_fix_s, 0.0)
    state, city = fleet.state[:rows].copy(), fleet.city[:rows].copy()
    sight = tuple(replace(picture.sight[code]) for code in fleet.cities)
    seen = np.array([can_be_ranked(view, rules.rank_silent_cities) for view in sight], np.bool_)[city]
    assigned, promised = _spoken_for(picture, incident)
    capable = _capable(units, vehicle_needs, rules)
    ready = (state == UnitState.AVAILABLE_ON_ROAD) | (state == UnitState.AVAILABLE_AT_STATION)
    fresh = (age_s <= rules.exclude_age_s) & (ahead_s <= rules.future_tolerance_s)
    free = seen & ready & fresh
    free[list(assigned | promised.keys())] = False
    return Survey(
        units=units,
        statuses=statuses,
        cities=fleet.cities,
        sight=sight,
        city=city,
        lat=fleet.lat[:rows].copy(),
        lon=fleet.lon[:rows].copy(),
        speed_kmh=fleet.speed_kmh[:rows].copy(),
        state=state,
        age_s=age_s,
        ahead_s=ahead_s,
        exclude_age_s=rules.exclude_age_s,
        future_tolerance_s=rules.future_tolerance_s,
        needs=vehicle_needs,
        incident=incident,
        assigned=assigned,
        promised=promised,
        seen=seen,
        capable=capable,
        free=free,
        able=free & capable,
        covers=rules.covers,
    )


def can_be_ranked(view: CityView, rank_silent: bool) -> bool:
    """Whether what a city last said may be acted upon."""
    return view.sight is Sight.LIVE or (rank_silent and view.sight is Sight.SILENT)


def out_of_sight(view: CityView, suffix: str = "") -> Reason:
    """Why a city's news cannot be used: offline, silent, or never heard (code + `suffix`)."""
    facts: dict[str, str | int | float] = {"city": view.city}
    if view.since is None or view.sight is Sight.NEVER:
        return Reason(code=f"city_never{suffix}", facts=facts)
    facts["since"] = view.since.isoformat()
    kind = "silent" if view.sight is Sight.SILENT else "offline"
    return Reason(code=f"city_{kind}{suffix}", facts=facts)


def with_covered(
    capabilities: frozenset[Capability], covers: dict[Capability, tuple[Capability, ...]]
) -> frozenset[Capability]:
    """The capabilities together with what they include: advanced also does basic."""
    return capabilities.union(*(covers.get(capability, ()) for capability in capabilities))


def _capable(units: tuple[Unit, ...], needs: frozenset[Capability], rules: UnitRules) -> Mask:
    held = [unit.capabilities for unit in units]
    able = {kinds: needs <= with_covered(kinds, rules.covers) for kinds in set(held)}
    return np.fromiter(map(able.__getitem__, held), np.bool_, len(held))


def _spoken_for(picture: Picture, incident: str | None) -> tuple[frozenset[int], dict[int, str]]:
    """Rows of units already sent to this incident, and of units that another one waits for."""
    assigned: set[int] = set()
    promised: dict[int, str] = {}
    for other in picture.incidents.values():
        if other.id == incident:
            assigned |= set(_rows(picture, other.sent))
        elif other.state in _NOT_MOVING:
            promised.update(dict.fromkeys(_rows(picture, other.sent), str(other.id)))
    if incident is not None:
        fleet = picture.fleet
        assigned |= {
            row
            for row, status in enumerate(fleet.statuses)
            if status is not None and status.incident == incident and status.state.on_task
        }
    return frozenset(assigned), promised


def _rows(picture: Picture, units: tuple[UnitId, ...]) -> list[int]:
    return [picture.fleet.row(unit) for unit in units if unit in picture.fleet]
