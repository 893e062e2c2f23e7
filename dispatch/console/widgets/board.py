"""The board: a table for lists that move, drawn line by line and selected by key.

Nothing here follows a line number: when rows are sorted, come or go, the selection stays with its
key, and a selection whose row has gone is no selection.
"""

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from dispatch.console.present_cells import Cell, Column, Row
from dispatch.console.widgets.rows_view import RowsView

__all__ = ["Board", "Cell", "Column", "Row"]


class Board(RowsView, can_focus=True):
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
                self._draw_row(at)
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
        at, _part = self._window.at(self.scroll_offset.y, offset.y)
        if at >= len(self._order):
            return
        key = self._order.keys[at]
        # A second click counts only on the row the first one selected: rows may have moved between them.
        if event.chain == 2 and key == self.selected:
            self.action_choose()
        else:
            self.select(key)

    def _select_line(self, at: int) -> None:
        if len(self._order):
            self.select(self._order.keys[max(0, min(at, len(self._order) - 1))])

    def _sort_by_click(self, x: int) -> None:
        column = self._painter.column_at(x)
        if column is not None:
            self.sort_by(column.key, reverse=self.sorting == (column.key, False))
