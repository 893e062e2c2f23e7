"""Requests for help between cities: what we have to answer, what we asked for, what is lent."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static

from dispatch.console.neighbours import Part, listed
from dispatch.console.present import city_name
from dispatch.console.present_aids import aid_columns, aid_lines, aid_row, keeps_cells, summary
from dispatch.console.present_cells import Cell
from dispatch.console.present_map import map_base, map_layers
from dispatch.console.reasons import saying
from dispatch.console.results import LineTyped, Result
from dispatch.console.screens.base import ConsoleScreen, Dirty
from dispatch.console.theme import look
from dispatch.console.widgets.board import Board
from dispatch.console.widgets.map import MapView
from dispatch.console.widgets.map_layers import MapBase
from dispatch.domain.aid import Aid, AidId
from dispatch.domain.incidents import IncidentId
from dispatch.language import N_, _

_COUNTED = {
    Part.ANSWER: N_("to answer {count}"),
    Part.NAME: N_("to name a unit {count}"),
    Part.WAITING: N_("asked, waiting {count}"),
    Part.REFUSED: N_("refused {count}"),
    Part.BORROWED: N_("borrowed {count}"),
    Part.LENT: N_("lent {count}"),
}
_LOUD = frozenset({Part.ANSWER, Part.NAME, Part.REFUSED})


class AidsScreen(ConsoleScreen):
    """Reached by its key, by `aids`, and from the banner."""

    NAME = "aids"
    DEFAULT_CSS = """
    AidsScreen #counts { height: 1; background: $panel; padding: 0 1; }
    AidsScreen #list { height: 1fr; }
    AidsScreen #side { height: 8; border-top: solid $faint; background: $surface; }
    AidsScreen.-tall #side { height: 12; }
    AidsScreen #detail { height: auto; padding: 0 1; }
    AidsScreen #around { display: none; border-top: solid $faint; }
    AidsScreen.-wide #panes, AidsScreen.-wall #panes { layout: horizontal; }
    AidsScreen.-wide #list, AidsScreen.-wall #list { width: 1fr; height: 1fr; }
    AidsScreen.-wide #side, AidsScreen.-wall #side {
        width: 56; height: 1fr; border-top: none; border-left: solid $faint;
    }
    AidsScreen.-wall #side { width: 96; }
    AidsScreen.-wide #around, AidsScreen.-wall #around { display: block; background: $background; }
    AidsScreen.-narrow #side.-empty, AidsScreen.-middle #side.-empty { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", show=False)]

    def body(self) -> Widget:
        return _Body(id="body")

    @property
    def board(self) -> Board:
        return self.query_one("#aids", Board)

    def on_mount(self) -> None:
        self.base = MapBase()
        self.parts: dict[str, Part] = {}
        super().on_mount()

    @property
    def aid(self) -> Aid | None:
        """The request under the cursor."""
        return self.desk.picture.aids.get(AidId(self.board.selected or ""))

    # -- painting --

    def relabel(self) -> None:
        cities = self.desk.picture.cities
        self.board.set_columns(aid_columns(cities))
        self.board.set_empty(_("No request for help\n:ask asks a city for units"))
        self.base = map_base(self.console.ground, tuple(cities.values()), self.roads())
        self.show_all()

    def show_all(self) -> None:
        if not self.ready:
            return
        desk, scene = self.desk, self.scene
        aids = listed(desk.picture, desk.home_city, scene.now)
        self.parts = {aid.id: part for part, aid in aids}
        self.board.show([aid_row(part, aid, scene, desk.home_city, desk.seat) for part, aid in aids])
        if self.board.selected is None and aids:
            self.board.select(aids[0][1].id)
        self.board.show_top()
        self._paint_counts(summary(aids))
        self._paint_side()

    def frame(self, dirty: Dirty, whole_second: bool) -> None:
        if whole_second or "aid" in dirty:
            self.show_all()

    def _paint_counts(self, counts: dict[Part, int]) -> None:
        styles = look(self.app.theme)
        line = Text(no_wrap=True, overflow="ellipsis")
        for part, sentence in _COUNTED.items():
            if counts[part] or part is Part.ANSWER:
                style = "warning" if counts[part] and part in _LOUD else "strong" if counts[part] else "dim"
                line.append(f"{_(sentence, count=counts[part])}   ", styles[style])
        self.add_hints(line, _("Enter answers   n asks   x takes back   g gives back   Esc goes back"))
        self.query_one("#counts", Static).update(line, layout=False)  # its size is fixed

    def _paint_side(self) -> None:
        styles, aid = look(self.app.theme), self.aid
        cells = self._lines(aid) if aid is not None else []
        text = Text("\n").join(Text(cell.text, styles[cell.style]) for cell in cells)
        self.query_one("#detail", Static).update(text)
        self.query_one("#side").set_class(not self.board.keys, "-empty")
        around = self.query_one(MapView)
        if around.display:
            known = aid is not None and aid.incident in self.desk.picture.incidents
            shown = ("incident", str(aid.incident)) if aid is not None and known else None
            around.show(map_layers(self.desk.picture, self.scene, self.base, shown))

    def _lines(self, aid: Aid) -> list[Cell]:
        desk, part = self.desk, self.parts.get(aid.id, Part.OVER)
        lines = aid_lines(part, aid, self.scene, desk.picture.fleet, desk.seat, saying(desk))
        if part in (Part.ANSWER, Part.NAME, Part.WAITING):
            keeps = desk.keeps(aid.lender, aid.priority, aid.count)
            lines += keeps_cells(keeps, city_name(aid.lender, self.scene))
        return lines

    def on_board_highlighted(self) -> None:
        self._paint_side()

    def on_resize(self) -> None:
        super().on_resize()
        self.call_after_refresh(self._paint_side)

    # -- acts --

    def action_back(self) -> None:
        """To the screen that was left."""
        self.post_message(LineTyped(f"goto {self.console.previous_screen}"))

    def selected(self, kind: str) -> str | None:
        if kind == "aid":
            return self.board.selected
        aid = self.aid
        if kind == "incident" and aid is not None and aid.borrower == self.desk.home_city:
            return str(aid.incident)
        return None

    def show_one(self, kind: str, key: str) -> bool:
        if kind != "aid":
            return False
        self.show_all()
        self.board.focus()
        return self.board.select(key)

    def label(self, act: str) -> str:
        return _("Reply") if act == "choose" else ""

    def can(self, act: str) -> str:
        if act != "choose":
            return super().can(act)
        part = self.parts.get(self.board.selected or "")
        return "" if part in (Part.ANSWER, Part.NAME) else _("this request waits for no answer of ours")

    async def do(self, act: str, *words: str) -> Result:
        if act == "choose" and not self.can(act):
            self.post_message(LineTyped("answer"))
            return Result(True, "")
        return await super().do(act, *words)

    def on_board_chosen(self) -> None:
        """To the answer where one is due, else to the incident."""
        if not self.can("choose"):
            self.post_message(LineTyped("answer"))
        elif (aid := self.aid) is not None and IncidentId(aid.incident) in self.desk.picture.incidents:
            self.post_message(LineTyped(f"find {aid.incident}"))


class _Body(Container):
    def compose(self) -> ComposeResult:
        yield Static("", id="counts")
        with Container(id="panes"):
            with Container(id="list"):
                yield Board(id="aids")
            with Container(id="side"):
                yield Static("", id="detail")
                yield MapView(id="around")
