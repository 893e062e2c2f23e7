"""The hindsight optimum: for small drills every plan is tried, and the best lies between the two numbers."""

from itertools import permutations, product

import numpy as np
import pytest

from dispatch.report.hindsight import (
    Floats,
    Plan,
    Problem,
    best_found,
    bound,
    cost,
    greedy,
    played,
    responses,
    total,
)


def drawn(seed: int, units: int, jobs: int, *, busy: bool) -> Problem:
    """A random drill on a plane; `busy`: calls so close that they wait for one another."""
    rng = np.random.default_rng(seed)
    bases, places = rng.uniform(0, 20, (units, 2)), rng.uniform(0, 20, (jobs, 2))
    ends = rng.uniform(0, 20, (jobs, 2))

    def drive(a: Floats, b: Floats) -> Floats:
        return np.hypot(a[:, None, 0] - b[None, :, 0], a[:, None, 1] - b[None, :, 1])

    may = rng.random((units, jobs)) < 0.8
    may[0] = True
    away = [[(5.0, 30.0)] if rng.random() < 0.3 else [] for _unit in range(units)]
    return Problem(
        called=np.sort(rng.uniform(0, 20 if busy else 600, jobs)),
        service=rng.uniform(10, 40, jobs),
        weight=rng.choice([4.0, 2.0, 1.0], jobs),
        from_base=drive(bases, places),
        from_job=drive(ends, places),
        home=drive(ends, bases),
        extra=rng.choice([0.0, 3.0], (units, jobs)),
        may=may,
        away=away,
        allowed=frozenset(),
        turnout_base=2.0,
        turnout_road=1.0,
    )


def every_plan(problem: Problem) -> float:
    """The least total of all plans: each way to give jobs to units, in each order."""
    best = np.inf
    for given in product(range(problem.units), repeat=problem.jobs):
        if not all(problem.may[unit, job] for job, unit in enumerate(given)):
            continue
        lists = [[job for job, to in enumerate(given) if to == unit] for unit in range(problem.units)]
        best = min(
            best,
            sum(
                min(cost(problem, unit, order) for order in permutations(jobs))
                for unit, jobs in enumerate(lists)
            ),
        )
    return best


@pytest.mark.parametrize("busy", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_the_optimum_of_every_plan_lies_between_the_bound_and_the_plan_that_is_found(
    seed: int, busy: bool
) -> None:
    problem = drawn(seed, units=3, jobs=5, busy=busy)
    exact, found = every_plan(problem), total(problem, best_found(problem))
    assert bound(problem) <= exact + 1e-9
    assert exact <= found + 1e-9
    assert found <= 1.1 * exact


@pytest.mark.parametrize("seed", range(5))
def test_a_plan_that_is_found_does_every_job_once_and_is_no_worse_than_where_it_began(seed: int) -> None:
    problem = drawn(seed, units=6, jobs=30, busy=True)
    start: Plan = [list(range(30)), [], [], [], [], []]
    found = best_found(problem, start)
    assert sorted(job for jobs in found for job in jobs) == list(range(30))
    assert all(problem.may[unit, job] for unit, jobs in enumerate(found) for job in jobs)
    assert total(problem, found) <= min(total(problem, start), total(problem, greedy(problem, range(30))))
    assert bound(problem) <= total(problem, found)
    assert not np.isnan(played(problem, found)).any()


def one_unit(called: list[float], away: list[tuple[float, float]]) -> Problem:
    jobs = len(called)
    return Problem(
        called=np.array(called),
        service=np.full(jobs, 30.0),
        weight=np.ones(jobs),
        from_base=np.full((1, jobs), 10.0),
        from_job=np.full((jobs, jobs), 4.0),
        home=np.full((jobs, 1), 20.0),
        extra=np.zeros((1, jobs)),
        may=np.ones((1, jobs), np.bool_),
        away=[away],
        allowed=frozenset({(0, 0)}),
        turnout_base=2.0,
        turnout_road=1.0,
    )


def test_a_unit_counts_where_it_was_until_half_the_way_home_and_turns_out_as_on_the_road_until_home() -> None:
    problem = one_unit([0.0, 45.0, 100.0, 200.0], [])
    # free at 42; called at 45: 3 min gone of 20, so from the job's end, on the road
    # free at 80; called at 100: home, from base; free at 142; called at 200: home
    assert responses(problem, 0, [0, 1, 2, 3]) == pytest.approx([12, 5, 12, 12])
    assert responses(problem, 0, [0, 1]) == pytest.approx([12, 5])
    waits = one_unit([0.0, 1.0], [])
    assert responses(waits, 0, [0, 1]) == pytest.approx([12, 42 + 5 - 1])


def test_a_unit_off_duty_is_sent_when_it_is_back_unless_it_was_really_sent() -> None:
    problem = one_unit([5.0, 8.0], [(0.0, 50.0)])
    assert responses(problem, 0, [0]) == pytest.approx([12])  # it was
    assert responses(problem, 0, [1]) == pytest.approx([50 - 8 + 12])
