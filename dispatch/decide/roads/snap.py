"""Where a place joins the roads: the nearest point of the nearest road, exactly."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dispatch.decide.roads.graph import Floats, Ints, RoadGraph
from dispatch.decide.travel import EARTH_KM, unit_vectors

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

EARTH_M = EARTH_KM * 1000
SAMPLE_M = 100.0
"""Roads are sampled so densely that each of their points is within half of this of a sample of its own."""
AT_NODE_M = 0.001
"""A place this near the end of a piece is at the junction."""
_FIRST_LOOK = 8
_SLACK = 1 + 1e-6
"""Chords on the sphere are a little shorter than ways on it."""


@dataclass(frozen=True)
class Snaps:
    """Places on the graph: the piece (-1: none), metres along it, metres from the place to it."""

    piece: Ints
    along_m: Floats
    off_m: Floats

    def __len__(self) -> int:
        return len(self.piece)

    def at(self, row: int) -> "Snaps":
        """One of them alone."""
        one = slice(row, row + 1)
        return Snaps(self.piece[one], self.along_m[one], self.off_m[one])

    @classmethod
    def nowhere(cls, count: int) -> "Snaps":
        """Places that no road is near."""
        return cls(np.full(count, -1, np.int64), np.zeros(count), np.full(count, np.nan))


class Snapper:
    """Finds the nearest road within `limit_m`; building it takes a second at a million points."""

    def __init__(self, graph: RoadGraph, limit_m: float) -> None:
        self.graph, self.limit_m = graph, limit_m
        begins_segment = np.ones(len(graph.point_id), np.bool_)
        begins_segment[graph.point_first[1:] - 1] = False
        self._segment: Ints = np.flatnonzero(begins_segment)
        self._piece: Ints = np.repeat(np.arange(len(graph.start)), np.diff(graph.point_first))
        self._sample_of, self._tree = self._sampled()

    def snap(self, lat: Floats, lon: Floats) -> Snaps:
        """The nearest point of a road of each place (degrees, NaN: nowhere); ties by order."""
        found = Snaps.nowhere(len(lat))
        rows = np.flatnonzero(np.isfinite(lat) & np.isfinite(lon))
        if self._tree is None or not rows.size:
            return found
        place, segment = self._candidates(lat[rows], lon[rows])
        if not place.size:
            return found
        place = rows[place]
        share, off_m = self._project(lat[place], lon[place], segment)
        order = np.lexsort((segment, off_m, place))
        place, segment, share, off_m = place[order], segment[order], share[order], off_m[order]
        best = np.flatnonzero(np.concatenate(([True], place[1:] != place[:-1])) & (off_m <= self.limit_m))
        at, on = place[best], segment[best]
        found.piece[at] = self._piece[on]
        found.along_m[at] = self._settled(on, share[best])
        found.off_m[at] = off_m[best]
        return found

    def node(self, node_id: int) -> Snaps | None:
        """A node of the map, where it lies on a road of the graph."""
        points = np.flatnonzero(self.graph.point_id == node_id)
        if not points.size:
            return None
        point = points[:1]
        return Snaps(self._piece[point], self.graph.along_m[point], np.zeros(1))

    def _settled(self, segment: Ints, share: Floats) -> Floats:
        """Metres along the piece; within a millimetre of a junction the place is at it."""
        graph = self.graph
        along = graph.along_m[segment] + share * graph.segment_m[segment]
        whole = graph.piece_m[self._piece[segment]]
        along = np.where(along < AT_NODE_M, 0.0, along)
        settled: Floats = np.where(along > whole - AT_NODE_M, whole, along)
        return settled

    def _sampled(self) -> "tuple[Ints, cKDTree | None]":
        from scipy.spatial import cKDTree

        graph, segment = self.graph, self._segment
        if not segment.size:
            return segment, None
        parts = np.maximum(1, np.ceil(graph.segment_m[segment] / SAMPLE_M)).astype(np.int64)
        of = np.repeat(segment, parts)
        number = np.arange(len(of)) - np.repeat(np.cumsum(parts) - parts, parts)
        share = (number + 0.5) / np.repeat(parts, parts)
        lat = graph.point_lat[of] + share * (graph.point_lat[of + 1] - graph.point_lat[of])
        lon = graph.point_lon[of] + share * (graph.point_lon[of + 1] - graph.point_lon[of])
        return of, cKDTree(unit_vectors(lat, lon))

    def _candidates(self, lat: Floats, lon: Floats) -> tuple[Ints, Ints]:
        """Pairs of place and segment among which the nearest segment of every place is.

        Its own sample lies no further than the nearest sample of all and half a sample distance.
        """
        tree = self._tree
        assert tree is not None  # noqa: S101 - snap() looked
        where = unit_vectors(lat, lon)
        half, limit = SAMPLE_M / 2 / EARTH_M, (self.limit_m + SAMPLE_M) / EARTH_M
        count = min(_FIRST_LOOK, tree.n)
        looked = tree.query(where, k=range(1, count + 1), distance_upper_bound=limit)
        near, which = np.asarray(looked[0]), np.asarray(looked[1], np.int64)
        reach = (near[:, 0] + half) * _SLACK
        inside = near <= reach[:, None]
        place, column = np.nonzero(inside & np.isfinite(near))
        segment = self._sample_of[which[place, column]]
        crowded = inside[:, -1] & np.isfinite(near[:, -1]) & (count < tree.n)
        for row in np.flatnonzero(crowded).tolist():
            more = np.array(tree.query_ball_point(where[row], reach[row]), np.int64)
            place = np.append(place, np.full(len(more), row))
            segment = np.append(segment, self._sample_of[more])
        return place, segment

    def _project(self, lat: Floats, lon: Floats, segment: Ints) -> tuple[Floats, Floats]:
        """Share of the segment and metres to it, on the plane that touches the earth at each place."""
        graph = self.graph
        east, north = np.radians(1) * EARTH_M * np.cos(np.radians(lat)), np.radians(1) * EARTH_M
        ax, ay = (graph.point_lon[segment] - lon) * east, (graph.point_lat[segment] - lat) * north
        bx, by = (graph.point_lon[segment + 1] - lon) * east, (graph.point_lat[segment + 1] - lat) * north
        dx, dy = bx - ax, by - ay
        square = dx * dx + dy * dy
        share = np.clip(-(ax * dx + ay * dy) / np.where(square > 0, square, 1), 0, 1)
        return share, np.hypot(ax + share * dx, ay + share * dy)
