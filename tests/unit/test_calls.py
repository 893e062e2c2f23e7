"""Callers' numbers: kept at this console, masked, looked at with a trace, deleted after their time."""

# ruff: noqa: RUF001 - digits as an input method types them

import asyncio
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from dispatch import language
from dispatch.audit.log import AuditLog
from dispatch.audit.read import Filter, rows
from dispatch.calls import Calls, mask_name, mask_number, read_number, without_numbers
from dispatch.clock import ManualClock
from dispatch.domain.errors import AuditUnavailable, DispatchError
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import IncidentId
from dispatch.domain.operators import By, Right, Role

ONE, OTHER = IncidentId("CS-1124-1001"), IncidentId("CS-1124-1002")
LI = By(operator="li.na", role=Role.SUPERVISOR)


def anything(_right: Right) -> str:
    return ""


class Console:
    """The files of one console."""

    def __init__(self, folder: Path, clock: ManualClock) -> None:
        self.folder, self.clock = folder, clock
        self.audit = AuditLog.open(
            folder / "audit.db", clock=clock, city=CityCode("changsha"), console="console-1"
        )
        self.calls = self.open()

    def open(self) -> Calls:
        return Calls(self.folder / "calls.db", clock=self.clock, audit=self.audit, kept_days=30)

    def logged(self, action: str) -> list[dict[str, object]]:
        return [dict(row.detail) for row in rows(self.folder / "audit.db", Filter(action=action))]

    def close(self) -> None:
        self.calls.close()
        self.audit.close_now()


@pytest.fixture(autouse=True)
def _english() -> None:
    language.use("en")


@pytest.fixture
def console(tmp_path: Path, clock: ManualClock) -> Iterator[Console]:
    one = Console(tmp_path, clock)
    yield one
    one.close()


def stored(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("calls.db*")))


# --- reading and masking -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13812341234", "13812341234"),
        ("１３８ １２３４ １２３４", "13812341234"),
        (" 138-1234-1234 ", "13812341234"),
        ("+86 138 1234 1234", "13812341234"),
        ("0086-13812341234", "13812341234"),
        ("8613812341234", "13812341234"),
        ("(0731) 8451‐2345", "073184512345"),
        ("+86 0731 84512345", "073184512345"),
        ("+44 20 7946 0958", "+442079460958"),
        ("110", "110"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_a_number_is_kept_in_one_spelling_however_it_was_typed(typed: str, kept: str) -> None:
    assert read_number(typed) == kept


@pytest.mark.parametrize(
    "typed", ["138abc", "五一广场", "1", "13812341234/13987654321", "+", "1+2", "1" * 21]
)
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(DispatchError, match="digits"):
        read_number(typed)


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("13812341234", "138****1234"),
        ("073184512345", "073*****2345"),
        ("84512345", "84******"),
        ("110", "***"),
        ("", ""),
        ("+442079460958", "+44******0958"),
    ],
)
def test_a_masked_number_shows_enough_to_tell_two_callers_apart(number: str, masked: str) -> None:
    assert mask_number(number) == masked
    assert len(masked) == len(number)


def test_a_masked_name_is_the_family_name() -> None:
    assert mask_name("王小明") == "王**"
    assert mask_name("") == ""


def test_numbers_in_a_text_are_masked_and_incident_numbers_are_not() -> None:
    said = "回拨13812341234，或 138 1234 1234，身份证43010219900101123X，CS-1124-1012，2026-11-24，3楼"
    assert without_numbers(said) == ("回拨*******，或 *******，身份证*******，CS-1124-1012，2026-11-24，3楼")
    assert without_numbers("１３８１２３４１２３４") == "*******"


# --- keeping and showing -----------------------------------------------------------------------


async def test_the_calls_of_an_incident_are_shown_masked_and_oldest_first(console: Console) -> None:
    now = console.clock.now()
    await console.calls.note(ONE, now + timedelta(minutes=2), "13987654321", "", "催车 13987654321")
    await console.calls.note(ONE, now, "+86 138 1234 1234", "王小明", "胸痛")
    await console.calls.note(OTHER, now, "110", "", "")
    shown = [(call.number, call.name, call.text) for call in console.calls.of(ONE)]
    assert shown == [("138****1234", "王**", "胸痛"), ("139****4321", "", "催车 *******")]


async def test_calls_are_there_after_a_restart(console: Console) -> None:
    await console.calls.note(ONE, console.clock.now(), "13812341234")
    console.calls.close()
    console.calls = console.open()
    assert [call.number for call in console.calls.of(ONE)] == ["138****1234"]


async def test_a_number_in_full_is_a_right_and_every_look_is_logged(console: Console) -> None:
    await console.calls.note(ONE, console.clock.now(), "13812341234", "王小明", "胸痛")
    with pytest.raises(DispatchError, match="no right"):
        await console.calls.unmasked(ONE, LI, lambda _right: "no right")
    assert console.logged("calls.unmasked") == []
    found = await console.calls.unmasked(ONE, LI, anything)
    assert [(call.number, call.name) for call in found] == [("13812341234", "王小明")]
    row = next(iter(rows(console.folder / "audit.db", Filter(action="calls.unmasked"))))
    assert (row.actor, row.role, row.target, row.detail) == ("li.na", "supervisor", ONE, {"calls": 1})


async def test_nothing_is_seen_in_full_when_the_look_cannot_be_logged(console: Console) -> None:
    await console.calls.note(ONE, console.clock.now(), "13812341234")
    console.audit.close_now()
    with pytest.raises(AuditUnavailable):
        await console.calls.unmasked(ONE, LI, anything)


async def test_a_caller_who_cannot_be_kept_is_told(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    console.calls._writing.execute("PRAGMA query_only = ON")
    with pytest.raises(DispatchError, match="write him down"):
        await console.calls.note(ONE, console.clock.now(), "13812341234")


async def test_many_calls_at_once_are_all_kept(console: Console) -> None:
    now = console.clock.now()
    await asyncio.gather(*(console.calls.note(ONE, now, f"138000000{n:02}") for n in range(40)))
    assert len(console.calls.of(ONE)) == 40


# --- whose eyes --------------------------------------------------------------------------------


async def test_the_file_is_its_owners_alone(console: Console) -> None:
    await console.calls.note(ONE, console.clock.now(), "13812341234")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in files(console.folder)}
    assert modes == {0o600}


def files(folder: Path) -> list[Path]:
    return list(folder.glob("calls.db*"))


async def test_a_call_says_nothing_in_a_crash_text(console: Console) -> None:
    await console.calls.note(ONE, console.clock.now(), "13812341234", "王小明")
    found = await console.calls.unmasked(ONE, LI, anything)
    assert "13812341234" not in repr(found) + repr(console.calls)
    assert "王小明" not in repr(found)


async def test_no_number_is_in_the_audit_log(console: Console) -> None:
    await console.calls.note(ONE, console.clock.now(), "13812341234", "王小明", "13987654321")
    await console.calls.unmasked(ONE, LI, anything)
    await console.audit.close()
    log = logged_bytes(console.folder)
    assert b"unmasked" in log
    assert b"13812341234" not in log
    assert b"13987654321" not in log


def logged_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("audit.db*"))


# --- deleting ----------------------------------------------------------------------------------


async def test_what_is_too_old_is_deleted_at_the_start_and_once_a_day_and_that_is_logged(
    console: Console,
) -> None:
    await console.calls.note(ONE, console.clock.now(), "13812341234")
    console.clock.advance(29 * 86_400)
    await console.calls.note(OTHER, console.clock.now(), "13987654321")
    await console.calls.tick()
    assert len(console.calls.of(ONE)) == 1
    console.clock.advance(2 * 86_400)
    await console.calls.tick()
    assert console.calls.of(ONE) == []
    assert len(console.calls.of(OTHER)) == 1
    console.clock.advance(30 * 86_400)
    console.calls.close()
    console.calls = console.open()
    assert console.calls.of(OTHER) == []
    await console.audit.close()
    purged, noted = console.logged("calls.purged"), console.logged("calls.noted")
    assert [(row["calls"], row["older_than_days"]) for row in purged] == [(1, 30)] * 2
    assert [row["commitments"] for row in purged] == [[row["commitment"]] for row in noted]


async def test_a_deleted_number_is_nowhere_in_the_file_any_more(console: Console) -> None:
    for number in range(50):
        await console.calls.note(ONE, console.clock.now(), "13812341234", "王小明", f"call {number}")
    assert b"13812341234" in stored(console.folder)
    console.clock.advance(31 * 86_400)
    await console.calls.tick()
    assert b"13812341234" not in stored(console.folder)
    assert "王小明".encode() not in stored(console.folder)


async def test_a_tick_between_two_days_deletes_nothing_and_reads_nothing(console: Console) -> None:
    console.calls._writing.execute("PRAGMA query_only = ON")
    await console.calls.tick()
    assert console.logged("calls") == []


def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / "calls.db").mkdir()
    audit = AuditLog.open(tmp_path / "audit.db", clock=clock, city=CityCode("changsha"), console="c")
    with pytest.raises(DispatchError, match=r"calls\.db"):
        Calls(tmp_path / "calls.db", clock=clock, audit=audit, kept_days=30)
    audit.close_now()
