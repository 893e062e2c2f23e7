"""Looking into an audit log without being able to change it."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlite_utils import Database

from dispatch.audit import archive
from dispatch.audit.checkpoint import origin_of
from dispatch.audit.connection import DAMAGE, reader
from dispatch.audit.entry import LARGEST_INTEGER, SAID, AuditRow
from dispatch.causes import cause
from dispatch.clock import epoch_ms
from dispatch.domain.errors import AuditUnavailable
from dispatch.language import _

_ONE = "SELECT seq, body, hash FROM audit WHERE seq = ?"
_WHOSE = "SELECT city, console, drill FROM audit ORDER BY seq LIMIT 1"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows to read; what is None does not narrow. Times are aware, `until` is left out.

    `action` is a name or its beginning up to a dot: "unit" finds "unit.chosen". `last` counts from
    the end, after the other conditions.
    """

    action: str | None = None
    actor: str | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    drill: bool | None = None
    last: int | None = None

    def where(self) -> tuple[str, dict[str, str | int]]:
        """The SQL condition and its values."""
        in_family = "action = :action OR substr(action, 1, length(:action) + 1) = :action || '.'"
        terms: dict[str, tuple[str, str | int | None]] = {
            "action": (f"({in_family})", self.action),
            "actor": ("actor = :actor", self.actor),
            "target": ("target = :target", self.target),
            "since": ("ts >= :since", None if self.since is None else epoch_ms(self.since)),
            "until": ("ts < :until", None if self.until is None else epoch_ms(self.until)),
            "drill": ("drill = :drill", self.drill),
        }
        asked = {name: term for name, term in terms.items() if term[1] is not None}
        values = {name: value for name, (_sql, value) in asked.items() if value is not None}
        return " AND ".join(sql for sql, _value in asked.values()) or "1", values


class Stored(NamedTuple):
    """A row as it lies in the file."""

    seq: int
    body: str
    hash: str


def stored_rows(path: Path, only: Filter | None = None) -> Iterator[Stored]:
    """The rows that pass `only` as they lie in the file, oldest first.

    FileNotFoundError: there is no such log; AuditUnavailable: the file is none, or damaged.
    """
    try:
        yield from _found(path, only or Filter())
    except DAMAGE as error:
        raise AuditUnavailable(
            _("{file} cannot be read as an audit log: {error}", file=path, error=cause(error))
        ) from error


def _found(path: Path, wanted: Filter, earliest: int = 0) -> Iterator[Stored]:
    """Over the sealed segments and the open file; a row that stands in both is read once."""
    files = [(one.path, one.last) for one in archive.segments(path) if one.last >= earliest]
    begins = [0, *(last + 1 for _path, last in files)]
    parts = list(zip((*(file for file, _last in files), path), begins, strict=True))
    first = _first_of_last(parts, wanted) if wanted.last is not None else earliest
    for file, begin in parts:
        yield from _rows_of(file, wanted, max(begin, first))


def _first_of_last(parts: list[tuple[Path, int]], wanted: Filter) -> int:
    """The number of the first of the last `wanted.last` rows."""
    left, first = wanted.last or 0, LARGEST_INTEGER
    for file, begin in reversed(parts):
        if left <= 0:
            break
        where, values = wanted.where()
        with reader(file) as connection:
            newest = connection.execute(
                f"SELECT seq FROM audit WHERE ({where}) AND seq >= :begin ORDER BY seq DESC LIMIT :left",  # noqa: S608
                {**values, "begin": begin, "left": left},
            ).fetchall()
        left -= len(newest)
        first = min((int(seq) for (seq,) in newest), default=first)
    return first


def _rows_of(path: Path, wanted: Filter, first: int) -> Iterator[Stored]:
    where, values = wanted.where()
    with reader(path) as connection:
        connection.execute("BEGIN")  # one state, while the console goes on writing
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'audit'").fetchone():
            raise AuditUnavailable(_("{file} is not an audit log", file=path))
        table = Database(connection, execute_plugins=False).table("audit")
        found = table.rows_where(
            f"({where}) AND seq >= :first",
            {**values, "first": first},
            order_by="seq",
            select="seq, body, hash",
        )
        for row in found:
            yield Stored(row["seq"], row["body"], row["hash"])


def stored_rows_between(path: Path, first: int, last: int) -> Iterator[Stored]:
    """The rows `first` to `last` as they lie in the files, oldest first; errors as `stored_rows`."""
    try:
        for stored in _found(path, Filter(), first):
            if stored.seq > last:
                return
            yield stored
    except DAMAGE as error:
        raise AuditUnavailable(f"{path} cannot be read as an audit log: {error}") from error


def stored_row(path: Path, seq: int) -> Stored | None:
    """One row by its number, out of the file or of a sealed segment; errors as `stored_rows`."""
    for file in (*(one.path for one in archive.segments(path) if one.first <= seq <= one.last), path):
        try:
            with reader(file) as connection:
                found = connection.execute(
                    "SELECT seq, body, hash FROM audit WHERE seq = ?", (seq,)
                ).fetchone()
        except DAMAGE as error:
            raise AuditUnavailable(
                _("{file} cannot be read as an audit log: {error}", file=file, error=cause(error))
            ) from error
        if found is not None:
            return Stored(int(found[0]), str(found[1]), str(found[2]))
    return None


def log_name(path: Path) -> str | None:
    """The name by which checkpoints call the log at `path`: its first kept row says whose it is."""
    for file in (*(one.path for one in archive.segments(path)), path):
        try:
            with reader(file) as connection:
                found = connection.execute(
                    "SELECT city, console, drill FROM audit ORDER BY seq LIMIT 1"
                ).fetchone()
        except DAMAGE:
            return None
        if found is not None:
            return origin_of(str(found[0]), str(found[1]), drill=bool(found[2]))
    return None


def rows(path: Path, only: Filter | None = None) -> Iterator[AuditRow]:
    """The rows that pass `only`, oldest first; FileNotFoundError when there is no such log."""
    for stored in stored_rows(path, only):
        said = json.loads(stored.body)
        yield AuditRow(**{name: said[name] for name in SAID}, seq=stored.seq, hash=stored.hash)


@dataclass(frozen=True, slots=True)
class Summary:
    """How often each action stands in a log, and from when to when (milliseconds since 1970)."""

    rows: int
    first_ms: int | None
    last_ms: int | None
    actions: dict[str, int]


def summary(path: Path, only: Filter | None = None) -> Summary:
    """Counts per action of the rows that pass `only`, most frequent first."""
    counted: Counter[str] = Counter()
    first: int | None = None
    last: int | None = None
    for row in rows(path, only):
        counted[row.action] += 1
        first = row.ts if first is None else min(first, row.ts)
        last = row.ts if last is None else max(last, row.ts)
    return Summary(counted.total(), first, last, dict(counted.most_common()))
