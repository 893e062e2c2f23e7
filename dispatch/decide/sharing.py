"""Units shared out among many places at once: the optimal assignment within the bounds of lending.

What is best, in this order: fewest patients of priority 1 uncovered, then of 2, then of 3, then the least
sum of weight x (minutes + what a loan must gain). Bounds, each checkable by hand on the result:
- a loan takes at most `cap_min`, and every unused unit of the asking city is `gain_min` later or more;
- a city lends only what it has over its reserve and over its own patients of the plan of the same or a
  higher priority. Its own patients may have all of its units.

Counting the loans of a city is more than the assignment problem can say: it is an integer programme.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dispatch.decide.survey import Mask
from dispatch.decide.travel import Floats

if TYPE_CHECKING:
    from scipy.optimize import LinearConstraint

Ints = NDArray[np.int64]
NOBODY = -1


@dataclass(frozen=True, slots=True)
class Sharing:
    """Units (rows, in the order of their ids) and jobs (columns), cities and urgencies by number.

    `minutes` is NaN where a unit cannot do a job. `free` and `reserve` (by urgency) are units of each city,
    `weight` what a minute of waiting counts for one patient.
    """

    minutes: Floats
    unit_city: Ints
    job_city: Ints
    urgency: Ints
    patients: Ints
    weight: Ints
    free: tuple[int, ...]
    reserve: tuple[tuple[int, int, int], ...]
    cap_min: tuple[float, float, float]
    gain_min: tuple[float, float, float]

    @property
    def loan(self) -> Mask:
        """Which pairs cross a city line."""
        crosses: Mask = self.unit_city[:, None] != self.job_city[None, :]
        return crosses

    @property
    def within_cap(self) -> Mask:
        """Pairs that can be, but for what lenders keep: own ones at any time, loans up to the cap."""
        cap = np.array(self.cap_min)[self.urgency]
        return np.isfinite(self.minutes) & (~self.loan | (self.minutes <= cap))

    @property
    def cost(self) -> Floats:
        """Weighted minutes of each pair; a loan costs besides what it must gain."""
        gain = np.array(self.gain_min)[self.urgency]
        return (self.weight * self.patients) * (self.minutes + np.where(self.loan, gain, 0.0))

    def spare(self, city: int, urgency: int) -> int:
        """How many units a city may lend in all where one of them goes to a patient of this urgency."""
        own = (self.job_city == city) & (self.urgency <= urgency)
        return self.free[city] - self.reserve[city][urgency] - int(own.sum())

    def merit(self, units: Sequence[int]) -> tuple[int, int, int, float]:
        """What is minimised, for a unit (or NOBODY) for each job: uncovered by priority, weighted minutes."""
        left = [0, 0, 0]
        total, cost = 0.0, self.cost
        for job, unit in enumerate(units):
            if unit == NOBODY:
                left[self.urgency[job]] += int(self.patients[job])
            else:
                total += float(cost[unit, job])
        return left[0], left[1], left[2], round(total, 6)


def share_out(sharing: Sharing) -> tuple[int, ...]:
    """The unit for each job, NOBODY where it stays uncovered; the same input gives the same answer."""
    found = np.full(len(sharing.job_city), NOBODY)
    programme = _Programme(sharing)
    for unit, kind in programme.solve():
        jobs = programme.kinds[kind]
        found[next(job for job in jobs if found[job] == NOBODY)] = unit
    return tuple(found.tolist())


class _Programme:
    """The integer programme: a variable for each unit and kind of job, and for each way to lend."""

    def __init__(self, sharing: Sharing) -> None:
        self.sharing = sharing
        self.kinds = list(_kinds(sharing).values())
        one_of = [jobs[0] for jobs in self.kinds]
        near = sharing.within_cap[:, one_of] if one_of else np.zeros((len(sharing.unit_city), 0), np.bool_)
        rows, kinds = np.nonzero(near)
        job = np.array(one_of, np.int64)[kinds]
        self.lender = np.where(sharing.loan[rows, job], sharing.unit_city[rows], -1)
        keep = [
            city < 0 or sharing.spare(city, urgency) > 0
            for city, urgency in zip(self.lender.tolist(), sharing.urgency[job].tolist(), strict=True)
        ]
        self.rows, self.of_kind, self.job = rows[keep], kinds[keep], job[keep]
        self.lender, self.urgency = self.lender[keep], sharing.urgency[self.job]
        loans = zip(self.lender.tolist(), self.urgency.tolist(), strict=True)
        self.ways = sorted({(city, urgency) for city, urgency in loans if city >= 0})

    def solve(self) -> list[tuple[int, int]]:
        """Pairs of unit and kind: first as many patients as can be covered, then the least minutes."""
        if not len(self.rows):
            return []
        from scipy.optimize import LinearConstraint  # slow to import: only a mass casualty waits for it

        limits = self._limits()
        covered = self._padded(self._worth())
        most = self._minimise(-covered, limits)
        reached = LinearConstraint(covered[None, :], lb=float(covered @ most) - 0.5)
        cost = self._padded(self.sharing.cost[self.rows, self.job])
        chosen = self._minimise(cost, [*limits, reached])[: len(self.rows)] > 0.5
        return sorted(zip(self.rows[chosen].tolist(), self.of_kind[chosen].tolist(), strict=True))

    def _minimise(self, objective: Floats, limits: "Sequence[LinearConstraint]") -> Floats:
        from scipy.optimize import Bounds, milp

        solved = milp(
            objective,
            constraints=limits,
            integrality=np.ones(len(objective), np.int64),
            bounds=Bounds(0, 1),
            options={"mip_rel_gap": 0.0},
        )
        return np.rint(np.asarray(solved.x, np.float64))

    def _padded(self, values: Floats) -> Floats:
        return np.concatenate([values, np.zeros(len(self.ways))])

    def _worth(self) -> Floats:
        """A patient of a priority is worth more than all of the lower ones that can be covered at all."""
        patients, worth = self.sharing.patients[self.job], 1.0
        found = np.zeros(len(self.rows))
        for urgency in (2, 1, 0):
            these = self.urgency == urgency
            found[these] = worth * patients[these]
            there = int(self.sharing.patients[self.sharing.urgency == urgency].sum())
            could = len(set(self.rows[these].tolist())) * int(patients[these].max(initial=0))
            worth *= min(there, could) + 1
        return found

    def _limits(self) -> "list[LinearConstraint]":
        """Each unit once, each kind as often as it is there, and what every city may lend."""
        once = [(self.rows == unit, None, 0.0, 1.0) for unit in sorted(set(self.rows.tolist()))]
        often = [(self.of_kind == kind, None, 0.0, float(len(jobs))) for kind, jobs in enumerate(self.kinds)]
        table, most = [], []
        for pairs, way, weight, limit in [*once, *often, *self._lending()]:
            row = self._padded(pairs.astype(np.float64))
            if way is not None:
                row[len(self.rows) + way] = weight
            table.append(row)
            most.append(limit)
        from scipy.optimize import LinearConstraint
        from scipy.sparse import csr_array

        return [LinearConstraint(csr_array(np.array(table)), ub=np.array(most))]

    def _lending(self) -> Iterator[tuple[Mask, int | None, float, float]]:
        """A city lends for an urgency only in a way that is on, and then no more in all than it may."""
        for way, (city, urgency) in enumerate(self.ways):
            loans = self.lender == city
            units = float(len(set(self.rows[loans].tolist())))
            yield loans & (self.urgency == urgency), way, -units, 0.0
            yield loans, way, units, self.sharing.spare(city, urgency) + units


def _kinds(sharing: Sharing) -> dict[tuple[bytes, int, int, int], list[int]]:
    """Jobs that are as good as each other, together."""
    found: dict[tuple[bytes, int, int, int], list[int]] = {}
    for job in range(len(sharing.job_city)):
        numbers = int(sharing.job_city[job]), int(sharing.urgency[job]), int(sharing.patients[job])
        found.setdefault((sharing.minutes[:, job].tobytes(), *numbers), []).append(job)
    return found


def one_by_one(sharing: Sharing, order: Sequence[int]) -> tuple[int, ...]:
    """Jobs served one after the other, each by the soonest unit that may go then: for comparison."""
    found = [NOBODY] * len(sharing.job_city)
    unused, within = np.ones(len(sharing.unit_city), np.bool_), sharing.within_cap
    may_lend = [units + 1 for units in sharing.free]  # more than there are: nothing is lent yet
    lent = [0] * len(sharing.free)
    for job in order:
        urgency, asking = int(sharing.urgency[job]), int(sharing.job_city[job])
        minutes = np.where(within[:, job] & unused, sharing.minutes[:, job], np.inf)
        own = minutes[sharing.unit_city == asking].min(initial=np.inf)
        for city in range(len(lent)):
            if city != asking:
                loans = sharing.unit_city == city
                too_many = lent[city] + 1 > min(may_lend[city], sharing.spare(city, urgency))
                minutes[loans & (too_many | (minutes > own - sharing.gain_min[urgency]))] = np.inf
        if np.isfinite(minutes).any():
            unit = int(np.argmin(minutes))
            found[job], unused[unit] = unit, False
            city = int(sharing.unit_city[unit])
            if city != asking:
                lent[city] += 1
                may_lend[city] = min(may_lend[city], sharing.spare(city, urgency))
    return tuple(found)
