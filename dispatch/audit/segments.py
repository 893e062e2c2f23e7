"""Sealing older rows of a log into files of their own, and removing such files after their time.

A row leaves the open file only when a sealed segment that holds it was written, read back and compared. The
last sealed row stays in the open file as well, so that the chain is seen to go on from one file to the next.
Removing a segment leaves behind what the tree needs: later checkpoints and proofs hold as before.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from dispatch.audit import archive, schema
from dispatch.audit.archive import Segment, Start
from dispatch.audit.connection import DAMAGE, reader
from dispatch.audit.entry import Head
from dispatch.audit.leaves import tree_of
from dispatch.audit.rules import RetentionRules
from dispatch.audit.verify import verify
from dispatch.causes import cause
from dispatch.domain.errors import AuditUnavailable, DispatchError
from dispatch.language import _, current

DAY_MS = 86_400_000
CHUNK = 2_000
"""Rows that leave the open file in one transaction: whoever writes waits no longer than for these."""
Drop = Callable[[int], None]
"""Takes the rows before this one out of the open file, through the connection of whoever writes it."""


@dataclass(frozen=True, slots=True)
class Span:
    """Rows that are due to be sealed."""

    first: int
    last: int


def due(path: Path, rules: RetentionRules, now_ms: int) -> Span | None:
    """What should be sealed now: all but the last day when the oldest row is old, or too many rows."""
    sealed = archive.segments(path)
    done = max((one.last for one in sealed), default=archive.start_of(path).head.seq)
    with reader(path) as connection:
        first = done + 1
        oldest = connection.execute("SELECT ts FROM audit WHERE seq = ?", (first,)).fetchone()
        newest = int(connection.execute("SELECT ifnull(max(seq), 0) FROM audit").fetchone()[0])
        if oldest is None:
            return None
        if newest - done > rules.segment_rows:
            return Span(first, done + rules.segment_rows)
        if int(oldest[0]) >= now_ms - rules.segment_days * DAY_MS:
            return None
        last = connection.execute(
            "SELECT max(seq) FROM audit WHERE seq >= ? AND ts < ?", (first, now_ms - DAY_MS)
        ).fetchone()[0]
        return None if last is None else Span(first, int(last))


def seal(path: Path, span: Span) -> Segment:
    """Write a segment with these rows, read it back, and give it its name; the open file is not touched.

    AuditUnavailable when it cannot be written, or is not what the open file holds.
    """
    target = archive.segment_path(path, span.first, span.last)
    unfinished = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(mode=0o700, exist_ok=True)
        unfinished.unlink(missing_ok=True)
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        with reader(path) as reading, closing(sqlite3.connect(unfinished)) as writing:
            schema.create(writing, rows=reading.execute(_ROWS, (span.first, span.last)))
        with reader(path) as one, reader(unfinished) as other:
            _same(one, other, span)
        for place in (unfinished, target.parent):
            _sync(place)
        unfinished.chmod(0o400)
        unfinished.rename(target)
        _sync(target.parent)
    except (*DAMAGE, OSError) as error:
        raise AuditUnavailable(
            _("{file} cannot be written: {error}", file=target, error=cause(error))
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return Segment(target, span.first, span.last)


_ROWS = "SELECT seq, body, hash FROM audit WHERE seq BETWEEN ? AND ? ORDER BY seq"


def _same(one: sqlite3.Connection, other: sqlite3.Connection, span: Span) -> None:
    here, there = one.execute(_ROWS, (span.first, span.last)), other.execute(_ROWS, (span.first, span.last))
    count = 0
    for row, copy in zip(here, there, strict=False):
        count += row == copy
    if count != span.last - span.first + 1:
        raise sqlite3.DatabaseError(
            _("rows {first} to {last} did not arrive", first=span.first, last=span.last)
        )


def drop_before(connection: sqlite3.Connection, row: int) -> None:
    """Take the rows before `row` out, in the open transaction; the trigger against it is back at its end."""
    connection.execute("DROP TRIGGER audit_no_delete")
    connection.execute("DELETE FROM audit WHERE seq < ?", (row,))
    connection.execute(schema.NO_DELETE)


def tidy(path: Path, rules: RetentionRules, now_ms: int, drop: Drop) -> Segment | None:
    """Seal what is due, and let go of what is sealed; what was broken off last time is finished first."""
    _let_go(path, drop)
    span = due(path, rules, now_ms)
    if span is None:
        return None
    sealed = seal(path, span)
    _let_go(path, drop)
    return sealed


def _let_go(path: Path, drop: Drop) -> None:
    last = max((one.last for one in archive.segments(path)), default=0)
    with reader(path) as connection:
        found = connection.execute("SELECT min(seq) FROM audit").fetchone()[0]
    first = last if found is None else int(found)
    while first < last:
        first = min(last, first + CHUNK)
        drop(first)


def drop_on(connection: sqlite3.Connection) -> Drop:
    """A Drop for whoever holds the only writing connection."""

    def drop(row: int) -> None:
        connection.execute("BEGIN IMMEDIATE")
        try:
            drop_before(connection, row)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    return drop


def prune(path: Path, rules: RetentionRules, now_ms: int) -> list[Segment]:
    """Remove the segments all of whose rows are older than they must be kept; the log is verified first.

    DispatchError when it does not verify. Nothing younger than `kept_days` is ever removed.
    """
    old: list[Segment] = []
    for one in archive.segments(path):
        with reader(one.path) as connection:
            newest = int(connection.execute("SELECT max(ts) FROM audit").fetchone()[0])
        if newest >= now_ms - rules.kept_days * DAY_MS:
            break
        old.append(one)
    if not old:
        return []
    fault = verify(path).first_fault
    if fault is not None:
        raise DispatchError(fault.text(current()))
    last = old[-1]
    with reader(last.path) as connection:
        digest = connection.execute("SELECT hash FROM audit WHERE seq = ?", (last.last,)).fetchone()[0]
    with tree_of(path) as tree:
        start = Start(Head(last.last, str(digest)), tuple(tree.parts(last.last)))
    archive.write_start(path, start)
    for one in old:
        one.path.unlink()
    _sync(archive.folder_of(path))
    return old


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
