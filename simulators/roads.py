"""A coarse road graph drawn from the configuration; the river is crossed at bridges only."""

import heapq
from dataclasses import dataclass
from datetime import timedelta, timezone

import numpy as np

from dispatch.clock import from_epoch_ms
from dispatch.settings import Configuration
from simulators.assumptions import Assumptions, RoadAssumptions, Tunnel
from simulators.ground import Floats, Point, River, area_km2, distance_km, distances_km, lattice
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


def build_roads(configuration: Configuration, assumptions: Assumptions) -> Roads:
    """Draw the graph: sites, hospitals, banks, district lattices, bridges and tunnels."""
    return _Drawing(configuration, assumptions).roads


class _Drawing:
    """Draws the graph once, at start."""

    def __init__(self, configuration: Configuration, assumptions: Assumptions) -> None:
        self.assumed = assumptions.roads
        self.centres = [(city.centre.lat, city.centre.lon) for city in configuration.cities]
        tunnels = {tunnel.bridge: tunnel for tunnel in assumptions.tunnel}
        land = self._land(configuration)
        self.land_count = len(land)
        crossings = [
            (bridge.id, (bridge.position.lat, bridge.position.lon)) for bridge in configuration.bridges
        ]
        ends: list[tuple[str, list[Point], Tunnel | None]] = [
            (name, [tunnels[name].west, tunnels[name].east], tunnels[name])
            if name in tunnels
            else (name, [point], None)
            for name, point in crossings
        ]
        self.roads = Roads(
            land + [p for _, points, _ in ends for p in points], _river(configuration), self.assumed
        )
        self._streets()
        at = self.land_count
        for name, points, tunnel in ends:
            self._crossing(name, list(range(at, at + len(points))), tunnel is not None)
            at += len(points)
        self._bind_together()

    def _land(self, configuration: Configuration) -> list[Point]:
        """Known sites first, then lattice points where no site is near; one node per 150 m."""
        known = [city.centre for city in configuration.cities]
        known += [site.position for site in configuration.sites]
        known += [hospital.position for hospital in configuration.hospitals]
        known += [bank.position for bank in configuration.banks]
        chosen: list[Point] = []
        for position in known:
            self._add(chosen, (position.lat, position.lon), 0.15)
        people = {district.code: district.population_million for district in configuration.districts}
        for district in configuration.ground.districts:
            density = people.get(district.code, 0.0) * 1e6 / max(area_km2(district), 1.0)
            town = density >= self.assumed.town_density
            spacing = self.assumed.town_spacing_km if town else self.assumed.country_spacing_km
            for point in lattice(district, spacing):
                self._add(chosen, point, spacing * 0.45)
        return chosen

    @staticmethod
    def _add(chosen: list[Point], point: Point, apart_km: float) -> None:
        if all(
            abs(point[0] - other[0]) * 111 > apart_km or distance_km(point, other) > apart_km
            for other in chosen
        ):
            chosen.append(point)

    def _streets(self) -> None:
        roads, lat, lon = self.roads, [n[0] for n in self.roads.nodes], [n[1] for n in self.roads.nodes]
        land_lat, land_lon = np.array(lat[: self.land_count]), np.array(lon[: self.land_count])
        for a in range(self.land_count):
            order = np.argsort(distances_km(land_lat, land_lon, roads.nodes[a]), kind="stable")
            for b in order[1 : self.assumed.neighbours + 1]:
                if not roads.river.crossed(roads.nodes[a], roads.nodes[b]):
                    roads.join(a, int(b), self._class(roads.nodes[a], roads.nodes[int(b)]))

    def _class(self, a: Point, b: Point) -> float:
        km = distance_km(a, b)
        out_of_town = min(distance_km(a, c) for c in self.centres) > self.assumed.urban_radius_km
        if km < 1.2 and not out_of_town:
            return self.assumed.street_kmh
        return self.assumed.trunk_kmh if out_of_town and km > 3 else self.assumed.arterial_kmh

    def _crossing(self, name: str, nodes: list[int], tunnel: bool) -> None:
        """Tie a bridge to both banks, or each portal of a tunnel to its own."""
        roads = self.roads
        if tunnel:
            roads.join(nodes[0], nodes[1], self.assumed.tunnel_kmh, tunnel=True, crossing=name)
            for portal in nodes:
                for land in self._land_near(portal, across=False)[:3]:
                    roads.join(portal, land, self.assumed.arterial_kmh)
            return
        here = self._land_near(nodes[0], across=False)[:3]
        there = self._land_near(nodes[0], across=True)[:3]
        for land in (*here, *there):
            roads.join(nodes[0], land, self.assumed.bridge_kmh, crossing=name)

    def _land_near(self, node: int, *, across: bool) -> list[int]:
        roads = self.roads
        lat = np.array([n[0] for n in roads.nodes[: self.land_count]])
        lon = np.array([n[1] for n in roads.nodes[: self.land_count]])
        order = np.argsort(distances_km(lat, lon, roads.nodes[node]), kind="stable")[:60]
        return [
            int(n) for n in order if roads.river.crossed(roads.nodes[node], roads.nodes[int(n)]) is across
        ]

    def _bind_together(self) -> None:
        """Join what is still apart by the shortest way that does not cross the river."""
        roads = self.roads
        while len(pieces := _pieces(roads)) > 1:
            small = min(pieces, key=len)
            rest = [node for node in range(self.land_count) if node not in small]
            ways = [
                (distance_km(roads.nodes[a], roads.nodes[b]), a, b)
                for a in small
                for b in rest
                if a < self.land_count
            ]
            ways.sort()
            way = next(
                (w for w in ways if not roads.river.crossed(roads.nodes[w[1]], roads.nodes[w[2]])), None
            )
            if way is None:
                way = ways[0]
            roads.join(way[1], way[2], self._class(roads.nodes[way[1]], roads.nodes[way[2]]))


def _pieces(roads: Roads) -> list[set[int]]:
    """The connected parts of the graph."""
    left, pieces = set(range(len(roads.nodes))), list[set[int]]()
    while left:
        reached, waiting = set[int](), [min(left)]
        while waiting:
            node = waiting.pop()
            if node not in reached:
                reached.add(node)
                waiting += [edge.to for edge in roads.edges[node]]
        pieces.append(reached)
        left -= reached
    return pieces


def _river(configuration: Configuration) -> River:
    return River(configuration.ground.rivers)
