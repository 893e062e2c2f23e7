"""Versions of the tables: forward with a copy made first, back, and a newer file is not opened."""

import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from dispatch.audit import connection as connections
from dispatch.audit import gate, schema, versions
from dispatch.audit.entry import Entry, Head, entry
from dispatch.audit.log import AuditLog
from dispatch.audit.read import Filter, rows
from dispatch.audit.schema import AUDIT, CENTRE_VERSION
from dispatch.audit.steps import FIRST, Schema, Step, adopt, version_of
from dispatch.audit.verify import verify
from dispatch.audit.versions import Change, copy_beside, go_back, upgrade
from dispatch.centre import store
from dispatch.centre.versions import SCHEMA as CENTRE
from dispatch.clock import SystemClock, from_epoch_ms
from dispatch.desk.file import DeskFile
from dispatch.domain.errors import AuditUnavailable, DispatchError
from dispatch.domain.geography import CityCode
from tests.unit.centre.centre_world import rules

NOW_MS = 1_790_000_000_000
NOW = from_epoch_ms(NOW_MS)
NEXT = Schema(
    "audit log",
    AUDIT.application_id,
    (
        Step(2, "a note beside each row", ("CREATE TABLE notes (seq INTEGER PRIMARY KEY, note TEXT) STRICT",
             "INSERT INTO notes SELECT seq, 'row ' || seq FROM audit"), ("DROP TABLE notes",)),
        Step(3, "notes have an author", ("ALTER TABLE notes ADD COLUMN author TEXT NOT NULL DEFAULT ''",),
             ("ALTER TABLE notes DROP COLUMN author",)),
    ),
)  # fmt: skip


def note(change: Change) -> Entry:
    detail = {"from": change.before, "to": change.after, "copy": change.copy.name}
    return entry("schema.changed", ts=NOW_MS, city="changsha", console="c", drill=False, actor="t",
                 role="program", target="audit.db", detail=detail)  # fmt: skip


def opened(path: Path) -> AuditLog:
    return AuditLog.open(path, clock=SystemClock(), city=CityCode("changsha"), console="c")


@pytest.fixture
async def log(tmp_path: Path) -> Path:
    """An audit log of today with three rows, closed."""
    path = tmp_path / "audit.db"
    writing = opened(path)
    for number in range(3):
        await writing.append("incident.note", actor="li", target=f"CS-1124-000{number}")
    await writing.close()
    return path


def content(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(connection.iterdump())


def user_version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return version_of(connection)


def changed(path: Path, work: Callable[[sqlite3.Connection, Head], object]) -> None:
    with closing(connections.writer(path)) as connection:
        work(connection, gate.check(connection, path))


async def test_an_older_log_is_brought_up_by_the_next_start_after_a_copy_was_made(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(log)
    monkeypatch.setattr(schema, "AUDIT", NEXT)
    monkeypatch.setattr("dispatch.audit.log.AUDIT", NEXT)
    await opened(log).close()
    (copy,) = log.parent.glob("audit.db.v1-*.bak")
    assert content(copy) == before
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert user_version(log) == 3
    with closing(sqlite3.connect(log)) as connection:
        noted = connection.execute("SELECT seq, note, author FROM notes").fetchall()
    assert noted == [(1, "row 1", ""), (2, "row 2", ""), (3, "row 3", "")]
    last = list(rows(log))[-1]
    assert (last.seq, last.action) == (4, "schema.changed")
    assert last.detail == {"from": 1, "to": 3, "copy": copy.name}
    assert verify(log).ok, "the chain goes on over the change, and the new tables belong"
    await opened(log).close()
    assert list(log.parent.glob("*.bak")) == [copy], "brought up once"


async def test_going_back_leaves_what_the_older_program_wrote_and_it_opens_the_file(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(log)
    with monkeypatch.context() as newer:
        newer.setattr(schema, "AUDIT", NEXT)
        newer.setattr("dispatch.audit.log.AUDIT", NEXT)
        await opened(log).close()
        changed(log, lambda one, head: go_back(one, log, NEXT, 1, head, note, NOW))
    assert user_version(log) == 1
    assert [row.action for row in rows(log)][3:] == ["schema.changed", "schema.changed"]
    after = content(log)
    assert [line for line in before.splitlines() if line not in after] == [], "nothing that was there went"
    older = opened(log)  # the program of version 1
    await older.append("incident.note", actor="li")
    await older.close()
    assert verify(log).ok
    assert len(list(log.parent.glob("audit.db.v*.bak"))) == 2, "one copy for each change"


def test_a_file_of_a_newer_version_is_refused_with_the_way_out(log: Path) -> None:
    with closing(sqlite3.connect(log)) as connection:
        connection.execute("PRAGMA user_version = 7")
    before = log.read_bytes()
    for attempt in (lambda: opened(log), lambda: list(rows(log, Filter())), lambda: verify(log)):
        with pytest.raises(AuditUnavailable) as refused:
            attempt()
        assert f"czt database back {log} --to {AUDIT.newest}" in str(refused.value)
        assert "7" in str(refused.value)
    assert log.read_bytes() == before


def test_a_centre_refuses_a_newer_database_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "centre.db"

    def start() -> store.Store:
        city = CityCode("changsha")
        return store.Store.open(path, city=city, node="centre", units=(), rules=rules(), now_ms=NOW_MS)

    start().close()
    assert user_version(path) == CENTRE.newest == CENTRE_VERSION
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {CENTRE_VERSION + 1}")
    with pytest.raises(DispatchError, match=f"--to {CENTRE_VERSION}"):
        start()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {CENTRE_VERSION}")
    start().close()


async def test_a_step_that_fails_in_the_middle_leaves_the_file_as_it_was(log: Path) -> None:
    broken = Schema("audit log", AUDIT.application_id, (
        Step(2, "", ("CREATE TABLE notes (seq INTEGER) STRICT", "INSERT INTO nowhere VALUES (1)"), ()),
    ))  # fmt: skip
    before = content(log)
    with pytest.raises(AuditUnavailable, match="nowhere") as failed:
        changed(log, lambda one, head: upgrade(one, log, broken, head, note, NOW))
    assert content(log) == before
    assert user_version(log) == 1
    (copy,) = log.parent.glob("*.bak")
    assert str(copy) in str(failed.value)
    await opened(log).close()


async def test_without_a_copy_nothing_is_changed(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = content(log)

    def full(_path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(versions, "_synced", full)
    with pytest.raises(AuditUnavailable, match="磁盘空间不足"):
        changed(log, lambda one, head: upgrade(one, log, NEXT, head, note, NOW))
    assert content(log) == before
    assert not list(log.parent.glob("*.bak"))
    assert not list(log.parent.glob(".*.part")), "no half of a copy stays"


async def test_no_copy_is_ever_written_over(log: Path) -> None:
    with closing(connections.writer(log)) as connection:
        names = [copy_beside(connection, log, NOW).name for _ in range(3)]
    assert len(set(names)) == 3


async def test_a_copy_holds_what_is_still_in_the_write_ahead_log(log: Path) -> None:
    with closing(connections.writer(log)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("CREATE TABLE late (x INTEGER) STRICT")
        alone = log.with_name("without-wal.db")
        shutil.copy(log, alone)
        copy = copy_beside(connection, log, NOW)
    assert "CREATE TABLE late" in content(copy)
    assert "CREATE TABLE late" not in content(alone), "the test shows something: the main file had it not"


@pytest.mark.parametrize("to", [0, 1, 2])
async def test_there_is_no_way_back_past_the_first_version(log: Path, to: int) -> None:
    before = content(log)
    with pytest.raises(AuditUnavailable):
        changed(log, lambda one, head: go_back(one, log, AUDIT, to, head, note, NOW))
    assert content(log) == before


def test_the_files_of_a_desk_carry_their_version_too(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    desk = DeskFile.open(path)
    desk._connection.close()
    assert user_version(path) == FIRST
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 2")
        with pytest.raises(AuditUnavailable):
            adopt(connection, path)


@pytest.mark.parametrize("known", [AUDIT, CENTRE])
def test_the_steps_of_a_schema_follow_one_another_and_say_what_they_are_about(known: Schema) -> None:
    assert [step.version for step in known.steps] == list(range(2, known.newest + 1))
    assert all(step.about and step.forward for step in known.steps)
