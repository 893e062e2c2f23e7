"""Orders of blood: holds that wait for an answer on top, what is under way, what is over."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static

from dispatch.console.present_holds import (
    eta_text,
    hold_columns,
    hold_lines,
    hold_row,
    lines_text,
    listed,
    state_text,
)
from dispatch.console.results import LineTyped, Result
from dispatch.console.screens.base import ConsoleScreen, Dirty
from dispatch.console.seen_steps import SeenSteps
from dispatch.console.theme import look
from dispatch.console.widgets.board import Board
from dispatch.domain.blood_orders import BloodOrder, BloodOrderId, BloodState
from dispatch.feed.news_blood import line_of
from dispatch.language import _
from dispatch.text import safe_text


class HoldsScreen(ConsoleScreen):
    """Reached by its key, by `holds`, and from the blood screen."""

    NAME = "holds"
    DEFAULT_CSS = """
    HoldsScreen #counts { height: 1; background: $panel; padding: 0 1; }
    HoldsScreen #asking { height: auto; max-height: 4; padding: 0 1; color: $warning; display: none; }
    HoldsScreen #asking.-on { display: block; }
    HoldsScreen #list { height: 1fr; }
    HoldsScreen #side { height: 9; border-top: solid $faint; background: $surface; overflow-y: auto; }
    HoldsScreen.-tall #side { height: 13; }
    HoldsScreen #detail { height: auto; padding: 0 1; }
    HoldsScreen.-wide #panes, HoldsScreen.-wall #panes { layout: horizontal; }
    HoldsScreen.-wide #list, HoldsScreen.-wall #list { width: 1fr; height: 1fr; }
    HoldsScreen.-wide #side, HoldsScreen.-wall #side {
        width: 56; height: 1fr; border-top: none; border-left: solid $faint;
    }
    HoldsScreen.-wall #side { width: 90; }
    HoldsScreen #side.-empty { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", show=False)]

    def on_mount(self) -> None:
        self._seen = SeenSteps()
        super().on_mount()

    def body(self) -> Widget:
        return _Body(id="body")

    @property
    def board(self) -> Board:
        return self.query_one("#holds", Board)

    @property
    def order(self) -> BloodOrder | None:
        """The order under the cursor."""
        return self.desk.picture.blood_orders.get(BloodOrderId(self.board.selected or ""))

    # -- painting --

    def relabel(self) -> None:
        self.board.set_columns(hold_columns())
        self.board.set_empty(_("No order of blood\nF4 and F7 ask a bank"))
        self.show_all()

    def show_all(self) -> None:
        if not self.ready:
            return
        desk, scene = self.desk, self.scene
        orders = listed(desk.picture)
        self.board.show(
            [hold_row(one, scene, desk.picture, desk.home_city, self._eta(one)) for one in orders]
        )
        if self.board.selected is None and orders:
            self.board.select(orders[0].id)
        self.board.show_top()
        self._seen.note(orders, desk.clock.monotonic())
        self._paint_counts(orders)
        self._paint_asking()
        self._paint_side()

    def frame(self, dirty: Dirty, whole_second: bool) -> None:
        if whole_second or "blood_order" in dirty:
            self.show_all()

    def _eta(self, order: BloodOrder) -> str:
        return eta_text(order, self.desk.picture, self.desk.configuration, self.desk.clock.now())

    def _paint_counts(self, orders: list[BloodOrder]) -> None:
        styles = look(self.app.theme)
        held = sum(1 for one in orders if one.state is BloodState.HELD)
        aside = sum(1 for one in orders if one.state is BloodState.QUARANTINED)
        way = sum(1 for one in orders if one.state is BloodState.CARRIED)
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(_("to answer {count}", count=held) + "   ", styles["warning" if held else "dim"])
        line.append(_("to decide {count}", count=aside) + "   ", styles["warning" if aside else "dim"])
        line.append(_("on the way {count}", count=way) + "   ", styles["strong" if way else "dim"])
        keys = _("y yes   d no   p pack   h hand over   v delivered   m measured   x take back   Esc back")
        self.add_hints(line, keys)
        self.query_one("#counts", Static).update(line, layout=False)  # its size is fixed

    def _paint_asking(self) -> None:
        """Holds that no centre has answered: they stand here until one does."""
        asking = self.desk.blood.asking()
        text = "\n".join(
            _("{order}: asked, no answer yet", order=one.id)
            + "  "
            + lines_text(map(line_of, one.hold.lines), self.desk.picture)
            for one in asking
        )
        widget = self.query_one("#asking", Static)
        widget.update(Text(text))
        widget.set_class(bool(asking), "-on")

    def _paint_side(self) -> None:
        styles, order = look(self.app.theme), self.order
        picture = self.desk.picture
        cells = (
            []
            if order is None
            else hold_lines(order, self.scene, picture, self.desk.configuration, self._eta(order))
        )
        text = Text("\n").join(Text(cell.text, styles[cell.style]) for cell in cells)
        self.query_one("#detail", Static).update(text)
        self.query_one("#side").set_class(not cells, "-empty")

    def on_board_highlighted(self) -> None:
        self._paint_side()

    # -- acts --

    def action_back(self) -> None:
        """To the blood screen, which most come from."""
        self.post_message(LineTyped("goto blood"))

    def selected(self, kind: str) -> str | None:
        order = self.order
        if kind == "blood_order":
            return self.board.selected
        if kind == "unit" and order is not None and order.unit:
            return order.unit
        return None

    def show_one(self, kind: str, key: str) -> bool:
        if kind != "blood_order":
            return False
        self.show_all()
        self.board.focus()
        return self.board.select(key)

    async def do(self, act: str, *words: str) -> Result:
        if act == "refresh":
            self.show_all()
            return Result(True, "")
        return await super().do(act, *words)

    def can(self, act: str) -> str:
        if act == "choose":
            return _("the letters above act on the order under the cursor")
        if act == "act_on_blood":
            return self._changed()
        return "" if act == "refresh" else super().can(act)

    def _changed(self) -> str:
        """Why no key acts on the order under the cursor: it is no more what was seen there."""
        order = self.order
        if order is None:
            return ""
        if self._seen.rested(order, self.desk.clock.monotonic(), self.limits.changed_guard_s):
            return ""
        self.show_all()
        return _(
            "{order} has just changed and is now: {state}. Look, and press again",
            order=safe_text(order.id),
            state=state_text(order),
        )

    def on_board_chosen(self) -> None:
        """To the unit that carries it, on the map."""
        if (order := self.order) is not None and order.unit:
            self.post_message(LineTyped(f"find {order.unit}"))


class _Body(Container):
    def compose(self) -> ComposeResult:
        yield Static("", id="counts")
        yield Static("", id="asking")
        with Container(id="panes"):
            with Container(id="list"):
                yield Board(id="holds")
            with Container(id="side"):
                yield Static("", id="detail")
