"""How long stock lasts: what counts as available, first expired first out against the forecast."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dispatch.blood.cover import batches_of, cover_of, is_available, lead_of, project
from dispatch.blood.demand import UNKNOWN, Demand, Forecast, demand_of, together
from dispatch.domain.blood import LotState
from dispatch.picture.stock_days import DayCounts, days_before
from tests.unit.blood.blood_world import NOW, PLASMA, RED, TODAY, lot, picture, rules

EVEN = Demand((4.0,) * 7, 40, "bank")
WEEKDAYS = Demand((7.0, 7.0, 7.0, 7.0, 7.0, 0.0, 0.0), 140, "bank")


def days(amount: float) -> datetime:
    return NOW + timedelta(days=amount)


@pytest.mark.parametrize("state", [state for state in LotState if state is not LotState.AVAILABLE])
def test_what_is_reserved_quarantined_recalled_or_issued_is_not_available(state: LotState) -> None:
    assert is_available(lot(1, 5, 100), NOW, timedelta())
    assert not is_available(lot(1, 5, 100, state=state), NOW, timedelta())


def test_what_expires_before_it_could_be_used_is_not_available() -> None:
    components = picture().components
    red, plasma = lead_of(components[RED], rules()), lead_of(components[PLASMA], rules())
    assert (red, plasma) == (timedelta(minutes=30), timedelta(minutes=55))
    within_50_min = lot(1, 5, 50 / 60)
    assert is_available(within_50_min, NOW, red)
    assert not is_available(within_50_min, NOW, plasma)
    assert not is_available(lot(2, 5, -1), NOW, timedelta())
    assert not is_available(lot(3, 0, 100), NOW, timedelta())


def test_days_are_what_is_there_over_the_mean_daily_issue() -> None:
    cover = cover_of(10, batches_of([lot(1, 10, 24 * 30)]), EVEN, NOW, rules())
    assert (cover.days, cover.lasts_days) == (2.5, 2.5)
    assert cover.unmet_on == date(2026, 11, 26)
    assert cover.outdates == ()


def test_a_lot_that_expires_before_its_turn_shortens_the_cover_and_is_predicted_to_outdate() -> None:
    lots = [lot(1, 10, 24), lot(2, 4, 24 * 20)]
    cover = cover_of(14, batches_of(lots), EVEN, NOW, rules())
    assert cover.days == 3.5
    assert cover.lasts_days == pytest.approx(2.0)  # 4 of the first lot on day 1, then 4 of the second
    assert [(one.day, one.quantity) for one in cover.outdates] == [(date(2026, 11, 25), 6.0)]
    assert cover.worst_days == cover.lasts_days


def test_a_weekend_without_issue_is_lived_through_without_stock() -> None:
    cover = cover_of(28, batches_of([lot(1, 28, 24 * 30)]), WEEKDAYS, NOW, rules())
    assert cover.mean_daily == 5.0
    assert cover.days == pytest.approx(5.6)
    assert cover.lasts_days == pytest.approx(6.0)  # Tuesday to Friday, and first unmet on Monday
    assert cover.unmet_on == date(2026, 11, 30)


def test_an_empty_shelf_is_unmet_at_once_and_has_no_days() -> None:
    cover = cover_of(0, [], EVEN, NOW, rules())
    assert (cover.days, cover.lasts_days, cover.unmet_on) == (0.0, 0.0, TODAY)


def test_an_unknown_issue_gives_a_count_and_no_days() -> None:
    cover = cover_of(10, batches_of([lot(1, 10, 100)]), UNKNOWN, NOW, rules())
    assert (cover.available, cover.days, cover.lasts_days, cover.mean_daily) == (10, None, None, None)


def test_fewer_than_seven_issues_give_a_count_and_no_days() -> None:
    seldom = Demand((0.2,) * 7, 6, "bank")
    often = Demand((0.2,) * 7, 7, "bank")
    assert cover_of(3, batches_of([lot(1, 3, 900)]), seldom, NOW, rules()).days is None
    assert cover_of(3, batches_of([lot(1, 3, 900)]), often, NOW, rules()).days == pytest.approx(15)


def test_stock_that_outlives_the_horizon_has_no_first_unmet_day() -> None:
    cover = cover_of(1000, batches_of([lot(1, 1000, 24 * 365)]), EVEN, NOW, rules())
    assert (cover.days, cover.lasts_days, cover.unmet_on, cover.outdates) == (250.0, None, None, ())


# --- demand ---------------------------------------------------------------------------------------


def test_the_mean_weighs_each_weekday_the_same_although_days_are_missing() -> None:
    known = [None if day.weekday() == 0 and at > 7 else 14 if day.weekday() == 0 else 0
             for at, day in enumerate(days_before(TODAY, 28))]  # fmt: skip
    demand = demand_of(DayCounts(tuple(known), (1,) * 28), days_before(TODAY, 28)[0], TODAY, None, rules())
    assert demand.mean == pytest.approx(2.0)
    assert demand.weekday[0] == 14


def test_too_few_known_days_fall_back_to_the_configured_issue_and_then_to_unknown() -> None:
    known = (None,) * 15 + (3,) * 13
    first = days_before(TODAY, 28)[0]
    assert demand_of(DayCounts(known), first, TODAY, 2.5, rules()).source == "configured"
    assert demand_of(DayCounts(known), first, TODAY, 2.5, rules()).mean == 2.5
    assert demand_of(DayCounts(known), first, TODAY, None, rules()).source == "unknown"
    assert demand_of(None, TODAY, TODAY, None, rules()).source == "unknown"
    assert demand_of(DayCounts((None,) * 14 + (3,) * 14), first, TODAY, 2.5, rules()).source == "bank"


def test_today_and_days_before_the_window_do_not_count() -> None:
    first = days_before(TODAY, 30)[0]
    demand = demand_of(DayCounts((100, 100, *(2,) * 28, 100)), first, TODAY, None, rules())
    assert demand.mean == 2.0


def test_days_without_a_number_of_issues_count_as_one_each() -> None:
    demand = demand_of(DayCounts((5, 0) * 14), days_before(TODAY, 28)[0], TODAY, None, rules())
    assert demand.issues == 14


def test_demands_add_up_and_unknown_ones_stay_out() -> None:
    both = together([EVEN, WEEKDAYS, UNKNOWN])
    assert both.weekday == (11.0,) * 5 + (4.0,) * 2
    assert both.issues == 180
    assert together([UNKNOWN]) == UNKNOWN


# --- properties -----------------------------------------------------------------------------------

RATES = st.lists(st.floats(0, 50), min_size=7, max_size=7).map(tuple)
LOTS = st.lists(st.tuples(st.floats(0.01, 900), st.integers(1, 60)), max_size=12)


@settings(max_examples=150, deadline=None)
@given(rates=RATES, lots=LOTS, horizon=st.integers(1, 40))
def test_used_and_outdated_and_left_are_always_what_was_there(
    rates: tuple[float, ...], lots: list[tuple[float, int]], horizon: int
) -> None:
    batches = sorted((NOW + timedelta(hours=hours), units) for hours, units in lots)
    found = project(batches, Forecast(Demand(rates, None, "bank"), NOW), days(horizon))
    assert found.used + found.outdated + found.left == pytest.approx(sum(units for _at, units in batches))
    assert min(found.used, found.outdated, found.left) >= 0
    assert found.used <= Forecast(Demand(rates, None, "bank"), NOW).used(days(horizon)) + 1e-6


@settings(max_examples=60, deadline=None)
@given(
    rates=st.lists(st.integers(0, 9), min_size=7, max_size=7).map(tuple),
    lots=st.lists(st.tuples(st.integers(1, 20), st.integers(1, 30)), max_size=6),
)
def test_the_projection_agrees_with_one_that_goes_step_by_step(
    rates: tuple[int, ...], lots: list[tuple[int, int]]
) -> None:
    """A hundredth of a day at a time, always from the lot that expires first."""
    batches = sorted((days(day), units) for day, units in lots)
    found = project(batches, Forecast(Demand(tuple(map(float, rates)), None, "bank"), NOW), days(21))
    left = [float(units) for _expires_at, units in batches]
    used = outdated = 0.0
    for step in range(21 * 100 + 1):
        wanted = rates[(1 + step // 100) % 7] / 100 if step < 21 * 100 else 0
        for at, (expires_at, _units) in enumerate(batches):
            if expires_at <= days(step / 100):
                outdated, left[at] = outdated + left[at], 0.0
            part = min(wanted, left[at])
            left[at] -= part
            wanted, used = wanted - part, used + part
    assert found.used == pytest.approx(used, abs=0.2)
    assert found.outdated == pytest.approx(outdated, abs=0.2)
    assert found.left == pytest.approx(sum(left), abs=0.2)


@settings(max_examples=100, deadline=None)
@example(rates=(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1e-160), amount=1.0, offset=0.0)
@given(rates=RATES, amount=st.floats(0, 500), offset=st.floats(0, 86_399))
def test_the_moment_at_which_an_amount_is_asked_for_is_when_so_much_was_asked_for(
    rates: tuple[float, ...], amount: float, offset: float
) -> None:
    begin = NOW + timedelta(seconds=offset)
    forecast = Forecast(Demand(rates, None, "bank"), begin)
    when = forecast.when(amount)
    if sum(rates) == 0:
        assert when is None
    elif when is not None and sum(rates) > 0.01:
        assert forecast.used(when) == pytest.approx(amount, abs=1e-3 * max(1.0, amount))
