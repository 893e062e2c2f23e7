"""One synthetic city with the load of the Utrecht studies: DMEXCLP against the closest idle unit.

Figures of Jagtenberg, Bhulai and van der Mei (2015, 2017) as remembered: 217 nodes, 19 units, a call
every 10 minutes, 12 minutes at the scene (exponential), 80 % transported, Weibull(1.5, 18 min) at the
hospital, 3 minutes before departure, late after 15. The places are drawn; the real road times are not
public here, so direction and size are what can be compared.
"""

from dataclasses import dataclass

import numpy as np

from dispatch.decide.rule_set import Spread
from dispatch.decide.rules import DispatchRules, Turnout
from simulators.study.compare import Scene
from simulators.study.cover import Cover
from simulators.study.geography import Pace, draw, ground_of, reach
from simulators.study.model import StudyCall
from simulators.study.policies import Advice
from simulators.study.returning import NearestNode
from simulators.study.scenario import Region, Scenario, Study, load_study
from tests.unit.decide.decide_world import DISPATCH_RULES

NODES, UNITS, STATIONS, HOSPITALS = 217, 19, 17, 10
EVERY_MIN, SCENE_MIN, CARRIED, LATE_MIN, CHUTE_MIN = 10.0, 12.0, 0.8, 15.0, 3.0
BUSY_FRACTION = 0.3


@dataclass(frozen=True)
class Compared:
    """Change of the late share and of the mean response by DMEXCLP against closest idle."""

    late_closest: float
    late_dmexclp: float
    mean_closest: float
    mean_dmexclp: float

    @property
    def late_change(self) -> float:
        return self.late_dmexclp / self.late_closest - 1

    @property
    def mean_change(self) -> float:
        return self.mean_dmexclp / self.mean_closest - 1


def _rules() -> DispatchRules:
    chute = Spread(p10=CHUTE_MIN, p50=CHUTE_MIN, p90=CHUTE_MIN)
    cover = DISPATCH_RULES.units.coverage.model_copy(
        update={"busy_fraction": BUSY_FRACTION, "standard_min": LATE_MIN - CHUTE_MIN}
    )
    units = DISPATCH_RULES.units.model_copy(
        update={
            "turnout": Turnout(at_station=chute, on_road=chute),
            "target_min": (LATE_MIN,) * 3,
            "coverage": cover,
        }
    )
    travel = DISPATCH_RULES.travel.model_copy(update={"hour_factor": (1.0,) * 24})
    return DISPATCH_RULES.model_copy(update={"units": units, "travel": travel})


def _study() -> Study:
    base = load_study("normal")
    city = base.region.city[0].model_copy(
        update={
            "nodes": NODES,
            "units": UNITS,
            "stations": STATIONS,
            "hospitals": HOSPITALS,
            "core_share": 0.45,
            "core_km": 6.0,
            "towns": 7,
            "town_km": (9.0, 26.0),
            "town_spread_km": 4.0,
        }
    )
    region = Region.model_validate({**base.region.model_dump(), "city": (city,)})
    scenario = Scenario.model_validate(base.scenario.model_dump())
    return Study(id="one-city", scenario=scenario, region=region)


def compare(calls: int, seed: int) -> Compared:
    """Both policies on the same calls."""
    rules, geography = _rules(), draw(_study(), seed)
    rng = np.random.default_rng(seed)
    at = np.cumsum(rng.exponential(EVERY_MIN, calls))
    node = rng.choice(NODES, size=calls, p=geography.people / geography.people.sum())
    scene, hospital = rng.exponential(SCENE_MIN, calls), 18 * rng.weibull(1.5, calls)
    carried = rng.random(calls) < CARRIED
    pace = Pace(rules)
    made = tuple(
        StudyCall(
            str(n),
            float(at[n]),
            int(node[n]),
            scene_min=float(scene[n]),
            hospital=geography.nearest_hospital[int(node[n])] if carried[n] else None,
            hospital_min=float(hospital[n]),
            stretch=pace.stretch(1),
        )
        for n in range(calls)
    )
    cover = Cover(geography.people.tolist(), geography.km, lambda moment: reach(rules, moment), BUSY_FRACTION)
    advice = Advice(rules.units, pace.of, cover, NearestNode(geography.lon, geography.lat))
    built = Scene(("one",), ground_of(geography, rules), geography.units, made, advice)
    figures = []
    for policy in ("closest", "dmexclp"):
        _run, trips = built.trips(policy, rules)
        response = np.array([trip.arrived - made[trip.call].at_min for trip in trips])
        figures.append((float((response > LATE_MIN).mean()), float(response.mean())))
    (late, mean), (other_late, other_mean) = figures
    return Compared(late, other_late, mean, other_mean)
