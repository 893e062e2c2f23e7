"""The least weighted response that anybody could have had who knew each call in advance: between two numbers.

Which unit takes which call, and in which order, with all calls known, is a machine scheduling problem with
release times and set-up times, and hard. So two numbers stand in for its optimum: the best plan that a local
search finds (it can really be driven, so the optimum is no worse), and a bound by a linear assignment that
relaxes the problem (the optimum is no better). All plans are played by one model, the dispatched one as well:

- a unit is sent at the moment of the call, or as soon as it is through with what it does before it;
- turnout, then the drive by the travel law at the hour of the call, then acceptance across a city line;
- it is free again the service time after its arrival, which belongs to the call and not to the unit;
- then it drives home; until half of that drive is over it counts as where it was, afterwards as at its base;
- off duty it is not sent, except where the logs show that it was.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Plan = list[list[int]]
"""For each unit its jobs, in the order in which it does them."""
ROUNDS = 40
"""The search gives up after so many rounds; mostly it ends much earlier, where no change helps."""
LOOK = 4
"""Places in a unit's list on either side of the time of a job that it is tried at."""
NEAR = 16
"""Units that a job is tried with: those that are soonest there from their bases, and those of the plan."""


@dataclass(frozen=True, slots=True)
class Problem:
    """J jobs (one crew at one call each) and V units; minutes throughout.

    `called` (J): when the call came. `service` (J): from the arrival of a crew until it is free again.
    `weight` (J). `from_base` (V, J): drive from each base to each job. `from_job` (J, J): drive from where
    job k leaves its crew to job j. `home` (J, V): drive from there to each base. `extra` (V, J): acceptance.
    `may` (V, J): whether a unit is fitted for a job. `away` of each unit: when it was off duty. `allowed`:
    (unit, job) pairs that were driven, whatever the other two say.
    """

    called: Floats
    service: Floats
    weight: Floats
    from_base: Floats
    from_job: Floats
    home: Floats
    extra: Floats
    may: NDArray[np.bool_]
    away: Sequence[Sequence[tuple[float, float]]]
    allowed: frozenset[tuple[int, int]]
    turnout_base: float
    turnout_road: float

    @property
    def jobs(self) -> int:
        return len(self.called)

    @property
    def units(self) -> int:
        return len(self.away)

    def ready(self, unit: int, job: int, moment: float) -> float:
        """The first moment from `moment` on at which a unit may be sent."""
        if (unit, job) not in self.allowed:
            for start, end in self.away[unit]:
                if start <= moment < end:
                    moment = end
        return moment


@dataclass(frozen=True, slots=True)
class Leg:
    """One job of a unit: when it is sent, when it is there, and when it is through. Minutes."""

    job: int
    start: float
    arrival: float
    free: float


def legs(problem: Problem, unit: int, jobs: Sequence[int]) -> list[Leg]:
    """What one unit does, in this order."""
    found: list[Leg] = []
    last: Leg | None = None
    for job in jobs:
        free = -np.inf if last is None else last.free
        start = problem.ready(unit, job, max(float(problem.called[job]), free))
        arrival = start + drive_of(problem, unit, job, start, last)
        last = Leg(job, start, arrival, arrival + float(problem.service[job]))
        found.append(last)
    return found


def drive_of(problem: Problem, unit: int, job: int, start: float, last: Leg | None) -> float:
    """Minutes from the order to the scene for a unit that was through with `last` before."""
    if last is None:
        drive, turnout = problem.from_base[unit, job], problem.turnout_base
    else:
        gone, home = start - last.free, problem.home[last.job, unit]
        at_base = gone >= home / 2
        drive = problem.from_base[unit, job] if at_base else problem.from_job[last.job, job]
        turnout = problem.turnout_base if gone >= home else problem.turnout_road
    return turnout + float(drive) + float(problem.extra[unit, job])


def responses(problem: Problem, unit: int, jobs: Sequence[int]) -> list[float]:
    """Minutes from call to arrival of each job of one unit, done in this order."""
    return [leg.arrival - float(problem.called[leg.job]) for leg in legs(problem, unit, jobs)]


def cost(problem: Problem, unit: int, jobs: Sequence[int]) -> float:
    """Weighted minutes of one unit's jobs."""
    got = zip(responses(problem, unit, jobs), jobs, strict=True)
    return sum(minutes * float(problem.weight[job]) for minutes, job in got)


def played(problem: Problem, plan: Plan) -> Floats:
    """Minutes of every job under a plan; NaN: nobody does it."""
    minutes = np.full(problem.jobs, np.nan)
    for unit, jobs in enumerate(plan):
        minutes[list(jobs)] = responses(problem, unit, jobs)
    return minutes


# --- a plan that can be driven ------------------------------------------------------------------------------


def best_found(problem: Problem, *starts: Plan) -> Plan:
    """The best plan that moving one job, or changing two, leads to from any of the starts; never exact."""
    by_time = np.argsort(problem.called, kind="stable").tolist()
    by_weight = np.lexsort((problem.called, -problem.weight)).tolist()
    begun = (*starts, greedy(problem, by_time), greedy(problem, by_weight))
    found = [_searched(problem, [list(jobs) for jobs in start]) for start in begun]
    return min(found, key=lambda plan: total(problem, plan))


def total(problem: Problem, plan: Plan) -> float:
    """Weighted minutes of a plan."""
    return sum(cost(problem, unit, jobs) for unit, jobs in enumerate(plan))


def greedy(problem: Problem, order: Sequence[int]) -> Plan:
    """Job by job in this order, each to the unit and the place in its list that costs least."""
    plan: Plan = [[] for _unit in range(problem.units)]
    costs = [0.0] * problem.units
    for job in order:
        _gain, unit, place = min(_insertions(problem, plan, costs, job, _fitting(problem, job)))
        plan[unit].insert(place, job)
        costs[unit] = cost(problem, unit, plan[unit])
    return plan


def _fitting(problem: Problem, job: int) -> list[int]:
    driven = {unit for unit, one in problem.allowed if one == job}
    return sorted({*np.flatnonzero(problem.may[:, job]).tolist(), *driven})


def _insertions(
    problem: Problem, plan: Plan, costs: Sequence[float], job: int, units: Iterable[int]
) -> list[tuple[float, int, int]]:
    """(what it adds, unit, place) of putting a job into each list, near where its time is."""
    found = []
    for unit in units:
        jobs = plan[unit]
        later = sum(problem.called[other] <= problem.called[job] for other in jobs)
        for place in range(max(0, later - LOOK), min(len(jobs), later + LOOK) + 1):
            changed = [*jobs[:place], job, *jobs[place:]]
            found.append((cost(problem, unit, changed) - costs[unit], unit, place))
    return found


def _searched(problem: Problem, plan: Plan) -> Plan:
    costs = [cost(problem, unit, jobs) for unit, jobs in enumerate(plan)]
    near = nearest_units(problem)
    for _round in range(ROUNDS):
        if not (_moved(problem, plan, costs, near) | _swapped(problem, plan, costs)):
            break
    return plan


def nearest_units(problem: Problem) -> list[list[int]]:
    """Of each job the NEAR fitted units that are soonest there from their bases."""
    soonest = np.where(problem.may, problem.from_base + problem.extra, np.inf)
    order = np.argsort(soonest, axis=0, kind="stable")[:NEAR]
    return [
        [unit for unit in order[:, job].tolist() if problem.may[unit, job]] for job in range(problem.jobs)
    ]


def _moved(problem: Problem, plan: Plan, costs: list[float], near: Sequence[Sequence[int]]) -> bool:
    """Take one job after the other out and put it where it costs least; whether anything got better."""
    better = False
    for job in range(problem.jobs):
        unit = next(one for one, jobs in enumerate(plan) if job in jobs)
        place = plan[unit].index(job)
        plan[unit].pop(place)
        before, costs[unit] = costs[unit], cost(problem, unit, plan[unit])
        units = [one for one in {*near[job], unit} if problem.may[one, job] or one == unit]
        gain, to, at = min(_insertions(problem, plan, costs, job, sorted(units)))
        if gain < before - costs[unit] - 1e-9:
            better = True
        else:
            to, at = unit, place
        plan[to].insert(at, job)
        costs[to] = cost(problem, to, plan[to])
    return better


def _swapped(problem: Problem, plan: Plan, costs: list[float]) -> bool:
    """Change the units of two jobs near each other in time; whether anything got better."""
    better = False
    order = np.argsort(problem.called, kind="stable").tolist()
    for place, one in enumerate(order):
        for other in order[place + 1 : place + 9]:
            a = next(unit for unit, jobs in enumerate(plan) if one in jobs)
            b = next(unit for unit, jobs in enumerate(plan) if other in jobs)
            if a == b or not (problem.may[a, other] and problem.may[b, one]):
                continue
            first = [other if job == one else job for job in plan[a]]
            second = [one if job == other else job for job in plan[b]]
            new_a, new_b = cost(problem, a, first), cost(problem, b, second)
            if new_a + new_b < costs[a] + costs[b] - 1e-9:
                plan[a], plan[b], costs[a], costs[b] = first, second, new_a, new_b
                better = True
    return better


# --- a bound that no plan can beat --------------------------------------------------------------------------


def bound(problem: Problem) -> float:
    """Weighted minutes that every plan needs at least.

    A job is either the first of one unit, or comes directly after one other job, and no unit and no job is
    before two: a linear assignment. A job that comes after k is started when k can be over at the
    earliest, by the unit and from the place that suit it best. Each of these is no more than any plan needs.
    """
    from scipy.optimize import linear_sum_assignment

    jobs, units = problem.jobs, problem.units
    if not jobs:
        return 0.0
    ready = np.array(
        [
            [problem.ready(unit, job, float(problem.called[job])) for job in range(jobs)]
            for unit in range(units)
        ]
    )
    wait = ready - problem.called
    road = min(problem.turnout_road, problem.turnout_base)
    able = problem.may.copy()
    for unit, job in problem.allowed:
        able[unit, job] = True
    first = np.where(able, wait + problem.turnout_base + problem.from_base + problem.extra, np.inf)
    by_base = np.where(able, wait + road + problem.from_base + problem.extra, np.inf).min(axis=0)
    extra = np.where(able, wait + problem.extra, np.inf).min(axis=0)
    soonest = np.minimum(by_base, extra + road + problem.from_job.min(axis=0, initial=np.inf))
    over = problem.called + soonest + problem.service
    late = np.maximum(0.0, over[:, None] - problem.called[None, :])
    after = late + np.minimum(
        by_base[None, :], extra[None, :] + road + problem.from_job
    )  # (k, j): waits for k, then the nearest of any base and the place of k
    np.fill_diagonal(after, np.inf)
    minutes = np.vstack([first, after]) * problem.weight[None, :]
    worst = 1e9
    rows, columns = linear_sum_assignment(np.where(np.isfinite(minutes), minutes, worst))
    return float(minutes[rows, columns].sum())
