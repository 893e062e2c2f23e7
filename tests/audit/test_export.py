"""Reading and taking out: the same rows, safe to look at, verifiable elsewhere."""

import csv
import hashlib
import json
from datetime import timedelta
from pathlib import Path

import pytest

from dispatch.audit.actions import ACTIONS, action_text
from dispatch.audit.export import COLUMNS, export, show
from dispatch.audit.read import Filter, rows, summary
from dispatch.domain.errors import AuditUnavailable
from tests.audit.logs import Open
from tests.conftest import MORNING


def numbers(path: Path, **conditions: object) -> list[int]:
    return [row.seq for row in rows(path, Filter(**conditions))]  # type: ignore[arg-type]


@pytest.fixture
async def varied(open_log: Open, path: Path) -> Path:
    log = open_log(drill=True)
    await log.append("session.start", actor="op-7")
    await log.append("unit.recommended", actor="op-7", target="CS-1124-0012")
    await log.append("unit.chosen", actor="op-8", target="CS-012", detail={"eta_s": 480, "why": "最近"})
    await log.append("unitary", actor="op-8")
    await log.append("message.quarantined", actor="=cmd|'/c calc'!A1", detail={"text": "\x1b[2J[red]x[/]"})
    await log.close()
    return path


async def test_rows_are_found_by_what_was_done_by_whom_and_to_what(varied: Path) -> None:
    assert numbers(varied) == [1, 2, 3, 4, 5]
    assert numbers(varied, action="unit") == [2, 3]
    assert numbers(varied, action="unit.chosen") == [3]
    assert numbers(varied, actor="op-8", target="CS-012") == [3]
    assert numbers(varied, drill=True, last=2) == [4, 5]
    assert numbers(varied, drill=False) == []
    assert numbers(varied, action="unit", last=1) == [3]
    assert numbers(varied, last=0) == []


async def test_rows_are_found_by_time_with_the_end_left_out(hundred: Path) -> None:
    since, until = MORNING + timedelta(seconds=10), MORNING + timedelta(seconds=13)
    assert numbers(hundred, since=since, until=until) == [10, 11, 12]


async def test_a_hostile_filter_is_only_a_value(varied: Path) -> None:
    assert numbers(varied, actor="' OR 1=1 --") == []
    assert numbers(varied, action="%") == []


async def test_json_lines_carry_what_anybody_needs_to_check_the_chain(hundred: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    assert export(hundred, out) == 100
    prev = "0" * 64
    for line in _text(out).splitlines():
        body = line[line.index('"body":') + 7 : -1]
        said = json.loads(line)
        assert said["body"]["prev"] == prev
        prev = hashlib.sha256(b"\0" + body.encode()).hexdigest()
        assert said["hash"] == prev


async def test_csv_opens_in_a_spreadsheet_and_calculates_nothing(varied: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert export(varied, out, "csv") == 5
    table = list(csv.DictReader(_text(out).removeprefix("\ufeff").splitlines()))
    assert list(table[0]) == list(COLUMNS)
    assert table[2]["time"] == "2026-03-02T08:30:00.000+08:00"
    assert json.loads(table[2]["detail"]) == {"eta_s": 480, "why": "最近"}
    assert table[4]["actor"] == "'=cmd|'/c calc'!A1"


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_an_export_that_fails_leaves_nothing_half_written(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    with pytest.raises(FileNotFoundError):
        export(tmp_path / "none.sqlite", out, "csv")
    (tmp_path / "letter.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(AuditUnavailable, match="不能作为审计日志读取"):
        export(tmp_path / "letter.sqlite", out, "csv")
    assert [file.name for file in tmp_path.iterdir()] == ["letter.sqlite"]


async def test_a_shown_line_says_when_who_what_and_why_in_both_languages(varied: Path) -> None:
    english, chinese = list(show(varied, "en")), list(show(varied, "zh_CN"))
    assert english[2] == "[drill] 2026-03-02 08:30:00 #3 op-8: unit chosen CS-012 eta_s=480, why=最近"
    assert chinese[2] == "【演练】 2026-03-02 08:30:00 第3条 op-8：选定车辆 CS-012 eta_s=480, why=最近"
    assert english[3].endswith("op-8: unitary")


async def test_a_shown_line_carries_no_control_to_the_terminal(varied: Path) -> None:
    shown = list(show(varied, "zh_CN"))[4]
    assert shown.isprintable()
    assert "␛[2J[red]x[/]" in shown


async def test_a_summary_counts_each_action_and_spans_the_time(varied: Path) -> None:
    counted = summary(varied, Filter(actor="op-8"))
    assert (counted.rows, counted.actions) == (2, {"unit.chosen": 1, "unitary": 1})
    assert counted.first_ms == counted.last_ms == round(MORNING.timestamp() * 1000)
    assert summary(varied, Filter(actor="nobody")).first_ms is None


def test_every_action_has_its_sentence_in_both_languages() -> None:
    for action, sentence in ACTIONS.items():
        assert action_text(action, "en") == sentence
        assert action_text(action, "zh_CN") != sentence
