"""The stock matrix: banks down, blood groups across, one panel per component side by side.

As many panels as the width holds stand side by side, from one at 80 cells to all on a wall; the
others follow below. RhD-negative groups stand apart behind a bar. Panels never share a sum.
"""

from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from dispatch.console.faults import Guarded
from dispatch.console.present_stock import StockTable
from dispatch.console.theme import look
from dispatch.console.widgets.matrix_layout import GROUPS, HEADER, MatrixLayout, RowWidths, arrange
from dispatch.console.widgets.matrix_lines import (
    Cursor,
    RowLines,
    RowLook,
    group_parts,
    legend_parts,
    title_parts,
)
from dispatch.console.widgets.paint import line
from dispatch.domain.blood import BankId, BloodGroup, ComponentCode
from dispatch.domain.geography import CityCode

_LEGEND = 1


@dataclass(frozen=True, slots=True)
class StockPlace:
    """A cell of the matrix. `bank` None: the sum of a city, or of all (`city` None too)."""

    city: CityCode | None
    bank: BankId | None
    component: ComponentCode
    group: BloodGroup | None


class StockMatrix(Guarded, ScrollView, can_focus=True):
    """Amounts by bank, component and group with their ages; posts Highlighted and Chosen(StockPlace)."""

    DEFAULT_CSS = """
    StockMatrix { height: 1fr; overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move_row(-1)", show=False),
        Binding("down", "move_row(1)", show=False),
        Binding("left", "move_group(-1)", show=False),
        Binding("right", "move_group(1)", show=False),
        Binding("pageup", "move_component(-1)", show=False),
        Binding("pagedown", "move_component(1)", show=False),
        Binding("home", "move_row(-9999)", show=False),
        Binding("end", "move_row(9999)", show=False),
        Binding("enter", "choose", show=False),
    ]

    class Highlighted(Message):
        """The cursor stands on `place`."""

        def __init__(self, matrix: "StockMatrix", place: StockPlace) -> None:
            super().__init__()
            self.matrix, self.place = matrix, place

        @property
        def control(self) -> "StockMatrix":
            return self.matrix

    class Chosen(Message):
        """The operator wants the detail of `place`."""

        def __init__(self, matrix: "StockMatrix", place: StockPlace) -> None:
            super().__init__()
            self.matrix, self.place = matrix, place

        @property
        def control(self) -> "StockMatrix":
            return self.matrix

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._table = StockTable((), ())
        self._row_key = ""
        self._component = 0
        self._group = 0
        self._layout = MatrixLayout()
        self._base = Style()
        self._rows, self._widths = RowLines(), RowWidths()

    # -- what to show --

    def show(self, table: StockTable) -> None:
        """Show a table; the cursor keeps its bank, component and group."""
        if table == self._table:
            return
        at = self._component_code
        self._table = table
        codes = [component.code for component in table.components]
        self._component = codes.index(at) if at in codes else 0
        if self._row_key not in [row.key for row in table.rows] and table.rows:
            self._row_key = table.rows[0].key
        self._lay_out()

    def show_component(self, code: ComponentCode) -> None:
        """Put the cursor on a component and bring it into view."""
        for index, component in enumerate(self._table.components):
            if component.code == code:
                self._go(component=index)

    def show_bank(self, bank: BankId) -> None:
        """Put the cursor on a bank's row."""
        for index, row in enumerate(self._table.rows):
            if row.bank == bank:
                self._go(row=index)

    @property
    def place(self) -> StockPlace | None:
        """Where the cursor stands; None while there is nothing to show."""
        row = next((row for row in self._table.rows if row.key == self._row_key), None)
        code = self._component_code
        if row is None or code is None:
            return None
        return StockPlace(row.city, row.bank, code, GROUPS[self._group])

    @property
    def bands(self) -> tuple[tuple[ComponentCode, ...], ...]:
        """The components that stand side by side, band by band."""
        return tuple(
            tuple(self._table.components[index].code for index in band) for band in self._layout.bands
        )

    @property
    def _component_code(self) -> ComponentCode | None:
        components = self._table.components
        return components[self._component].code if self._component < len(components) else None

    @property
    def _row_index(self) -> int:
        keys = [row.key for row in self._table.rows]
        return keys.index(self._row_key) if self._row_key in keys else 0

    # -- moving --

    def action_move_row(self, step: int) -> None:
        """One row on; past the edge of a panel into the one above or below, as far as there is one."""
        at = self._row_index + step
        band = self._layout.band_of(self._component) + (at >= len(self._table.rows)) - (at < 0)
        if (
            abs(step) > 1
            or band == self._layout.band_of(self._component)
            or not 0 <= band < len(self._layout.bands)
        ):
            self._go(row=at)
            return
        across = self._layout.bands[self._layout.band_of(self._component)].index(self._component)
        panels = self._layout.bands[band]
        self._go(row=0 if step > 0 else len(self._table.rows), component=panels[min(across, len(panels) - 1)])

    def action_move_group(self, step: int) -> None:
        panel, group = divmod(self._component * len(GROUPS) + self._group + step, len(GROUPS))
        if 0 <= panel < len(self._table.components):
            self._go(component=panel, group=group)

    def action_move_component(self, step: int) -> None:
        self._go(component=self._component + step)

    def action_choose(self) -> None:
        if self.place is not None:
            self.post_message(self.Chosen(self, self.place))

    def _go(self, *, row: int | None = None, component: int | None = None, group: int | None = None) -> None:
        if not self._table.rows or not self._table.components:
            return
        at = max(0, min(self._row_index if row is None else row, len(self._table.rows) - 1))
        self._row_key = self._table.rows[at].key
        wanted = self._component if component is None else component
        self._component = max(0, min(wanted, len(self._table.components) - 1))
        self._group = self._group if group is None else group
        self._bring_into_view(at)
        self.refresh()
        if self.place is not None:
            self.post_message(self.Highlighted(self, self.place))

    def _bring_into_view(self, row: int) -> None:
        """Scroll to the row with the titles of its band, where both fit."""
        first = self._layout.band_of(self._component) * self._layout.band_height
        last = first + HEADER + row
        top, page = self.scroll_offset.y, self._page
        wanted = min(first, top) if last - min(first, top) < page else top
        wanted = max(wanted, last - page + 1)
        if first + HEADER + row < wanted:
            wanted = first + HEADER + row
        if wanted != top:
            self.scroll_to(y=wanted, animate=False)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or offset.y >= self._page or not self._table.rows:
            return
        band, at = divmod(self.scroll_offset.y + offset.y, self._layout.band_height)
        row = at - HEADER
        if band >= len(self._layout.bands) or not 0 <= row < len(self._table.rows):
            return
        spot = self._layout.panel_at(band, offset.x)
        if spot is None:
            self._go(row=row)
            return
        before = self.place
        self._go(row=row, component=spot[0], group=spot[1])
        if event.chain == 2 and self.place == before:
            self.action_choose()

    # -- layout --

    @property
    def _page(self) -> int:
        return max(1, self.scrollable_content_region.height - _LEGEND)

    def on_resize(self) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        width = self.scrollable_content_region.width
        self._layout = arrange(self._table, width, self._widths)
        height = len(self._layout.bands) * self._layout.band_height + _LEGEND
        self.virtual_size = Size(width, height if self._table.rows else 1)
        self.refresh()

    # -- drawing --

    def render_lines(self, crop: Region) -> list[Strip]:
        self._base = self.rich_style
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        styles, layout = look(self.app.theme), self._layout
        if y >= self._page:
            return line(legend_parts(width, styles, days=self._table.days), width, self._base)
        band, at = divmod(self.scroll_offset.y + y, layout.band_height)
        if band >= len(layout.bands) or at == layout.band_height - 1 or not self._table.rows:
            return Strip.blank(width, self._base)
        cursor = Cursor(self._row_key, self._component, self._group, self.has_focus)
        heading = self._base + styles["heading"]
        if at == 0:
            return line(title_parts(self._table, layout, band, cursor, styles), width, heading)
        if at == 1:
            return line(group_parts(layout, band, styles), width, heading)
        row = self._table.rows[at - HEADER]
        base = heading if row.kind == "total" else self._base
        segments = self._rows.of(self._table, layout, band, row, cursor, RowLook(styles, base))
        return Strip(segments).adjust_cell_length(width, base)
