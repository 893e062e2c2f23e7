"""The table of refused messages: counted whole, kept in part, written without waiting."""

import sqlite3
from pathlib import Path

import pytest

from dispatch import language
from dispatch.audit.log import AuditLog
from dispatch.clock import SystemClock
from dispatch.domain.errors import DispatchError
from dispatch.feed import quarantine
from dispatch.feed.quarantine import Quarantine, read
from dispatch.feed.refusals import Refused
from dispatch.feed.transport import Received
from tests.unit.feed.feed_world import CHANGSHA, ZHUZHOU

TIMES = iter(range(10**9))


def refuse(
    table: Quarantine, code: str = "malformed", payload: bytes = b"{", topic: str = "t", **facts: str
) -> bool:
    return table.add(Received(topic, payload, False, 1), CHANGSHA, Refused(code, **facts))


def test_rows_are_read_back_newest_first_by_another_program(tmp_path: Path) -> None:
    table = Quarantine(tmp_path / "q.db", steady=lambda: float(next(TIMES)))
    refuse(table, "unknown_bank", bank="CS-B-\ud800")
    refuse(table, payload=b"\xff" * 5_000, topic="a\x00\ud800b" * 200)
    table.flush()
    table.close()
    newest, oldest = read(tmp_path / "q.db")
    assert (newest.reason, newest.size, len(newest.payload)) == ("malformed", 5_000, 2_048)
    assert len(newest.topic) <= 300
    assert oldest.facts == {"bank": "CS-B-\ud800"}
    assert table.failure is None


def test_a_persons_number_is_not_kept_and_stamps_are() -> None:
    table = Quarantine()
    sent = b'{"ts":1764158400000,"caller":"13873112345","id":"43010219900307231X","seq":12345678901}'
    refuse(table, payload=sent)
    kept = table.newest()[0]
    masked = sent.replace(b"13873112345", b"*" * 11).replace(b"43010219900307231X", b"*" * 18)
    assert kept.payload == masked
    assert kept.size == len(sent)


def test_rows_of_earlier_runs_are_still_shown(tmp_path: Path) -> None:
    first = Quarantine(tmp_path / "q.db")
    refuse(first)
    first.close()
    again = Quarantine(tmp_path / "q.db")
    assert [row.reason for row in again.newest()] == ["malformed"]
    assert again.total == 0
    again.close()


def test_the_table_keeps_only_the_newest_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "ROWS", 10)
    table = Quarantine(tmp_path / "q.db", steady=lambda: float(next(TIMES)))
    for number in range(25):
        refuse(table, topic=str(number))
    table.close()
    assert [row.topic for row in read(tmp_path / "q.db")] == [str(number) for number in range(24, 14, -1)]


def test_counts_by_reason_and_by_city() -> None:
    table = Quarantine()
    refuse(table)
    refuse(table, "too_big")
    table.add(Received("t", b"", False, 1), ZHUZHOU, Refused("too_big"))
    assert table.counts() == {"malformed": 1, "too_big": 2}
    assert table.counts_of(ZHUZHOU) == {"too_big": 1}
    assert table.total == 3


def test_a_row_says_why_in_the_language_in_use() -> None:
    table = Quarantine()
    refuse(table, "unknown_bank", bank="CS-B-1\x1b]0;x\x07")
    before = language.current()
    try:
        language.use("en")
        assert table.newest()[0].why == "The bank CS-B-1␛]0;x␇ is not configured."
        language.use("zh_CN")
        assert "未配置" in table.newest()[0].why
    finally:
        language.use(before)


def test_a_disk_that_cannot_be_written_is_told_and_counting_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "sub"
    table = Quarantine(folder / "q.db")
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    refuse(table)
    table.flush()
    table.close()
    assert table.failure
    assert table.total == 1


def test_reading_a_table_that_is_not_there_finds_nothing(tmp_path: Path) -> None:
    assert read(tmp_path / "none.db") == []
    assert not (tmp_path / "none.db").exists()


def everything_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def test_an_audit_log_named_by_mistake_is_refused_and_not_touched_open_or_closed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "audit.db"
    log = AuditLog.open(path, clock=SystemClock(), city=CHANGSHA, console="console-1")
    await log.append("session.start", actor="zhang")
    for closed in (False, True):
        if closed:
            await log.close()
        before = everything_in(tmp_path)
        with pytest.raises(DispatchError, match=r"audit\.db"):
            read(path)
        assert everything_in(tmp_path) == before


@pytest.mark.parametrize(
    "content", [b"", b"not a database at all\n" * 100, b"SQLite format 3\x00" + b"\xff" * 4_000]
)
def test_a_file_that_is_no_table_is_refused_by_its_name_and_not_touched(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "notes.txt").write_bytes(content)
    with pytest.raises(DispatchError, match=r"notes\.txt"):
        read(tmp_path / "notes.txt")
    assert everything_in(tmp_path) == {"notes.txt": content}


def test_another_programs_table_of_the_same_name_is_refused(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "x.db")
    other.execute("create table refused (id integer, why text)")
    other.close()
    before = everything_in(tmp_path)
    with pytest.raises(DispatchError, match=r"x\.db"):
        read(tmp_path / "x.db")
    assert everything_in(tmp_path) == before


def test_reading_a_table_leaves_it_as_it_was(tmp_path: Path) -> None:
    table = Quarantine(tmp_path / "q.db")
    refuse(table)
    table.close()
    before = everything_in(tmp_path)
    assert len(read(tmp_path / "q.db")) == 1
    assert everything_in(tmp_path) == before
    assert list(before) == ["q.db"]
