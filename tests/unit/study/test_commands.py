"""`czt study` from the outside: comparisons, real calls, fits, and what a user can get wrong."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from dispatch.cli.app import app
from dispatch.domain.errors import DispatchError
from dispatch.settings import load
from simulators.scenarios import load_scenario
from simulators.study.calibrate import calibrate, find_stamps
from simulators.study.tables import read_table

"""A CSV of real responses, e.g. of a county; the tests that need one say that it is absent."""
DAY_S = 86_400


def czt(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["--lang", "en", "study", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def refused(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["--lang", "en", "study", *arguments])
    assert isinstance(done.exception, DispatchError)
    return str(done.exception)


RUN = ("run", "normal", "--replications", "2", "--jobs", "1")


def test_a_comparison_says_the_same_as_text_json_and_csv(tmp_path: Path) -> None:
    policies = ("--policies", "own,guarded", "--seed", "3")
    document = json.loads(czt(*RUN, *policies, "--json", "--plots", str(tmp_path)))
    rows = list(csv.DictReader(io.StringIO(czt(*RUN, *policies, "--csv"))))
    for policy in ("own", "guarded"):
        mean = document["policies"][policy]["all"]["mean_min"]["mean"]
        by_run = [float(r["mean_min"]) for r in rows if (r["policy"], r["group"]) == (policy, "all")]
        assert mean == pytest.approx(np.mean(by_run))
        assert f"{mean:.2f}" in czt(*RUN, *policies)
    gap = document["differences"]["guarded"]["all"]["mean_min"]
    own, guarded = (document["policies"][p]["all"]["mean_min"]["mean"] for p in ("own", "guarded"))
    assert gap["mean"] == pytest.approx(guarded - own)
    calls = {one["policies"][p]["all"]["calls"] for one in document["runs"][:1] for p in ("own", "guarded")}
    assert len(calls) == 1  # every policy met the same calls
    assert "synthetic" in document["note"]
    drawn = sorted(path.name for path in tmp_path.iterdir())
    assert drawn == ["study-normal-difference.svg", "study-normal-response.svg"]


def test_what_one_city_lends_another_borrows() -> None:
    document = json.loads(czt(*RUN, "--policies", "closest", "--json"))
    groups = document["runs"][0]["policies"]["closest"]
    cities = [group for group in groups if group != "all" and "priority" not in group]
    assert sum(groups[city]["lent"] for city in cities) == groups["all"]["borrowed"] > 0
    assert groups["all"]["calls"] == sum(groups[city]["calls"] for city in cities)


def test_mistakes_are_told_with_what_is_allowed(tmp_path: Path) -> None:
    assert "changsha-surge" in refused("run", "nowhere")
    assert "dmexclp" in refused("run", "normal", "--policies", "best")
    scenario = tmp_path / "mine.toml"
    scenario.write_text(
        'edition = "1"\nname = { zh = "一", en = "one" }\nregion = "three-cities"\n[fleet]\nwuhan = 0.5\n'
    )
    assert "zhuzhou" in refused("run", str(scenario))
    scenario.write_text('edition = "1"\nname = { zh = "一", en = "one" }\nregion = "mars"\n')
    assert "mine.toml:3" in refused("run", str(scenario))


def write_responses(path: Path, rows: int = 4000) -> None:
    rng = np.random.default_rng(1)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["dispatch_time", "enroute_time", "arrive_time"])
        for begin, wait, drive in zip(
            rng.uniform(0, DAY_S, rows),
            rng.lognormal(np.log(120), 0.5, rows),
            rng.gamma(3, 200, rows),
            strict=True,
        ):
            moments = [begin, begin + wait, begin + wait + drive]
            writer.writerow([clock(moment % DAY_S) for moment in moments])


def clock(second: float) -> str:
    return f"{int(second // 3600):02d}:{int(second % 3600 // 60):02d}:{second % 60:06.3f}"


def test_the_law_that_made_the_times_is_found_again(tmp_path: Path) -> None:
    write_responses(tmp_path / "responses.csv")
    found = {one.name: one for one in calibrate(find_stamps(read_table(tmp_path / "responses.csv"), {}), 240)}
    turnout, travel = found["turnout"], found["travel"]
    assert (turnout.fits[0].law, travel.fits[0].law) == ("lognormal", "gamma")
    assert turnout.fits[0].parameters["median"] == pytest.approx(2, rel=0.05)
    assert turnout.fits[0].parameters["sigma"] == pytest.approx(0.5, rel=0.05)
    assert travel.fits[0].parameters["shape"] == pytest.approx(3, rel=0.1)
    assert turnout.n == 4000  # midnight lies between two stamps of some rows
    assert turnout.fits[0].ks < 0.03 < turnout.fits[-1].ks


def test_what_cannot_be_a_duration_is_left_out_and_counted(tmp_path: Path) -> None:
    file = tmp_path / "few.csv"
    file.write_text(
        "dispatch_time,enroute_time\n10:00:00,10:00:00\n10:00:00,09:59:00\n10:00:00,\n10:00:00,x\n"
        "10:00:00,15:00:00\n23:59:00,00:01:00\n"
    )
    (one,) = calibrate(find_stamps(read_table(file), {}), 240)
    assert one.excluded == {"zero": 1, "backwards": 1, "empty": 1, "unread": 1, "long": 1}
    assert (one.n, one.mean, one.fits) == (1, 2.0, ())
    assert "nothing is fitted" in czt("calibrate", "--file", str(file))
    file.write_text("a,b\n1,2\n")
    assert "--column" in refused("calibrate", "--file", str(file))


def write_calls(path: Path, rows: int = 60) -> None:
    rng = np.random.default_rng(2)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["Received DtTm", "case_location", "Final Priority"])
        for _row in range(rows):
            second = int(rng.uniform(0, DAY_S))
            place = f"POINT ({-122.4 + rng.normal(0, 0.03):.5f} {37.76 + rng.normal(0, 0.03):.5f})"
            writer.writerow([f"2019-05-0{rng.integers(1, 4)}T{clock(second)[:8]}", place, rng.integers(1, 4)])
        writer.writerow(["", "POINT (1.5 2.5)", 1])
        writer.writerow(["2019-05-01T10:00:00", "", 1])


def test_real_calls_are_moved_onto_the_cities_and_make_a_drill(tmp_path: Path) -> None:
    file, drill = tmp_path / "calls.csv", tmp_path / "drill.toml"
    write_calls(file)
    mapped = ["--column", "file.time=Received DtTm", "--fold", "3", "--drill", str(drill)]
    asked = ("calls", "--file", str(file), *mapped, "--replications", "1")
    document = json.loads(czt(*asked, "--policies", "own,guarded", "--json"))
    assert document["policies"]["own"]["all"]["calls"]["mean"] == 60
    assert 2 < document["policies"]["guarded"]["all"]["mean_min"]["mean"] < 60
    configuration = load()
    scenario = load_scenario(drill, configuration)
    assert len(scenario.event) == 60
    places = [event.position for event in scenario.event if event.kind == "mass_casualty"]
    assert all(26.5 < lat < 29.5 and 111.5 < lon < 114.5 for lat, lon in places)
    assert scenario.demand == 0


def test_a_file_without_places_says_so(tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text("call_time\n2020-01-01 10:00:00\n")
    assert "--places drawn" in refused("calls", "--file", str(file))
    assert "all" in czt("calls", "--file", str(file), "--places", "drawn", "--replications", "1")


def test_real_responses_are_fitted(shared_data: Path) -> None:
    responses = shared_data / "calls" / "lancaster-county-unit-responses.csv"
    document = json.loads(czt("calibrate", "--file", str(responses), "--json"))
    named = {one["name"]: one for one in document["durations"]}
    assert named["turnout"]["n"] > 1000
    assert all(one["fits"][0]["ks"] < 0.06 for one in named.values())
