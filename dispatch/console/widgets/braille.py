"""A canvas of dots in numpy: braille (2 x 4 dots a cell), quadrant blocks (2 x 2) or ASCII (1 x 1).

Dots that share a cell are kept, all of them; the style of a cell is that of what was drawn last.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class DotSet:
    """How many dots a cell has, and the character of every pattern of them."""

    across: int
    down: int
    weights: tuple[tuple[int, ...], ...]
    characters: str

    @cached_property
    def table(self) -> NDArray[np.str_]:
        return np.array(list(self.characters))


_BRAILLE = DotSet(
    2, 4, ((1, 8), (2, 16), (4, 32), (64, 128)), " " + "".join(chr(0x2800 + n) for n in range(1, 256))
)
_BLOCK = DotSet(2, 2, ((1, 2), (4, 8)), " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█")
_ASCII = DotSet(1, 1, ((1,),), " .")
DOT_SETS = {"braille": _BRAILLE, "block": _BLOCK, "ascii": _ASCII}


class Canvas:
    """`width` x `height` cells; x runs right and y down, both in dots."""

    def __init__(self, width: int, height: int, dots: DotSet) -> None:
        self.width, self.height, self.dots = width, height, dots
        self._ink = np.zeros((height * dots.down, width * dots.across), np.bool_)
        self.styles: NDArray[np.int16] = np.zeros((height, width), np.int16)

    def copy(self) -> "Canvas":
        twin = Canvas(0, 0, self.dots)
        twin.width, twin.height = self.width, self.height
        twin._ink, twin.styles = self._ink.copy(), self.styles.copy()
        return twin

    def points(self, x: Floats, y: Floats, style: int | NDArray[np.int16]) -> None:
        """Set dots; those outside the canvas, and NaN, are left out. `style` is one or one a point."""
        limit_y, limit_x = self._ink.shape
        inside = (x >= 0) & (x < limit_x) & (y >= 0) & (y < limit_y)
        column, row = x[inside].astype(np.int64), y[inside].astype(np.int64)
        self._ink[row, column] = True
        chosen = style if isinstance(style, int) else style[inside]
        self.styles[row // self.dots.down, column // self.dots.across] = chosen

    def lines(self, segments: Floats, style: int) -> None:
        """Draw straight lines, one a row (x0, y0, x1, y1), clipped to the canvas."""
        limit_y, limit_x = self._ink.shape
        clipped = clip(segments, limit_x, limit_y)
        if not len(clipped):
            return
        steps = np.ceil(np.abs(clipped[:, 2:] - clipped[:, :2]).max(axis=1)).astype(np.int64) + 1
        line = np.repeat(np.arange(len(clipped)), steps)
        first = np.repeat(np.cumsum(steps) - steps, steps)
        part = (np.arange(len(line)) - first) / np.maximum(steps[line] - 1, 1)
        start, span = clipped[:, :2], clipped[:, 2:] - clipped[:, :2]
        spots = start[line] + span[line] * part[:, None]
        self.points(spots[:, 0], spots[:, 1], style)

    def characters(self) -> NDArray[np.str_]:
        """The character of every cell, (height, width); a cell without a dot is a space."""
        dots = self.dots
        cells = self._ink.reshape(self.height, dots.down, self.width, dots.across)
        weights = np.array(dots.weights, np.int64)
        codes = np.einsum("hdwa,da->hw", cells.astype(np.int64), weights)
        found: NDArray[np.str_] = dots.table[codes]
        return found


def clip(segments: Floats, width: float, height: float) -> Floats:
    """The parts of lines inside 0..width and 0..height (Liang and Barsky, for many at once)."""
    x0, y0, x1, y1 = segments.T
    dx, dy = x1 - x0, y1 - y0
    enter = np.zeros(len(segments))
    leave = np.ones(len(segments))
    outside = ~np.isfinite(segments).all(axis=1)
    for towards, distance in ((-dx, x0), (dx, width - x0), (-dy, y0), (dy, height - y0)):
        outside |= (towards == 0) & (distance < 0)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            at = distance / towards
        enter = np.where(towards < 0, np.maximum(enter, at), enter)
        leave = np.where(towards > 0, np.minimum(leave, at), leave)
    kept = ~outside & (enter <= leave)
    e, v = enter[kept], leave[kept]
    x0, y0, dx, dy = x0[kept], y0[kept], dx[kept], dy[kept]
    return np.stack([x0 + dx * e, y0 + dy * e, x0 + dx * v, y0 + dy * v], axis=1)
