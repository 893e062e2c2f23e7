"""Units shared out among many: the optimum of every small case by trying all, and no bound ever violated."""

from dataclasses import replace
from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from dispatch.decide.sharing import NOBODY, Sharing, one_by_one, share_out

CAP, GAIN = (35.0, 30.0, 25.0), (1.0, 3.0, 5.0)
WEIGHTS = (4, 2, 1)


@st.composite
def cases(draw: st.DrawFn, units: int = 5, jobs: int = 4) -> Sharing:
    many, wanted = draw(st.integers(0, units)), draw(st.integers(1, jobs))
    numbers = st.floats(1, 45, width=32).map(lambda value: round(value, 3))
    minutes = np.array(
        [[draw(numbers | st.just(float("nan"))) for _job in range(wanted)] for _unit in range(many)]
    ).reshape(many, wanted)
    unit_city = np.array([draw(st.integers(0, 2)) for _unit in range(many)], np.int64)
    urgency = np.array([draw(st.integers(0, 2)) for _job in range(wanted)], np.int64)
    # free units that cannot do any of the jobs count for the reserve too
    free = tuple(int((unit_city == city).sum()) + draw(st.integers(0, 1)) for city in range(3))
    reserve = tuple(tuple(sorted(draw(st.integers(0, 3)) for _u in range(3))) for _city in range(3))
    return Sharing(
        minutes=minutes,
        unit_city=unit_city,
        job_city=np.array([draw(st.integers(0, 2)) for _job in range(wanted)], np.int64),
        urgency=urgency,
        patients=np.array([draw(st.integers(1, 2)) for _job in range(wanted)], np.int64),
        weight=np.array([WEIGHTS[each] for each in urgency], np.int64),
        free=free,
        reserve=reserve,  # type: ignore[arg-type]
        cap_min=CAP,
        gain_min=GAIN,
    )


def faults(case: Sharing, chosen: tuple[int, ...], *, gain: bool = True) -> list[str]:
    """Every bound that an assignment violates, by the words of the rule."""
    used = [unit for unit in chosen if unit != NOBODY]
    found = [] if len(set(used)) == len(used) else ["one unit twice"]
    pairs = [(unit, job) for job, unit in enumerate(chosen) if unit != NOBODY]
    found += ["cannot do it" for pair in pairs if np.isnan(case.minutes[pair])]
    loans = [(u, j) for u, j in pairs if case.unit_city[u] != case.job_city[j]]
    for unit, job in loans:
        lender, asking, urgency = int(case.unit_city[unit]), case.job_city[job], case.urgency[job]
        lent = sum(int(case.unit_city[each]) == lender for each, _job in loans)
        own_patients = sum(
            city == lender and other <= urgency
            for city, other in zip(case.job_city, case.urgency, strict=True)
        )
        if case.minutes[unit, job] > CAP[urgency]:
            found.append("over the cap")
        if case.free[lender] - lent - own_patients < case.reserve[lender][urgency]:
            found.append("below the reserve")
        own = [
            case.minutes[each, job]
            for each in range(len(case.unit_city))
            if each not in used and case.unit_city[each] == asking and not np.isnan(case.minutes[each, job])
        ]
        if gain and own and min(own) - case.minutes[unit, job] < GAIN[urgency] - 1e-6:
            found.append("too little gained over an unused own unit")
    return found


def merit(case: Sharing, chosen: tuple[int, ...]) -> tuple[float, ...]:
    """Uncovered patients by priority, then weighted minutes; a loan counts what it must gain as well."""
    left, total = [0, 0, 0], 0.0
    for job, unit in enumerate(chosen):
        urgency, patients = int(case.urgency[job]), int(case.patients[job])
        if unit == NOBODY:
            left[urgency] += patients
            continue
        lent = GAIN[urgency] if case.unit_city[unit] != case.job_city[job] else 0.0
        total += WEIGHTS[urgency] * patients * (float(case.minutes[unit, job]) + lent)
    return (*left, total)


@settings(max_examples=250, deadline=None)
@given(cases())
def test_it_is_the_best_of_all_assignments_that_keep_the_bounds(case: Sharing) -> None:
    every = product(range(-1, len(case.unit_city)), repeat=len(case.job_city))
    best = min(merit(case, chosen) for chosen in every if not faults(case, chosen, gain=False))
    reached = merit(case, share_out(case))
    assert reached[:3] == best[:3]
    assert abs(reached[3] - best[3]) < 1e-3


@settings(max_examples=250, deadline=None)
@given(cases(units=14, jobs=10))
def test_no_bound_is_ever_violated(case: Sharing) -> None:
    assert faults(case, share_out(case)) == []


@settings(max_examples=100, deadline=None)
@given(cases(units=8, jobs=6), st.randoms(use_true_random=False))
def test_the_order_of_units_and_jobs_changes_nothing_but_the_order(case: Sharing, shuffle) -> None:  # type: ignore[no-untyped-def]
    units, jobs = list(range(len(case.unit_city))), list(range(len(case.job_city)))
    shuffle.shuffle(units)
    shuffle.shuffle(jobs)
    other = Sharing(
        minutes=case.minutes[np.ix_(units, jobs)],
        unit_city=case.unit_city[units],
        job_city=case.job_city[jobs],
        urgency=case.urgency[jobs],
        patients=case.patients[jobs],
        weight=case.weight[jobs],
        free=case.free,
        reserve=case.reserve,
        cap_min=CAP,
        gain_min=GAIN,
    )
    here, there = merit(case, share_out(case)), merit(other, share_out(other))
    assert here[:3] == there[:3]
    assert abs(here[3] - there[3]) < 1e-3
    assert share_out(case) == share_out(case)


@settings(max_examples=150, deadline=None)
@given(cases(units=10, jobs=8))
def test_one_by_one_keeps_the_bounds_of_lenders_and_never_covers_more(case: Sharing) -> None:
    order = sorted(range(len(case.job_city)), key=lambda job: case.urgency[job])
    for way in (order, list(range(len(case.job_city)))):
        chosen = one_by_one(case, way)
        assert faults(case, chosen, gain=False) == []
        assert merit(case, share_out(case))[:3] <= merit(case, chosen)[:3]


@settings(max_examples=100, deadline=None)
@given(cases(units=12, jobs=8))
def test_without_neighbours_it_is_the_plain_assignment(case: Sharing) -> None:
    minutes = np.nan_to_num(case.minutes, nan=30.0)
    one_city = replace(
        case,
        minutes=minutes,
        unit_city=np.zeros_like(case.unit_city),
        job_city=np.zeros_like(case.job_city),
        urgency=np.zeros_like(case.urgency),
        patients=np.ones_like(case.patients),
        weight=np.ones_like(case.weight),
    )
    rows, columns = linear_sum_assignment(one_city.cost)
    found = share_out(one_city)
    assert sum(unit != NOBODY for unit in found) == len(rows)
    reached = sum(one_city.cost[unit, job] for job, unit in enumerate(found) if unit != NOBODY)
    assert abs(reached - one_city.cost[rows, columns].sum()) < 1e-6


def test_a_thousand_patients_and_many_units_are_shared_out_in_a_moment() -> None:
    rng = np.random.default_rng(4)
    units, jobs = 120, 1000
    urgency = np.repeat([0, 1, 2], [200, 300, 500])
    case = Sharing(
        minutes=np.repeat(rng.uniform(3, 60, (units, 2)), jobs // 2, axis=1),
        unit_city=rng.integers(0, 3, units),
        job_city=np.zeros(jobs, np.int64),
        urgency=urgency,
        patients=np.ones(jobs, np.int64),
        weight=np.array(WEIGHTS)[urgency],
        free=(60, 60, 60),
        reserve=((4, 12, 20),) * 3,
        cap_min=CAP,
        gain_min=GAIN,
    )
    chosen = share_out(case)
    assert faults(case, chosen) == []
    own = [job for job, unit in enumerate(chosen) if unit != NOBODY and case.unit_city[unit] == 0]
    assert len(own) == (case.unit_city == 0).sum()
    assert max(own) < 200  # the gravest first
