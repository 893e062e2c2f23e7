"""The board: a table for lists that move, drawn line by line and selected by key.

Nothing here follows a line number: when rows are sorted, come or go, the selection stays with its
key, and a selection whose row has gone is no selection. Only lines that changed are drawn.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.strip import Strip

from dispatch.console.faults import Guarded
from dispatch.console.present_cells import Cell, Column, Row, lay_out
from dispatch.console.symbols import symbols
from dispatch.console.theme import Look, look
from dispatch.console.widgets.board_lines import GAP, Painted, header_strip, row_strip
from dispatch.console.widgets.order import RowOrder
from dispatch.console.widgets.paint import centred

__all__ = ["Board", "Cell", "Column", "Row"]

_CACHED_STRIPS = 4096


class Board(Guarded, ScrollView, can_focus=True):
    """Rows under a fixed header; posts Highlighted as the selection moves, Chosen on Enter."""

    DEFAULT_CSS = """
    Board { height: 1fr; overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "edge(-1)", show=False),
        Binding("end", "edge(1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    selected: var[str | None] = var(None, init=False)
    """The key of the selected row."""

    class Highlighted(Message):
        """The selection moved to `key` (None: nothing is selected)."""

        def __init__(self, board: "Board", key: str | None) -> None:
            super().__init__()
            self.board, self.key = board, key

        @property
        def control(self) -> "Board":
            return self.board

    class Chosen(Message):
        """The operator chose the row of `key`."""

        def __init__(self, board: "Board", key: str) -> None:
            super().__init__()
            self.board, self.key = board, key

        @property
        def control(self) -> "Board":
            return self.board

    def __init__(self, *, empty: str = "", id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.empty = empty
        self._columns: tuple[Column, ...] = ()
        self._layout: tuple[tuple[int, int], ...] = ()
        self._order = RowOrder()
        self._line_hint = 0
        self._page_before = 0
        self._width = 0
        self._painted: dict[int, Painted | None] = {}
        self._strips: dict[tuple[Painted, str, bool], Strip] = {}
        self._base = Style()

    # -- what to show --

    def set_columns(self, columns: Iterable[Column]) -> None:
        """Replace the columns, titles already in the language in use; rows stay as they are."""
        wanted = tuple(columns)
        if wanted != self._columns:
            self._columns = wanted
            self._lay_out()

    def set_empty(self, text: str) -> None:
        """The text shown while there is no row."""
        if text != self.empty:
            self.empty = text
            self.refresh()

    def show(self, rows: Iterable[Row]) -> None:
        """Show ready rows; only the lines that differ are drawn."""
        moved = self._order.give_rows({row.key: row for row in rows})
        self._after_change(moved)

    def show_keys(
        self, keys: Sequence[str], row_of: Callable[[str], Row | None], changed: Collection[str] | None = None
    ) -> None:
        """Show many rows that are made only when their line is painted.

        `changed` are the keys whose row may differ since the last call (None: all). While the lines stand
        where they stood, no other row is looked at: for ages that run on there is `refresh_rows`.
        """
        self._after_change(self._order.give(keys, row_of, changed), changed)

    def refresh_rows(self, changed: Collection[str] | None = None) -> None:
        """Draw the visible lines that differ from what is on the screen: for ages that run on.

        `changed`: look at the lines of these keys only (None: at all of them). A line that was to be drawn
        and was not, as happens behind a dialog, is asked for again.
        """
        top, count = self._visible()
        for at in range(top, top + count):
            if at in self._painted and changed is not None and self._order.keys[at] not in changed:
                continue
            if at not in self._painted or self._wanted(at) != self._painted[at]:
                self._painted.pop(at, None)
                self.refresh_line(at + 1)

    def sort_by(self, column: str | None, reverse: bool = False) -> None:
        """Sort by the column with this key; None shows the order given. Ignored while frozen."""
        if self._order.frozen:
            return
        keys = [known.key for known in self._columns]
        index = keys.index(column) if column in keys else None
        moved = self._order.sort(index, reverse)
        self._strips.clear()
        self._after_change(moved)
        self.refresh(Region(0, 0, self.size.width, 1))

    def set_filter(self, text: str) -> None:
        """Show only rows that match `text`; "" shows all."""
        self._after_change(self._order.set_filter(text))
        self.refresh()

    def freeze(self, frozen: bool = True) -> None:
        """Hold the order of the rows still while the operator chooses; values go on changing."""
        self._after_change(self._order.freeze(frozen))

    # -- what is shown --

    @property
    def frozen(self) -> bool:
        return self._order.frozen

    @property
    def keys(self) -> list[str]:
        """The keys of all lines, top to bottom."""
        return list(self._order.keys)

    @property
    def visible_keys(self) -> list[str]:
        """The keys of the lines now on the screen."""
        top, count = self._visible()
        return self._order.keys[top : top + count]

    @property
    def sorting(self) -> tuple[str | None, bool]:
        """The key of the column sorted by, and whether it is reversed."""
        at = self._order.sort_column
        return (
            None if at is None or at >= len(self._columns) else self._columns[at].key,
            self._order.reverse,
        )

    # -- selection --

    def select(self, key: str | None) -> bool:
        """Move the selection to a key and into view; False when it is not shown."""
        at = self._order.index(key)
        if key is not None and at is None:
            return False
        self.selected = key
        if at is not None:
            self._line_hint = at
            self._scroll_to_line(at)
        return True

    def show_top(self) -> None:
        """Scroll to the first line as long as the selected one stays in view."""
        at = self._order.index(self.selected)
        if self.scroll_offset.y and (at is None or at < self._page):
            self.scroll_to(y=0, animate=False)

    def watch_selected(self, before: str | None, after: str | None) -> None:
        for key in (before, after):
            at = self._order.index(key)
            if at is not None:
                self._painted.pop(at, None)
                self.refresh_line(at + 1)
        self.post_message(self.Highlighted(self, after))

    def action_move(self, step: int) -> None:
        at = self._order.index(self.selected)
        if at is None:
            self._select_line(min(self._line_hint, len(self._order) - 1))
        else:
            self._select_line(at + step)

    def action_page(self, direction: int) -> None:
        at = self._order.index(self.selected)
        self._select_line((self._line_hint if at is None else at) + direction * max(1, self._page - 1))

    def action_edge(self, direction: int) -> None:
        self._select_line(0 if direction < 0 else len(self._order) - 1)

    def action_choose(self) -> None:
        if self.selected is not None and self.selected not in self._order.gone:
            self.post_message(self.Chosen(self, self.selected))

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y == 0:
            self._sort_by_click(offset.x)
            return
        at = self.scroll_offset.y + offset.y - 1
        if at >= len(self._order):
            return
        key = self._order.keys[at]
        # A second click counts only on the row the first one selected: rows may have moved between them.
        if event.chain == 2 and key == self.selected:
            self.action_choose()
        else:
            self.select(key)

    # -- inside --

    @property
    def _page(self) -> int:
        return max(1, self.scrollable_content_region.height - 1)

    def _visible(self) -> tuple[int, int]:
        top = self.scroll_offset.y
        return top, min(self._page, max(0, len(self._order) - top))

    def _select_line(self, at: int) -> None:
        if len(self._order):
            self.select(self._order.keys[max(0, min(at, len(self._order) - 1))])

    def _scroll_to_line(self, at: int) -> None:
        top = self.scroll_offset.y
        wanted = min(at, max(top, at - self._page + 1))
        if wanted != top:
            self.scroll_to(y=wanted, animate=False)

    def _sort_by_click(self, x: int) -> None:
        left = 0
        for index, width in self._layout:
            if left <= x < left + width:
                key = self._columns[index].key
                self.sort_by(key, reverse=self.sorting == (key, False))
                return
            left += width + GAP

    def _after_change(self, moved: bool, changed: Collection[str] | None = None) -> None:
        if not moved:
            self.refresh_rows(changed)
            return
        if self.selected is not None and self._order.index(self.selected) is None:
            self.selected = None
        following = self._order.index(self.selected)
        was_in_view = following is None or self._in_view(self._line_hint)
        self._painted.clear()
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._order) + 1)
        if following is not None:
            self._line_hint = following
            if was_in_view:
                self._scroll_to_line(following)
        self.refresh()

    def _in_view(self, at: int) -> bool:
        top, count = self._visible()
        return top <= at < top + max(1, count)

    def on_resize(self) -> None:
        if self.scrollable_content_region.width != self._width:
            self._lay_out()
        else:
            self.virtual_size = Size(self._width, len(self._order) + 1)
        at, top = self._order.index(self.selected), self.scroll_offset.y
        if at is not None and top <= at < top + self._page_before:
            self._scroll_to_line(at)  # what was in view stays so on a lower board
        self._page_before = self._page

    def on_focus(self) -> None:
        self._painted.clear()
        self.refresh()

    def on_blur(self) -> None:
        self._painted.clear()
        self.refresh()

    def _lay_out(self) -> None:
        width = self._width = self.scrollable_content_region.width
        self._layout = lay_out(self._columns, width, GAP)
        self._strips.clear()
        self._painted.clear()
        self.virtual_size = Size(width, len(self._order) + 1)
        self.refresh()

    # -- drawing --

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()
        self._painted.clear()

    def render_lines(self, crop: Region) -> list[Strip]:
        self._base = self.rich_style
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        styles = look(self.app.theme)
        if y == 0:
            return header_strip(self._columns, self._layout, self.sorting, width, self._base, styles)
        at = self.scroll_offset.y + y - 1
        if at < len(self._order):
            return self._body(at, width, styles)
        if not len(self._order) and self.empty:
            height = self.size.height - 1
            return centred(self.empty.split("\n"), y - 1, height, width, styles["dim"], self._base)
        return Strip.blank(width, self._base)

    def _wanted(self, at: int) -> Painted | None:
        if at >= len(self._order):
            return None
        key = self._order.keys[at]
        row = self._order.row(key)
        if row is None:
            return None
        return Painted(row, key == self.selected, key in self._order.gone, self.has_focus)

    def _body(self, at: int, width: int, styles: Look) -> Strip:
        wanted = self._wanted(at)
        self._painted[at] = wanted
        if wanted is None:
            return Strip.blank(width, self._base)
        cache_key = (wanted, styles.name, symbols().name == "ascii")
        strip = self._strips.get(cache_key)
        if strip is None:
            if len(self._strips) > _CACHED_STRIPS:
                self._strips.clear()
            strip = row_strip(wanted, self._columns, self._layout, width, self._base, styles)
            self._strips[cache_key] = strip
        return strip
