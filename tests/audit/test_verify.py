"""Every way to tamper with a log that one file can show is found, at its exact row."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import rfc8785

from dispatch.audit.chain import FAULTS, Fault
from dispatch.audit.entry import Head, row_hash
from dispatch.audit.verify import Verification, verify
from dispatch.clock import ManualClock
from tests.audit.logs import Open, tamper


def found(path: Path, seen: Head | None = None) -> tuple[str, int]:
    fault = verify(path, seen).first_fault
    assert fault is not None
    return fault.code, fault.row


def rehash_from(path: Path, first: int, **changes: str) -> None:
    """Rewrite row `first` and make every later link and hash fit again."""
    with closing(sqlite3.connect(path)) as connection:
        bodies = [json.loads(body) for (body,) in connection.execute("SELECT body FROM audit ORDER BY seq")]
    bodies[first - 1].update(changes)
    statements, prev = [], bodies[0]["prev"]
    for said in bodies:
        said["prev"] = prev
        body = rfc8785.dumps(said)
        prev = row_hash(body)
        statements.append(
            f"UPDATE audit SET body = '{body.decode()}', hash = '{prev}' WHERE seq = {said['seq']}"  # noqa: S608
        )
    tamper(path, *statements)


async def test_an_untouched_log_is_whole_and_says_what_that_does_not_prove(hundred: Path) -> None:
    result = verify(hundred)
    assert (result.ok, result.rows, result.first_fault) == (True, 100, None)
    english = result.lines("en")
    assert result.head_hash in english[0]
    assert "cannot see rows cut off at the end" in english[-1]
    assert "看不出末尾被截去" in result.lines("zh_CN")[-1]


@pytest.mark.parametrize(
    ("statement", "code", "row"),
    [
        ("UPDATE audit SET body = replace(body, 'op-7', 'op-8') WHERE seq = 40", "hash", 40),
        ("UPDATE audit SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE seq = 40", "hash", 40),
        (
            "UPDATE audit SET body = replace(body, '\"rank\":39', '\"rank\":3.9') WHERE seq = 40",
            "not_json",
            40,
        ),
        ("UPDATE audit SET body = replace(body, '{', '{ ') WHERE seq = 40", "not_canonical", 40),
        ("UPDATE audit SET body = json_set(body, '$.extra', 1) WHERE seq = 40", "not_canonical", 40),
        ("UPDATE audit SET body = json_remove(body, '$.actor') WHERE seq = 40", "fields", 40),
        ("DELETE FROM audit WHERE seq = 40", "sequence", 40),
        ("DELETE FROM audit WHERE seq = 1", "sequence", 1),
        ("UPDATE audit SET body = json_set(body, '$.prev', hash) WHERE seq = 40", "link", 40),
    ],
)
async def test_a_changed_row_is_named(hundred: Path, statement: str, code: str, row: int) -> None:
    tamper(hundred, statement)
    assert found(hundred) == (code, row)
    assert verify(hundred).rows == row - 1


async def test_a_row_changed_together_with_its_hash_breaks_the_next_link(hundred: Path) -> None:
    with closing(sqlite3.connect(hundred)) as connection:
        (body,) = connection.execute("SELECT body FROM audit WHERE seq = 40").fetchone()
    forged = body.replace("op-7", "op-8")
    tamper(
        hundred,
        f"UPDATE audit SET body = '{forged}', hash = '{row_hash(forged.encode())}' WHERE seq = 40",  # noqa: S608
    )
    assert found(hundred) == ("link", 41)


async def test_two_rows_that_changed_places_are_found(hundred: Path) -> None:
    place = "json_set((SELECT body FROM audit WHERE seq = ?), '$.seq', ?)"
    with closing(sqlite3.connect(hundred)) as connection:
        (at_40,) = connection.execute(f"SELECT {place}", (41, 40)).fetchone()
        (at_41,) = connection.execute(f"SELECT {place}", (40, 41)).fetchone()
    tamper(
        hundred,
        f"UPDATE audit SET body = '{at_40}' WHERE seq = 40",  # noqa: S608
        f"UPDATE audit SET body = '{at_41}' WHERE seq = 41",  # noqa: S608
    )
    assert found(hundred)[1] == 40


async def test_a_row_put_in_between_is_found(hundred: Path) -> None:
    tamper(
        hundred,
        "INSERT INTO audit (seq, body, hash) SELECT 101, json_set(body, '$.seq', 101), hash"
        " FROM audit WHERE seq = 40",
    )
    assert found(hundred) == ("link", 101)


@pytest.mark.parametrize("name", ["audit_no_update", "audit_no_delete", "audit_next_seq", "audit_next_prev"])
async def test_a_removed_trigger_is_named(hundred: Path, name: str) -> None:
    with closing(sqlite3.connect(hundred)) as connection:
        connection.execute(f"DROP TRIGGER {name}")
    result = verify(hundred)
    assert not result.ok
    assert f"trigger {name} is missing" in result.lines("en")[0]
    assert f"缺少触发器 {name}" in result.lines("zh_CN")[0]


async def test_a_trigger_that_was_weakened_or_added_is_named(hundred: Path) -> None:
    with closing(sqlite3.connect(hundred)) as connection:
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute("CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT 1; END")
        connection.execute("CREATE TRIGGER quiet AFTER INSERT ON audit BEGIN SELECT 1; END")
    said = verify(hundred).lines("en")[0]
    assert "trigger audit_no_update was changed" in said
    assert "trigger quiet does not belong" in said


async def test_rows_cut_off_the_end_need_a_row_seen_before(hundred: Path) -> None:
    seen = Head(100, verify(hundred).head_hash)
    tamper(hundred, "DELETE FROM audit WHERE seq > 60")
    assert verify(hundred).ok
    assert "cannot see rows cut off" in verify(hundred).lines("en")[-1]
    assert found(hundred, seen) == ("cut", 60)


async def test_a_log_hashed_anew_needs_a_row_seen_before(hundred: Path) -> None:
    seen = Head(80, "")
    with closing(sqlite3.connect(hundred)) as connection:
        seen = Head(80, connection.execute("SELECT hash FROM audit WHERE seq = 80").fetchone()[0])
    assert verify(hundred, seen).ok
    rehash_from(hundred, 40, actor="op-8")
    assert verify(hundred).ok
    assert found(hundred, seen) == ("head", 80)


async def test_a_row_seen_before_is_confirmed(hundred: Path) -> None:
    head = Head(100, verify(hundred).head_hash)
    said = verify(hundred, head).lines("en")
    assert said[-1] == "row 100, seen before, is still there unchanged"


async def test_a_damaged_page_is_found_even_where_the_chain_passes(hundred: Path) -> None:
    with closing(sqlite3.connect(hundred)) as connection:
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'audit_target'"
        ).fetchone()
    _overwrite(hundred, (page - 1) * 4096 + 2000)
    assert found(hundred)[0] == "damaged"


def _overwrite(path: Path, place: int) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        file.write(b"\x55" * 2000)


async def test_a_clock_that_went_back_is_a_note_and_no_fault(
    open_log: Open, path: Path, clock: ManualClock
) -> None:
    log = open_log()
    for step in (0, 5, -0.5, -60, 1):
        clock.advance(step)
        await log.append("drill.event", actor="op-7")
    result = verify(path)
    assert (result.ok, result.clock_back) == (True, (4, 5))
    assert "the clock went back 2 times, first at row 4" in " ".join(result.lines("en"))


async def test_a_log_in_use_can_be_verified(open_log: Open, path: Path) -> None:
    log = open_log()
    await log.append("session.start", actor="op-7")
    assert verify(path).rows == 1
    await log.append("session.end", actor="op-7")
    assert verify(path).rows == 2


def test_what_is_no_log_is_said_to_be_none(path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="处没有审计日志"):
        verify(path)
    path.write_bytes(b"not a database, only a letter" * 99)
    assert found(path) == ("damaged", 0)
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE letters (text)")
    assert found(path) == ("schema", 0)


def test_every_fault_has_its_sentence_in_both_languages() -> None:
    facts: dict[str, str | int] = {
        "before": 1,
        "found": "x",
        "expected": 2,
        "first": 3,
        "city": "changsha",
        "time": "2026-11-26 20:00:00",
    }
    for code in FAULTS:
        fault = Fault(code, 7, facts)
        assert fault.text("en") != fault.text("zh_CN")
    assert Verification(False, 6, Fault("link", 7), "0").lines("zh_CN")[0].startswith("前 6 条完好")
