"""The configured cities as a study: their stations, units, hospitals, river and bridges."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from math import cos, radians

import numpy as np

from dispatch.decide.travel import Z90, Floats, columns, distances_km, travel_minutes
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode, Position
from dispatch.language import _
from dispatch.settings import Configuration
from simulators.engine import Streams
from simulators.study.compare import Scene
from simulators.study.cover import Cover
from simulators.study.geography import KM_PER_DEGREE, Pace, reach
from simulators.study.model import Ground, StudyCall, StudyUnit
from simulators.study.policies import Advice
from simulators.study.real_calls import MovedCall
from simulators.study.returning import NearestNode
from simulators.study.scenario import Region, Spreading

MOST_NODES = 3000


def onto_cities(
    configuration: Configuration, region: Region, moved: Sequence[MovedCall], seed: int, grid_km: float
) -> Scene:
    """Calls share a node with others in the same square of `grid_km`; travel is the law with bridges."""
    rules = configuration.dispatch_rules
    cities = tuple(city.code for city in configuration.cities)
    number = {code: row for row, code in enumerate(cities)}
    sites = {site.id: site.position for site in configuration.sites}
    stations = [site for site in configuration.sites if site.kind == "station"]
    places: dict[Position, int] = {}
    base = [places.setdefault(sites[site.id], len(places)) for site in stations]
    hospitals = [places.setdefault(one.position, len(places)) for one in configuration.hospitals]
    nodes = [places.setdefault(_square(call.position, grid_km), len(places)) for call in moved]
    if len(places) > MOST_NODES:
        raise DispatchError(
            _(
                "{count} different places; at most {limit}: choose a larger --grid-km",
                count=len(places),
                limit=MOST_NODES,
            )
        )
    lat, lon = columns(places)
    minutes = _minutes(configuration, lat, lon)
    at_station = {site.id: node for site, node in zip(stations, base, strict=True)}
    units = [
        StudyUnit(str(unit.id), at_station[unit.station], number[unit.city])
        for unit in sorted(configuration.units, key=lambda unit: unit.id)
        if unit.station in at_station
    ]
    if not units:
        raise DispatchError(_("no unit of the configuration has a station"))
    pace = Pace(rules)
    cover = Cover(
        [
            configuration.cities[number[site.city]].population_million
            / sum(other.city == site.city for other in stations)
            for site in stations
        ],
        distances_km(lat, lon, lat[base], lon[base]),
        partial(reach, rules),
        rules.units.coverage.busy_fraction,
    )
    where = NearestNode(lon * cos(radians(float(lat.mean()))), lat)
    nearest = [hospitals[int(row)] for row in np.argmin(minutes[:, hospitals], axis=1)]
    table = minutes.tolist()
    drawn = _drawn(moved, nodes, nearest, region, configuration, number, seed)
    ground = Ground(table, table, table, pace=pace.plain, slow_pace=pace.plain)
    return Scene(cities, ground, tuple(units), drawn, Advice(rules.units, pace.of, cover, where))


def _square(position: Position, grid_km: float) -> Position:
    """The middle of the square that a place lies in."""
    step = grid_km / KM_PER_DEGREE
    return Position(
        lat=round(round(position.lat / step) * step, 6), lon=round(round(position.lon / step) * step, 6)
    )


def _minutes(configuration: Configuration, lat: Floats, lon: Floats) -> Floats:
    """Minutes at pace 1 from every node (row) to every other (column)."""
    rules = configuration.dispatch_rules.travel
    flat = rules.model_copy(update={"hour_factor": (1.0,) * 24})
    noon = datetime(2026, 1, 1, 4, tzinfo=UTC)
    to = [Position(lat=float(a), lon=float(b)) for a, b in zip(lat, lon, strict=True)]
    into = [
        travel_minutes(configuration.bridges, flat, lat, lon, position, noon, blue_light=False).minutes
        for position in to
    ]
    return np.column_stack(into)


def _drawn(
    moved: Sequence[MovedCall],
    nodes: Sequence[int],
    nearest: Sequence[int],
    region: Region,
    configuration: Configuration,
    number: dict[CityCode, int],
    seed: int,
) -> tuple[StudyCall, ...]:
    rng, rules = Streams(seed).of("study calls"), configuration.dispatch_rules
    accept = rules.units.acceptance_min
    accept_sigma = float(np.log(accept.p90 / accept.p50)) / Z90 if accept.p50 > 0 else 0.0
    pace, found = Pace(rules), []
    for call, node in zip(moved, nodes, strict=True):
        city = configuration.city_of(call.position) or call.city.code
        scene, handover = (_draw(one, rng.normal()) for one in (region.scene_min, region.hospital_min))
        carried = rng.random() < region.transported[call.priority - 1]
        noise = float(np.exp(rules.travel.spread_sigma * rng.normal()))
        stretch = max(noise, pace.least_noise(call.priority)) * pace.stretch(call.priority)
        found.append(
            StudyCall(
                str(call.line),
                call.at_min,
                node,
                call.priority,
                number[city],
                scene if call.scene_min is None else call.scene_min,
                nearest[node] if carried else None,
                handover,
                acceptance_min=accept.p50 * float(np.exp(accept_sigma * rng.normal())),
                stretch=stretch,
            )
        )
    return tuple(found)


def _draw(spreading: Spreading, normal: float) -> float:
    return spreading.median * float(np.exp(spreading.sigma * normal))
