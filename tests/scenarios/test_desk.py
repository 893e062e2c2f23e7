"""A dispatcher's acts, from the ranking to the audit row, over three cities in memory."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from dispatch.decide.blood import BloodNeed
from dispatch.domain.blood import BankId, BloodGroup, ComponentCode, Lot, LotId
from dispatch.domain.datum import from_wgs84
from dispatch.domain.errors import AuditUnavailable, MissingField, UnknownName
from dispatch.domain.geography import Datum, Position
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.feed import payloads
from dispatch.feed.payloads import Response
from tests.scenarios.three_cities import CHANGSHA, CLOCK, XIANGTAN, ZHUZHOU, ThreeCities, three_cities, until

WUYI_SQUARE = Position(lat=28.1960, lon=112.9770)
ZHUZHOU_CENTRE = Position(lat=27.8330, lon=113.1340)


@pytest.fixture
async def cities(tmp_path: Path) -> AsyncIterator[ThreeCities]:
    async with three_cities(tmp_path) as running:
        yield running


async def _incident(cities: ThreeCities, where: Position = WUYI_SQUARE) -> IncidentId:
    desk = cities.session.desk
    return await desk.open_incident(where, Datum.WGS84, "五一广场", Priority.LIFE_THREATENING)


async def test_an_incident_is_told_to_the_city_it_lies_in(cities: ThreeCities) -> None:
    number = await _incident(cities, ZHUZHOU_CENTRE)
    assert number.startswith("ZZ-")
    opened = cities.centres[ZHUZHOU].heard[-1]
    assert isinstance(opened, payloads.IncidentOpen)
    assert opened.incident.incident == number
    assert cities.centres[CHANGSHA].heard == []


async def test_coordinates_in_gcj02_end_up_in_wgs84(cities: ThreeCities) -> None:
    lat, lon = from_wgs84(WUYI_SQUARE.lat, WUYI_SQUARE.lon, Datum.GCJ02)
    assert abs(lon - WUYI_SQUARE.lon) > 0.003
    given = Position(lat=lat, lon=lon)
    number = await cities.session.desk.open_incident(given, Datum.GCJ02, "五一广场", Priority.URGENT)
    stands = cities.session.picture.incidents[number].position
    assert (stands.lat, stands.lon) == pytest.approx((WUYI_SQUARE.lat, WUYI_SQUARE.lon), abs=1e-6)


async def test_numbers_go_on_after_a_restart(tmp_path: Path) -> None:
    async with three_cities(tmp_path) as first:
        one = await _incident(first)
    async with three_cities(tmp_path) as second:
        two = await _incident(second)
    assert int(two[-4:]) == int(one[-4:]) + 1


async def test_the_first_of_the_ranking_is_sent_and_the_whole_story_is_in_the_log(
    cities: ThreeCities,
) -> None:
    desk, number = cities.session.desk, await _incident(cities)
    ranking = desk.rank_units(number)
    best = ranking.candidates[0]
    outcome = await desk.choose_unit(number, best.unit, ranking)
    assert outcome.ok
    order = cities.centres[best.city].heard[-1]
    assert isinstance(order, payloads.UnitDispatch)
    assert (order.unit, order.incident) == (best.unit, number)
    story = [row.action for row in cities.log() if row.target == number]
    assert story[-3:] == ["unit.recommended", "unit.chosen", "unit.told"]
    offered = cities.log("unit.recommended")[-1].detail["options"]
    assert isinstance(offered, list)
    assert offered[0]["unit"] == best.unit  # type: ignore[index,call-overload]


async def test_another_than_the_first_needs_a_reason(cities: ThreeCities) -> None:
    desk, number = cities.session.desk, await _incident(cities)
    ranking = desk.rank_units(number)
    second = ranking.candidates[1]
    before = len(cities.log())
    with pytest.raises(MissingField):
        await desk.choose_unit(number, second.unit, ranking, "  ")
    assert len(cities.log()) == before
    outcome = await desk.choose_unit(number, second.unit, ranking, "近的车组刚交接班")
    assert outcome.ok
    assert cities.log("unit.chosen")[-1].detail["override_reason"] == "近的车组刚交接班"


async def test_a_log_that_cannot_be_written_stops_the_order(
    cities: ThreeCities, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, number = cities.session.desk, await _incident(cities)
    ranking = desk.rank_units(number)
    best = ranking.candidates[0]

    async def fails(*_: object, **__: object) -> None:
        raise AuditUnavailable("disk full")

    heard = list(cities.centres[best.city].heard)
    with monkeypatch.context() as patch:
        patch.setattr(cities.session.audit, "append", fails)
        with pytest.raises(AuditUnavailable):
            await desk.choose_unit(number, best.unit, ranking)
    assert cities.centres[best.city].heard == heard
    assert (await desk.choose_unit(number, best.unit, ranking)).ok, "the unit is not left locked"


async def test_two_keystrokes_send_one_order(cities: ThreeCities) -> None:
    desk, number = cities.session.desk, await _incident(cities)
    ranking = desk.rank_units(number)
    best = ranking.candidates[0]
    twice = [desk.choose_unit(number, best.unit, ranking) for _ in range(2)]
    outcomes = await asyncio.gather(*twice)
    assert sorted(outcome.ok for outcome in outcomes) == [False, True]
    orders = [c for c in cities.centres[best.city].heard if isinstance(c, payloads.UnitDispatch)]
    assert len(orders) == 1


async def test_a_unit_that_became_busy_meanwhile_is_not_sent(cities: ThreeCities) -> None:
    desk, number = cities.session.desk, await _incident(cities)
    ranking = desk.rank_units(number)
    best = ranking.candidates[0]
    await cities.centres[best.city].say_status(best.unit, 2, "CS-1124-0001")
    await until(lambda: cities.session.picture.fleet.view(best.unit).status.state == 2)  # type: ignore[union-attr]
    outcome = await desk.choose_unit(number, best.unit, ranking)
    assert not outcome.ok
    assert not any(isinstance(c, payloads.UnitDispatch) for c in cities.centres[best.city].heard)


async def test_a_refusal_is_shown_with_its_reason(cities: ThreeCities) -> None:
    desk, number = cities.session.desk, await _incident(cities)
    ranking = desk.rank_units(number)
    best = ranking.candidates[0]
    cities.centres[best.city].answer = lambda _c: Response(
        key="k", accepted=False, reason="车辆故障[/]\x1b[31m"
    )
    outcome = await desk.choose_unit(number, best.unit, ranking)
    assert not outcome.ok
    assert "车辆故障" in outcome.message
    assert "\x1b" not in outcome.message
    assert cities.log("unit.told")[-1].detail["accepted"] is False


async def test_an_unanswered_order_is_not_forgotten(
    cities: ThreeCities, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dispatch.desk.ANSWER_WITHIN_S", 0.3)
    desk, number = cities.session.desk, await _incident(cities)
    ranking = desk.rank_units(number)
    best = ranking.candidates[0]
    cities.centres[best.city].answer = lambda _command: None
    outcome = await desk.choose_unit(number, best.unit, ranking)
    assert not outcome.ok
    assert best.unit in desk.told(number), "it may have arrived: nobody else may have the unit"
    assert not (await desk.choose_unit(number, best.unit, ranking)).ok


async def test_units_of_a_city_that_cannot_be_reached_are_for_the_telephone(cities: ThreeCities) -> None:
    desk, number = cities.session.desk, await _incident(cities, ZHUZHOU_CENTRE)
    ranking = desk.rank_units(number)
    best = ranking.candidates[0]
    assert best.city == ZHUZHOU
    cities.centres[ZHUZHOU].broker.stop()
    await until(lambda: cities.session.picture.sight[ZHUZHOU].sight.value == "offline")
    assert not (await desk.choose_unit(number, best.unit, ranking)).ok
    again = desk.rank_units(number)
    assert all(candidate.city != ZHUZHOU for candidate in again.candidates)
    assert any(r.code == "city_offline" for left_out in again.excluded for r in left_out.reasons)
    assert cities.session.picture.sight[XIANGTAN].sight.value == "live"


async def test_a_hospital_is_told_only_to_a_unit_on_the_incident(cities: ThreeCities) -> None:
    desk, number = cities.session.desk, await _incident(cities)
    ranking = desk.rank_units(number)
    best = ranking.candidates[0]
    hospitals = desk.rank_hospitals(number)
    first = hospitals.candidates[0].hospital
    assert not (await desk.choose_hospital(number, best.unit, first, hospitals)).ok
    await cities.centres[best.city].say_status(best.unit, 3, number)
    await until(lambda: cities.session.picture.fleet.view(best.unit).status.state == 3)  # type: ignore[union-attr]
    assert (await desk.choose_hospital(number, best.unit, first, hospitals)).ok
    order = cities.centres[best.city].heard[-1]
    assert isinstance(order, payloads.UnitDispatch)
    assert order.hospital == first
    with pytest.raises(UnknownName):
        await desk.choose_hospital(number, best.unit, "CS-H-NOWHERE", hospitals)


async def test_a_bank_is_asked_for_what_the_plan_says(cities: ThreeCities) -> None:
    session, now = cities.session, CLOCK.now()
    bank = next(bank for bank in session.picture.banks.values() if bank.city == XIANGTAN)
    lot = Lot(
        id=LotId("L1"),
        component=ComponentCode("red_cells"),
        group=BloodGroup.O_POS,
        quantity=400,
        expires_at=now + timedelta(days=20),
    )
    session.picture.stock.apply_snapshot(BankId(bank.id), 1, now, now, [lot])
    hospital = next(h for h in session.picture.hospitals.values() if h.city == XIANGTAN)
    need = BloodNeed(
        component=ComponentCode("red_cells"),
        group=BloodGroup.O_POS,
        quantity=6,
        hospital=hospital.id,
        need_by=now + timedelta(hours=4),
    )
    ranking = session.desk.rank_blood(need)
    outcome = await session.desk.choose_bank(need, ranking.candidates[0], ranking)
    assert outcome.ok
    asked = cities.centres[XIANGTAN].heard[-1]
    assert isinstance(asked, payloads.BloodRequest)
    assert [(line.group, line.quantity) for line in asked.lines] == [("O+", 6)]
    assert [row.action for row in cities.log() if row.action.startswith("blood.")] == [
        "blood.recommended",
        "blood.chosen",
        "blood.told",
    ]


async def test_a_session_writes_its_beginning_its_rules_and_its_end(tmp_path: Path) -> None:
    async with three_cities(tmp_path) as running:
        await running.session.audit.append("drill.event", actor="test")
    actions = [row.action for row in running.log()]
    assert actions[:2] == ["session.start", "settings.in_force"]
    assert actions[-1] == "session.end"
