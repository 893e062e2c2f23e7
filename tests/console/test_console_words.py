"""Words in their places: no title longer than its column, no key left out, no word in the other language."""

import re
from collections.abc import Callable, Iterable

import pytest

from dispatch import language
from dispatch.console.present_aids import aid_columns
from dispatch.console.present_alarms import alarm_columns
from dispatch.console.present_cells import Column
from dispatch.console.present_claims import claim_columns
from dispatch.console.present_desks import desk_columns
from dispatch.console.present_drill import drill_columns
from dispatch.console.present_holds import hold_columns
from dispatch.console.present_incidents import hospital_columns, incident_columns
from dispatch.console.present_lots import lot_columns, rare_columns
from dispatch.console.present_moves import move_columns
from dispatch.console.present_offer import offer_columns
from dispatch.console.present_orders import crew_columns
from dispatch.console.present_scene import AgeLimits, Scene
from dispatch.console.present_timeline import timeline_columns
from dispatch.console.present_units import unit_columns
from dispatch.language import LANGUAGES
from dispatch.text import cell_width
from tests.console.fakes import FakeDesk, fake_desk
from tests.console.gallery import read
from tests.console.sights import SIGHTS
from tests.console.test_console_language import ALLOWED

_DESK = fake_desk()


def scene_of(desk: FakeDesk) -> Scene:
    return Scene.of(desk.picture, desk.clock.now(), AgeLimits(60, 120, 300))


BOARDS: dict[str, Callable[[], Iterable[Column]]] = {
    "aids": lambda: aid_columns(_DESK.picture.cities),
    "alarms": alarm_columns,
    "claims": claim_columns,
    "crews": crew_columns,
    "desks": lambda: desk_columns(scene_of(_DESK)),
    "drill": drill_columns,
    "holds": hold_columns,
    "hospitals": lambda: hospital_columns(_DESK.picture.cities),
    "incidents": lambda: incident_columns(_DESK.picture.cities),
    "lots": lambda: lot_columns(banks=True),
    "moves": move_columns,
    "offer": offer_columns,
    "rare": lambda: rare_columns(tuple(_DESK.picture.cities), scene_of(_DESK)),
    "timeline": timeline_columns,
    "units": lambda: unit_columns(_DESK.picture.cities),
}


@pytest.mark.parametrize("speech", LANGUAGES)
@pytest.mark.parametrize("board", BOARDS)
def test_no_title_is_longer_than_its_column(board: str, speech: str) -> None:
    language.use(speech)
    columns = {column.key: column for column in BOARDS[board]()}
    cut = {
        key: (column.title, column.width or column.min_width)
        for key, column in columns.items()
        if cell_width(column.title) > (column.width or column.min_width)
    }
    assert not cut


@pytest.mark.parametrize("speech", LANGUAGES)
@pytest.mark.parametrize("screen", ["incidents", "units", "blood", "map", "alarms", "days", "holds"])
def test_the_keys_of_the_main_acts_are_in_view_on_the_smallest_screen(screen: str, speech: str) -> None:
    foot = read(screen)[f"80x24 {speech}"].lines[-1]
    assert [
        key for key in ("F1 ", "F2 ", "F3 ", "F4 ", "F5 ", "F6 ", "F7 ", "F8 ", "F10 ") if key not in foot
    ] == []


_RESULT = -2
"""The line that says what was done, in the language in use when it was done."""
_ASKED = frozenset({"override", "state"})
"""Questions: one that stands open stays in the language in which it was asked."""
_LISTS_WORDS = frozenset({"help", "palette", "line"})
"""Screens that list what may be typed, in every language in which it may be typed."""
_WHAT_PEOPLE_SAID = re.compile(
    r"长沙火车站东广场|株洲站|五一广场|湘潭大学南门|车祸，多人受伤|摔伤|胸痛|腹痛|加油|王芳|陈洁|中文|李\*\*|张\*|湘[A-Z]\d+急|0650号"
    r"|家属很着急.*|.*请尽快到达现场.*|芙蓉大道昭.*|消息时间比.*|车辆未配置.*|不是 JSON.*|悬浮红细胞.*"
    r"|摔倒.*|湘雅二医院"
)
"""Names, places and words that stand in no catalogue; the name of the other language."""
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")
_CODES = re.compile(
    r"\S+:\S+|JSON|draft|:?\bask\b|\bconsol\w*|\bonsole\b|identity|invoice|relation|\bfang\b|chen|liuyang|jing|[0-9a-f]{6,}"
    r"|\S*[A-Z]{2}-B-\S*|\.\.\S+"
)
"""Numbers of lots, editions of rules, names of desks and codes as they are typed, in a Chinese sentence."""
_ENGLISH = re.compile(r"[A-Za-z]{3,}")


def _lines(screen: str, speech: str) -> Iterable[tuple[str, list[str]]]:
    for shot, kept in read(screen).items():
        if shot.endswith(f" {speech}"):
            yield shot, [*kept.lines[:_RESULT], *kept.lines[_RESULT + 1 :]]


@pytest.mark.parametrize("screen", [one for one in SIGHTS if one not in _LISTS_WORDS | _ASKED])
def test_an_english_screen_holds_no_chinese_but_names_and_what_was_said(screen: str) -> None:
    known = "".join(_said())
    left: dict[str, list[str]] = {}
    for shot, lines in _lines(screen, "en"):
        text = _WHAT_PEOPLE_SAID.sub("", "\n".join(lines))
        found = [run for run in _CHINESE.findall(text) if run not in known]  # a name that was cut
        if found:
            left[shot] = found
    assert not left


def _said() -> Iterable[str]:
    for sight in ("incidents", "timeline", "drill"):
        desk = SIGHTS[sight].desk()
        for one in desk.picture.incidents.values():
            yield from (one.place, one.chief_complaint)
        for number in desk.picture.incidents:
            yield from (str(fact) for entry in desk.timeline(number) for fact in entry.facts.values())


@pytest.mark.parametrize("screen", [one for one in SIGHTS if one not in _LISTS_WORDS])
def test_a_chinese_screen_holds_no_english_but_codes_and_units(screen: str) -> None:
    left: dict[str, list[str]] = {}
    for shot, lines in _lines(screen, "zh_CN"):
        text = ALLOWED.sub(" ", _CODES.sub(" ", "\n".join(lines)))
        if found := _ENGLISH.findall(text):
            left[shot] = found
    assert not left
