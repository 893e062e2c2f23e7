"""The figures of the report equal an independent recount of the same rows in SQL."""

import csv
import re
from math import ceil
from pathlib import Path

import pytest

from dispatch.language import LANGUAGES
from dispatch.report.csv_files import write_csv
from dispatch.report.logs import read_logs
from dispatch.report.make import make
from dispatch.report.model import Report, Response
from dispatch.report.sections import sections
from dispatch.settings import load
from dispatch.settings.configuration import Configuration
from tests.unit.report.recount import Recount
from tests.unit.report.shift import CITIES, shift, write


@pytest.fixture(scope="module")
def configuration() -> Configuration:
    return load()


@pytest.fixture(scope="module", params=[1, 2, 3])
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, configuration: Configuration
) -> tuple[Report, Recount]:
    """A shift as the report counts it and as SQL does; the console's log is given twice."""
    paths = write(tmp_path_factory.mktemp("shift"), shift(request.param, calls=120))
    return make(read_logs([*paths, paths[0]]), configuration), Recount(paths)


def _of(report: Report, priority: int, city: str) -> Response:
    return next(one for one in report.response if (one.priority, one.city) == (priority, city))


@pytest.mark.parametrize("city", ["", *CITIES])
@pytest.mark.parametrize("priority", [1, 2, 3])
def test_calls_reached_and_waiting_are_those_of_the_recount(
    both: tuple[Report, Recount], priority: int, city: str
) -> None:
    report, sql = both
    found, reached, waiting = (
        _of(report, priority, city),
        sql.responses(priority, city),
        sql.waiting(priority, city),
    )
    assert (found.n, found.waiting) == (len(reached), len(waiting))
    assert found.calls == sql.count(
        "SELECT count(*) FROM response WHERE priority = ? AND ? IN ('', city)", priority, city
    )
    assert found.n + found.waiting + sum(found.excluded.values()) == found.calls
    assert found.over_30_min == sum(value > 1800 for value in [*reached, *waiting])
    for quantile in found.quantiles:
        rank = ceil(len(reached) * quantile.percent / 100)
        assert quantile.value_s == (reached[rank - 1] if reached else None)
    for share in found.within:
        assert share.hits == sum(value <= share.minutes * 60 for value in reached)
        assert share.n == len(reached) + sum(value > share.minutes * 60 for value in waiting)


def test_the_shift_has_what_it_must_have_to_prove_anything(both: tuple[Report, Recount]) -> None:
    report, _sql = both
    one = _of(report, 1, "")
    assert one.n > 12
    assert one.waiting > 0
    assert {"order_of_times", "closed_unreached"} <= set(one.excluded)
    assert len(report.pairs) >= 3
    assert report.overrides[0].overridden > 5


def test_unit_hours_of_each_pair_are_those_of_the_recount(both: tuple[Report, Recount]) -> None:
    report, sql = both
    assert {(one.lender, one.borrower): one.unit_hours for one in report.pairs} == pytest.approx(
        sql.unit_hours()
    )


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("roll_scene", "EN_ROUTE", "ON_SCENE"),
        ("scene_leave", "ON_SCENE", "TRANSPORTING"),
        ("leave_hospital", "TRANSPORTING", "AT_HOSPITAL"),
    ],
)
def test_each_step_is_that_of_the_recount(
    both: tuple[Report, Recount], name: str, start: str, end: str
) -> None:
    report, sql = both
    found, values = next(one for one in report.intervals if one.name == name), sql.step(start, end)
    assert found.n == len(values) == sum(found.counts)
    assert found.quantiles_s["p50"] == values[ceil(len(values) * 0.5) - 1]
    assert found.quantiles_s["p90"] == values[ceil(len(values) * 0.9) - 1]
    assert found.quantiles_s["p100"] == values[-1]


def test_errors_of_predicted_arrivals_are_those_of_the_recount(both: tuple[Report, Recount]) -> None:
    report, sql = both
    found, errors = next(one for one in report.eta if one.scope == "all"), sql.eta_errors()
    assert found.n == len(errors) > 5
    assert found.mean_s == pytest.approx(sum(errors) / len(errors))
    assert found.mean_absolute_s == pytest.approx(sum(map(abs, errors)) / len(errors))
    assert found.median_s == pytest.approx(errors[ceil(len(errors) / 2) - 1])
    by_city = [one for one in report.eta if one.scope == "city"]
    assert sum(one.n for one in by_city) == sum(one.n for one in report.eta if one.scope == "hour") == found.n


def test_overrides_alarms_links_and_refusals_are_those_of_the_recount(both: tuple[Report, Recount]) -> None:
    report, sql = both
    chosen = "SELECT count(*) FROM every WHERE action = 'unit.chosen'"
    assert report.overrides[0].n == sql.count(chosen)
    assert report.overrides[0].overridden == sql.count(f"{chosen} AND json_extract(detail, '$.rank') <> 1")
    raised = "SELECT count(*) FROM every WHERE action = 'alarm.raised'"
    rang = sorted(sql.acknowledged("rolling_out"))
    assert sum(one.raised for one in report.alarms) == sql.count(raised) == 30
    assert sum(one.acknowledged for one in report.alarms) == len(rang)
    assert max(one.longest_s or 0 for one in report.alarms) == rang[-1]
    assert sum(one.minutes for one in report.links) == pytest.approx(sql.minutes_down())
    assert sum(one.times for one in report.links) == 6
    refused = "SELECT sum(json_extract(detail, '$.count')) FROM every WHERE action = 'message.quarantined'"
    assert sum(one.count for one in report.refused) == sql.count(refused)


BLOOD_STEPS = {
    "blood_ask_confirm": ("held", "confirmed"), "blood_confirm_pack": ("confirmed", "packed"),
    "blood_pack_hand": ("packed", "carried"), "blood_hand_deliver": ("carried", "delivered"),
    "blood_deliver_receive": ("delivered", "received"), "blood_ask_receive": ("held", "received"),
}  # fmt: skip
BLOOD_OVER = (
    "denied", "declined", "cancelled", "expired", "unfulfilled", "in_error", "received", "returned",
    "discarded",
)  # fmt: skip


def test_orders_of_blood_end_as_in_the_recount(both: tuple[Report, Recount]) -> None:
    report, sql = both
    blood, ends = report.blood_orders, sql.blood_ends()
    assert blood.ends == ends
    assert {"received", "returned", "discarded", "expired", "denied", "carried"} <= set(ends)
    assert blood.n == sum(ends.values()) == len(blood.orders)
    assert blood.under_way == sum(count for state, count in ends.items() if state not in BLOOD_OVER)
    assert (blood.in_time, blood.received_n) == sql.blood_in_time()
    assert 0 < blood.in_time < blood.received_n
    assert blood.low <= (blood.share or 0) <= blood.high


def test_the_times_of_orders_of_blood_are_those_of_the_recount(both: tuple[Report, Recount]) -> None:
    report, sql = both
    found = {one.name: one for one in report.blood_orders.intervals}
    assert set(found) == set(BLOOD_STEPS)
    for name, (begins, ends) in BLOOD_STEPS.items():
        took, one = sql.blood_step(begins, ends), found[name]
        assert one.clock == "centre"
        assert one.n == len(took) > 0
        assert one.quantiles_s["p50"] == took[ceil(len(took) / 2) - 1]
        assert one.quantiles_s["p100"] == took[-1]
        begun = sql.count("SELECT count(DISTINCT blood) FROM bloods WHERE state = ?", begins)
        assert one.n + one.unfinished + sum(one.excluded.values()) == begun
    assert found["blood_ask_receive"].excluded["blood_ended"] > 0


def test_amounts_and_custody_of_blood_are_those_of_the_recount(both: tuple[Report, Recount]) -> None:
    report, sql = both
    blood = report.blood_orders
    not_supplied = ("declined", "cancelled", "expired", "unfulfilled", "in_error")
    under_way = ("held", "confirmed", "packing", "packed", "carried", "delivered", "quarantined")
    assert len({one.component for one in blood.amounts}) == 2
    for one in blood.amounts:
        where = one.bank_city, one.asker_city, one.component
        assert one.granted == sql.blood_granted(*where)
        for held, states in (
            (one.received, ("received",)), (one.returned, ("returned",)), (one.wasted, ("discarded",)),
            (one.not_supplied, not_supplied), (one.under_way, under_way),
        ):  # fmt: skip
            assert held == sql.blood_amount(*where, states)
    assert sum(one.wasted for one in blood.amounts) > 0
    left = sql.count("SELECT count(DISTINCT blood) FROM bloods WHERE state = 'carried'")
    assert blood.left_bank == left > blood.with_bags
    assert blood.with_bags == sql.blood_on_record("packed", "$.bags", "carried")
    assert blood.with_carrier == sql.blood_on_record("carried", '$."fact.courier"', "carried")
    checked = sql.count("SELECT count(DISTINCT blood) FROM bloods WHERE state IN ('received', 'quarantined')")
    assert blood.checked == checked > blood.measured > 0
    assert blood.set_aside == sql.count("SELECT count(*) FROM bloods WHERE state = 'quarantined'")


def test_orders_of_blood_stand_in_the_document_and_in_tables_for_a_spreadsheet(
    both: tuple[Report, Recount], tmp_path: Path
) -> None:
    report, sql = both
    again = Report.model_validate_json(report.model_dump_json())
    assert again.blood_orders == report.blood_orders
    write_csv(report, tmp_path)
    with (tmp_path / "blood_orders.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(sql.blood_ends().values())
    with (tmp_path / "blood_amounts.csv").open(encoding="utf-8-sig", newline="") as file:
        granted = sum(int(row["granted"]) for row in csv.DictReader(file))
    assert granted == sum(one.granted for one in report.blood_orders.amounts)
    assert (tmp_path / "blood_times.csv").is_file()
    assert (tmp_path / "blood_ends.csv").is_file()
    for language in LANGUAGES:
        for section in sections(report, language):
            if section.key.startswith("blood_"):
                said = " ".join((*section.about, *section.header, *(" ".join(row) for row in section.rows)))
                assert not re.findall(r"\b[a-z]+_[a-z_]+\b", said)


def test_a_log_that_is_given_twice_counts_once(both: tuple[Report, Recount], tmp_path: Path) -> None:
    report, sql = both
    twice = report.logs[-1]
    assert twice.again == twice.rows == report.logs[0].rows
    assert report.scope.rows == sql.count("SELECT count(*) FROM every")
    assert "again" in {note.code for note in report.notes}
