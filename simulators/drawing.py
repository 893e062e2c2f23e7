"""Draws the road graph from the configuration; the river is crossed at bridges and tunnels only."""

import numpy as np

from dispatch.settings import Configuration
from simulators.assumptions import Assumptions
from simulators.ground import Point, River, area_km2, distance_km, distances_km, lattice
from simulators.roads import Roads


def build_roads(configuration: Configuration, assumptions: Assumptions) -> Roads:
    """Draw the graph: sites, hospitals, banks, district lattices, bridges and tunnels."""
    return _Drawing(configuration, assumptions).roads


class _Drawing:
    """Draws the graph once, at start."""

    def __init__(self, configuration: Configuration, assumptions: Assumptions) -> None:
        self.assumed = assumptions.roads
        self.centres = [(city.centre.lat, city.centre.lon) for city in configuration.cities]
        land = self._land(configuration)
        self.land_lat, self.land_lon = (np.array(degrees) for degrees in zip(*land, strict=True))
        crossings = _crossings(configuration, assumptions)
        nodes = land + [end for ends in crossings.values() for end in ends]
        self.roads = Roads(nodes, River(configuration.ground.rivers), self.assumed)
        self._streets()
        at = len(land)
        for name, ends in crossings.items():
            self._crossing(name, list(range(at, at + len(ends))))
            at += len(ends)
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
        roads = self.roads
        for a in range(len(self.land_lat)):
            for b in self._land_near(a, across=False, among=self.assumed.neighbours + 1):
                roads.join(a, b, self._class(roads.nodes[a], roads.nodes[b]))

    def _class(self, a: Point, b: Point) -> float:
        km = distance_km(a, b)
        out_of_town = min(distance_km(a, c) for c in self.centres) > self.assumed.urban_radius_km
        if km < 1.2 and not out_of_town:
            return self.assumed.street_kmh
        return self.assumed.trunk_kmh if out_of_town and km > 3 else self.assumed.arterial_kmh

    def _crossing(self, name: str, nodes: list[int]) -> None:
        """Tie a bridge (one node) to both banks, or each portal of a tunnel (two) to its own."""
        roads = self.roads
        if len(nodes) == 2:
            roads.join(nodes[0], nodes[1], self.assumed.tunnel_kmh, tunnel=True, crossing=name)
            for portal in nodes:
                for land in self._land_near(portal, across=False)[:3]:
                    roads.join(portal, land, self.assumed.arterial_kmh)
            return
        for across in (False, True):
            for land in self._land_near(nodes[0], across=across)[:3]:
                roads.join(nodes[0], land, self.assumed.bridge_kmh, crossing=name)

    def _land_near(self, node: int, *, across: bool, among: int = 60) -> list[int]:
        """Of the nearest land nodes those on the other side of the river, or on this side."""
        nodes, river = self.roads.nodes, self.roads.river
        order = np.argsort(distances_km(self.land_lat, self.land_lon, nodes[node]), kind="stable")[:among]
        return [land for land in order.tolist() if river.crossed(nodes[node], nodes[land]) is across]

    def _bind_together(self) -> None:
        """Join what is still apart by the shortest way, one that does not cross the river if there is any."""
        roads, nodes = self.roads, self.roads.nodes
        while len(pieces := _pieces(roads)) > 1:
            small = min(pieces, key=len)
            ways = sorted(
                (distance_km(nodes[a], nodes[b]), a, b)
                for a in small
                for b in range(len(nodes))
                if b not in small
            )
            dry = (way for way in ways if not roads.river.crossed(nodes[way[1]], nodes[way[2]]))
            _, a, b = next(dry, ways[0])
            roads.join(a, b, self._class(nodes[a], nodes[b]))


def _crossings(configuration: Configuration, assumptions: Assumptions) -> dict[str, list[Point]]:
    """Every bridge as one point, a tunnel as its two portals."""
    tunnels = {tunnel.bridge: [tunnel.west, tunnel.east] for tunnel in assumptions.tunnel}
    return {
        bridge.id: tunnels.get(bridge.id, [(bridge.position.lat, bridge.position.lon)])
        for bridge in configuration.bridges
    }


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
