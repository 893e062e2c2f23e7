"""Whether something that is measured again and again grows, or only moves about its level.

The slope is the median of the slopes between all pairs of points (Theil 1950, Sen 1968), with Sen's interval
from the variance of Kendall's tau: neither a spike nor a step of an allocator decides it alone. Neighbouring
samples of a process are alike, which would make the interval far too narrow, so the points are medians of
blocks of samples.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tests.performance.figures import median

BLOCKS = 30
LEAST_BLOCKS = 8
_Z = 1.96
"""Of a 95 % interval."""


@dataclass(frozen=True, slots=True)
class Slope:
    """Growth an hour with its 95 % interval, the level at the end, and the hours it was watched for."""

    per_hour: float
    least: float
    most: float
    level: float
    hours: float

    def grows(self, share: float, at_least: float) -> bool:
        """Whether it surely grows, and by more than `share` of its level and `at_least` in the time watched.

        Both: what is surely there may be too small to matter, and what is large may be chance.
        """
        return self.least > 0 and self.per_hour * self.hours > max(share * self.level, at_least)


def slope_of(seconds: Sequence[float], values: Sequence[float]) -> Slope:
    """The slope of a series; ValueError when it is too short to say anything."""
    points = _blocks(seconds, values)
    if len(points) < LEAST_BLOCKS or points[-1][0] <= points[0][0]:
        raise ValueError(f"{len(values)} samples are too few to tell a slope")
    slopes = sorted(
        (later[1] - earlier[1]) / (later[0] - earlier[0]) * 3600
        for place, earlier in enumerate(points)
        for later in points[place + 1 :]
    )
    count, pairs = len(points), len(slopes)
    spread = _Z * math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    least = slopes[max(0, math.floor((pairs - spread) / 2))]
    most = slopes[min(pairs - 1, math.ceil((pairs + spread) / 2))]
    hours = (seconds[-1] - seconds[0]) / 3600
    return Slope(median(slopes), least, most, points[-1][1], hours)


def _blocks(seconds: Sequence[float], values: Sequence[float]) -> list[tuple[float, float]]:
    """The medians of `BLOCKS` stretches of the series; of single samples where there are fewer."""
    each = max(1, len(values) // BLOCKS)
    starts = range(0, len(values) - each + 1, each)
    return [(median(seconds[at : at + each]), median(values[at : at + each])) for at in starts]
