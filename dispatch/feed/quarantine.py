"""Refused messages: all are counted, some are kept with the reason, none slows the others.

Rows are kept at most `KEPT_PER_S` a second for each reason and city; a background thread writes
them once a second at most, and the table holds the newest `ROWS`.
"""

import json
import re
import sqlite3
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from dispatch.causes import cause
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.feed.refusals import Facts, Refused, explain
from dispatch.feed.transport import Received
from dispatch.language import _
from dispatch.text import safe_text

KEPT_BYTES = 2_048
KEPT_PER_S = 20
ROWS = 20_000
IN_MEMORY = 500
TOPIC_LENGTH = 300
_PERSONAL = re.compile(rb"(?<!\d)(?:1[3-9]\d{9}|\d{17}[\dXx])(?!\d)")
"""A mobile number, an identity number: no message of ours has a field for either."""
COLUMNS = {
    "id": int, "received_ms": int, "city": str, "topic": str, "reason": str, "facts": str,
    "size": int, "payload": bytes,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One refused message; `payload` is its first 2 KiB, numbers of persons masked; `size` in bytes."""

    received_ms: int
    city: str
    topic: str
    reason: str
    facts: Facts
    size: int
    payload: bytes

    @property
    def why(self) -> str:
        """The reason as a sentence in the language in use."""
        return explain(self.reason, self.facts)


class Quarantine:
    """The table of refused messages; without a path it lives in memory only."""

    def __init__(self, path: Path | None = None, *, steady: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self.total = 0
        self.failure: str | None = None
        """Why rows cannot be written; counting goes on."""
        self._counts: Counter[tuple[str, str]] = Counter()
        self._steady = steady
        self._second = 0.0
        self._kept_this_second: Counter[tuple[str, str]] = Counter()
        self._newest: deque[Row] = deque(maxlen=IN_MEMORY)
        self._unwritten: list[Row] = []
        self._writer = ThreadPoolExecutor(1, "quarantine") if path else None
        self._writing: Future[None] | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            with _opened(path) as database:
                self._newest.extend(reversed(list(_rows(database, IN_MEMORY))))

    def add(self, received: Received, city: CityCode, refusal: Refused) -> bool:
        """Count one refused message; True when it was kept as a row as well."""
        key = (str(city), refusal.code)
        self.total += 1
        self._counts[key] += 1
        now = self._steady()
        if now - self._second >= 1:
            self._second = now
            self._kept_this_second.clear()
        self._kept_this_second[key] += 1
        if self._kept_this_second[key] > KEPT_PER_S:
            return False
        row = Row(
            received.received_ms,
            str(city),
            received.topic[:TOPIC_LENGTH],
            refusal.code,
            refusal.facts,
            len(received.payload),
            _PERSONAL.sub(_stars, received.payload[:KEPT_BYTES]),
        )
        self._newest.append(row)
        if self._writer is not None:
            self._unwritten.append(row)
        return True

    def counts(self) -> dict[str, int]:
        """Reason code -> messages refused since the start."""
        totals: Counter[str] = Counter()
        for (_city, reason), count in self._counts.items():
            totals[reason] += count
        return dict(totals)

    def counts_of(self, city: CityCode) -> dict[str, int]:
        """The same for one city."""
        return {reason: count for (of, reason), count in self._counts.items() if of == city}

    def newest(self, limit: int = 50) -> list[Row]:
        """The rows that came last, newest first, of this run and the ones before."""
        return list(self._newest)[: -limit - 1 : -1]

    def flush(self) -> None:
        """Hand new rows to the writing thread; does nothing while it is still busy."""
        if self._writer is None or not self._unwritten or (self._writing and not self._writing.done()):
            return
        rows, self._unwritten = self._unwritten, []
        self._writing = self._writer.submit(self._write, rows)

    def close(self) -> None:
        """Write what is left."""
        if self._writer is not None:
            rows, self._unwritten = self._unwritten, []
            self._writer.submit(self._write, rows)
            self._writer.shutdown(wait=True)

    def _write(self, rows: list[Row]) -> None:
        if self.path is None:
            return
        try:
            with _opened(self.path) as database:
                database.table("refused").insert_all(_record(row) for row in rows)
                with database.conn:
                    database.execute(
                        "delete from refused where id <= (select max(id) from refused) - ?", [ROWS]
                    )
            self.failure = None
        except sqlite3.Error as error:
            self.failure = str(error)


class _opened:  # noqa: N801 - used as a verb: `with _opened(path) as database`
    """The database with its table; closed afterwards."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Database:
        connection = sqlite3.connect(self._path, timeout=5)
        connection.execute("pragma journal_mode=delete")  # no files beside it that a reader would touch
        connection.execute("pragma synchronous=normal")  # evidence, not orders: a power cut may cost a second
        self._database = Database(connection)
        self._database.table("refused").create(
            COLUMNS,
            pk="id",
            if_not_exists=True,
        )
        return self._database

    def __exit__(self, *_error: object) -> None:
        self._database.close()


def _record(row: Row) -> dict[str, str | int | bytes]:
    return {
        "received_ms": row.received_ms,
        "city": row.city,
        "topic": _storable(row.topic),
        "reason": row.reason,
        "facts": json.dumps(dict(row.facts), ensure_ascii=True),
        "size": row.size,
        "payload": row.payload,
    }


def _stars(found: re.Match[bytes]) -> bytes:
    return b"*" * len(found[0])


def _storable(text: str) -> str:
    """SQLite text cannot hold lone surrogates."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _rows(database: Database, limit: int) -> Iterator[Row]:
    for row in database.table("refused").rows_where(order_by="id desc", limit=limit):
        yield Row(
            row["received_ms"],
            row["city"],
            row["topic"],
            row["reason"],
            json.loads(row["facts"]),
            row["size"],
            bytes(row["payload"]),
        )


def read(path: Path, limit: int = 100) -> list[Row]:
    """The newest rows of a table on disk, newest first; an empty list when there is no file.

    DispatchError for a file that is none of ours. Whatever the file is, nothing in or beside it changes.
    """
    if not path.exists():
        return []
    try:
        with closing(sqlite3.connect(_read_only(path), uri=True, timeout=5)) as connection:
            database = Database(connection)
            if set(database["refused"].columns_dict) == set(COLUMNS):
                return list(_rows(database, limit))
    except (OSError, sqlite3.OperationalError) as error:
        raise DispatchError(
            _("{file} cannot be read: {error}", file=safe_text(path), error=cause(error))
        ) from None
    except (sqlite3.DatabaseError, ValueError, TypeError):
        pass  # no database, or rows that are none of ours
    raise DispatchError(_("{file} is no quarantine table", file=safe_text(path)))


def _read_only(path: Path) -> str:
    """Another program's file in WAL mode is opened as if nobody wrote: reading it leaves files otherwise."""
    with path.open("rb") as file:
        wal = file.read(20)[18:20] == b"\x02\x02"
    return f"{path.resolve().as_uri()}?{'immutable=1' if wal else 'mode=ro'}"
