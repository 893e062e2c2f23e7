"""The best plan among those that keep the lending rules the cities signed: cap, reserve and gain.

The rules speak of what is free at the moment of sending, so whether a loan may be made depends on the whole
plan. A plan is searched, its loans are held against the rules, and those that break one are forbidden to
the next search; what is left can be driven and breaks nothing. It, the best plan without any loan and what
was dispatched are then bettered by single moves and changes after which every loan is still fair. A better
plan within the rules may exist: the bound, which knows no lending rule, still holds for it.

Loans that were really made stand, whatever the rules say: somebody decided them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from dispatch.decide.rules import UnitRules
from dispatch.report.hindsight import (
    ROUNDS,
    Leg,
    Plan,
    Problem,
    best_found,
    cost,
    drive_of,
    legs,
    nearest_units,
    total,
)

SEARCHES = 8
"""So many searches forbid what breaks a rule; the best plan without a loan is always among the beginnings."""
CHECKS = 1_000
"""So many changed plans are held against the rules at most."""


@dataclass(frozen=True, slots=True)
class Lending:
    """City of each unit and of each job by number; what the rules say for each job; units in each fleet."""

    unit_city: Sequence[int]
    job_city: Sequence[int]
    cap_min: Sequence[float]
    gain_min: Sequence[float]
    reserve_share: Sequence[float]
    fleet: Sequence[int]

    def lent(self, unit: int, job: int) -> bool:
        return self.unit_city[unit] != self.job_city[job]

    def kept(self, unit: int, job: int) -> int:
        """Free units that the lender of `unit` keeps."""
        return ceil(self.reserve_share[job] * self.fleet[self.unit_city[unit]] - 1e-9)


def lending_of(
    rules: UnitRules, unit_city: Sequence[str], job_city: Sequence[str], priorities: Sequence[int]
) -> Lending:
    """By the rules in force; priorities from 1."""
    names = sorted({*unit_city, *job_city})
    number = {name: place for place, name in enumerate(names)}
    return Lending(
        unit_city=[number[name] for name in unit_city],
        job_city=[number[name] for name in job_city],
        cap_min=[rules.lending_cap_min[one - 1] for one in priorities],
        gain_min=[rules.lending_gain_min[one - 1] for one in priorities],
        reserve_share=[float(rules.lending_reserve[one - 1]) for one in priorities],
        fleet=[sum(name == city for city in unit_city) for name in names],
    )


def best_within(problem: Problem, lending: Lending, *starts: Plan) -> Plan:
    """The best plan that is found and lends nothing against the rules but what was really lent."""
    lent = np.not_equal.outer(np.array(lending.unit_city), np.array(lending.job_city))
    narrowed = problem
    for _search in range(SEARCHES):
        plan = best_found(narrowed, *starts)
        wrong = list(broken(problem, lending, plan))
        if not wrong:
            break
        may = narrowed.may.copy()
        for unit, job in wrong:
            may[unit, job] = False
        narrowed = replace(narrowed, may=may)
    begun = [plan, best_found(replace(problem, may=problem.may & ~lent), *starts), *starts]
    fair = [one for one in begun if not any(broken(problem, lending, one))]
    return min(
        (_Bettering(problem, lending, one).done() for one in fair), key=lambda one: total(problem, one)
    )


class _Bettering:
    """A plan whose loans are fair, made better by moves and changes that leave them fair."""

    def __init__(self, problem: Problem, lending: Lending, plan: Plan) -> None:
        self.problem, self.lending = problem, lending
        self.plan = [list(jobs) for jobs in plan]
        self.costs = [cost(problem, unit, jobs) for unit, jobs in enumerate(plan)]
        self.near, self.checks = nearest_units(problem), CHECKS

    def done(self) -> Plan:
        """While something helps, and checks are left."""
        for _round in range(ROUNDS):
            before = sum(self.costs)
            for job in range(self.problem.jobs):
                self._place(job)
            if self.checks <= 0 or sum(self.costs) > before - 1e-9:
                break
        return self.plan

    def _place(self, job: int) -> None:
        """The best fair place of one job, or of it and the one that gives way for it."""
        changes = sorted((*self._moves(job), *self._swaps(job)), key=lambda one: one[0])
        for gain, changed in changes:
            if gain >= -1e-9 or self.checks <= 0:
                return
            self.checks -= 1
            plan = [changed.get(unit, jobs) for unit, jobs in enumerate(self.plan)]
            if not any(broken(self.problem, self.lending, plan)):
                self.plan = plan
                for unit, jobs in changed.items():
                    self.costs[unit] = cost(self.problem, unit, jobs)
                return

    def _unit_of(self, job: int) -> int:
        return next(unit for unit, jobs in enumerate(self.plan) if job in jobs)

    def _moves(self, job: int) -> Iterator[tuple[float, dict[int, list[int]]]]:
        unit = self._unit_of(job)
        left = [other for other in self.plan[unit] if other != job]
        saved = self.costs[unit] - cost(self.problem, unit, left)
        for to in self.near[job]:
            jobs = left if to == unit else self.plan[to]
            begun = self.costs[to] - (saved if to == unit else 0.0)
            for place in range(len(jobs) + 1):
                moved = [*jobs[:place], job, *jobs[place:]]
                gain = cost(self.problem, to, moved) - begun - saved
                yield gain, {unit: left, to: moved}

    def _swaps(self, job: int) -> Iterator[tuple[float, dict[int, list[int]]]]:
        unit = self._unit_of(job)
        for to in self.near[job]:
            for other in self.plan[to]:
                if to == unit or not self.problem.may[unit, other]:
                    continue
                mine = [other if one == job else one for one in self.plan[unit]]
                theirs = [job if one == other else one for one in self.plan[to]]
                new = cost(self.problem, unit, mine) + cost(self.problem, to, theirs)
                yield new - self.costs[unit] - self.costs[to], {unit: mine, to: theirs}


def broken(problem: Problem, lending: Lending, plan: Plan) -> Iterator[tuple[int, int]]:
    """(unit, job) of each loan of a plan that a rule forbids and nobody made."""
    every = [legs(problem, unit, jobs) for unit, jobs in enumerate(plan)]
    for unit, found in enumerate(every):
        for leg in found:
            made = (unit, leg.job) in problem.allowed
            if lending.lent(unit, leg.job) and not made and not _fair(problem, lending, every, unit, leg):
                yield unit, leg.job


def _fair(problem: Problem, lending: Lending, every: Sequence[Sequence[Leg]], unit: int, leg: Leg) -> bool:
    lender, job, moment = lending.unit_city[unit], leg.job, leg.start
    minutes = leg.arrival - moment
    if minutes > lending.cap_min[job]:
        return False
    free = [
        other
        for other, city in enumerate(lending.unit_city)
        if other != unit
        and city in (lender, lending.job_city[job])
        and _is_free(problem, every, other, moment)
    ]
    if sum(lending.unit_city[other] == lender for other in free) < lending.kept(unit, job):
        return False
    own = [
        drive_of(problem, other, job, moment, _last(every[other], moment))
        for other in free
        if lending.unit_city[other] == lending.job_city[job] and problem.may[other, job]
    ]
    return not own or min(own) - minutes >= lending.gain_min[job]


def _is_free(problem: Problem, every: Sequence[Sequence[Leg]], unit: int, moment: float) -> bool:
    off = any(start <= moment < end for start, end in problem.away[unit])
    return not off and not any(leg.start <= moment < leg.free for leg in every[unit])


def _last(found: Sequence[Leg], moment: float) -> Leg | None:
    """What a unit was through with last."""
    return next((leg for leg in reversed(found) if leg.free <= moment), None)
