"""Phases: by the table, and never flapping within their band."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from dispatch.blood.phases import count_phase_after, phase_after, phase_at
from dispatch.blood.rules import RANK, CountFloor, Phase, PhaseRule
from dispatch.domain.blood import ComponentCode
from dispatch.settings import load
from tests.unit.blood.blood_world import O_NEG, PLATELETS, RED, rules

G, P, A, R = Phase.GREEN, Phase.PRE_AMBER, Phase.AMBER, Phase.RED
RULE = rules().phases[0]
FLOOR = CountFloor(component=RED, group=O_NEG, least=2, back=1)


@pytest.mark.parametrize(
    ("days", "phase"),
    [(6.0, G), (3.0, G), (2.99, P), (2.0, P), (1.99, A), (1.0, A), (0.99, R), (0.0, R)],
)
def test_red_cells_go_by_three_two_and_one_days(days: float, phase: Phase) -> None:
    assert phase_at(days, RULE) is phase


def test_platelets_go_by_one_day() -> None:
    rule = rules().phase_rule(PLATELETS)
    assert rule is not None
    assert (phase_at(1.0, rule), phase_at(0.9, rule), phase_at(0.0, rule)) == (G, P, P)


@pytest.mark.parametrize(
    ("before", "days", "after"),
    [
        (None, 2.4, P), (G, 2.9, P), (P, 3.2, P), (P, 3.5, G), (G, 3.2, G), (P, 1.5, A), (A, 2.3, A),
        (A, 2.5, P), (A, 3.4, P), (A, 9.0, G), (R, 1.4, R), (R, 1.5, A), (R, 2.2, A), (G, 0.0, R),
    ],
)  # fmt: skip
def test_it_is_worse_at_once_and_better_only_well_over_the_threshold(
    before: Phase | None, days: float, after: Phase
) -> None:
    assert phase_after(before, days, RULE) is after


@settings(max_examples=200, deadline=None)
@given(
    threshold=st.sampled_from([1.0, 2.0, 3.0]),
    moves=st.lists(st.floats(0, 0.499), min_size=1, max_size=30),
    before=st.sampled_from(list(Phase)),
)
def test_a_supply_that_moves_within_the_band_changes_its_phase_once_at_most(
    threshold: float, moves: list[float], before: Phase
) -> None:
    seen = [before]
    for move in moves:
        seen.append(phase_after(seen[-1], threshold + move, RULE))
    changes = [after for one, after in pairwise(seen) if one is not after]
    assert len(changes) <= 1


@settings(max_examples=200, deadline=None)
@given(before=st.sampled_from([None, *Phase]), days=st.floats(0, 10))
def test_a_phase_is_never_better_than_the_thresholds_say(before: Phase | None, days: float) -> None:
    assert RANK[phase_after(before, days, RULE)] >= RANK[phase_at(days, RULE)]


@pytest.mark.parametrize(
    ("before", "units", "after"),
    [(None, 2, G), (None, 1, A), (None, 0, R), (A, 2, A), (A, 3, G), (R, 1, A), (R, 2, A), (G, 2, G)],
)
def test_a_count_is_short_below_its_floor_and_enough_again_one_above(
    before: Phase | None, units: int, after: Phase
) -> None:
    assert count_phase_after(before, units, FLOOR) is after


def test_thresholds_that_do_not_fall_are_refused() -> None:
    with pytest.raises(ValidationError, match=r"must fall|须递减"):
        PhaseRule(component=ComponentCode("x"), pre_amber_days=2, amber_days=2, back_days=0)


def test_the_shipped_rules_say_what_is_known_and_that_nobody_signed_them() -> None:
    shipped = load().cover_rules
    red = shipped.phase_rule(RED)
    assert red is not None
    assert (red.target_days, red.pre_amber_days, red.amber_days, red.red_days) == (6, 3, 2, 1)
    platelets = shipped.phase_rule(PLATELETS)
    assert platelets is not None
    assert platelets.pre_amber_days == 1
    assert (shipped.window_days, shipped.least_issues, shipped.signed_by) == (28, 7, ())
