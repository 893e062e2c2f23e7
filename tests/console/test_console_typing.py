"""Chinese input and hostile text: what is text stays text."""

# ruff: noqa: RUF001 - full-width letters are what an input method sends

import random

import pytest
from textual.widgets import Input

from dispatch.console.dialogs.incident import IncidentDialog
from dispatch.console.widgets.commandline import CommandLine
from dispatch.domain.alarms import AlarmId, Severity
from dispatch.domain.incidents import IncidentId
from dispatch.domain.units import UnitId, UnitState, UnitStatus
from tests.console.driver import Console, console_app, screen_text
from tests.console.fakes import CHANGSHA, FakeDesk, FakeRefused, fake_desk

SCREENS = {
    "f2": "incidents",
    "f3": "units",
    "f4": "blood",
    "f5": "map",
    "f6": "alarms",
    "f1": "help",
}
COMMITS = (
    "湘雅医院",
    "：五一广场",
    "路口／车祸",
    "急" * 20,
    "nihao",
    "r：n／q。",
    "一",
    "c s、",
    "Qs1２３nr",
)
HOSTILE = (
    "[@click=app.quit]quit[/]",
    "ok[/]",
    "\x1b[2J\x1b]0;owned\x07",
    "\u202egnorw\u202c",
    "a\u0301\u0302\u0303\u0304\u0305",
    "xx [A1] 1",
    "\ud800lone",
    "line\nbreak\ttab\x00",
    "长" * 5000,
)


@pytest.fixture
def desk() -> FakeDesk:
    return fake_desk()


@pytest.mark.parametrize("key", SCREENS)
async def test_what_an_input_method_commits_at_once_fires_nothing(desk: FakeDesk, key: str) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.press(key)
        dice = random.Random(key)
        texts = [
            *COMMITS,
            *("".join(chr(dice.randint(0x4E00, 0x9FFF)) for _ in range(n)) for n in range(2, 21, 6)),
        ]
        for text in texts:
            await console.commit(text).expect_screen(SCREENS[key]).expect_no_act()
            assert len(console.app.screen_stack) == 1, f"{text!r} opened {console.app.screen}"


async def test_one_key_alone_is_still_a_key(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .commit("：").expect(lambda: isinstance(pilot.app.screen, CommandLine), "the command line")
            .press("escape").commit("n").expect_dialog(IncidentDialog)
        )  # fmt: skip


async def test_a_full_width_space_parts_words(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.press("colon").commit("用血　悬浮红细胞　Ｏ－　４　xyeyy　４０分").press("enter")
        await pilot.pause(0.2)
        await console.expect_screen("blood").expect_text("O- 4 U", "湘雅二医院")


async def test_letters_are_text_while_a_field_has_the_focus(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.press("f10").commit("湘雅n：r").expect_dialog(IncidentDialog)
        assert console.app.screen.query_one("#place", Input).value == "湘雅n：r"


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_outside_text_is_shown_and_never_obeyed(desk: FakeDesk, text: str) -> None:
    picture, now = desk.picture, desk.clock.now()
    hit = IncidentId("CS-1124-0003")
    picture.incidents[hit] = picture.incidents[hit].model_copy(
        update={"place": text, "chief_complaint": text}
    )
    paused = UnitStatus(state=UnitState.PAUSED, since=now, reason=text, incident=text, destination=text)
    picture.fleet.apply_status(UnitId("CS-001"), paused)
    picture.alarms.raise_(
        AlarmId(f"x{text}"), Severity.CRITICAL, "unit_silent", now, {"unit": text, "age_s": 9}
    )
    desk.quarantine.rows = [FakeRefused(1, CHANGSHA, text, text, 9)]
    desk.operator = text
    async with console_app(desk).run_test(size=(160, 48)) as pilot:
        console = Console(pilot, desk)
        for key in ("f3", "f5", "f6", "q", "f2"):
            await console.press(key).wait(1)
            _assert_clean(screen_text(console.app))
        await console.press("f7")
        _assert_clean(screen_text(console.app))
        await console.press("escape", "ctrl+q")
        _assert_clean(screen_text(console.app))
        await console.press("escape").line(f"find {text}").expect_no_act()
        _assert_clean(screen_text(console.app))
        assert console.app.is_running


def _assert_clean(shown: str) -> None:
    """Nothing that a terminal would obey, nor reorder."""
    wrong = {
        char for char in shown if (ord(char) < 0x20 and char != "\n") or char in "\x7f\u202e\u202c\ud800"
    }
    assert not wrong, wrong
