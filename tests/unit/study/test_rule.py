"""The study's fast rule sends the unit that the decision room ranks first, and never breaks a bound."""

import pytest

from simulators.study.compare import Scene, Task, tasks
from simulators.study.demand import draw_calls
from simulators.study.geography import Geography, advice_of, draw, ground_of
from simulators.study.guard import Bounds as RuleBounds
from simulators.study.guard import choose
from simulators.study.scenario import load_study
from tests.unit.decide.decide_world import DISPATCH_RULES
from tests.unit.study.audit import Bounds
from tests.unit.study.states import twins


def scene_of(name: str, seed: int) -> tuple[Geography, Scene]:
    study = load_study(name)
    geography = draw(study, seed)
    scene = Scene(
        ("changsha", "zhuzhou", "xiangtan"),
        ground_of(geography, DISPATCH_RULES),
        geography.units,
        tuple(draw_calls(study, geography, DISPATCH_RULES, seed)),
        advice_of(geography, DISPATCH_RULES),
    )
    return geography, scene


@pytest.mark.parametrize("seed", range(4))
def test_study_and_decision_room_choose_the_same_unit_in_random_states(seed: int) -> None:
    pair = twins(seed)
    found = [pair.same() for _state in range(600)]
    assert [first for first, _ours, _lent in found] == [ours for _first, ours, _lent in found]
    assert sum(lent for _first, _ours, lent in found) > 20  # loans were among them
    assert any(first is None for first, _ours, _lent in found)


@pytest.mark.parametrize("name", ["busy", "changsha-surge", "xiangtan-half"])
def test_no_loan_and_no_queue_pull_breaks_a_bound(name: str) -> None:
    pulled = 0
    for seed in (3, 4):
        geography, scene = scene_of(name, seed)
        _run, trips = scene.trips("guarded", DISPATCH_RULES)
        audit = Bounds(geography, scene.calls, trips, scene.advice.where)
        assert audit.violations() == []
        assert audit.loans > 20
        pulled += audit.pulled_loans
    assert pulled or name == "busy"


def test_the_audit_sees_what_unguarded_lending_breaks() -> None:
    geography, scene = scene_of("changsha-surge", 3)
    _run, trips = scene.trips("closest", DISPATCH_RULES)
    broken = Bounds(geography, scene.calls, trips, scene.advice.where).violations()
    assert {line.rpartition(" ")[2] for line in broken} >= {"cap", "reserve", "gain"}


BOUND = RuleBounds(cap_min=35, reserve=(1, 1), gain_min=3, slack_min=2, target_min=15)


def no_loss(window: object) -> list[float]:
    return [0.0] * len(window)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("free", "chosen", "why"),
    [
        ([(10.0, 0, 0), (8.0, 1, 1), (30.0, 2, 1)], 0, "two minutes are not worth a loan"),
        ([(10.0, 0, 0), (7.0, 1, 1), (30.0, 2, 1)], 1, "three are"),
        ([(35.0, 1, 1), (40.0, 2, 1)], 1, "35 minutes are within the cap"),
        ([(35.01, 1, 1), (40.0, 2, 1)], None, "more are not"),
        ([(5.0, 1, 1)], None, "the last free unit stays"),
        ([], None, "nobody there"),
        ([(9.0, 3, 0), (9.0, 2, 0)], 2, "the lower id of two as near"),
    ],
)
def test_the_bounds_hold_to_the_minute(
    free: list[tuple[float, int, int]], chosen: int | None, why: str
) -> None:
    free_in = [sum(city == at for _m, _u, city in free) for at in (0, 1)]
    assert choose(free, 0, free_in, BOUND, no_loss) == chosen, why


def test_cover_decides_within_the_slack_but_never_gives_up_the_target() -> None:
    free = [(14.0, 0, 0), (14.9, 1, 0), (15.5, 2, 0)]
    losses = {0: 3.0, 1: 2.0, 2: 1.0}
    loss = lambda window: [losses[unit] for unit in window]  # noqa: E731
    assert choose(free, 0, [3, 0], BOUND, loss) == 1
    late = [(16.0, 0, 0), (17.9, 1, 0), (18.1, 2, 0)]
    assert choose(late, 0, [3, 0], BOUND, loss) == 1


def test_replications_differ_in_their_calls_and_share_them_between_policies() -> None:
    work: list[Task] = tasks(load_study("normal"), DISPATCH_RULES, ("own", "guarded"), 4, 1, 2)
    assert len({task.seed for task in work}) == 4
    assert [task.geography_seed for task in work] == [1, 2, 1, 2]
