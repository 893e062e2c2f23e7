"""Writing the audit log: what a row carries, what the tables refuse, what a failing disk does."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import rfc8785

from dispatch.audit.entry import GENESIS, row_hash
from dispatch.audit.log import AuditLog
from dispatch.audit.read import rows
from dispatch.audit.verify import verify
from dispatch.clock import ManualClock, epoch_ms
from dispatch.domain.errors import AuditUnavailable
from dispatch.domain.geography import CityCode
from tests.audit.logs import Open, tamper


def stored(path: Path) -> list[tuple[int, str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT seq, body, hash FROM audit ORDER BY seq").fetchall()


async def test_a_row_carries_who_did_what_where_and_when(open_log: Open, clock: ManualClock) -> None:
    log = open_log(drill=True)
    row = await log.append(
        "unit.chosen", actor="op-7", role="supervisor", target="CS-012", detail={"rank": 2, "why": "近"}
    )
    assert (row.seq, row.action, row.actor, row.role, row.target) == (
        1,
        "unit.chosen",
        "op-7",
        "supervisor",
        "CS-012",
    )
    assert (row.city, row.console, row.drill, row.ts) == (
        "changsha",
        "console-1",
        True,
        epoch_ms(clock.now()),
    )
    assert row.detail == {"rank": 2, "why": "近"}


async def test_each_body_is_canonical_json_and_names_the_hash_before_it(open_log: Open, path: Path) -> None:
    log = open_log()
    for number in range(3):
        await log.append("drill.event", actor="op-7", detail={"b": number, "a": [True, None, "☂"], "é": {}})
    prev = GENESIS
    for seq, body, digest in stored(path):
        said = json.loads(body)
        assert (said["seq"], said["prev"]) == (seq, prev)
        assert rfc8785.dumps(said) == body.encode()
        assert row_hash(body.encode()) == digest
        prev = digest


async def test_row_ids_are_uuids_of_version_7_in_order_of_time(open_log: Open, clock: ManualClock) -> None:
    log = open_log()
    ids = []
    for _ in range(20):
        clock.advance(0.002)
        ids.append((await log.append("drill.event", actor="op-7")).id)
    assert ids == sorted(ids)
    assert {(one[14], one[19] in "89ab") for one in ids} == {("7", True)}


@pytest.mark.parametrize(
    ("detail", "place"),
    [
        ({"eta_min": 4.5}, "detail.eta_min is the float 4.5"),
        ({"a": [1, {"b": float("nan")}]}, r"detail.a\[1\].b is the float"),
        ({"when": object()}, "detail.when is a object"),
        ({"raw": b"\x00"}, "detail.raw is a bytes"),
    ],
)
async def test_what_the_log_cannot_carry_is_refused_with_its_place(
    open_log: Open, detail: dict[str, object], place: str
) -> None:
    log = open_log()
    with pytest.raises(TypeError, match=place):
        await log.append("unit.chosen", actor="op-7", detail=detail)
    assert (await log.append("unit.chosen", actor="op-7")).seq == 1


async def test_huge_integers_and_huge_details_are_refused(open_log: Open) -> None:
    log = open_log()
    with pytest.raises(ValueError, match=r"past 2\*\*53"):
        await log.append("unit.chosen", actor="op-7", detail={"n": 2**53})
    with pytest.raises(ValueError, match="log a summary"):
        await log.append("unit.chosen", actor="op-7", detail={"text": "长" * 100_000})
    assert (await log.append("unit.chosen", actor="op-7", detail={"n": 2**53 - 1})).seq == 1


async def test_hostile_text_is_kept_and_breaks_nothing(open_log: Open, path: Path) -> None:
    log = open_log()
    hostile = "\x00\x1b[2J\ud800\u202e[@click=app.bell]x[/]'; DROP TABLE audit; --\U0010ffff"
    row = await log.append("message.quarantined", actor=hostile, target=hostile, detail={hostile: hostile})
    assert row.detail == {hostile.replace("\ud800", "\\ud800"): hostile.replace("\ud800", "\\ud800")}
    assert next(rows(path)) == row
    assert verify(path).ok


async def test_a_detail_changed_after_the_call_is_logged_as_it_was(open_log: Open) -> None:
    log = open_log()
    detail: dict[str, object] = {"reasons": ["nearest"]}
    writing = asyncio.ensure_future(log.append("unit.chosen", actor="op-7", detail=detail))
    await asyncio.sleep(0)
    detail["reasons"] = []
    assert (await writing).detail == {"reasons": ["nearest"]}


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("UPDATE audit SET hash = hash", "no row may change"),
        ("DELETE FROM audit WHERE seq = 2", "no row may go"),
        (
            "INSERT OR REPLACE INTO audit (seq, body, hash) SELECT seq, body, hash FROM audit LIMIT 1",
            "takes only",
        ),
        ("INSERT INTO audit (seq, body, hash) SELECT 9, body, hash FROM audit LIMIT 1", "takes only"),
        ("INSERT INTO audit (seq, body, hash) SELECT 4, body, hash FROM audit LIMIT 1", "the one before it"),
        (
            "INSERT INTO audit (seq, body, hash) SELECT 4, json_object('seq', 5, 'prev', hash), hash"
            " FROM audit WHERE seq = 3",
            "CHECK constraint",
        ),
        ("INSERT INTO audit (body, hash) VALUES ('no json', 'x')", "malformed JSON"),
    ],
)
async def test_the_tables_refuse_sql_that_is_no_append(
    open_log: Open, path: Path, statement: str, refusal: str
) -> None:
    log = open_log()
    for _ in range(3):
        await log.append("drill.event", actor="op-7")
    before = stored(path)
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.DatabaseError, match=refusal):
        connection.execute(statement)
    assert stored(path) == before


async def test_rows_that_wait_together_share_a_commit_and_keep_their_order(
    open_log: Open, path: Path
) -> None:
    log = open_log()
    written = await asyncio.gather(
        *(log.append("drill.event", actor="op-7", detail={"n": number}) for number in range(1500))
    )
    assert [row.detail["n"] for row in written] == list(range(1500))
    assert [row.seq for row in written] == list(range(1, 1501))
    assert verify(path).rows == 1500


async def test_the_chain_goes_on_after_a_restart(open_log: Open, path: Path) -> None:
    for _ in range(3):
        log = open_log()
        await log.append("session.start", actor="op-7")
        await log.close()
    result = verify(path)
    assert (result.ok, result.rows) == (True, 3)


async def test_closing_writes_what_was_still_waiting(open_log: Open, path: Path) -> None:
    log = open_log()
    for _ in range(700):
        log.append_soon("link.up", actor="console")
    await log.close()
    await log.close()
    assert verify(path).rows == 700
    with pytest.raises(AuditUnavailable, match="已关闭"):
        await log.append("session.end", actor="op-7")


def test_code_without_a_loop_may_write_too(open_log: Open, path: Path) -> None:
    log = open_log()
    log.append_soon("session.start", actor="op-7")
    log.close_now()
    assert [row.action for row in rows(path)] == ["session.start"]


async def test_a_caller_who_gave_up_does_not_disturb_the_others(open_log: Open) -> None:
    log = open_log()
    gone = asyncio.ensure_future(log.append("drill.event", actor="op-7"))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await log.append("drill.event", actor="op-7")).seq == 2


async def test_a_second_console_is_refused_with_the_process_that_holds_the_log(open_log: Open) -> None:
    log = open_log()
    with pytest.raises(AuditUnavailable, match=r"in use by process \d+: close that console first"):
        open_log()
    await log.close()
    assert await open_log().append("session.start", actor="op-7")


async def test_a_full_disk_stops_the_action_and_the_log_goes_on_when_there_is_room(
    open_log: Open, path: Path
) -> None:
    log = open_log()
    await log.append("session.start", actor="op-7")
    pages = log._connection.execute("PRAGMA page_count").fetchone()[0]
    log._connection.execute(f"PRAGMA max_page_count = {pages}")
    big = {"text": "长" * 20_000}
    refused = await asyncio.gather(
        *(log.append("unit.chosen", actor="op-7", detail=big) for _ in range(5)), return_exceptions=True
    )
    assert all(isinstance(one, AuditUnavailable) and "full" in str(one) for one in refused)
    assert log.failure is not None
    assert verify(path).rows == 1
    log._connection.execute("PRAGMA max_page_count = 1000000")
    row = await log.append("unit.chosen", actor="op-7", detail=big)
    assert row.seq == 2
    assert not log.failure
    assert verify(path).ok


async def test_a_log_locked_by_another_program_fails_cleanly_and_recovers(open_log: Open, path: Path) -> None:
    log = open_log(busy_ms=50)
    await log.append("session.start", actor="op-7")
    with closing(sqlite3.connect(path, isolation_level=None)) as intruder:
        intruder.execute("BEGIN IMMEDIATE")
        with pytest.raises(AuditUnavailable, match="locked"):
            await log.append("unit.chosen", actor="op-7")
        intruder.execute("ROLLBACK")
    assert (await log.append("unit.chosen", actor="op-7")).seq == 2
    assert log.failure is None


async def test_rows_nobody_waited_for_are_reported_when_lost_and_the_log_owns_up(
    open_log: Open, path: Path
) -> None:
    heard: list[str] = []
    log = open_log(on_failure=heard.append)
    log._connection.execute("PRAGMA query_only = ON")
    log.append_soon("link.down", actor="console")
    log.append_soon("link.up", actor="console")
    with pytest.raises(AuditUnavailable):
        await log.append("unit.chosen", actor="op-7")
    assert heard
    assert "readonly" in heard[0]
    assert log.lost == 2
    log._connection.execute("PRAGMA query_only = OFF")
    assert (await log.append("unit.chosen", actor="op-7")).action == "unit.chosen"
    assert [(row.action, row.detail) for row in rows(path)] == [
        ("audit.lost", {"rows": 2}),
        ("unit.chosen", {}),
    ]


async def test_a_row_slipped_in_by_another_program_stops_the_log(open_log: Open, path: Path) -> None:
    log = open_log()
    row = await log.append("session.start", actor="op-7")
    with closing(sqlite3.connect(path)) as intruder, intruder:
        intruder.execute(
            "INSERT INTO audit (seq, body, hash) VALUES (2, json_object('seq', 2, 'prev', ?), ?)",
            (row.hash, "f" * 64),
        )
    with pytest.raises(AuditUnavailable, match="takes only"):
        await log.append("unit.chosen", actor="op-7")


async def test_a_folder_that_cannot_be_written_is_refused_in_one_sentence(clock: ManualClock) -> None:
    with pytest.raises(AuditUnavailable, match="无法打开"):
        AuditLog.open(Path("/proc/czt/audit.sqlite"), clock=clock, city=CityCode("changsha"), console="c")


def test_a_file_that_is_no_audit_log_is_left_alone(open_log: Open, path: Path) -> None:
    path.write_bytes(b"a letter to somebody" * 100)
    with pytest.raises(AuditUnavailable, match="不是数据库"):
        open_log()
    assert path.read_bytes() == b"a letter to somebody" * 100


async def test_a_log_with_a_trigger_removed_is_refused_at_start(hundred: Path, open_log: Open) -> None:
    with closing(sqlite3.connect(hundred)) as connection:
        connection.execute("DROP TRIGGER audit_no_delete")
    with pytest.raises(AuditUnavailable, match="缺少触发器 audit_no_delete"):
        open_log()


async def test_a_log_whose_last_rows_were_changed_is_refused_at_start(hundred: Path, open_log: Open) -> None:
    tamper(hundred, "UPDATE audit SET body = replace(body, 'op-7', 'op-8') WHERE seq = 99")
    with pytest.raises(AuditUnavailable, match="第 99 条"):
        open_log()


async def test_a_log_with_a_damaged_page_is_refused_at_start(hundred: Path, open_log: Open) -> None:
    with hundred.open("r+b") as file:
        file.seek(2 * 4096)
        file.write(b"\xff" * 4096)
    with pytest.raises(AuditUnavailable, match="damaged"):
        open_log()


def test_the_file_is_for_its_owner_only_and_safe_against_power_cuts(open_log: Open, path: Path) -> None:
    log = open_log()
    assert path.stat().st_mode & 0o077 == 0
    pragma = {
        name: log._connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "mmap_size", "busy_timeout")
    }
    assert pragma == {"journal_mode": "wal", "synchronous": 2, "mmap_size": 0, "busy_timeout": 5000}
