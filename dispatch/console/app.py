"""The console: five live screens over one picture, one registry of commands, a frame four times a second."""

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from io import StringIO
from pathlib import Path

from rich.segment import Segments
from rich.traceback import Traceback

from dispatch.blood.cover import lead_of
from dispatch.clock import DrillClock
from dispatch.console.appearance import Appearance
from dispatch.console.bells import Bell
from dispatch.console.cards import check_cards
from dispatch.console.collector import SETTLED_S, QuietCollector
from dispatch.console.commands import registry
from dispatch.console.crews import unanswered
from dispatch.console.dialogs.base import Dialog
from dispatch.console.faults import said_error
from dispatch.console.function_keys import FunctionKeys
from dispatch.console.keymap import Keymap, load_keymap
from dispatch.console.limits import Manners, limits_of, load_manners
from dispatch.console.lines import let_lines_go
from dispatch.console.overrides import OverrideReasons, load_override_reasons
from dispatch.console.palette import Palette
from dispatch.console.ports import Desk, OpenOrder, Outcome
from dispatch.console.present import clock_text
from dispatch.console.present_places import know_places
from dispatch.console.results import Misread, Result, Suggestion
from dispatch.console.rights import refusal, right_of
from dispatch.console.screens import SCREENS_BY_NAME
from dispatch.console.screens.base import ConsoleScreen
from dispatch.console.seating import Seating
from dispatch.console.stage import Stage
from dispatch.console.stylesheet import RememberingStylesheet
from dispatch.console.styling import Styling
from dispatch.console.tour import Tour
from dispatch.console.trade import DISPATCH, Trade, trade_of
from dispatch.console.undo import Undo
from dispatch.console.waiting import worst_unseen
from dispatch.console.widgets.commandline import CommandLine, History
from dispatch.desk.document import Document, as_html
from dispatch.desk.records import fault_text
from dispatch.domain.alarms import Severity
from dispatch.domain.errors import DispatchError
from dispatch.language import _
from dispatch.settings import config_file

FRAMES_PER_SECOND = 4


class ConsoleApp(Stage):
    """A Textual app around a Desk. Feed and audit run outside of it: closing it closes nothing else."""

    TITLE = "czt"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [
        (0, "-narrow"),
        (100, "-middle"),
        (140, "-wide"),
        (200, "-wall"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-tall")]
    CSS = """
    * { scrollbar-size-vertical: 1; }
    App.-unanswered Dialog > #box { margin: 2 0 3 0; }
    App.-ascii Dialog > #box, App.-ascii Palette #--container { border: ascii $accent; }
    App.-ascii CommandLine #line, App.-ascii RankingView:focus-within { border-top: ascii $accent; }
    App.-ascii IncidentsScreen RankingView { border-top: ascii $faint; }
    """

    def __init__(
        self,
        desk: Desk,
        *,
        keymap: Keymap | None = None,
        overrides: OverrideReasons | None = None,
        manners: Manners | None = None,
        config: Path | None = None,
        tour: bool = False,
        steady: Callable[[], float] = time.monotonic,
        look_file: Path | None = None,
        wide_signs: bool = False,
    ) -> None:
        """What is not given is read from config/ or from the user's folder; BadConfiguration if wrong.

        `tour`: begin with the guided tour; `steady` counts an operator's own seconds, which a faster drill
        does not shorten. `look_file` keeps how the console is to look; `wide_signs`: the terminal said it
        draws ambiguous characters wide.
        """
        manners = manners or load_manners(config_file("console.toml", config))
        super().__init__(manners)
        let_lines_go()
        self.stylesheet = RememberingStylesheet(self.get_css_variables())
        self._desk = desk
        know_places(desk.picture)
        self.registry = registry()
        self._keys = keymap or load_keymap(config_file("keymap.toml", config), self.registry.names())
        self.overrides = overrides or load_override_reasons(config_file("override_reasons.toml", config))
        configuration = desk.configuration
        self.ground = configuration.ground
        limits = limits_of(
            configuration.dispatch_rules.units,
            configuration.blood_rules.sourcing,
            self.manners,
            {one.code: lead_of(one, configuration.cover_rules) for one in configuration.components},
        )
        self.history = History()
        self._frames = 0
        self._last = Result(True, "")
        self._last_at = ""
        self._bell = Bell(desk, manners.bells, steady)
        self._steady = steady
        self._undo = Undo(steady)
        self._orders: Sequence[OpenOrder] = ()
        self._seating = Seating(self)
        self.function_keys = FunctionKeys(self)
        self.trade = trade_of(desk, DISPATCH)
        self.keymap = self._keys.of(self.trade.name)
        self.previous_screen = self.trade.home
        self._tour = Tour()
        if tour:
            self._tour.begin()
        check_cards(configuration.cards, self.registry)
        self._collector = QuietCollector()
        begun = Appearance(**manners.look.model_dump(), symbols=manners.symbols)
        self.styling = Styling(self, begun, look_file, wide_signs=wide_signs)
        self._filters.append(self.styling.narrow)
        for name, kind in SCREENS_BY_NAME.items():
            self.add_mode(name, partial(kind, self, limits))
        for key in sorted(self._keys.keys()):
            self.bind(key, f"press({key!r})", show=False)

    # -- life --

    def on_mount(self) -> None:
        if not self.is_headless:
            self._collector.hold()
        self.switch_mode(self.trade.home)
        self.set_interval(1 / FRAMES_PER_SECOND, self.frame)
        self.call_after_refresh(self._seating.look)
        if not self.is_headless:
            self.set_timer(SETTLED_S, self._collector.begin)

    def on_unmount(self) -> None:
        self._collector.end()

    def frame(self) -> None:
        """Take what changed since the last frame and repaint it on the screen in view."""
        dirty = self._desk.picture.changes.drain()
        screen = self.base_screen
        if screen is None or not screen.ready or self._exit or screen.is_closing:
            return
        self._frames += 1
        whole_second = self._frames % FRAMES_PER_SECOND == 0
        if whole_second or "order" in dirty:
            self._orders = unanswered(self._desk.orders())
            self._go_on()
        if self._bell.rings(self._orders, self.trade) and self.manners.bell:
            self.bell()
        self._seating.follow_trade()
        try:
            screen.frame(dirty, whole_second)
            if whole_second:
                self._each_second(screen)
            self.paint_chrome()
        except Exception as error:  # noqa: BLE001 - a frame that fails must not end the frames
            self.tell_fault(f"{type(screen).__name__}.frame", error)
        self._collector.frame_painted()

    def take_trade(self, trade: Trade) -> None:
        """The keys of somebody of another trade."""
        self.trade, self.keymap = trade, self._keys.of(trade.name)
        self.function_keys.forget()

    def _go_on(self) -> None:
        """The result line does not go on saying what was overtaken; what was to take back is over too."""
        text = self._last.then() if self._last.then is not None else ""
        if text:
            self._undo.forget()
            self.say(Result(True, text))

    def _each_second(self, screen: ConsoleScreen) -> None:
        """The dialog in view moves on; the other desks are told what this one looks at."""
        if isinstance(self.screen, Dialog) and self.screen.is_mounted:
            self.screen.frame()
        self._seating.look()
        if screen.NAME == "incidents":  # whoever looks something up elsewhere goes on working on his incident
            self._seating.tell_work(screen.selected("incident"))

    def paint_chrome(self) -> None:
        screen = self.base_screen
        if screen is not None and screen.ready and not screen.is_closing:
            screen.result = (self._last.ok, self._last.text, self._last_at)
            screen.orders = self._orders
            self.set_class(bool(self._orders), "-unanswered")
            screen.undo_s = self._undo.left_s()
            screen.tour = self._tour_text()
            screen.muted_s = self._bell.muted_s
            screen.chrome(int(self._alive_s() * FRAMES_PER_SECOND), self.function_keys.labels())

    def _tour_text(self) -> str:
        """What the guided tour says now."""
        if not self._tour.running:
            return ""
        worst, _count = worst_unseen(self._desk.picture, self._desk.clock.now())
        critical = worst is not None and worst.severity is Severity.CRITICAL
        return self._tour.text(self.function_keys.key_of, critical=critical, alarms=worst is not None)

    def _alive_s(self) -> float:
        """Seconds that move the heartbeat, which a drill that stands still does not stop."""
        clock = self._desk.clock
        return self._steady() if isinstance(clock, DrillClock) else clock.monotonic()

    def tell_fault(self, where: str, error: Exception) -> None:
        """A fault of the console itself: told in the result line, written to the audit log."""
        self.log.error(where, error)
        self._desk.note_fault(where, fault_text(error))
        self.say(Result(False, _("A fault of the console was recorded ({where}); go on", where=where)))

    def _handle_exception(self, error: Exception) -> None:
        """Textual would end the app; once it runs, only the handler ends."""
        if self._running and self.base_screen is not None:
            self.tell_fault("textual", error)
        else:
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """As Textual does it, but without what stood in variables: a password may be among them."""
        self.bell()
        trace = Traceback(show_locals=False, width=None)
        self._exit_renderables.append(Segments(self.console.render(trace, self.console.options)))
        self._close_messages_no_wait()

    # -- keys and lines --

    def somebody_there(self, key: str = "") -> None:
        self._seating.watch.touched()
        if key:
            self._collector.key_pressed()
            self._tour.pressed(key)

    async def carry_out(self, line: str) -> Result:
        """Read a line, do it, and say in the result line what came of it."""
        try:
            command = self.registry.parse(line, self._desk)
            why = refusal(command, self)
            if not why and (right_of(command, self.screen_name) or command.name() == "release"):
                self._undo.forget()
            result = Result(False, why) if why else await command.run(self)
            self._tour.did(command.name(), ok=result.ok)
        except Misread as misread:
            result = Result(False, str(misread))
        except DispatchError as error:
            result = Result(False, said_error(error))
        except Exception as error:  # noqa: BLE001 - see tell_fault
            self.tell_fault(f"command {line.split(maxsplit=1)[0] if line.split() else ''}", error)
            return self._last
        self.say(result)
        return result

    def say(self, result: Result) -> None:
        """Show a result in the result line of the screen in view."""
        if result.text:
            self._last = result
            self._last_at = clock_text(self._desk.clock.now(), seconds=True)
        self.paint_chrome()

    @property
    def result(self) -> Result:
        """What the last command came to."""
        return self._last

    # -- what commands ask for: the Console protocol --

    @property
    def desk(self) -> Desk:
        return self._desk

    @property
    def tour(self) -> Tour:
        return self._tour

    def mute(self, minutes: int | None) -> int:
        wanted = self.manners.mute_min if minutes is None else minutes
        held = min(wanted, self.manners.mute_most_min)
        self._bell.mute(held)
        return held

    def override_reasons(self, kind: str) -> Sequence[str]:
        return self.overrides.said(kind)

    def deliver(self, document: Document) -> bool:
        if not self.is_web:
            return False
        name = f"{document.name}.html"
        page = StringIO(as_html(document))
        self.deliver_text(page, save_filename=name, open_method="browser", mime_type="text/html")
        return True

    @property
    def soon(self) -> timedelta:
        return timedelta(hours=self.manners.expiring_soon_hours)

    def offer_undo(self, back: Callable[[], Awaitable[Outcome]]) -> None:
        self._undo.offer(back)

    async def take_back(self) -> Result:
        return await self._undo.take_back()

    def open_line(self, text: str = "") -> None:
        begun = self.registry.spoken(text)
        dialog = CommandLine(self._complete, self.registry.usage_of, self.history, begun)
        self.push_screen(dialog, lambda line: self.submit(line) if line else None)

    def _complete(self, line: str) -> Sequence[Suggestion]:
        return self.registry.complete(line, self._desk)

    def open_palette(self) -> None:
        self.push_screen(Palette())

    async def open_help(self, topic: str = "") -> None:
        await self.goto("help")
        screen = self.base_screen
        if screen is not None:
            screen.show_one("command", topic)

    def leave(self) -> None:
        self.exit()

    async def action_quit(self) -> None:
        self.submit("quit")

    def action_help_quit(self) -> None:
        self.say(Result(False, _("Ctrl+Q ends the console")))
