"""One Dijkstra per place: the seconds between it and every junction, and so between it and any place."""

from dataclasses import dataclass

import numpy as np

from dispatch.decide.roads.graph import Floats, RoadGraph
from dispatch.decide.roads.snap import Snaps


@dataclass(frozen=True)
class Tree:
    """Seconds from every junction to a place, or with `away` from the place to every junction."""

    graph: RoadGraph
    place: Snaps
    away: bool
    seconds: Floats

    def seconds_of(self, snaps: Snaps) -> Floats:
        """Road seconds between the place and each of `snaps`; NaN where one is on no road."""
        graph = self.graph
        along, against = _slow(graph, away=self.away)
        known = snaps.piece >= 0
        piece = np.where(known, snaps.piece, 0)
        x, whole = snaps.along_m, graph.piece_m[piece]
        f, b = along[piece], against[piece]
        best = np.minimum(
            _take(whole - x, f) + self.seconds[graph.end[piece]],
            _take(x, b) + self.seconds[graph.start[piece]],
        )
        further = self.place.along_m[0] - x
        direct = np.where(further >= 0, _take(further, f), _take(-further, b))
        best = np.where(piece == self.place.piece[0], np.minimum(best, direct), best)
        return np.where(known, best, np.nan)


def grow(graph: RoadGraph, place: Snaps, *, away: bool) -> Tree:
    """The tree of one place (a single row of snaps that is on a road)."""
    from scipy.sparse.csgraph import dijkstra

    piece, y = int(place.piece[0]), float(place.along_m[0])
    along, against = (slow[piece : piece + 1] for slow in _slow(graph, away=away))
    rest = np.array([float(graph.piece_m[piece]) - y])
    offered = [
        (int(graph.start[piece]), float(_take(np.array([y]), along)[0])),
        (int(graph.end[piece]), float(_take(rest, against)[0])),
    ]
    seeds: dict[int, float] = {}
    for node, seconds in offered:
        if np.isfinite(seconds):
            seeds[node] = min(seconds, seeds.get(node, np.inf))
    arcs = graph.outward if away else graph.inward
    found = dijkstra(arcs.from_seeds(seeds), directed=True, indices=np.array([len(graph)]))
    return Tree(graph, place, away, found[0, :-1])


def door_to_door(road_s: Floats, off_m: Floats, straight_m: Floats, access_kmh: float) -> Floats:
    """Seconds with the ways to the roads at both ends, `off_m` together.

    Where a place lies no further off than the roads do, the trip is straight across.
    """
    to_roads, across = off_m * 3.6 / access_kmh, straight_m * 3.6 / access_kmh
    seconds: Floats = np.where(straight_m <= off_m, across, road_s + to_roads)
    return seconds


def _slow(graph: RoadGraph, *, away: bool) -> tuple[Floats, Floats]:
    """Seconds per metre along and against each piece, as seen by those who come to the place."""
    along, against = graph.slowness
    return (against, along) if away else (along, against)


def _take(metres: Floats, slow: Floats) -> Floats:
    """Seconds for metres; no way at all takes no time even where it is not allowed."""
    with np.errstate(invalid="ignore"):
        seconds: Floats = np.where(metres <= 0, 0.0, metres * slow)
    return seconds
