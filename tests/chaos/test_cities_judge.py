"""The judge of the three cities: one good run in a few lines, and every kind of harm doctored into it."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from dispatch.centre.store import Store
from tests.centre.orders_bench import CHANGSHA, FLEET
from tests.chaos.cities import run
from tests.chaos.cities.delays import measure, percentile, spells_of
from tests.chaos.cities.evidence import Evidence, Order, broken_chains, collect
from tests.chaos.cities.journal import Journal, Line, read_journal
from tests.chaos.cities.report import failed, report_of, text_of
from tests.chaos.cities.verdict import KINDS, judge
from tests.unit.centre.centre_world import rules

HOME, LENT, REFUSED = "home", "lent", "refused"
GONE = [("reserved", 1_010, ""), ("ordered", 1_020, ""), ("acked", 1_200, ""), ("done", 5_000, "completed")]
DENIED = [("denied", 1_500, "unit_held")]


def shows(ms: int, request: str, standing: str, steps: list[str], unit: str = "CS-001") -> Line:
    return {"ms": ms, "did": "shows", "request": request, "unit": unit, "standing": standing, "steps": steps}


def crew(ms: int, did: str, state: str, request: str = HOME, unit: str = "CS-001", token: int = 1) -> Line:
    line = {"ms": ms, "did": did, "unit": unit, "request": request, "state": state}
    return {**line, "token": [1, token], "ending": ""}


def record(
    request: str, unit: str, city: str, steps: list[tuple[str, int, str]], aid: str | None = None
) -> Line:
    job = {"incident": "CS-1"}
    asked = {
        "asked_ms": 1_000,
        "expires_ms": 61_000,
        "contradicted": False,
        "asker": ["changsha", "console-1"],
    }
    found = {"request": request, "unit": unit, "city": city, "job": job, "aid": aid, **asked}
    return {**found, "steps": [list(step) for step in steps]}


def good() -> Evidence:
    """A unit of the own city, one that was lent, and one that was denied."""
    order = ["reserved", "ordered", "acked"]
    found = Evidence(
        happened=[
            {"ms": 0, "did": "began", "broker": "nats", "seconds": 90.0, "seed": 1},
            {"ms": 10, "did": "phase", "name": "calm"},
            {"ms": 10_000, "did": "phase", "name": "chaos"},
            {"ms": 20_000, "did": "phase", "name": "healed"},
            {"ms": 25_000, "did": "phase", "name": "resolved", "left": []},
            {"ms": 25_001, "did": "ended", "dead": [], "starts": {}},
        ],
        did={
            "vehicles-changsha-1": [
                {"ms": 5, "did": "woke", "unit": "CS-001", "request": "", "state": ""},
                crew(1_050, "heard", "told"),
                crew(1_150, "acknowledged", "acknowledged"),
                crew(4_900, "finished", "done"),
            ],
            "vehicles-zhuzhou-1": [
                crew(1_060, "heard", "told", LENT, "ZZ-001"),
                crew(1_160, "acknowledged", "acknowledged", LENT, "ZZ-001"),
                crew(4_950, "finished", "done", LENT, "ZZ-001"),
            ],
        },
    )
    found.shown["changsha"] = [
        {"ms": 990, "did": "chose", "incident": "CS-1", "unit": "CS-001"},
        shows(1_000, HOME, "requested", []),
        shows(1_250, HOME, "confirmed", order),
        shows(5_050, HOME, "done", [*order, "done"]),
        shows(1_300, LENT, "confirmed", order, "ZZ-001"),
        shows(5_100, LENT, "done", [*order, "done"], "ZZ-001"),
        shows(1_600, REFUSED, "denied", ["denied"], "CS-002"),
    ]
    found.asked["changsha"] = {
        HOME: record(HOME, "CS-001", "changsha", GONE),
        LENT: record(LENT, "ZZ-001", "zhuzhou", GONE, "aid"),
        REFUSED: record(REFUSED, "CS-002", "changsha", DENIED),
    }
    found.orders = {
        HOME: Order(HOME, "CS-001", "changsha", "changsha", "CS-1", (1, 1), "done", list(GONE)),
        LENT: Order(LENT, "ZZ-001", "zhuzhou", "changsha", "CS-1", (1, 1), "done", list(GONE)),
        REFUSED: Order(REFUSED, "CS-002", "changsha", "changsha", "CS-1", (0, 0), "denied", list(DENIED)),
    }
    found.aids = {
        "changsha": [],
        "zhuzhou": [{"borrower": "changsha", "incident": "CS-1", "units": ["ZZ-001"]}],
    }
    return found


def kinds(found: Evidence) -> set[str]:
    return {one.kind for one in judge(found)}


def test_a_good_run_is_good() -> None:
    assert judge(good()) == []


# --- what is doctored into it ---------------------------------------------------------------------


def two_tasks(found: Evidence) -> None:
    found.did["vehicles-changsha-1"].insert(3, crew(2_000, "heard", "told", "another", token=2))


def begun_again(found: Evidence) -> None:
    found.did["vehicles-changsha-1"].append(crew(6_000, "heard", "told"))


def older_token(found: Evidence) -> None:
    found.did["vehicles-changsha-1"].append(crew(6_000, "heard", "told", "older", token=0))


def two_crews(found: Evidence) -> None:
    found.did["vehicles-changsha-1"].append(crew(6_000, "heard", "told", unit="CS-003"))


def never_acknowledged(found: Evidence) -> None:
    del found.did["vehicles-changsha-1"][2]


def confirmed_too_soon(found: Evidence) -> None:
    found.did["vehicles-changsha-1"][2]["ms"] = 1_260


def centre_confirms_alone(found: Evidence) -> None:
    found.did["vehicles-zhuzhou-1"] = []
    found.shown["changsha"] = [line for line in found.shown["changsha"] if line.get("request") != LENT]


def denied_but_goes(found: Evidence) -> None:
    found.did["vehicles-changsha-1"].append(crew(6_000, "heard", "told", REFUSED, "CS-002"))


def shown_as_expired_but_goes(found: Evidence) -> None:
    found.shown["changsha"].insert(2, shows(1_100, HOME, "expired", ["reserved"]))


def centre_never_had_it(found: Evidence) -> None:
    found.orders[HOME].steps = [*GONE[:2], ("done", 5_000, "crew_refused")]


def another_unit(found: Evidence) -> None:
    found.orders[HOME].unit = "CS-009"


def over_but_never_ended(found: Evidence) -> None:
    del found.did["vehicles-changsha-1"][3]


def second_holder(found: Evidence) -> None:
    steps = [("reserved", 3_000, ""), ("cancelled", 3_100, "withdrawn")]
    found.orders["second"] = Order(
        "second", "CS-001", "changsha", "changsha", "CS-1", (1, 2), "cancelled", steps
    )


def held_for_ever(found: Evidence) -> None:
    steps = [("reserved", 6_000, "")]
    found.orders["after"] = Order(
        "after", "CS-001", "changsha", "changsha", "CS-1", (1, 2), "reserved", steps
    )
    found.orders[HOME].state = "acked"


def hole_in_the_history(found: Evidence) -> None:
    del found.orders[HOME].steps[1]


def back_in_time(found: Evidence) -> None:
    found.orders[HOME].steps[3] = ("done", 1_100, "completed")


def no_end(found: Evidence) -> None:
    found.asked["changsha"][HOME]["steps"].pop()


def forgotten(found: Evidence) -> None:
    del found.asked["changsha"][REFUSED]


def other_history(found: Evidence) -> None:
    found.asked["changsha"][HOME]["steps"][3][1] += 1


def contradicted(found: Evidence) -> None:
    found.asked["changsha"][HOME]["contradicted"] = True


def never_shown_the_end(found: Evidence) -> None:
    del found.shown["changsha"][3]


def not_lent(found: Evidence) -> None:
    found.aids["zhuzhou"][0]["units"] = ["ZZ-002"]


def nobody_ordered(found: Evidence) -> None:
    found.did["vehicles-changsha-1"].append(crew(6_000, "heard", "told", "from nowhere", token=5))


def ended_but_held(found: Evidence) -> None:
    found.orders[HOME].state = "acked"


def broken_chain(found: Evidence) -> None:
    found.broken_chains.append("changsha/centre.db: broken")


def fault(found: Evidence) -> None:
    found.faults.append("centre changsha: Traceback")


def left_open(found: Evidence) -> None:
    found.left.append("changsha: help 1")


@pytest.mark.parametrize(
    ("kind", "doctor"),
    [
        ("double", two_tasks),
        ("double", begun_again),
        ("double", older_token),
        ("double", two_crews),
        ("ghost", never_acknowledged),
        ("ghost", confirmed_too_soon),
        ("ghost", centre_confirms_alone),
        ("rejected but accepted", denied_but_goes),
        ("rejected but accepted", shown_as_expired_but_goes),
        ("confirmed but not accepted", centre_never_had_it),
        ("confirmed but not accepted", another_unit),
        ("confirmed but not accepted", over_but_never_ended),
        ("two holders", second_holder),
        ("two holders", held_for_ever),
        ("history", hole_in_the_history),
        ("history", back_in_time),
        ("undecided", no_end),
        ("undecided", forgotten),
        ("disagreement", other_history),
        ("disagreement", contradicted),
        ("disagreement", never_shown_the_end),
        ("unlent", not_lent),
        ("unordered", nobody_ordered),
        ("unordered", ended_but_held),
        ("audit chain", broken_chain),
        ("fault", fault),
        ("not resolved", left_open),
    ],
)
def test_every_kind_of_harm_is_seen(kind: str, doctor: Callable[[Evidence], None]) -> None:
    found = good()
    doctor(found)
    assert kind in kinds(found)


def test_every_kind_is_doctored_above() -> None:
    marks = test_every_kind_of_harm_is_seen.pytestmark  # type: ignore[attr-defined]
    assert {kind for mark in marks for kind, _doctor in mark.args[1]} == set(KINDS)


def test_a_stand_down_that_overtook_its_order_is_no_beginning() -> None:
    found = good()
    found.did["vehicles-changsha-1"].append(crew(6_000, "heard", "stood_down", REFUSED, token=2))
    assert "rejected but accepted" not in kinds(found)


# --- what is read from files ----------------------------------------------------------------------


def test_a_changed_audit_log_is_found_by_the_shipped_command(tmp_path: Path) -> None:
    file = tmp_path / "centres" / "changsha" / "centre.db"
    file.parent.mkdir(parents=True)
    for _start in range(2):
        store = Store.open(
            file, city=CHANGSHA, node="centre", units=FLEET, rules=rules(), now_ms=1_000, drill=True
        )
        store.close()
    assert broken_chains(tmp_path) == []
    with sqlite3.connect(file) as connection:
        for (trigger,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute("UPDATE audit SET body = replace(body, 'centre', 'centra') WHERE seq = 1")
    connection.close()
    assert len(broken_chains(tmp_path)) == 1


def test_logs_journals_and_an_early_end_tell_of_faults(tmp_path: Path) -> None:
    log = tmp_path / "centres" / "changsha" / "centre.log"
    log.parent.mkdir(parents=True)
    log.write_text("it runs\nTraceback (most recent call last):\n", "utf-8")
    (tmp_path / "consoles" / "zhuzhou").mkdir(parents=True)
    Journal(tmp_path / "consoles" / "zhuzhou" / "shown.jsonl").note("fault", why="KeyError()")
    faults = collect(tmp_path).faults
    assert [word for word in ("Traceback", "KeyError", "did not come to its end") if word in str(faults)] == [
        "Traceback",
        "KeyError",
        "did not come to its end",
    ]


def test_a_torn_line_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "did.jsonl").write_text('{"ms": 1, "did": "woke"}\n{"ms": 2, "di', "utf-8")
    with pytest.raises(json.JSONDecodeError):
        read_journal(tmp_path / "did.jsonl")


# --- delays ---------------------------------------------------------------------------------------


def test_an_order_counts_from_the_choice_and_a_lent_one_from_its_order() -> None:
    delays = measure(good())
    assert (delays.calm, delays.lent) == ([1_250 - 990, 1_300 - 1_000], 1)
    assert dict(delays.endings) == {"denied: unit_held": 1}
    assert delays.hands == [100, 100]


def _in_the_chaos(*spells: Line) -> tuple[int, int]:
    """How many orders count as reachable, and how many as cut or killed."""
    found = good()
    found.happened[2]["ms"] = 500
    found.happened += spells
    delays = measure(found)
    assert delays.calm == []
    return len(delays.reachable), len(delays.cut_or_killed)


def test_what_stood_in_the_way_of_an_order_is_told_apart() -> None:
    def spell(begin: str, end: str, **what: str) -> tuple[Line, Line]:
        return {"ms": 1_100, "did": begin, **what}, {"ms": 1_150, "did": end, **what}

    assert _in_the_chaos() == (2, 0)
    assert _in_the_chaos(*spell("down", "back", what="centre", city="zhuzhou")) == (1, 1)
    assert _in_the_chaos(*spell("down", "back", what="console", city="changsha")) == (0, 2)
    assert _in_the_chaos(*spell("down", "back", what="console", city="xiangtan")) == (2, 0)
    assert _in_the_chaos(*spell("cut", "mended", city="zhuzhou")) == (1, 1)
    silent = spell("silent", "heard again", client="changsha-console-1", broker="zhuzhou")
    assert _in_the_chaos(*silent) == (1, 1)
    fleet = "changsha-vehicles-changsha-1"
    assert _in_the_chaos(*spell("down", "back", what="vehicles", city="changsha", client=fleet)) == (1, 1)


def test_what_never_came_back_was_in_the_way_to_the_end() -> None:
    spells = spells_of(
        [{"ms": 5, "did": "down", "what": "broker", "city": "zhuzhou"}, {"ms": 90, "did": "x"}]
    )
    assert [(one.begun_ms, one.ended_ms) for one in spells] == [(5, 90)]


def test_the_99th_percentile_is_the_nearest_rank() -> None:
    assert percentile(list(range(1, 101)), 0.99) == 99
    assert percentile([7], 0.99) == 7
    assert percentile([], 0.5) == 0


def test_the_report_tells_good_from_bad(tmp_path: Path) -> None:
    text = text_of(report_of(good(), tmp_path))
    assert "0 double, 0 ghost, 0 rejected but accepted, 0 confirmed but not accepted" in text
    assert "5.0 s after healing: PASS" in text
    found = good()
    begun_again(found)
    found.happened = [line for line in found.happened if line.get("name") != "resolved"]
    bad = text_of(report_of(found, tmp_path))
    assert "1 double" in bad
    assert "not resolved within 60 s of healing: FAIL" in bad


def report_with(folder: Path, calm_p99_ms: int = 200, chaos: int = 10, resolved_s: float | None = 5) -> Line:
    report = report_of(good(), folder) | {"resolved_s": resolved_s}
    report["delays"]["calm"] |= {"orders": 10, "p99_ms": calm_p99_ms}
    report["delays"]["chaos, reachable"] |= {"orders": chaos, "p99_ms": 4_000}
    return report


def test_a_run_that_reached_every_bar_ends_with_0(tmp_path: Path) -> None:
    assert failed(report_with(tmp_path)) == []


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ({"calm_p99_ms": 1_001}, "calm: p99 <= 1000 ms: FAIL"),
        ({"chaos": 0}, "chaos, reachable: p99 <= 5000 ms: not measured, no orders: FAIL"),
        ({"resolved_s": None}, "not resolved within 60 s of healing: FAIL"),
        ({"resolved_s": 61}, "not resolved within 60 s of healing: FAIL"),
    ],
)
def test_a_bar_that_was_not_reached_ends_with_1_unless_only_a_report_is_wanted(
    what: Line, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "play", lambda *_how: report_with(tmp_path, **what))
    assert run.main(["--broker", "embedded"]) == 1
    assert f"not reached: {told}" in capsys.readouterr().out
    assert run.main(["--broker", "embedded", "--report-only"]) == 0


def test_harm_is_a_bar_that_was_not_reached(tmp_path: Path) -> None:
    assert failed(report_with(tmp_path) | {"violations": {"double": 2}}) == ["2 double"]
