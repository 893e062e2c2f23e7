"""The fleet in columns: newest fix wins, rows stay, growth loses nothing."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.geography import CityCode
from dispatch.domain.units import Unit, UnitId, UnitState, UnitStatus
from dispatch.picture.fleet import NO_STATE, Fleet

CHANGSHA, ZHUZHOU = CityCode("changsha"), CityCode("zhuzhou")
NOW = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)


def unit(number: int, city: CityCode = CHANGSHA) -> Unit:
    return Unit(id=UnitId(f"CS-{number:03}"), city=city)


def fleet_of(count: int, capacity: int = 256) -> Fleet:
    fleet = Fleet((CHANGSHA, ZHUZHOU), capacity)
    for number in range(count):
        fleet.register(unit(number))
    return fleet


def status(state: UnitState, seconds: int = 0) -> UnitStatus:
    return UnitStatus(state=state, since=NOW + timedelta(seconds=seconds))


def test_a_unit_nobody_heard_of_is_listed_without_fix_and_state() -> None:
    fleet = fleet_of(1)
    view = fleet.view(UnitId("CS-000"))
    assert (view.fix, view.received_ms, view.status) == (None, None, None)
    assert fleet.state[0] == NO_STATE
    assert np.isnan(fleet.lat[0])


def test_a_fix_is_seen_with_its_own_time_and_only_what_it_carried() -> None:
    fleet = fleet_of(1)
    assert fleet.apply_fix(UnitId("CS-000"), 28.2, 112.9, 1_000, 4_000, speed_kmh=42.0)
    view = fleet.view(UnitId("CS-000"))
    assert view.fix is not None
    assert (view.fix.position.lat, view.fix.speed_kmh, view.fix.heading_deg) == (28.2, 42.0, None)
    assert (view.fix.fixed_at.timestamp(), view.received_ms) == (1, 4_000)


def test_a_later_fix_that_says_less_forgets_what_the_earlier_said() -> None:
    fleet = fleet_of(1)
    fleet.apply_fix(UnitId("CS-000"), 28.2, 112.9, 1_000, 1_000, speed_kmh=42.0, heading_deg=90.0)
    fleet.apply_fix(UnitId("CS-000"), 28.3, 112.9, 2_000, 2_000)
    fix = fleet.view(UnitId("CS-000")).fix
    assert fix is not None
    assert (fix.speed_kmh, fix.heading_deg) == (None, None)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=30))
def test_whatever_the_order_of_arrival_the_newest_fix_is_held(times: list[int]) -> None:
    fleet = fleet_of(1)
    for arrival, time in enumerate(times):
        newest_before = max(times[:arrival], default=0)
        assert fleet.apply_fix(UnitId("CS-000"), time, time, time, 99) is (time > newest_before)
    assert fleet.fixed_ms[0] == max(times)
    assert fleet.lat[0] == max(times)


def test_an_older_status_is_ignored_and_a_correction_of_the_same_moment_counts() -> None:
    fleet, one = fleet_of(1), UnitId("CS-000")
    assert fleet.apply_status(one, status(UnitState.EN_ROUTE, 10))
    assert not fleet.apply_status(one, status(UnitState.ASSIGNED, 5))
    assert not fleet.apply_status(one, status(UnitState.EN_ROUTE, 10))
    assert fleet.apply_status(one, status(UnitState.ON_SCENE, 10))
    assert fleet.state[0] == UnitState.ON_SCENE


def test_growing_keeps_every_row_and_value() -> None:
    fleet = fleet_of(3, capacity=2)
    fleet.apply_fix(UnitId("CS-001"), 28.1, 112.1, 5, 6)
    row = fleet.row(UnitId("CS-001"))
    for number in range(3, 40):
        fleet.register(unit(number, ZHUZHOU))
    assert len(fleet) == 40
    assert fleet.row(UnitId("CS-001")) == row
    assert fleet.lat[row] == 28.1
    assert [view.unit.id for view in fleet] == [f"CS-{n:03}" for n in range(40)]
    assert set(fleet.column("city")[3:]) == {1}


def test_registering_again_renews_the_facts_and_keeps_the_row() -> None:
    fleet = fleet_of(2)
    row = fleet.register(Unit(id=UnitId("CS-000"), city=ZHUZHOU, plate="湘A12345"))
    assert (row, len(fleet)) == (0, 2)
    assert (fleet.units[0].plate, fleet.city[0]) == ("湘A12345", 1)


def test_an_unknown_unit_is_a_key_error() -> None:
    fleet = fleet_of(1)
    assert UnitId("XT-001") not in fleet
    with pytest.raises(KeyError):
        fleet.row(UnitId("XT-001"))
