"""How fast the study engine is: calls a second against SimPy on the same trace, and a three-city day."""

import time
from collections.abc import Callable
from functools import partial

from simulators.study.compare import Scene
from simulators.study.demand import draw_calls
from simulators.study.geography import advice_of, draw, ground_of
from simulators.study.policies import POLICIES
from simulators.study.replay import Options, replay
from simulators.study.scenario import load_study
from tests.performance.figures import Line, Say, Section, median
from tests.unit.decide.decide_world import DISPATCH_RULES
from tests.unit.study.simpy_replay import simpy_replay
from tests.unit.study.traces import random_trace

ABOUT = """\
The engine of `czt study`. SimPy runs the same model on the same trace: the closest idle or returning unit,
first come, first served, 79 units, 256 nodes; both send the same units, which a test proves. The two take
turns, and the median of five rounds counts. The day is one of the scenario "normal": drawing region and
calls, half a day of warm-up, one day, until the last unit is free, on one core."""
ROUNDS = 5
CALLS = 4000
GROWTH = (400, 4_000, 40_000)


def measure(say: Say) -> Section:
    """The section of the study engine."""
    section = Section("study", "Studies", ABOUT)
    trace = random_trace(1, calls=CALLS, units=79, nodes=256, load=0.6)
    say("study engine and SimPy in turns")
    ours, theirs = [], []
    for _round in range(ROUNDS):
        files = (trace.study_calls(), trace.study_units(), trace.times(), Options())
        ours.append(_seconds(partial(replay, *files)))
        theirs.append(_seconds(partial(simpy_replay, trace.minutes, trace.bases, trace.calls)))
    rate, reference = CALLS / median(ours), CALLS / median(theirs)
    section.lines.append(Line("closest idle or returning", rate, "calls/s", "SimPy", reference))
    for calls in GROWTH:
        say(f"{calls:,} calls in both")
        trace = random_trace(2, calls=calls, units=79, nodes=256, load=0.6)
        files = (trace.study_calls(), trace.study_units(), trace.times(), Options())
        ours = [_seconds(partial(replay, *files)) for _round in range(3)]
        theirs = [
            _seconds(partial(simpy_replay, trace.minutes, trace.bases, trace.calls)) for _round in range(3)
        ]
        rate, reference = calls / median(ours), calls / median(theirs)
        section.lines.append(Line(f"the same with {calls:,} calls", rate, "calls/s", "SimPy", reference))
    for policy in POLICIES:
        took = [_seconds(partial(_day, policy, seed)) for seed in range(ROUNDS)]
        section.lines.append(Line(f"a three-city day, {policy}", median(took), "s", at_most=1.0))
    return section


def _day(policy: str, seed: int) -> None:
    study = load_study("normal")
    geography = draw(study, seed)
    scene = Scene(
        tuple(city.code for city in study.region.city),
        ground_of(geography, DISPATCH_RULES),
        geography.units,
        tuple(draw_calls(study, geography, DISPATCH_RULES, seed)),
        advice_of(geography, DISPATCH_RULES),
    )
    scene.trips(policy, DISPATCH_RULES)


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
