"""Alarms as a plain list; the one under the cursor is acknowledged with F8."""

from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget

from dispatch.console.present import alarm_columns, alarm_row
from dispatch.console.results import LineTyped
from dispatch.console.screens.base import ConsoleScreen, Dirty
from dispatch.console.widgets.board import Board
from dispatch.language import _


class AlarmsScreen(ConsoleScreen):
    """F6."""

    NAME = "alarms"

    def body(self) -> Widget:
        return _Body(id="body")

    @property
    def board(self) -> Board:
        return self.query_one("#alarms", Board)

    def show_all(self) -> None:
        if not self.ready:
            return
        scene = self.scene
        alarms = self.desk.picture.alarms.listed()
        self.board.show([alarm_row(alarm, scene) for alarm in alarms])
        if self.board.selected is None and alarms:
            self.board.select(alarms[0].id)

    def relabel(self) -> None:
        self.board.set_columns(alarm_columns())
        self.board.set_empty(_("No alarm\nA city that goes silent or an old stock count would stand here"))
        self.show_all()

    def frame(self, dirty: Dirty, whole_second: bool) -> None:
        if whole_second or "alarm" in dirty:
            self.show_all()

    def selected(self, kind: str) -> str | None:
        return self.board.selected if kind == "alarm" else None

    def show_one(self, kind: str, key: str) -> bool:
        return kind == "alarm" and self.board.select(key)

    def on_board_chosen(self, event: Board.Chosen) -> None:
        self.post_message(LineTyped(f"ack {event.key}"))


class _Body(Container):
    def compose(self) -> ComposeResult:
        yield Board(id="alarms")
