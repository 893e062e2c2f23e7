"""The engine as a plain queue, measured: what a study run says against the references."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from simulators.study.engine import Run, Timing
from simulators.study.model import Ground, StudyCall, StudyUnit, Trip
from simulators.study.returning import at_base
from tests.unit.study.references import hypercube

Rng = np.random.Generator
Floats = NDArray[np.float64]
LAW_SIGMA = 0.8


@dataclass(frozen=True)
class Preference:
    """Units by a fixed list for each node; a freed unit takes the call that waited longest."""

    lists: Sequence[Sequence[int]]

    def choose(self, run: Run, call: StudyCall) -> int | None:
        return next((unit for unit in self.lists[call.node] if run.free[unit]), None)

    def pull(self, run: Run, unit: int) -> tuple[int, int] | None:
        return (run.waiting[0][0][2], unit) if run.free[unit] else None


def service(law: str, rng: Rng, calls: int) -> Floats:
    """Service times of mean 1."""
    if law == "exponential":
        return rng.exponential(1, calls)
    if law == "lognormal":
        return rng.lognormal(-(LAW_SIGMA**2) / 2, LAW_SIGMA, calls)
    return np.ones(calls)


def _matched(gaps: Floats, lasting: Floats, rate: float) -> tuple[Floats, Floats]:
    """Moments of calls and service times whose means are exactly 1 / rate and 1: less noise, same law."""
    return np.cumsum(gaps / gaps.mean() / rate), lasting / lasting.mean()


def queue_run(
    units: int, offered: float, law: str, calls: int, seed: int, *, queue: bool
) -> tuple[Run, list[Trip]]:
    """Poisson calls of one place, units that come at once and are at home at once."""
    rng = np.random.default_rng(seed)
    at, lasting = _matched(rng.exponential(1 / offered, calls), service(law, rng, calls), offered)
    made = [
        StudyCall(str(n), float(moment), 0, scene_min=float(length))
        for n, (moment, length) in enumerate(zip(at, lasting, strict=True))
    ]
    ground = Ground([[0.0]], [[0.0]], [[0.0]])
    fleet = [StudyUnit(str(n), 0) for n in range(units)]
    run = Run(ground, fleet, made, Preference([range(units)]), Timing(queue=queue), at_base)
    return run, run.go()


def lost(trips: Sequence[Trip], warm_up: int) -> float:
    """Share of calls that nobody served."""
    return float(np.mean([trip.unit < 0 for trip in trips[warm_up:]]))


def waited(run: Run, trips: Sequence[Trip], warm_up: int) -> float:
    """Share of calls that had to wait."""
    return float(np.mean([trip.dispatched > run.calls[trip.call].at_min for trip in trips[warm_up:]]))


@dataclass(frozen=True)
class Hypercube:
    """A random hypercube, exact and simulated: greatest error of workload, relative error of mean travel."""

    workload_off: float
    travel_off: float


def hypercube_errors(units: int, calls: int, seed: int, *, queue: bool) -> Hypercube:
    """Random atoms and travel; service does not depend on travel, as in Larson's model."""
    rng = np.random.default_rng(seed)
    atoms = units + 4
    weight = rng.uniform(0.5, 1.5, atoms)
    rates = (weight / weight.sum() * units * 0.55).tolist()
    travel = rng.uniform(2, 20, (units, atoms))
    lists = [np.argsort(travel[:, atom]).tolist() for atom in range(atoms)]
    workload, served, _share = hypercube(rates, 1.0, lists, queue=queue)
    # a waiting call is taken by each unit alike: all are busy and serve at one rate
    late = 1 - served.sum()
    direct = float((served * travel.T).sum())
    by_atom = np.array(rates) / sum(rates)
    exact = direct + late * float((by_atom @ travel.T).mean()) if queue else direct / served.sum()
    at, lasting = _matched(rng.exponential(1, calls), rng.exponential(1, calls), sum(rates))
    where = rng.choice(atoms, size=calls, p=by_atom)
    made = [StudyCall(str(n), float(at[n]), int(where[n]), scene_min=float(lasting[n])) for n in range(calls)]
    none = [[0.0] * atoms for _atom in range(atoms)]
    fleet = [StudyUnit(str(n), 0) for n in range(units)]
    run = Run(Ground(none, none, none), fleet, made, Preference(lists), Timing(queue=queue), at_base)
    trips = [trip for trip in run.go() if trip.unit >= 0]
    busy = np.zeros(units)
    for trip in trips:
        busy[trip.unit] += min(trip.free, at[-1]) - min(trip.dispatched, at[-1])
    simulated = float(np.mean([travel[trip.unit, run.calls[trip.call].node] for trip in trips]))
    return Hypercube(float(np.abs(busy / at[-1] - workload).max()), abs(simulated / exact - 1))


def spread_of(figure: Callable[[int], float], seeds: Sequence[int]) -> tuple[float, float]:
    """Mean of a figure over seeds and its standard error."""
    values = [figure(seed) for seed in seeds]
    return float(np.mean(values)), float(np.std(values, ddof=1)) / sqrt(len(values))
