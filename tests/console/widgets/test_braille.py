"""The dot canvas: every dot counts, lines are clipped, each symbol set draws the same picture."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.console.widgets.braille import DOT_SETS, Canvas, clip

coordinate = st.floats(min_value=-500, max_value=500, allow_nan=False)


def test_dots_that_share_a_cell_are_all_kept() -> None:
    canvas = Canvas(1, 1, DOT_SETS["braille"])
    canvas.points(np.array([0.0, 1.0, 0.0]), np.array([0.0, 3.0, 2.0]), 1)
    assert canvas.characters()[0, 0] == chr(0x2800 + 1 + 128 + 4)


@pytest.mark.parametrize(("name", "full"), [("braille", "⣿"), ("block", "█"), ("ascii", ".")])
def test_a_cell_with_every_dot_is_full_in_every_set(name: str, full: str) -> None:
    dots = DOT_SETS[name]
    canvas = Canvas(1, 1, dots)
    y, x = np.mgrid[0 : dots.down, 0 : dots.across].astype(float)
    canvas.points(x.ravel(), y.ravel(), 1)
    assert canvas.characters()[0, 0] == full


def test_an_empty_cell_is_a_space_and_never_a_blank_of_braille() -> None:
    assert set(Canvas(3, 2, DOT_SETS["braille"]).characters().ravel()) == {" "}


def test_points_outside_and_points_that_are_no_number_are_left_out() -> None:
    canvas = Canvas(2, 2, DOT_SETS["braille"])
    canvas.points(np.array([-1.0, 4.0, np.nan, 1e9]), np.array([0.0, 0.0, 0.0, -1e9]), 1)
    assert set(canvas.characters().ravel()) == {" "}


def test_a_diagonal_goes_through_every_cell_on_its_way() -> None:
    canvas = Canvas(4, 2, DOT_SETS["braille"])
    canvas.lines(np.array([[0.0, 0.0, 7.9, 7.9]]), 1)
    assert [[bool(c.strip()) for c in row] for row in canvas.characters()] == [
        [True, True, False, False],
        [False, False, True, True],
    ]


@given(st.lists(st.tuples(coordinate, coordinate, coordinate, coordinate), min_size=1, max_size=20))
def test_what_is_clipped_lies_inside_and_on_the_line(many: list[tuple[float, float, float, float]]) -> None:
    segments = np.array(many)
    clipped = clip(segments, 100, 50)
    assert len(clipped) <= len(segments)
    assert (clipped >= -1e-6).all()
    assert (clipped[:, [0, 2]] <= 100 + 1e-6).all()
    assert (clipped[:, [1, 3]] <= 50 + 1e-6).all()


def test_a_line_that_crosses_the_canvas_from_far_outside_is_drawn() -> None:
    canvas = Canvas(10, 5, DOT_SETS["braille"])
    canvas.lines(np.array([[-1e6, 10.0, 1e6, 10.0]]), 1)
    assert all(c.strip() for c in canvas.characters()[2])


def test_five_thousand_points_take_a_few_milliseconds() -> None:
    random = np.random.default_rng(1)
    x, y = random.uniform(0, 320, 5000), random.uniform(0, 180, 5000)
    took = []
    for _round in range(20):
        start = time.perf_counter()
        canvas = Canvas(160, 45, DOT_SETS["braille"])
        canvas.points(x, y, 1)
        canvas.characters()
        took.append(time.perf_counter() - start)
    assert sorted(took)[10] < 0.02
