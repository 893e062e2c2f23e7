"""The calls of a study, drawn before any policy acts: every policy meets the same calls."""

from collections.abc import Iterator
from itertools import count
from math import log

import numpy as np

from dispatch.decide.rules import DispatchRules
from dispatch.decide.travel import Z90
from simulators.engine import Rng, Streams
from simulators.study.geography import Geography, Pace
from simulators.study.model import StudyCall
from simulators.study.scenario import Spreading, Study

DAY_MIN = 1440.0


def draw_calls(study: Study, geography: Geography, rules: DispatchRules, seed: int) -> list[StudyCall]:
    """Every call from midnight of the first day, in the order of their times."""
    makers = _Calls(study, geography, rules, Streams(seed))
    calls = sorted(makers.all(), key=lambda call: (call.at_min, call.city, call.node))
    number = count(1)
    return [_numbered(call, next(number)) for call in calls]


def measured_from_min(study: Study) -> float:
    """When the warm-up is over."""
    return study.scenario.warm_up_h * 60


def _numbered(call: StudyCall, number: int) -> StudyCall:
    return StudyCall(
        f"{number:05d}",
        call.at_min,
        call.node,
        call.priority,
        call.city,
        call.scene_min,
        call.hospital,
        call.hospital_min,
        acceptance_min=call.acceptance_min,
        stretch=call.stretch,
    )


class _Calls:
    def __init__(self, study: Study, geography: Geography, rules: DispatchRules, streams: Streams) -> None:
        self._study, self._geography, self._rules, self._streams = study, geography, rules, streams
        self._pace = Pace(rules)
        people = sum(city.population_million for city in study.region.city)
        self._mean = [
            study.region.calls_per_day * study.scenario.demand * city.population_million / people
            for city in study.region.city
        ]
        self._curve = np.cumsum([0.0, *study.region.hour_factor])
        accept = rules.units.acceptance_min
        self._acceptance = (accept.p50, log(accept.p90 / accept.p50) / Z90 if accept.p50 > 0 else 0.0)

    def all(self) -> Iterator[StudyCall]:
        """City by city and day by day, each from a stream of its own."""
        scenario = self._study.scenario
        last = measured_from_min(self._study) + scenario.days * DAY_MIN
        for city, plan in enumerate(self._study.region.city):
            for day in range(int(-(-last // DAY_MIN))):
                rng = self._streams.of("calls", plan.code, f"day {day}")
                factor = self._day_factor(city, rng)
                times = self._times(day, int(rng.poisson(self._mean[city] * factor)), rng)
                yield from (self._call(city, at, rng) for at in times if at < last)
            for number, surge in enumerate(scenario.surge):
                if surge.city == plan.code:
                    yield from self._surge(city, number)

    def _day_factor(self, city: int, rng: Rng) -> float:
        """Gamma with variance (Fano - 1) / mean, so that a day's count has variance Fano x mean."""
        excess = (self._study.region.fano - 1) / self._mean[city]
        return float(rng.gamma(1 / excess, excess)) if excess > 0 else 1.0

    def _times(self, day: int, calls: int, rng: Rng) -> list[float]:
        hours = np.interp(rng.random(calls) * self._curve[-1], self._curve, np.arange(25))
        return sorted((day * DAY_MIN + hours * 60).tolist())

    def _surge(self, city: int, number: int) -> Iterator[StudyCall]:
        surge = self._study.scenario.surge[number]
        rng = self._streams.of("surge", self._study.region.city[city].code, number)
        midnight = -(-measured_from_min(self._study) // DAY_MIN) * DAY_MIN
        begin, end = (midnight + 60 * hour for hour in (surge.from_h, surge.from_h + surge.for_h))
        day = int(begin // DAY_MIN)
        while day * DAY_MIN < end:
            calls = int(rng.poisson(self._mean[city] * (surge.factor - 1)))
            yield from (self._call(city, at, rng) for at in self._times(day, calls, rng) if begin <= at < end)
            day += 1

    def _call(self, city: int, at_min: float, rng: Rng) -> StudyCall:
        region, geography = self._study.region, self._geography
        nodes = np.flatnonzero(geography.city == city)
        weight = geography.people[nodes]
        node = int(rng.choice(nodes, p=weight / weight.sum()))
        shares = np.array(region.priority)
        priority = 1 + int(rng.choice(3, p=shares / shares.sum()))
        carried = rng.random() < region.transported[priority - 1]
        scene, hospital_min = _lognormal(region.scene_min, rng), _lognormal(region.hospital_min, rng)
        noise = float(np.exp(self._rules.travel.spread_sigma * rng.normal()))
        noise = max(noise, self._pace.least_noise(priority))
        acceptance = self._acceptance[0] * float(np.exp(self._acceptance[1] * rng.normal()))
        return StudyCall(
            id="",
            at_min=at_min,
            node=node,
            priority=priority,
            city=city,
            scene_min=scene,
            hospital=geography.nearest_hospital[node] if carried else None,
            hospital_min=hospital_min,
            acceptance_min=acceptance,
            stretch=noise * self._pace.stretch(priority),
        )


def _lognormal(spreading: Spreading, rng: Rng) -> float:
    return spreading.median * float(np.exp(spreading.sigma * rng.normal()))
