"""How much of a shelf will outdate: exact for first in, first out, demand as Poisson or negative binomial.

The shelf is a queue of lots by expiry. Y, the place in the queue up to which units are issued or
outdated, grows by the demand between two expiries; at the expiry of a lot that ends at place S, the
S - Y units still there outdate and Y becomes S. Fresher stock stands behind and changes nothing.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LONGEST = 300
"""Places of the queue that are told apart; a longer queue is counted in coarser steps."""


def expected_outdates(ends: Sequence[int], demands: Sequence[float], fano: float) -> Floats:
    """Units of each lot that will outdate, expected.

    `ends` are running sums of the lots by expiry; `demands` the mean demand from one expiry to the
    next (the first: from now); variance over mean of every demand is `fano` (1: Poisson).
    """
    if not ends or ends[-1] == 0:
        return np.zeros(len(ends))
    coarse = -(-ends[-1] // LONGEST)
    places = [-(-end // coarse) for end in ends]
    last = places[-1]
    chance = np.zeros(last + 1)
    chance[0] = 1.0
    outdated = np.zeros(len(ends))
    for number, (end, mean) in enumerate(zip(places, demands, strict=True)):
        moved = np.convolve(chance, demand_chances(mean / coarse, max(1.0, fano / coarse), last + 1))
        chance = moved[: last + 1]
        chance[last] = max(0.0, 1.0 - float(chance[:last].sum()))
        outdated[number] = float(chance[:end] @ np.arange(end, 0, -1)) * coarse
        chance[end] += float(chance[:end].sum())
        chance[:end] = 0.0
    return outdated


def demand_chances(mean: float, fano: float, most: int) -> Floats:
    """P(demand = 0 ... most - 1), negative binomial with this mean and variance over mean; 1 is Poisson."""
    return _chances(round(mean, 6), round(fano, 6), most)


@lru_cache(maxsize=4096)
def _chances(mean: float, fano: float, most: int) -> Floats:
    count = np.arange(1, most, dtype=np.float64)
    log = np.zeros(most)
    if mean <= 0:
        log[1:] = -np.inf
    elif fano <= 1.0 + 1e-9:
        log[0] = -mean
        log[1:] = -mean + np.cumsum(np.log(mean / count))
    else:
        size = mean / (fano - 1.0)  # p = 1 / fano
        log[0] = -size * np.log(fano)
        log[1:] = log[0] + np.cumsum(np.log((size + count - 1) / count * (1 - 1 / fano)))
    chances: Floats = np.exp(log)
    chances.flags.writeable = False
    return chances
