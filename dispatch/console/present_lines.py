"""Lines that the map draws anew with the picture: ways of moving units, rings of driving minutes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dispatch.console.present_scene import Scene
from dispatch.console.widgets.map_layers import Mark, MarkRank, Outline
from dispatch.decide.rules import DispatchRules
from dispatch.decide.travel import travel_minutes
from dispatch.domain.geography import Bridge, Position
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import IncidentId
from dispatch.domain.units import UnitId, UnitState
from dispatch.language import _
from dispatch.picture.fleet import UnitView
from dispatch.picture.live import Picture

Floats = NDArray[np.float64]
_TO_SCENE = frozenset({UnitState.ASSIGNED, UnitState.ACKNOWLEDGED, UnitState.EN_ROUTE})
_BEARINGS, _STEPS = 72, 60
_REACH_KM_A_MIN = 2.2
"""No ring reaches further than this for each of its minutes: 132 km/h in a straight line."""
_KM_PER_DEGREE = 111.195


@dataclass(frozen=True, slots=True)
class Reckoning:
    """By what the map reckons driving times: the bridges, the rules, the hour."""

    bridges: tuple[Bridge, ...]
    rules: DispatchRules
    now: datetime

    def minutes(self, lat: Floats, lon: Floats, to: Position) -> tuple[Floats, NDArray[np.int64]]:
        """Minutes under blue lights from each point to a place, and by which bridge (-1: by none)."""
        drive = travel_minutes(
            self.bridges,
            self.rules.travel,
            lat,
            lon,
            to,
            self.now,
            blue_light=True,
            beyond=self.rules.beyond,
        )
        return drive.minutes, drive.bridge


def bound_for(view: UnitView, picture: Picture) -> Position | None:
    """Where a unit drives to: its incident, or with a patient the hospital named; None: nowhere."""
    status = view.status
    if status is None:
        return None
    if status.state in _TO_SCENE and status.incident:
        incident = picture.incidents.get(IncidentId(status.incident))
        return incident.position if incident else None
    if status.state is UnitState.TRANSPORTING and status.destination:
        hospital = picture.hospitals.get(HospitalId(status.destination))
        return hospital.position if hospital else None
    return None


def on_the_way(picture: Picture, shown: tuple[str, str] | None, *, everyone: bool) -> list[UnitId]:
    """Whose way is drawn: the unit looked at, those of the incident looked at, or everybody's."""
    fleet = picture.fleet
    if everyone:
        pairs = zip(fleet.units, fleet.statuses, strict=True)
        return [unit.id for unit, status in pairs if status is not None and status.state.on_task]
    kind, key = shown or ("", "")
    if kind == "unit" and UnitId(key) in fleet:
        return [UnitId(key)]
    incident = picture.incidents.get(IncidentId(key)) if kind == "incident" else None
    return [unit for unit in incident.units if unit in fleet] if incident is not None else []


def routes(units: Iterable[UnitId], picture: Picture, scene: Scene, by: Reckoning) -> Outline:
    """The ways of units: straight, or by the bridge that their driving time is reckoned over.

    A unit whose place is old or out of sight has none: nobody knows where it is.
    """
    trips: list[tuple[Position, Position]] = []
    for unit in units:
        view = picture.fleet.view(unit)
        to, fix = bound_for(view, picture), view.fix
        fresh = fix is not None and (scene.now - fix.fixed_at).total_seconds() < scene.limits.stale_s
        if to is not None and fix is not None and fresh and scene.seen(view.unit.city):
            trips.append((fix.position, to))
    segments: list[tuple[float, float, float, float]] = []
    for to in dict.fromkeys(to for _start, to in trips):
        starts = [start for start, end in trips if end == to]
        lat, lon = (np.array([getattr(one, axis) for one in starts]) for axis in ("lat", "lon"))
        _minutes, over = by.minutes(lat, lon, to)
        for start, bridge in zip(starts, over.tolist(), strict=True):
            stops = [start, *([by.bridges[bridge].position] if bridge >= 0 else []), to]
            segments += [(a.lon, a.lat, b.lon, b.lat) for a, b in pairwise(stops)]
    return Outline(np.array(segments, np.float64).reshape(-1, 4), "map_route")


def eta_rings(to: Position, minutes: Sequence[float], by: Reckoning) -> tuple[list[Outline], list[Mark]]:
    """How far away a unit may be that is at a place within so many minutes; one ring each, with its label.

    Along each bearing the ring stands where the time is first exceeded, so that a river without a bridge
    bends it inwards.
    """
    most = max(minutes, default=0.0)
    if most <= 0:
        return [], []
    bearing = np.linspace(0, 2 * np.pi, _BEARINGS, endpoint=False)
    km = np.linspace(0, most * _REACH_KM_A_MIN, _STEPS + 1)[1:]
    north, east = np.cos(bearing)[:, None] * km, np.sin(bearing)[:, None] * km
    lat = to.lat + north / _KM_PER_DEGREE
    lon = to.lon + east / (_KM_PER_DEGREE * np.cos(np.radians(to.lat)))
    taken, _over = by.minutes(lat.ravel(), lon.ravel(), to)
    taken = taken.reshape(lat.shape)
    outlines, labels = [], []
    for limit in minutes:
        radius = _first_beyond(taken, km, limit)
        points_lat = to.lat + np.cos(bearing) * radius / _KM_PER_DEGREE
        points_lon = to.lon + np.sin(bearing) * radius / (_KM_PER_DEGREE * np.cos(np.radians(to.lat)))
        ring = np.stack([points_lon, points_lat, np.roll(points_lon, -1), np.roll(points_lat, -1)], axis=1)
        outlines.append(Outline(ring, "map_ring"))
        top = int(np.argmax(points_lat))
        labels.append(
            Mark(
                "ring",
                f"{limit:g}",
                Position(lat=float(points_lat[top]), lon=float(points_lon[top])),
                "",
                "map_ring",
                _("{minutes} min", minutes=f"{limit:g}"),
                MarkRank.RING,
                "map_ring",
            )
        )
    return outlines, labels


def _first_beyond(taken: Floats, km: Floats, limit: float) -> Floats:
    """Along each row the kilometres at which `limit` minutes are first exceeded, between two steps."""
    beyond = ~(taken <= limit)
    at = np.where(beyond.any(axis=1), beyond.argmax(axis=1), len(km) - 1)
    rows = np.arange(len(taken))
    before_km = np.where(at > 0, km[np.maximum(at - 1, 0)], 0.0)
    before_min = np.where(at > 0, taken[rows, np.maximum(at - 1, 0)], 0.0)
    after_min = taken[rows, at]
    with np.errstate(invalid="ignore", divide="ignore"):
        part = np.clip((limit - before_min) / (after_min - before_min), 0.0, 1.0)
    part = np.where(np.isfinite(part), part, 0.0)
    reached: Floats = before_km + (km[at] - before_km) * part
    return reached
