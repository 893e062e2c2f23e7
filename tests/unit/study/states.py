"""Random states of a synthetic region, once as a picture for `rank_units` and once as a study's run."""

from dataclasses import dataclass, field
from math import inf

import numpy as np

from dispatch.clock import epoch_ms
from dispatch.decide.ambulances import UnitRequest, rank_units
from dispatch.decide.rules import DispatchRules
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import Priority
from dispatch.domain.units import Unit, UnitId, UnitState
from dispatch.picture.live import Picture
from simulators.study.compare import timing
from simulators.study.engine import Run
from simulators.study.geography import Geography, advice_of, draw, ground_of
from simulators.study.model import StudyCall
from simulators.study.policies import Guarded
from simulators.study.scenario import load_study
from tests.unit.decide.decide_world import DISPATCH_RULES, NOW, at, empty_picture, station

MOMENT_MIN = 600.0
"""10:00 in China, as NOW."""
CITIES = [CityCode(code) for code in ("changsha", "zhuzhou", "xiangtan")]


@dataclass
class Twins:
    """One region twice; `same` asks both for a random state."""

    geography: Geography
    rng: np.random.Generator
    rules: DispatchRules = DISPATCH_RULES
    picture: Picture = field(init=False)
    policy: Guarded = field(init=False)

    def __post_init__(self) -> None:
        geography = self.geography
        sites = [
            station(f"{city}-{node}", CITIES[city], float(geography.lat[node]), float(geography.lon[node]))
            for city, nodes in enumerate(geography.stations)
            for node in nodes
        ]
        self.picture = empty_picture(sites=sites)
        for unit in geography.units:
            self.picture.fleet.register(Unit(id=UnitId(unit.id), city=CITIES[unit.city]))
        self.policy = Guarded(advice_of(geography, self.rules))
        self.ground = ground_of(geography, self.rules)

    def same(self) -> tuple[str | None, str | None, bool]:
        """Rank 1 of `rank_units`, the study's choice, and whether it crosses a city line."""
        geography, rng = self.geography, self.rng
        units, nodes = len(geography.units), len(geography.lat)
        free = rng.random(units) < rng.choice([0.05, 0.2, 0.5, 0.9])
        if rng.random() < 0.3:  # a city with nothing left
            empty = int(rng.integers(len(CITIES)))
            free &= np.array([unit.city != empty for unit in geography.units])
        road = rng.random(units) < 0.4
        place = np.where(road, rng.integers(nodes, size=units), [unit.base for unit in geography.units])
        node, city = int(rng.integers(nodes)), int(rng.integers(len(CITIES)))
        priority = int(rng.integers(1, 4))
        fleet = self.picture.fleet
        fleet.lat[:units], fleet.lon[:units] = geography.lat[place], geography.lon[place]
        fleet.fixed_ms[:units] = epoch_ms(NOW) - 1000
        waiting = np.where(road, UnitState.AVAILABLE_ON_ROAD, UnitState.AVAILABLE_AT_STATION)
        fleet.state[:units] = np.where(free, waiting, UnitState.ON_SCENE)
        position = at(float(geography.lat[node]), float(geography.lon[node]))
        request = UnitRequest(position=position, city=CITIES[city], priority=Priority(priority))
        ranking = rank_units(self.picture, request, self.rules, NOW)
        first = str(ranking.candidates[0].unit) if len(ranking.candidates) else None
        call = StudyCall("call", MOMENT_MIN, node, priority, city)
        run = Run(
            self.ground, geography.units, [call], self.policy, timing(self.rules), self.policy.advice.where
        )
        run.now, run.free = MOMENT_MIN, free.tolist()
        run.place = run.last = place.tolist()
        run.since = [MOMENT_MIN - 5] * units
        run.home_at = [MOMENT_MIN + 5 if on_road else -inf for on_road in road]
        run.free_in = [
            int(sum(free[n] for n, unit in enumerate(geography.units) if unit.city == at_city))
            for at_city in range(len(CITIES))
        ]
        chosen = self.policy.choose(run, call)
        ours = None if chosen is None else geography.units[chosen].id
        return first, ours, chosen is not None and geography.units[chosen].city != city


def twins(seed: int) -> Twins:
    """A fresh region for one seed."""
    return Twins(draw(load_study("normal"), seed), np.random.default_rng(seed))
