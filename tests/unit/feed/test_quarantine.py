"""The table of refused messages: counted whole, kept in part, written without waiting."""

from pathlib import Path

import pytest

from dispatch import language
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
