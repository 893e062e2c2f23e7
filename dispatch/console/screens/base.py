"""What every screen has: the lines around it, a frame that repaints what changed, acts of its own."""

# ruff: noqa: ARG002 - the base answers for screens that have no such act

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget

from dispatch.console.faults import Guarded
from dispatch.console.limits import Limits
from dispatch.console.ports import Console, Desk, OpenOrder
from dispatch.console.present import Scene
from dispatch.console.present_roads import road_outlines
from dispatch.console.reasons import saying
from dispatch.console.results import Result
from dispatch.console.theme import look
from dispatch.console.widgets.banner import AidBanner
from dispatch.console.widgets.map_layers import Outline
from dispatch.console.widgets.orderline import OrderLine
from dispatch.console.widgets.statusbar import AlarmLine, KeyBar, KeyLabel, ResultLine, StatusBar
from dispatch.console.widgets.tourline import TourLine
from dispatch.language import _
from dispatch.text import whole_parts

Dirty = Mapping[str, set[str]]
"""Kind -> ids that changed since the last frame, as `Changes.drain` gives them."""


class ConsoleScreen(Guarded, Screen[None]):
    """Base of the screens. A subclass composes `body`, and fills `frame`, `show_all` and `relabel`."""

    NAME: ClassVar[str]
    DEFAULT_CSS = """
    ConsoleScreen { layout: vertical; background: $background; }
    ConsoleScreen > #body { height: 1fr; }
    """
    AUTO_FOCUS = "Board"

    def __init__(self, console: Console, limits: Limits) -> None:
        super().__init__()
        self.console, self.limits = console, limits
        self.ready = False
        """Composed and mounted: there is something to paint on."""
        self.result: tuple[bool, str, str] = (True, "", "")
        self.orders: Sequence[OpenOrder] = ()
        """Orders that nobody has answered, the worst first."""
        self.undo_s = 0
        """So long the last act can still be taken back."""
        self.tour = ""
        """What the guided tour says; empty while nobody takes it."""
        self.muted_s = 0.0
        """So long the bell is still silent."""
        self._later: list[Callable[[], None]] = []
        self._styled_by: tuple[object, ...] = ()
        """What outside of this screen its styles were last worked out from."""

    @property
    def is_closing(self) -> bool:
        """Its children are going: there is nothing left to paint on."""
        return self._closing or self._closed or not self.children

    @property
    def desk(self) -> Desk:
        return self.console.desk

    @property
    def scene(self) -> Scene:
        """The moment every cell is judged against."""
        return Scene.of(self.desk.picture, self.desk.clock.now(), self.limits.positions, saying(self.desk))

    def compose(self) -> ComposeResult:
        yield StatusBar()
        yield AlarmLine()
        yield AidBanner()
        yield self.body()
        yield TourLine()
        yield OrderLine()
        yield ResultLine()
        yield KeyBar()

    def body(self) -> Widget:
        """The part between the lines; its id is "body"."""
        raise NotImplementedError

    # -- painting --

    def chrome(self, beat: int, keys: list[KeyLabel]) -> None:
        """Paint the lines around; each is drawn only when its text differs."""
        trade = self.console.trade
        self.query_one(StatusBar).show(self.desk, beat, trade, self.muted_s)
        self.query_one(AlarmLine).show(self.desk, beat, trade)
        self._ambulances(beat, shown=trade.ambulances)
        undo = self.console.keymap.keys_everywhere("undo")
        self.query_one(ResultLine).show(*self.result, self.undo_s, undo[0] if undo else ":undo")
        self.query_one(TourLine).show(self.tour)
        self.query_one(KeyBar).show(keys)

    def _ambulances(self, beat: int, *, shown: bool) -> None:
        """What neighbours wait for, and orders of units that nobody has answered."""
        banner, orders = self.query_one(AidBanner), self.query_one(OrderLine)
        if not shown:
            banner.display = orders.display = False
            return
        answering = self.console.keymap.keys_everywhere("answer")
        banner.show(self.desk, beat, answering[0] if answering else ":answer")
        shows = self.console.keymap.keys_everywhere("orders")
        orders.show(self.orders, self.scene, beat, shows[0] if shows else ":orders")

    def frame(self, dirty: Dirty, whole_second: bool) -> None:
        """Repaint what changed; `whole_second` comes once a second, when ages have moved on."""

    def after_paint(self, act: Callable[[], None]) -> None:
        """Do something slow once what was just changed is on the screen; asked for again, it is done once.

        A key shows its effect before what follows from it is worked out. Whatever acts on what the screen
        shows calls `settle` first.
        """
        if not self._later:
            self.call_after_refresh(self._do_next)
        if act not in self._later:
            self._later.append(act)

    def _do_next(self) -> None:
        """One act a paint, so that no key waits for more than one of them."""
        if self._later and not self.is_closing:
            self._later.pop(0)()
            if self._later:
                self.call_after_refresh(self._do_next)

    def settle(self) -> None:
        """Do now what waits for the next paint."""
        while self._later:
            self._later.pop(0)()

    def show_all(self) -> None:
        """Paint everything anew: it was said in another language, or the screen has just been made."""

    def show_again(self) -> None:
        """Paint what may have changed while the screen was hidden; what is slow to work out comes after."""
        self.show_all()

    def relabel(self) -> None:
        """Say everything in the language in use."""
        self.show_all()

    def on_mount(self) -> None:
        self.ready = True
        self.relabel()

    def on_resize(self) -> None:
        self.call_after_refresh(self.console.paint_chrome)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Textual works out the styles of a screen at each return to it, and makes all its lines anew.

        Only what is outside of the screen can have changed them while it was hidden: a widget of its own
        that takes another class is styled at once, hidden or not.
        """
        styled_by = (self.app.theme, self.app.classes, self.app.pseudo_classes)
        event.refresh_styles = event.refresh_styles and styled_by != self._styled_by
        self._styled_by = styled_by
        if self.ready:
            self.show_again()
            self.console.paint_chrome()
            self.console.unmask()
        else:
            self.call_after_refresh(self.console.paint_chrome)

    def roads(self) -> tuple[Outline, ...]:
        """Imported roads for a map of this screen; nothing where none were imported."""
        return road_outlines(self.desk.configuration.dispatch_rules, self.limits.map.main_road_kmh)

    def add_hints(self, line: Text, hints: str) -> None:
        """End a line over a list with what its keys do: as many as are there whole, none cut."""
        room = self.app.size.width - 2 - line.cell_len
        line.append(whole_parts(hints, room), look(self.app.theme)["dim"])

    # -- acts --

    def selected(self, kind: str) -> str | None:
        """The id of what the operator is looking at here."""
        return None

    def show_one(self, kind: str, key: str) -> bool:
        """Bring one unit, incident, ... into view; False when this screen does not show such things."""
        return False

    def label(self, act: str) -> str:
        """What the key of an act is called here and now; empty for its usual name."""
        return ""

    def can(self, act: str) -> str:
        """Why this screen cannot do an act now; empty when it can."""
        return _("not on this screen")

    async def do(self, act: str, *words: str) -> Result:
        """An act of this screen."""
        return Result(False, self.can(act))
