"""Calls and the audit log: commitments, erasure that leaves the chain whole, what `check` finds."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dispatch import language
from dispatch.audit.verify import verify
from dispatch.calls.book import Calls
from dispatch.calls.check import check
from dispatch.calls.commitment import commitment, fresh_salt
from dispatch.cli.calls import app
from dispatch.clock import ManualClock
from dispatch.domain.errors import AuditUnavailable, DispatchError, MissingField
from dispatch.domain.operators import Right
from tests.unit.test_calls import LI, ONE, OTHER, Console, anything, stored

NUMBER, NAME, SAID = "13812341234", "Wang Fang", "fell from a ladder"


@pytest.fixture(autouse=True)
def _english() -> None:
    language.use("en")


@pytest.fixture
def console(tmp_path: Path, clock: ManualClock) -> Iterator[Console]:
    one = Console(tmp_path, clock)
    yield one
    one.close()


def paths(console: Console) -> tuple[Path, Path]:
    return console.folder / "calls.db", console.folder / "audit.db"


async def noted(console: Console) -> None:
    await console.calls.note(ONE, console.clock.now(), NUMBER, NAME, SAID)
    await console.calls.note(OTHER, console.clock.now(), "13987654321", "Li Na", "")


def change(console: Console, sql: str) -> None:
    with closing(sqlite3.connect(console.folder / "calls.db")) as connection, connection:
        connection.execute(sql)


def logged_bytes(console: Console) -> bytes:
    return b"".join(path.read_bytes() for path in console.folder.glob("audit.db*"))


def test_a_commitment_binds_every_part_of_a_call() -> None:
    salt = fresh_salt()
    one = commitment("CS-1124-1001", 1, NUMBER, NAME, SAID, salt)
    others = {
        commitment("CS-1124-1002", 1, NUMBER, NAME, SAID, salt),
        commitment("CS-1124-1001", 2, NUMBER, NAME, SAID, salt),
        commitment("CS-1124-1001", 1, "13812341235", NAME, SAID, salt),
        commitment("CS-1124-1001", 1, NUMBER, "", NAME + SAID, salt),
        commitment("CS-1124-1001", 1, NUMBER, NAME, SAID, fresh_salt()),
    }
    assert len(others | {one}) == 6
    assert commitment("CS-1124-1001", 1, NUMBER, NAME, SAID, salt) == one


async def test_the_log_holds_a_commitment_and_nothing_of_the_caller(console: Console) -> None:
    await noted(console)
    await console.audit.close()
    assert len(console.logged("calls.noted")) == 2
    assert not [secret for secret in (NUMBER, NAME, SAID) if secret.encode() in logged_bytes(console)]
    found = check(*paths(console))
    assert (found.good, found.erased, found.holds) == (2, 0, True)


async def test_what_somebody_demands_to_be_erased_is_gone_and_the_chain_still_holds(console: Console) -> None:
    await noted(console)
    assert await console.calls.erase(ONE, LI, anything, "asked for by the caller") == 1
    assert console.calls.of(ONE) == []
    assert len(console.calls.of(OTHER)) == 1
    await console.audit.close()
    assert not [secret for secret in (NUMBER, NAME, SAID) if secret.encode() in stored(console.folder)]
    (row,) = console.logged("calls.erased")
    assert row["commitments"] == [console.logged("calls.noted")[0]["commitment"]]
    assert row["reason"] == "asked for by the caller"
    assert verify(console.folder / "audit.db").ok
    found = check(*paths(console))
    assert (found.good, found.erased, found.holds) == (1, 1, True)


async def test_erasing_needs_the_right_a_reason_and_a_log_that_can_be_written(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    await noted(console)
    with pytest.raises(DispatchError, match="not you"):
        await console.calls.erase(ONE, LI, lambda right: "not you" if right is Right.CALLER else "", "x")
    with pytest.raises(MissingField):
        await console.calls.erase(ONE, LI, anything, "  ")

    async def fails(*_words: object, **_facts: object) -> None:
        raise AuditUnavailable("disk full")

    monkeypatch.setattr(console.audit, "append", fails)
    with pytest.raises(AuditUnavailable):
        await console.calls.erase(ONE, LI, anything, "x")
    assert len(console.calls.of(ONE)) == 1


async def test_a_number_in_the_reason_does_not_get_into_the_log(console: Console) -> None:
    await noted(console)
    await console.calls.erase(ONE, LI, anything, f"owner of {NUMBER} asks for it")
    await console.audit.close()
    assert NUMBER.encode() not in logged_bytes(console)


async def test_a_log_that_fails_loses_no_caller_and_is_caught_up(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_words: object, **_facts: object) -> None:
        raise AuditUnavailable("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(console.audit, "append", fails)
        await noted(console)
    assert len(console.calls.of(ONE)) == 1
    assert check(*paths(console)).waiting == 2
    await console.calls.tick()
    found = check(*paths(console))
    assert (found.good, found.waiting, found.holds) == (2, 0, True)
    with monkeypatch.context() as broken:
        broken.setattr(console.audit, "append", fails)
        await noted(console)
    console.calls.close()
    console.calls = console.open()
    await console.calls.tick()
    assert check(*paths(console)).good == 4, "after a restart as well"


@pytest.mark.parametrize(
    ("sql", "foreign", "vanished"),
    [
        ("UPDATE call SET telephone = '13800000000' WHERE number = 1", [ONE], [ONE]),
        ("UPDATE call SET said = 'nothing' WHERE number = 1", [ONE], [ONE]),
        ("UPDATE call SET incident = 'CS-1124-1009' WHERE number = 1", ["CS-1124-1009"], [ONE]),
        ("UPDATE call SET salt = x'00' WHERE number = 1", [ONE], [ONE]),
        ("DELETE FROM call WHERE number = 1", [], [ONE]),
        (
            "INSERT INTO call (incident, at, telephone, name, said, salt, logged) "
            "VALUES ('CS-1124-1001', 1, '110', '', '', x'00', 1)",
            [ONE],
            [],
        ),
    ],
)
async def test_a_change_beside_the_console_is_found(
    console: Console, sql: str, foreign: list[str], vanished: list[str]
) -> None:
    await noted(console)
    change(console, sql)
    found = check(*paths(console))
    assert (found.foreign, found.vanished, found.holds) == (foreign, vanished, False)
    result = CliRunner().invoke(app, ["check", *map(str, paths(console)), "--json"])
    assert result.exit_code == 1
    assert json.loads(result.output)["foreign"] == foreign
    assert NUMBER not in result.output


async def test_a_file_of_the_first_version_gets_salts_and_its_calls_are_logged(
    tmp_path: Path, clock: ManualClock
) -> None:
    with closing(sqlite3.connect(tmp_path / "calls.db")) as connection, connection:
        connection.execute(
            "CREATE TABLE call (number INTEGER PRIMARY KEY, incident TEXT NOT NULL, at INTEGER NOT NULL, "
            "telephone TEXT NOT NULL, name TEXT NOT NULL, said TEXT NOT NULL) STRICT"
        )
        at = round(clock.now().timestamp() * 1000)
        connection.execute("INSERT INTO call VALUES (1, ?, ?, ?, ?, ?)", (ONE, at, NUMBER, NAME, SAID))
    console = Console(tmp_path, clock)
    try:
        await console.calls.tick()
        assert isinstance(console.calls, Calls)
        assert len(console.calls.of(ONE)) == 1
        found = check(*paths(console))
        assert (found.good, found.holds) == (1, True)
    finally:
        console.close()


def test_the_command_says_what_it_cannot_read(tmp_path: Path) -> None:
    (tmp_path / "calls.db").write_bytes(b"this is no database at all, whatever its name")
    result = CliRunner().invoke(app, ["check", str(tmp_path / "calls.db"), str(tmp_path / "audit.db")])
    assert isinstance(result.exception, DispatchError | FileNotFoundError), result.output
