"""What a report says of odd logs: old, broken, empty, hostile, drills beside real work, loans by hand."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from dispatch import language
from dispatch.cli.app import app
from dispatch.domain.errors import DispatchError
from dispatch.report.logs import read_logs
from dispatch.report.make import make
from dispatch.report.model import Report
from dispatch.report.page import page
from dispatch.report.printed import lines
from dispatch.settings import load
from dispatch.settings.configuration import Configuration
from tests.audit.logs import tamper
from tests.unit.report.shift import CONSOLE, START_MS, Row, asked, choice, opened, order, shift, state, write

MIN = 60_000
AT = START_MS + 30 * MIN
CALL = "XT-0302-0001"
HOSTILE = "</script><img src=x onerror=alert(1)>'\"&<b>五一\x1b[31m\u202e"


@pytest.fixture(scope="module")
def configuration() -> Configuration:
    return load()


def made(folder: Path, configuration: Configuration, rows: list[Row], *, drill: bool = True) -> Report:
    return make(read_logs(write(folder, rows, drill=drill)), configuration)


def notes(report: Report) -> set[str]:
    return {note.code for note in report.notes}


def served(unit_city: str, unit: str, number: str, request: str, at: int, scene: int, over: int) -> list[Row]:
    """An order from its reservation at `at` to its end."""
    return [
        order(at, unit_city, "reserved", request, number, unit),
        order(at + 1_000, unit_city, "ordered", request, number, unit),
        order(at + 5_000, unit_city, "acked", request, number, unit),
        state(at + 60_000, unit_city, "EN_ROUTE", request, unit, number=number),
        state(scene, unit_city, "ON_SCENE", request, unit, number=number),
        order(over, unit_city, "done", request, number, unit, reason="completed"),
    ]


def lent(own_eta_s: int = 1_500) -> list[Row]:
    """Changsha's CS-001 goes to a call of Xiangtan; meanwhile Changsha has a call of its own."""
    options = [("CS-001", 900), ("XT-001", own_eta_s)]
    return [
        opened(AT, "xiangtan", CALL),
        *choice(AT + MIN, CALL, "CS-001", options),
        asked(AT + MIN + 4_000, "changsha", "r1", CALL, "CS-001"),
        *served(
            "changsha", "CS-001", CALL, "r1", AT + MIN + 5_000, AT + 16 * MIN + 3_000, AT + 61 * MIN + 5_000
        ),
        opened(AT + 20 * MIN, "changsha", "CS-0302-0002"),
        *served("changsha", "CS-002", "CS-0302-0002", "r2", AT + 21 * MIN, AT + 81 * MIN, AT + 90 * MIN),
        opened(AT + 70 * MIN, "changsha", "CS-0302-0003"),
        *served("changsha", "CS-003", "CS-0302-0003", "r3", AT + 71 * MIN, AT + 99 * MIN, AT + 100 * MIN),
    ]


def test_consoles_of_one_name_in_two_cities_are_two(tmp_path: Path, configuration: Configuration) -> None:
    paths = []
    for home, down, up in (("changsha", 0, 4), ("xiangtan", 1, 2)):
        (folder := tmp_path / home).mkdir()
        rows = [Row(AT + down * MIN, CONSOLE, "link.down", "zhuzhou", {}),
                Row(AT + up * MIN, CONSOLE, "link.up", "zhuzhou", {})]  # fmt: skip
        paths += write(folder, rows, home=home)
    report = make(read_logs(paths), configuration)
    found = {(one.home, one.node): (one.times, one.minutes) for one in report.links}
    assert found == {("changsha", CONSOLE): (1, 4.0), ("xiangtan", CONSOLE): (1, 1.0)}


# --- lending, by hand -----------------------------------------------------------------------------------


def test_a_loan_is_counted_from_its_reservation_to_its_end(
    tmp_path: Path, configuration: Configuration
) -> None:
    (pair,) = made(tmp_path, configuration, lent()).pairs
    assert (pair.lender, pair.borrower, pair.orders, pair.not_over) == ("changsha", "xiangtan", 1, 0)
    assert pair.unit_hours == pytest.approx(1.0)


def test_a_loan_won_what_the_best_own_unit_would_have_come_later(
    tmp_path: Path, configuration: Configuration
) -> None:
    (loan,) = made(tmp_path, configuration, lent()).ledger.loans
    assert (loan.own_unit, loan.own_by, loan.lent_by) == ("XT-001", "recommended", "actual")
    assert loan.lent_s == pytest.approx(15 * 60)
    assert loan.won_s == pytest.approx(1_500 - 15 * 60)


def test_a_loan_that_came_later_than_an_own_unit_is_said_to_have_lost(
    tmp_path: Path, configuration: Configuration
) -> None:
    ledger = made(tmp_path, configuration, lent(own_eta_s=600)).ledger
    assert ledger.lost_by_loan_n == 1
    assert ledger.won_min == pytest.approx(-5)


def test_a_loan_costs_the_lender_the_call_that_was_opened_while_the_unit_was_away(
    tmp_path: Path, configuration: Configuration
) -> None:
    ledger = made(tmp_path, configuration, lent()).ledger
    (loan,) = ledger.loans
    assert loan.calls_away == 1  # the other call of the lender came after the unit was back
    (cost,) = loan.costs
    assert cost.incident == "CS-0302-0002"
    assert cost.actual_s == pytest.approx(60 * 60 - 1)
    assert 0 < cost.estimate_s < 30 * 60
    assert ledger.cost_calls == {"changsha": 1}
    assert ledger.cost_min["changsha"] == pytest.approx(cost.saved_s / 60)


def test_a_loan_whose_calls_tell_no_place_is_said_not_to_be_estimated(
    tmp_path: Path, configuration: Configuration
) -> None:
    rows = lent()
    for row in rows:
        if row.action == "incident.opened":
            del row.detail["lat_microdeg"]
    (loan,) = made(tmp_path, configuration, rows).ledger.loans
    assert (loan.calls_away, loan.not_estimated, loan.costs) == (1, 1, ())


def test_two_loans_that_would_have_helped_one_call_cost_it_once(
    tmp_path: Path, configuration: Configuration
) -> None:
    more = served("changsha", "CS-004", CALL, "r4", AT + 2 * MIN, AT + 30 * MIN, AT + 60 * MIN)
    ledger = made(tmp_path, configuration, [*lent(), *more]).ledger
    saved = [cost.saved_s for loan in ledger.loans for cost in loan.costs]
    assert len(saved) == 2
    assert ledger.cost_min["changsha"] == pytest.approx(max(saved) / 60)
    assert ledger.cost_calls == {"changsha": 1}


# --- whose clock, which source --------------------------------------------------------------------------


def test_a_call_that_console_and_centre_both_tell_is_one_call(
    tmp_path: Path, configuration: Configuration
) -> None:
    said = opened(AT, "xiangtan", CALL, priority=1)
    console = Row(
        AT - 1_000, CONSOLE, "incident.opened", CALL, {**said.detail, "city": "xiangtan", "priority": 3}
    )
    report = made(tmp_path, configuration, [said, console])
    (call,) = report.calls
    assert (call.source, call.priority) == ("centre", 1)


def test_without_the_centres_log_a_call_is_not_said_to_wait(
    tmp_path: Path, configuration: Configuration
) -> None:
    said = opened(AT, "xiangtan", CALL)
    console = Row(AT, CONSOLE, "incident.opened", CALL, {**said.detail, "city": "xiangtan"})
    later = Row(AT + 90 * MIN, CONSOLE, "session.end", "", {})
    report = made(tmp_path, configuration, [console, later])
    one = report.response[0]
    assert (one.n, one.waiting, one.excluded) == (0, 0, {"no_centre_log": 1})
    assert "no_centre" in notes(report)


def test_the_priority_is_that_when_the_first_unit_was_ordered(
    tmp_path: Path, configuration: Configuration
) -> None:
    rows = [
        *lent(),
        Row(AT + MIN, "xiangtan", "incident.amend", CALL, {"priority": 2}),
        Row(AT + 9 * MIN, "xiangtan", "incident.amend", CALL, {"priority": 3}),
    ]
    call = next(one for one in made(tmp_path, configuration, rows).calls if one.incident == CALL)
    assert (call.priority, call.opened_priority) == (2, 1)


def test_a_choice_does_not_explain_the_order_of_another_desk(
    tmp_path: Path, configuration: Configuration
) -> None:
    rows = [
        opened(AT, "changsha", "CS-0302-0001"),
        *choice(AT + MIN, "CS-0302-0001", "CS-001", [("CS-001", 600)]),
        order(AT + MIN + 4_000, "changsha", "reserved", "r1", "CS-0302-0001", "CS-001", console="console-2"),
    ]
    (call,) = made(tmp_path, configuration, rows).calls
    assert call.missions[0].predicted_s is None


def test_an_incident_handed_over_is_counted_once_from_the_first_call(
    tmp_path: Path, configuration: Configuration
) -> None:
    taken = opened(AT + 10 * MIN, "zhuzhou", "ZZ-0302-0999")
    rows = [
        opened(AT, "xiangtan", CALL),
        Row(
            AT + 10 * MIN,
            "zhuzhou",
            "incident.taken_over",
            "ZZ-0302-0999",
            {**taken.detail, "incident": CALL},
        ),
        *served("zhuzhou", "ZZ-001", "ZZ-0302-0999", "r1", AT + 11 * MIN, AT + 20 * MIN, AT + 30 * MIN),
        *lent(),
    ]
    report = made(tmp_path, configuration, rows[:3] + rows[3:9])
    new = next(call for call in report.calls if call.incident == "ZZ-0302-0999")
    assert new.response_s == pytest.approx(20 * 60 + 5)
    old = next(call for call in report.calls if call.incident == CALL)
    assert old.excluded == "handed_over"


def test_what_was_chosen_against_the_recommendation_is_followed_to_its_outcome(
    tmp_path: Path, configuration: Configuration
) -> None:
    number = "CS-0302-0009"
    rows = [
        *lent(),
        opened(AT, "changsha", number),
        *choice(AT + MIN, number, "CS-006", [("CS-005", 300), ("CS-006", 420)], "路况"),
        asked(AT + MIN + 4_000, "changsha", "r6", number, "CS-006"),
        *served("changsha", "CS-006", number, "r6", AT + MIN + 5_000, AT + 11 * MIN + 3_000, AT + 40 * MIN),
    ]
    report = made(tmp_path, configuration, rows)
    units = report.overrides[0]
    assert (units.n, units.overridden, units.reasons) == (2, 1, {"路况": 1})
    followed, left = report.outcomes
    assert (followed.n, left.n) == (1, 1)
    assert left.median_s == pytest.approx(600)
    assert left.later_than_best_n == 1
    assert left.against_best_median_s == pytest.approx(300)


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        ({"accepted": True, "answered": True, "reason": ""}, "accepted"),
        ({"accepted": False, "answered": True, "reason": "缺血"}, "refused"),
        ({"accepted": False, "answered": False, "reason": ""}, "no_answer"),
        (None, "unknown"),
    ],
)
def test_a_request_for_blood_is_followed_to_the_banks_answer(
    tmp_path: Path, configuration: Configuration, told: dict[str, object] | None, outcome: str
) -> None:
    need = {"component": "red_cells", "group": "O-", "wanted": 4, "hospital": "CS-H-CENTRAL"}
    options = [{"bank": "CS-B-CENTRE", "rank": 1, "eta_s": 900, "late_eta_s": 1_200, "cross_city": False}]
    rows = [
        Row(AT, CONSOLE, "blood.recommended", "B1", {"need": need, "options": options}),
        Row(AT + 1, CONSOLE, "blood.chosen", "B1", {"bank": "CS-B-CENTRE", "rank": 1, "override_reason": ""}),
    ]
    rows += [] if told is None else [Row(AT + 2, CONSOLE, "blood.told", "B1", told)]
    (one,) = made(tmp_path, configuration, rows).blood
    assert (one.outcome, one.wanted, one.bank, one.followed) == (outcome, 4, "CS-B-CENTRE", True)


# --- odd logs -------------------------------------------------------------------------------------------


def test_an_older_log_is_reported_and_what_it_lacks_is_said(
    tmp_path: Path, configuration: Configuration
) -> None:
    rows = lent()
    for row in rows:
        if row.action == "incident.opened":
            for name in ("lat_microdeg", "lon_microdeg", "opened_ms", "patients", "needs"):
                del row.detail[name]
        row.detail.pop("best", None)
    report = made(tmp_path, configuration, rows)
    assert {"row_time", "no_place"} <= notes(report)
    assert report.overrides[0].overridden == 0
    assert sum(one.n for one in report.response if not one.city) == 3


def test_an_empty_log_gives_an_empty_report_that_says_so(
    tmp_path: Path, configuration: Configuration
) -> None:
    paths = write(tmp_path, [Row(AT, CONSOLE, "session.start", "", {})], drill=False)
    report = make(read_logs(paths), configuration, drill=True)
    assert "empty" in notes(report)
    assert report.response[0].quantiles[0].value_s is None
    assert report.response[0].within[0].share is None
    assert "–" in "\n".join(lines(report, "en"))
    assert "<svg" in page(report, configuration, "en")


def test_drill_and_real_rows_are_never_in_one_figure(tmp_path: Path, configuration: Configuration) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "drill").mkdir()
    real = write(tmp_path / "real", [opened(AT, "changsha", "CS-0302-0001")], drill=False)
    drill = write(tmp_path / "drill", lent(), drill=True)
    logs = read_logs([*real, *drill])
    assert [call.incident for call in make(logs, configuration).calls] == ["CS-0302-0001"]
    report = make(logs, configuration, drill=True)
    assert len(report.calls) == 3
    assert report.scope.drill
    assert report.scope.rows_of_the_other_kind == 1
    assert "other_kind" in notes(report)


def test_rows_after_the_first_fault_do_not_count(tmp_path: Path, configuration: Configuration) -> None:
    paths = write(tmp_path, shift(5, calls=20))
    body = "UPDATE audit SET body = replace(body, 'changsha', 'shangcha') WHERE seq = 10"
    tamper(paths[1], body)
    logs = read_logs(paths)
    report = make(logs, configuration)
    assert not report.logs[1].verified
    assert report.logs[1].first_fault is not None
    assert report.logs[1].rows == 9 == len(logs[1].rows)
    assert "not_verified" in notes(report)
    assert "NOT whole" in "\n".join(lines(report, "en"))


def test_a_file_that_is_no_log_is_refused_in_one_sentence(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("no log")
    with pytest.raises(DispatchError):
        read_logs([other])
    with pytest.raises(DispatchError, match=r"absent\.db"):
        read_logs([tmp_path / "absent.db"])


# --- the page -------------------------------------------------------------------------------------------


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, int] = {}
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[tag] = self.found.get(tag, 0) + 1
        self.attributes |= {name for name, _value in attrs}
        assert not any(name in ("src", "href", "onerror", "onload") for name, _value in attrs), (tag, attrs)


def _hostile_rows() -> list[Row]:
    rows = lent()
    rows += [
        opened(AT + MIN, "changsha", HOSTILE, place=HOSTILE, needs=HOSTILE),
        *choice(AT + 2 * MIN, HOSTILE, HOSTILE, [(HOSTILE, 60), ("CS-001", 90)], HOSTILE),
        Row(AT + 3 * MIN, CONSOLE, "hospital.chosen", HOSTILE, {"hospital": HOSTILE, "rank": 1}),
        Row(
            AT + 3 * MIN, CONSOLE, "blood.recommended", HOSTILE, {"need": {"component": HOSTILE, "wanted": 1}}
        ),
        Row(AT + 3 * MIN, CONSOLE, "link.down", HOSTILE, {}),
        Row(AT + 3 * MIN, CONSOLE, "message.quarantined", HOSTILE, {"reason": HOSTILE, "count": 2}),
        Row(AT + 4 * MIN, "changsha", "alarm.raised", HOSTILE, {"code": HOSTILE}),
        Row(AT + 5 * MIN, "changsha", "incident.note", HOSTILE, {"text": HOSTILE}, actor=HOSTILE),
        *served("changsha", HOSTILE, HOSTILE, HOSTILE, AT + 4 * MIN, AT + 9 * MIN, AT + 10 * MIN),
        Row(AT + 11 * MIN, "changsha", "incident.close", HOSTILE, {"ending": HOSTILE}),
        Row(AT + 12 * MIN, "changsha", "unit.state", "CS-009", {"at_ms": "soon", "state": 7, "task": ["r1"]}),
        Row(AT + 12 * MIN, "changsha", "order.acked", "r9", {}),
        Row(AT + 12 * MIN, CONSOLE, "unit.recommended", "X", {"options": ["a", {"unit": 3}, {"rank": True}]}),
        Row(AT + 12 * MIN, CONSOLE, "unit.chosen", "X", {"rank": "one", "best": "yes"}),
        opened(AT + 13 * MIN, "zhuzhou", "ZZ-8", opened_ms=-(2**52)),
        state(AT + 14 * MIN, "changsha", "ON_SCENE", "r2", "CS-002", told_ms=2**52),
        opened(AT + 13 * MIN, "zhuzhou", "ZZ-9", lat_microdeg=2**52, lon_microdeg=-(2**52), priority=77),
    ]
    return rows


def test_hostile_names_do_not_run_in_the_page(tmp_path: Path, configuration: Configuration) -> None:
    report = made(tmp_path, configuration, _hostile_rows())
    for spoken in language.LANGUAGES:
        text = page(report, configuration, spoken)
        tags = _Tags()
        tags.feed(text)
        assert not {"script", "img", "b", "iframe", "object", "link"} & set(tags.found)
        assert "<img" not in text
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "&lt;img src=x" in text


def test_the_page_needs_no_network_and_holds_both_languages(
    tmp_path: Path, configuration: Configuration
) -> None:
    text = page(made(tmp_path, configuration, shift(7, calls=30)), configuration, "zh_CN")
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert "https://" not in text
    assert "url(" not in text
    assert "From call to scene" in text
    assert "来电到现场" in text
    assert text.count("<main") == 2
    assert "default-src 'none'" in text


def test_a_worst_call_has_its_timeline_with_the_clock_of_each_line(
    tmp_path: Path, configuration: Configuration
) -> None:
    worst = made(tmp_path, configuration, lent()).worst
    assert [one.response_s for one in worst] == sorted((one.response_s for one in worst), reverse=True)
    first = next(one for one in worst if one.incident == CALL)
    clocks = {line.action: line.clock for line in first.lines}
    assert (clocks["order.acked"], clocks["unit.state"], clocks["unit.chosen"]) == (
        "centre",
        "crew",
        "console",
    )


# --- the command ----------------------------------------------------------------------------------------


def test_the_command_writes_page_tables_and_a_document_that_fits_its_schema(tmp_path: Path) -> None:
    paths = [str(path) for path in write(tmp_path, _hostile_rows())]
    out, folder = tmp_path / "report.html", tmp_path / "tables"
    run = CliRunner().invoke(
        app, ["--lang", "en", "report", *paths, "--out", str(out), "--csv", str(folder), "--json"]
    )
    assert run.exit_code == 0, run.output
    document = json.loads(run.stdout)
    schema = json.loads(CliRunner().invoke(app, ["schema", "report"]).stdout)
    Draft202012Validator(schema).validate(document)
    assert Report.model_validate_json(run.stdout).calls
    assert out.read_text("utf-8").startswith("<!DOCTYPE html>")
    calls = (folder / "calls.csv").read_text("utf-8-sig").splitlines()
    assert len(calls) >= 5
    assert {"response.csv", "orders.csv", "loans.csv", "alarms.csv"} <= {
        path.name for path in folder.iterdir()
    }


def test_a_drills_console_log_alone_takes_the_centres_beside_it(tmp_path: Path) -> None:
    console, *centres = write(tmp_path, shift(3, calls=20))
    for centre in centres:
        folder = tmp_path / "centres" / centre.stem
        folder.mkdir(parents=True)
        centre.rename(folder / "centre.db")
    run = CliRunner().invoke(app, ["--lang", "en", "report", str(console), "--json"])
    assert len(json.loads(run.stdout)["logs"]) == 4


def test_what_cannot_be_written_is_said_in_one_sentence(tmp_path: Path) -> None:
    (path, *_rest) = write(tmp_path, lent())
    run = CliRunner().invoke(
        app, ["--lang", "en", "report", str(path), "--out", str(tmp_path / "no" / "r.html")]
    )
    assert isinstance(run.exception, DispatchError)
    assert "cannot write" in str(run.exception)


def test_a_cell_that_a_spreadsheet_would_calculate_is_disarmed(tmp_path: Path) -> None:
    paths = write(tmp_path, [opened(AT, "changsha", "CS-1", place="=cmd|' /C calc'!A0")])
    folder = tmp_path / "tables"
    run = CliRunner().invoke(app, ["report", *map(str, paths), "--csv", str(folder)])
    assert run.exit_code == 0
    assert "'=cmd|" in (folder / "calls.csv").read_text("utf-8-sig")
