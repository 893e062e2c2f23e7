"""Which unit goes, and which waiting call a freed unit takes, by the policies that are compared.

`own`, `overflow` and `closest` are for reference, `guarded` is the rule of the decision room, and
`dmexclp` the published rule of Jagtenberg, Bhulai and van der Mei (Health Care Management Science
20(4), 2017): of the units within the target, or of all where there is none, the one whose loss of
cover is least, with every unit counted at the place where it is going.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

from dispatch.decide.rules import UnitRules
from simulators.study.cover import Cover
from simulators.study.engine import Policy, Run
from simulators.study.guard import Bounds, bounds, choose
from simulators.study.model import StudyCall
from simulators.study.returning import NearestNode

Free = tuple[float, int, int]
"""(ETA in minutes, unit, city)."""


@dataclass(frozen=True)
class Advice:
    """What every policy goes by: the rules, the pace of the hour, cover, where units are."""

    rules: UnitRules
    pace: Callable[[float, int], float]
    """Multiplies driving minutes at a moment for a priority."""
    cover: Cover
    where: NearestNode

    def free(self, run: Run, call: StudyCall, city: int | None = None) -> list[Free]:
        """Free units, of one city or of all, with turnout and, across a city line, acceptance counted."""
        pace = self.pace(run.now, call.priority)
        accept, found = self.rules.acceptance_min.p50, []
        for unit, is_free in enumerate(run.free):
            if is_free and (city is None or run.units[unit].city == city):
                home = run.units[unit].city
                minutes = run.minutes(unit, call.node) * pace + run.turnout(unit, call)
                found.append((minutes if home == call.city else minutes + accept, unit, home))
        return found


def _least(free: Sequence[Free]) -> int | None:
    return min(free)[1] if free else None


def _head(run: Run, cities: Sequence[int]) -> int | None:
    """The first waiting call of some cities."""
    heads = [run.waiting[city][0] for city in cities if run.waiting[city]]
    return min(heads)[2] if heads else None


@dataclass(frozen=True)
class OwnOnly:
    """Each city for itself."""

    advice: Advice

    def choose(self, run: Run, call: StudyCall) -> int | None:
        """The nearest own unit."""
        return _least(self.advice.free(run, call, call.city))

    def pull(self, run: Run, unit: int) -> tuple[int, int] | None:
        """The first waiting call of the unit's own city."""
        head = _head(run, [run.units[unit].city])
        return None if head is None or not run.free[unit] else (head, unit)


@dataclass(frozen=True)
class Overflow:
    """Borrow when there is no unit of one's own, from anywhere."""

    advice: Advice

    def choose(self, run: Run, call: StudyCall) -> int | None:
        """The nearest own unit, else the nearest of all."""
        own = _least(self.advice.free(run, call, call.city))
        return _least(self.advice.free(run, call)) if own is None else own

    def pull(self, run: Run, unit: int) -> tuple[int, int] | None:
        """The first waiting call of the own city, else of any."""
        if not run.free[unit]:
            return None
        head = _head(run, [run.units[unit].city])
        head = _head(run, range(len(run.waiting))) if head is None else head
        return None if head is None else (head, unit)


@dataclass(frozen=True)
class Closest:
    """The least ETA, no matter whose; the queue first come, first served across cities."""

    advice: Advice

    def choose(self, run: Run, call: StudyCall) -> int | None:
        """The nearest of all."""
        return _least(self.advice.free(run, call))

    def pull(self, run: Run, unit: int) -> tuple[int, int] | None:
        """The first waiting call of any city."""
        head = _head(run, range(len(run.waiting)))
        return None if head is None or not run.free[unit] else (head, unit)


class Guarded:
    """The bounded rule, for queue pulls too."""

    def __init__(self, advice: Advice) -> None:
        self.advice = advice
        self._bounds: dict[tuple[int, ...], tuple[Bounds, ...]] = {}

    def bound(self, run: Run, priority: int) -> Bounds:
        """The bounds of a priority for the fleets of a run."""
        fleet = tuple(run.fleet_in)
        if fleet not in self._bounds:
            self._bounds[fleet] = tuple(bounds(self.advice.rules, fleet, urgency) for urgency in range(3))
        return self._bounds[fleet][priority - 1]

    def choose(self, run: Run, call: StudyCall) -> int | None:
        """Rank 1 of the rule, or nobody."""
        return self._choose(run, call, self.advice.free(run, call))

    def _choose(self, run: Run, call: StudyCall, free: Sequence[Free]) -> int | None:
        def loss(window: Sequence[int]) -> list[float]:
            where, now = self.advice.where, run.now
            standing = [where.node(run, unit) for unit, is_free in enumerate(run.free) if is_free]
            return self.advice.cover.loss([where.node(run, unit) for unit in window], standing, now)

        return choose(free, call.city, run.free_in, self.bound(run, call.priority), loss)

    def pull(self, run: Run, unit: int) -> tuple[int, int] | None:
        """By priority, the own city's first, then by waiting time: the first call that the rule serves.

        What was refused before is asked again only for units that this one's return sets free: itself,
        and its city's others when the city is just above its reserve again.
        """
        if not run.free[unit]:
            return None
        city = run.units[unit].city
        queue = [
            (rank, at != city, since, call)
            for at, calls in enumerate(run.waiting)
            for rank, since, call in calls
        ]
        for _rank, abroad, _since, number in sorted(queue):
            call = run.calls[number]
            if abroad and run.free_in[city] - 1 < self.bound(run, call.priority).reserve[city]:
                continue
            sent = self._choose(run, call, self._freed(run, unit, call, abroad=abroad))
            if sent is not None:
                return number, sent
        return None

    def _freed(self, run: Run, unit: int, call: StudyCall, *, abroad: bool) -> list[Free]:
        city = run.units[unit].city
        if not abroad or run.free_in[city] - 1 == self.bound(run, call.priority).reserve[city]:
            return self.advice.free(run, call, city)
        pace, turnout = self.advice.pace(run.now, call.priority), run.turnout(unit, call)
        accept = self.advice.rules.acceptance_min.p50
        return [(run.minutes(unit, call.node) * pace + turnout + accept, unit, city)]


@dataclass(frozen=True)
class Dmexclp:
    """Least loss of cover within the target; blind to city lines, as published."""

    advice: Advice

    def choose(self, run: Run, call: StudyCall) -> int | None:
        """The unit whose going leaves most cover behind."""
        free = self.advice.free(run, call)
        target = self.advice.rules.target_min[call.priority - 1]
        within = [entry for entry in free if entry[0] <= target] or free
        going = [run.place[unit] for _minutes, unit, _city in free]
        lost = self.advice.cover.loss([run.place[unit] for _m, unit, _c in within], going, run.now)
        best, chosen = (inf, inf), None
        for value, (minutes, unit, _city) in zip(lost, within, strict=True):
            if (round(value, 9), minutes) < best:
                best, chosen = (round(value, 9), minutes), unit
        return chosen

    def pull(self, run: Run, unit: int) -> tuple[int, int] | None:
        """The first waiting call of any city."""
        head = _head(run, range(len(run.waiting)))
        return None if head is None or not run.free[unit] else (head, unit)


POLICIES: dict[str, Callable[[Advice], Policy]] = {
    "own": OwnOnly,
    "overflow": Overflow,
    "closest": Closest,
    "guarded": Guarded,
    "dmexclp": Dmexclp,
}
