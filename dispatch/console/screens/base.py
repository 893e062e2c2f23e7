"""What every screen has: the lines around it, a frame that repaints what changed, acts of its own."""

# ruff: noqa: ARG002 - the base answers for screens that have no such act

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget

from dispatch.console.faults import Guarded
from dispatch.console.limits import Limits
from dispatch.console.ports import Console, Desk
from dispatch.console.present import Scene
from dispatch.console.results import Result
from dispatch.console.widgets.statusbar import AlarmLine, KeyBar, KeyLabel, ResultLine, StatusBar
from dispatch.language import _

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
        return Scene.of(self.desk.picture, self.desk.clock.now(), self.limits.positions)

    def compose(self) -> ComposeResult:
        yield StatusBar()
        yield AlarmLine()
        yield self.body()
        yield ResultLine()
        yield KeyBar()

    def body(self) -> Widget:
        """The part between the lines; its id is "body"."""
        raise NotImplementedError

    # -- painting --

    def chrome(self, beat: int, keys: list[KeyLabel]) -> None:
        """Paint the lines around; each is drawn only when its text differs."""
        self.query_one(StatusBar).show(self.desk, beat)
        self.query_one(AlarmLine).show(self.desk, beat)
        self.query_one(ResultLine).show(*self.result)
        self.query_one(KeyBar).show(keys)

    def frame(self, dirty: Dirty, whole_second: bool) -> None:
        """Repaint what changed; `whole_second` comes once a second, when ages have moved on."""

    def show_all(self) -> None:
        """Paint everything anew: the screen was hidden, or has just been made."""

    def relabel(self) -> None:
        """Say everything in the language in use."""
        self.show_all()

    def on_mount(self) -> None:
        self.ready = True
        self.relabel()

    def on_resize(self) -> None:
        self.call_after_refresh(self.console.paint_chrome)

    def on_screen_resume(self) -> None:
        if self.ready:
            self.show_all()
        self.call_after_refresh(self.console.paint_chrome)

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
