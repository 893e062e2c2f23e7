"""What nobody answers is never shown as refused, never forgotten, and rings when it stays so."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dispatch.centre.asking import Standing
from dispatch.domain.alarms import Alarm, AlarmState
from dispatch.domain.geography import Datum, Position
from dispatch.domain.incidents import IncidentId, IncidentState, Priority
from dispatch.domain.units import UnitState
from dispatch.feed import topics
from dispatch.picture.cities import Sight
from tests.scenarios.three_cities import CHANGSHA, ThreeCities, three_cities, until

WUYI_SQUARE = Position(lat=28.1960, lon=112.9770)


@pytest.fixture
async def cities(tmp_path: Path) -> AsyncIterator[ThreeCities]:
    async with three_cities(tmp_path) as running:
        yield running


async def _incident(cities: ThreeCities) -> IncidentId:
    return await cities.desk.open_incident(WUYI_SQUARE, Datum.WGS84, "五一广场", Priority.URGENT)


def _alarms(cities: ThreeCities, code: str) -> list[Alarm]:
    return [alarm for alarm in cities.session.picture.alarms.by_id.values() if alarm.code == code]


async def test_an_order_without_an_answer_is_not_known_and_rings_until_it_is(
    cities: ThreeCities, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, number = cities.desk, await _incident(cities)
    ranking = desk.rank_units(number)
    unit = ranking.candidates[0].unit
    broker = cities.towns[CHANGSHA].broker
    answers = topics.order_answer(CHANGSHA, CHANGSHA, "console-1")
    broker.denied.add(answers)
    hasty = desk._orders.patience.model_copy(update={"escalated_s": 0.3})
    monkeypatch.setattr(desk._orders, "patience", hasty)
    assert not (await desk.choose_unit(number, unit, ranking)).ok
    await until(
        lambda: [one.state for one in _alarms(cities, "order_unknown")] == [AlarmState.UNACKNOWLEDGED]
    )
    assert desk.orders(number)[0].standing is Standing.UNKNOWN
    assert _alarms(cities, "order_unknown")[0].subject == number
    sheet = desk.handover_sheet()
    assert len(sheet.unsettled_orders) == 1
    monkeypatch.undo()
    broker.denied.discard(answers)
    await until(lambda: [one.state for one in _alarms(cities, "order_unknown")] == [AlarmState.RETURNED])
    outcomes = [row.detail["standing"] for row in cities.log("order.outcome")]
    assert outcomes == ["unknown"]


async def test_what_is_refused_when_nobody_waits_any_more_rings(cities: ThreeCities) -> None:
    desk, number = cities.desk, await _incident(cities)
    await cities.towns[CHANGSHA].end()
    await until(lambda: cities.session.picture.sight[CHANGSHA].sight is Sight.OFFLINE)
    for _twice in range(2):
        kept = await desk.hold(number, "family_decides", None)
        assert not kept.ok
    cities.towns[CHANGSHA].begin()
    await until(lambda: cities.incident(number).state is IncidentState.HELD)
    await until(lambda: bool(_alarms(cities, "change_refused")))
    alarm = _alarms(cities, "change_refused")[0]
    assert (alarm.facts["incident"], alarm.facts["act"]) == (number, "hold")
    told = [row.detail["accepted"] for row in cities.log("incident.told")]
    assert told == [True, True, False], "the opening, one hold, and the hold of what is held already"


async def test_a_unit_that_falls_out_on_its_way_to_another_incident_is_given_back_to_the_desk(
    cities: ThreeCities,
) -> None:
    desk, number = cities.desk, await _incident(cities)
    ranking = desk.rank_units(number)
    unit = ranking.candidates[0].unit
    assert (await desk.choose_unit(number, unit, ranking)).ok
    await until(lambda: cities.crews_of(unit).told(unit))
    other = await desk.open_incident(WUYI_SQUARE, Datum.WGS84, "黄兴路", Priority.LIFE_THREATENING)
    cities.towns[CHANGSHA].broker.denied.add(topics.unit_order(CHANGSHA, unit))  # the crew hears nothing
    outcome = await desk.reassign(unit, other, desk.rank_units(other), "higher_priority")
    assert outcome.ok, outcome.message
    assert cities.incident(other).units == (), "it is not free before its crew has heard"
    assert desk.orders(number)[0].standing is Standing.STANDING_DOWN
    assert (await desk.set_state(unit, UnitState.OUT_OF_SERVICE, reason="vehicle_fault")).ok
    await until(lambda: bool(_alarms(cities, "reassign_failed")))
    assert _alarms(cities, "reassign_failed")[0].facts == {"incident": other, "unit": unit}
    assert desk.orders(other) == []
