"""Where a free unit that is on its way home is counted to be, when only minutes between nodes are known.

Each rule gives the minutes from a unit to a node. With `last` the node that the unit left, `home`
the one it is going to and f the part of the drive home that is over (by time):

- base: it counts as being at home from the moment it is free;
- last: it counts as being at `last` until it is home;
- linear: (1 - f) x minutes from `last` + f x minutes from `home`;
- nearest-end: `last` while f < 1/2, `home` from f = 1/2 on;
- via-base: it drives home first: what is left of that drive, then the minutes from `home`;
- next-node: it goes on to the next node of its way home and turns there: what is left to that node,
  then the minutes from it. Nodes of the way are those that make it no longer (within 1e-9 min);
- nearest-node: it stands at the node nearest to its place on the straight line (needs coordinates).
"""

from collections.abc import Callable, Sequence

import numpy as np

from dispatch.decide.travel import Floats
from simulators.study.engine import Run

Where = Callable[[Run, int, int], float]
ON_THE_WAY_MIN = 1e-9
STEPS = 64
"""Parts into which a drive home is divided when the nearest node is looked up."""


def part_home(run: Run, unit: int) -> float:
    """The part of the drive home that is over, 0 to 1."""
    begun, until = run.since[unit], run.home_at[unit]
    return (run.now - begun) / (until - begun)


def at_base(run: Run, unit: int, node: int) -> float:
    """At home at once."""
    return run.ground.response[run.place[unit]][node]


def at_last(run: Run, unit: int, node: int) -> float:
    """Where it became free."""
    return run.ground.response[run.last[unit]][node]


def linear(run: Run, unit: int, node: int) -> float:
    """Between both ends, by time."""
    column, begun = run.ground.into[node], run.since[unit]
    part = (run.now - begun) / (run.home_at[unit] - begun)
    return (1 - part) * column[run.last[unit]] + part * column[run.place[unit]]


def nearest_end(run: Run, unit: int, node: int) -> float:
    """At the end that is nearer in time."""
    return at_last(run, unit, node) if part_home(run, unit) < 0.5 else at_base(run, unit, node)


def via_base(run: Run, unit: int, node: int) -> float:
    """Home first."""
    return run.home_at[unit] - run.now + at_base(run, unit, node)


def next_node(run: Run, unit: int, node: int) -> float:
    """On to the next node of the way home, and from there."""
    home, last, aim = run.ground.home, run.last[unit], run.place[unit]
    gone, whole = run.now - run.since[unit], home[last][aim]
    ahead = [
        (home[last][via], via)
        for via in range(len(home))
        if home[last][via] >= gone - ON_THE_WAY_MIN
        and home[last][via] + home[via][aim] <= whole + ON_THE_WAY_MIN
    ]
    reached, via = min(ahead, default=(whole, aim))
    return max(reached - gone, 0.0) + run.ground.response[via][node]


WAYS: dict[str, Where] = {
    "base": at_base,
    "last": at_last,
    "linear": linear,
    "nearest-end": nearest_end,
    "via-base": via_base,
    "next-node": next_node,
}
NEAREST_NODE = "nearest-node"


class NearestNode:
    """At the node nearest to the straight line's point; x and y in one plane, any unit."""

    def __init__(self, x: Sequence[float] | Floats, y: Sequence[float] | Floats) -> None:
        self._x, self._y = np.asarray(x, np.float64), np.asarray(y, np.float64)
        self._along: dict[tuple[int, int], list[int]] = {}

    def node(self, run: Run, unit: int) -> int:
        """Where a free unit stands."""
        home = run.place[unit]
        if run.now >= run.home_at[unit]:
            return home
        ends = (run.last[unit], home)
        if ends not in self._along:
            self._along[ends] = self._way(*ends)
        return self._along[ends][int(part_home(run, unit) * STEPS)]

    def _way(self, last: int, home: int) -> list[int]:
        part = ((np.arange(STEPS) + 0.5) / STEPS)[:, None]  # middles: never as near to both ends
        east = self._x[last] + part * (self._x[home] - self._x[last])
        north = self._y[last] + part * (self._y[home] - self._y[last])
        distance = (east - self._x) ** 2 + (north - self._y) ** 2
        return [int(node) for node in np.argmin(distance, axis=1)]

    def __call__(self, run: Run, unit: int, node: int) -> float:
        """Minutes to a node."""
        return run.ground.into[node][self.node(run, unit)]
