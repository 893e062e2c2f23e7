"""A coarse road graph and the fastest way through it."""

import heapq
from dataclasses import dataclass
from datetime import timedelta, timezone

import numpy as np

from dispatch.clock import from_epoch_ms
from simulators.assumptions import RoadAssumptions
from simulators.ground import Floats, Point, River, distance_km, distances_km
from simulators.trips import Leg, Spot, Trip

CHINA = timezone(timedelta(hours=8))
_TREES_KEPT = 400


@dataclass(frozen=True, slots=True)
class Edge:
    """One way from a node to a neighbour; `crossing` is the bridge or tunnel it belongs to."""

    to: int
    km: float
    kmh: float
    tunnel: bool = False
    crossing: str = ""


@dataclass(slots=True)
class _Tree:
    """Hours from every node to one place, and the next node on the way."""

    place: Point
    hours: list[float]
    following: list[int]


class Roads:
    """Nodes are (latitude, longitude); `closed` holds the bridges that nobody may pass."""

    def __init__(self, nodes: list[Point], river: River, assumptions: RoadAssumptions) -> None:
        self.nodes = nodes
        self.river = river
        self.closed: set[str] = set()
        self.edges: list[list[Edge]] = [[] for _ in nodes]
        self._assumed = assumptions
        self._lat: Floats = np.array([node[0] for node in nodes])
        self._lon: Floats = np.array([node[1] for node in nodes])
        self._trees: dict[Point, _Tree] = {}

    def join(self, a: int, b: int, kmh: float, *, tunnel: bool = False, crossing: str = "") -> None:
        """Make a road of two directions; a second one between the same nodes changes nothing."""
        if a == b or any(edge.to == b for edge in self.edges[a]):
            return
        km = distance_km(self.nodes[a], self.nodes[b])
        self.edges[a].append(Edge(b, km, kmh, tunnel, crossing))
        self.edges[b].append(Edge(a, km, kmh, tunnel, crossing))

    def close(self, crossing: str) -> None:
        """Nobody passes this bridge or tunnel any more."""
        self.closed.add(crossing)
        self._trees.clear()

    def open(self, crossing: str) -> None:
        """The bridge may be used again."""
        self.closed.discard(crossing)
        self._trees.clear()

    def near(self, point: Point, wanted: int = 3) -> list[int]:
        """The nearest nodes that can be reached without crossing the river, nearest first."""
        order = np.argsort(distances_km(self._lat, self._lon, point), kind="stable")[:40]
        found = [int(node) for node in order if not self.river.crossed(point, self.nodes[node])]
        return found[:wanted] or [int(order[0])]

    def minutes(self, start: Point, end: Point) -> float:
        """Driving minutes by day without blue light."""
        tree = self._tree(end)
        return 60 * min(
            distance_km(start, self.nodes[node]) / self._assumed.lane_kmh + tree.hours[node]
            for node in self.near(start)
        )

    def trip(self, start: Spot, end: Point, at_ms: int, *, blue_light: bool) -> Trip:
        """The fastest way from where a unit is now, starting at `at_ms` of drill time."""
        tree = self._tree(end)
        entry_kmh = start.road_kmh or self._assumed.lane_kmh
        best = min(
            self._doors(start, end),
            key=lambda door: door[1] / entry_kmh + (tree.hours[door[0]] if door[0] >= 0 else 0),
        )
        pace = self._pace(at_ms, blue_light=blue_light)
        return Trip(start.point, at_ms, self._legs(start, best[0], end, tree, pace))

    def _doors(self, start: Spot, end: Point) -> list[tuple[int, float]]:
        """Nodes at which a unit may enter the graph with the km to them; -1: straight to the end."""
        doors = [
            (node, distance_km(start.point, self.nodes[node]))
            for node in (start.ends or self.near(start.point))
            if node >= 0
        ]
        direct = distance_km(start.point, end)
        if direct < 1.0 and not start.ends and not self.river.crossed(start.point, end):
            doors.append((-1, direct))
        return doors or [
            (node, distance_km(start.point, self.nodes[node])) for node in self.near(start.point)
        ]

    def _legs(self, start: Spot, node: int, end: Point, tree: _Tree, pace: float) -> list[Leg]:
        lane = self._kmh(self._assumed.lane_kmh, pace)
        legs: list[Leg] = []
        if node >= 0:
            entry = self._kmh(start.road_kmh or self._assumed.lane_kmh, pace)
            legs.append(Leg(self.nodes[node], node, entry, start.tunnel, start.crossing))
            while tree.following[node] >= 0:
                edge = next(edge for edge in self.edges[node] if edge.to == tree.following[node])
                node = edge.to
                legs.append(
                    Leg(
                        self.nodes[node],
                        node,
                        self._kmh(edge.kmh, pace),
                        edge.tunnel,
                        edge.crossing,
                        edge.kmh,
                    )
                )
        legs.append(Leg(end, -1, lane))
        return legs

    def _pace(self, at_ms: int, *, blue_light: bool) -> float:
        hour = from_epoch_ms(at_ms).astimezone(CHINA).hour
        gain = self._assumed.blue_light_gain if blue_light else 1.0
        return gain / self._assumed.hour_factor[hour]

    def _kmh(self, by_day: float, pace: float) -> float:
        return min(by_day * pace, self._assumed.top_kmh)

    def _tree(self, place: Point) -> _Tree:
        """Dijkstra from a place to every node; the last ones used are kept."""
        tree = self._trees.pop(place, None)
        if tree is None:
            tree = self._grow(place)
            if len(self._trees) >= _TREES_KEPT:
                self._trees.pop(next(iter(self._trees)))
        self._trees[place] = tree
        return tree

    def _grow(self, place: Point) -> _Tree:
        hours = [float("inf")] * len(self.nodes)
        following = [-1] * len(self.nodes)
        waiting: list[tuple[float, int]] = []
        for node in self.near(place):
            hours[node] = distance_km(place, self.nodes[node]) / self._assumed.lane_kmh
            heapq.heappush(waiting, (hours[node], node))
        while waiting:
            so_far, node = heapq.heappop(waiting)
            if so_far > hours[node]:
                continue
            for edge in self.edges[node]:
                later = so_far + edge.km / edge.kmh
                if later < hours[edge.to] and edge.crossing not in self.closed:
                    hours[edge.to], following[edge.to] = later, node
                    heapq.heappush(waiting, (later, edge.to))
        return _Tree(place, hours, following)
