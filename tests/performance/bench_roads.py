"""How long one incident takes by road: its Dijkstra and the ranking, against a plain Dijkstra in Python.

The graph is synthetic: 60,000 junctions, most of them about the centres of the three cities, joined to
their neighbours, a tenth of the roads one-way. `python -m tests.performance.bench_roads` prints the figures.
"""

import heapq
import json
import random
import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.spatial import Delaunay

from dispatch.decide.ambulances import UnitRequest, rank_units
from dispatch.decide.roads.assemble import NodeTable, WayTable, assemble
from dispatch.decide.roads.graph import Floats, RoadGraph
from dispatch.decide.rules import DispatchRules
from dispatch.decide.ways import Beyond
from dispatch.domain.geography import Position
from dispatch.domain.incidents import Priority
from dispatch.picture.live import Picture
from dispatch.settings.travel import load_road_rules
from dispatch.travel.journeys import Journeys, Roads
from tests.unit.decide.decide_world import CENTRES, DISPATCH_RULES, NOW, random_picture
from tests.unit.decide.roads.roads_world import about

SHOWN = 20
JUNCTIONS = 60_000


def synthetic_graph(junctions: int = JUNCTIONS, seed: int = 5) -> RoadGraph:
    """Roads of three cities and the country between them, the same for the same seed."""
    rng = np.random.default_rng(seed)
    country = rng.uniform((27.3, 112.2), (28.7, 113.8), (junctions // 4, 2))
    towns = [rng.normal(centre, 0.09, (junctions // 4, 2)) for centre in CENTRES.values()]
    points = np.concatenate((country, *towns))
    corners = Delaunay(points).simplices
    edges = np.unique(
        np.sort(np.concatenate((corners[:, :2], corners[:, 1:], corners[:, ::2])), axis=1), axis=0
    )
    length = np.hypot(*(points[edges[:, 0]] - points[edges[:, 1]]).T)
    edges = edges[(rng.random(len(edges)) < 0.55) & (length < 0.05)]
    kmh = rng.choice([25.0, 35.0, 50.0, 65.0, 90.0], len(edges), p=[0.5, 0.25, 0.15, 0.07, 0.03])
    back = np.where(rng.random(len(edges)) < 0.1, 0.0, kmh)
    ids = np.arange(len(points), dtype=np.int64)
    ways = WayTable(
        np.arange(len(edges)), np.arange(len(edges) + 1) * 2, edges.ravel().astype(np.int64), kmh, back
    )
    return assemble(ways, NodeTable(ids, points[:, 0].copy(), points[:, 1].copy())).graph(about())


def measure(rounds: int = 120) -> dict[str, float]:
    """Milliseconds for one new incident, and for what is part of it."""
    graph, rules = synthetic_graph(), load_road_rules()
    roads, rng = Roads(graph, rules), random.Random(1)
    plain = _plain_graph(graph)
    figures: dict[str, float] = {"junctions": len(graph), "pieces": len(graph.start)}
    figures |= _timed("plain_dijkstra", lambda: _plain_dijkstra(plain, rng.randrange(len(graph))), 5)
    for units in (200, 10_000):
        picture = random_picture(7, units, messy=False)
        ways = Journeys(roads, None, rules.spread_sigma, wait=True)
        by_road = DISPATCH_RULES.model_copy(update={"beyond": Beyond(ways)})
        lat, lon = picture.fleet.lat[:units].copy(), picture.fleet.lon[:units].copy()
        figures |= _timed(f"times_{units}", partial(_times, ways, lat, lon, rng), rounds)
        figures |= _timed(f"incident_{units}", partial(_rank, picture, by_road, rng), rounds)
        figures |= _timed(f"law_{units}", partial(_rank, picture, DISPATCH_RULES, rng), rounds)
    return figures


def _times(ways: Journeys, lat: Floats, lon: Floats, rng: random.Random) -> None:
    ways.between(lat, lon, _somewhere(rng), away=False)


def _rank(picture: Picture, rules: DispatchRules, rng: random.Random) -> None:
    request = UnitRequest(position=_somewhere(rng), city=next(iter(CENTRES)), priority=Priority(1))
    ranking = rank_units(picture, request, rules, NOW)
    ranking.candidates[:SHOWN], ranking.excluded[:SHOWN]


def _somewhere(rng: random.Random) -> Position:
    lat, lon = CENTRES[rng.choice(list(CENTRES))]
    return Position(lat=lat + rng.uniform(-0.15, 0.15), lon=lon + rng.uniform(-0.15, 0.15))


def _timed(name: str, work: Callable[[], None], turns: int) -> dict[str, float]:
    work()
    taken = []
    for _turn in range(turns):
        begin = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begin) * 1000)
    p50, p99 = np.percentile(taken, [50, 99])
    return {f"{name}_p50_ms": round(float(p50), 3), f"{name}_p99_ms": round(float(p99), 3)}


def _plain_graph(graph: RoadGraph) -> list[list[tuple[int, float]]]:
    """Who is reached from where, turned round, as lists."""
    arcs = graph.inward
    pairs = list(zip(arcs.head.tolist(), arcs.seconds.tolist(), strict=True))
    return [pairs[arcs.first[node] : arcs.first[node + 1]] for node in range(len(graph))]


def _plain_dijkstra(graph: list[list[tuple[int, float]]], target: int) -> None:
    """What a straightforward program does: a heap of seconds and nodes."""
    seconds = [float("inf")] * len(graph)
    seconds[target] = 0.0
    waiting = [(0.0, target)]
    while waiting:
        so_far, node = heapq.heappop(waiting)
        if so_far > seconds[node]:
            continue
        for neighbour, more in graph[node]:
            later = so_far + more
            if later < seconds[neighbour]:
                seconds[neighbour] = later
                heapq.heappush(waiting, (later, neighbour))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(), indent=2) + "\n")
