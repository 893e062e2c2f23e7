"""Driving minutes: by what the ways know, else straight line x detour, by a bridge where banks differ.

Kolesar, Walker and Hausner (Operations Research 23(4), 1975): short trips take time by the square
root of their length, long ones a constant speed. With cruise speed v and crossover D0 (road km):
minutes = 60 / v * 2 sqrt(D0 D) up to D0, and 60 / v * (D0 + D) beyond; both meet smoothly at D0.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import exp, hypot
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatch.decide.corrections import NONE
from dispatch.decide.reasons import CHINA, Fact, Reason
from dispatch.decide.river import bank_side
from dispatch.decide.rules import TravelRules
from dispatch.decide.ways import BY_LAW, LAW, ROADS, ROADS_METHOD, TABLE, TABLE_METHOD, Beyond
from dispatch.domain.geography import Bridge, Position
from dispatch.language import N_

Floats = NDArray[np.float64]
EARTH_KM = 6371.0088
"""Mean radius, as the haversine package takes it."""
Z90 = 1.2815515655446004
"""90 % point of the standard normal distribution."""

STRAIGHT = N_("estimate: straight line × detour")
BY_BRIDGE = N_("estimate: straight lines × detour, by a bridge")


class Range(NamedTuple):
    """Minutes at the 10 %, 50 % and 90 % points."""

    p10: float
    p50: float
    p90: float


@dataclass(frozen=True, slots=True)
class Eta:
    """Minutes until arrival: median, p10 to p90, how it was got (translate `method`), its parts.

    `learned_factor` is what past trips made of the driving part; 1: nothing.
    """

    minutes: float
    low_min: float
    high_min: float
    method: str = STRAIGHT
    components: dict[str, float] = field(default_factory=dict)
    learned_factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Drive:
    """Trips between many places and one: straight km, median minutes, where the minutes come from.

    `road_km` and `bridge` (-1: none) are those of the law. `learned` and `trips`: what multiplied the
    minutes, and from how many past trips it was learned (0: none). `notes` are about all the trips.
    """

    straight_km: Floats
    road_km: Floats
    minutes: Floats
    bridge: NDArray[np.int64]
    source: NDArray[np.int8]
    sigma: Floats
    learned: Floats
    trips: NDArray[np.int64]
    off_road: NDArray[np.bool_]
    notes: tuple[Reason, ...] = ()

    def method(self, row: int) -> str:
        """How the minutes of one trip were got."""
        if self.source[row] == LAW:
            return STRAIGHT if self.bridge[row] < 0 else BY_BRIDGE
        return ROADS_METHOD if self.source[row] == ROADS else TABLE_METHOD

    def range(self, row: int) -> Range:
        """p10, p50 and p90 of one trip, log-normal about its median."""
        return log_normal(float(self.minutes[row]), float(self.sigma[row]))

    def reasons(self, row: int) -> Iterator[Reason]:
        """What a reader should know of how the minutes of one trip were got."""
        if self.off_road[row]:
            yield Reason(code="off_road")
        if self.trips[row]:
            percent = round((float(self.learned[row]) - 1) * 100, 1)
            facts: dict[str, Fact] = {"percent": abs(percent), "trips": int(self.trips[row])}
            if percent < 0:
                yield Reason(code="learned_shorter", facts=facts)
            else:
                yield Reason(code="learned_longer", facts=facts)


def travel_minutes(
    bridges: Sequence[Bridge],
    rules: TravelRules,
    from_lat: Floats,
    from_lon: Floats,
    to: Position,
    now: datetime,
    *,
    blue_light: bool,
    away: bool = False,
    beyond: Beyond = BY_LAW,
) -> Drive:
    """Driving from every given place (degrees, NaN stays NaN) to `to`, starting at `now`.

    With `away` from `to` to every given place. What the ways know replaces the law row by row, but not
    where the law's usual way leads over a bridge that is closed. Where all are closed, none counts as such.
    """
    drive = _by_law(bridges, rules, from_lat, from_lon, to, now, blue_light=blue_light)
    notes = tuple(Reason(code="bridge_closed", facts={"bridge": one.id}) for one in bridges if one.closed)
    if beyond.ways is not None:
        known = beyond.ways.between(from_lat, from_lon, to, away=away)
        better = np.isfinite(known.seconds)
        if notes:  # roads and servers know of no closure
            usual = _by_law(_all_open(bridges), rules, from_lat, from_lon, to, now, blue_light=blue_light)
            shut = np.array([one.closed for one in bridges])
            better &= (usual.bridge < 0) | ~shut[usual.bridge]
        minutes = known.seconds / 60 * pace(rules, now, blue_light=blue_light)
        drive = replace(
            drive,
            minutes=np.where(better, minutes, drive.minutes),
            bridge=np.where(better, -1, drive.bridge),
            source=np.where(better, known.source, drive.source).astype(np.int8),
            sigma=np.where(better, known.sigma, drive.sigma),
            off_road=known.off_road & ~better,
            notes=known.notes,
        )
    return _corrected(replace(drive, notes=notes + drive.notes), to, now, beyond)


def _by_law(
    bridges: Sequence[Bridge],
    rules: TravelRules,
    from_lat: Floats,
    from_lon: Floats,
    to: Position,
    now: datetime,
    *,
    blue_light: bool,
) -> Drive:
    straight = straight_km(from_lat, from_lon, to.lat, to.lon)
    road = straight * rules.detour
    count = len(straight)
    bridge = np.full(count, -1, np.int64)
    if bridges and rules.river:
        across = np.flatnonzero(
            bank_side(rules.river, from_lat, from_lon)
            != bank_side(rules.river, np.array([to.lat]), np.array([to.lon]))
        )
        usable = np.flatnonzero([not one.closed for one in bridges])
        if not usable.size:
            usable = np.arange(len(bridges))
        lat, lon = columns(bridges[int(index)].position for index in usable)
        total = distances_km(from_lat[across], from_lon[across], lat, lon)
        total += straight_km(lat, lon, to.lat, to.lon)
        best = np.argmin(total, axis=1)
        by_bridge = total[np.arange(len(across)), best]  # good to a decimetre: never below the straight line
        road[across] = np.maximum(by_bridge, straight[across]) * rules.detour
        bridge[across] = usable[best]
    return Drive(
        straight_km=straight,
        road_km=road,
        minutes=drive_minutes(rules, road, now, blue_light=blue_light),
        bridge=bridge,
        source=np.full(count, LAW, np.int8),
        sigma=np.full(count, rules.spread_sigma),
        learned=np.ones(count),
        trips=np.zeros(count, np.int64),
        off_road=np.zeros(count, np.bool_),
    )


def _all_open(bridges: Sequence[Bridge]) -> list[Bridge]:
    return [one.model_copy(update={"closed": False}) for one in bridges]


_NAMES = {LAW: "estimate", ROADS: "roads", TABLE: "server"}
"""How the audit log and the corrections call a source; the methods begin with the same words."""


def method_name(method: str) -> str:
    """ "estimate", "roads" or "server": the first word of a method."""
    return method.partition(":")[0]


def _corrected(drive: Drive, place: Position, now: datetime, beyond: Beyond) -> Drive:
    """Times what past trips taught for this place and hour, each source by its own."""
    learnt = beyond.corrections
    if learnt is None:
        return drive
    found = [learnt.at(_NAMES[source], place.lat, place.lon, now) for source in sorted(_NAMES)]
    if all(one == NONE for one in found):
        return drive
    factor = np.array([one.factor for one in found])[drive.source]
    trips = np.array([one.trips for one in found], np.int64)[drive.source]
    return replace(drive, minutes=drive.minutes * factor, learned=factor, trips=trips)


def drive_minutes(rules: TravelRules, road_km: Floats, now: datetime, *, blue_light: bool) -> Floats:
    """Median minutes for road kilometres at the hour of `now` in China."""
    d0 = rules.crossover_km
    law = np.where(road_km <= d0, 2 * np.sqrt(d0 * road_km), d0 + road_km)
    minutes: Floats = law * (60 / rules.cruise_kmh * pace(rules, now, blue_light=blue_light))
    return minutes


def pace(rules: TravelRules, now: datetime, *, blue_light: bool) -> float:
    """What multiplies driving minutes: hour of the day, and blue light."""
    light = rules.blue_light_factor if blue_light else 1.0
    return rules.hour_factor[now.astimezone(CHINA).hour] * light


def reach_km(rules: TravelRules, minutes: float, now: datetime, *, blue_light: bool) -> float:
    """Straight kilometres that can be driven in `minutes`: the law turned round, no river."""
    law = minutes * rules.cruise_kmh / 60 / pace(rules, now, blue_light=blue_light)
    d0 = rules.crossover_km
    road = law**2 / (4 * d0) if law <= 2 * d0 else law - d0
    return road / rules.detour


def drive_range(rules: TravelRules, minutes: float) -> Range:
    """p10, p50 and p90 of a drive, log-normal about its median."""
    return log_normal(minutes, rules.spread_sigma)


def log_normal(minutes: float, sigma: float) -> Range:
    """p10, p50 and p90 about a median, `sigma` the standard deviation of the logarithm."""
    stretch = exp(Z90 * sigma)
    return Range(minutes / stretch, minutes, minutes * stretch)


def total_eta(
    parts: Mapping[str, Range], method: str, *, later_min: float = 0.0, learned_factor: float = 1.0
) -> Eta:
    """Independent parts one after the other: medians add, deviations add as root of squares.

    `later_min` widens the late end only: what an old position may hide.
    """
    middle = sum(part.p50 for part in parts.values())
    early = hypot(*(part.p50 - part.p10 for part in parts.values()))
    late = hypot(*(part.p90 - part.p50 for part in parts.values()))
    components = {name: round(part.p50, 3) for name, part in parts.items()}
    if later_min:
        components["position_age"] = round(later_min, 3)
    return Eta(middle, middle - early, middle + late + later_min, method, components, learned_factor)


def straight_km(lat: Floats, lon: Floats, to_lat: float, to_lon: float) -> Floats:
    """Haversine kilometres from many points (degrees) to one."""
    a, b = np.radians(lat), np.radians(to_lat)
    half = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(to_lon - lon) / 2) ** 2
    km: Floats = 2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(half, 1)))  # rounding passes 1 at antipodes
    return km


def distances_km(lat: Floats, lon: Floats, to_lat: Floats, to_lon: Floats) -> Floats:
    """Kilometres between all pairs (rows: from, columns: to), good to a decimetre."""
    dot = unit_vectors(lat, lon) @ unit_vectors(to_lat, to_lon).T
    km: Floats = 2 * EARTH_KM * np.arcsin(np.sqrt(np.clip((1 - dot) / 2, 0, 1)))
    return km


def unit_vectors(lat: Floats, lon: Floats) -> Floats:
    """Points on the unit sphere, one row each."""
    a, b = np.radians(lat), np.radians(lon)
    return np.column_stack((np.cos(a) * np.cos(b), np.cos(a) * np.sin(b), np.sin(a)))


def columns(positions: Iterable[Position]) -> tuple[Floats, Floats]:
    """Latitudes and longitudes of positions, degrees."""
    array = np.array([(position.lat, position.lon) for position in positions], np.float64).reshape(-1, 2)
    return array[:, 0], array[:, 1]
