"""Forecasts of daily issue and how they are laid along the hours."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from pydantic import ValidationError

from dispatch.blood.forecast import Forecast, demand, from_counts
from dispatch.domain.blood import BankId, BloodGroup, ComponentCode

B, C, G = BankId("CS-B-1"), ComponentCode("platelets"), BloodGroup.A_POS


def test_a_forecast_from_counts_knows_mean_spread_and_quiet_sundays() -> None:
    rng = np.random.default_rng(3)
    factors = np.array([1.2, 1.2, 1.2, 1.2, 1.2, 0.6, 0.4])
    means = 5 * np.tile(factors, 104)
    counts = rng.negative_binomial(means, 0.5)  # variance twice the mean
    found = from_counts(B, C, G, counts.tolist(), date(2024, 1, 1))  # a Monday
    assert found.daily_issue == pytest.approx(5, rel=0.05)
    assert found.fano == pytest.approx(2, rel=0.2)
    assert found.weekday == pytest.approx(factors, abs=0.12)
    assert sum(found.weekday) == pytest.approx(7)


def test_a_week_of_counts_hardly_moves_the_weekdays_and_four_weeks_do_more() -> None:
    one = from_counts(B, C, G, [7, 0, 0, 0, 0, 0, 0], date(2024, 1, 1))
    four = from_counts(B, C, G, [7, 0, 0, 0, 0, 0, 0] * 4, date(2024, 1, 1))
    assert 1 < one.weekday[0] < four.weekday[0] < 7


def test_no_issue_at_all_is_a_forecast_of_nothing_and_no_day_is_none() -> None:
    assert from_counts(B, C, G, [0, 0, 0], date(2024, 1, 1)).daily_issue == 0
    with pytest.raises(ValueError, match="at least one"):
        from_counts(B, C, G, [], date(2024, 1, 1))


def test_demand_follows_the_days_of_china_not_of_greenwich() -> None:
    only_tuesday = Forecast(bank=B, component=C, group=G, daily_issue=1, weekday=(0, 7, 0, 0, 0, 0, 0))
    monday_22_in_china = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
    laid = demand(only_tuesday, monday_22_in_china, 96, 1, 2.0)
    assert laid.until(2) == pytest.approx(0)
    assert laid.until(14) == pytest.approx(3.5)
    assert laid.between(2, 26) == pytest.approx(7) == pytest.approx(laid.until(96))
    assert laid.between(26, 2) == 0


def test_weekday_factors_must_have_a_mean_of_one_and_numbers_must_be_numbers() -> None:
    with pytest.raises(ValidationError, match=r"mean of 1|平均值须为 1"):
        Forecast(bank=B, component=C, group=G, daily_issue=1, weekday=(1, 1, 1, 1, 1, 1, 2))
    with pytest.raises(ValidationError):
        Forecast(bank=B, component=C, group=G, daily_issue=float("nan"))


def test_fewer_days_make_a_forecast_less_sure() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    sure, unsure = (
        demand(Forecast(bank=B, component=C, group=G, daily_issue=2, days=days), now, 96, 1, 2.0)
        for days in (28, 14)
    )
    assert unsure.relative_error > sure.relative_error > 0
