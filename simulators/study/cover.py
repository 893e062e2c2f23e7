"""What cover a unit takes away (Daskin's MEXCLP), by tables; the same as dispatch.decide.coverage."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dispatch.decide.travel import Floats

Covers = Sequence[Sequence[int]]
"""By node: the numbers of the demand places covered from there."""


@dataclass(frozen=True)
class Cover:
    """Demand places by weight, and the straight kilometres to them from every node (rows: nodes)."""

    weight: Sequence[float]
    km: Floats
    reach_km: Callable[[float], float]
    """Kilometres driven within the standard at a moment."""
    busy_fraction: float

    @cached_property
    def _by_reach(self) -> dict[float, Covers]:
        return {}

    def covers(self, moment_min: float) -> Covers:
        """What each node covers at a moment."""
        reach = self.reach_km(moment_min)
        if reach not in self._by_reach:
            self._by_reach[reach] = [np.flatnonzero(row <= reach).tolist() for row in self.km]
        return self._by_reach[reach]

    def loss(self, nodes: Sequence[int], free_nodes: Sequence[int], moment_min: float) -> list[float]:
        """Weight whose cover goes with a unit at each of `nodes`; all free units stand at `free_nodes`."""
        covers, q = self.covers(moment_min), self.busy_fraction
        count = [0] * len(self.weight)
        for node in free_nodes:
            for place in covers[node]:
                count[place] += 1
        marginal = [w * (1 - q) * q ** (k - 1) if k else 0.0 for w, k in zip(self.weight, count, strict=True)]
        return [sum(marginal[place] for place in covers[node]) for node in nodes]
