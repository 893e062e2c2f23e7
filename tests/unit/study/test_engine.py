"""The engine against queueing theory, against itself turned round, and against what cannot be."""

from dataclasses import replace

import numpy as np
import pytest

from simulators.study.compare import estimate, run_all, tasks, timing
from simulators.study.engine import Run, Timing
from simulators.study.model import Ground, StudyCall, StudyUnit
from simulators.study.policies import POLICIES
from simulators.study.replay import Options, replay
from simulators.study.returning import at_base
from simulators.study.scenario import load_study
from simulators.study.trace_times import Times
from tests.unit.decide.decide_world import DISPATCH_RULES
from tests.unit.study.audit import fastest_kmh, impossible, little
from tests.unit.study.queues import Preference, hypercube_errors, lost, queue_run, waited
from tests.unit.study.references import erlang_b, erlang_c, hypercube
from tests.unit.study.test_rule import scene_of
from tests.unit.study.traces import random_trace


def test_the_references_are_the_published_values() -> None:
    assert [round(erlang_b(c, a), 5) for c, a in ((5, 3), (10, 7), (20, 15))] == [0.11005, 0.07874, 0.04559]
    assert [round(erlang_c(c, a), 4) for c, a in ((5, 3.5), (10, 8))] == [0.3778, 0.4092]


def test_the_hypercube_of_two_units_and_one_atom_is_exact() -> None:
    workload, _served, lost_share = hypercube([1.0], 1.0, [[0, 1]], queue=False)
    assert workload.tolist() == pytest.approx([0.5, 0.3], abs=1e-14)
    assert lost_share == pytest.approx(0.2, abs=1e-14)


def test_the_hypercube_loses_what_erlang_loses() -> None:
    rates, lists = [0.7, 1.1, 1.2], [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]]
    assert hypercube(rates, 1.0, lists, queue=False)[2] == pytest.approx(erlang_b(4, 3.0))
    assert hypercube(rates, 1.0, lists, queue=True)[2] == pytest.approx(erlang_c(4, 3.0))


@pytest.mark.parametrize("law", ["exponential", "lognormal", "constant"])
def test_losses_are_erlangs_whatever_the_law_of_service(law: str) -> None:
    _run, trips = queue_run(5, 3, law, 40_000, 2, queue=False)
    assert lost(trips, 1000) == pytest.approx(erlang_b(5, 3), rel=0.04)


def test_waiting_is_erlangs() -> None:
    run, trips = queue_run(5, 3.5, "exponential", 60_000, 2, queue=True)
    assert waited(run, trips, 1000) == pytest.approx(erlang_c(5, 3.5), rel=0.03)


@pytest.mark.parametrize("queue", [False, True], ids=["lost", "queued"])
@pytest.mark.parametrize("units", [3, 6])
def test_workload_and_travel_are_those_of_the_exact_hypercube(units: int, *, queue: bool) -> None:
    off = hypercube_errors(units, 40_000, units, queue=queue)
    assert off.workload_off < 0.012
    assert off.travel_off < 0.012


@pytest.mark.parametrize("policy", POLICIES)
def test_nothing_impossible_happens_under_any_policy(policy: str) -> None:
    geography, scene = scene_of("busy", 5)
    _run, trips = scene.trips(policy, DISPATCH_RULES)
    assert impossible(scene.calls, scene.units, trips) == []
    assert little(scene.calls, trips, 300, 1700) < 0.12  # one day: the ends still count
    assert 40 < fastest_kmh(geography, DISPATCH_RULES, scene.calls, trips) <= 130


def test_a_double_booking_is_seen_by_the_audit() -> None:
    _geography, scene = scene_of("normal", 5)
    _run, trips = scene.trips("own", DISPATCH_RULES)
    by_unit = [trip for trip in trips if trip.unit == trips[0].unit]
    by_unit[1].dispatched = by_unit[0].dispatched
    assert impossible(scene.calls, scene.units, trips)


def test_littles_law_holds_over_a_long_run() -> None:
    run, trips = queue_run(5, 3.5, "lognormal", 40_000, 3, queue=True)
    assert little(run.calls, trips, 100, run.calls[-1].at_min - 100) < 0.01


def test_the_same_seed_gives_the_same_bytes_with_one_process_and_with_two() -> None:
    work = tasks(load_study("normal"), DISPATCH_RULES, ("own", "guarded"), 2, 7, 2)
    assert repr(run_all(work, 1)) == repr(run_all(work, 2))


def test_another_seed_gives_other_calls() -> None:
    study = load_study("normal")
    first, second = (tasks(study, DISPATCH_RULES, ("own",), 1, seed, 1) for seed in (1, 2))
    assert repr(run_all(first, 1)) != repr(run_all(second, 1))


def test_a_policy_that_is_added_changes_no_other() -> None:
    study = load_study("busy")
    alone = run_all(tasks(study, DISPATCH_RULES, ("own",), 1, 3, 1), 1)[0]
    both = run_all(tasks(study, DISPATCH_RULES, ("guarded", "own"), 1, 3, 1), 1)[0]
    assert repr(alone.groups["own"]) == repr(both.groups["own"])


def test_three_days_later_the_same_calls_go_the_same_way() -> None:
    _geography, scene = scene_of("busy", 6)
    later = replace(scene, calls=tuple(replace(c, at_min=c.at_min + 3 * 1440) for c in scene.calls))
    for policy in ("guarded", "closest"):
        _run, before = scene.trips(policy, DISPATCH_RULES)
        _run, after = later.trips(policy, DISPATCH_RULES)
        assert [trip.unit for trip in before] == [trip.unit for trip in after]
        assert [t.arrived + 4320 for t in before] == pytest.approx([t.arrived for t in after], abs=1e-6)


def test_nodes_by_other_numbers_change_nothing() -> None:
    trace, options = random_trace(8, calls=300), Options()
    _run, before = replay(trace.study_calls(), trace.study_units(), trace.times(), options)
    order = np.random.default_rng(1).permutation(len(trace.minutes)).tolist()
    place = {old: new for new, old in enumerate(order)}
    times = Times("times.csv", [f"n{old}" for old in order])
    times.minutes = [[trace.minutes[a][b] for b in order] for a in order]
    calls = [
        replace(c, node=place[c.node], hospital=None if c.hospital is None else place[c.hospital])
        for c in trace.study_calls()
    ]
    units = [replace(unit, base=place[unit.base]) for unit in trace.study_units()]
    _run, after = replay(calls, units, times, options)
    assert repr(before) == repr(after)


def test_half_the_minutes_everywhere_halve_every_stamp_exactly() -> None:
    """Double speed on a halved map, with everything else twice as fast too: one half of every time."""
    trace, options = random_trace(9, calls=300), Options()
    _run, before = replay(trace.study_calls(), trace.study_units(), trace.times(), options)
    times = trace.times()
    times.minutes = [[value / 2 for value in row] for row in trace.minutes]
    calls = [
        replace(c, at_min=c.at_min / 2, scene_min=c.scene_min / 2, hospital_min=c.hospital_min / 2)
        for c in trace.study_calls()
    ]
    _run, after = replay(calls, trace.study_units(), times, options)
    assert [(t.unit, t.arrived / 2, t.free / 2) for t in before] == [
        (t.unit, t.arrived, t.free) for t in after
    ]


def test_double_speed_on_a_doubled_map_changes_nothing() -> None:
    geography, scene = scene_of("normal", 7)
    travel = DISPATCH_RULES.travel
    fast = travel.model_copy(
        update={"cruise_kmh": travel.cruise_kmh * 2, "crossover_km": travel.crossover_km * 2}
    )
    from simulators.study.geography import law_minutes

    minutes = law_minutes(fast, geography.km * 2).tolist()
    ground = Ground(minutes, minutes, minutes, scene.ground.pace, scene.ground.slow_pace)
    _run, before = scene.trips("closest", DISPATCH_RULES)
    _run, after = replace(scene, ground=ground).trips("closest", DISPATCH_RULES)
    assert [trip.unit for trip in before] == [trip.unit for trip in after]


def test_a_unit_serves_from_its_first_to_its_last_minute() -> None:
    ground = Ground([[0.0]], [[0.0]], [[0.0]])
    fleet = [StudyUnit("early", 0, from_min=0, until_min=100), StudyUnit("late", 0, from_min=50)]
    moments = (0.0, 49.0, 60.0, 100.0)
    calls = [StudyCall(str(n), moment, 0, scene_min=20.0) for n, moment in enumerate(moments)]
    options = Options()
    times = Times("t", ["a"])
    _run, trips = replay(calls, fleet, times, options)
    assert [fleet[trip.unit].id for trip in trips] == ["early", "early", "late", "late"]
    assert ground.into == ((0.0,),)


def test_a_call_that_nobody_can_serve_stays_waiting_or_is_lost() -> None:
    calls = [StudyCall("a", 0, 0)]
    ground = Ground([[0.0]], [[0.0]], [[0.0]])
    for queue in (True, False):
        run = Run(ground, [], calls, Preference([[]]), Timing(queue=queue), at_base)
        assert run.go()[0].unit == -1
        assert len(run.waiting[0]) == int(queue)


def test_an_estimate_is_students() -> None:
    found = estimate([1.0, 2.0, 3.0, 4.0])
    assert (found.mean, found.n) == (2.5, 4)
    assert found.half == pytest.approx(3.182446 * 1.290994 / 2, rel=1e-5)
    assert np.isnan(estimate([1.0]).half)
    assert estimate([float("nan"), 5.0]).mean == 5.0


def test_turnout_is_that_of_the_rules() -> None:
    assert timing(DISPATCH_RULES).turnout_base_min == DISPATCH_RULES.units.turnout.at_station.p50
