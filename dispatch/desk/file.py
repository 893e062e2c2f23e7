"""The one small file of a desk: what must outlive this console. Written before anything is said."""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from dispatch.audit import connection as connections
from dispatch.audit.steps import adopt
from dispatch.causes import cause
from dispatch.domain.errors import AuditUnavailable, DispatchError
from dispatch.language import _

Value = str | int | None
_TABLES = (
    "CREATE TABLE IF NOT EXISTS errands (key TEXT PRIMARY KEY, subject TEXT NOT NULL, city TEXT NOT NULL, "
    "kind TEXT NOT NULL, data TEXT NOT NULL, until_ms INTEGER, open INTEGER NOT NULL) STRICT",
    "CREATE TABLE IF NOT EXISTS sequels (id TEXT PRIMARY KEY, said TEXT NOT NULL) STRICT",
)


class DeskFile:
    """SQLite with a write-ahead log, synchronous FULL, one statement at a time."""

    def __init__(self, connection: sqlite3.Connection, lock: int) -> None:
        self._connection, self._lock = connection, lock
        self._one = asyncio.Lock()

    @classmethod
    def open(cls, path: Path) -> "DeskFile":
        """Open or make it; DispatchError when it cannot be, or another console has it."""
        lock = -1
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = connections.lock(path)
            connection = connections.writer(path)
            adopt(connection, path)
            for table in _TABLES:
                connection.execute(table)
        except (AuditUnavailable, sqlite3.Error, OSError) as error:
            if lock >= 0:
                os.close(lock)
            problem = _(
                "what this desk keeps in {file} cannot be opened: {error}", file=path, error=cause(error)
            )
            raise DispatchError(problem) from error
        return cls(connection, lock)

    def read(self, statement: str, values: tuple[Value, ...] = ()) -> list[tuple[Value, ...]]:
        """One statement at the start, before anything else runs."""
        return self._connection.execute(statement, values).fetchall()

    async def execute(self, statement: str, values: tuple[Value, ...] = ()) -> list[tuple[Value, ...]]:
        """One statement, on the disk when it returns; DispatchError when the disk does not take it."""
        return await self._run(lambda: self._connection.execute(statement, values).fetchall())

    async def execute_all(self, *statements: tuple[str, tuple[Value, ...]]) -> None:
        """Several statements, all of them or none."""
        await self._run(lambda: self._together(statements))

    def _together(self, statements: tuple[tuple[str, tuple[Value, ...]], ...]) -> list[tuple[Value, ...]]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for statement, values in statements:
                self._connection.execute(statement, values)
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        return []

    async def _run(self, work: Callable[[], list[tuple[Value, ...]]]) -> list[tuple[Value, ...]]:
        async with self._one:
            try:
                return await connections.in_thread(work)
            except sqlite3.Error as error:
                problem = _("this desk cannot write, so nothing was sent: {error}", error=cause(error))
                raise DispatchError(problem) from error

    async def close(self) -> None:
        """Close it; what is open is taken up again at the next start."""
        async with self._one:
            self._connection.close()
            os.close(self._lock)
