"""What waits at a blood centre: orders to answer, pack, hand over and check in, moves, shortages, expiry."""

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static

from dispatch.console.dialogs.choose import YesNoDialog
from dispatch.console.limits import Limits
from dispatch.console.ports import Console
from dispatch.console.present_cells import Cell, Row
from dispatch.console.present_holds import eta_text, hold_lines
from dispatch.console.present_moves import move_detail
from dispatch.console.present_work import (
    counts_cells,
    hours_of,
    pane_title,
    short_columns,
    short_row,
    soon_columns,
    soon_row,
    task_columns,
    task_row,
)
from dispatch.console.results import LineTyped, Result
from dispatch.console.screens.base import ConsoleScreen, Dirty
from dispatch.console.seen_steps import SeenSteps
from dispatch.console.symbols import symbols
from dispatch.console.theme import look
from dispatch.console.widgets.board import Board
from dispatch.console.work import Kind, Task, expiring_here, shortages_of, tasks_of
from dispatch.domain.operators import Right
from dispatch.language import N_, _
from dispatch.text import safe_text

MOST = 200
"""Lines of a pane of the stock; more are counted in its title."""
_NEXT = {
    Kind.ANSWER: ("confirm {order}", N_("Confirm")),
    Kind.PACK: ("pack {order}", N_("Pack")),
    Kind.PACKED: ("pack {order}", N_("Packed")),
    Kind.HAND: ("hand {order} ", N_("Hand over")),
    Kind.CHECK: ("received {order} ", N_("Check in")),
    Kind.DECIDE: ("letuse {order} ", N_("Decide")),
}
"""What F7 does with a task: a command, or its beginning where something must be typed."""


class BloodWorkScreen(ConsoleScreen):
    """F2 of blood centre staff; `bloodwork` for everybody."""

    NAME = "bloodwork"
    AUTO_FOCUS = "#tasks"
    DEFAULT_CSS = """
    BloodWorkScreen .head { height: 1; background: $panel; padding: 0 1; }
    BloodWorkScreen #asking { height: auto; max-height: 3; padding: 0 1; color: $warning; display: none; }
    BloodWorkScreen #asking.-on { display: block; }
    BloodWorkScreen #panes { height: 1fr; }
    BloodWorkScreen #left { height: 1fr; }
    BloodWorkScreen #tasks { height: 1fr; }
    BloodWorkScreen #detail { display: none; height: auto; max-height: 45%; padding: 0 1;
        background: $surface; border-top: solid $faint; }
    BloodWorkScreen #stock { layout: horizontal; height: 38%; }
    BloodWorkScreen #short-pane, BloodWorkScreen #soon-pane { width: 1fr; height: 1fr; }
    BloodWorkScreen #soon-pane { border-left: solid $faint; }
    BloodWorkScreen.-tall #detail { display: block; }
    BloodWorkScreen.-wide #panes, BloodWorkScreen.-wall #panes { layout: horizontal; }
    BloodWorkScreen.-wide #left, BloodWorkScreen.-wall #left { width: 1fr; height: 1fr; }
    BloodWorkScreen.-wide #stock, BloodWorkScreen.-wall #stock { layout: vertical; height: 1fr; width: 60;
        border-left: solid $faint; }
    BloodWorkScreen.-wall #stock { width: 84; }
    BloodWorkScreen.-wide #soon-pane, BloodWorkScreen.-wall #soon-pane { border-left: none; }
    """

    def __init__(self, console: Console, limits: Limits) -> None:
        super().__init__(console, limits)
        self.todo: Sequence[Task] = ()
        self._seen = SeenSteps()

    def body(self) -> Widget:
        return _Body(id="body")

    @property
    def board(self) -> Board:
        return self.query_one("#tasks", Board)

    @property
    def chosen(self) -> Task | None:
        """The one under the cursor."""
        return next((one for one in self.todo if one.key == self.board.selected), None)

    # -- painting --

    def relabel(self) -> None:
        self.board.set_columns(task_columns())
        self.board.set_empty(_("Nothing waits\nA hospital's request stands here at once, and rings"))
        self.query_one("#short", Board).set_columns(short_columns())
        self.query_one("#short", Board).set_empty(_("Nothing is short\n:days shows how long it lasts"))
        self.query_one("#soon", Board).set_columns(soon_columns())
        self.query_one("#soon", Board).set_empty(_("Nothing expires soon\n:expiring looks further ahead"))
        self.show_all()

    def on_mount(self) -> None:
        super().on_mount()
        if self.desk.moves.answer is None and not self.desk.may(Right.BLOOD):
            self.run_worker(self._look_for_moves(), group="moves", exit_on_error=False)

    async def _look_for_moves(self) -> None:
        """Nobody has looked yet, and whoever comes to this screen wants to know."""
        if len(self.desk.picture.stock.banks) > 1:
            await self.desk.moves.look()
        if not self.desk.may(Right.CLAIMS):
            await self.desk.claims.refresh()
        if not self.is_closing:
            self.show_all()

    def frame(self, dirty: Dirty, whole_second: bool) -> None:
        if whole_second or "blood_order" in dirty:
            self.show_all()

    def show_all(self) -> None:
        if not self.ready:
            return
        desk, scene = self.desk, self.scene
        self.todo = tasks_of(desk)
        self.board.show([task_row(one, desk, scene, self.limits) for one in self.todo])
        if self.chosen is None and self.todo:
            self.board.select(self.todo[0].key)
        self._seen.note((one.order for one in self.todo if one.order is not None), desk.clock.monotonic())
        self._paint_head()
        self._paint_stock()
        self._paint_detail()

    def _paint_head(self) -> None:
        may_claims = not self.desk.may(Right.CLAIMS)
        cells = counts_cells(self.todo, len(self.desk.claims.rows) if may_claims else None)
        keys = Cell(_("F7 does the next step   d no   l label   Tab panes"), "faint")
        self._line("#counts", [*cells, keys])
        unanswered = self.desk.blood.asking()
        asking = self.query_one("#asking", Static)
        asking.set_class(bool(unanswered), "-on")
        said = [_("{order}: asked, no answer yet", order=safe_text(one.id)) for one in unanswered]
        asking.update(Text("\n".join(said)))

    def _paint_stock(self) -> None:
        desk, scene = self.desk, self.scene
        short = shortages_of(desk.cover(), desk.home_city)
        soon = self.limits.stock.soon
        lots = expiring_here(desk.picture, desk.home_city, scene.now + soon)
        self._line("#short-head", pane_title(_("Short"), len(short)))
        self._line("#soon-head", pane_title(_("Expires within {hours} h", hours=hours_of(soon)), len(lots)))
        self._fill("#short", [short_row(one, desk.picture) for one in short[:MOST]])
        self._fill("#soon", [soon_row(one, desk.picture, scene) for one in lots[:MOST]])

    def _fill(self, board: str, rows: Sequence[Row]) -> None:
        shown = self.query_one(board, Board)
        shown.show(rows)
        if shown.selected is None and rows:
            shown.select(rows[0].key)

    def _line(self, widget: str, cells: Sequence[Cell]) -> None:
        styles, line = look(self.app.theme), Text(no_wrap=True, overflow="ellipsis")
        for cell in cells:
            line.append(f"{cell.text}   ", styles[cell.style])
        self.query_one(widget, Static).update(line, layout=False)

    def _paint_detail(self) -> None:
        styles, task, desk = look(self.app.theme), self.chosen, self.desk
        cells: Sequence[Cell] = []
        if task is not None and task.order is not None:
            eta = eta_text(task.order, desk.picture, desk.configuration, desk.clock.now())
            cells = hold_lines(task.order, self.scene, desk.picture, desk.configuration, eta)
        elif task is not None and desk.moves.answer is not None:
            cells = move_detail(task.key, desk.moves.answer, desk.moves.decided, desk.picture)
        detail = self.query_one("#detail", Static)
        detail.display = bool(cells) and self.has_class("-tall")
        detail.update(Text("\n").join(Text(cell.text, styles[cell.style]) for cell in cells))

    # -- keys and messages --

    def on_board_highlighted(self, event: Board.Highlighted) -> None:
        if event.board.id == "tasks":
            self._paint_detail()

    def on_board_chosen(self, event: Board.Chosen) -> None:
        """Enter looks closer: the order, the move, the stock by days, the lots that expire."""
        task = self.chosen
        match event.board.id:
            case "short":
                self.post_message(LineTyped("days"))
            case "soon":
                self.post_message(LineTyped("expiring"))
            case _ if task is not None and task.order is not None:
                self.run_worker(self.console.show("blood_order", task.key), exit_on_error=False)
            case _:
                self.post_message(LineTyped("goto moves"))

    # -- acts --

    def selected(self, kind: str) -> str | None:
        task = self.chosen
        return task.key if kind == "blood_order" and task is not None and task.order is not None else None

    def label(self, act: str) -> str:
        if act != "choose":
            return ""
        task = self.chosen
        return _(_NEXT[task.kind][1]) if task is not None and task.kind in _NEXT else _("Show")

    def can(self, act: str) -> str:
        if act == "refresh":
            return ""
        if act == "choose":
            return "" if self.chosen is not None else _("nothing waits")
        return self._changed() if act == "act_on_blood" else super().can(act)

    def _changed(self) -> str:
        """Why no key acts on the order under the cursor: it is no more what was seen there."""
        order = self.chosen.order if self.chosen is not None else None
        now_s = self.desk.clock.monotonic()
        if order is None or self._seen.rested(order, now_s, self.limits.changed_guard_s):
            return ""
        self.show_all()
        return _("{order} has just changed: look, and press again", order=safe_text(order.id))

    async def do(self, act: str, *words: str) -> Result:  # noqa: ARG002 - no act here takes any
        if self.can(act):
            return Result(False, self.can(act))
        if act == "refresh":
            await self._look_for_moves()
            return Result(True, _("{count} things wait at this blood centre", count=self._waiting()))
        return await self._next_step()

    def _waiting(self) -> int:
        return sum(one.waits for one in self.todo)

    async def _next_step(self) -> Result:
        """F7: what comes next of the task under the cursor; what gives blood away is asked once more."""
        task = self.chosen
        if task is None or (changed := self._changed()):
            return Result(False, changed if task is not None else _("nothing waits"))
        if task.kind is Kind.MOVE:
            await self.console.goto("moves")
            return Result(True, _("choose a move, F7 accepts, d declines"))
        if task.kind not in _NEXT:
            await self.console.show("blood_order", task.key)
            return Result(True, "")
        line = _NEXT[task.kind][0].format(order=task.key)
        if line.endswith(" "):
            self.console.open_line(line)
            return Result(True, "")
        if task.kind is Kind.ANSWER and not await self._sure(task):
            return Result(False, _("nothing was confirmed"))
        self.post_message(LineTyped(line))
        return Result(True, "")

    async def _sure(self, task: Task) -> bool:
        def nouns() -> list[str]:
            row = task_row(task, self.desk, self.scene, self.limits)
            return [row.cells[1].text, f"{row.cells[4].text} {symbols().to} {row.cells[3].text}", task.key]

        return await self.console.ask(YesNoDialog(lambda: _("Confirm supply"), nouns)) is True


class _Body(Container):
    def compose(self) -> ComposeResult:
        yield Static("", id="counts", classes="head")
        yield Static("", id="asking")
        with Container(id="panes"):
            with Container(id="left"):
                yield Board(id="tasks")
                yield Static("", id="detail")
            with Container(id="stock"):
                with Container(id="short-pane"):
                    yield Static("", id="short-head", classes="head")
                    yield Board(id="short")
                with Container(id="soon-pane"):
                    yield Static("", id="soon-head", classes="head")
                    yield Board(id="soon")
