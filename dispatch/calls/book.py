"""Who called about an incident: numbers and names stay in one file of this console and go nowhere else.

They are shown masked; seeing them in full is a right of its own, and every look is a row of the audit log.
The log holds a salted commitment of each call: while the call is kept it can be shown to be the one that was
written down, and after it was erased, with its salt, the log stays as it was and tells nothing of it.
After `kept_days` calls are deleted for good.
"""

import asyncio
import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from dispatch.audit.log import AuditLog
from dispatch.audit.steps import adopt
from dispatch.calls.commitment import commitment, fresh_salt
from dispatch.calls.masking import mask_name, mask_number, read_number, without_numbers
from dispatch.causes import cause
from dispatch.clock import Clock, epoch_ms, from_epoch_ms
from dispatch.domain.errors import AuditUnavailable, DispatchError, MissingField
from dispatch.domain.incidents import IncidentId
from dispatch.domain.operators import By, Right
from dispatch.language import _
from dispatch.text import safe_text

FILE = "calls.db"
PROGRAM = "console"
PURGE_EVERY = timedelta(days=1)
_TABLE = """
CREATE TABLE IF NOT EXISTS call (
  number INTEGER PRIMARY KEY,
  incident TEXT NOT NULL,
  at INTEGER NOT NULL,
  telephone TEXT NOT NULL,
  name TEXT NOT NULL,
  said TEXT NOT NULL,
  salt BLOB NOT NULL DEFAULT x'',
  logged INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS call_incident ON call (incident);
CREATE INDEX IF NOT EXISTS call_at ON call (at);
"""
_ADDED = {"salt": "BLOB NOT NULL DEFAULT x''", "logged": "INTEGER NOT NULL DEFAULT 0"}
"""Columns that the first files did not have; an older program reads and writes the table all the same."""
_NAME_LENGTH, _TEXT_LENGTH = 40, 200
A_ROW = 200
"""Commitments in one row of the log at most."""


@dataclass(frozen=True, slots=True, repr=False)
class Call:
    """One call. Its repr says nothing: it may stand in a crash text."""

    at: datetime
    number: str
    name: str
    text: str

    def masked(self) -> "Call":
        """The same for eyes that need not know who called."""
        return Call(self.at, mask_number(self.number), mask_name(self.name), without_numbers(self.text))


class Calls:
    """The calls of this console. Writes wait for the disk in a thread; reading takes microseconds."""

    def __init__(self, path: Path, *, clock: Clock, audit: AuditLog, kept_days: float) -> None:
        """Open or make the file, and delete what is too old; DispatchError when that cannot be done."""
        self._clock, self._audit = clock, audit
        self._kept = timedelta(days=kept_days)
        self._purge_at = clock.now() + PURGE_EVERY
        self._door = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            path.chmod(0o600)
            self._writing = _connection(path)
            adopt(self._writing, path)
            _make_table(self._writing)
            self._reading = _reader(path)
            self._purged(self._delete_old())
            self._unlogged = bool(self._to_log())
        except (OSError, sqlite3.Error) as error:
            raise DispatchError(
                _("callers' numbers cannot be kept in {file}: {error}", file=path, error=cause(error))
            ) from error

    def close(self) -> None:
        with self._door:
            self._reading.close()
            self._writing.close()

    async def note(
        self, incident: IncidentId, at: datetime, number: str = "", name: str = "", text: str = ""
    ) -> None:
        """Keep a call; DispatchError when the number is none, or when it cannot be written down here.

        A log that cannot be written loses no caller: his commitment follows when it can.
        """
        said = safe_text(name.strip(), _NAME_LENGTH), safe_text(text.strip(), _TEXT_LENGTH)
        call = Call(at, read_number(number), *said)
        try:
            await asyncio.to_thread(self._insert, incident, call)
        except sqlite3.Error as error:
            problem = _("the caller could not be kept here, write him down: {error}", error=cause(error))
            raise DispatchError(problem) from error
        self._unlogged = True
        await self._log()

    def of(self, incident: IncidentId) -> Sequence[Call]:
        """The calls about an incident, oldest first, masked; none where the file cannot be read."""
        return [call.masked() for call in self._of(incident)]

    async def unmasked(self, incident: IncidentId, by: By, allowed: Callable[[Right], str]) -> Sequence[Call]:
        """The same in full: `allowed` says why not, or nothing; the look is in the log before it is had.

        DispatchError when it is not allowed; AuditUnavailable when it could not be written down.
        """
        if why := allowed(Right.CALLER):
            raise DispatchError(why)
        found = self._of(incident)
        marked: dict[str, object] = {"calls": len(found)}
        if by.break_glass:
            marked["break_glass"] = 1
        await self._audit.append(
            "calls.unmasked", actor=by.operator, role=by.role.value, target=incident, detail=marked
        )
        return found

    async def erase(self, incident: IncidentId, by: By, allowed: Callable[[Right], str], reason: str) -> int:
        """Delete the calls about an incident now, as somebody may demand it by law; how many there were.

        The row of the log names commitments, and is written before. MissingField without a reason;
        DispatchError when it is not allowed or cannot be done.
        """
        if why := allowed(Right.CALLER):
            raise DispatchError(why)
        said = safe_text(without_numbers(reason.strip()), _TEXT_LENGTH)
        if not said:
            raise MissingField(_("reason"), _("erasing callers needs one"))
        self._unlogged = True
        await self._log()
        found = self._committed("incident = ?", (incident,))
        for start in range(0, len(found), A_ROW):
            some = found[start : start + A_ROW]
            detail: dict[str, object] = {"calls": len(some), "commitments": some, "reason": said}
            if by.break_glass:
                detail["break_glass"] = 1
            await self._audit.append(
                "calls.erased", actor=by.operator, role=by.role.value, target=incident, detail=detail
            )
        try:
            return await asyncio.to_thread(self._delete, "incident = ?", (incident,))
        except sqlite3.Error as error:
            raise DispatchError(_("the callers could not be deleted: {error}", error=cause(error))) from error

    async def tick(self) -> None:
        """Once a second or less: commitments that wait are logged, once a day what is too old is deleted."""
        await self._log()
        now = self._clock.now()
        if now < self._purge_at:
            return
        self._purge_at = now + PURGE_EVERY
        try:
            deleted = await asyncio.to_thread(self._delete_old)
        except sqlite3.Error as error:
            self._note("calls.purge_failed", {"error": safe_text(error)})
        else:
            self._purged(deleted)

    # --- within --------------------------------------------------------------------------------

    def _of(self, incident: IncidentId) -> list[Call]:
        sql = "SELECT at, telephone, name, said FROM call WHERE incident = ? ORDER BY at, number"
        try:
            rows = self._reading.execute(sql, (incident,)).fetchall()
        except sqlite3.Error:
            return []
        return [Call(from_epoch_ms(at), number, name, said) for at, number, name, said in rows]

    def _insert(self, incident: IncidentId, call: Call) -> None:
        values = (incident, epoch_ms(call.at), call.number, call.name, call.text, fresh_salt())
        with self._door:
            self._writing.execute(
                "INSERT INTO call (incident, at, telephone, name, said, salt) VALUES (?, ?, ?, ?, ?, ?)",
                values,
            )

    def _to_log(self) -> list[tuple[int, str, str]]:
        """Calls whose commitment the log does not hold yet: (number, incident, commitment)."""
        return [(number, incident, made) for number, incident, made, logged in self._read("1") if not logged]

    def _committed(self, where: str, values: tuple[object, ...]) -> list[str]:
        return [made for _number, _incident, made, _logged in self._read(where, values)]

    def _read(self, where: str, values: tuple[object, ...] = ()) -> list[tuple[int, str, str, bool]]:
        columns = "number, logged, incident, at, telephone, name, said, salt"
        with self._door:
            rows = self._writing.execute(
                f"SELECT {columns} FROM call WHERE {where} ORDER BY number",  # noqa: S608 - our own words
                values,
            ).fetchall()
        return [(row[0], row[2], commitment(*row[2:]), bool(row[1])) for row in rows]

    async def _log(self) -> None:
        """Put commitments that wait into the log; what fails is tried again."""
        if not self._unlogged:
            return
        with contextlib.suppress(AuditUnavailable, sqlite3.Error):
            for number, incident, made in await asyncio.to_thread(self._to_log):
                await self._audit.append(
                    "calls.noted", actor=PROGRAM, role="program", target=incident, detail={"commitment": made}
                )
                await asyncio.to_thread(self._mark_logged, number)
            self._unlogged = False

    def _mark_logged(self, number: int) -> None:
        with self._door:
            self._writing.execute("UPDATE call SET logged = 1 WHERE number = ?", (number,))

    def _delete_old(self) -> list[str]:
        """Delete what is too old; the commitments of what was deleted."""
        before = (epoch_ms(self._clock.now() - self._kept),)
        gone = self._committed("at < ?", before)
        if gone:
            self._delete("at < ?", before)
        return gone

    def _delete(self, where: str, values: tuple[object, ...]) -> int:
        """Nothing of it stays in free pages or in the write-ahead log."""
        with self._door:
            deleted = self._writing.execute(f"DELETE FROM call WHERE {where}", values).rowcount  # noqa: S608
            if deleted:
                self._writing.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return deleted

    def _purged(self, gone: Sequence[str]) -> None:
        days = round(self._kept / timedelta(days=1))
        for start in range(0, len(gone), A_ROW):
            some = list(gone[start : start + A_ROW])
            detail: dict[str, object] = {"calls": len(some), "older_than_days": days, "commitments": some}
            self._note("calls.purged", detail)

    def _note(self, action: str, detail: dict[str, object]) -> None:
        with contextlib.suppress(AuditUnavailable):
            self._audit.append_soon(action, actor=PROGRAM, role="program", detail=detail)


def _make_table(connection: sqlite3.Connection) -> None:
    """The table; one of the first version gets the columns it lacks, and its calls their salts."""
    connection.executescript(_TABLE)
    there = {row[1] for row in connection.execute("PRAGMA table_info(call)")}
    for name, kind in _ADDED.items():
        if name not in there:
            connection.execute(f"ALTER TABLE call ADD COLUMN {name} {kind}")
    for (number,) in connection.execute("SELECT number FROM call WHERE length(salt) = 0").fetchall():
        connection.execute("UPDATE call SET salt = ? WHERE number = ?", (fresh_salt(), number))


def _connection(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    for pragma in ("synchronous = FULL", "mmap_size = 0", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    return connection


def _reader(path: Path) -> sqlite3.Connection:
    address = f"{path.resolve().as_uri()}?mode=ro"
    return sqlite3.connect(address, uri=True, timeout=1, isolation_level=None, check_same_thread=False)
