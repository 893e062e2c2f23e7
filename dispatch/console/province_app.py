"""The screen of a province: its cities in a board, twice a second; it can look and do nothing else."""

from collections.abc import Mapping
from typing import ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from dispatch.clock import CHINA, Clock
from dispatch.console import theme
from dispatch.console.present_province import province_columns, province_rows
from dispatch.console.theme import look
from dispatch.console.widgets.board import Board
from dispatch.domain.geography import CityCode
from dispatch.domain.model import Name
from dispatch.language import LANGUAGES, _, current, use
from dispatch.province.fan_in import FanIn
from dispatch.province.model import CityCount

FRAME_S = 0.5
RATE_OVER = 10
"""Frames over which messages a second are reckoned: five seconds."""


class ProvinceApp(App[None]):
    """Arrows move, F12 changes the language, F11 the colours, q leaves."""

    ENABLE_COMMAND_PALETTE = False
    CSS = """
    Screen { background: $background; }
    #head, #foot { height: 1; background: $panel; padding: 0 1; }
    #board { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,ctrl+q", "quit", show=False),
        Binding("f12", "speak", show=False),
        Binding("f11", "colours", show=False),
    ]

    def __init__(self, fan_in: FanIn, clock: Clock) -> None:
        super().__init__()
        self.fan_in, self._clock = fan_in, clock
        self._names: Mapping[CityCode, Name] = {one.code: one.name for one in fan_in.rules.city}
        self._before: list[tuple[float, dict[CityCode, int]]] = []

    def compose(self) -> ComposeResult:
        yield Static(id="head")
        yield Board(id="board")
        yield Static(id="foot")

    def on_mount(self) -> None:
        theme.register(self)
        self.board.focus()
        self.relabel()
        self.set_interval(FRAME_S, self.frame)

    @property
    def board(self) -> Board:
        return self.query_one("#board", Board)

    def relabel(self) -> None:
        """After a change of language or colours."""
        self.board.set_columns(province_columns())
        self.frame()

    def frame(self) -> None:
        """Everything as it stands now; nothing while the screen is taken down."""
        if not self.screen.query(Board):
            return
        counts = self.fan_in.counts()
        self.board.show(province_rows(counts, self._names, self._rates(counts)))
        self.query_one("#head", Static).update(self._head(), layout=False)
        self.query_one("#foot", Static).update(self._foot(counts), layout=False)

    def action_speak(self) -> None:
        use(LANGUAGES[(LANGUAGES.index(current()) + 1) % len(LANGUAGES)])
        self.relabel()

    def action_colours(self) -> None:
        names = theme.THEMES
        self.theme = names[(names.index(self.theme) + 1) % len(names)]
        self.relabel()

    def _rates(self, counts: list[CityCount]) -> dict[CityCode, float]:
        now_s = self._clock.monotonic()
        self._before = [*self._before[-RATE_OVER:], (now_s, {one.city: one.messages for one in counts})]
        then_s, then = self._before[0]
        passed_s = now_s - then_s
        if passed_s <= 0:
            return {}
        return {one.city: max(0.0, (one.messages - then.get(one.city, 0)) / passed_s) for one in counts}

    def _head(self) -> Text:
        styles, rules = look(self.theme), self.fan_in.rules
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(f"{rules.name.text(current())} ", styles["title"])
        line.append(_("looking on only: nothing can be ordered here"), styles["dim"])
        line.append(f"   {self._clock.now().astimezone(CHINA):%m-%d %H:%M:%S}", styles["strong"])
        return line

    def _foot(self, counts: list[CityCount]) -> Text:
        styles = look(self.theme)
        line = Text(no_wrap=True, overflow="ellipsis")
        chosen = next((one for one in counts if one.city == self.board.selected), None)
        if chosen is not None and chosen.error and chosen.link == "down":
            line.append(
                f"{self._names[chosen.city].text(current())}{_(': ')}{chosen.error}   ", styles["warning"]
            )
        line.append(_("F11 colours   F12 language   q leaves"), styles["faint"])
        return line
