"""The long proofs of the study engine: each says what was measured and whether the bar is met."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from simulators.study.compare import Estimate, Replication, Task, by_geography, difference, of
from simulators.study.measures import ALL
from simulators.study.policies import POLICIES
from simulators.study.replay import Options, replay
from simulators.study.scenario import load_study
from tests.unit.decide.decide_world import DISPATCH_RULES
from tests.unit.study import one_city
from tests.unit.study.audit import Bounds, fastest_kmh, impossible, little
from tests.unit.study.plain_replay import Plain
from tests.unit.study.queues import hypercube_errors, lost, queue_run, waited
from tests.unit.study.references import erlang_b, erlang_c
from tests.unit.study.simpy_replay import simpy_replay
from tests.unit.study.states import twins
from tests.unit.study.test_replay import QUEUES, RETURNING, RULES, TIES
from tests.unit.study.test_rule import scene_of
from tests.unit.study.traces import random_trace

WARM_UP = 5000
REGION_DAYS = {"normal": 40}
"""Days a region, of their own, where the table's ten (± 1.2 min) cannot tell whether a bar holds."""
_REGION_SEED = 777_000
SCENARIOS = ("normal", "busy", "xiangtan-half", "changsha-surge")
CITIES = ("changsha", "zhuzhou", "xiangtan")


@dataclass(frozen=True)
class Proof:
    """One line of the document."""

    part: str
    what: str
    measured: str
    bar: str
    met: bool | None
    """None: no bar was set."""


def erlang_lost(servers: int, offered: float, law: str, calls: int) -> list[Proof]:
    """Loss against Erlang B."""
    _run, trips = queue_run(servers, offered, law, calls, 11, queue=False)
    share, exact = lost(trips, WARM_UP), erlang_b(servers, offered)
    off = share / exact - 1
    said = f"{share:.5f} against {exact:.5f} ({off:+.2%})"
    return [
        Proof(
            "Erlang-B",
            f"c/a = {servers}/{offered:g}, {law} service, {calls:,} calls",
            said,
            "within 2 %",
            abs(off) <= 0.02,
        )
    ]


def erlang_wait(servers: int, offered: float, calls: int) -> list[Proof]:
    """Waiting against Erlang C."""
    run, trips = queue_run(servers, offered, "exponential", calls, 12, queue=True)
    share, exact = waited(run, trips, WARM_UP), erlang_c(servers, offered)
    off = share / exact - 1
    said = f"{share:.4f} against {exact:.4f} ({off:+.2%})"
    return [
        Proof(
            "Erlang-C", f"c/a = {servers}/{offered:g}, {calls:,} calls", said, "within 1 %", abs(off) <= 0.01
        )
    ]


def hypercube(units: int, calls: int, queue: bool) -> list[Proof]:
    """Workload and mean travel against the exact steady state."""
    off = hypercube_errors(units, calls, 100 + units, queue=queue)
    kind = "endless queue" if queue else "no queue"
    said = f"workload off by {off.workload_off:.4f}, mean travel by {off.travel_off:.3%}"
    met = off.workload_off <= 0.003 and off.travel_off <= 0.003
    return [
        Proof(
            "Hypercube",
            f"{units} units, {units + 4} atoms, {kind}, {calls:,} calls",
            said,
            "≤ 0.003 and ≤ 0.3 %",
            met,
        )
    ]


def same_unit(seeds: range, states: int) -> list[Proof]:
    """The study's rule against `rank_units`."""
    other = lent = 0
    for seed in seeds:
        pair = twins(seed)
        for _state in range(states):
            first, ours, crosses = pair.same()
            other += first != ours
            lent += crosses
    said = f"{other} of {len(seeds) * states:,} states differ; {lent:,} were loans"
    return [Proof("Rule", "study rule against rank_units, random states", said, "0 differ", other == 0)]


def bounds(seeds: range) -> list[Proof]:
    """Violations of slack, cap, reserve and gain."""
    found = []
    for name in SCENARIOS:
        broken = loans = pulled = 0
        for seed in seeds:
            geography, scene = scene_of(name, seed)
            _run, trips = scene.trips("guarded", DISPATCH_RULES)
            audit = Bounds(geography, scene.calls, trips, scene.advice.where)
            broken += len(audit.violations())
            loans, pulled = loans + audit.loans, pulled + audit.pulled_loans
        said = f"{broken} violations in {loans:,} loans, {pulled:,} of them queue pulls; {len(seeds)} regions"
        found.append(Proof("Bounds", f"slack, cap, reserve, gain: {name}", said, "0", broken == 0))
    return found


def conservation(seeds: range) -> list[Proof]:
    """Impossible things, Little's law, speed."""
    wrong, fastest = 0, 0.0
    for name, seed, policy in product(SCENARIOS, seeds, POLICIES):
        geography, scene = scene_of(name, seed)
        _run, trips = scene.trips(policy, DISPATCH_RULES)
        wrong += len(impossible(scene.calls, scene.units, trips))
        fastest = max(fastest, fastest_kmh(geography, DISPATCH_RULES, scene.calls, trips))
    runs = len(SCENARIOS) * len(seeds) * len(POLICIES)
    run, trips = queue_run(10, 8, "lognormal", 200_000, 5, queue=True)
    gap = little(run.calls, trips, 500, run.calls[-1].at_min - 500)
    return [
        Proof(
            "Conservation",
            f"one outcome a call, ordered stamps, no unit twice; {runs} runs",
            f"{wrong} faults",
            "0",
            wrong == 0,
        ),
        Proof("Conservation", "fastest drive from a base", f"{fastest:.0f} km/h", "≤ 130", fastest <= 130),
        Proof("Conservation", "Little's law, 200,000 calls", f"{gap:.3%} apart", "≤ 1 %", gap <= 0.01),
    ]


def replays(calls: int) -> list[Proof]:
    """Random traces through every rule, tie, queue and way of returning."""
    other, worst, count = 0, 0.0, 0
    for seed, (rule, tie, queue, returning) in enumerate(product(RULES, TIES, QUEUES, RETURNING)):
        trace = random_trace(seed, calls=calls, units=6, load=1.0, whole=seed % 2 == 0)
        at = "base" if rule == "idle" else "free"
        answers = Plain(trace.minutes, trace.units(), trace.calls, rule, tie, queue, at, returning).run()
        options = Options(rule=rule, ties=(tie, "file"), queue=queue, returning=returning)
        run, trips = replay(trace.study_calls(), trace.study_units(), trace.times(), options)
        count += len(trips)
        for answer, trip in zip(answers, trips, strict=True):
            other += answer.unit != (run.units[trip.unit].id if trip.unit >= 0 else None)
            if answer.arrival is not None and answer.free is not None and trip.unit >= 0:
                worst = max(worst, abs(answer.arrival - trip.arrived), abs(answer.free - trip.free))
    said = f"{other} of {count:,} calls by another unit; times at most {worst:.1g} min apart"
    combinations = len(RULES) * len(TIES) * len(QUEUES) * len(RETURNING)
    what = f"against a plain simulation: {combinations} combinations of options"
    return [Proof("Replay", what, said, "same unit, 1e-9 min", other == 0 and worst <= 1e-9)]


def simpy_same(calls: int) -> list[Proof]:
    """One long trace against SimPy."""
    trace = random_trace(1, calls=calls, units=40, nodes=120, load=0.9)
    served = simpy_replay(trace.minutes, trace.bases, trace.calls)
    run, trips = replay(trace.study_calls(), trace.study_units(), trace.times(), Options())
    other = sum(served[trip.call][0] != run.units[trip.unit].id for trip in trips)
    worst = max(abs(served[trip.call][2] - trip.arrived) for trip in trips)
    said = f"{other} of {calls:,} calls by another unit; arrivals at most {worst:.1g} min apart"
    return [
        Proof(
            "Replay",
            "against a SimPy model, one long trace",
            said,
            "same unit, 1e-9 min",
            other == 0 and worst <= 1e-9,
        )
    ]


def dmexclp(calls: int, seeds: range) -> list[Proof]:
    """DMEXCLP against closest idle in one city."""
    found = [one_city.compare(calls, seed) for seed in seeds]
    late, mean = (np.array([getattr(one, name) for one in found]) for name in ("late_change", "mean_change"))
    what = f"one synthetic city with Utrecht's load, {len(seeds)} places drawn, {calls:,} calls each"
    late_said = f"late {late.mean():+.1%} ({late.min():+.0%} to {late.max():+.0%})"
    mean_said = f"mean {mean.mean():+.1%} ({mean.min():+.0%} to {mean.max():+.0%})"
    return [
        Proof("DMEXCLP", what, late_said, "-14 to -22 %", -0.22 <= late.mean() <= -0.14),
        Proof("DMEXCLP", what, mean_said, "+25 to +45 %", 0.25 <= mean.mean() <= 0.45),
    ]


def work(scale: float) -> list[tuple[Callable[..., list[Proof]], tuple[object, ...]]]:
    """Every proof with its arguments; `scale` 1 is the full length."""
    calls, longer = int(400_000 * scale), int(600_000 * scale)
    jobs: list[tuple[Callable[..., list[Proof]], tuple[object, ...]]] = []
    for (c, a), law in product(((5, 3), (10, 7), (20, 15)), ("exponential", "lognormal", "constant")):
        jobs.append((erlang_lost, (c, a, law, calls)))
    jobs += [(erlang_wait, (c, a, longer)) for c, a in ((5, 3.5), (10, 8))]
    jobs += [(hypercube, (units, longer, queue)) for units, queue in product(range(3, 11), (False, True))]
    jobs += [
        (same_unit, (range(200, 212), max(100, int(1000 * scale)))),
        (bounds, (range(300, 312),)),
        (conservation, (range(400, 403),)),
        (replays, (max(40, int(200 * scale)),)),
        (simpy_same, (max(1000, int(20_000 * scale)),)),
        (dmexclp, (max(2000, int(6_000 * scale)), range(500, 512))),
    ]
    return jobs


def region_tasks(name: str, seed: int, geographies: int, scale: float = 1.0) -> list[Task]:
    """The regions of the table on other and many more days, for the two policies that a bar compares."""
    study = load_study(name)
    return [
        Task(study, DISPATCH_RULES, ("own", "guarded"), _REGION_SEED + number, seed + number % geographies)
        for number in range(max(1, round(REGION_DAYS[name] * scale)) * geographies)
    ]


def three_cities(found: dict[str, list[Replication]], regions: dict[str, list[Replication]]) -> list[Proof]:
    """The bars of the three-city study; `regions`: longer runs where a bar holds for each region."""
    proofs = []
    for name, runs in found.items():
        gain = difference(runs, "guarded", "own", ALL, "mean_min")
        said = f"{_said(gain)} min overall"
        if name == "normal":
            proofs.append(_bar(name, said, "-0.3 min or better", gain.mean <= -0.3))
            proofs += _cities(name, runs, CITIES, "no city worse than +0.2", 0.2, regions[name])
        elif name == "busy":
            own = by_geography(runs, "guarded", "own", ALL, "mean_min")
            all_said = f"{said}; better in {sum(v < 0 for v in own.values())} of {len(own)} regions"
            proofs.append(_bar(name, all_said, "better in all", max(own.values()) < 0))
            proofs += _cities(name, runs, CITIES, "worst city ≤ +1.0", 1.0, runs)
        elif name == "changsha-surge":
            free = difference(runs, "guarded", "closest", ALL, "mean_min")
            proofs.append(_bar(name, said, "better than own-only", gain.mean < 0))
            free_said = f"{_said(free)} min against closest anywhere"
            if abs(free.mean) < free.half:
                free_said += ": no difference that these runs could tell"
            proofs.append(_bar(name, free_said, "better than unguarded", free.mean < 0))
            proofs += _cities(name, runs, CITIES[1:], "each lender ≤ +10", 10.0, runs)
        else:
            proofs.append(_bar(name, said, "", None))
            proofs += _cities(name, runs, CITIES, "", None, runs)
    return proofs


def _cities(
    name: str,
    runs: list[Replication],
    cities: Sequence[str],
    bar: str,
    limit: float | None,
    by_region: list[Replication],
) -> list[Proof]:
    """The city that fares worst over all regions, and the one in its worst region: both must hold."""
    average, city = max((difference(runs, "guarded", "own", one, "mean_min").mean, one) for one in cities)
    worst, region_said = _worst_region(by_region, cities)
    said = f"worst city {average:+.2f} ({city}); worst in one region {region_said}"
    proofs = [_bar(name, said, bar, None if limit is None else worst <= limit)]
    if by_region is not runs:
        fewer = _worst_region(runs, cities)[1]
        proofs.append(_bar(name, f"worst in one region in the days of the table: {fewer}", "", None))
    return proofs


def _worst_region(runs: list[Replication], cities: Sequence[str]) -> tuple[float, str]:
    """The greatest loss of one city in one region, and how it is said."""
    worst, where, region = max(
        (value, one, seed)
        for one in cities
        for seed, value in by_geography(runs, "guarded", "own", one, "mean_min").items()
    )
    there = [one for one in runs if one.geography_seed == region]
    gap = difference(there, "guarded", "own", where, "mean_min")
    return worst, f"{_said(gap)} ({where}, region {region}, {len(there)} days)"


def _said(value: Estimate) -> str:
    return f"{value.mean:+.2f} ± {value.half:.2f}"


def _bar(name: str, said: str, bar: str, met: bool | None) -> Proof:
    return Proof("Three cities", f"{name}, guarded against own city only", said, bar, met)


def table(runs: list[Replication]) -> list[str]:
    """Markdown: a policy a row, the mean response of each city and what it changes."""
    policies = list(runs[0].groups)
    lines = [
        "| policy | all cities | changsha | zhuzhou | xiangtan | p90 | > 30 min | lent |",
        "| --- " + "| ---: " * 7 + "|",
    ]
    for policy in policies:
        cells = []
        for group in (ALL, *CITIES):
            value = of(runs, policy, group, "mean_min")
            text = f"{value.mean:.2f} ± {value.half:.2f}"
            if policy != policies[0]:
                change = difference(runs, policy, policies[0], group, "mean_min")
                text = f"{value.mean:.2f} ({change.mean:+.2f} ± {change.half:.2f})"
            cells.append(text)
        cells += [f"{of(runs, policy, ALL, figure).mean:.1f}" for figure in ("p90_min", "over_30", "lent")]
        lines.append(f"| {policy} | " + " | ".join(cells) + " |")
    return lines
