"""A console's open decisions on the disk; what waits to be written at one moment is one commit.

A flush of the disk takes milliseconds whoever waits for it: a hundred answers that come at once are on the
disk together, and not one after the other.
"""

import asyncio
import os
import sqlite3
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from pydantic import TypeAdapter

from dispatch.audit import connection as connections
from dispatch.audit.steps import adopt
from dispatch.causes import cause
from dispatch.centre.asking import Asked
from dispatch.domain.aid import AidId
from dispatch.domain.errors import AuditUnavailable, DispatchError
from dispatch.domain.units import UnitId
from dispatch.language import _

_ASKED = TypeAdapter(Asked)
_WRITE = (
    "INSERT INTO asked (request, settled, said) VALUES (?, ?, ?) ON CONFLICT (request) "
    "DO UPDATE SET settled = excluded.settled, said = excluded.said"
)
_Values = tuple[str, bool, str]


class AskedFile:
    """One file, one writer; `write` may be called while others wait."""

    def __init__(self, connection: sqlite3.Connection, lock: int) -> None:
        self._connection, self._lock = connection, lock
        self._waiting: list[tuple[_Values, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    @classmethod
    def open(cls, path: Path) -> "AskedFile":
        """Open or make the file; DispatchError says what is wrong with it."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = connections.lock(path)
        except (AuditUnavailable, OSError) as error:
            raise _not_opened(path, error) from error
        try:
            connection = connections.writer(path)
            adopt(connection, path)
            connection.execute(
                "CREATE TABLE IF NOT EXISTS asked (request TEXT PRIMARY KEY, settled INTEGER NOT NULL, "
                "said TEXT NOT NULL) STRICT"
            )
        except (AuditUnavailable, sqlite3.Error) as error:
            os.close(lock)
            raise _not_opened(path, error) from error
        return cls(connection, lock)

    def not_told(self) -> list[Asked]:
        """Every decision whose end was not told yet, oldest first."""
        rows = self._connection.execute("SELECT said FROM asked WHERE NOT settled ORDER BY rowid").fetchall()
        return [_ASKED.validate_json(said) for (said,) in rows]

    def under_aid(self) -> set[tuple[AidId, UnitId]]:
        """Which units were ever asked for under which request for help."""
        rows = self._connection.execute(
            "SELECT said ->> '$.aid', said ->> '$.unit' FROM asked WHERE said ->> '$.aid' IS NOT NULL"
        ).fetchall()
        return {(AidId(aid), UnitId(unit)) for aid, unit in rows}

    async def write(self, asked: Asked, *, told: bool = False) -> None:
        """On the disk when it returns; DispatchError when it cannot be. `told`: its end was told."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        values = (asked.request, told, _ASKED.dump_json(asked).decode())
        self._waiting.append((values, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_what_waits(), name="write decisions")
        await done

    async def close(self) -> None:
        """Once everything is written; open decisions are taken up again at the next start."""
        if self._writing is not None:
            await asyncio.wait((self._writing,))
        self._connection.close()
        os.close(self._lock)

    async def _write_what_waits(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            failure: sqlite3.Error | None = None
            try:
                await connections.in_thread(partial(self._commit, [values for values, _done in group]))
            except sqlite3.Error as error:
                failure = error
            for _values, done in group:
                if done.done():
                    continue  # whoever waited was cancelled
                if failure is None:
                    done.set_result(None)
                else:
                    done.set_exception(_not_written(failure))

    def _commit(self, values: Sequence[_Values]) -> None:
        """All of them or none."""
        if len(values) == 1:
            self._connection.execute(_WRITE, values[0])
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._connection.executemany(_WRITE, values)
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise


def _not_opened(path: Path, error: Exception) -> DispatchError:
    return DispatchError(_("the requests in {file} cannot be opened: {error}", file=path, error=cause(error)))


def _not_written(error: sqlite3.Error) -> DispatchError:
    return DispatchError(_("the request cannot be written, so it was not sent: {error}", error=cause(error)))
