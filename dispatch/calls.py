"""Who called about an incident: numbers and names stay in one file of this console and go nowhere else.

They are shown masked; seeing them in full is a right of its own, and every look is a row of the audit log.
After `kept_days` they are deleted for good.
"""

import asyncio
import contextlib
import os
import re
import sqlite3
import threading
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from dispatch.audit.log import AuditLog
from dispatch.audit.steps import adopt
from dispatch.clock import Clock, epoch_ms, from_epoch_ms
from dispatch.domain.errors import AuditUnavailable, DispatchError
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
  said TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS call_incident ON call (incident);
CREATE INDEX IF NOT EXISTS call_at ON call (at);
"""
_NAME_LENGTH, _TEXT_LENGTH = 40, 200
_LONGEST = 20
_CHINA = re.compile(r"(?:\+|00)?86(1\d{10}|0\d{9,11})")
_BETWEEN = re.compile(r"[\s().·\u2010-\u2015\u2212-]")
_NUMBERS = re.compile(r"\d{7,}[Xx]?|(?<!\d)1\d{2}[ -]\d{4}[ -]\d{4}(?!\d)")


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
            self._writing.executescript(_TABLE)
            self._reading = _reader(path)
            self._purged(self._delete())
        except (OSError, sqlite3.Error) as error:
            raise DispatchError(
                _("callers' numbers cannot be kept in {file}: {error}", file=path, error=error)
            ) from error

    def close(self) -> None:
        with self._door:
            self._reading.close()
            self._writing.close()

    async def note(
        self, incident: IncidentId, at: datetime, number: str = "", name: str = "", text: str = ""
    ) -> None:
        """Keep a call; DispatchError when the number is none, or when it cannot be written down here."""
        said = safe_text(name.strip(), _NAME_LENGTH), safe_text(text.strip(), _TEXT_LENGTH)
        call = Call(at, read_number(number), *said)
        try:
            await asyncio.to_thread(self._insert, incident, call)
        except sqlite3.Error as error:
            problem = _("the caller could not be kept here, write him down: {error}", error=error)
            raise DispatchError(problem) from error

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

    async def tick(self) -> None:
        """Once a second or less: once a day what is too old is deleted."""
        now = self._clock.now()
        if now < self._purge_at:
            return
        self._purge_at = now + PURGE_EVERY
        try:
            deleted = await asyncio.to_thread(self._delete)
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
        values = (incident, epoch_ms(call.at), call.number, call.name, call.text)
        with self._door:
            self._writing.execute(
                "INSERT INTO call (incident, at, telephone, name, said) VALUES (?, ?, ?, ?, ?)", values
            )

    def _delete(self) -> int:
        """Delete what is too old; nothing of it stays in free pages or in the write-ahead log."""
        before = epoch_ms(self._clock.now() - self._kept)
        with self._door:
            deleted = self._writing.execute("DELETE FROM call WHERE at < ?", (before,)).rowcount
            if deleted:
                self._writing.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return deleted

    def _purged(self, deleted: int) -> None:
        if deleted:
            days = round(self._kept / timedelta(days=1))
            self._note("calls.purged", {"calls": deleted, "older_than_days": days})

    def _note(self, action: str, detail: dict[str, object]) -> None:
        with contextlib.suppress(AuditUnavailable):
            self._audit.append_soon(action, actor=PROGRAM, role="program", detail=detail)


def _connection(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    for pragma in ("synchronous = FULL", "mmap_size = 0", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    return connection


def _reader(path: Path) -> sqlite3.Connection:
    address = f"{path.resolve().as_uri()}?mode=ro"
    return sqlite3.connect(address, uri=True, timeout=1, isolation_level=None, check_same_thread=False)


def read_number(typed: str) -> str:
    """A telephone number as it is kept: digits, a "+" before a foreign country; "" where none was shown.

    Full-width digits, spaces, hyphens and brackets are read; +86 and 0086 fall away. DispatchError
    when there is anything else in it.
    """
    plain = _BETWEEN.sub("", unicodedata.normalize("NFKC", typed))
    if not plain:
        return ""
    if not re.fullmatch(rf"\+?[0-9]{{2,{_LONGEST}}}", plain):
        raise DispatchError(
            _("a telephone number has 2 to {most} digits; a + may stand before them", most=_LONGEST)
        )
    home = _CHINA.fullmatch(plain)
    return home[1] if home else plain


def mask_number(number: str) -> str:
    """138****1234; of a short number nearly nothing is left."""
    if len(number) >= 10:
        return f"{number[:3]}{'*' * (len(number) - 7)}{number[-4:]}"
    shown = 2 if len(number) >= 7 else 0
    return number[:shown] + "*" * (len(number) - shown)


def mask_name(name: str) -> str:
    """The first character, which of a Chinese name is the family name."""
    return f"{name[:1]}**" if name else ""


def without_numbers(text: str) -> str:
    """A free text without what may be a telephone or identity number; incident numbers and dates stay."""
    return _NUMBERS.sub("*******", text)
