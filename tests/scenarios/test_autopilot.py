"""The automatic dispatcher of headless drills, over real centres and scripted crews."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dispatch.autopilot import Autopilot
from dispatch.domain.aid import AidAct, AidState
from dispatch.domain.geography import Datum, Position
from dispatch.domain.incidents import IncidentState, Priority
from dispatch.domain.units import UnitState
from tests.scenarios.three_cities import CHANGSHA, XIANGTAN, ThreeCities, three_cities, until

WUYI_SQUARE = Position(lat=28.1960, lon=112.9770)
YUETANG = Position(lat=27.8720, lon=112.9640)
S = UnitState


@pytest.fixture
async def cities(tmp_path: Path) -> AsyncIterator[ThreeCities]:
    async with three_cities(tmp_path) as running:
        pilot = asyncio.create_task(Autopilot(running.desk, speed=4.0).run())
        yield running
        pilot.cancel()
        await asyncio.gather(pilot, return_exceptions=True)


async def test_it_sends_one_unit_names_a_hospital_and_floods_nobody(cities: ThreeCities) -> None:
    number = await cities.desk.open_incident(WUYI_SQUARE, Datum.WGS84, "五一广场", Priority.URGENT)
    await until(lambda: bool(cities.incident(number).units))
    unit = cities.incident(number).units[0]
    crews = cities.crews_of(unit)
    await until(lambda: crews.told(unit))
    await crews.acknowledge(unit)
    for state in (S.EN_ROUTE, S.ON_SCENE):
        await crews.says(unit, state)
    await until(lambda: cities.status(unit).destination is not None)
    await crews.says(unit, S.TRANSPORTING, patients=1)
    await crews.says(unit, S.AT_HOSPITAL)
    await cities.in_state(unit, S.AT_HOSPITAL)
    await crews.finishes(unit)
    await until(lambda: cities.incident(number).state is IncidentState.CLOSED)
    assert len(cities.log("order.asked")) == 1
    assert len(cities.log("hospital.chosen")) == 1


async def test_it_lends_what_the_reserve_allows(cities: ThreeCities, tmp_path: Path) -> None:
    async with cities.another_console(tmp_path / "xiangtan", XIANGTAN, "console-9") as theirs:
        number = await theirs.desk.open_incident(YUETANG, Datum.WGS84, "岳塘", Priority.LIFE_THREATENING)
        assert (await theirs.desk.ask_aid(number, CHANGSHA, 1, frozenset())).ok
        aid = await theirs.in_aid(number, AidState.COMMITTED)
        assert aid.units == aid.wanted
        await until(lambda: [order.unit for order in theirs.desk.orders(number)] == list(aid.units))
    assert [row.detail["act"] for row in cities.log("aid.answered")] == [AidAct.COMMIT]
