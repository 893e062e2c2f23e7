"""Quantiles, shares and their intervals against their plain definitions."""

from math import comb, sqrt

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dispatch.report.statistics import (
    histogram,
    kaplan_meier_quantile,
    quantile,
    quantile_interval,
    quantile_ranks,
    wilson,
)

VALUES = st.lists(st.floats(0, 1e6, allow_nan=False), min_size=1, max_size=60)
SHARES = st.sampled_from([0.1, 0.25, 0.5, 0.75, 0.9, 1.0])


@given(VALUES, SHARES)
@settings(max_examples=200)
def test_a_quantile_is_the_smallest_value_that_so_many_do_not_exceed(
    values: list[float], share: float
) -> None:
    found = quantile(values, share)
    assert found in values
    enough = [
        value for value in sorted(values) if sum(one <= value for one in values) >= share * len(values) - 1e-9
    ]
    assert found == enough[0]


def test_there_is_no_quantile_of_nothing() -> None:
    assert quantile([], 0.5) is None
    assert quantile_interval([], 0.5) == (None, None)


def _below(rank: int, count: int, share: float) -> float:
    """The chance that fewer than `rank` of `count` values lie below the quantile, summed term by term."""
    return sum(comb(count, k) * share**k * (1 - share) ** (count - k) for k in range(rank))


@given(st.integers(1, 80), st.sampled_from([0.5, 0.9]))
@settings(max_examples=120)
def test_the_ranks_of_an_interval_are_the_tightest_that_miss_on_each_side_at_most_one_in_forty(
    count: int, share: float
) -> None:
    low, high = quantile_ranks(count, share)
    lows = [rank for rank in range(1, count + 1) if _below(rank, count, share) <= 0.025]
    highs = [rank for rank in range(1, count + 1) if 1 - _below(rank, count, share) <= 0.025]
    assert low == max(lows, default=None)
    assert high == min(highs, default=None)


def test_the_interval_of_a_median_of_ten_is_that_of_the_textbook() -> None:
    # David and Nagaraja, Order Statistics (2003), section 7.1: ranks 2 and 9 hold the median with 97.9 %
    assert quantile_ranks(10, 0.5) == (2, 9)
    assert quantile_ranks(5, 0.5) == (None, None)


@given(st.integers(0, 200), st.integers(1, 200))
@settings(max_examples=200)
def test_wilsons_interval_holds_the_shares_that_are_less_than_two_deviations_away(
    hits: int, count: int
) -> None:
    hits = min(hits, count)
    low, high = wilson(hits, count)
    assert 0 <= low <= hits / count <= high <= 1
    for share in (low, high):  # by definition: the ends are where the score test is just not significant
        if 0 < share < 1:
            score = abs(hits / count - share) / sqrt(share * (1 - share) / count)
            assert score == pytest.approx(1.959963984540054, rel=1e-6)


def test_wilsons_interval_of_nothing_says_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)  # Newcombe (1998) gives 0.4902, 0.9433


@given(VALUES, SHARES)
@settings(max_examples=150)
def test_where_nobody_waits_kaplan_meier_is_the_plain_quantile(values: list[float], share: float) -> None:
    assert kaplan_meier_quantile(values, [], share) == quantile(values, share)


@given(VALUES, st.lists(st.floats(0, 1e6, allow_nan=False), max_size=30), SHARES)
@settings(max_examples=150)
@example([10.0], [20.0], 0.9)
def test_those_who_wait_never_make_a_quantile_shorter(
    values: list[float], waiting: list[float], share: float
) -> None:
    plain, counted = quantile(values, share), kaplan_meier_quantile(values, waiting, share)
    assert plain is not None
    assert counted is None or counted >= plain or any(one <= plain for one in waiting)


def test_kaplan_meier_by_hand() -> None:
    # ended at 6, 13, 21; waiting since 9, 20: survival 4/5, then 4/5 * 2/3, then 0
    assert kaplan_meier_quantile([6, 13, 21], [9, 20], 0.2) == 6
    assert kaplan_meier_quantile([6, 13, 21], [9, 20], 0.4) == 13
    assert kaplan_meier_quantile([6, 13, 21], [9, 20], 0.5) == 21
    assert kaplan_meier_quantile([6, 13], [9, 20], 0.9) is None


@given(st.lists(st.floats(0, 1e4, allow_nan=False), max_size=50))
@settings(max_examples=100)
def test_every_value_lies_in_one_bin(values: list[float]) -> None:
    edges = (0, 60, 120, 600)
    counts = histogram(values, edges)
    assert sum(counts) == len(values)
    assert counts[0] == sum(value < 60 for value in values)
    assert counts[-1] == sum(value >= 600 for value in values)
