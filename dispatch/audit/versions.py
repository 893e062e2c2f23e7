"""Versions of our databases: forward after a copy was made, back again, and no guess at a newer one.

All statements of a change, the new number and the row in the audit log are one transaction, so that a file is
never between two versions.
"""

import contextlib
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count
from pathlib import Path

from dispatch.audit.append import append_rows
from dispatch.audit.entry import Entry, Head
from dispatch.audit.steps import FIRST, Schema, version_of
from dispatch.causes import cause
from dispatch.domain.errors import AuditUnavailable
from dispatch.language import _


@dataclass(frozen=True, slots=True)
class Change:
    """What was done to a file: the versions, and the copy that was made before."""

    before: int
    after: int
    copy: Path


Note = Callable[[Change], Entry]
"""The row of the audit log that tells of a change."""


def upgrade(
    connection: sqlite3.Connection, path: Path, schema: Schema, head: Head, note: Note, now: datetime
) -> tuple[Head, Change | None]:
    """Bring an older file to the newest version; (head of the chain, what was done: None for nothing)."""
    found = version_of(connection)
    if found >= schema.newest:
        return head, None
    statements = [line for step in schema.between(found, schema.newest) for line in step.forward]
    return _change(connection, path, (found, schema.newest), statements, head, note, now)


def go_back(
    connection: sqlite3.Connection, path: Path, schema: Schema, to: int, head: Head, note: Note, now: datetime
) -> tuple[Head, Change]:
    """Bring a file to an older version, for an older program; AuditUnavailable when there is no way."""
    found = version_of(connection)
    if not FIRST <= to < found:
        raise AuditUnavailable(
            _(
                "{file} is version {found}: it can go back to {first} up to {last}, not to {to}",
                file=path,
                found=found,
                first=FIRST,
                last=found - 1,
                to=to,
            )
            if found > FIRST
            else _("{file} is version {found}: there is no older one to go back to", file=path, found=found)
        )
    statements = [line for step in reversed(schema.between(to, found)) for line in step.back]
    return _change(connection, path, (found, to), statements, head, note, now)


def copy_beside(connection: sqlite3.Connection, path: Path, now: datetime) -> Path:
    """A checked, synced copy of the whole file beside it, readable by its owner only; its name says when.

    The connection must be the file's only writer, outside a transaction. AuditUnavailable: there is no copy.
    """
    stem = f"{path.name}.v{version_of(connection)}-{now:%Y%m%dT%H%M%SZ}"
    ends = chain(("",), (f"-{number}" for number in count(2)))
    names = (path.with_name(f"{stem}{end}.bak") for end in ends)
    copy = next(name for name in names if not name.exists())  # none is ever written over
    part = path.with_name(f".{copy.name}.part")
    try:
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
        with contextlib.closing(sqlite3.connect(part, isolation_level=None)) as target:
            connection.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")
            damage = target.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if damage != "ok":
            raise sqlite3.DatabaseError(str(damage))
        _synced(part)
        part.rename(copy)
        _synced(copy.parent)
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        why = cause(error)
        raise AuditUnavailable(
            _("no copy of {file} could be made, so nothing was changed: {error}", file=path, error=why)
        ) from error
    return copy


def _synced(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _change(
    connection: sqlite3.Connection,
    path: Path,
    versions: tuple[int, int],
    statements: list[str],
    head: Head,
    note: Note,
    now: datetime,
) -> tuple[Head, Change]:
    change = Change(*versions, copy_beside(connection, path, now))
    try:
        connection.execute("BEGIN IMMEDIATE")
        for statement in statements:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {change.after}")
        _rows, head = append_rows(connection, head, [note(change)])
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise AuditUnavailable(
            _(
                "{file} could not be brought from version {before} to {after} and is as it was: {error}; "
                "a copy lies at {copy}",
                file=path,
                before=change.before,
                after=change.after,
                error=cause(error),
                copy=change.copy,
            )
        ) from error
    return head, change
