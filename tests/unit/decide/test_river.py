"""The bank a point lies on, against the plain count of crossings piece by piece."""

import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.decide.river import bank_side
from tests.unit.decide.decide_world import river

Point = tuple[float, float]
RIVER = tuple(river())
GRID = [round(27 + 0.25 * step, 2) for step in range(9)]  # so that latitudes meet those of the line
POINTS = st.tuples(st.sampled_from(GRID) | st.floats(26.5, 29.5), st.floats(112, 114))


def crossings(line: tuple[Point, ...], lat: float, lon: float) -> int:
    """How many pieces of the line, which goes on to both poles, lie due east of a point."""
    ends = ((-90.0, line[0][1]), *line, (90.0, line[-1][1]))
    count = 0
    for (a_lat, a_lon), (b_lat, b_lon) in pairwise(ends):
        if (a_lat > lat) != (b_lat > lat):
            count += a_lon + (lat - a_lat) * (b_lon - a_lon) / (b_lat - a_lat) > lon
    return count


@given(line=st.lists(POINTS, min_size=1, max_size=12), points=st.lists(POINTS, min_size=1, max_size=8))
def test_any_line_parts_the_map_as_counting_its_crossings_does(
    line: list[Point], points: list[Point]
) -> None:
    lat, lon = np.array(points).T
    odd = [crossings(tuple(line), *point) % 2 == 1 for point in points]
    assert bank_side(tuple(line), lat, lon).tolist() == odd


def test_the_river_of_the_three_cities_too() -> None:
    chance = random.Random(4)
    points = [(chance.uniform(27.5, 28.6), chance.uniform(112.6, 113.4)) for _ in range(3_000)]
    lat, lon = np.array(points).T
    odd = [crossings(RIVER, *point) % 2 == 1 for point in points]
    assert bank_side(RIVER, lat, lon).tolist() == odd
    assert 300 < sum(odd) < 2_700


@pytest.mark.parametrize(("lat", "lon"), [(np.nan, np.nan), (28.2, np.nan), (np.nan, 113.0), (90.0, 113.0)])
def test_a_point_that_is_not_known_lies_on_the_first_bank(lat: float, lon: float) -> None:
    assert bank_side(RIVER, np.array([lat]), np.array([lon])).tolist() == [False]
