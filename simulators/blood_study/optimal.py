"""The best order for every stock of one site, by value iteration: an exact answer to check the study by.

One product, lost sales, first in first out. Each morning, before the day's demand is known, an order
goes out that arrives next morning with a full life; demand is met; what has no day left outdates.
Gain is price x issued - cost x ordered, per day (Hendrix, Ortega, Haijema, Buisman and Garcia,
Computational and Mathematical Methods 1(4), 2019).
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Optimum:
    """`gain` per day, known to `gap`; `order[state]` where state is the units by days left, 1 first."""

    gain: float
    gap: float
    order: dict[tuple[int, ...], int]


def best_orders(
    life_days: int, chances: Floats, most: int, price: float, cost: float, gap: float = 1e-4
) -> Optimum:
    """Value iteration until the gain is known to `gap`.

    `chances[d]` is the chance of a day's demand d, the last one for all above. No more than `most` is
    ever ordered, so a state holds at most so many units with 1 ... life_days days left each.
    """
    states = list(product(range(most + 1), repeat=life_days))
    ages = np.array(states, np.int64)
    left = _issued(ages, np.arange(len(chances)))
    digits = (most + 1) ** np.arange(life_days - 1, -1, -1, dtype=np.int64)
    following = left[:, :, 1:] @ digits[:-1]  # plus the order, which arrives as the freshest
    sales = (ages.sum(axis=1)[:, None] - left.sum(axis=2)) @ chances * price
    value = np.zeros(len(states))
    while True:
        later = [value[following + order] @ chances - cost * order for order in range(most + 1)]
        worth = sales + np.array(later)
        better = worth.max(axis=0)
        change = better - value
        value = better - better[0]
        if float(np.ptp(change)) < gap:
            best = worth.argmax(axis=0).tolist()
            gain = float(change.max() + change.min()) / 2
            return Optimum(gain, float(np.ptp(change)), dict(zip(states, best, strict=True)))


def _issued(ages: Ints, demand: Ints) -> Ints:
    """What is left of each age (states x demands x ages) when the oldest is issued first."""
    upto = np.cumsum(ages, axis=1)
    left_upto = np.maximum(0, upto[:, None, :] - demand[None, :, None])
    left: Ints = np.diff(left_upto, axis=2, prepend=0)
    return left
