"""Old rows move into sealed files and leave after their time, and nothing of what was proved is lost."""

import shutil
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dispatch.audit import archive, proof, schema, segments
from dispatch.audit.log import AuditLog
from dispatch.audit.read import Filter, rows, summary
from dispatch.audit.rules import RetentionRules
from dispatch.audit.verify import verify
from dispatch.cli.app import app
from dispatch.clock import ManualClock, epoch_ms
from dispatch.domain.errors import AuditUnavailable, BadConfiguration, DispatchError
from dispatch.domain.geography import CityCode
from dispatch.settings.audit import load_audit_rules
from tests.audit.logs import Open, tamper
from tests.audit.signing import TRUSTED, note_of, opened

RULES = RetentionRules(kept_days=200, segment_days=30)
Years = Callable[[int], Path]


def log_at(path: Path, clock: ManualClock, rules: RetentionRules | None = RULES) -> AuditLog:
    city = CityCode("changsha")
    return AuditLog.open(path, clock=clock, city=city, console="console-1", retention=rules)


def write(path: Path, clock: ManualClock, days: int, rules: RetentionRules | None = RULES) -> None:
    """Ten rows a day; the log is opened anew each ten days."""
    for day in range(days):
        if day % 10 == 0:
            log = log_at(path, clock, rules)
        for number in range(10):
            log.append_soon("unit.chosen", actor="op-7", target=f"CS-{number:03}", detail={"day": day})
            clock.advance(timedelta(hours=2).total_seconds())
        clock.advance(timedelta(hours=4).total_seconds())
        if day % 10 == 9 or day == days - 1:
            log.close_now()


@pytest.fixture
def year(path: Path, clock: ManualClock) -> Path:
    """A log of 400 days, sealed by itself as it was opened."""
    write(path, clock, 400)
    return path


def test_old_rows_are_sealed_by_themselves_and_the_chain_goes_on(year: Path) -> None:
    sealed = archive.segments(year)
    assert len(sealed) >= 8
    assert [one.first for one in sealed] == [1, *(one.last + 1 for one in sealed[:-1])]
    with closing(sqlite3.connect(year)) as connection:
        (first, count) = connection.execute("SELECT min(seq), count(*) FROM audit").fetchone()
        assert schema.differences(connection) == []
    assert first == sealed[-1].last
    assert count < 600
    found = verify(year)
    assert (found.ok, found.rows, found.segments) == (True, 4000, len(sealed))
    for one in sealed:
        assert one.path.stat().st_mode & 0o777 == 0o400


def test_every_row_is_read_once_over_all_files(year: Path) -> None:
    assert [row.seq for row in rows(year)] == list(range(1, 4001))
    assert [row.seq for row in rows(year, Filter(last=900))] == list(range(3101, 4001))
    assert [row.seq for row in rows(year, Filter(target="CS-003", last=3))] == [3974, 3984, 3994]
    assert summary(year).rows == 4000


def test_checkpoints_and_proofs_hold_over_all_files(year: Path, tmp_path: Path) -> None:
    cosigned = opened(note_of(year, 3900, ("zhuzhou",)))
    assert verify(year, notes=(opened(note_of(year, 100)), cosigned)).proved[0].size == 3900
    for seq in (1, 57, 2000, 3900):
        assert proof.check(proof.prove(year, seq, cosigned), TRUSTED).row.seq == seq
    sealed = archive.segments(year)[2]
    sealed.path.chmod(0o600)
    change = "UPDATE audit SET body = replace(body, 'op-7', 'op-8')"
    tamper(sealed.path, f"{change} WHERE seq = {sealed.first + 4}")
    fault = verify(year, notes=(cosigned,)).first_fault
    assert fault is not None
    assert (fault.code, fault.row) == ("hash", sealed.first + 4)


@pytest.mark.parametrize("which", [0, 3, -1])
def test_a_segment_that_was_taken_away_is_missed(year: Path, which: int) -> None:
    gone = archive.segments(year)[which]
    gone.path.unlink()
    fault = verify(year).first_fault
    assert fault is not None
    assert (fault.code, fault.row) == ("sequence", gone.first)


def test_a_log_whose_segment_differs_is_not_written_on(
    year: Path, clock: ManualClock, tmp_path: Path
) -> None:
    last = archive.segments(year)[-1]
    last.path.chmod(0o600)
    tamper(last.path, f"UPDATE audit SET hash = '{'0' * 64}' WHERE seq = {last.last}")  # noqa: S608
    with closing(sqlite3.connect(year)) as connection:
        connection.execute("DROP TRIGGER audit_no_delete")
        connection.execute("DELETE FROM audit WHERE seq > ?", (last.last + 50,))
        connection.execute(schema.NO_DELETE)
        connection.commit()
    with pytest.raises(AuditUnavailable, match="不可信"):
        log_at(year, clock)


def test_rows_taken_out_without_a_segment_are_missed(path: Path, clock: ManualClock) -> None:
    write(path, clock, 20, None)
    tamper(path, "DELETE FROM audit WHERE seq < 150")
    assert not verify(path).ok
    with pytest.raises(AuditUnavailable):
        log_at(path, clock)


def test_sealing_that_was_broken_off_is_finished_next_time(path: Path, clock: ManualClock) -> None:
    write(path, clock, 60, None)
    rules, now_ms = RULES, epoch_ms(clock.now())

    def break_off(_row: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        segments.tidy(path, rules, now_ms, break_off)
    assert verify(path).rows == 600  # every row stands in the segment and in the open file
    assert [row.seq for row in rows(path)] == list(range(1, 601))
    log_at(path, clock).close_now()
    with closing(sqlite3.connect(path)) as connection:
        assert (
            connection.execute("SELECT min(seq) FROM audit").fetchone()[0] == archive.segments(path)[-1].last
        )
    assert verify(path).rows == 600


def test_a_segment_that_does_not_hold_the_rows_takes_none_away(
    path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(path, clock, 60, None)
    whole = schema.create

    def lossy(
        connection: sqlite3.Connection, version: int | None = None, rows: Iterable[schema.StoredRow] = ()
    ) -> None:
        whole(connection, version, list(rows)[:-1])

    monkeypatch.setattr(schema, "create", lossy)
    with pytest.raises(AuditUnavailable):
        log_at(path, clock)
    assert archive.segments(path) == []
    assert verify(path).rows == 600


def test_too_many_rows_are_sealed_whatever_their_age(path: Path, clock: ManualClock) -> None:
    write(path, clock, 5, None)
    rules = RULES.model_copy(update={"segment_rows": 20})
    for _start in range(3):
        log_at(path, clock, rules).close_now()
    assert [(one.first, one.last) for one in archive.segments(path)] == [(1, 20), (21, 40)]
    assert verify(path).rows == 50


def test_segments_leave_after_their_time_and_what_was_signed_still_holds(
    year: Path, clock: ManualClock
) -> None:
    early, late = opened(note_of(year, 100)), opened(note_of(year, 3900, ("zhuzhou", "xiangtan")))
    now_ms = epoch_ms(clock.now())
    removed = segments.prune(year, RULES, now_ms)
    assert len(removed) >= 4
    kept = archive.segments(year)
    with closing(sqlite3.connect(kept[0].path)) as connection:
        (newest,) = connection.execute("SELECT max(ts) FROM audit").fetchone()
    assert newest >= now_ms - 200 * segments.DAY_MS
    found = verify(year, notes=(early, late))
    assert (found.ok, found.rows, found.removed, found.too_old) == (True, 4000, removed[-1].last, 1)
    assert {one.witness for one in found.proved} == {"", "zhuzhou", "xiangtan"}
    assert proof.check(proof.prove(year, 3000, late), TRUSTED).row.seq == 3000
    with pytest.raises(DispatchError):
        proof.prove(year, 10, late)
    assert segments.prune(year, RULES, now_ms) == []
    log_at(year, clock).close_now()
    assert verify(year, notes=(late,)).ok


def test_a_forged_beginning_does_not_pass_a_checkpoint(year: Path, clock: ManualClock) -> None:
    late = opened(note_of(year, 3900))
    segments.prune(year, RULES, epoch_ms(clock.now()))
    start = archive.start_of(year)
    forged = archive.Start(start.head, (bytes(32), *start.parts[1:]))
    archive.write_start(year, forged)
    fault = verify(year, notes=(late,)).first_fault
    assert fault is not None
    assert fault.code == "root"


def test_a_log_that_does_not_verify_loses_no_segment(year: Path, clock: ManualClock) -> None:
    before = archive.segments(year)
    tamper(year, "UPDATE audit SET body = replace(body, 'op-7', 'op-8') WHERE seq = 3950")
    with pytest.raises(DispatchError):
        segments.prune(year, RULES, epoch_ms(clock.now()))
    assert archive.segments(year) == before


def test_fewer_than_six_months_cannot_be_configured(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "config" / "audit.toml").read_text(encoding="utf-8")
    (tmp_path / "audit.toml").write_text(
        text.replace("kept_days = 1095", "kept_days = 182"), encoding="utf-8"
    )
    with pytest.raises(BadConfiguration):
        load_audit_rules(tmp_path)
    assert load_audit_rules().retention.kept_days >= 183


def test_the_commands_seal_and_prune(path: Path, clock: ManualClock, open_log: Open) -> None:
    write(path, clock, 60, None)  # in the past of the machine's clock
    sealed = CliRunner().invoke(app, ["--lang", "en", "audit", "seal", str(path), "--json"])
    assert sealed.exit_code == 0, sealed.output
    pruned = CliRunner().invoke(app, ["--lang", "en", "audit", "prune", str(path), "--json"])
    assert pruned.exit_code == 0, pruned.output
    assert verify(path).ok


def test_a_backup_holds_the_segments(year: Path, tmp_path: Path, clock: ManualClock) -> None:
    from dispatch.audit import backup

    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(year, folder / "audit.db")
    shutil.copytree(archive.folder_of(year), archive.folder_of(folder / "audit.db"))
    backup.make(folder, tmp_path / "out", clock)
    backup.restore(tmp_path / "out", tmp_path / "back")
    assert verify(tmp_path / "back" / "audit.db").rows == 4000
