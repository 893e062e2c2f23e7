"""The console: five live screens over one picture, one registry of commands, a frame four times a second."""

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from io import StringIO
from pathlib import Path

from rich.segment import Segments
from rich.traceback import Traceback
from textual.screen import ModalScreen, Screen

from dispatch import language
from dispatch.blood.cover import lead_of
from dispatch.clock import DrillClock
from dispatch.console import theme
from dispatch.console.appearance import Appearance, Looks, NarrowSigns
from dispatch.console.bells import Mute, Ringer, heard
from dispatch.console.cards import check_cards
from dispatch.console.collector import SETTLED_S, QuietCollector
from dispatch.console.commands import Command, registry
from dispatch.console.commands.people import sign_in
from dispatch.console.crews import unanswered
from dispatch.console.dialogs.base import Dialog
from dispatch.console.dialogs.choose import YesNoDialog
from dispatch.console.faults import said_error
from dispatch.console.hearing import Hearing
from dispatch.console.keymap import Keymap, load_keymap
from dispatch.console.limits import Manners, limits_of, load_manners
from dispatch.console.lines import let_lines_go
from dispatch.console.overrides import OverrideReasons, load_override_reasons
from dispatch.console.palette import Palette
from dispatch.console.ports import Desk, OpenOrder, Outcome
from dispatch.console.presence import Presence
from dispatch.console.present import clock_text
from dispatch.console.results import Misread, Result, Suggestion
from dispatch.console.rights import refusal, right_of
from dispatch.console.screens import SCREENS_BY_NAME
from dispatch.console.screens.base import ConsoleScreen
from dispatch.console.seat import SeatWatch, Wish
from dispatch.console.stylesheet import RememberingStylesheet
from dispatch.console.symbols import symbols
from dispatch.console.symbols import use as use_symbols
from dispatch.console.tour import Tour
from dispatch.console.trade import DISPATCH, trade_of
from dispatch.console.undo import Undo
from dispatch.console.waiting import worst_unseen
from dispatch.console.widgets.commandline import CommandLine, History
from dispatch.console.widgets.statusbar import KeyLabel
from dispatch.console.work import tasks_of
from dispatch.desk.document import Document, as_html
from dispatch.desk.records import fault_text
from dispatch.domain.alarms import Severity
from dispatch.domain.errors import DispatchError
from dispatch.domain.incidents import IncidentId
from dispatch.language import _
from dispatch.settings import config_file
from dispatch.text import safe_text

FRAMES_PER_SECOND = 4
MASK_S = 0.05
"""How long a change of screen is hidden at most; it is over once the new screen is painted whole."""
HOME_OF = {
    "unit": "units",
    "incident": "incidents",
    "alarm": "alarms",
    "aid": "aids",
    "blood_order": "holds",
    "site": "map",
    "hospital": "map",
    "bank": "map",
}


class ConsoleApp(Hearing):
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
        super().__init__(manners.letter_quiet_s)
        let_lines_go()
        self.stylesheet = RememberingStylesheet(self.get_css_variables())
        self._desk = desk
        self.registry = registry()
        self._keys = keymap or load_keymap(config_file("keymap.toml", config), self.registry.names())
        self.overrides = overrides or load_override_reasons(config_file("override_reasons.toml", config))
        self.manners = manners
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
        self._ringer, self._mute = Ringer(), Mute()
        self._presence = Presence()
        self._steady = steady
        self._mask, self._masked = ExitStack(), False
        self._undo = Undo(steady)
        self._orders: Sequence[OpenOrder] = ()
        self._seat = SeatWatch(configuration.settings.lock_after_min)
        self._key_commands: dict[str, Command] = {}
        self.trade = trade_of(desk, DISPATCH)
        self.keymap = self._keys.of(self.trade.name)
        self.previous_screen = self.trade.home
        self._tour = Tour()
        if tour:
            self._tour.begin()
        check_cards(configuration.cards, self.registry)
        self._collector = QuietCollector()
        for known in theme.textual_themes():
            self.register_theme(known)
        self._looks, self._wide_signs = Looks(self._begun_look(), look_file), wide_signs
        self._narrow = NarrowSigns(enabled=False)
        self._filters.append(self._narrow)
        self.theme = self._looks.now.theme
        use_symbols(self._looks.now.symbols)
        self._draw_with_symbols()
        self._fit_signs()
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
        self.call_after_refresh(self._watch_seat)
        if not self.is_headless:
            self.set_timer(SETTLED_S, self._collector.begin)

    def on_unmount(self) -> None:
        self._collector.end()

    def delay_update(self, delay: float = MASK_S) -> None:
        """Textual hides a change of screen for 50 ms always, which is all the time a key may take to show."""
        if not self._masked:
            self._masked = True
            self._mask.enter_context(self.batch_update())
        self.set_timer(min(delay, MASK_S), self.unmask)

    def unmask(self) -> None:
        if self._masked:
            self._masked = False
            self._mask.close()
            self.screen.refresh()

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
        self._ring()
        self._follow_trade()
        try:
            screen.frame(dirty, whole_second)
            if whole_second:
                self._each_second(screen)
            self.paint_chrome()
        except Exception as error:  # noqa: BLE001 - a frame that fails must not end the frames
            self.tell_fault(f"{type(screen).__name__}.frame", error)
        self._collector.frame_painted()

    def _follow_trade(self) -> None:
        """Somebody of another trade sits here now: his keys, and his first screen once no dialog is open."""
        trade = trade_of(self._desk, self.trade)
        if trade is self.trade or isinstance(self.screen, ModalScreen):
            return
        self.trade, self.keymap = trade, self._keys.of(trade.name)
        self._key_commands.clear()
        self.run_worker(self.goto(trade.home), group="seat", exit_on_error=False)

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
        self._watch_seat()
        if screen.NAME != "incidents":
            return  # whoever looks something up elsewhere goes on working on his incident
        looked = self._desk.picture.incidents.get(IncidentId(screen.selected("incident") or ""))
        at_work = looked.id if looked is not None and looked.state.open else None
        told = self._presence.look(at_work, self._desk.clock.monotonic())
        if told is not None:
            self.run_worker(self._desk.work_on(told.incident), group="presence", exit_on_error=False)

    def _watch_seat(self) -> None:
        match self._seat.look(self._desk):
            case Wish.LOCK:
                self.run_worker(self._lock(), group="seat", exit_on_error=False)
            case Wish.ASK:
                self.run_worker(self._ask_who(), group="seat", exit_on_error=False)

    async def _lock(self) -> None:
        """Nobody touched the console for so long that it signs out; what is under way goes on."""
        await self._desk.sign_out(idle=True)
        self.say(
            Result(False, _("Nobody was here for {minutes:g} min: signed out", minutes=self._seat.minutes))
        )

    async def _ask_who(self) -> None:
        """Ask who takes the seat; a form that stands open waits below and is not lost."""
        covered = any(isinstance(screen, Dialog) for screen in self.screen_stack)
        try:
            self.say(await sign_in(self, operator=self._seat.sat, leavable=not covered))
        except DispatchError as error:
            self.say(Result(False, said_error(error)))

    def _ring(self) -> None:
        """The bell for what wants to be heard: alarms, requests of neighbours, calls nobody serves."""
        standing = heard(self._desk, self.manners.bells, self._orders, self.trade)
        if self._mute.left_s(self._steady()):
            self._ringer.rest(standing)
            return
        if self._ringer.hear(standing, self._desk.clock.monotonic()) and self.manners.bell:
            self.bell()

    def paint_chrome(self) -> None:
        screen = self.base_screen
        if screen is not None and screen.ready and not screen.is_closing:
            screen.result = (self._last.ok, self._last.text, self._last_at)
            screen.orders = self._orders
            self.set_class(bool(self._orders), "-unanswered")
            screen.undo_s = self._undo.left_s()
            screen.tour = self._tour_text()
            screen.muted_s = self._mute.left_s(self._steady())
            screen.chrome(int(self._alive_s() * FRAMES_PER_SECOND), self._key_labels())

    def _tour_text(self) -> str:
        """What the guided tour says now."""
        if not self._tour.running:
            return ""
        worst, _count = worst_unseen(self._desk.picture, self._desk.clock.now())
        critical = worst is not None and worst.severity is Severity.CRITICAL
        return self._tour.text(self._key_of, critical=critical, alarms=worst is not None)

    def _key_of(self, line: str) -> str:
        """The first key of a command line on any screen, as it is printed; else the line to type."""
        keys = self.keymap.keys_anywhere(line)
        return keys[0] if keys else f":{line}"

    def _alive_s(self) -> float:
        """Seconds that move the heartbeat, which a drill that stands still does not stop."""
        clock = self._desk.clock
        return self._steady() if isinstance(clock, DrillClock) else clock.monotonic()

    @property
    def base_screen(self) -> ConsoleScreen | None:
        """The screen under any dialog."""
        base = self.screen_stack[0] if self.screen_stack else None
        return base if isinstance(base, ConsoleScreen) else None

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
        self._seat.touched()
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
    def screen_name(self) -> str:
        screen = self.base_screen
        return screen.NAME if screen else ""

    @property
    def tour(self) -> Tour:
        return self._tour

    @property
    def theme_name(self) -> str:
        return self.theme

    async def goto(self, screen: str) -> None:
        self._leave_dialogs()
        if self.screen_name != "help":
            self.previous_screen = self.screen_name
        await self.switch_mode(screen)

    def _leave_dialogs(self) -> None:
        while isinstance(self.screen, ModalScreen):
            self.screen.dismiss(None)

    def selected(self, kind: str) -> str | None:
        screen = self.base_screen
        if screen is None:
            return None
        screen.settle()
        return screen.selected(kind)

    async def show(self, kind: str, key: str) -> bool:
        await self.goto(HOME_OF[kind])
        screen = self.base_screen
        return screen is not None and screen.show_one(kind, key)

    async def do(self, act: str, *words: str) -> Result:
        screen = self.base_screen
        if screen is None:
            return Result(False, "")
        screen.settle()
        return await screen.do(act, *words)

    def can(self, act: str) -> str:
        screen = self.base_screen
        return screen.can(act) if screen else ""

    async def ask(self, dialog: object) -> object | None:
        if not isinstance(dialog, Screen):
            raise TypeError("only a dialog can be asked")
        if isinstance(dialog, Dialog):
            dialog.guard_s, dialog.quiet_s = self.manners.confirm_guard_s, self.manners.confirm_quiet_s
        answer: object | None = await self.push_screen_wait(dialog)
        self._goes_on()
        return answer

    def mute(self, minutes: int | None) -> int:
        wanted = self.manners.mute_min if minutes is None else minutes
        held = min(wanted, self.manners.mute_most_min)
        self._mute.begin(held, self._steady())
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
        dialog = CommandLine(self._complete, self._usage, self.history, text)
        self.push_screen(dialog, lambda line: self.submit(line) if line else None)

    def _complete(self, line: str) -> Sequence[Suggestion]:
        return self.registry.complete(line, self._desk)

    def _usage(self, line: str) -> str:
        words = line.split()
        command = self.registry.named(words[0]) if words else None
        if command is None:
            return ""
        return f"{command.usage()}   {command.example}" if command.example else command.usage()

    def open_palette(self) -> None:
        self.push_screen(Palette())

    async def open_help(self, topic: str = "") -> None:
        await self.goto("help")
        screen = self.base_screen
        if screen is not None:
            screen.show_one("command", topic)

    def speak(self, wanted: str) -> None:
        language.use(wanted)
        for stack in self._screen_stacks.values():
            for screen in stack:
                relabel = getattr(screen, "relabel", None)
                if relabel is not None and screen.is_mounted:
                    relabel()
        self.paint_chrome()

    def use_theme(self, name: str) -> None:
        names = theme.THEMES
        self.theme = name or names[(names.index(self.theme) + 1) % len(names)]
        self._looks.choose(theme=self.theme)
        self.call_after_refresh(self.repaint)

    def use_symbols(self, name: str) -> None:
        use_symbols(name)
        self._looks.choose(symbols=name)
        self.repaint()

    def use_width(self, name: str) -> bool:
        self._looks.choose(ambiguous=name)
        self._fit_signs()
        self.repaint()
        return self._narrow.enabled

    def _begun_look(self) -> Appearance:
        """How it is configured to look."""
        return Appearance(**self.manners.look.model_dump(), symbols=self.manners.symbols)

    def _fit_signs(self) -> None:
        """Draw nothing of ambiguous width where the terminal gives it two cells."""
        said = self._looks.now.ambiguous
        self._narrow.enabled = said == "wide" or (said == "auto" and self._wide_signs)

    def repaint(self) -> None:
        self._draw_with_symbols()
        for stack in self._screen_stacks.values():
            for screen in stack:
                if isinstance(screen, ConsoleScreen):
                    screen.relabel()
        self.screen.refresh(layout=True)

    def _draw_with_symbols(self) -> None:
        """Frames of a terminal without box characters are drawn with ASCII as well."""
        self.set_class(symbols().name == "ascii", "-ascii")

    async def leave(self) -> Result:
        who = safe_text(self._desk.operator, 40)
        city = self._desk.picture.cities[self._desk.home_city].name.text(language.current())
        nouns = [_("{operator} leaves the console of {city}", operator=who, city=city)]
        if self.trade.ambulances:
            nouns.append(_("{count} incidents are open", count=len(self._desk.picture.open_incidents())))
        else:
            waiting = sum(one.waits for one in tasks_of(self._desk))
            nouns.append(_("{count} things wait at this blood centre", count=waiting))
        if await self.ask(YesNoDialog(_("Quit"), nouns)):
            self.exit()
            return Result(True, _("The console ends"))
        return Result(False, _("The console goes on"))

    async def action_quit(self) -> None:
        self.submit("quit")

    def action_help_quit(self) -> None:
        self.say(Result(False, _("Ctrl+Q ends the console")))

    def _command_of(self, line: str) -> Command:
        """The command of a function key, read once: it is painted four times a second."""
        command = self._key_commands.get(line)
        if command is None:
            command = self._key_commands[line] = self.registry.parse(line, self._desk)
        return command

    def _key_labels(self) -> list[KeyLabel]:
        labels = []
        for key, line in self.keymap.everywhere.items():
            if not (key[0] == "f" and key[1:].isdigit()):
                continue
            command = self._command_of(line)
            here = line == f"goto {self.screen_name}"
            screen = self.base_screen
            label = (screen.label(command.name()) if screen else "") or self.trade.label(
                command, self.screen_name
            )
            heard = not isinstance(self.screen, Dialog) or command.name() in Dialog.SHARED_KEYS
            labels.append(KeyLabel(key.upper(), label, line, heard and not refusal(command, self), here))
        return labels
