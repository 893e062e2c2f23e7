"""Quantiles and shares with their intervals; no figure here is a mean alone."""

from collections.abc import Callable, Iterable, Sequence
from math import ceil, inf, sqrt

from scipy.special import bdtr

Z95 = 1.959963984540054
"""97.5 % point of the standard normal distribution."""
_FUZZ = 1e-9  # 0.9 * 10 is 9.000000000000002 for some fractions: no rank is lost to that


def rank_of(count: int, share: float) -> int:
    """The rank (from 1) of the smallest of `count` values below or at which `share` of them lie."""
    return min(max(ceil(share * count - _FUZZ), 1), count)


def quantile(values: Iterable[float], share: float) -> float | None:
    """The smallest value that at least `share` of the values do not exceed (no interpolation); None: none."""
    ordered = sorted(values)
    return ordered[rank_of(len(ordered), share) - 1] if ordered else None


def quantile_ranks(count: int, share: float, confidence: float = 0.95) -> tuple[int | None, int | None]:
    """Ranks (from 1) of the order statistics that enclose a quantile, by the binomial distribution.

    Each side misses it with at most (1 - confidence) / 2, whatever the distribution; None: the sample is
    too small for that side. David and Nagaraja, Order Statistics, section 7.1.
    """
    miss = (1 - confidence) / 2
    low = _largest(count, lambda rank: float(bdtr(rank - 1, count, share)) <= miss)
    high = _smallest(count, lambda rank: 1 - float(bdtr(rank - 1, count, share)) <= miss)
    return low, high


def _largest(count: int, fits: Callable[[int], bool]) -> int | None:
    """The largest rank that fits, where a smaller one always fits if a larger does."""
    low, high = 0, count
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low or None


def _smallest(count: int, fits: Callable[[int], bool]) -> int | None:
    low, high = 1, count + 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle + 1, high)
    return low if low <= count else None


def quantile_interval(values: Iterable[float], share: float) -> tuple[float | None, float | None]:
    """The 95 % interval of a quantile from the values themselves; None where they are too few."""
    ordered = sorted(values)
    low, high = quantile_ranks(len(ordered), share)
    return (ordered[low - 1] if low else None), (ordered[high - 1] if high else None)


def wilson(hits: int, count: int) -> tuple[float, float]:
    """Wilson's score interval (95 %) of a share; (0, 1) where nothing was counted."""
    if count == 0:
        return 0.0, 1.0
    share, square = hits / count, Z95 * Z95
    middle = share + square / (2 * count)
    half = Z95 * sqrt(share * (1 - share) / count + square / (4 * count * count))
    whole = 1 + square / count
    low = 0.0 if hits == 0 else (middle - half) / whole
    high = 1.0 if hits == count else (middle + half) / whole
    return low, high


def kaplan_meier_quantile(ended: Sequence[float], waiting: Sequence[float], share: float) -> float | None:
    """A quantile that counts those still waiting too; None: so many wait that it is not reached.

    `ended`: how long those waited that are over; `waiting`: how long the others have waited so far.
    Kaplan and Meier (1958); one that waits as long as another needed counts as waiting at that moment.
    """
    events = sorted([(value, 0) for value in ended] + [(value, 1) for value in waiting])
    left, survived = len(events), 1.0
    for value, still_waits in events:
        if not still_waits:
            survived *= (left - 1) / left
            if 1 - survived >= share - _FUZZ:
                return value
        left -= 1
    return None


def histogram(values: Iterable[float], edges: Sequence[float]) -> list[int]:
    """How many values lie in [edge, next edge); the last bin is open to the right, below the first: none."""
    bounds = [*edges, inf]
    counts = [0] * len(edges)
    for value in values:
        place = sum(value >= edge for edge in bounds) - 1
        if place >= 0:
            counts[min(place, len(edges) - 1)] += 1
    return counts
