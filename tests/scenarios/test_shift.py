"""A shift at the desk of Changsha over three real centres: from "120" to back at station, and mishaps."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dispatch.audit.verify import verify
from dispatch.centre.asking import Standing
from dispatch.desk.making import AUDIT_FILE
from dispatch.domain.aid import AidAct, AidState
from dispatch.domain.geography import Datum, Position
from dispatch.domain.incidents import Act, Ending, IncidentId, IncidentState, Priority
from dispatch.domain.units import UnitId, UnitState
from dispatch.picture.cities import Sight
from tests.scenarios.three_cities import (
    CHANGSHA,
    XIANGTAN,
    ThreeCities,
    cities_alone,
    console_over,
    three_cities,
    until,
)

WUYI_SQUARE = Position(lat=28.1960, lon=112.9770)
BORDER = Position(lat=27.9900, lon=112.9100)
"""On the Changsha side of the line to Xiangtan."""
YUETANG = Position(lat=27.8720, lon=112.9640)
"""In Xiangtan."""
S = UnitState


@pytest.fixture
async def cities(tmp_path: Path) -> AsyncIterator[ThreeCities]:
    async with three_cities(tmp_path) as running:
        yield running


async def _incident(cities: ThreeCities, where: Position = WUYI_SQUARE, patients: int = 1) -> IncidentId:
    return await cities.desk.open_incident(
        where, Datum.WGS84, "五一广场地铁站2号口", Priority.LIFE_THREATENING, patients=patients
    )


async def _best(cities: ThreeCities, number: IncidentId) -> UnitId:
    """Order the first of the ranking."""
    ranking = cities.desk.rank_units(number)
    unit = ranking.candidates[0].unit
    outcome = await cities.desk.choose_unit(number, unit, ranking)
    assert outcome.ok, outcome.message
    return unit


async def _confirmed(cities: ThreeCities, unit: UnitId) -> None:
    crews = cities.crews_of(unit)
    await until(lambda: crews.told(unit))
    assert cities.desk.orders()[0].standing in (Standing.GRANTED, Standing.ORDERED), "nobody said yes yet"
    await crews.acknowledge(unit)
    await until(
        lambda: any(o.unit == unit and o.standing is Standing.CONFIRMED for o in cities.desk.orders())
    )
    await cities.in_state(unit, S.ACKNOWLEDGED)


async def _reach_scene(cities: ThreeCities, unit: UnitId) -> None:
    for state in (S.EN_ROUTE, S.ON_SCENE):
        await cities.crews_of(unit).says(unit, state)
        await cities.in_state(unit, state)


async def _to_hospital_and_free(cities: ThreeCities, number: IncidentId, unit: UnitId) -> None:
    desk, crews = cities.desk, cities.crews_of(unit)
    hospitals = desk.rank_hospitals(number)
    hospital = hospitals.candidates[0].hospital
    named = await desk.choose_hospital(number, unit, hospital, hospitals)
    assert named.ok, named.message
    await until(lambda: crews.hospital(unit) == hospital)
    await crews.knows_hospital(unit)
    if cities.session.picture.fleet.view(unit).unit.city == CHANGSHA:
        await until(lambda: "destination.heard" in cities.told(number))
    await crews.says(unit, S.TRANSPORTING, patients=1)
    await cities.in_state(unit, S.TRANSPORTING)
    assert cities.status(unit).destination == hospital
    await crews.says(unit, S.AT_HOSPITAL)
    await cities.in_state(unit, S.AT_HOSPITAL)
    await crews.finishes(unit)
    await cities.in_state(unit, S.AVAILABLE_ON_ROAD)
    await crews.says(unit, S.AVAILABLE_AT_STATION)
    await cities.in_state(unit, S.AVAILABLE_AT_STATION)


# --- the whole life of an incident ----------------------------------------------------------------


async def test_from_the_call_to_back_at_station(cities: ThreeCities) -> None:
    desk = cities.desk
    number = await _incident(cities)
    assert number[-4] == "1", "the digit of this desk"
    assert cities.towns[CHANGSHA].rows("incident.opened")[-1].target == number
    assert [one.id for one in desk.similar(WUYI_SQUARE)] == [number]
    await desk.note_caller(number, "13812345678", "王先生", "晕倒在站口")
    again = await desk.join_call(number, Act.CHASE, "还有多久到？电话13812345678", "13812345678")
    assert again.ok
    unit = await _best(cities, number)
    await until(lambda: cities.incident(number).state is IncidentState.DISPATCHED)
    assert unit in desk.chase_help(number)
    await _confirmed(cities, unit)
    assert "已派出，尚未出车" in desk.chase_help(number), "a caller is not told that it drives before it does"
    await _reach_scene(cities, unit)
    await until(lambda: cities.incident(number).state is IncidentState.ON_SCENE)
    await _to_hospital_and_free(cities, number, unit)
    await until(lambda: cities.incident(number).state is IncidentState.CLOSED)
    closed = cities.incident(number)
    assert (closed.ending, closed.carried, closed.chases, closed.units) == (Ending.COMPLETED, 1, 1, ())
    story = cities.told(number)
    steps = ["opened", "chase", "order.ordered", "order.acked", "destination", "order.done", "closed"]
    assert [code for code in story if code in steps] == steps
    actions = [row.action for row in cities.log() if row.target == number]
    wanted = ["incident.opened", "incident.told", "unit.recommended", "unit.chosen", "order.asked"]
    assert [action for action in actions if action in wanted][-3:] == wanted[2:]
    outcomes = [row.detail["standing"] for row in cities.log("order.outcome")]
    assert outcomes == ["confirmed", "done"]
    assert {row.role for row in cities.log("unit.chosen")} == {"drill_leader"}
    assert verify(cities.folder / AUDIT_FILE).ok
    assert verify(cities.towns[CHANGSHA].database).ok


async def test_a_callers_number_leaves_the_console_in_no_message(cities: ThreeCities) -> None:
    desk = cities.desk
    number = await desk.open_incident(
        WUYI_SQUARE,
        Datum.WGS84,
        "五一广场，电话13812345678",
        Priority.URGENT,
        chief_complaint="回拨 138-1234-5678",
    )
    await desk.join_call(number, Act.REPEAT, "又打来 13812345678", "13812345678", "王先生")
    await until(lambda: "repeat" in cities.told(number))
    assert [(call.number, call.name) for call in desk.callers(number)] == [("138****5678", "王**")]
    kept = b"".join(town.database.read_bytes() for town in cities.towns.values())
    retained = b"".join(
        town.broker.retained.get(t, b"") for town in cities.towns.values() for t in town.broker.retained
    )
    errands = (cities.folder / "desk.db").read_bytes() + (cities.folder / "desk.db-wal").read_bytes()
    for secret in (b"13812345678", b"138-1234-5678", "王先生".encode()):
        assert secret not in kept + retained + errands


# --- a unit borrowed from Xiangtan ----------------------------------------------------------------


async def test_a_unit_of_xiangtan_is_lent_by_a_person_there_and_ordered_by_itself(
    cities: ThreeCities, tmp_path: Path
) -> None:
    desk = cities.desk
    number = await _incident(cities, BORDER)
    unit = _nearest_of_xiangtan(cities, number)
    ranking = desk.rank_units(number)
    reason = None if ranking.candidates[0].unit == unit else "最近车辆"
    outcome = await desk.choose_unit(number, unit, ranking, reason)
    assert outcome.ok, outcome.message
    assert desk.orders() == [], "nothing is ordered before Xiangtan has said yes"
    again = await desk.choose_unit(number, unit, ranking, reason)
    assert not again.ok, "it is asked for once"
    async with cities.another_console(tmp_path / "xiangtan", XIANGTAN, "console-9") as theirs:
        aid = await theirs.in_aid(number, AidState.RECEIVED)
        assert (aid.wanted, aid.borrower, aid.operator) == ((unit,), CHANGSHA, desk.operator)
        keeps = theirs.desk.keeps(XIANGTAN, aid.priority, 1, aid.wanted)
        assert keeps.left == keeps.free - 1
        assert keeps.left >= keeps.reserve
        said = await theirs.desk.answer_aid(aid.id, AidAct.COMMIT, aid.wanted)
        assert said.ok, said.message
    await until(lambda: [order.unit for order in desk.orders(number)] == [unit])
    await cities.in_state(unit, S.ASSIGNED)
    assert cities.status(unit).source == "other_city"
    await _confirmed(cities, unit)
    await until(lambda: unit in cities.incident(number).units)
    assert (await cities.in_aid(number, AidState.DEPLOYED)).used == (unit,)
    await _reach_scene(cities, unit)
    await until(lambda: cities.incident(number).state is IncidentState.ON_SCENE)
    await _to_hospital_and_free(cities, number, unit)
    await cities.in_aid(number, AidState.RELEASED)
    await until(lambda: cities.incident(number).state is IncidentState.CLOSED)
    assert [row.detail["aid"] for row in cities.log("order.asked")] == [aid.id]
    await until(lambda: {"aid.asked", "aid.committed", "aid.released"} <= set(cities.told(number)))


async def test_a_declined_request_rings_and_orders_nothing(cities: ThreeCities, tmp_path: Path) -> None:
    number = await _incident(cities, BORDER)
    needs = cities.incident(number).needs
    asked = await cities.desk.ask_aid(number, XIANGTAN, 2, needs, "车祸，多人")
    assert asked.ok, asked.message
    async with cities.another_console(tmp_path / "xiangtan", XIANGTAN, "console-9") as theirs:
        aid = await theirs.in_aid(number, AidState.RECEIVED)
        assert len(aid.wanted) == 2
        assert (await theirs.desk.answer_aid(aid.id, AidAct.DECLINE, reason="reserve_kept")).ok
    declined = await cities.in_aid(number, AidState.DECLINED)
    await until(lambda: f"aid_declined:{declined.id}" in cities.session.picture.alarms.by_id)
    assert cities.desk.orders(number) == []


async def test_an_incident_is_handed_over_only_when_a_person_over_there_takes_it(
    cities: ThreeCities, tmp_path: Path
) -> None:
    number = await _incident(cities, BORDER)
    asked = await cities.desk.hand_over_incident(number, XIANGTAN, "现场在湘潭境内")
    assert asked.ok, asked.message
    assert cities.incident(number).state is IncidentState.WAITING, "this city still answers for it"
    async with cities.another_console(tmp_path / "xiangtan", XIANGTAN, "console-9") as theirs:
        aid = await theirs.in_aid(number, AidState.RECEIVED)
        assert (await theirs.desk.answer_aid(aid.id, AidAct.ACCEPT)).ok
    await until(lambda: cities.incident(number).state is IncidentState.CLOSED)
    moved = cities.incident(number)
    assert moved.ending is Ending.TRANSFERRED
    assert moved.moved_to is not None
    assert moved.moved_to.startswith("XT-")
    await until(lambda: moved.moved_to in cities.session.picture.incidents)
    assert cities.incident(moved.moved_to).origin == number


# --- Xiangtan is cut off --------------------------------------------------------------------------


async def test_what_was_arranged_by_telephone_is_reported_and_a_conflict_rings(
    cities: ThreeCities, tmp_path: Path
) -> None:
    desk = cities.desk
    number = await _incident(cities, BORDER)
    unit = _nearest_of_xiangtan(cities, number)
    ranking = desk.rank_units(number)
    assert not (await desk.telephone(unit, number, "unreachable", "")).ok, "first one asks over the wire"
    async with cities.another_console(tmp_path / "xiangtan", XIANGTAN, "console-9") as theirs:
        other = await theirs.desk.open_incident(YUETANG, Datum.WGS84, "岳塘", Priority.URGENT)
        assert other.startswith("XT-")
        ours = theirs.desk.rank_units(other)
        place = next(c.rank for c in ours.candidates if c.unit == unit)
        sent = await theirs.desk.choose_unit(other, unit, ours, None if place == 1 else "就近")
        assert sent.ok, sent.message
        await until(lambda: theirs.crews_of(unit).told(unit))
    cities.towns[XIANGTAN].cut_off()
    await until(lambda: cities.session.picture.sight[XIANGTAN].sight is Sight.OFFLINE)
    assert not (await desk.choose_unit(number, unit, ranking, "就近")).ok
    arranged = await desk.telephone(unit, number, "city_unreachable", "湘潭调度 张")
    assert arranged.ok, arranged.message
    assert cities.log("unit.telephoned")[-1].detail["unit"] == unit
    await until(lambda: "telephoned" in cities.told(number))
    assert cities.incident(number).telephoned == (unit,)
    cities.towns[XIANGTAN].heal()
    await until(lambda: bool(cities.log("conflict.reported")), 15.0)
    row = cities.log("conflict.reported")[-1]
    assert (row.detail["unit"], row.detail["other"]) == (unit, other)
    listed = cities.session.picture.alarms.listed
    await until(lambda: [one.city for one in listed() if one.code == "conflict"] == [CHANGSHA])
    neighbours = cities.session.picture.neighbours_alarms.listed
    await until(lambda: [one.city for one in neighbours() if one.code == "conflict"] == [XIANGTAN])


# --- several consoles, one truth ------------------------------------------------------------------


async def test_two_consoles_of_one_city_see_one_truth(cities: ThreeCities, tmp_path: Path) -> None:
    number = await _incident(cities)
    async with cities.another_console(tmp_path / "second") as second:
        await until(lambda: number in second.session.picture.incidents)
        theirs = await second.desk.open_incident(WUYI_SQUARE, Datum.WGS84, "五一广场", Priority.URGENT)
        assert (number[-4:], theirs[-4:]) == ("1001", "2001")
        await cities.desk.work_on(number)
        desks, first = second.session.picture.desks, (CHANGSHA, "console-1")
        await until(lambda: first in desks and desks[first].incident == number)
        assert (desks[first].operator, desks[first].online) == (cities.desk.operator, True)
        ranking = cities.desk.rank_units(number)
        unit = ranking.candidates[0].unit
        both = [
            await cities.desk.choose_unit(number, unit, ranking),
            await second.desk.choose_unit(number, unit, second.desk.rank_units(number), "同时派车"),
        ]
        assert [outcome.ok for outcome in both] == [True, False], "the centre gives a unit once"
        await second.in_state(unit, S.ASSIGNED)
        back = await second.desk.stand_down(unit, "nearer_unit")
        assert back.ok, back.message
        await cities.in_state(unit, S.AVAILABLE_ON_ROAD)
        await until(lambda: cities.desk.orders(number)[0].standing is Standing.STOOD_DOWN)
        alarm = next(iter(cities.session.picture.alarms.of_city(CHANGSHA)), None)
        if alarm is not None:
            await second.desk.acknowledge(alarm)
            await until(lambda: bool(cities.session.picture.alarms.by_id[alarm].acknowledged_by))


# --- restarts -------------------------------------------------------------------------------------


async def test_a_console_that_restarts_in_mid_order_goes_on_with_it(tmp_path: Path) -> None:
    async with cities_alone(tmp_path) as towns:
        async with console_over(towns, tmp_path) as before:
            number = await _incident(before)
            unit = await _best(before, number)
            await until(lambda: before.crews_of(unit).told(unit))
        crews = towns[CHANGSHA].crews
        await crews.acknowledge(unit)
        async with console_over(towns, tmp_path) as after:
            await until(lambda: [o.standing for o in after.desk.orders(number)] == [Standing.CONFIRMED])
            assert after.incident(number).units == (unit,)
            again = await after.desk.choose_unit(number, unit, after.desk.rank_units(number), "再派一次")
            assert not again.ok
            assert await _incident(after) != number
            outcomes = [row.detail["standing"] for row in after.log("order.outcome")]
            assert outcomes == ["confirmed"]


async def test_a_loan_that_is_granted_while_the_console_is_down_is_ordered_once_when_it_is_back(
    tmp_path: Path,
) -> None:
    async with cities_alone(tmp_path) as towns:
        async with console_over(towns, tmp_path) as before:
            number = await _incident(before, BORDER)
            assert (await before.desk.ask_aid(number, XIANGTAN, 1, frozenset())).ok
            theirs = before.another_console(tmp_path / "xiangtan", XIANGTAN, "console-9")
            lender = await theirs.__aenter__()
            aid = await lender.in_aid(number, AidState.RECEIVED)
        said = await lender.desk.answer_aid(aid.id, AidAct.COMMIT, aid.wanted)
        assert said.ok, said.message
        await theirs.__aexit__(None, None, None)
        unit = aid.wanted[0]
        for _start in range(2):
            async with console_over(towns, tmp_path) as after:
                await until(lambda: [o.unit for o in after.desk.orders(number)] == [unit])
                await until(lambda: after.crews_of(unit).told(unit))
        assert len(towns[XIANGTAN].rows("order.reserved")) == 1
        assert len(after.log("aid.used")) == 1


async def test_an_incident_opened_while_its_centre_is_down_is_sent_when_it_is_back(tmp_path: Path) -> None:
    async with cities_alone(tmp_path) as towns:
        async with console_over(towns, tmp_path) as before:
            await towns[CHANGSHA].end()
            await until(lambda: before.session.picture.sight[CHANGSHA].sight is Sight.OFFLINE)
            number = await _incident(before)
            held = await before.desk.note(number, "家属在场")
            assert not held.ok, "it is kept, and not yet taken"
            assert before.incident(number).state is IncidentState.WAITING
        towns[CHANGSHA].begin()
        async with console_over(towns, tmp_path) as after:
            await until(lambda: after.told(number) == ["opened", "note"])
            assert after.log("incident.told")[-1].detail["accepted"] is True


async def test_a_number_that_is_in_use_already_is_exchanged_for_the_next(tmp_path: Path) -> None:
    async with cities_alone(tmp_path) as towns:
        async with console_over(towns, tmp_path / "one") as first:
            number = await _incident(first)
        async with console_over(towns, tmp_path / "two") as second:
            other = await second.desk.open_incident(BORDER, Datum.WGS84, "暮云", Priority.URGENT)
            assert int(other[-3:]) == int(number[-3:]) + 1
            assert second.incident(other).place == "暮云"
            await until(lambda: second.incident(number).place != "暮云")
            assert second.log("incident.renumbered")[-1].detail["before"] == number


def _nearest_of_xiangtan(cities: ThreeCities, number: IncidentId) -> UnitId:
    ranking = cities.desk.rank_units(number)
    return next(candidate.unit for candidate in ranking.candidates if candidate.city == XIANGTAN)
