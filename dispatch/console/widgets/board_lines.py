"""The lines of a board: cells under their titles, the selection and what has gone."""

from dataclasses import dataclass
from typing import NamedTuple

from rich.style import Style
from textual.strip import Strip

from dispatch.console.present_cells import Cell, Column, Row, lay_out
from dispatch.console.symbols import symbols
from dispatch.console.theme import Look
from dispatch.console.widgets.paint import Part, line
from dispatch.language import _
from dispatch.text import fit_end, fit_parts, on_two_lines, safe_text

GAP = 1
_CACHED_STRIPS = 4096
Layout = tuple[tuple[int, int], ...]
"""(index, width) of the columns that are shown."""


class Painted(NamedTuple):
    """Everything that decides how the line of a row looks."""

    row: Row
    selected: bool
    gone: bool
    focused: bool


@dataclass(slots=True)
class RowWindow:
    """Which rows of a scrolled board are in view, where each row takes `tall` lines under one line of titles.

    `top`: lines scrolled by; `height`: lines of the board with its titles.
    """

    tall: int = 1

    def page(self, height: int) -> int:
        """Whole rows in view at once, one at least."""
        return max(1, (height - 1) // self.tall)

    def lines(self, count: int) -> int:
        """Lines of the titles and of so many rows."""
        return count * self.tall + 1

    def at(self, top: int, y: int) -> tuple[int, int]:
        """The row on line `y` (1 or more) of the board, and which of its lines that is."""
        return divmod(top + y - 1, self.tall)

    def rows(self, top: int, height: int, count: int) -> range:
        """The rows of `count` of which some line is in view."""
        first = top // self.tall
        below = -(-(top + max(1, height - 1)) // self.tall)
        return range(first, max(first, min(below, count)))

    def scrolled(self, top: int, height: int, row: int) -> int:
        """Lines to scroll by to have a row in view whole, the least that does it."""
        begins = row * self.tall
        return min(begins, max(top, begins + self.tall - max(self.tall, height - 1)))


def row_strip(
    painted: Painted,
    columns: tuple[Column, ...],
    layout: Layout,
    width: int,
    base: Style,
    styles: Look,
    part: int | None = None,
) -> Strip:
    """One row; a cell whose own style is "normal" takes that of its row.

    `part` 0 or 1: its first or second line, where rows have two; words too long for the first go on there.
    """
    row, selected, gone, focused = painted
    under = base + styles["gone" if gone else row.style]
    cursor = styles["selected" if focused else "selected_blurred"] if selected else Style()
    parts: list[Part] = []
    for place, (index, cells) in enumerate(layout):
        if place:
            parts.append((" ", GAP, cursor, "left"))
        cell = row.cells[index] if index < len(row.cells) else Cell("")
        style = Style() if cell.style == "normal" or gone else styles[cell.style]
        if selected and style.bgcolor is None and not style.reverse:
            style = cursor
        column = columns[index]
        text = _text_of(cell, column, cells, part)
        parts.append((text, cells, style if text or not part else cursor, column.align))
    return line(parts, width, under + cursor)


def _text_of(cell: Cell, column: Column, cells: int, part: int | None) -> str:
    """What of a cell stands on a line; only words are broken, numbers stand to the right or in the middle."""
    if column.cut == "start":
        return "" if part else fit_end(cell.text, cells, symbols().ellipsis)
    if part is None:
        return fit_parts(cell.text, cells, _("; ")) if column.cut == "parts" else cell.text
    if column.align != "left":
        return "" if part else cell.text
    return on_two_lines(safe_text(cell.text), cells)[part]


def header_strip(
    columns: tuple[Column, ...],
    layout: Layout,
    sorting: tuple[str | None, bool],
    width: int,
    base: Style,
    styles: Look,
) -> Strip:
    """The titles, the one sorted by with its direction."""
    style = styles["heading"]
    sorted_by, reverse = sorting
    parts: list[Part] = []
    for place, (index, cells) in enumerate(layout):
        if place:
            parts.append((" ", GAP, style, "left"))
        column = columns[index]
        mark = symbols().descending if reverse else symbols().ascending
        title = column.title + mark if column.key == sorted_by else column.title
        parts.append((title, cells, style, column.align))
    return line(parts, width, base + style)


class BoardPainter:
    """Draws the lines of one board; a line that was drawn before is not made anew."""

    def __init__(self) -> None:
        self.columns: tuple[Column, ...] = ()
        self._layout: Layout = ()
        self._strips: dict[tuple[Painted, str, bool, int | None], Strip] = {}
        self.width = 0

    def lay_out(self, width: int) -> None:
        """Share so many cells among the columns."""
        self.width, self._layout = width, lay_out(self.columns, width, GAP)
        self.forget()

    def forget(self) -> None:
        """Colours or columns have changed: nothing drawn before is right."""
        self._strips.clear()

    def header(self, sorting: tuple[str | None, bool], base: Style, styles: Look) -> Strip:
        return header_strip(self.columns, self._layout, sorting, self.width, base, styles)

    def row(self, painted: Painted, part: int | None, base: Style, styles: Look) -> Strip:
        key = (painted, styles.name, symbols().name == "ascii", part)
        strip = self._strips.get(key)
        if strip is None:
            if len(self._strips) > _CACHED_STRIPS:
                self._strips.clear()
            strip = row_strip(painted, self.columns, self._layout, self.width, base, styles, part)
            self._strips[key] = strip
        return strip

    def column_at(self, x: int) -> Column | None:
        """The column over a cell of the title line; None between two."""
        left = 0
        for index, width in self._layout:
            if left <= x < left + width:
                return self.columns[index]
            left += width + GAP
        return None
