"""Every reason can be said in both languages, and every code that is given has its sentence."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

import dispatch.decide
from dispatch.decide.reasons import REASONS, Reason, explain, names_of
from dispatch.decide.task_reasons import TASK_REASONS
from dispatch.decide.words import CAPABILITY_WORDS, STATE_WORDS
from dispatch.domain.units import Capability, UnitState
from dispatch.language import catalogue
from tests.unit.decide.decide_world import CHANGSHA, empty_picture

ROOM = Path(dispatch.decide.__file__).parent
FACTS: dict[str, str | int | float] = {
    "city": "changsha",
    "lender": "zhuzhou",
    "state": "EN_ROUTE",
    "needs": "advanced,stroke",
    "since": "2026-11-23T18:13:00+00:00",
    "said_at": "2026-11-23T18:13:00+00:00",
    "expires_at": "2026-11-25T16:00:00+00:00",
    "age_s": 421,
    "ahead_s": 60,
    "late_s": 420,
    "component": "red_cells",
}


def fields(sentence: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("code", REASONS)
def test_every_reason_is_said_in_both_languages(code: str) -> None:
    facts = {name: FACTS.get(name, 3.14159) for name in fields(REASONS[code])}
    names = names_of(empty_picture())
    english = explain(Reason(code=code, facts=facts), "en", names)
    chinese = explain(Reason(code=code, facts=facts), "zh_CN", names)
    assert REASONS[code] in catalogue("zh_CN")
    assert fields(REASONS[code]) == fields(catalogue("zh_CN")[REASONS[code]])
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert "{" not in english + chinese
    assert not re.search(r"[\u4e00-\u9fff]", english)


def test_every_code_that_the_room_gives_has_a_sentence_and_the_other_way_round() -> None:
    given = set()
    for path in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and not path.name.endswith("reasons.py")
            ):
                given.add(node.value)
    built = {f"city_{kind}{end}" for kind in ("offline", "silent", "never") for end in ("", "_left_out")}
    built |= {"status_city_offline", "status_city_silent", "paused", "out_of_service"}
    assert set(TASK_REASONS) <= given | built
    for path in ROOM.glob("*.py"):
        for code in re.findall(r'Reason\(\s*code="(\w+)"', path.read_text(encoding="utf-8")):
            assert code in TASK_REASONS, f"{path.name} gives {code}"


def test_states_and_capabilities_all_have_a_word_in_both_languages() -> None:
    assert set(STATE_WORDS) == set(UnitState.__members__)
    assert set(CAPABILITY_WORDS) == set(Capability)
    assert all(word in catalogue("zh_CN") for word in (*STATE_WORDS.values(), *CAPABILITY_WORDS.values()))


def test_ages_times_and_names_are_said_the_local_way() -> None:
    names = names_of(empty_picture())
    stale = Reason(code="stale", facts={"age_s": 421})
    assert explain(stale, "en") == "stale 7 min"
    assert explain(stale, "zh_CN") == "定位过时 7 分钟"
    offline = Reason(code="city_offline", facts={"city": CHANGSHA, "since": "2026-11-23T18:13:00+00:00"})
    assert explain(offline, "en", names) == "Changsha offline since 02:13"
    assert explain(offline, "en") == "changsha offline since 02:13"
    lacks = Reason(code="lacks", facts={"needs": "advanced,stroke"})
    assert explain(lacks, "zh_CN") == "缺：监护型、卒中中心"


@pytest.mark.parametrize(
    ("late_s", "english", "chinese"),
    [
        (7 * 60, "late by 7 min", "晚 7 分钟"),
        (5 * 3_600, "late by 5 h", "晚 5 小时"),
        (60 * 1_065_520_000, "late by 739944 d", "晚 739944 天"),
    ],
)
def test_a_delay_is_said_in_the_unit_that_suits_it(late_s: int, english: str, chinese: str) -> None:
    late = Reason(code="late", facts={"late_s": late_s})
    assert (explain(late, "en"), explain(late, "zh_CN")) == (english, chinese)


def test_great_numbers_are_said_in_digits() -> None:
    assert explain(Reason(code="short", facts={"missing": 12_345_678}), "en") == "12345678 still missing"


def test_the_last_hours_of_the_year_9999_can_still_be_said() -> None:
    last = Reason(code="first_expiring", facts={"expires_at": "9999-12-31T23:46:40+00:00"})
    assert explain(last, "en") == "first expires 12-31 23:46"


def test_outside_text_in_a_reason_cannot_reach_the_terminal_raw() -> None:
    hostile = Reason(code="paused", facts={"text": "\x1b[2Jrefuelling {0}"})
    assert "\x1b" not in explain(hostile, "en")
