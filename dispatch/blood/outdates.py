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
_DOWN = np.arange(LONGEST, 0, -1, dtype=np.float64)


def expected_outdates(ends: Sequence[int], demands: Sequence[float], fano: float) -> Floats:
    """Units of each lot that will outdate, expected.

    `ends` are running sums of the lots by expiry; `demands` the mean demand from one expiry to the
    next (the first: from now); variance over mean of every demand is `fano` (1: Poisson).
    """
    if not ends or ends[-1] == 0:
        return np.zeros(len(ends))
    coarse = -(-ends[-1] // LONGEST)
    spread = max(1.0, fano / coarse)
    places = [-(-end // coarse) for end in ends]
    chance = np.zeros(places[-1] + 1)  # of Y at each place from `begin` on: nothing lies before it
    chance[0] = 1.0
    outdated = np.empty(len(ends))
    begin = 0
    for number, (end, mean) in enumerate(zip(places, demands, strict=True)):
        size, gone = len(chance), end - begin
        moved = np.convolve(chance, demand_chances(mean / coarse, spread, size))[:size]
        moved[-1] = max(0.0, 1.0 - float(moved[:-1].sum()))
        outdated[number] = float(moved[:gone] @ _DOWN[LONGEST - gone :]) * coarse
        chance, begin = moved[gone:], end
        chance[0] += float(moved[:gone].sum())
    return outdated


def demand_chances(mean: float, fano: float, most: int) -> Floats:
    """P(demand = 0 ... most - 1), negative binomial with this mean and variance over mean; 1 is Poisson."""
    size = 1 << (most - 1).bit_length()  # the same for queues of about one length
    return _chances(round(mean, 6), round(fano, 6), size)[:most]


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
