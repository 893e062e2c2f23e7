"""A leak is told from the ups and downs of a program that runs for hours."""

import random

import pytest

from tests.load.slope import slope_of

MB = 1_048_576
SECONDS = [float(10 * number) for number in range(600)]


def around(level: float, per_hour: float, noise: float, seed: int = 1) -> list[float]:
    chance = random.Random(seed)
    return [level + per_hour * second / 3600 + chance.gauss(0, noise) for second in SECONDS]


@pytest.mark.parametrize("seed", range(20))
def test_ups_and_downs_about_a_level_are_no_growth(seed: int) -> None:
    assert not slope_of(SECONDS, around(100 * MB, 0, 3 * MB, seed)).grows(0.02, 2 * MB)


@pytest.mark.parametrize("seed", range(20))
def test_a_leak_of_three_megabytes_an_hour_is_found_under_noise(seed: int) -> None:
    slope = slope_of(SECONDS, around(100 * MB, 3 * MB, MB, seed))
    assert slope.per_hour == pytest.approx(3 * MB, rel=0.3)
    assert slope.grows(0.02, 2 * MB)


def test_what_grows_surely_but_hardly_is_let_pass() -> None:
    slope = slope_of(SECONDS, around(100 * MB, 0.2 * MB, 0.001 * MB))
    assert slope.least > 0
    assert not slope.grows(0.02, 2 * MB)


def test_one_spike_is_no_growth() -> None:
    values = around(100 * MB, 0, MB)
    values[-30:] = [300 * MB] * 30
    assert not slope_of(SECONDS, values).grows(0.02, 2 * MB)


def test_a_descriptor_lost_now_and_then_is_found() -> None:
    values = [20.0 + number // 150 for number in range(600)]
    assert slope_of(SECONDS, values).grows(0.0, 2)
    assert not slope_of(SECONDS, [20.0 + number % 2 for number in range(600)]).grows(0.0, 2)


def test_a_few_samples_say_nothing() -> None:
    with pytest.raises(ValueError, match="too few"):
        slope_of([0.0, 10.0, 20.0], [1.0, 2.0, 3.0])
