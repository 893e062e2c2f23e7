"""A study: every policy on the same demand, replication by replication, with confidence intervals."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from multiprocessing import get_context

import numpy as np

from dispatch.blood.move_rules import ComponentMoves
from dispatch.domain.model import Frozen
from simulators.blood_study.demand import Counts, draw_demand
from simulators.blood_study.overnight import Night
from simulators.blood_study.run import Run, run, up_to_levels
from simulators.blood_study.scenario import StudyScenario

Progress = Callable[[int, int], None]
"""(replications done, of how many)."""


class Policy(StrEnum):
    """How sites share; each adds to the one before."""

    ALONE = "alone"
    REACTIVE = "reactive"
    PROPOSALS = "proposals"


class Estimate(Frozen):
    """A mean over replications and its 95 % confidence interval; `low` and `high` None with only one."""

    mean: float
    low: float | None
    high: float | None


class SiteOutcome(Frozen):
    """One site under one policy, per cent: of what was asked for, and of what came in."""

    site: str
    short_pct: Estimate
    outdated_pct: Estimate


class Outcome(Frozen):
    """One policy. Differences are to "alone", pair by pair on the same demand, in percentage points."""

    policy: Policy
    short_pct: Estimate
    outdated_pct: Estimate
    short_less_alone: Estimate
    outdated_less_alone: Estimate
    shared_a_week: Estimate
    moved_a_week: Estimate
    journeys_a_week: Estimate
    sites: tuple[SiteOutcome, ...]


class StudyResult(Frozen):
    """Everything that was asked for; `rules` is the edition of moves.toml that the proposals went by."""

    edition: str
    source: str
    rules: str
    replications: int
    seed: int
    days: int
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What the workers need to know; small enough to be sent to each."""

    scenario: StudyScenario
    rules: ComponentMoves
    edition: str
    caution_z: float
    seed: int


def replicate(asked: Question, number: int) -> dict[Policy, Run]:
    """One replication under every policy on one and the same demand."""
    demand = draw_demand(asked.scenario, asked.seed, number)
    return {policy: run_policy(asked, policy, demand) for policy in Policy}


def run_policy(asked: Question, policy: Policy, demand: Counts) -> Run:
    """One policy on one demand."""
    night = Night(asked.scenario, asked.rules, asked.caution_z) if policy is Policy.PROPOSALS else None
    reactive = policy is not Policy.ALONE
    return run(asked.scenario, demand, up_to_levels(asked.scenario), reactive=reactive, overnight=night)


def study(
    asked: Question, replications: int, workers: int = 1, progress: Progress | None = None
) -> StudyResult:
    """Run them all; the number of workers changes nothing but the time it takes."""
    runs: list[dict[Policy, Run]] = []
    for done in _replications(asked, replications, workers):
        runs.append(done)
        if progress is not None:
            progress(len(runs), replications)
    return summarise(asked, runs)


def _replications(asked: Question, count: int, workers: int) -> Iterator[dict[Policy, Run]]:
    if workers <= 1 or count <= 1:
        yield from map(replicate, [asked] * count, range(count))
        return
    with ProcessPoolExecutor(min(workers, count), mp_context=get_context("spawn")) as pool:
        yield from pool.map(replicate, [asked] * count, range(count))


def summarise(asked: Question, runs: Sequence[dict[Policy, Run]]) -> StudyResult:
    """Means and intervals of the runs of every policy."""
    alone = [one[Policy.ALONE] for one in runs]
    return StudyResult(
        edition=asked.scenario.edition,
        source=asked.scenario.source,
        rules=asked.edition,
        replications=len(runs),
        seed=asked.seed,
        days=asked.scenario.days,
        outcomes=tuple(_outcome(asked, policy, [one[policy] for one in runs], alone) for policy in Policy),
    )


def _outcome(asked: Question, policy: Policy, runs: Sequence[Run], alone: Sequence[Run]) -> Outcome:
    weeks = asked.scenario.days / 7
    short, outdated = [_short(one) for one in runs], [_outdated(one) for one in runs]
    return Outcome(
        policy=policy,
        short_pct=estimate(short),
        outdated_pct=estimate(outdated),
        short_less_alone=estimate([a - _short(b) for a, b in zip(short, alone, strict=True)]),
        outdated_less_alone=estimate([a - _outdated(b) for a, b in zip(outdated, alone, strict=True)]),
        shared_a_week=estimate([one.sum("shared") / weeks for one in runs]),
        moved_a_week=estimate([one.sum("moved") / weeks for one in runs]),
        journeys_a_week=estimate([one.moves / weeks for one in runs]),
        sites=tuple(
            SiteOutcome(
                site=site.name.en,
                short_pct=estimate([_pct(r.sites[at].short, r.sites[at].demanded) for r in runs]),
                outdated_pct=estimate([_pct(r.sites[at].outdated, r.sites[at].received) for r in runs]),
            )
            for at, site in enumerate(asked.scenario.site)
        ),
    )


def _short(one: Run) -> float:
    return _pct(one.sum("short"), one.sum("demanded"))


def _outdated(one: Run) -> float:
    return _pct(one.sum("outdated"), one.sum("received"))


def _pct(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0


def estimate(values: Sequence[float]) -> Estimate:
    """Mean and 95 % interval by Student's t over independent replications."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return Estimate(mean=mean, low=None, high=None)
    from scipy.stats import t

    half = float(t.ppf(0.975, len(values) - 1)) * float(np.std(values, ddof=1)) / sqrt(len(values))
    return Estimate(mean=mean, low=mean - half, high=mean + half)
