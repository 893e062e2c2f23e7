"""The timeline in words: codes are said in the language in use, nothing from outside can spoil a line."""

from datetime import UTC, datetime, timedelta

import pytest

from dispatch import language
from dispatch.console.present_timeline import _wrapped, entry_text, timeline_rows
from dispatch.domain.geography import City, CityCode, Position
from dispatch.domain.hospitals import Hospital, HospitalId
from dispatch.domain.model import Name
from dispatch.domain.timeline import SENTENCES, Entry
from dispatch.picture.live import Picture
from dispatch.text import cell_width, safe_text

NOW = datetime(2026, 11, 23, 18, 31, 7, tzinfo=UTC)
HERE = Position(lat=28.2, lon=112.9)


@pytest.fixture
def picture() -> Picture:
    name = Name(zh="株洲", en="Zhuzhou")
    city = City(code=CityCode("zhuzhou"), name=name, prefix="ZZ", centre=HERE, population_million=3.9)
    hospital = Hospital(
        id=HospitalId("CS-H-XIANGYA"),
        city=CityCode("zhuzhou"),
        name=Name(zh="湘雅医院", en="Xiangya Hospital"),
        position=HERE,
    )
    return Picture(cities=[city], hospitals=[hospital])


def said(picture: Picture, code: str, **facts: str | int) -> str:
    entry = Entry(number=1, at=NOW, code=code, by="wang", facts=dict(facts))
    return entry_text(entry, picture, lambda reason: {"family_decides": "等家属决定"}.get(reason, reason))


def test_codes_are_said_as_words(picture: Picture) -> None:
    assert said(picture, "unit.state", unit="CS-002", state=2, source="geofence") == (
        "CS-002：2 驶向现场（围栏上报）"
    )
    assert said(picture, "unit.refused", unit="CS-002", state=5, before="2") == (
        "CS-002：“2 驶向现场”之后不能是“5 到达医院”，未采用"
    )
    assert said(picture, "hold", reason="family_decides") == "挂起：等家属决定"
    assert said(picture, "order.done", unit="CS-002", ending="crew_refused").startswith("CS-002 任务结束：")
    assert said(picture, "closed", ending="nobody_to_carry", reason="") == "结束：放空车"
    assert said(picture, "aid.asked", city="zhuzhou", count=2) == "向株洲请求支援 2 辆车"
    by_rule = said(picture, "aid.committed_by_rule", city="zhuzhou", units="ZZ-012")
    assert by_rule == "株洲按常设协议自动派出支援车：ZZ-012"
    assert said(picture, "destination", unit="CS-002", hospital="CS-H-XIANGYA").endswith("湘雅医院")


def test_a_change_says_what_was_and_what_is(picture: Picture) -> None:
    amended = said(
        picture,
        "amend",
        what="priority needs patients",
        priority_before=3,
        priority=1,
        needs_before="",
        needs="stroke trauma",
        patients_before=1,
        patients=3,
    )
    assert amended == "更改：级别 3 一般 → 1 危重、需求 – → 卒中 创伤、人数 1 → 3"


def test_it_is_said_in_english_as_well(picture: Picture) -> None:
    language.use("en")
    assert said(picture, "unit.state", unit="CS-002", state=3, source="desk") == (
        "CS-002: 3 On scene (said by desk)"
    )


def test_a_missing_fact_and_an_unknown_code_stop_nothing(picture: Picture) -> None:
    assert said(picture, "unit.state", unit="CS-002") == "CS-002：?（?上报）"
    assert said(picture, "future.code", unit="CS-002") == "future.code CS-002"
    assert said(picture, "unit.state", unit="CS-002", state="99", source="moon") == "CS-002：99（moon上报）"


@pytest.mark.parametrize("code", SENTENCES)
def test_every_sentence_can_be_said_without_any_facts(picture: Picture, code: str) -> None:
    assert said(picture, code)


def test_outside_text_never_reaches_a_terminal_raw(picture: Picture) -> None:
    text = "\x1b[2J{unit}{0.__class__}\n[red]x[/]"
    shown = said(picture, "note", text=text)
    assert "\x1b" not in shown
    assert "\n" not in shown
    assert safe_text(text) in shown


def test_the_newest_line_stands_first_and_long_ones_go_on_below(picture: Picture) -> None:
    entries = [
        Entry(number=1, at=NOW - timedelta(days=1), code="opened", by="li", facts={"place": "五一广场"}),
        Entry(number=2, at=NOW, code="note", by="wang", facts={"text": "病" * 30}),
    ]
    rows = timeline_rows(entries, picture, str, NOW, 30)
    assert [row.key for row in rows] == ["2.0", "2.1", "2.2", "1.0"]
    assert [row.cells[0].text for row in rows] == ["02:31:07", "", "", "11-23 02:31"]
    assert [row.cells[2].text for row in rows] == ["wang", "", "", "li"]
    assert "".join(row.cells[1].text for row in rows[:3]) == "备注：" + "病" * 30


def test_a_hold_says_until_when(picture: Picture) -> None:
    until = int((NOW + timedelta(minutes=30)).timestamp() * 1000)
    entry = Entry(number=1, at=NOW, code="hold", facts={"reason": "道路中断", "until_ms": until})
    [row] = timeline_rows([entry], picture, str, NOW, 60)
    assert row.cells[1].text.startswith("挂起：道路中断  ")
    assert "03:01" in row.cells[1].text


@pytest.mark.parametrize("cells", [1, 2, 7, 30, 200])
def test_wrapping_loses_nothing_and_never_runs_over(cells: int) -> None:
    text = "CS-002: 3 On scene (said by vehicle) 到达现场，病人已上车 and more words follow"
    lines = _wrapped(text, cells)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(cell_width(line) <= max(2, cells) for line in lines)


def test_nothing_to_wrap_is_one_empty_line() -> None:
    assert _wrapped("", 10) == ("",)
