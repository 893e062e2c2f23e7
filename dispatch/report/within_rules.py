"""The best plan among those that keep the lending rules the cities signed: cap, reserve and gain.

The rules speak of what is free at the moment of sending, so whether a loan may be made depends on the whole
plan. A plan is searched, its loans are held against the rules, and those that break one are forbidden to
the next search; what is left can be driven and breaks nothing. A forbidden loan stays forbidden, so a better
plan within the rules may exist: the bound, which knows no lending rule, still holds for it.

Loans that were really made stand, whatever the rules say: somebody decided them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from dispatch.decide.rules import UnitRules
from dispatch.report.hindsight import Leg, Plan, Problem, best_found, drive_of, legs

SEARCHES = 8
"""After so many searches every loan that was not made is forbidden."""


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
    narrowed = problem
    for _search in range(SEARCHES):
        plan = best_found(narrowed, *starts)
        wrong = list(broken(problem, lending, plan))
        if not wrong:
            return plan
        may = narrowed.may.copy()
        for unit, job in wrong:
            may[unit, job] = False
        narrowed = replace(narrowed, may=may)
    lent = np.not_equal.outer(np.array(lending.unit_city), np.array(lending.job_city))
    return best_found(replace(problem, may=problem.may & ~lent), *starts)


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
