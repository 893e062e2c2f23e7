"""The lines of a board: cells under their titles, the selection and what has gone."""

from typing import NamedTuple

from rich.style import Style
from textual.strip import Strip

from dispatch.console.present_cells import Cell, Column, Row
from dispatch.console.symbols import symbols
from dispatch.console.theme import Look
from dispatch.console.widgets.paint import Part, line
from dispatch.language import _
from dispatch.text import fit_end, fit_parts

GAP = 1
Layout = tuple[tuple[int, int], ...]
"""(index, width) of the columns that are shown."""


class Painted(NamedTuple):
    """Everything that decides how the line of a row looks."""

    row: Row
    selected: bool
    gone: bool
    focused: bool


def row_strip(
    painted: Painted, columns: tuple[Column, ...], layout: Layout, width: int, base: Style, styles: Look
) -> Strip:
    """One row; a cell whose own style is "normal" takes that of its row."""
    row, selected, gone, focused = painted
    under = base + styles["gone" if gone else row.style]
    cursor = styles["selected" if focused else "selected_blurred"] if selected else Style()
    parts: list[Part] = []
    for place, (index, cells) in enumerate(layout):
        if place:
            parts.append((" ", GAP, cursor, "left"))
        cell = row.cells[index] if index < len(row.cells) else Cell("")
        style = Style() if cell.style == "normal" or gone else styles[cell.style]
        if selected and style.bgcolor is None:
            style = cursor
        column = columns[index]
        parts.append((_shortened(cell.text, cells, column), cells, style, column.align))
    return line(parts, width, under + cursor)


def _shortened(text: str, width: int, column: Column) -> str:
    """A text that is too long without what its column can do without; what is cut at its end is cut later."""
    match column.cut:
        case "start":
            return fit_end(text, width, symbols().ellipsis)
        case "parts":
            return fit_parts(text, width, _("; "))
        case _:
            return text


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
