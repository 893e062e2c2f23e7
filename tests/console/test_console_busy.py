"""A console that stands still for moments: what is a key stays one, what is text fires none."""

import asyncio
import time
from collections.abc import Iterable

import pytest
from textual.events import Key
from textual.keys import _character_to_key
from textual.widgets import Input

from dispatch.console.app import ConsoleApp
from dispatch.console.dialogs.incident import IncidentDialog
from dispatch.console.held_keys import OPENS_WITHIN_S
from dispatch.console.results import Result
from dispatch.console.widgets.commandline import CommandLine
from tests.console.driver import MANNERS, Console, console_app
from tests.console.fakes import FakeDesk, fake_desk

STUCK_S = 2 * MANNERS.letter_quiet_s
"""A turn of the event loop that takes longer than the quiet time of a letter."""
TURNS = 60
BURST = "m你n，q好r：c说z／0，h1"


@pytest.fixture
def desk() -> FakeDesk:
    return fake_desk()


def key(name: str, at: float = 0.0) -> Key:
    """A key as the terminal's thread makes it, pressed at this second."""
    made = Key(_character_to_key(name), name) if len(name) == 1 else Key(name, None)
    made.time = at or made.time
    return made


def lines_of(app: ConsoleApp, stuck_s: float = 0) -> list[str]:
    """Every command line the console carries out, from now on; before each it stands still for a while."""
    lines: list[str] = []
    carry_out = app.carry_out

    async def noted(line: str) -> Result:
        lines.append(line)
        time.sleep(stuck_s)  # noqa: ASYNC251 - this is what is tried
        await asyncio.sleep(0.05 if stuck_s else 0)
        return await carry_out(line)

    app.carry_out = noted  # type: ignore[method-assign]
    return lines


async def sluggish(turns: int = TURNS) -> None:
    """The machine is busy with something else in every turn of the loop."""
    for _turn in range(turns):
        time.sleep(STUCK_S)  # noqa: ASYNC251 - this is what is tried
        await asyncio.sleep(0)


def come(app: ConsoleApp, keys: Iterable[Key]) -> None:
    for one in keys:
        app.post_message(one)


@pytest.mark.parametrize("turns_between", [0, 8, 20])
async def test_a_key_after_a_text_is_heard_and_no_letter_of_the_text_is(
    desk: FakeDesk, turns_between: int
) -> None:
    """The colon comes a second after the text, and parts of the text are still waiting for their turn."""
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.incidents()
        lines = lines_of(console.app)
        now = time.monotonic()
        come(console.app, (key(letter, now) for letter in BURST))
        await sluggish(turns_between)
        come(console.app, [key(":", now + 1)])
        await sluggish()
        await console.expect(lambda: isinstance(pilot.app.screen, CommandLine), "the command line")
        await console.expect_no_act()
        assert lines == ["line"]


async def test_a_letter_that_is_not_read_yet_is_part_of_the_text_all_the_same(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.incidents()
        lines = lines_of(console.app)
        now = time.monotonic()
        come(console.app, [key("m", now)])
        console.app.call_later(asyncio.sleep, 5 * STUCK_S)
        come(console.app, [key("n", now)])
        await pilot.pause(8 * STUCK_S)
        await console.expect_dialog(None).expect_no_act()
        assert lines == []


async def test_keys_pressed_one_by_one_into_a_console_that_stands_still_are_keys(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.incidents()
        lines = lines_of(console.app)
        now = time.monotonic()
        come(console.app, [key("n", now), key("1", now + 0.5), key("2", now + 1)])
        time.sleep(OPENS_WITHIN_S)  # noqa: ASYNC251
        await sluggish()
        await console.expect_dialog(IncidentDialog)
        assert lines == ["new"]


async def test_a_function_key_waits_until_it_is_known_what_the_letter_before_it_was(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.incidents()
        lines = lines_of(console.app)
        now = time.monotonic()
        come(console.app, [key("r", now), key("f5", now + 0.2), key("f6", now + 0.4)])
        await console.expect_screen("alarms")
        assert lines == ["refresh", "goto map", "goto alarms"]


async def test_what_is_typed_while_the_console_takes_long_to_open_a_form_goes_into_the_form(
    desk: FakeDesk,
) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.incidents()
        lines = lines_of(console.app, stuck_s=OPENS_WITHIN_S * 1.5)
        now = time.monotonic()
        typed = [key(letter, now + 0.1 * n) for n, letter in enumerate("zhaoshan", 1)]
        come(console.app, [key("f10", now), *typed])
        await console.expect_dialog(IncidentDialog)
        form = console.app.screen
        await console.expect(
            lambda: [field.value for field in form.query(Input)][:1] == ["zhaoshan"], "the place in the form"
        )
        assert lines == ["new"]
