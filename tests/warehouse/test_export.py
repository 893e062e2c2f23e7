"""`czt export`: Parquet that DuckDB reads, says what the log says, and no persons unless asked for."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pyarrow import parquet
from typer.testing import CliRunner, Result

from dispatch.audit import archive
from dispatch.audit.log import AuditLog
from dispatch.audit.read import rows
from dispatch.audit.rules import RetentionRules
from dispatch.cli.app import app
from dispatch.cli.export import LOG
from dispatch.clock import ManualClock, SystemClock
from dispatch.domain.geography import CityCode
from dispatch.settings.export import load_export_rules
from dispatch.warehouse.rows import Sieve
from dispatch.warehouse.tables import AUDIT
from tests.audit.logs import tamper

RULES = RetentionRules(kept_days=200, segment_days=30)
NAMES = ("wang.fang", "王芳", "13812345678", "某小区3栋", "zhao.lei", "李医生")
DAY_S = 86_400


def write(path: Path, days: int = 130) -> Path:
    """A log of so many days, sealed by itself; rows with persons in every place where there may be some."""
    clock = ManualClock(SystemClock().now())
    for begin in range(0, days, 10):
        log = AuditLog.open(
            path, clock=clock, city=CityCode("changsha"), console="console-1", retention=RULES
        )
        for day in range(begin, begin + 10):
            told: dict[str, object] = {
                "place": "某小区3栋",
                "note": "王芳 13812345678",
                "priority": 1,
                "unit": "CS-001",
            }
            told |= {"facts": {"unit": "CS-001", "by": "zhao.lei"}, "units": ["CS-001", "李医生"]}
            log.append_soon("incident.opened", actor="wang.fang", target=f"CS-1127-{day:04}", detail=told)
            log.append_soon(
                "unit.chosen", actor="wang.fang", target="CS-001", detail={"rank": day, "reason": "近"}
            )
            log.append_soon("signin.in", actor="zhao.lei", role="operator", target="zhao.lei")
            log.append_soon("unit.recommended", actor="wang.fang", target="王芳", detail={"count": 3})
            clock.advance(DAY_S)
        log.close_now()
    return path


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write(tmp_path / "data" / "audit.db")


def czt(*words: object) -> Result:
    return CliRunner().invoke(app, ["export", *map(str, words)])


def exported(log: Path, out: Path, *more: object) -> dict[str, Any]:
    result = czt(log, "--out", out, "--by", "li.na", "--json", *more)
    assert result.exit_code == 0, result.output + str(result.exception)
    said: dict[str, Any] = json.loads(result.stdout)
    return said


def asked(out: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as warehouse:
        source = f"read_parquet('{out}/audit/*/*.parquet', hive_partitioning = true)"
        return warehouse.execute(sql.replace("AUDIT", source)).fetchall()


def test_duckdb_counts_what_sqlite_counts(log: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    said = exported(log, out, "--with-open")
    here: dict[tuple[str, int], list[int]] = {}
    for row in rows(log):
        here.setdefault((row.action, int(row.drill)), []).append(row.seq)
    there = asked(
        out, "SELECT action, drill::int, count(*), min(seq), max(seq), sum(seq) FROM AUDIT GROUP BY 1, 2"
    )
    assert {(action, drill): tuple(rest) for action, drill, *rest in there} == {
        key: (len(found), min(found), max(found), sum(found)) for key, found in here.items()
    }
    assert said["rows"] == sum(map(len, here.values())) == 520
    stamps = asked(out, "SELECT seq, epoch_ms(ts), city, console, log FROM AUDIT ORDER BY seq")
    assert stamps == [(row.seq, row.ts, row.city, row.console, "czt-changsha-console-1") for row in rows(log)]
    assert asked(out, "SELECT max(CAST(json_extract(detail, '$.rank') AS INT)) FROM AUDIT") == [(129,)]


def test_only_sealed_rows_leave_unless_open_ones_are_asked_for(log: Path, tmp_path: Path) -> None:
    sealed = archive.segments(log)
    said = exported(log, tmp_path / "out")
    assert [(one["first"], one["last"]) for one in said["files"]] == [(one.first, one.last) for one in sealed]
    assert all(one["sealed"] for one in said["files"])
    with closing(sqlite3.connect(sealed[0].path)) as connection:
        (head,) = connection.execute("SELECT hash FROM audit WHERE seq = ?", (sealed[0].last,)).fetchone()
    assert said["files"][0]["head"] == head


def test_no_person_is_in_it_and_whoever_asked_for_persons_is_in_the_log_of_exports(
    log: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    exported(log, out, "--with-open")
    whole = str(asked(out, "SELECT * FROM AUDIT"))
    assert not [name for name in NAMES if name in whole]
    (row,) = asked(
        out, "SELECT target, detail, actor, hash FROM AUDIT WHERE action = 'incident.opened' LIMIT 1"
    )
    assert row[0] == "CS-1127-0000"
    assert json.loads(row[1]) == {
        "facts": {"unit": "CS-001"},
        "priority": 1,
        "unit": "CS-001",
        "units": ["CS-001"],
    }
    assert row[2:] == (None, None)
    refused = czt(log, "--out", tmp_path / "p", "--by", "li.na", "--personal")
    assert refused.exit_code != 0
    assert not (tmp_path / "p").exists()
    exported(log, tmp_path / "p", "--with-open", "--personal", "--reason", "复盘")
    full = str(asked(tmp_path / "p", "SELECT * FROM AUDIT"))
    assert [name for name in NAMES if name in full] == list(NAMES)
    logged = [
        (row.action, row.actor, row.detail["personal"], row.detail.get("reason"))
        for row in rows(log.with_name(LOG))
    ]
    assert logged == [
        ("export.asked", "li.na", False, ""), ("export.made", "li.na", False, None),
        ("export.asked", "li.na", True, "复盘"), ("export.made", "li.na", True, None),
    ]  # fmt: skip


def test_the_same_log_gives_the_same_bytes_and_goes_on_where_it_broke(log: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    said = exported(log, one)
    again = exported(log, one)
    assert (said["written"], again["written"]) == (len(said["files"]), 0)
    exported(log, other)
    files = {path.relative_to(one): path.read_bytes() for path in one.rglob("*.parquet")}
    assert files == {path.relative_to(other): path.read_bytes() for path in other.rglob("*.parquet")}
    first, last = min(one.rglob("*.parquet")), max(one.rglob("*.parquet"))
    assert first != last
    first.write_bytes(b"torn")
    last.unlink()
    mended = exported(log, one)
    assert mended["written"] == 2
    assert files == {path.relative_to(one): path.read_bytes() for path in one.rglob("*.parquet")}
    assert exported(log, one, "--personal", "--reason", "r")["written"] == len(said["files"])


def test_what_was_open_is_sealed_the_next_time_and_stands_in_it_once(tmp_path: Path) -> None:
    log, out = write(tmp_path / "data" / "audit.db", 30), tmp_path / "out"
    exported(log, out, "--with-open")
    clock = ManualClock(SystemClock().now())
    clock.advance(100 * DAY_S)
    AuditLog.open(
        log, clock=clock, city=CityCode("changsha"), console="console-1", retention=RULES
    ).close_now()
    exported(log, out, "--with-open")
    assert asked(out, "SELECT count(*), count(DISTINCT seq) FROM AUDIT") == [(120, 120)]
    assert not list(out.rglob("open-*.parquet"))


def test_a_log_with_a_fault_is_not_exported(log: Path, tmp_path: Path) -> None:
    last = "(SELECT max(seq) FROM audit WHERE action = 'unit.chosen')"
    tamper(log, "UPDATE audit SET body = replace(body, 'CS-001', 'CS-002') WHERE seq = " + last)  # noqa: S608
    refused = czt(log, "--out", tmp_path / "out", "--by", "li.na")
    assert "518" in str(refused.exception)
    assert not list(tmp_path.rglob("*.parquet"))
    shutil.rmtree(archive.folder_of(log))
    again = czt(log, "--out", tmp_path / "out", "--by", "li.na")
    assert again.exit_code != 0
    assert not list(tmp_path.rglob("*.parquet"))


def test_the_files_have_the_columns_that_are_documented(log: Path, tmp_path: Path) -> None:
    said = exported(log, tmp_path / "out")
    schema = parquet.read_schema(tmp_path / "out" / said["files"][0]["file"])
    assert schema.names == [one.name for one in AUDIT.columns]
    assert schema.metadata[b"czt.schema"] == b"czt/audit/1"
    printed = czt("--schema").stdout
    document = (Path(__file__).parents[2] / "docs" / "export.md").read_text("utf-8")
    for one in AUDIT.columns:
        assert f"    {one.name} " in printed
        assert f"| `{one.name}` | {one.kind} | {one.meaning} |" in document


def test_codes_stay_and_what_may_be_a_number_of_somebody_does_not() -> None:
    sieve = Sieve(load_export_rules())
    kept = {"unit": "CS-001", "request": "01a21a39-318f-7959-b04a-2be71d4aab97", "count": 3, "best": True}
    left = {
        "code": "13812345678",
        "kind": "王芳",
        "place": "x",
        "units": ["two words"],
        "incident": "430102199001011234",
    }
    body = {
        "seq": 1,
        "id": "i",
        "ts": 1,
        "city": "c",
        "console": "k",
        "role": "r",
        "drill": False,
        "prev": "0",
    }
    body |= {"action": "unit.chosen", "target": "CS-001", "actor": "a", "detail": {**kept, **left}}
    assert json.loads(str(sieve.values(json.dumps(body), "h")["detail"])) == kept
