"""Policies compared over replications with common random numbers: means, intervals, paired differences.

A replication has a seed of its own for region and calls; every policy meets the same. Intervals are
Student's t over replications, 95 %; differences are taken within a replication before the mean.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import sqrt

import numpy as np

from dispatch.decide.rules import DispatchRules
from dispatch.decide.travel import Floats
from simulators.study.demand import DAY_MIN, draw_calls, measured_from_min
from simulators.study.engine import Run, Timing
from simulators.study.geography import advice_of, draw, ground_of
from simulators.study.measures import Figures, measure, pairs, seen
from simulators.study.model import Ground, StudyCall, StudyUnit, Trip
from simulators.study.policies import POLICIES, Advice
from simulators.study.scenario import Study

LEVEL = 0.95
Told = Callable[[int, int], None]
"""Called with (replications done, all)."""


@dataclass(frozen=True)
class Task:
    """One replication: the scenario, the rules, who is compared, the seeds of region and calls."""

    study: Study
    rules: DispatchRules
    policies: tuple[str, ...]
    seed: int
    geography_seed: int


@dataclass(frozen=True)
class Replication:
    """Figures by policy and group, loans by policy and pair, and every response by policy."""

    seed: int
    geography_seed: int
    groups: dict[str, dict[str, Figures]]
    loans: dict[str, dict[str, Figures]]
    response: dict[str, Floats]


def timing(rules: DispatchRules) -> Timing:
    """Turnout by the rules; the queue goes by priority."""
    turnout = rules.units.turnout
    return Timing(turnout.at_station.p50, turnout.on_road.p50, ranked=True)


def replicate(task: Task) -> Replication:
    """One replication of every policy."""
    study, rules = task.study, task.rules
    geography = draw(study, task.geography_seed)
    scene = Scene(
        tuple(city.code for city in study.region.city),
        ground_of(geography, rules),
        geography.units,
        tuple(draw_calls(study, geography, rules, task.seed)),
        advice_of(geography, rules),
    )
    days = study.scenario.days
    return compared(
        scene, task.policies, rules, task.seed, task.geography_seed, measured_from_min(study), days
    )


@dataclass(frozen=True)
class Scene:
    """Everything a run needs but the policy."""

    cities: tuple[str, ...]
    ground: Ground
    units: tuple[StudyUnit, ...]
    calls: tuple[StudyCall, ...]
    advice: Advice

    def trips(self, policy: str, rules: DispatchRules) -> tuple[Run, list[Trip]]:
        """One run of a policy."""
        chosen = POLICIES[policy](self.advice)
        run = Run(self.ground, self.units, self.calls, chosen, timing(rules), self.advice.where)
        return run, run.go()


def compared(
    scene: Scene,
    policies: Sequence[str],
    rules: DispatchRules,
    seed: int,
    geography_seed: int,
    since_min: float,
    days: float,
) -> Replication:
    """Every policy on one scene."""
    fleets = np.bincount([unit.city for unit in scene.units], minlength=len(scene.cities)).tolist()
    groups, loans, response = {}, {}, {}
    for name in policies:
        _run, trips = scene.trips(name, rules)
        found = seen(scene.calls, scene.units, trips, since_min)
        groups[name] = measure(found, scene.cities, fleets, days * DAY_MIN / 60)
        loans[name], response[name] = pairs(found, scene.cities), found.response
    return Replication(seed, geography_seed, groups, loans, response)


def tasks(
    study: Study,
    rules: DispatchRules,
    policies: Sequence[str],
    replications: int,
    seed: int,
    geographies: int,
) -> list[Task]:
    """Replication r plays in region `seed + r mod geographies` with calls of its own.

    Only the rules' own figures go along to other processes: a study drives by the law, not by roads.
    """
    plain = DispatchRules(travel=rules.travel, units=rules.units, hospitals=rules.hospitals)
    return [
        Task(study, plain, tuple(policies), seed * 1_000_003 + number, seed + number % geographies)
        for number in range(replications)
    ]


@contextmanager
def _mapped(jobs: int, work: Sequence[Task]) -> Iterator[Iterator[Replication]]:
    """Results in the order of the tasks, from this process or from `jobs` others."""
    if jobs <= 1 or len(work) == 1:
        yield map(replicate, work)
        return
    from multiprocessing import get_context

    with get_context("spawn").Pool(min(jobs, len(work))) as pool:
        yield pool.imap(replicate, work)


def run_all(work: Sequence[Task], jobs: int, told: Told = lambda _done, _all: None) -> list[Replication]:
    """Every replication; the same however many jobs."""
    found = []
    with _mapped(jobs, work) as results:
        for replication in results:
            found.append(replication)
            told(len(found), len(work))
    return found


@dataclass(frozen=True)
class Estimate:
    """A mean over replications and the half width of its 95 % interval (NaN with fewer than two)."""

    mean: float
    half: float
    n: int


def estimate(values: Sequence[float]) -> Estimate:
    """Student's t over the replications that have the figure."""
    known = np.array([value for value in values if not np.isnan(value)], np.float64)
    n = len(known)
    if n < 2:
        return Estimate(float(known[0]) if n else float("nan"), float("nan"), n)
    from scipy.stats import t

    half = float(t.ppf((1 + LEVEL) / 2, n - 1)) * float(known.std(ddof=1)) / sqrt(n)
    return Estimate(float(known.mean()), half, n)


def of(found: Sequence[Replication], policy: str, group: str, figure: str) -> Estimate:
    """A figure of a policy."""
    return estimate([one.groups[policy][group][figure] for one in found])


def difference(found: Sequence[Replication], policy: str, base: str, group: str, figure: str) -> Estimate:
    """A policy less the base, paired by replication."""
    return estimate([one.groups[policy][group][figure] - one.groups[base][group][figure] for one in found])


def by_geography(
    found: Sequence[Replication], policy: str, base: str, group: str, figure: str
) -> dict[int, float]:
    """The mean paired difference of each region."""
    seeds = sorted({one.geography_seed for one in found})
    return {
        seed: difference(
            [one for one in found if one.geography_seed == seed], policy, base, group, figure
        ).mean
        for seed in seeds
    }
