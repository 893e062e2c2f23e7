"""A desk where operators sign in: a role that may not do something is told so; break-glass never blocks."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import Datum, Position
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.domain.model import Name
from dispatch.domain.operators import Operator, Right, Role
from dispatch.settings.operators import change_operators
from dispatch.signin import Passwords
from tests.scenarios.three_cities import CHANGSHA, ThreeCities, cities_alone, console_over, until

WUYI_SQUARE = Position(lat=28.1960, lon=112.9770)
PASSWORDS = {"wang.fang": "horse-staple-72", "liu.yang": "mountain-river-19"}


@pytest.fixture
async def cities(tmp_path: Path) -> AsyncIterator[ThreeCities]:
    made, file = Passwords(), tmp_path / "operators.toml"
    people = [
        Operator(id=name, name=Name(zh=name, en=name), role=role, password=made.hashed(PASSWORDS[name]))
        for name, role in (("wang.fang", Role.DISPATCHER), ("liu.yang", Role.OBSERVER))
    ]
    change_operators(file, lambda _before: people)
    async with cities_alone(tmp_path) as towns, console_over(towns, tmp_path, operators=file) as running:
        yield running


async def _open(cities: ThreeCities) -> IncidentId:
    return await cities.desk.open_incident(WUYI_SQUARE, Datum.WGS84, "五一广场", Priority.URGENT)


async def test_nobody_acts_before_he_signed_in_and_every_row_says_who_did(cities: ThreeCities) -> None:
    desk = cities.desk
    assert [name for name, _said, _role in desk.operators()] == ["wang.fang", "liu.yang"]
    assert not desk.signed_in
    with pytest.raises(DispatchError):
        await _open(cities)
    assert not (await desk.sign_in("wang.fang", "wrong")).ok
    assert (await desk.sign_in("wang.fang", PASSWORDS["wang.fang"])).ok
    assert (desk.operator, desk.role, desk.may(Right.ORDER)) == ("wang.fang", Role.DISPATCHER, "")
    number = await _open(cities)
    row = cities.log("incident.opened")[-1]
    assert (row.actor, row.role, row.target) == ("wang.fang", "dispatcher", number)
    there = cities.towns[CHANGSHA].rows("incident.opened")[-1]
    assert (there.actor, there.role) == ("wang.fang", "dispatcher")
    desks = cities.session.picture.desks
    await until(lambda: desks[CHANGSHA, "console-1"].operator == "wang.fang")
    assert (await desk.sign_out()).ok
    await until(lambda: desks[CHANGSHA, "console-1"].operator == "")


async def test_an_observer_looks_and_break_glass_acts(cities: ThreeCities) -> None:
    desk = cities.desk
    await desk.sign_in("liu.yang", PASSWORDS["liu.yang"])
    why = desk.may(Right.INCIDENT)
    with pytest.raises(DispatchError, match=why):
        await _open(cities)
    await until(lambda: [row.actor for row in cities.log("right.refused")] == ["liu.yang"])
    assert (await desk.sign_in_by_break_glass("liu.yang", "值班员突发疾病")).ok
    assert desk.break_glass
    number = await _open(cities)
    assert cities.log("incident.opened")[-1].detail["break_glass"] == 1
    ranking = desk.rank_units(number)
    assert (await desk.choose_unit(number, ranking.candidates[0].unit, ranking)).ok
    assert any(alarm.code == "break_glass" for alarm in cities.session.picture.alarms.listed())


async def test_a_shift_is_not_handed_to_somebody_who_may_do_nothing(cities: ThreeCities) -> None:
    desk = cities.desk
    await desk.sign_in("wang.fang", PASSWORDS["wang.fang"])
    sheet = desk.handover_sheet()
    outcome = await desk.sign_handover(sheet, "liu.yang", PASSWORDS["liu.yang"], "")
    assert not outcome.ok
    assert desk.operator == "wang.fang"
    assert cities.log("handover.signed") == []
