"""Demand of every site and day, drawn before a policy begins: all policies meet the same patients."""

import numpy as np
from numpy.typing import NDArray

from simulators.blood_study.scenario import StudyScenario, StudySite
from simulators.engine import Streams

Counts = NDArray[np.int64]


def draw_demand(scenario: StudyScenario, seed: int, replication: int) -> Counts:
    """Units asked for, days x sites, from a Monday on, the warm-up first."""
    streams = Streams(seed)
    days = scenario.warm_up_days + scenario.days
    drawn = [
        draw_site(site, days, streams.of("blood demand", replication, number))
        for number, site in enumerate(scenario.site)
    ]
    return np.stack(drawn, axis=1)


def draw_site(site: StudySite, days: int, rng: np.random.Generator) -> Counts:
    """One site's demand, day by day from a Monday."""
    weekday = np.arange(days) % 7
    mean = np.asarray(site.mean)[weekday]
    if site.size is None:
        return rng.poisson(mean)
    size = np.asarray(site.size)[weekday]
    return rng.negative_binomial(size, size / (size + mean))
