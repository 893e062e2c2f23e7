"""Expected outdates against counting out every course of demand, and against chance."""

from itertools import product
from math import comb, exp, factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.blood.outdates import demand_chances, expected_outdates


def poisson(mean: float, count: int) -> float:
    return exp(-mean) * mean**count / factorial(count)


def counted_out(lots: list[int], means: list[float], most: int = 25) -> list[float]:
    """Every course of demand up to `most` an interval, first in, first out, one unit at a time."""
    expected = [0.0] * len(lots)
    for course in product(range(most), repeat=len(lots)):
        chance = 1.0
        for number, wanted in enumerate(course):
            chance *= poisson(means[number], wanted)
        for number, units in enumerate(_outdated(lots, course)):
            expected[number] += chance * units
    return expected


def _outdated(lots: list[int], course: tuple[int, ...]) -> list[int]:
    left, outdated = list(lots), []
    for number, demand in enumerate(course):
        wanted = demand
        for place in range(number, len(lots)):
            taken = min(left[place], wanted)
            left[place] -= taken
            wanted -= taken
        outdated.append(left[number])
        left[number] = 0
    return outdated


@pytest.mark.parametrize(
    ("lots", "means"),
    [([3], [1.5]), ([2, 3], [0.5, 2.0]), ([5, 1], [1.0, 0.3]), ([1, 4, 2], [0.4, 1.5, 1.0])],
)
def test_outdates_are_those_of_every_course_of_demand(lots: list[int], means: list[float]) -> None:
    ends = np.cumsum(lots).tolist()
    found = expected_outdates(ends, means, fano=1.0)
    assert found == pytest.approx(counted_out(lots, means, most=16), abs=1e-6)


def test_one_lot_outdates_by_what_demand_falls_short_of_it() -> None:
    short = sum((4 - count) * poisson(2.5, count) for count in range(4))
    assert expected_outdates([4], [2.5], 1.0)[0] == pytest.approx(short)


@given(st.floats(0.05, 30), st.floats(1.0, 6.0))
@settings(max_examples=60, deadline=None)
def test_demand_has_the_mean_and_the_spread_it_was_given(mean: float, fano: float) -> None:
    chances = demand_chances(mean, fano, 900)
    counts = np.arange(900)
    average = float(chances @ counts)
    assert float(chances.sum()) == pytest.approx(1, abs=1e-6)
    assert average == pytest.approx(mean, rel=1e-4)
    assert float(chances @ (counts - average) ** 2) == pytest.approx(mean * fano, rel=1e-3)


def test_a_negative_binomial_is_that_of_the_books() -> None:
    size, p = 3, 0.5  # mean 3, variance 6
    by_book = [comb(k + size - 1, k) * p**size * (1 - p) ** k for k in range(10)]
    assert demand_chances(3.0, 2.0, 10) == pytest.approx(by_book)


def test_nothing_on_the_shelf_outdates_nothing_and_no_demand_outdates_all() -> None:
    assert expected_outdates([], [], 1.0).sum() == 0
    assert expected_outdates([7, 9], [0.0, 0.0], 2.0).tolist() == pytest.approx([7, 2])


def test_a_long_queue_is_counted_coarsely_and_still_nearly_right() -> None:
    found = float(expected_outdates([2000], [1500.0], 1.0)[0])
    assert found == pytest.approx(500, rel=0.02)
