"""The road graph as arrays: junctions, the pieces of road between them, and their shape.

A piece runs from one junction to another along one way of the map, so that every point of it has the
same speed and the same directions: nothing is rounded away by leaving out the points in between.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dispatch.decide.roads.rules import RoadRules
from dispatch.decide.travel import EARTH_KM
from dispatch.domain.model import Frozen

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LICENCE = "© OpenStreetMap contributors, ODbL 1.0, https://www.openstreetmap.org/copyright"


class GraphAbout(Frozen):
    """Where a graph comes from, and what was left out of it."""

    source: str
    sha256: str
    data_at: datetime | None = None
    """How new the map is, where its file says so."""
    imported_at: datetime
    licence: str = LICENCE
    bounds: tuple[float, float, float, float] | None = None
    """South, west, north, east in degrees; None: the whole file."""
    rules: RoadRules
    ways_read: int
    ways_kept: int
    ferries_left_out: int
    junctions_cut_off: int
    """Junctions outside the largest part in which every place reaches every other."""


@dataclass(frozen=True)
class RoadGraph:
    """N junctions, P pieces from `start` to `end`, and the points of all pieces one after the other.

    Speeds are km/h along a piece and against it, 0: not allowed. The points of piece p are
    `point_first[p]` to `point_first[p + 1]`, both ends in them; coordinates are WGS-84 degrees.
    """

    about: GraphAbout
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

    def __len__(self) -> int:
        return len(self.node_id)

    @cached_property
    def segment_m(self) -> Floats:
        """Metres from each point to the next one; 0 from the last point of a piece."""
        metres = haversine_m(self.point_lat[:-1], self.point_lon[:-1], self.point_lat[1:], self.point_lon[1:])
        metres = np.append(metres, 0.0)
        metres[self.point_first[1:] - 1] = 0.0
        return metres

    @cached_property
    def piece_m(self) -> Floats:
        """Length of each piece."""
        if not len(self.start):
            return np.zeros(0)
        lengths: Floats = np.add.reduceat(self.segment_m, self.point_first[:-1])
        return lengths

    @cached_property
    def along_m(self) -> Floats:
        """Metres of each point from the start of its piece."""
        upto = np.concatenate(([0.0], np.cumsum(self.segment_m)))[:-1]
        metres: Floats = upto - np.repeat(upto[self.point_first[:-1]], np.diff(self.point_first))
        metres[self.point_first[1:] - 1] = self.piece_m
        return metres

    @cached_property
    def slowness(self) -> tuple[Floats, Floats]:
        """Seconds per metre along each piece and against it; infinite where it is not allowed."""
        return _slowness(self.forward_kmh), _slowness(self.backward_kmh)

    @cached_property
    def outward(self) -> "Arcs":
        """From each junction to the next ones, by seconds."""
        return self._arcs(turned=False)

    @cached_property
    def inward(self) -> "Arcs":
        """The same turned round: from each junction to those it is reached from."""
        return self._arcs(turned=True)

    def _arcs(self, *, turned: bool) -> "Arcs":
        along, against = self.slowness
        tail = np.concatenate((self.start, self.end))
        head = np.concatenate((self.end, self.start))
        metres, slow = np.concatenate((self.piece_m, self.piece_m)), np.concatenate((along, against))
        may = np.isfinite(slow) & (tail != head)
        tail, head, seconds = tail[may], head[may], metres[may] * slow[may]
        return Arcs.of(len(self), *((head, tail) if turned else (tail, head)), seconds)


@dataclass(frozen=True)
class Arcs:
    """Arcs by their tail as a sparse matrix; of parallel ones the quickest."""

    first: NDArray[np.int32]
    head: NDArray[np.int32]
    seconds: Floats

    @classmethod
    def of(cls, nodes: int, tail: Ints, head: Ints, seconds: Floats) -> "Arcs":
        """From unsorted arcs."""
        order = np.lexsort((seconds, head, tail))
        tail, head, seconds = tail[order], head[order], seconds[order]
        new = np.ones(len(tail), np.bool_)
        new[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
        first = np.concatenate(([0], np.cumsum(np.bincount(tail[new], minlength=nodes))))
        return cls(first.astype(np.int32), head[new].astype(np.int32), seconds[new])

    def from_seeds(self, seeds: dict[int, float]) -> "csr_array":
        """A matrix with one more row, whose arcs lead to the seeds after so many seconds."""
        from scipy.sparse import csr_array

        nodes = len(self.first)
        first = np.append(self.first, self.first[-1] + len(seeds)).astype(np.int32)
        head = np.concatenate((self.head, np.array(list(seeds), np.int32)))
        seconds = np.concatenate((self.seconds, np.array(list(seeds.values()), np.float64)))
        return csr_array((seconds, head, first), shape=(nodes, nodes))


def haversine_m(lat: Floats, lon: Floats, to_lat: Floats, to_lon: Floats) -> Floats:
    """Metres between points taken pair by pair (degrees)."""
    a, b = np.radians(lat), np.radians(to_lat)
    half = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(to_lon - lon) / 2) ** 2
    metres: Floats = 2000 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(half, 1)))
    return metres


def _slowness(kmh: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        slow: Floats = 3.6 / kmh
    return slow


__all__ = ["LICENCE", "Arcs", "Floats", "GraphAbout", "Ints", "RoadGraph", "haversine_m"]
