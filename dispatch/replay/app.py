"""The console over a replay: a banner with its time and speed, and keys that move it."""

from collections.abc import Callable
from pathlib import Path

from rich.text import Text
from textual import events
from textual.screen import ModalScreen

from dispatch.clock import CHINA
from dispatch.console.app import ConsoleApp
from dispatch.console.limits import load_manners
from dispatch.console.results import Result
from dispatch.console.theme import look
from dispatch.console.widgets.statusbar import AlarmLine, alarm_text
from dispatch.language import _
from dispatch.replay.clock import ReplayClock
from dispatch.replay.desk import ReplayDesk
from dispatch.replay.driven import Driven
from dispatch.replay.player import Player
from dispatch.settings import config_file

STEP_S = 60.0
LEAP_S = 600.0


class ReplayApp(ConsoleApp):
    """Space stands still, < and > change the speed, comma and full stop go a minute back and on."""

    def __init__(
        self, desk: ReplayDesk, player: Player, driven: Driven, *, config: Path | None = None
    ) -> None:
        quiet = {"bell": False}  # what rang that day does not ring today
        manners = load_manners(config_file("console.toml", config)).model_copy(update=quiet)
        super().__init__(desk, manners=manners, config=config)
        self.replay: ReplayClock = desk.clock
        self.player, self.driven = player, driven
        clock = self.replay
        self._moves: dict[str, Callable[[], None]] = {
            "space": clock.pause,
            "less_than_sign": lambda: clock.faster(-1),
            "greater_than_sign": clock.faster,
            "comma": lambda: clock.jump(-STEP_S),
            "full_stop": lambda: clock.jump(STEP_S),
            "left_square_bracket": lambda: clock.jump(-LEAP_S),
            "right_square_bracket": lambda: clock.jump(LEAP_S),
        }

    def frame(self) -> None:
        """First the rows up to now and where everybody was, then the screen."""
        now_ms = self.replay.now_ms()
        self.player.to(now_ms)
        self.driven.place(self.player.scene, now_ms)
        super().frame()

    async def on_event(self, event: events.Event) -> None:
        """Keys of the replay, wherever no dialog or text field has the keys."""
        move = self._moves.get(event.key) if isinstance(event, events.Key) else None
        if move is None or isinstance(self.screen, ModalScreen):
            await super().on_event(event)
            return
        move()
        self.say(Result(True, self.banner()))

    def banner(self) -> str:
        """Where the replay stands, in one line."""
        clock = self.replay
        state = _("ended") if clock.over else _("plays") if clock.running else _("stands still")
        return _(
            "REPLAY {time} x{speed:g} {state}",
            time=f"{clock.now().astimezone(CHINA):%Y-%m-%d %H:%M:%S}",
            speed=clock.speed,
            state=state,
        )

    def paint_chrome(self) -> None:
        """The banner stands before the alarm line, on every screen."""
        super().paint_chrome()
        screen = self.base_screen
        if screen is None or not screen.ready or screen.is_closing:
            return
        styles = look(self.theme)
        for line in screen.query(AlarmLine):
            said = Text(f" {self.banner()} ", style=styles["drill"])
            room = max(10, line.columns - said.cell_len)
            said.append_text(alarm_text(self.desk, room, styles, 0))
            line.put(said)
