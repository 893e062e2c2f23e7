"""The hindsight optimum: for small drills every plan is tried, and the best lies between the two numbers."""

from dataclasses import replace
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
    legs,
    played,
    responses,
    total,
)
from dispatch.report.within_rules import Lending, best_within, broken


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


def lending_drawn(seed: int, units: int, jobs: int) -> Lending:
    """Two cities; caps, gains and reserves that bind."""
    rng = np.random.default_rng(1_000 + seed)
    return Lending(
        unit_city=[unit % 2 for unit in range(units)],
        job_city=rng.integers(0, 2, jobs).tolist(),
        cap_min=rng.choice([8.0, 15.0, 35.0], jobs).tolist(),
        gain_min=rng.choice([0.0, 3.0], jobs).tolist(),
        reserve_share=rng.choice([0.1, 0.5], jobs).tolist(),
        fleet=[units - units // 2, units // 2],
    )


def against_the_rules(problem: Problem, lending: Lending, plan: Plan) -> int:
    """The rules once more, said another way: a clock that stops at every sending."""
    legs_of = {unit: legs(problem, unit, jobs) for unit, jobs in enumerate(plan)}
    count = 0
    for unit, mine in legs_of.items():
        for leg in mine:
            if lending.unit_city[unit] == lending.job_city[leg.job] or (unit, leg.job) in problem.allowed:
                continue
            minutes, standing = leg.arrival - leg.start, set()
            for other, theirs in legs_of.items():
                busy = any(one.start <= leg.start < one.free for one in theirs)
                off = any(begin <= leg.start < end for begin, end in problem.away[other])
                if other != unit and not busy and not off:
                    standing.add(other)
            lender = [one for one in standing if lending.unit_city[one] == lending.unit_city[unit]]
            own = []
            for other in standing:
                if lending.unit_city[other] != lending.job_city[leg.job] or not problem.may[other, leg.job]:
                    continue
                before = [one for one in legs_of[other] if one.free <= leg.start]
                order = [*(one.job for one in before), leg.job]
                first = legs(problem, other, order)[-1]
                own.append(first.arrival - first.start)
            share = lending.reserve_share[leg.job] * lending.fleet[lending.unit_city[unit]]
            count += (
                minutes > lending.cap_min[leg.job]
                or len(lender) < share - 1e-9
                or (bool(own) and min(own) - minutes < lending.gain_min[leg.job])
            )
    return count


@pytest.mark.parametrize("busy", [False, True])
@pytest.mark.parametrize("seed", range(10))
def test_a_plan_within_the_rules_breaks_none_and_costs_no_less_than_one_without(
    seed: int, busy: bool
) -> None:
    problem, lending = drawn(seed, units=6, jobs=14, busy=busy), lending_drawn(seed, 6, 14)
    problem.may[:2] = True  # one unit of each city is fitted for everything
    within = best_within(problem, lending)
    assert against_the_rules(problem, lending, within) == 0
    assert not list(broken(problem, lending, within))
    assert sorted(job for jobs in within for job in jobs) == list(range(14))
    free = best_found(problem, within)
    assert bound(problem) <= total(problem, free) + 1e-9 <= total(problem, within) + 2e-9


def test_the_rules_bind_somewhere_and_a_loan_that_was_made_stands() -> None:
    bound_by_rules = 0
    for seed in range(10):
        problem, lending = drawn(seed, units=6, jobs=14, busy=True), lending_drawn(seed, 6, 14)
        problem.may[:2] = True
        free = best_found(problem)
        wrong = list(broken(problem, lending, free))
        bound_by_rules += bool(wrong)
        made = replace(problem, allowed=frozenset(wrong))
        assert not list(broken(made, lending, free))
    assert bound_by_rules >= 5


def every_plan_within(problem: Problem, lending: Lending) -> float:
    """The least total of all plans that lend nothing against the rules."""
    best = np.inf
    for given in product(range(problem.units), repeat=problem.jobs):
        if not all(problem.may[unit, job] for job, unit in enumerate(given)):
            continue
        lists = [[job for job, to in enumerate(given) if to == unit] for unit in range(problem.units)]
        for orders in product(*(list(permutations(jobs)) for jobs in lists)):
            plan: Plan = [list(order) for order in orders]
            minutes = total(problem, plan)
            if minutes < best and not against_the_rules(problem, lending, plan):
                best = minutes
    return best


@pytest.mark.parametrize("busy", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_the_optimum_within_the_rules_lies_between_the_bound_and_the_plan_that_is_found(
    seed: int, busy: bool
) -> None:
    problem, lending = drawn(seed, units=4, jobs=4, busy=busy), lending_drawn(seed, 4, 4)
    problem.may[:2] = True  # one unit of each city is fitted for everything
    exact, found = every_plan_within(problem, lending), total(problem, best_within(problem, lending))
    assert bound(problem) <= every_plan(problem) + 1e-9 <= exact + 2e-9
    assert exact <= found + 1e-9
    print(seed, busy, every_plan(problem), exact, found, found / exact)
