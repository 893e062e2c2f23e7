"""A synthetic region grown from a seed: places with people, stations, hospitals, units, driving minutes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from math import cos, pi, radians

import numpy as np
from numpy.typing import NDArray

from dispatch.decide.rules import DispatchRules, TravelRules
from dispatch.decide.travel import Floats, distances_km, straight_km
from simulators.engine import Rng, Streams
from simulators.study.cover import Cover
from simulators.study.model import Ground, StudyUnit
from simulators.study.policies import Advice
from simulators.study.returning import NearestNode
from simulators.study.scenario import Study, StudyCity

KM_PER_DEGREE = 111.195
"""Kilometres of a degree of latitude on the mean sphere."""


@dataclass(frozen=True)
class Geography:
    """Nodes as columns; `people` sums to a city's population (millions) over its nodes."""

    lat: Floats
    lon: Floats
    city: NDArray[np.int64]
    people: Floats
    units: tuple[StudyUnit, ...]
    stations: tuple[tuple[int, ...], ...]
    """Nodes with a station, by city."""
    hospitals: tuple[int, ...]

    @cached_property
    def km(self) -> Floats:
        """Straight kilometres between nodes."""
        into = [
            straight_km(self.lat, self.lon, lat, lon) for lat, lon in zip(self.lat, self.lon, strict=True)
        ]
        return np.column_stack(into)  # to the last digit as a ranking has them

    @cached_property
    def nearest_hospital(self) -> list[int]:
        """The hospital node of each node."""
        hospitals = np.array(self.hospitals)
        return [int(node) for node in hospitals[np.argmin(self.km[:, hospitals], axis=1)]]


def law_minutes(rules: TravelRules, km: Floats) -> Floats:
    """Driving minutes for straight kilometres at pace 1 (no hour, no blue light)."""
    road, d0 = km * rules.detour, rules.crossover_km
    minutes: Floats = np.where(road <= d0, 2 * np.sqrt(d0 * road), d0 + road) * (60 / rules.cruise_kmh)
    return minutes


class Pace:
    """What multiplies driving minutes at a moment: hour of the day, blue light."""

    def __init__(self, rules: DispatchRules) -> None:
        self._hours = rules.travel.hour_factor
        light = rules.travel.blue_light_factor
        self._light = tuple(light if blue else 1.0 for blue in rules.units.blue_light)
        self._blue = light
        self._cruise, self._fastest = rules.travel.cruise_kmh, rules.units.fastest_kmh

    def of(self, moment_min: float, priority: int) -> float:
        """For the drive to a call of a priority."""
        return self._hours[int(moment_min // 60) % 24] * self._light[priority - 1]

    def plain(self, moment_min: float) -> float:
        """Without blue light."""
        return self._hours[int(moment_min // 60) % 24]

    def stretch(self, priority: int) -> float:
        """What a priority's light adds to the plain hour."""
        return self._light[priority - 1]

    def least_noise(self, priority: int) -> float:
        """How much luck may shorten a drive before it would pass the fastest speed believed."""
        return self._cruise / (self._fastest * min(self._hours) * self._light[priority - 1])

    def blue(self, moment_min: float) -> float:
        """With blue light."""
        return self.plain(moment_min) * self._blue


def reach(rules: DispatchRules, moment_min: float) -> float:
    """Straight kilometres driven within the cover's standard at a moment, under blue light."""
    travel, d0 = rules.travel, rules.travel.crossover_km
    pace = Pace(rules).blue(moment_min)
    law = rules.units.coverage.standard_min * travel.cruise_kmh / 60 / pace
    return (law**2 / (4 * d0) if law <= 2 * d0 else law - d0) / travel.detour


def ground_of(geography: Geography, rules: DispatchRules) -> Ground:
    """Driving minutes between all nodes; patients are driven without blue light."""
    minutes = law_minutes(rules.travel, geography.km).tolist()
    plain = Pace(rules).plain
    return Ground(minutes, minutes, minutes, pace=plain, slow_pace=plain)


def advice_of(geography: Geography, rules: DispatchRules) -> Advice:
    """What policies go by in this region."""
    pace = Pace(rules)
    places = [node for nodes in geography.stations for node in nodes]
    weight = [
        float(geography.people[geography.city == city].sum()) / len(nodes)
        for city, nodes in enumerate(geography.stations)
        for _node in nodes
    ]

    covering = Cover(
        weight, geography.km[:, places], partial(reach, rules), rules.units.coverage.busy_fraction
    )
    flat = cos(radians(float(geography.lat.mean())))
    where = NearestNode(geography.lon * flat, geography.lat)
    return Advice(rules.units, pace.of, covering, where)


def draw(study: Study, seed: int) -> Geography:
    """The region of a scenario for one seed; the same seed draws the same."""
    streams = Streams(seed)
    parts = [_city(city, streams.of("geography", city.code)) for city in study.region.city]
    lat, lon, people = (np.concatenate([part[column] for part in parts]) for column in range(3))
    city = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    stations, hospitals, units = [], [], list[StudyUnit]()
    for number, plan in enumerate(study.region.city):
        nodes = np.flatnonzero(city == number)
        km = distances_km(lat[nodes], lon[nodes], lat[nodes], lon[nodes])
        at = [int(nodes[node]) for node in _medians(km, people[nodes], plan.stations)]
        stations.append(tuple(at))
        hospitals += [int(nodes[node]) for node in _medians(km, people[nodes], plan.hospitals)]
        serving = max(1, round(plan.units * study.scenario.fleet.get(plan.code, 1.0)))
        near = np.argmin(distances_km(lat[nodes], lon[nodes], lat[at], lon[at]), axis=1)
        load = np.bincount(near, weights=people[nodes], minlength=len(at)).astype(np.float64)
        bases = [at[station] for station in _shares(load, serving)]
        units += [
            StudyUnit(f"{plan.code[:2].upper()}-{place:03d}", base, number)
            for place, base in enumerate(bases, 1)
        ]
    units.sort(key=lambda unit: unit.id)  # lower number, lower id: the tie-break of the rule
    return Geography(lat, lon, city, people, tuple(units), tuple(stations), tuple(hospitals))


def _city(plan: StudyCity, rng: Rng) -> tuple[Floats, Floats, Floats]:
    core = max(1, min(plan.nodes - 1, round(plan.nodes * plan.core_share)))
    bearing = rng.uniform(0, 2 * pi, plan.towns)
    away = rng.uniform(*plan.town_km, plan.towns)
    town = rng.integers(plan.towns, size=plan.nodes - core)
    spread = np.concatenate((np.full(core, plan.core_km), np.full(len(town), plan.town_spread_km)))
    east = np.concatenate((np.zeros(core), (away * np.sin(bearing))[town]))
    north = np.concatenate((np.zeros(core), (away * np.cos(bearing))[town]))
    east += rng.normal(0, 1, plan.nodes) * spread
    north += rng.normal(0, 1, plan.nodes) * spread
    raw = rng.lognormal(0, 0.6, plan.nodes)
    in_core = np.arange(plan.nodes) < core
    people = np.where(in_core, plan.core_share, 1 - plan.core_share) * raw
    people /= np.where(in_core, raw[:core].sum(), raw[core:].sum())
    lat = plan.centre[0] + north / KM_PER_DEGREE
    lon = plan.centre[1] + east / (KM_PER_DEGREE * cos(radians(plan.centre[0])))
    return lat, lon, people * plan.population_million


def _medians(km: Floats, people: Floats, wanted: int) -> list[int]:
    """Places one after the other, each where it shortens the people's ways most (greedy p-median)."""
    chosen: list[int] = []
    nearest = np.full(len(people), float(km.max()) + 1)
    for _place in range(wanted):
        total = people @ np.minimum(nearest[:, None], km)
        total[chosen] = np.inf
        chosen.append(int(np.argmin(total)))
        nearest = np.minimum(nearest, km[:, chosen[-1]])
    return chosen


def _shares(load: Floats, units: int) -> Sequence[int]:
    """A station for each unit: one each while they last, then where the load of a unit is greatest."""
    held = np.zeros(len(load))
    given = []
    for _unit in range(units):
        per_unit = load / np.maximum(held, 1e-9)
        given.append(int(np.argmax(per_unit)))
        held[given[-1]] += 1
    return given
