"""From the ways of a map to a road graph: cut at junctions, keep the part that hangs together."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatch.decide.roads.graph import Floats, GraphAbout, Ints, RoadGraph

Mask = NDArray[np.bool_]
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class WayTable:
    """The ways that are driven on: `refs` of way w are `first[w]` to `first[w + 1]`; km/h, 0: not allowed."""

    way_id: Ints
    first: Ints
    refs: Ints
    forward_kmh: Floats
    backward_kmh: Floats


@dataclass(frozen=True)
class NodeTable:
    """Where the nodes of the map lie; ids ascend."""

    node_id: Ints
    lat: Floats
    lon: Floats

    def inside(self, bounds: Bounds | None) -> "NodeTable":
        """The nodes inside south, west, north, east."""
        if bounds is None:
            return self
        south, west, north, east = bounds
        kept = (self.lat >= south) & (self.lat <= north) & (self.lon >= west) & (self.lon <= east)
        return NodeTable(self.node_id[kept], self.lat[kept], self.lon[kept])


class Assembled(NamedTuple):
    """The arrays of a graph that waits to be told where it comes from."""

    node_id: Ints
    start: Ints
    end: Ints
    forward_kmh: Floats
    backward_kmh: Floats
    way_id: Ints
    point_first: Ints
    point_id: Ints
    point_lat: Floats
    point_lon: Floats
    cut_off: int

    def graph(self, about: GraphAbout) -> RoadGraph:
        """The graph itself."""
        return RoadGraph(about, *self[:-1])


class _Steps(NamedTuple):
    """From one node of a way to its next, as rows of the node table, in the order of the ways."""

    tail: Ints
    head: Ints
    way: Ints
    joined: Mask
    """Whether a step goes on where the step before it ended, on the same way."""


def assemble(ways: WayTable, nodes: NodeTable) -> Assembled:
    """Pieces between junctions, of the largest part in which every place reaches every other.

    A node that the table does not know cuts a way in two. A node is a junction unless exactly one
    way passes it, once, and goes on.
    """
    steps = _steps(ways, nodes)
    junction = _junctions(steps, len(nodes.node_id))
    begins = ~steps.joined | junction[steps.tail]
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(steps.tail))[: len(first)]
    start, end, way = steps.tail[first], steps.head[last - 1], steps.way[first]
    forward, backward = ways.forward_kmh[way], ways.backward_kmh[way]
    along, against = ways.forward_kmh[steps.way] > 0, ways.backward_kmh[steps.way] > 0
    whole = _largest_part(len(nodes.node_id), steps, along, against)
    kept = np.flatnonzero(whole[start] & whole[end])
    points, point_first = _points(steps, first[kept], last[kept])
    used = np.unique(np.concatenate((start[kept], end[kept])))
    used = used[np.argsort(_along_a_curve(nodes.lat[used], nodes.lon[used]), kind="stable")]
    number = np.zeros(len(nodes.node_id), np.int64)
    number[used] = np.arange(len(used))
    return Assembled(
        node_id=nodes.node_id[used],
        start=number[start[kept]],
        end=number[end[kept]],
        forward_kmh=forward[kept],
        backward_kmh=backward[kept],
        way_id=ways.way_id[way[kept]],
        point_first=point_first,
        point_id=nodes.node_id[points],
        point_lat=nodes.lat[points],
        point_lon=nodes.lon[points],
        cut_off=len(np.unique(np.concatenate((start, end)))) - len(used),
    )


def _steps(ways: WayTable, nodes: NodeTable) -> _Steps:
    if not len(nodes.node_id):
        nothing = np.zeros(0, np.int64)
        return _Steps(nothing, nothing, nothing, np.zeros(0, np.bool_))
    row = np.minimum(np.searchsorted(nodes.node_id, ways.refs), len(nodes.node_id) - 1)
    known = nodes.node_id[row] == ways.refs
    way = np.repeat(np.arange(len(ways.way_id)), np.diff(ways.first))
    real = (way[:-1] == way[1:]) & known[:-1] & known[1:] & (row[:-1] != row[1:])
    at = np.flatnonzero(real)
    tail, head, of = row[at], row[at + 1], way[at]
    joined = np.zeros(len(at), np.bool_)
    joined[1:] = (of[1:] == of[:-1]) & (tail[1:] == head[:-1]) & (at[1:] - at[:-1] <= 2)
    return _Steps(tail, head, of, joined)


def _junctions(steps: _Steps, nodes: int) -> Mask:
    touched = np.bincount(steps.tail, minlength=nodes) + np.bincount(steps.head, minlength=nodes)
    passed = np.bincount(steps.tail[steps.joined], minlength=nodes)
    junction: Mask = ~((touched == 2) & (passed == 1))
    return junction


def _largest_part(nodes: int, steps: _Steps, along: Mask, against: Mask) -> Mask:
    """Which nodes belong to the largest strongly connected part; of equal ones, that of the lowest id."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    tail = np.concatenate((steps.tail[along], steps.head[against]))
    head = np.concatenate((steps.head[along], steps.tail[against]))
    if not len(tail):
        return np.zeros(nodes, np.bool_)
    arcs = csr_array((np.ones(len(tail), np.int8), (tail, head)), shape=(nodes, nodes))
    _count, part = connected_components(arcs, directed=True, connection="strong")
    sizes = np.bincount(part)
    largest = np.flatnonzero(sizes[part] == sizes.max())[0]
    whole: Mask = part == part[largest]
    return whole


def _along_a_curve(lat: Floats, lon: Floats) -> Ints:
    """Places on a curve that fills the plane (Morton's): neighbours get near numbers.

    A Dijkstra over neighbours that lie together in memory takes about half the time.
    """
    code = np.zeros(len(lat), np.int64)
    for shift, degrees in enumerate((lat, lon)):
        span = np.ptp(degrees) if len(degrees) else 0.0
        cell = ((degrees - degrees.min()) / span * 0xFFFF).astype(np.int64) if span else code * 0
        for spread, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
            cell = (cell | cell << spread) & mask
        code |= cell << shift
    return code


def _points(steps: _Steps, first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """The nodes of each piece one after the other, and where each begins."""
    counts = last - first + 1
    point_first = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    points = np.zeros(int(counts.sum()), np.int64)
    within = np.arange(len(points)) - np.repeat(point_first[:-1], counts)
    step = np.repeat(first, counts) + within
    at_end = within == np.repeat(counts - 1, counts)
    points[~at_end] = steps.tail[step[~at_end]]
    points[at_end] = steps.head[step[at_end] - 1]
    return points, point_first
