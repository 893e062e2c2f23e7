"""Where the panels of the stock matrix stand, and how wide their columns are."""

from dataclasses import dataclass

from dispatch.console.present_blood import GROUP_ORDER
from dispatch.console.present_stock import StockRow, StockTable
from dispatch.domain.blood import BloodGroup, ComponentCode
from dispatch.language import _
from dispatch.text import cell_width

GROUPS: tuple[BloodGroup | None, ...] = (*GROUP_ORDER, None)
"""The columns of a panel; None is the sum."""
FIRST_NEGATIVE = 4
HEADER = 2
MARGIN = 2
BAR = 2
_AGE, _AGE_NARROW, _NARROW = 16, 11, 100
_NAME_LEAST, _NAME_MOST = 8, 30


@dataclass(frozen=True, slots=True)
class MatrixLayout:
    """Panels by component index: `bands` from top to bottom, `names` the width of names per band.

    `widths` are those of the columns of each panel; all in terminal cells.
    """

    bands: tuple[tuple[int, ...], ...] = ()
    names: tuple[int, ...] = ()
    widths: tuple[tuple[int, ...], ...] = ()
    age_width: int = _AGE
    band_height: int = HEADER + 1

    def band_of(self, component: int) -> int:
        """The band that a component's panel stands in."""
        return next((at for at, band in enumerate(self.bands) if component in band), 0)

    def panel_width(self, component: int) -> int:
        """Margin, columns, and the bar before the RhD-negative groups."""
        return _panel_width(self.widths[component])

    def panel_at(self, band: int, x: int) -> tuple[int, int] | None:
        """(component, index into GROUPS) under column `x` of a band; None left or right of panels."""
        left = self.names[band] + 1 + self.age_width
        for component in self.bands[band]:
            width = self.panel_width(component)
            if left <= x < left + width:
                return component, self._group_at(component, x - left)
            left += width
        return None

    def _group_at(self, component: int, x: int) -> int:
        edge = MARGIN
        for place, width in enumerate(self.widths[component]):
            edge += width + (BAR if place == FIRST_NEGATIVE else 0)
            if x < edge:
                return place
        return len(GROUPS) - 1


class RowWidths:
    """How wide the cells of each row are, measured anew only where the cells are others."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[object, tuple[ComponentCode, ...], tuple[int, ...]]] = {}

    def of(self, row: StockRow, codes: tuple[ComponentCode, ...]) -> tuple[int, ...]:
        """Component by component, group by group."""
        known = self._known.get(row.key)
        if known is None or known[0] is not row.cells or known[1] != codes:
            cells = (row.cells.get((code, group)) for code in codes for group in GROUPS)
            widths = tuple(cell_width(cell.text) if cell else 0 for cell in cells)
            known = self._known[row.key] = (row.cells, codes, widths)
        return known[2]


def arrange(table: StockTable, width: int, kept: RowWidths | None = None) -> MatrixLayout:
    """As many panels side by side as fit, the others in bands below."""
    age = _AGE_NARROW if width < _NARROW else _AGE
    widths = _column_widths(table, kept or RowWidths())
    panels = [_panel_width(columns) for columns in widths]
    longest = max((cell_width(row.name.text) for row in table.rows), default=_NAME_LEAST)
    wanted = min(_NAME_MOST, longest)
    room = width - age - 1
    bands = tuple(_bands(panels, room - wanted))
    spare = [room - sum(panels[index] for index in band) for band in bands]
    names = tuple(max(_NAME_LEAST, min(wanted, left)) for left in spare)
    return MatrixLayout(bands, names, widths, age, HEADER + len(table.rows) + 1)


def group_title(group: BloodGroup | None) -> str:
    """What stands over a column."""
    return _("sum") if group is None else group.value


def _panel_width(columns: tuple[int, ...]) -> int:
    return MARGIN + BAR + sum(columns)


def _column_widths(table: StockTable, kept: RowWidths) -> tuple[tuple[int, ...], ...]:
    """For each component the title or the longest amount with its sign, and a space."""
    codes = tuple(component.code for component in table.components)
    titles = tuple(1 + cell_width(group_title(group)) for group in GROUPS) * len(codes)
    columns = [
        1 + max(widths) for widths in zip(titles, *(kept.of(row, codes) for row in table.rows), strict=True)
    ]
    return tuple(tuple(columns[at : at + len(GROUPS)]) for at in range(0, len(columns), len(GROUPS)))


def _bands(panels: list[int], room: int) -> list[tuple[int, ...]]:
    """Panels by index, as many side by side as `room` cells hold and at least one."""
    bands: list[tuple[int, ...]] = []
    left = 0
    for index, width in enumerate(panels):
        if bands and width <= left:
            bands[-1] = (*bands[-1], index)
            left -= width
        else:
            bands.append((index,))
            left = room - width
    return bands
