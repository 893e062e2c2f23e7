"""Keys are heard one after the other, and each goes where it was meant: what one opens hears the next.

What a person types runs ahead of what a busy machine shows. A key waits for what the key before it opens, a
letter until it is known to stand alone (an input method commits many at once), and a scanner's are one label.
"""

from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from weakref import WeakKeyDictionary

from textual import events
from textual.app import App
from textual.screen import ModalScreen
from textual.timer import Timer

from dispatch.console.faults import Guarded
from dispatch.console.held_keys import PATIENCE_TICK_S, HeldKeys, Passed, Patience
from dispatch.console.keymap import Keymap, is_text_key
from dispatch.console.lone_keys import Burst, LoneKeys
from dispatch.console.results import LineTyped, Result
from dispatch.console.scanner import Scanner
from dispatch.language import _

_TURN_S = 0.01
_ASKED: ContextVar[int] = ContextVar("_ASKED", default=0)
"""The number under which keys are held for the command line that runs."""
SCANNED = frozenset({"bloodwork", "blood", "holds"})
"""Screens on which what a scanner types is read as a label, without a key before it."""
FULL_WIDTH_SPACE = "\u3000"
"""What an input method's space bar sends; Textual 8.2 takes it for no text at all and drops it."""


class Hearing(Guarded, App[None]):
    """An app whose keys become command lines; what these do is for whoever derives from it."""

    keymap: Keymap

    def __init__(self, letter_quiet_s: float) -> None:
        """`letter_quiet_s`: seconds of silence after a letter that stands alone."""
        super().__init__()
        self._scanner = Scanner()
        self._letter_quiet_s = letter_quiet_s
        self._lone_keys = LoneKeys(self._once_quiet, self.submit, self._burst_ignored)
        self._bursts: WeakKeyDictionary[events.Key, Burst] = WeakKeyDictionary()
        self._coming_back: events.Key | None = None
        """The key that no widget wanted: what it gives is worked out now."""
        self._patience = Patience()
        self._held = HeldKeys(self._patience, lambda: self._lone_keys.deciding)
        self._held_until_then = False
        self.untouched = True
        """Nobody has pressed a key at the screens yet: lists stand on what is the most urgent."""

    # -- for whoever derives from it --

    @property
    def screen_name(self) -> str:
        """The screen in view, dialogs left out."""
        raise NotImplementedError

    def somebody_there(self, key: str = "") -> None:
        """A key was pressed, or the mouse: called before anything comes of it."""
        raise NotImplementedError

    async def carry_out(self, line: str) -> Result:
        """Do a command line."""
        raise NotImplementedError

    def say(self, result: Result) -> None:
        """Show what came of something."""
        raise NotImplementedError

    # -- keys --

    def on_mount(self) -> None:
        self.set_interval(PATIENCE_TICK_S, self._patience)

    def _once_quiet(self, then: Callable[[], None]) -> Timer:
        """Call back after the quiet time, behind the keys that came in it and are not read yet."""
        return self.set_timer(self._letter_quiet_s, partial(self.call_later, then))

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key):
            if event.character == FULL_WIDTH_SPACE:
                space = events.Key("space", " ")
                space.time = event.time
                event = space
            self.somebody_there(event.key)
            if not event.is_forwarded and event.is_printable:
                self._bursts[event] = self._lone_keys.text_came(event.time)
            if event.is_forwarded or not self._held.keep(event):
                await self._take_key(event)
            else:
                self._press_held_later()
            return
        if isinstance(event, events.MouseDown):
            self.somebody_there()
            self._touched()
        await super().on_event(event)

    async def _take_key(self, event: events.Key) -> None:
        """Hear a key whose turn it is."""
        if event.is_forwarded:
            self._coming_back = event
            await super().on_event(event)
            self._coming_back = None
            return
        self._touched()
        if self._scanned(event):
            return
        target = self.focused or self.screen
        passed = Passed(self._held.sent(), target)
        await super().on_event(event)
        if not target.post_message(passed):
            self._held.passed(passed.key)

    def _touched(self) -> None:
        if not isinstance(self.screen, ModalScreen):  # a password is typed into no list
            self.untouched = False

    async def on_passed(self, message: Passed) -> None:
        if not message.again():
            self._held.passed(message.key)
            await self._press_held()

    def on_stands(self) -> None:  # results.Stands
        self.let_keys_go()

    def let_keys_go(self, asked: int | None = None) -> None:
        """What was to open stands, with its focus: the keys that came meanwhile are for it."""
        self._held.opened(asked)
        if self._held.waiting:
            self.screen.call_later(self.call_later, self._press_held)

    def _press_held_later(self) -> None:
        if not self._held_until_then:
            self._held_until_then = True
            self.set_timer(self._held.left_s + _TURN_S, self._press_held_now)

    async def _press_held_now(self) -> None:
        self._held_until_then = False
        await self._press_held()

    async def _press_held(self) -> None:
        while (event := self._held.next()) is not None:
            await self._take_key(event)
        if self._held.waiting:
            self._press_held_later()

    def _burst_ignored(self) -> None:
        self.say(
            Result(False, _("several characters came at once: nothing was done; : opens the command line"))
        )
        self.call_later(self._press_held)

    def _scanned(self, event: events.Key) -> bool:
        """Whether a key is part of a scan on a screen of blood; a scan that is whole is read as a label."""
        if self.screen_name not in SCANNED or isinstance(self.screen, ModalScreen):
            return False
        scan = self._scanner.take(event.key, event.character, event.time)
        if scan:
            self.submit(f"label {scan}")
        return scan is not None

    def action_press(self, key: str) -> None:
        """A key of the keymap was pressed; one that is text waits until it is known to stand alone."""
        line = self.keymap.line(key, self.screen_name)
        burst = self._bursts.get(self._coming_back) if self._coming_back is not None else None
        if is_text_key(key) and burst is not None:
            self._lone_keys.pressed(burst, line)
        elif line is not None:
            self.submit(line)

    def on_line_typed(self, message: LineTyped) -> None:
        self.submit(message.line)

    def submit(self, line: str) -> None:
        """Carry out a command line in a task of its own, because it may wait for an answer."""
        asked = self._held.opening()
        self.run_worker(self._carry_out(line, asked), group="commands", exit_on_error=False)

    async def _carry_out(self, line: str, asked: int) -> None:
        _ASKED.set(asked)
        await self.carry_out(line)
        self.let_keys_go(asked)

    def _goes_on(self) -> None:
        """A dialog was answered, and the command line that asked goes on: it may open another."""
        self._held.going_on(_ASKED.get())
