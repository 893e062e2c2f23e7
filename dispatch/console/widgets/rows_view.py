"""Rows under fixed titles, drawn line by line: only lines that changed are drawn."""

from collections.abc import Callable, Collection, Iterable, Sequence

from rich.style import Style
from textual.geometry import Region, Size
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.strip import Strip

from dispatch.console.faults import Guarded
from dispatch.console.present_cells import Column, Row
from dispatch.console.theme import Look, look
from dispatch.console.widgets.board_lines import BoardPainter, Painted, RowWindow
from dispatch.console.widgets.order import RowOrder
from dispatch.console.widgets.paint import centred

TALL_ROWS = "-comfortable"
"""The class of an app whose rows take two lines each."""


class RowsView(Guarded, ScrollView):
    """The drawn part of a board; who selects a row is for whoever derives from it."""

    selected: var[str | None] = var(None, init=False)
    """The key of the selected row."""

    def __init__(self, *, empty: str = "", id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.empty = empty
        self._painter = BoardPainter()
        self._order = RowOrder()
        self._window = RowWindow()
        self._line_hint = 0
        self._page_before = 0
        self._painted: dict[int, Painted | None] = {}
        self._base = Style()

    # -- what to show --

    def set_columns(self, columns: Iterable[Column]) -> None:
        """Replace the columns, titles already in the language in use; rows stay as they are."""
        wanted = tuple(columns)
        if wanted != self._painter.columns:
            self._painter.columns = wanted
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
        for at in self._visible():
            if at in self._painted and changed is not None and self._order.keys[at] not in changed:
                continue
            if at not in self._painted or self._wanted(at) != self._painted[at]:
                self._draw_row(at)

    def sort_by(self, column: str | None, reverse: bool = False) -> None:
        """Sort by the column with this key; None shows the order given. Ignored while frozen."""
        if self._order.frozen:
            return
        keys = [known.key for known in self._painter.columns]
        index = keys.index(column) if column in keys else None
        moved = self._order.sort(index, reverse)
        self._painter.forget()
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
        return [self._order.keys[at] for at in self._visible()]

    @property
    def sorting(self) -> tuple[str | None, bool]:
        """The key of the column sorted by, and whether it is reversed."""
        at = self._order.sort_column
        return (
            None if at is None or at >= len(self._painter.columns) else self._painter.columns[at].key,
            self._order.reverse,
        )

    # -- inside --

    @property
    def _lines(self) -> int:
        return self.scrollable_content_region.height

    @property
    def _page(self) -> int:
        return self._window.page(self._lines)

    def lines_of(self, rows: int) -> int:
        """Lines that the titles and so many rows take."""
        return self._window.lines(rows)

    def _visible(self) -> range:
        return self._window.rows(self.scroll_offset.y, self._lines, len(self._order))

    def _draw_row(self, at: int) -> None:
        self._painted.pop(at, None)
        for line in range(self._window.lines(at), self._window.lines(at + 1)):
            self.refresh_line(line)

    def _reach(self) -> None:
        """So many lines can be scrolled over."""
        self.virtual_size = Size(self.scrollable_content_region.width, self._window.lines(len(self._order)))

    def _scroll_to_line(self, at: int) -> None:
        wanted = self._window.scrolled(self.scroll_offset.y, self._lines, at)
        if wanted != self.scroll_offset.y:
            self.scroll_to(y=wanted, animate=False)

    def _after_change(self, moved: bool, changed: Collection[str] | None = None) -> None:
        if not moved:
            self.refresh_rows(changed)
            return
        if self.selected is not None and self._order.index(self.selected) is None:
            self.selected = None
        following = self._order.index(self.selected)
        was_in_view = following is None or self._in_view(self._line_hint)
        self._painted.clear()
        self._reach()
        if following is not None:
            self._line_hint = following
            if was_in_view:
                self._scroll_to_line(following)
        self.refresh()

    def _in_view(self, at: int) -> bool:
        return at in self._visible() or at == self.scroll_offset.y // self._window.tall

    def on_mount(self) -> None:
        self.fit_density()

    def fit_density(self) -> None:
        """Take so many lines for a row as the console is set to; what was selected in view stays in view."""
        tall = 2 if self.app.has_class(TALL_ROWS) else 1
        if tall == self._window.tall:
            return
        at = self._order.index(self.selected)
        followed = at is not None and self._in_view(at)
        first = self.scroll_offset.y // self._window.tall
        self._window.tall = tall
        self._painted.clear()
        self._reach()
        self.scroll_to(y=first * tall, animate=False)
        if at is not None and followed:
            self.call_after_refresh(self._scroll_to_line, at)
        self.refresh()

    def on_resize(self) -> None:
        if self.scrollable_content_region.width != self._painter.width:
            self._lay_out()
        else:
            self._reach()
        at, first = self._order.index(self.selected), self.scroll_offset.y // self._window.tall
        if at is not None and first <= at < first + self._page_before:
            self._scroll_to_line(at)  # what was in view stays so on a lower board
        self._page_before = self._page

    def on_focus(self) -> None:
        self._painted.clear()
        self.refresh()

    def on_blur(self) -> None:
        self._painted.clear()
        self.refresh()

    def _lay_out(self) -> None:
        self._painter.lay_out(self.scrollable_content_region.width)
        self._painted.clear()
        self._reach()
        self.refresh()

    # -- drawing --

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._painter.forget()
        self._painted.clear()

    def render_lines(self, crop: Region) -> list[Strip]:
        self._base = self.rich_style
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        styles = look(self.app.theme)
        if y == 0:
            return self._painter.header(self.sorting, self._base, styles)
        at, part = self._window.at(self.scroll_offset.y, y)
        if at < len(self._order):
            return self._body(at, part if self._window.tall > 1 else None, styles)
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

    def _body(self, at: int, part: int | None, styles: Look) -> Strip:
        wanted = self._painted[at] = self._wanted(at)
        if wanted is None:
            return Strip.blank(self._painter.width, self._base)
        return self._painter.row(wanted, part, self._base, styles)
