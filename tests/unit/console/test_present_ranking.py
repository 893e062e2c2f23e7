"""Rankings as tables: candidates in order, exclusions with their reasons."""

import gc
import weakref
from datetime import timedelta

import pytest

from dispatch import language
from dispatch.console.present import Scene
from dispatch.console.present_ranking import (
    MOST_SHOWN,
    RankingTable,
    blood_table,
    hospital_table,
    unit_table,
)
from dispatch.decide.ambulances import UnitRequest, rank_units
from dispatch.decide.blood import BloodNeed, rank_blood
from dispatch.decide.hospitals import HospitalRequest, rank_hospitals
from dispatch.decide.reasons import names_of
from dispatch.domain.blood import BankId, BloodGroup
from dispatch.domain.geography import Position
from dispatch.domain.incidents import Priority
from dispatch.domain.units import Capability, UnitState
from dispatch.picture.cities import Sight
from dispatch.picture.live import Picture
from dispatch.settings import Configuration, load
from tests.console.widgets.scenes import (
    CHANGSHA,
    LIMITS,
    NOW,
    XIANGTAN,
    count_stock,
    lot,
    place_unit,
    report_state,
)

SCENE_OF_CRASH = Position(lat=28.19, lon=112.98)


@pytest.fixture(scope="module")
def configuration() -> Configuration:
    return load()


@pytest.fixture
def now(configuration: Configuration) -> Picture:
    """Everybody free at the station and fresh; Xiangtan offline; CS-002 is refuelling."""
    made = configuration.new_picture()
    for view in made.sight.values():
        view.sight, view.since = Sight.LIVE, NOW - timedelta(hours=1)
    made.sight[XIANGTAN].sight = Sight.OFFLINE
    for unit in configuration.units:
        centre = made.cities[unit.city].centre
        place_unit(made, unit.id, 5, centre.lat, centre.lon, speed_kmh=0)
        report_state(made, unit.id, UnitState.AVAILABLE_AT_STATION)
    report_state(made, configuration.units[1].id, UnitState.PAUSED, reason="[bold]加油[/]")
    return made


def units(of: Picture, configuration: Configuration, subject: str = "CS-1124-0001") -> RankingTable:
    request = UnitRequest(position=SCENE_OF_CRASH, city=CHANGSHA, priority=Priority.URGENT)
    ranking = rank_units(of, request, configuration.dispatch_rules, NOW)
    return unit_table(ranking, Scene.of(of, NOW, LIMITS), names_of(of), subject)


def test_units_come_in_their_rank_with_eta_range_and_distance(
    now: Picture, configuration: Configuration
) -> None:
    first = units(now, configuration).rows[0]
    rank, name, city, eta, km = (cell.text for cell in first.cells[:5])
    assert (rank, name, city) == ("▸1", first.key, "长沙")
    assert eta.endswith(" 分")
    assert "–" in eta
    assert km.endswith(" km")


def test_what_is_left_out_follows_with_its_reason_and_cannot_be_chosen(
    now: Picture, configuration: Configuration
) -> None:
    table = units(now, configuration)
    paused = next(row for row in table.rows if row.key == configuration.units[1].id)
    assert paused.style == "excluded"
    assert "[bold]加油[/]" in table.refused[paused.key]
    assert table.rows[0].key not in table.refused


def test_the_detail_repeats_the_unit_and_says_every_reason(
    now: Picture, configuration: Configuration
) -> None:
    table = units(now, configuration)
    heading, method, *reasons = table.details[table.rows[0].key]
    assert heading.text.startswith(f"1. {table.rows[0].key}  预计 ")
    assert "出车" in method.text
    assert "行驶" in method.text
    assert reasons


def test_an_offline_city_is_said_above_the_list(now: Picture, configuration: Configuration) -> None:
    notes = [note.text for note in units(now, configuration).notes]
    assert any("湘潭" in note and "离线" in note for note in notes)
    assert notes[-1].startswith("截至 02:13:42，规则：")


def test_a_long_list_is_cut_and_the_rest_counted(now: Picture, configuration: Configuration) -> None:
    table = units(now, configuration)
    assert len(configuration.units) > MOST_SHOWN
    assert len(table.rows) <= 2 * (MOST_SHOWN + 1)
    counted = [row for row in table.rows if row.key.startswith("+")]
    assert counted
    assert all(row.key in table.refused for row in counted)


def test_hospitals_and_banks_make_tables_in_english_too(now: Picture, configuration: Configuration) -> None:
    language.use("en")
    scene = Scene.of(now, NOW, LIMITS)
    request = HospitalRequest(
        position=SCENE_OF_CRASH, city=CHANGSHA, priority=Priority.URGENT, needs=frozenset({Capability.STROKE})
    )
    hospitals = rank_hospitals(now, request, configuration.dispatch_rules, NOW)
    table = hospital_table(hospitals, scene, names_of(now), "h")
    assert [column.title for column in table.columns][:4] == ["No.", "Hospital", "City", "ETA"]
    assert table.rows[0].cells[0].text == "▸1"

    bank = next(bank.id for bank in configuration.banks if bank.city == CHANGSHA)
    count_stock(now, bank, [lot(1, configuration.components[0].code, BloodGroup.O_POS, 90, 200)])
    need = BloodNeed(
        component=configuration.components[0].code, group=BloodGroup.O_POS, quantity=4,
        hospital=configuration.hospitals[0].id, need_by=NOW + timedelta(hours=2),
    )  # fmt: skip
    banks = blood_table(rank_blood(now, need, configuration.blood_rules, NOW), scene, names_of(now), "b")
    assert banks.rows[0].key == BankId(bank)
    assert banks.rows[0].cells[5].text.startswith("4 ")
    assert any("L1" in line.text for line in banks.details[bank])
    assert all(row.key in banks.refused for row in banks.rows[1:])


def test_a_table_nobody_shows_is_gone_without_a_collection(
    now: Picture, configuration: Configuration
) -> None:
    gc.disable()
    try:
        request = UnitRequest(position=SCENE_OF_CRASH, city=CHANGSHA, priority=Priority(1))
        ranking = rank_units(now, request, configuration.dispatch_rules, NOW)
        scene = Scene.of(now, NOW, LIMITS)
        table = unit_table(ranking, scene, names_of(now), "CS-1")
        first = next(iter(table.keys))
        assert table.by_key[first].key == first
        assert table.details[first]
        watched = weakref.ref(table.by_key)
        del table
        assert watched() is None
    finally:
        gc.enable()
