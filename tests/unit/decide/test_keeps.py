"""What a city keeps when it lends."""

import pytest

from dispatch.decide.keeps import Keeps, keeps_after
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import Incident, IncidentId, IncidentState, Priority
from dispatch.domain.units import UnitId
from tests.console.fakes import CHANGSHA, XIANGTAN, FakeDesk, fake_desk

FURONG = [UnitId(f"CS-{number:03d}") for number in (1, 3, 9, 11, 13, 17, 19, 21)]
"""Every free unit of Changsha in the fake picture."""


@pytest.fixture
def desk() -> FakeDesk:
    return fake_desk()


def kept(
    desk: FakeDesk, units: list[UnitId], count: int, city: CityCode = CHANGSHA, urgency: int = 1
) -> Keeps:
    rules, now = desk.configuration.dispatch_rules, desk.clock.now()
    return keeps_after(desk.picture, city, Priority(urgency), units, count, rules, now)


def test_free_units_are_counted_before_and_after() -> None:
    found = kept(fake_desk(), FURONG[:2], 2)
    assert (found.free, found.left, found.fleet) == (8, 6, 24)


def test_a_count_above_the_named_units_is_taken_from_the_free_ones(desk: FakeDesk) -> None:
    assert kept(desk, FURONG[:1], 3).left == 5
    assert kept(desk, FURONG[:3], 1).left == 5
    assert kept(desk, [], 99).left == 0


def test_the_reserve_is_the_rule_of_the_priority_rounded_up(desk: FakeDesk) -> None:
    assert [kept(desk, [], 0, urgency=urgency).reserve for urgency in (1, 2, 3)] == [3, 8, 12]


def test_a_unit_that_is_not_free_leaves_no_gap(desk: FakeDesk) -> None:
    busy = UnitId("CS-002")
    assert kept(desk, [busy], 1).left == 8


def test_a_station_is_stripped_only_where_the_loan_takes_its_last_unit(desk: FakeDesk) -> None:
    none = kept(desk, [], 0)
    assert [site.id for site in none.bare] == ["CS-S-YUELU"]
    assert none.newly_bare == ()
    everything = kept(desk, FURONG, 8)
    assert [site.id for site in everything.newly_bare] == ["CS-S-FURONG"]


def test_a_city_out_of_sight_is_counted_as_having_nobody_free(desk: FakeDesk) -> None:
    assert (kept(desk, [], 0, XIANGTAN).free, kept(desk, [], 0, XIANGTAN).fleet) == (0, 8)


def test_a_unit_that_an_incident_waits_for_is_not_free_to_lend(desk: FakeDesk) -> None:
    known = desk.picture.incidents[IncidentId("CS-1124-0001")]
    promised = known.model_copy(update={"units": (FURONG[0],), "state": IncidentState.DISPATCHED})
    assert isinstance(promised, Incident)
    desk.picture.incidents[promised.id] = promised
    assert kept(desk, [], 0).free == 7
