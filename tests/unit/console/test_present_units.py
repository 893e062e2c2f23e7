"""Rows of units: what is stale or out of sight never looks live."""

from dataclasses import replace

import pytest

from dispatch import language
from dispatch.console.present import Cell, Row, sight_cell, sight_sentence, unit_columns, unit_row
from dispatch.domain.units import UnitId, UnitState
from dispatch.picture.cities import Sight
from dispatch.picture.live import Picture
from tests.console.widgets.scenes import (
    CHANGSHA,
    HOSTILE,
    NOW,
    XIANGTAN,
    ZHUZHOU,
    picture,
    place_unit,
    report_state,
    scene,
)


def row_of(of: Picture, unit: str) -> Row:
    return unit_row(of.fleet.view(UnitId(unit)), scene(of), of.sites, of.hospitals)


def cells_of(of: Picture, unit: str) -> dict[str, Cell]:
    keys = [column.key for column in unit_columns(of.cities)]
    return dict(zip(keys, row_of(of, unit).cells, strict=True))


def test_a_live_unit_reads_in_both_languages() -> None:
    now = picture()
    place_unit(now, "CS-001", age_s=12)
    report_state(now, "CS-001", UnitState.AVAILABLE_AT_STATION)
    assert [cell.text for cell in row_of(now, "CS-001").cells] == [
        "CS-001", "长沙", "7 站内待命", "  12秒", "", "芙蓉急救站", "62 km/h", "普通型", "车载",
    ]  # fmt: skip
    language.use("en")
    assert [cell.text for cell in row_of(now, "CS-001").cells] == [
        "CS-001", "Changsha", "7 Free at station", "  12s", "", "Furong station",
        "62 km/h", "basic", "vehicle",
    ]  # fmt: skip
    assert row_of(now, "CS-001").style == "free"


@pytest.mark.parametrize(
    ("age_s", "text", "style"),
    [
        (59, "  59秒", "normal"),
        (61, "▴ 1分01秒 迟到", "abnormal"),
        (121, "~ 2分01秒 陈旧", "stale"),
        (4000, "~ 1时06分 过旧", "stale"),
    ],
)
def test_the_age_of_a_fix_gets_a_sign_and_a_word_when_it_is_late(age_s: float, text: str, style: str) -> None:
    now = picture()
    place_unit(now, "CS-001", age_s=age_s)
    age = cells_of(now, "CS-001")["age"]
    assert (age.text, age.style) == (text, style)


def test_a_stale_unit_is_grey_and_shows_no_speed() -> None:
    now = picture()
    place_unit(now, "CS-001", age_s=121)
    report_state(now, "CS-001", UnitState.AVAILABLE_AT_STATION)
    assert row_of(now, "CS-001").style == "stale"
    assert cells_of(now, "CS-001")["speed"].text == ""


def test_a_unit_of_an_offline_city_is_grey_however_fresh_its_last_fix() -> None:
    now = picture()
    place_unit(now, "ZZ-001", age_s=5)
    report_state(now, "ZZ-001", UnitState.AVAILABLE_AT_STATION)
    cells = cells_of(now, "ZZ-001")
    assert row_of(now, "ZZ-001").style == "offline"
    assert cells["age"] == Cell("✗ 5秒 离线", "offline", cells["age"].sort)
    assert (cells["city"].style, cells["speed"].text) == ("offline", "")


def test_a_unit_nobody_heard_of_says_so() -> None:
    cells = cells_of(picture(), "CS-001")
    assert (cells["state"].text, cells["age"].text) == ("从未上报", "✗ 无消息")


def test_a_unit_on_its_way_to_hospital_names_it_and_a_paused_one_its_reason() -> None:
    now = picture()
    report_state(now, "CS-001", UnitState.TRANSPORTING, incident="CS-1124-0012", destination="CS-H-2")
    report_state(now, "CS-002", UnitState.PAUSED, reason="加油")
    assert cells_of(now, "CS-001")["note"].text == "送往 湘雅二医院"
    assert cells_of(now, "CS-002")["note"].text == "加油"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_inert_in_a_row(text: str) -> None:
    now = picture()
    report_state(now, "CS-001", UnitState.PAUSED, reason=text, incident=text)
    shown = "".join(cell.text for cell in row_of(now, "CS-001").cells)
    assert shown.isprintable()
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_the_sight_of_a_city_is_a_sentence_with_its_time() -> None:
    now = picture()
    said = [sight_sentence(now.sight[city], NOW) for city in (CHANGSHA, ZHUZHOU, XIANGTAN)]
    assert said == ["实时", "离线 自 02:01", "静默 自 02:10"]
    language.use("en")
    said = [sight_sentence(now.sight[city], NOW) for city in (CHANGSHA, ZHUZHOU, XIANGTAN)]
    assert said == ["live", "offline since 02:01", "silent since 02:10"]


def test_every_sight_has_its_own_sign() -> None:
    now = picture()
    signs = []
    for sight in Sight:
        now.sight[CHANGSHA].sight = sight
        cell = sight_cell(now.sight[CHANGSHA], scene(now))
        signs.append((cell.text[0], cell.style))
    assert len(set(signs)) == len(Sight)


def test_ages_sort_by_the_moment_so_that_the_order_holds_while_time_goes_on() -> None:
    now = picture()
    place_unit(now, "CS-001", age_s=5)
    place_unit(now, "CS-002", age_s=50)
    older, newer = cells_of(now, "CS-002")["age"], cells_of(now, "CS-001")["age"]
    assert newer.sort_key < older.sort_key


def test_a_reason_is_said_in_words_and_not_as_its_code() -> None:
    now = picture()
    place_unit(now, "CS-001", age_s=12)
    report_state(now, "CS-001", UnitState.PAUSED, reason="refuelling")
    words = {"refuelling": "加油（充电）"}
    spoken = replace(scene(now), spoken=lambda code: words.get(code, code))
    row = unit_row(now.fleet.view(UnitId("CS-001")), spoken, now.sites, now.hospitals)
    assert "加油（充电）" in [cell.text for cell in row.cells]
