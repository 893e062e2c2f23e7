"""The lines of the stock matrix: titles, groups, amounts, legend."""

from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style

from dispatch.blood.rules import Phase
from dispatch.console.present_cells import Cell
from dispatch.console.present_cover import PHASE_WORDS, phase_sign
from dispatch.console.present_scene import name_text
from dispatch.console.present_stock import StockRow, StockTable
from dispatch.console.symbols import symbols
from dispatch.console.theme import Look
from dispatch.console.widgets.matrix_layout import (
    BAR,
    FIRST_NEGATIVE,
    GROUPS,
    MARGIN,
    MatrixLayout,
    group_title,
)
from dispatch.console.widgets.paint import Part, painted
from dispatch.domain.blood import ComponentCode
from dispatch.language import _
from dispatch.text import cell_width


@dataclass(frozen=True, slots=True)
class Cursor:
    """The cell of the operator: a row, a component, an index into GROUPS."""

    row: str
    component: int
    group: int
    focused: bool


@dataclass(frozen=True, slots=True)
class RowLook:
    """What a row is painted with; `styles` is one object for each theme."""

    styles: Look
    base: Style


def title_parts(table: StockTable, layout: MatrixLayout, band: int, at: Cursor, styles: Look) -> list[Part]:
    """The components of a band with their units."""
    parts: list[Part] = [("", layout.names[band] + 1 + layout.age_width, Style(), "left")]
    for index in layout.bands[band]:
        component = table.components[index]
        title = f" {name_text(component.name)} ({name_text(component.unit)})"
        style = styles["title"] if index == at.component else Style()
        parts.append(("", MARGIN, Style(), "left"))
        parts.append((title, layout.panel_width(index) - MARGIN, style, "left"))
    return parts


def group_parts(layout: MatrixLayout, band: int, styles: Look) -> list[Part]:
    """The blood groups over the columns of a band."""
    parts: list[Part] = [
        (_("Bank"), layout.names[band] + 1, Style(), "left"),
        (_("Counted ago"), layout.age_width, Style(), "left"),
    ]
    for index in layout.bands[band]:
        parts.append(("", MARGIN, Style(), "left"))
        for place, group in enumerate(GROUPS):
            if place == FIRST_NEGATIVE:
                parts.append((f" {symbols().bar}", BAR, styles["faint"], "left"))
            negative = group is not None and not group.rhd_positive
            style = styles["rh_negative"] if negative else Style()
            parts.append((f"{group_title(group)} ", layout.widths[index][place], style, "right"))
    return parts


class RowLines:
    """The lines of rows; a panel is painted anew only where its cells, its place or the cursor are others."""

    def __init__(self) -> None:
        self._panels: dict[tuple[str, int], tuple[tuple[object, ...], list[Segment]]] = {}

    def of(
        self, table: StockTable, layout: MatrixLayout, band: int, row: StockRow, at: Cursor, look: RowLook
    ) -> list[Segment]:
        """One bank, city or sum over the panels of a band."""
        stub = _stub_parts(row, layout.names[band], layout.age_width, look.styles)
        segments = painted(stub, look.base)
        for index in layout.bands[band]:
            segments += self._panel(table, layout, row, index, at, look)
        return segments

    def _panel(
        self, table: StockTable, layout: MatrixLayout, row: StockRow, index: int, at: Cursor, look: RowLook
    ) -> list[Segment]:
        here = at if (row.key, index) == (at.row, at.component) else None
        code = table.components[index].code
        made_of = (code, row.cells, row.kind, layout.widths[index], here, look, symbols().name)
        known = self._panels.get((row.key, index))
        if known is None or known[0] != made_of:
            parts = _panel_parts(row, code, layout.widths[index], here, look.styles)
            known = self._panels[row.key, index] = (made_of, painted(parts, look.base))
        return known[1]


def legend_parts(width: int, styles: Look, *, days: bool = False) -> list[Part]:
    """What the signs behind the amounts, or the days, mean."""
    marks = symbols()
    meanings: tuple[tuple[str, str], ...] = (
        (marks.stale, _("stale or offline")),
        (marks.incomplete, _("count incomplete")),
        (marks.expiring, _("part expires soon")),
        (marks.dash, _("never counted")),
    )
    if days:
        meanings = (
            *(
                (phase_sign(phase), _(PHASE_WORDS[phase]))
                for phase in (Phase.PRE_AMBER, Phase.AMBER, Phase.RED)
            ),
            ("(3)", _("count only")),
            (marks.stale, _("stale or offline")),
            (marks.dash, _("never counted")),
        )
    return [("  ".join(f"{mark} {meaning}" for mark, meaning in meanings), width, styles["dim"], "left")]


def _stub_parts(row: StockRow, name: int, age: int, styles: Look) -> list[Part]:
    if row.kind == "city":  # how far the city is seen may run on below the ages
        title = f"{row.name.text}  "
        rest = max(0, name + 1 + age - cell_width(title))
        return [
            (title, name + 1 + age - rest, styles[row.name.style] + styles["bold"], "left"),
            (row.age.text, rest, styles[row.age.style], "left"),
        ]
    said = row.age.text if cell_width(row.age.text) <= age else row.age.text.rpartition(" ")[0]
    return [
        (row.name.text, name, styles[row.name.style], "left"),
        (" ", 1, Style(), "left"),
        (said, age, styles[row.age.style], "left"),
    ]


def _panel_parts(
    row: StockRow, code: ComponentCode, widths: tuple[int, ...], here: Cursor | None, styles: Look
) -> list[Part]:
    parts: list[Part] = [("", MARGIN, Style(), "left")]
    for place, group in enumerate(GROUPS):
        if place == FIRST_NEGATIVE:
            parts.append((f" {symbols().bar}", BAR, styles["faint"], "left"))
        cell = row.cells.get((code, group), Cell(""))
        style = styles["strong" if row.kind != "bank" and cell.style == "normal" else cell.style]
        if here and place == here.group:
            style = styles["selected" if here.focused else "selected_blurred"]
        parts.append((" ", 1, Style(), "left"))
        parts.append((cell.text, widths[place] - 1, style, "right"))
    return parts
