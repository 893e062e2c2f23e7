"""The drill leader's panel: what happens in the drill, its pace, and keys to let more happen."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import ScreenResume
from textual.widget import Widget
from textual.widgets import Static

from dispatch.console.present_drill import came_to, drill_columns, drill_rows, facts_of, pace_cells
from dispatch.console.results import LineTyped
from dispatch.console.screens.base import ConsoleScreen, Dirty
from dispatch.console.theme import look
from dispatch.console.widgets.board import Board
from dispatch.domain.operators import Right
from dispatch.language import N_, _

KEYS = {
    "inject": N_("let happen"),
    "drillend": N_("end"),
    "drillpause": N_("stop"),
    "drillgo": N_("go on"),
    "drillspeed faster": N_("faster"),
    "drillspeed slower": N_("slower"),
}
"""What the panel's own keys do, in its last line."""


class DrillScreen(ConsoleScreen):
    """Reached by `drill`, for a drill leader in a drill only. What it shows is a second old at most."""

    NAME = "drill"
    DEFAULT_CSS = """
    DrillScreen #pace { height: 1; background: $panel; padding: 0 1; }
    DrillScreen #list { height: 1fr; }
    DrillScreen #side {
        height: auto; max-height: 4; background: $surface; padding: 0 1; border-top: solid $faint;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", show=False)]

    def body(self) -> Widget:
        return _Body(id="body")

    @property
    def board(self) -> Board:
        return self.query_one("#events", Board)

    # -- painting --

    def relabel(self) -> None:
        self.board.set_columns(drill_columns())
        self.show_all()

    def show_all(self) -> None:
        if not self.ready:
            return
        steering, why = self.desk.steering, self.desk.may(Right.DRILL)
        course = None if why else steering.course
        self.board.set_empty(
            why or steering.trouble or _("Nothing is planned in this drill\ni lets something happen")
        )
        self.board.show(drill_rows(course, self.desk.picture) if course else [])
        if self.board.selected is None and course is not None:
            self.board.show_top()
        self._paint_pace()
        self._paint_side()

    def frame(self, _dirty: Dirty, whole_second: bool) -> None:
        if whole_second:
            self.run_worker(self._refresh(), group="drill", exclusive=True, exit_on_error=False)

    def on_screen_resume(self, event: ScreenResume) -> None:
        super().on_screen_resume(event)
        self.run_worker(self._refresh(), group="drill", exclusive=True, exit_on_error=False)

    async def _refresh(self) -> None:
        await self.desk.steering.refresh()
        if not self.is_closing:
            self.show_all()

    def _paint_pace(self) -> None:
        steering, styles = self.desk.steering, look(self.app.theme)
        line = Text(no_wrap=True, overflow="ellipsis")
        if steering.course is not None and not self.desk.may(Right.DRILL):
            for cell in pace_cells(steering.course):
                line.append(f"{cell.text}   ", styles[cell.style])
            if steering.trouble:
                line.append(steering.trouble, styles["warning"])
        self.query_one("#pace", Static).update(line, layout=False)
        self.query_one("#pace").display = bool(line)

    def _paint_side(self) -> None:
        """The event under the cursor in full, where columns had to be left out."""
        course, styles = self.desk.steering.course, look(self.app.theme)
        chosen = (
            [one for one in course.events if one.key == self.board.selected] if course is not None else []
        )
        text = Text()
        for one in chosen:
            text.append(facts_of(one, self.desk.picture), styles["strong"])
            text.append(f"   {came_to(one)}\n", styles["dim"])
        if not self.desk.may(Right.DRILL):
            for line, word in KEYS.items():
                keys = self.console.keymap.keys_only_on(line, self.NAME)
                text.append(f"{keys[0] if keys else f':{line}'} ", styles["strong"])
                text.append(f"{_(word)}   ", styles["dim"])
        self.query_one("#side", Static).update(text)

    def on_board_highlighted(self) -> None:
        self._paint_side()

    # -- acts --

    def action_back(self) -> None:
        """To the screen that was left."""
        self.post_message(LineTyped(f"goto {self.console.previous_screen}"))

    def selected(self, kind: str) -> str | None:
        return self.board.selected if kind == "happening" else None


class _Body(Container):
    def compose(self) -> ComposeResult:
        yield Static("", id="pace")
        with Container(id="list"):
            yield Board(id="events")
        yield Static("", id="side")
