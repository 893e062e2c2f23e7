"""A desk driver: tests read as scripts.

    await Console(pilot, desk).incidents().press("f7", "enter").expect_act("unit", unit="CS-003")

Every call only adds a step; awaiting runs them in order. `Operator` presses and looks, whatever desk is
behind the screen; `Console` knows the fake desk.
"""

import re
from collections.abc import Awaitable, Callable, Generator, Sequence
from typing import Any, Self

from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.widgets import Input

from dispatch.console.app import ConsoleApp
from dispatch.console.dialogs.base import Dialog
from dispatch.console.keymap import is_text_key
from dispatch.console.limits import Manners
from dispatch.console.widgets.board import Board
from dispatch.console.widgets.commandline import CommandLine
from tests.console.fakes import FakeDesk

MANNERS = Manners(
    edition="test", expiring_soon_hours=48, confirm_guard_s=0, confirm_quiet_s=0, letter_quiet_s=0.02
)
_QUIET = 0.05
_PATIENCE = 40
"""Pauses after which a busy machine is not the reason any more."""
_SOON = 10
"""The same for what should be there already: half a second."""
Step = Callable[[], Awaitable[None]]


def console_app(desk: FakeDesk) -> ConsoleApp:
    """The app of a fake desk; held keys are not guarded against, letters wait only shortly."""
    return ConsoleApp(desk, manners=MANNERS, steady=desk.clock.monotonic)


class Operator:
    """What an operator does and sees."""

    def __init__(self, pilot: Pilot[None]) -> None:
        self.pilot = pilot
        self._steps: list[Step] = []

    def __await__(self) -> Generator[object, None, None]:
        return self._run().__await__()

    async def _run(self) -> None:
        steps, self._steps = self._steps, []
        with self.app._context():  # a test may have more than one console
            await self._begun()
            for step in steps:
                await step()
        assert self.faults() == [], self.faults()

    def faults(self) -> Sequence[object]:
        """Faults of the console itself that were written down meanwhile."""
        raise NotImplementedError

    async def _begun(self) -> None:
        """The first screen stands there: what is pressed before is pressed into nothing."""
        for _turn in range(_PATIENCE):
            if self.app.base_screen is not None and self.app.base_screen.ready:
                return
            await self.pilot.pause(_QUIET)

    def _add(self, step: Step) -> Self:
        self._steps.append(step)
        return self

    @property
    def app(self) -> ConsoleApp:
        assert isinstance(self.pilot.app, ConsoleApp)
        return self.pilot.app

    # -- doing --

    def press(self, *keys: str) -> Self:
        async def step() -> None:
            for key in keys:
                await self.pilot.press(key)
                if is_text_key(key):
                    await self._quiet()
                await self._heard()
                await self.pilot.pause()

        return self._add(step)

    async def _quiet(self) -> None:
        """Until it is known whether a key stood alone; on a busy machine that takes a while."""
        await self.pilot.pause(_QUIET)
        for _turn in range(_PATIENCE):
            if not self.app._lone_keys.waiting:
                return
            await self.pilot.pause(_QUIET)

    async def _heard(self) -> None:
        """Until every key that was pressed has been heard."""
        for _turn in range(_PATIENCE):
            if not self.app._held.waiting:
                return
            await self.pilot.pause(_QUIET)

    def incidents(self) -> Self:
        return self.press("f2").expect_screen("incidents")

    def units(self) -> Self:
        return self.press("f3").expect_screen("units")

    def blood(self) -> Self:
        return self.press("f4").expect_screen("blood")

    def map(self) -> Self:
        return self.press("f5").expect_screen("map")

    def alarms(self) -> Self:
        return self.press("f6").expect_screen("alarms")

    def line(self, text: str) -> Self:
        """Type a command line and send it off."""

        async def step() -> None:
            for turn in range(_PATIENCE):
                if not turn % (_PATIENCE // 4):  # a key can fall into a change of screen
                    await self.pilot.press("colon")
                await self.pilot.pause(_QUIET)
                if isinstance(self.app.screen, CommandLine) and self.app.screen.query(Input):
                    break
            line = self.app.screen
            assert isinstance(line, CommandLine), f"the command line did not open: {line}"
            line.query_one(Input).value = text
            await self.pilot.press("enter")
            await self.pilot.pause()
            await self.pilot.pause()

        return self._add(step)

    def select(self, key: str) -> Self:
        """Move the cursor of the board in focus to a row by its key."""

        async def step() -> None:
            board = self.app.screen.focused
            assert isinstance(board, Board), f"no board has the focus but {board}"
            assert board.select(key), f"{key} is not among {board.keys}"
            await self.pilot.pause()

        return self._add(step)

    def fill(self, field: str, text: str) -> Self:
        """Type into a field of the open dialog."""

        async def step() -> None:
            self.app.screen.query_one(f"#{field}", Input).value = text
            await self.pilot.pause()

        return self._add(step)

    def commit(self, text: str) -> Self:
        """What an input method does: all characters at once."""

        async def step() -> None:
            for character in text:
                self.app.post_message(events.Key(_character_to_key(character), character))
            await self.pilot.pause(2 * _QUIET)
            await self._heard()

        return self._add(step)

    def at_once(self, *keys: str) -> Self:
        """What a quick hand presses on a busy machine: all keys are there before the first is heard."""

        async def step() -> None:
            for key in keys:
                self.app.post_message(events.Key(key, key if len(key) == 1 else None))
            await self.pilot.pause(2 * _QUIET)
            await self._heard()

        return self._add(step)

    def do(self, act: Callable[[], object]) -> Self:
        async def step() -> None:
            act()

        return self._add(step)

    # -- seeing --

    def expect_screen(self, name: str) -> Self:
        return self.expect(lambda: self.app.screen_name == name, f"the screen {name}")

    def expect_dialog(self, kind: type[Dialog[Any]] | None) -> Self:
        if kind is None:
            return self.expect(lambda: not isinstance(self.app.screen, Dialog), "no dialog")
        return self.expect(lambda: isinstance(self.app.screen, kind), f"the dialog {kind.__name__}")

    def expect_result(self, part: str, *, ok: bool | None = None) -> Self:
        async def step() -> None:
            await self._until(lambda: part in self.app.result.text)
            result = self.app.result
            assert part in result.text, f"{part!r} is not in the result {result}"
            assert ok is None or result.ok is ok, result

        return self._add(step)

    def expect_text(self, *parts: str) -> Self:
        async def step() -> None:
            await self._until(lambda: all(part in self.text() for part in parts))
            shown = self.text()
            for part in parts:
                assert part in shown, f"{part!r} is not on the screen:\n{shown}"

        return self._add(step)

    def expect_no_text(self, *parts: str) -> Self:
        async def step() -> None:
            await self._until(lambda: not any(part in self.text() for part in parts))
            shown = self.text()
            for part in parts:
                assert part not in shown, f"{part!r} is on the screen:\n{shown}"

        return self._add(step)

    def expect(self, true: Callable[[], bool], what: str) -> Self:
        async def step() -> None:
            await self._until(true)
            assert true(), f"expected {what}; there is {self.app.screen!r}, {self.app.result}\n{self.text()}"

        return self._add(step)

    async def _until(self, true: Callable[[], bool]) -> None:
        """A busy machine paints later: what is not there at once gets a little time to come."""
        for _turn in range(_SOON):
            if true():
                return
            await self.pilot.pause(_QUIET)

    def text(self) -> str:
        """Everything on the screen, dialogs on top of what is behind them."""
        return screen_text(self.app)


class Console(Operator):
    """An operator over a fake desk: its time is moved by hand, and what was asked of it is kept."""

    def __init__(self, pilot: Pilot[None], desk: FakeDesk) -> None:
        super().__init__(pilot)
        self.desk = desk

    def faults(self) -> Sequence[object]:
        return self.desk.faults

    def wait(self, seconds: float) -> Self:
        """Let drill time pass and a frame be painted."""

        async def step() -> None:
            self.desk.clock.advance(seconds)
            self.app._frames = 3
            self.app.frame()
            await self.pilot.pause()

        return self._add(step)

    def expect_act(self, what: str, **facts: object) -> Self:
        async def step() -> None:
            await self._until(lambda: bool(self.desk.did(what)))
            done = self.desk.did(what)
            assert done, f"nothing was done of {what}; but {self.desk.acts}; result {self.app.result}"
            assert {name: done[-1][name] for name in facts} == facts

        return self._add(step)

    def expect_no_act(self) -> Self:
        return self.expect(lambda: not self.desk.acts, f"no act, but {self.desk.acts}")


def screen_text(app: ConsoleApp) -> str:
    """The screen as lines of text."""
    return "\n".join(
        "".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()
    )


WORD = re.compile(r"[A-Za-z][A-Za-z'-]+")
