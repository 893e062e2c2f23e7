"""A dispatcher's acts, from the ranking to the audit row, over three real centres in memory."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from dispatch.centre.asking import Standing
from dispatch.clock import epoch_ms
from dispatch.decide.blood import BloodNeed
from dispatch.domain.alarms import AlarmState
from dispatch.domain.blood import BloodGroup, ComponentCode
from dispatch.domain.blood_orders import BloodAct, BloodState
from dispatch.domain.datum import from_wgs84
from dispatch.domain.errors import (
    AuditUnavailable,
    DispatchError,
    IllegalTransition,
    MissingField,
    UnknownName,
)
from dispatch.domain.geography import Datum, Position
from dispatch.domain.incidents import Ending, IncidentId, IncidentState, Priority
from dispatch.domain.units import UnitId, UnitState
from dispatch.feed import payloads, topics
from dispatch.picture.cities import Sight
from tests.scenarios.three_cities import CHANGSHA, CLOCK, XIANGTAN, ZHUZHOU, ThreeCities, three_cities, until

WUYI_SQUARE = Position(lat=28.1960, lon=112.9770)
STATION = Position(lat=28.1935, lon=113.0080)
ZHUZHOU_CENTRE = Position(lat=27.8330, lon=113.1340)
S = UnitState


@pytest.fixture
async def cities(tmp_path: Path) -> AsyncIterator[ThreeCities]:
    async with three_cities(tmp_path) as running:
        yield running


async def _incident(cities: ThreeCities, where: Position = WUYI_SQUARE) -> IncidentId:
    return await cities.desk.open_incident(where, Datum.WGS84, "五一广场", Priority.LIFE_THREATENING)


async def _send(cities: ThreeCities, number: IncidentId) -> UnitId:
    """Order the first of the ranking, and let its crew acknowledge."""
    ranking = cities.desk.rank_units(number)
    unit = ranking.candidates[0].unit
    assert (await cities.desk.choose_unit(number, unit, ranking)).ok
    await until(lambda: cities.crews_of(unit).told(unit))
    await cities.crews_of(unit).acknowledge(unit)
    await cities.in_state(unit, S.ACKNOWLEDGED)
    return unit


async def _drive_up(cities: ThreeCities, unit: UnitId) -> None:
    for state in (S.EN_ROUTE, S.ON_SCENE):
        await cities.crews_of(unit).says(unit, state)
    await cities.in_state(unit, S.ON_SCENE)


# --- opening --------------------------------------------------------------------------------------


async def test_an_incident_is_told_to_the_city_it_lies_in_and_to_no_other(cities: ThreeCities) -> None:
    number = await _incident(cities, ZHUZHOU_CENTRE)
    assert number.startswith("ZZ-")
    assert cities.towns[ZHUZHOU].rows("incident.opened")[-1].target == number
    assert cities.towns[CHANGSHA].rows("incident.opened") == []


async def test_coordinates_in_gcj02_end_up_in_wgs84(cities: ThreeCities) -> None:
    lat, lon = from_wgs84(WUYI_SQUARE.lat, WUYI_SQUARE.lon, Datum.GCJ02)
    assert abs(lon - WUYI_SQUARE.lon) > 0.003
    given = Position(lat=lat, lon=lon)
    number = await cities.desk.open_incident(given, Datum.GCJ02, "五一广场", Priority.URGENT)
    stands = cities.incident(number).position
    assert (stands.lat, stands.lon) == pytest.approx((WUYI_SQUARE.lat, WUYI_SQUARE.lon), abs=1e-6)


async def test_numbers_go_on_after_a_restart(tmp_path: Path) -> None:
    async with three_cities(tmp_path) as first:
        one = await _incident(first)
    async with three_cities(tmp_path) as second:
        two = await _incident(second)
        assert int(two[-4:]) == int(one[-4:]) + 1
        assert second.log("incident.renumbered") == [], "nobody had to say so"


# --- ordering -------------------------------------------------------------------------------------


async def test_another_than_the_first_needs_a_reason(cities: ThreeCities) -> None:
    desk, number = cities.desk, await _incident(cities)
    ranking = desk.rank_units(number)
    second = next(one for one in ranking.candidates if not ranking.nothing_better_than({one.unit}))
    before = len(cities.log())
    with pytest.raises(MissingField):
        await desk.choose_unit(number, second.unit, ranking, "  ")
    assert len(cities.log()) == before
    outcome = await desk.choose_unit(number, second.unit, ranking, "近的车组刚交接班")
    assert outcome.ok
    assert cities.log("unit.chosen")[-1].detail["override_reason"] == "近的车组刚交接班"
    offered = cities.log("unit.recommended")[-1].detail["options"]
    assert isinstance(offered, list)
    assert offered[0]["unit"] == ranking.candidates[0].unit  # type: ignore[index,call-overload]


async def test_a_log_that_cannot_be_written_stops_the_order(
    cities: ThreeCities, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, number = cities.desk, await _incident(cities)
    ranking = desk.rank_units(number)
    unit = ranking.candidates[0].unit

    async def fails(*_: object, **__: object) -> None:
        raise AuditUnavailable("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(cities.session.audit, "append", fails)
        with pytest.raises(AuditUnavailable):
            await desk.choose_unit(number, unit, ranking)
    assert desk.orders() == []
    assert cities.towns[CHANGSHA].rows("order.reserved") == []
    assert (await desk.choose_unit(number, unit, ranking)).ok, "the unit is not left locked"


async def test_two_keystrokes_send_one_order(cities: ThreeCities) -> None:
    desk, number = cities.desk, await _incident(cities)
    ranking = desk.rank_units(number)
    twice = [desk.choose_unit(number, ranking.candidates[0].unit, ranking) for _ in range(2)]
    outcomes = await asyncio.gather(*twice)
    assert sorted(outcome.ok for outcome in outcomes) == [False, True]
    assert len(desk.orders()) == 1


async def test_a_denial_is_shown_with_its_reason_and_written_down(
    cities: ThreeCities, tmp_path: Path
) -> None:
    number = await _incident(cities)
    ranking = cities.desk.rank_units(number)
    unit = ranking.candidates[0].unit
    broker = cities.towns[CHANGSHA].broker
    broker.denied.add(topics.status(CHANGSHA, unit))  # this console does not learn that it is taken
    async with cities.another_console(tmp_path / "second") as second:
        theirs = second.desk.rank_units(number)
        assert (await second.desk.choose_unit(number, unit, theirs)).ok
        outcome = await cities.desk.choose_unit(number, unit, ranking)
    assert not outcome.ok
    assert cities.desk.orders()[0].standing is Standing.DENIED
    assert cities.desk.orders()[0].why
    assert cities.log("order.outcome")[-1].detail["reason"] == "unit_held"


async def test_an_unanswered_order_is_not_forgotten_and_not_shown_as_refused(cities: ThreeCities) -> None:
    desk, number = cities.desk, await _incident(cities)
    ranking = desk.rank_units(number)
    unit = ranking.candidates[0].unit
    broker = cities.towns[CHANGSHA].broker
    answers = topics.order_answer(CHANGSHA, CHANGSHA, "console-1")
    broker.denied.add(answers)
    outcome = await desk.choose_unit(number, unit, ranking)
    assert not outcome.ok
    assert desk.orders(number)[0].standing is Standing.REQUESTED
    assert not (await desk.choose_unit(number, unit, ranking)).ok, "it may have arrived"
    broker.denied.discard(answers)
    await until(lambda: cities.crews_of(unit).told(unit))
    await cities.crews_of(unit).acknowledge(unit)
    await until(lambda: desk.orders(number)[0].standing is Standing.CONFIRMED)


async def test_units_of_a_city_that_cannot_be_reached_are_for_the_telephone(cities: ThreeCities) -> None:
    desk, number = cities.desk, await _incident(cities)
    unit = next(view.unit.id for view in cities.session.picture.fleet if view.unit.city == ZHUZHOU)
    cities.towns[ZHUZHOU].cut_off()
    await until(lambda: cities.session.picture.sight[ZHUZHOU].sight is Sight.OFFLINE)
    outcome = await desk.choose_unit(number, unit, desk.rank_units(number), "就近")
    assert not outcome.ok
    again = desk.rank_units(number)
    assert all(candidate.city != ZHUZHOU for candidate in again.candidates)
    assert any(r.code == "city_offline" for left_out in again.excluded for r in left_out.reasons)
    with pytest.raises(DispatchError):
        await desk.ask_aid(number, ZHUZHOU, 1, frozenset())
    assert cities.session.picture.sight[XIANGTAN].sight is Sight.LIVE
    assert (await desk.telephone(unit, number, "city_unreachable", "株洲调度")).ok


async def test_a_unit_is_called_back_and_sent_to_another_incident(cities: ThreeCities) -> None:
    desk, number = cities.desk, await _incident(cities)
    unit = await _send(cities, number)
    other = await desk.open_incident(STATION, Datum.WGS84, "火车站", Priority.LIFE_THREATENING)
    ranking = desk.rank_units(other)
    with pytest.raises(MissingField):
        await desk.reassign(unit, other, ranking, None)
    outcome = await desk.reassign(unit, other, ranking, "higher_priority")
    assert outcome.ok, outcome.message
    await until(lambda: cities.incident(other).units == (unit,))
    assert cities.incident(number).units == ()
    await until(lambda: [(o.incident, o.standing) for o in desk.orders()][:1] == [(other, Standing.ORDERED)])
    assert cities.log("unit.called_back")[-1].detail["reason"] == "higher_priority"


# --- closing, holding, changing -------------------------------------------------------------------


async def test_closing_calls_back_the_units_that_are_on_their_way(cities: ThreeCities) -> None:
    desk, number = cities.desk, await _incident(cities)
    unit = await _send(cities, number)
    with pytest.raises(MissingField):
        await desk.close_incident(number, Ending.CANCELLED, " ")
    outcome = await desk.close_incident(number, Ending.CANCELLED, "called_off")
    assert outcome.ok, outcome.message
    await until(lambda: cities.incident(number).state is IncidentState.CLOSED)
    assert cities.incident(number).ending is Ending.CANCELLED
    await cities.in_state(unit, S.AVAILABLE_ON_ROAD)


async def test_an_incident_with_a_unit_on_scene_is_not_closed_over_its_head(cities: ThreeCities) -> None:
    desk, number = cities.desk, await _incident(cities)
    unit = await _send(cities, number)
    await _drive_up(cities, unit)
    with pytest.raises(DispatchError, match=unit):
        await desk.close_incident(number, Ending.CANCELLED, "called_off")
    assert cities.incident(number).units == (unit,)


async def test_an_incident_is_held_woken_and_changed(cities: ThreeCities) -> None:
    desk, number = cities.desk, await _incident(cities)
    with pytest.raises(MissingField):
        await desk.hold(number, "", None)
    assert (await desk.hold(number, "family_decides", CLOCK.now() + timedelta(minutes=5))).ok
    await until(lambda: cities.incident(number).state is IncidentState.HELD)
    again = await desk.hold(number, "family_decides", None)
    assert not again.ok
    assert number in again.message, "the refusal names it"
    assert (await desk.wake(number)).ok
    assert (await desk.amend(number, patients=3, priority=Priority.URGENT)).ok
    assert (await desk.reinforce(number, 2, "三名伤员")).ok
    await until(lambda: cities.incident(number).reinforcements == 2)
    changed = cities.incident(number)
    assert (changed.state, changed.patients, changed.priority) == (IncidentState.WAITING, 3, Priority.URGENT)
    assert cities.told(number) == ["opened", "hold", "wake", "amend", "reinforce"]


# --- states and hospitals -------------------------------------------------------------------------


async def test_a_units_state_is_set_at_the_desk_with_what_it_demands(cities: ThreeCities) -> None:
    desk = cities.desk
    unit = next(view.unit.id for view in cities.session.picture.fleet if view.unit.city == CHANGSHA)
    with pytest.raises(MissingField):
        await desk.set_state(unit, S.PAUSED)
    with pytest.raises(IllegalTransition):
        await desk.set_state(unit, S.TRANSPORTING, destination="CS-H-XIANGYA2")
    assert (await desk.set_state(unit, S.PAUSED, reason="refuel")).ok
    await cities.in_state(unit, S.PAUSED)
    assert (cities.status(unit).source, cities.status(unit).reason) == ("desk", "refuel")
    number = await _incident(cities)
    busy = await _send(cities, number)
    assert (await desk.set_state(busy, S.EN_ROUTE)).ok
    await cities.in_state(busy, S.EN_ROUTE)
    refused = await desk.set_state(busy, S.AVAILABLE_ON_ROAD)
    assert not refused.ok
    assert number in refused.message, "call it back instead"


async def test_a_hospital_is_told_only_to_a_unit_on_the_incident(cities: ThreeCities) -> None:
    desk, number = cities.desk, await _incident(cities)
    hospitals = desk.rank_hospitals(number)
    first = hospitals.candidates[0].hospital
    free = desk.rank_units(number).candidates[0].unit
    assert not (await desk.choose_hospital(number, free, first, hospitals)).ok
    unit = await _send(cities, number)
    with pytest.raises(UnknownName):
        await desk.choose_hospital(number, unit, "CS-H-NOWHERE", hospitals)  # type: ignore[arg-type]
    assert (await desk.choose_hospital(number, unit, first, hospitals)).ok
    await until(lambda: cities.status(unit).destination == first)


async def test_a_bank_is_asked_for_what_the_plan_says(cities: ThreeCities) -> None:
    session, now = cities.session, CLOCK.now()
    bank = next(bank for bank in session.picture.banks.values() if bank.city == XIANGTAN)
    lot = payloads.StockLot(
        "L-1", "red_cells", "O+", 400, epoch_ms(now + timedelta(days=20)), attributes=["irradiated"]
    )
    await cities.towns[XIANGTAN].banks.count(bank.id, [lot])
    centre = cities.towns[XIANGTAN].centre
    assert centre is not None
    await until(lambda: bank.id in session.picture.stock.banks and bank.id in centre.store.state.shelves)
    hospital = next(h for h in session.picture.hospitals.values() if h.city == XIANGTAN)
    need = BloodNeed(
        component=ComponentCode("red_cells"),
        group=BloodGroup.O_POS,
        quantity=6,
        hospital=hospital.id,
        need_by=now + timedelta(hours=4),
        mode="ad_hoc",
        attributes=frozenset({"irradiated"}),
        on_word_of="王强",
    )
    ranking = session.desk.rank_blood(need)
    outcome = await session.desk.choose_bank(need, ranking.candidates[0], ranking)
    assert outcome.ok
    await until(lambda: bool(session.picture.blood_orders))
    (order,) = session.picture.blood_orders.values()
    assert [(line.group, line.quantity) for line in order.lines] == [("O+", 6)]
    assert order.lines[0].attributes == {"irradiated"}
    assert [(one.lot, one.quantity) for one in order.taken] == [("L-1", 6)]
    assert order.state is BloodState.HELD
    assert "王强" not in repr(order), "the physician's name stays here"
    refused = await session.desk.blood.act(order.id, BloodAct.CONFIRM)
    assert not refused.ok, "only the bank's own city confirms"
    assert (await session.desk.blood.act(order.id, BloodAct.CANCEL)).ok
    await until(lambda: session.picture.blood_orders[order.id].state is BloodState.CANCELLED)
    said = cities.log("blood.recommended")[0].detail["need"]
    assert isinstance(said, dict)
    assert (said["mode"], said["on_word_of"], said["attributes"]) == ("ad_hoc", "王强", ["irradiated"])
    assert [row.action for row in cities.log() if row.action.startswith("blood.")] == [
        "blood.recommended",
        "blood.chosen",
        "blood.told",
        "blood.told",
        "blood.told",
    ]


# --- alarms, people -------------------------------------------------------------------------------


async def test_an_alarm_of_the_city_is_acknowledged_and_shelved_for_all_its_desks(
    cities: ThreeCities, tmp_path: Path
) -> None:
    desk, number = cities.desk, await _incident(cities)
    assert (await desk.none_free(number)).ok
    alarms = cities.session.picture.alarms
    await until(lambda: bool(alarms.of_city(CHANGSHA)))
    alarm = alarms.of_city(CHANGSHA)[0]
    async with cities.another_console(tmp_path / "second") as second:
        theirs = second.session.picture.alarms.by_id
        await until(lambda: alarm in theirs)
        assert (await desk.acknowledge(alarm)).ok
        await until(lambda: theirs[alarm].state is AlarmState.ACKNOWLEDGED)
        assert desk.operator in theirs[alarm].acknowledged_by
        with pytest.raises(DispatchError):
            await desk.shelve(alarm, 24 * 60, "being_handled")
        assert (await second.desk.shelve(alarm, 10, "being_handled")).ok
        await until(lambda: alarms.by_id[alarm].shelved(CLOCK.now()))
        assert (await desk.unshelve(alarm)).ok
        await until(lambda: not theirs[alarm].shelved(CLOCK.now()))


async def test_a_shift_is_handed_over_by_two_names(cities: ThreeCities) -> None:
    number = await _incident(cities)
    sheet, leaves = cities.desk.handover_sheet(), cities.desk.operator
    assert [one.id for one in sheet.incidents] == [number]
    with pytest.raises(DispatchError):
        await cities.desk.sign_handover(sheet, cities.desk.operator, "", "")
    signed = await cities.desk.sign_handover(sheet, "李娜", "", "夜班平稳")
    assert signed.ok, signed.message
    row = cities.log("handover.signed")[-1]
    assert (row.detail["outgoing"], row.detail["incoming"]) == (leaves, "李娜")
    assert cities.desk.operator == "李娜"
    await cities.desk.note(number, "接班")
    assert cities.log("incident.note")[-1].actor == "李娜", "what is done after it is done in the new name"
    printed = next((cities.folder / "handovers").glob("*.txt")).read_text("utf-8")
    assert number in printed


async def test_a_session_writes_its_beginning_its_rules_and_its_end(tmp_path: Path) -> None:
    async with three_cities(tmp_path) as running:
        await running.session.audit.append("drill.event", actor="test")
    actions = [row.action for row in running.log()]
    assert actions[:2] == ["session.start", "settings.in_force"]
    assert actions[-1] == "session.end"
