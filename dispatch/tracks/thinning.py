"""Leave out the positions that a straight line at even speed between two others tells as well. Pure.

A swing filter over time: from the last kept fix the velocities that pass every fix since within the tolerance
are a rectangle, which each fix narrows. A fix whose own velocity is outside ends the line at the one before.
So each fix costs the same however long the line is, and none is farther from the kept track than promised.
"""

import math
from dataclasses import dataclass

M_PER_DEGREE = 111_195.0
"""Of latitude; a sphere with the mean radius of the earth (IUGG)."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A kept position (WGS-84 degrees) at `at_ms`; `joined`: heard all the way since the one before."""

    at_ms: int
    lat: float
    lon: float
    joined: bool


@dataclass(frozen=True, slots=True)
class _Box:
    """Velocities, metres per millisecond to the north and to the east."""

    north: tuple[float, float] = (-math.inf, math.inf)
    east: tuple[float, float] = (-math.inf, math.inf)

    def holds(self, north: float, east: float) -> bool:
        return self.north[0] <= north <= self.north[1] and self.east[0] <= east <= self.east[1]

    def narrowed(self, north: float, east: float, by: float) -> "_Box":
        return _Box(
            (max(self.north[0], north - by), min(self.north[1], north + by)),
            (max(self.east[0], east - by), min(self.east[1], east + by)),
        )


class Thinner:
    """One vehicle. `take` each fix; what it returns is to be kept, in order of time."""

    def __init__(self, within_m: float, at_least_every_s: float, silent_after_s: float) -> None:
        self._half_m = within_m / math.sqrt(2)  # of a square that lies inside the circle
        self._every_ms, self._silent_ms = at_least_every_s * 1000, silent_after_s * 1000
        self._start: Fix | None = None
        self._last: Fix | None = None
        self._box = _Box()

    def take(self, at_ms: int, lat: float, lon: float) -> list[Fix]:
        """A fix that is not newer than the last one is nothing."""
        last = self._last
        if last is None:
            return [self._begin(Fix(at_ms, lat, lon, joined=False))]
        if at_ms <= last.at_ms:
            return []
        if at_ms - last.at_ms > self._silent_ms:
            return [*self.rest(), self._begin(Fix(at_ms, lat, lon, joined=False))]
        fix, kept = Fix(at_ms, lat, lon, joined=True), list[Fix]()
        if self._start is None or not self._goes_on(self._start, fix):
            kept = self.rest()
            self._goes_on(self._begin(last), fix)
        self._last = fix
        return kept

    def rest(self) -> list[Fix]:
        """The newest fix, if it is not kept yet: when a track ends."""
        return [] if self._last is None or self._last is self._start else [self._last]

    def _begin(self, fix: Fix) -> Fix:
        self._start = self._last = fix
        self._box = _Box()
        return fix

    def _goes_on(self, start: Fix, fix: Fix) -> bool:
        """Whether the line from the last kept fix may end here; then the next ones must pass it as well."""
        took_ms = fix.at_ms - start.at_ms
        north = (fix.lat - start.lat) * M_PER_DEGREE / took_ms
        east = (fix.lon - start.lon) * M_PER_DEGREE * math.cos(math.radians(start.lat)) / took_ms
        if took_ms > self._every_ms or not self._box.holds(north, east):
            return False
        self._box = self._box.narrowed(north, east, self._half_m / took_ms)
        return True
