"""Labels that never lie over each other: placed in order of rank, left out where there is no room."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


class Room:
    """Which cells of a frame are still free."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._taken: NDArray[np.bool_] = np.zeros((height, width), np.bool_)

    def free(self, x: int, y: int, length: int) -> bool:
        """True when `length` cells from (x, y) on lie inside and are free."""
        inside = 0 <= y < self.height and x >= 0 and x + length <= self.width
        return inside and not self._taken[y, x : x + length].any()

    def take(self, x: int, y: int, length: int) -> None:
        """Keep cells from others; what lies outside is ignored."""
        if 0 <= y < self.height:
            self._taken[y, max(0, x) : max(0, x + length)] = True

    def place(self, x: int, y: int, mark: int, length: int) -> tuple[int, int] | None:
        """Where a label of `length` cells goes beside a mark of `mark` cells at (x, y)."""
        for at_x, at_y in _spots(x, y, mark, length):
            if self.free(at_x, at_y, length):
                self.take(at_x - 1, at_y, length + 2)
                return at_x, at_y
        return None


def _spots(x: int, y: int, mark: int, length: int) -> Iterable[tuple[int, int]]:
    """Right, left, above, below; a label without a mark goes over its own point or a few lines off."""
    middle = x + mark // 2 - length // 2
    if mark == 0:
        return [(middle, y + step) for step in (0, -1, 1, -2, 2, -3, 3)]
    return [(x + mark + 1, y), (x - length - 1, y), (middle, y - 1), (middle, y + 1)]
