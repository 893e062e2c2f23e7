"""A ranking to choose from: candidates, what was left out, and the reasons of the row in question."""

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from dispatch.console.faults import Guarded
from dispatch.console.present_cells import Cell
from dispatch.console.present_ranking import RankingTable
from dispatch.console.theme import look
from dispatch.console.widgets.board import Board
from dispatch.text import safe_text


class RankingView(Guarded, Vertical):
    """Notes above, rows in an order that is held still, the reasons of the selected row below.

    Posts Highlighted(key), Chosen(key) for a candidate, Refused(key, why) for a row that was left out.
    """

    DEFAULT_CSS = """
    RankingView { height: 1fr; }
    RankingView > .ranking--notes { height: auto; max-height: 5; }
    RankingView > Board { height: 1fr; min-height: 4; }
    RankingView > .ranking--detail { height: auto; max-height: 40%; background: $panel; padding: 0 1; }
    """

    class Highlighted(Message):
        """The selection moved to `key`."""

        def __init__(self, view: "RankingView", key: str | None) -> None:
            super().__init__()
            self.view, self.key = view, key

        @property
        def control(self) -> "RankingView":
            return self.view

    class Chosen(Message):
        """The operator chose the candidate `key`; `rank` is the one shown, 1 is the recommendation."""

        def __init__(self, view: "RankingView", key: str, rank: int) -> None:
            super().__init__()
            self.view, self.key, self.rank = view, key, rank

        @property
        def control(self) -> "RankingView":
            return self.view

    class Refused(Message):
        """`key` was left out and cannot be chosen here: `why` says it in a sentence."""

        def __init__(self, view: "RankingView", key: str, why: str) -> None:
            super().__init__()
            self.view, self.key, self.why = view, key, why

        @property
        def control(self) -> "RankingView":
            return self.view

    def __init__(self, *, empty: str = "", id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._table: RankingTable | None = None
        self._notes = Static(classes="ranking--notes")
        self._board = Board(empty=empty)
        self._detail = Static(classes="ranking--detail")
        self._said: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        yield self._notes
        yield self._board
        yield self._detail

    @property
    def board(self) -> Board:
        """The rows; give it the focus."""
        return self._board

    @property
    def selected(self) -> str | None:
        """The key of the selected row."""
        return self._board.selected

    def show(self, table: RankingTable, *, anew: bool = False) -> None:
        """Show a ranking. The same subject keeps its selection, and its order unless it is shown `anew`.

        A new subject starts at rank 1.
        """
        fresh = self._table is None or self._table.subject != table.subject
        self._table = table
        if fresh or anew:
            self._board.freeze(False)
        self._board.set_columns(table.columns)
        self._board.show_keys(table.keys, table.by_key.get, None)
        self._board.freeze(True)
        if fresh:
            self._board.select(next(iter(table.keys), None))
        self._show_texts()

    def on_mount(self) -> None:
        self._show_texts()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._show_texts()

    def on_board_highlighted(self, event: Board.Highlighted) -> None:
        event.stop()
        self._show_texts()
        self.post_message(self.Highlighted(self, event.key))

    def on_board_chosen(self, event: Board.Chosen) -> None:
        event.stop()
        table = self._table
        if table is None:
            return
        if (why := table.refused.get(event.key)) is not None:
            self.post_message(self.Refused(self, event.key, why))
            return
        row = table.by_key.get(event.key)
        rank = None if row is None else row.cells[0].sort
        if isinstance(rank, float):
            self.post_message(self.Chosen(self, event.key, int(rank)))

    def _show_texts(self) -> None:
        if self._table is None or not self.is_mounted:
            return
        notes, detail = self._table.notes, self._table.details.get(self.selected or "", ())
        said = (notes, detail, look(self.app.theme).name)
        if said != self._said:
            self._said = said
            _say(self._notes, self._text(notes))
            _say(self._detail, self._text(detail))

    def _text(self, lines: tuple[Cell, ...]) -> Text:
        """Plain text with styles; nothing in it is read as markup."""
        styles = look(self.app.theme)
        text = Text()
        for number, cell in enumerate(lines):
            if number:
                text.append("\n")
            text.append(safe_text(cell.text, 400), styles[cell.style])
        return text


def _say(widget: Static, text: Text) -> None:
    """Another text; the screen is laid out anew, which costs a paint of it all, only for another height."""
    before = _height(widget)
    widget.update(text, layout=False)
    if before is None or _height(widget) != before:
        widget.refresh(layout=True)


def _height(widget: Static) -> int | None:
    """Lines its text takes; None before it has been laid out."""
    width = widget.content_size.width
    return widget.visual.get_height(widget.styles.get_rules(), width) if width else None
