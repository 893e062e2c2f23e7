"""The last days of one stock, drawn: what was held as a line of dots, what was issued as bars below.

A day that nobody knows stays open: no dot, no bar, and no line across it.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from dispatch.blood.trend import Trend
from dispatch.console.faults import Guarded
from dispatch.console.present_cells import Cell
from dispatch.console.symbols import symbols
from dispatch.console.theme import look
from dispatch.console.widgets.braille import DOT_SETS, Canvas
from dispatch.console.widgets.paint import line, segment
from dispatch.language import _
from dispatch.picture.stock_days import Known

BARS = 5
"""Lines of the bars at most: the stock is what is looked at."""
SCALE = 8
"""Cells left of the drawing for the numbers."""
_HELD, _ISSUED = 1, 2
_BAR_STEPS = " ▁▂▃▄▅▆▇█"
_BAR_STEPS_ASCII = " .:|"


@dataclass(frozen=True, slots=True)
class TrendPicture:
    """A trend with the lines of text that stand above it."""

    title: str
    notes: tuple[Cell, ...]
    trend: Trend


class TrendView(Guarded, Widget):
    """Draws a TrendPicture over its whole size."""

    DEFAULT_CSS = "TrendView { height: 1fr; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._shown: TrendPicture | None = None
        self._lines: list[Strip] = []
        self._drawn: tuple[object, ...] = ()

    def show(self, picture: TrendPicture) -> None:
        """Show another trend."""
        if picture != self._shown:
            self._shown = picture
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width, height = self.size.width, self.size.height
        styles, base = look(self.app.theme), self.rich_style
        drawn = (self._shown, width, height, styles.name, symbols().name)
        if drawn != self._drawn:
            self._drawn = drawn
            self._lines = [] if self._shown is None else self._draw(self._shown, width, height, base)
        return self._lines[y] if y < len(self._lines) else Strip.blank(width, base)

    def _draw(self, shown: TrendPicture, width: int, height: int, base: Style) -> list[Strip]:
        styles = look(self.app.theme)
        head = [line([(shown.title, width, styles["title"], "left")], width, base)]
        head += [line([(note.text, width, styles[note.style], "left")], width, base) for note in shown.notes]
        room, across = height - len(head), width - SCALE - 1
        if room < 6 or across < len(shown.trend.days):
            return head[:height]
        bars = max(2, min(BARS, room // 4))
        plot = room - bars - 3
        lines = [*head, *_held(shown.trend.on_hand, across, plot, base, styles["strong"], styles["dim"])]
        lines.append(line([(_("issued a day"), width, styles["dim"], "left")], width, base))
        lines += _issued(shown.trend.issued, across, bars, base, styles["dim"], styles["dim"])
        lines.append(_dates(shown.trend, across, base, styles["dim"]))
        return lines[:height]


def _column(day: int, days: int, across: int) -> tuple[int, int]:
    """First cell and width of a day."""
    first = day * across // days
    return first, (day + 1) * across // days - first


def _held(known: Known, across: int, plot: int, base: Style, ink: Style, dim: Style) -> list[Strip]:
    """The line of what was held, from 0 to the most."""
    dots = DOT_SETS[symbols().name]
    canvas = Canvas(across, plot, dots)
    most = max([value for value in known if value is not None], default=0) or 1
    top, spots = plot * dots.down - 1, []
    for day, value in enumerate(known):
        first, wide = _column(day, len(known), across)
        x = (first + wide / 2) * dots.across
        spots.append(None if value is None else (x, top * (1 - value / most)))
    here = np.array([spot for spot in spots if spot is not None], dtype=float).reshape(-1, 2)
    canvas.points(here[:, 0], here[:, 1], _HELD)
    pairs = [(*one, *other) for one, other in pairwise(spots) if one is not None and other is not None]
    canvas.lines(np.array(pairs, dtype=float).reshape(-1, 4), _HELD)
    rows = canvas.characters()
    lines = []
    for at in range(plot):
        mark = {0: str(most), plot - 1: "0", (plot - 1) // 2: str(round(most / 2))}.get(at, "")
        text = "".join(rows[at])
        lines.append(
            Strip(
                [
                    segment(mark, SCALE, base + dim, "right"),
                    Segment(symbols().bar, base + dim),
                    Segment(text, base + ink),
                ]
            )
        )
    return lines


def _issued(known: Known, across: int, bars: int, base: Style, ink: Style, dim: Style) -> list[Strip]:
    """Bars from below; a day with nothing issued has a foot, an unknown day has none."""
    steps = _BAR_STEPS_ASCII if symbols().name == "ascii" else _BAR_STEPS
    fine = len(steps) - 1
    most = max([value for value in known if value is not None], default=0) or 1
    lines = []
    for row in range(bars):
        cells = [" "] * across
        for day, value in enumerate(known):
            if value is None:
                continue
            first, wide = _column(day, len(known), across)
            eighths = max(1, round(value / most * bars * fine)) if value else 0
            step = min(fine, max(0, eighths - (bars - 1 - row) * fine))
            mark = steps[step] if step else (symbols().dash if row == bars - 1 else " ")
            for at in range(first, first + max(1, wide - 1)):
                cells[at] = mark
        value_text = {0: str(most), bars - 1: "0"}.get(row, "")
        lines.append(
            Strip([segment(value_text, SCALE, base + dim, "right"), Segment(symbols().bar, base + dim),
                   Segment("".join(cells), base + ink)])
        )  # fmt: skip
    return lines


def _dates(trend: Trend, across: int, base: Style, dim: Style) -> Strip:
    """The date of every seventh day, counted back from yesterday."""
    cells = [" "] * across
    last = len(trend.days) - 1
    for day in range(last % 7, last + 1, 7):
        first, _wide = _column(day, len(trend.days), across)
        text = f"{trend.days[day]:%m-%d}"
        first = min(first, across - len(text))
        cells[first : first + len(text)] = text
    return Strip([Segment(" " * (SCALE + 1), base), Segment("".join(cells), base + dim)])
