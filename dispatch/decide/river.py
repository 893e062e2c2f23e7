"""Which bank of the river a point lies on: the parity of the crossings due east of it.

The line of a river has hundreds of pieces, and a point's latitude meets a handful of them. The latitudes
of the line's own points cut the map into strips; which pieces pass through a strip is worked out once for
a line.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Line = Sequence[tuple[float, float]]


class Strips(NamedTuple):
    """Pieces of a line by strip of latitude; `edges` ascend, and NaN fills strips with fewer pieces.

    The other arrays have one row for each strip (below the first edge, between two, above the last): latitude
    and longitude where a piece starts, and how far it goes.
    """

    edges: Floats
    lat: Floats
    lon: Floats
    high: Floats
    wide: Floats


@lru_cache(maxsize=8)
def strips(line: tuple[tuple[float, float], ...]) -> Strips:
    """The pieces of a river, which goes on due south and due north of its ends."""
    points = np.array(line, np.float64)
    points = np.vstack(([-90.0, points[0, 1]], points, [90.0, points[-1, 1]]))
    start, end = points[:-1], points[1:]
    edges = np.unique(points[:, 0])
    low, high = np.minimum(start[:, 0], end[:, 0]), np.maximum(start[:, 0], end[:, 0])
    first, last = np.searchsorted(edges, low) + 1, np.searchsorted(edges, high)
    through = [np.flatnonzero((first <= strip) & (strip <= last)) for strip in range(len(edges) + 1)]
    table = np.full((len(through), max(map(len, through))), -1)
    for strip, pieces in enumerate(through):
        table[strip, : len(pieces)] = pieces
    filled = table >= 0

    def column(values: Floats) -> Floats:
        return np.where(filled, values[table], np.nan)

    return Strips(
        edges,
        column(start[:, 0]),
        column(start[:, 1]),
        column((end - start)[:, 0]),
        column((end - start)[:, 1]),
    )


def bank_side(line: tuple[tuple[float, float], ...], lat: Floats, lon: Floats) -> NDArray[np.bool_]:
    """Which bank each point lies on (degrees); a point that is not known lies on the first."""
    cut = strips(line)
    strip = np.searchsorted(cut.edges, lat, side="right")
    crossing_lon = cut.lon[strip] + (lat[:, None] - cut.lat[strip]) * cut.wide[strip] / cut.high[strip]
    odd: NDArray[np.bool_] = (crossing_lon > lon[:, None]).sum(axis=1) % 2 == 1
    return odd
