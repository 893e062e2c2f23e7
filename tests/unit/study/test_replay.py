"""A trace replayed call by call says what a plain simulation of its own says, and reads others' files."""

import json
from itertools import product
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dispatch import language
from dispatch.cli.app import app
from dispatch.domain.errors import DispatchError
from simulators.study.replay import Options, replay, rounded
from simulators.study.returning import WAYS
from simulators.study.trace_columns import Reading
from simulators.study.trace_times import read_times
from simulators.study.traces import read_calls, read_units
from tests.unit.study.plain_replay import Plain
from tests.unit.study.simpy_replay import simpy_replay
from tests.unit.study.traces import Trace, random_trace

CLOSE_MIN = 1e-9
RULES = ("idle", "idle-or-returning", "idle-then-returning")
TIES = (
    "file",
    "file-last",
    "unit-id",
    "unit-id-last",
    "longest-idle",
    "last-idle",
    "least-used",
    "least-busy",
    "idle-first",
)
QUEUES = ("fifo", "priority", "nearest", "none")
RETURNING = ("base", "last", "linear", "nearest-end", "via-base")


def compare(trace: Trace, plain: Plain, options: Options) -> int:
    """Every call the same; how many of them waited."""
    answers = plain.run()
    run, trips = replay(trace.study_calls(), trace.study_units(), trace.times(), options)
    for answer, trip in zip(answers, trips, strict=True):
        ours = run.units[trip.unit].id if trip.unit >= 0 else None
        assert ours == answer.unit
        pairs = [
            (answer.dispatched, trip.dispatched),
            (answer.arrival, trip.arrived),
            (answer.at_hospital, trip.at_hospital),
            (answer.free, trip.free),
        ]
        for theirs, mine in pairs:
            assert (theirs is None and mine != mine) or abs((theirs or 0.0) - mine) <= CLOSE_MIN
    return sum(trip.pulled for trip in trips)


@pytest.mark.parametrize("whole", [False, True], ids=["continuous", "whole minutes"])
@pytest.mark.parametrize("returning", RETURNING)
@pytest.mark.parametrize("rule", RULES)
def test_every_call_goes_as_in_a_plain_simulation(rule: str, returning: str, *, whole: bool) -> None:
    waited = 0
    for seed, (tie, queue) in enumerate(product(TIES, QUEUES)):
        trace = random_trace(seed, calls=80, units=5, load=1.1, whole=whole)
        at = "base" if rule == "idle" else "free"
        calls_first = seed % 2 == 1
        plain = Plain(
            trace.minutes,
            trace.units(),
            trace.calls,
            rule,
            tie,
            queue,
            at,
            returning,
            turnout=1.5 if seed % 3 else 0.0,
            turnout_road=0.5 if seed % 3 == 1 else None,
            calls_first=calls_first,
        )
        options = Options(
            rule=rule,
            ties=(tie, "file"),
            queue=queue,
            returning=returning,
            turnout_base_min=plain.turnout,
            turnout_road_min=plain.turnout_road,
            same_moment="calls-first" if calls_first else "free-first",
        )
        waited += compare(trace, plain, options)
    assert waited > 100  # queues were there to be served wrongly


@pytest.mark.parametrize("queue_at", ["free", "base"])
@pytest.mark.parametrize("rule", RULES)
def test_where_a_unit_is_asked_for_waiting_calls_is_the_traces_choice(rule: str, queue_at: str) -> None:
    trace = random_trace(3, calls=150, units=4, load=1.0)
    plain = Plain(trace.minutes, trace.units(), trace.calls, rule, queue_at=queue_at)
    assert compare(trace, plain, Options(rule=rule, queue_at=queue_at)) > 10


def test_a_long_trace_is_the_same_to_the_end() -> None:
    trace = random_trace(11, calls=5000, units=12, nodes=60)
    compare(trace, Plain(trace.minutes, trace.units(), trace.calls), Options())


def test_a_unit_on_its_way_turns_at_the_next_node_of_a_line() -> None:
    line = [[float(abs(a - b) * 4) for b in range(5)] for a in range(5)]
    trace = Trace(line, [0], [])
    calls = [
        {"time": 0.0, "node": 4, "scene": 0.0},
        {"time": 21.0, "node": 4, "scene": 0.0},  # free at 16 in node 4, a quarter of a step past node 3
    ]
    from simulators.study.model import StudyCall

    made = [StudyCall(str(n), c["time"], int(c["node"])) for n, c in enumerate(calls)]
    _run, trips = replay(made, trace.study_units(), trace.times(), Options(returning="next-node"))
    assert trips[1].arrived == pytest.approx(21 + 3 + 8)  # on to node 2 (3 min), back to 4 (8 min)
    assert "next-node" in WAYS


def read(folder: Path, reading: Reading) -> tuple[list[object], list[object], object]:
    times = read_times(folder / "times.csv", reading)
    units = read_units(folder / "units.csv", times, reading)
    calls = read_calls(folder / "calls.csv", times, reading)
    return list(calls), list(units), times.minutes


def test_files_say_the_same_in_minutes_and_in_seconds_as_pairs_and_as_a_matrix(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text(
        "CallTime_s;nearestNode;onSceneDuration_s;Transport;hospital;handover_s\n"
        "90;2;600;true;3;900\n120.0;1.0;60;false;;0\n"
    )
    (tmp_path / "units.csv").write_text("name;station_node\nA;1\nB;3\n")
    (tmp_path / "times.csv").write_text("0;60;120\n60;0;90\n120;90;0\n")
    first = read(tmp_path, Reading(times_unit="s"))
    (tmp_path / "calls.csv").write_text("time,node,scene,hospital,hospital_min\n1.5,2,10,3,15\n2,1,1,,0\n")
    (tmp_path / "units.csv").write_text("id,base\nA,1\nB,3\n")
    (tmp_path / "times.csv").write_text("from,to,minutes\n1,2,1\n1,3,2\n2,3,1.5\n")
    assert read(tmp_path, Reading(symmetric=True)) == first
    (tmp_path / "times.csv").write_text("node,1,2,3\n1,0,1,2\n2,1,0,1.5\n3,2,1.5,0\n")
    assert read(tmp_path, Reading()) == first


def test_stamps_are_minutes_since_the_first_midnight(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text("time,node\n2020-01-02 00:01:30,1\n2020-01-01T23:00:00,1\n")
    (tmp_path / "units.csv").write_text("id,base\nA,1\n")
    (tmp_path / "times.csv").write_text("from,to,min\n1,1,0\n")
    calls, _units, _minutes = read(tmp_path, Reading())
    assert [getattr(call, "at_min", None) for call in calls] == [1441.5, 1380.0]


BAD = {
    "a node that is nowhere": ("calls", "time,node\n1,1\n2,9\n", ":3: ", "a node of"),
    "a time that is no number": ("calls", "time,node\nnoon,1\n", ":2: ", "a number"),
    "an endless time": ("calls", "time,node\ninf,1\n", ":2: ", "a number"),
    "a negative duration": ("calls", "time,node,scene\n1,1,-2\n", ":2: ", "from 0"),
    "a patient carried nowhere": ("calls", "time,node,transport\n1,1,1\n", ":2: ", "--hospitals"),
    "a word for yes that is none": ("calls", "time,node,transport\n1,1,perhaps\n", ":2: ", "yes"),
    "a call that comes twice": ("calls", "id,time,node\na,1,1\na,2,1\n", ":3: ", "line 2"),
    "a row too short": ("calls", "time,node,scene\n1,1\n", ":2: ", "3"),
    "a column that is missing": ("calls", "when,node\n1,1\n", ":1: ", "--column"),
    "a priority between two": ("calls", "time,node,priority\n1,1,1.5\n", ":2: ", "1, 2, 3"),
    "a unit that comes twice": ("units", "id,base\nA,1\nA,2\n", ":3: ", "line 2"),
    "no units at all": ("units", "id,base\n", ":1: ", "no rows"),
    "a base that is nowhere": ("units", "id,base\nA,7\n", ":2: ", "a node of"),
    "a pair with two times": ("times", "from,to,minutes\n1,2,3\n2,1,3\n1,2,4\n", ":4: ", "line 2"),
    "a negative time": ("times", "from,to,minutes\n1,2,-3\n", ":2: ", "from 0"),
}


@pytest.mark.parametrize("what", BAD, ids=list(BAD))
def test_a_bad_row_is_refused_with_file_line_and_what_is_allowed(what: str, tmp_path: Path) -> None:
    language.use("en")
    (tmp_path / "calls.csv").write_text("time,node\n1,1\n")
    (tmp_path / "units.csv").write_text("id,base\nA,1\n")
    (tmp_path / "times.csv").write_text("from,to,minutes\n1,2,1\n2,1,1\n")
    file, text, where, allowed = BAD[what]
    (tmp_path / f"{file}.csv").write_text(text)
    with pytest.raises(DispatchError) as refused:
        read(tmp_path, Reading())
    assert f"{file}.csv{where}" in str(refused.value)
    assert allowed in str(refused.value)


def test_a_patient_with_no_way_to_the_hospital_is_told_before_the_run(tmp_path: Path) -> None:
    language.use("en")
    (tmp_path / "calls.csv").write_text("time,node,hospital\n1,2,1\n")
    (tmp_path / "units.csv").write_text("id,base\nA,1\n")
    (tmp_path / "times.csv").write_text("from,to,minutes\n1,2,1\n")
    times = read_times(tmp_path / "times.csv", Reading())
    units = read_units(tmp_path / "units.csv", times, Reading())
    calls = read_calls(tmp_path / "calls.csv", times, Reading())
    with pytest.raises(DispatchError, match="there is no time for 2 > 1"):
        replay(calls, units, times, Options())


def test_the_command_writes_every_call_and_compares_it(tmp_path: Path) -> None:
    trace = random_trace(5, calls=60)
    calls, units, times = map(str, trace.write(tmp_path))
    out = str(tmp_path / "out.csv")
    files = ["study", "replay", "--calls", calls, "--units", units, "--times", times]
    done = CliRunner().invoke(app, ["--lang", "en", *files, "--out", out, "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["served"] == 60
    same = CliRunner().invoke(app, ["--lang", "en", *files, "--expect", out, "--json"])
    assert same.exit_code == 0, same.output
    compared = json.loads(same.output)["compared"]
    assert (compared["other_unit"], compared["worst_min"]) == (0, 0)
    lines = [line.partition(",")[2] for line in Path(out).read_text().splitlines()]
    (tmp_path / "nameless.csv").write_text("\n".join(lines))
    nameless = CliRunner().invoke(app, ["--lang", "en", *files, "--expect", str(tmp_path / "nameless.csv")])
    assert nameless.exit_code == 0, nameless.output
    other = CliRunner().invoke(
        app, ["--lang", "en", *files, "--expect", out, "--returning-from", "last", "--json"]
    )
    assert other.exit_code == 1
    assert json.loads(other.output)["compared"]["first_difference"]


def test_driving_times_are_rounded_as_asked() -> None:
    assert rounded([[0.0, 1.5, 2.4]], "nearest", 1) == [[0, 2, 2]]
    assert rounded([[0.0, 1.2, 2.0]], "up", 1) == [[0, 2, 2]]
    assert rounded([[0.0, 1.2, 2.9]], "down", 0.5) == [[0, 1.0, 2.5]]


def test_simpy_sends_the_same_units_at_the_same_times() -> None:
    trace = random_trace(21, calls=1500, units=20, nodes=60, load=0.9)
    served = simpy_replay(trace.minutes, trace.bases, trace.calls)
    run, trips = replay(trace.study_calls(), trace.study_units(), trace.times(), Options())
    assert any(trip.pulled for trip in trips)
    for trip in trips:
        unit, dispatched, arrived = served[trip.call]
        assert unit == run.units[trip.unit].id
        assert (dispatched, arrived) == pytest.approx((trip.dispatched, trip.arrived), abs=1e-6)
