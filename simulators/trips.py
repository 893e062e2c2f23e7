"""One drive from place to place: where a unit is at any moment, in closed form."""

from bisect import bisect_right
from math import ceil
from typing import NamedTuple

from simulators.ground import Point, distance_km, heading_deg


class Leg(NamedTuple):
    """A straight way to `end` at a constant speed; `node` is its node of the graph or -1."""

    end: Point
    node: int
    kmh: float
    tunnel: bool = False
    crossing: str = ""
    road_kmh: float = 0.0


class Spot(NamedTuple):
    """Where a unit is. `ends`: the nodes it may drive to from the middle of a road (-1: none there)."""

    point: Point
    kmh: float = 0.0
    heading_deg: float = 0.0
    tunnel: bool = False
    ends: tuple[int, ...] = ()
    road_kmh: float = 0.0
    crossing: str = ""


class Trip:
    """A drive along legs; positions are continuous and no leg is faster than its own speed."""

    __slots__ = ("_legs", "_nodes", "_points", "_resting", "_times", "end_ms", "start_ms")

    def __init__(self, start: Point, start_ms: int, legs: list[Leg]) -> None:
        self.start_ms = start_ms
        self._points = [start]
        self._nodes = [-1]
        self._times = [float(start_ms)]
        self._legs: list[Leg] = []
        for leg in legs:
            km = distance_km(self._points[-1], leg.end)
            if km < 1e-6:
                if leg.node >= 0:
                    self._nodes[-1] = leg.node
                continue
            self._legs.append(leg)
            self._points.append(leg.end)
            self._nodes.append(leg.node)
            self._times.append(self._times[-1] + km / leg.kmh * 3_600_000)
        self.end_ms = ceil(self._times[-1])
        self._resting = Spot(self._points[-1])

    @classmethod
    def standing(cls, spot: Spot, since_ms: int) -> "Trip":
        """No drive: stopped at a spot, from which the same roads can be taken again."""
        trip = cls(spot.point, since_ms, [])
        trip._resting = spot._replace(kmh=0.0, heading_deg=0.0)
        return trip

    @property
    def end(self) -> Point:
        return self._points[-1]

    def at(self, moment_ms: float) -> Spot:
        """Where the unit is at a moment; before the start and after the end it stands still."""
        if moment_ms >= self._times[-1] or not self._legs:
            return self._resting
        if moment_ms <= self._times[0]:
            return Spot(self._points[0])
        index = bisect_right(self._times, moment_ms) - 1
        leg, a, b = self._legs[index], self._points[index], self._points[index + 1]
        part = (moment_ms - self._times[index]) / (self._times[index + 1] - self._times[index])
        point = (a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part)
        ends = (self._nodes[index], self._nodes[index + 1])
        return Spot(point, leg.kmh, heading_deg(a, b), leg.tunnel, ends, leg.road_kmh, leg.crossing)

    def will_cross(self, crossing: str, moment_ms: float) -> bool:
        """Whether a leg that has not begun at this moment belongs to the crossing."""
        following = bisect_right(self._times, moment_ms)
        return any(leg.crossing == crossing for leg in self._legs[following:])
