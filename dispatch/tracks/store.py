"""tracks.db: what a centre keeps of where its city's vehicles were.

    tracks = TrackStore.open(folder / "tracks.db", rules, clock, city="changsha", drill=False)
    tracks.saw("CS-001", fixed_ms, lat, lon)      # every position; WGS-84 degrees
    await tracks.run()                            # as a task: writes, and deletes what is too old

It never holds up an order: it is written by a thread of its own every few seconds, and a disk that fails
loses tracks and nothing else. A power cut loses what was not written yet, and the newest fix of each vehicle.
"""

import asyncio
import logging
import sqlite3
from collections import deque
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Self

from dispatch.audit.connection import DAMAGE, in_thread, writer
from dispatch.causes import cause
from dispatch.clock import CHINA, Clock, epoch_ms
from dispatch.domain.errors import DispatchError
from dispatch.language import _
from dispatch.tracks.rules import TrackRules
from dispatch.tracks.thinning import Fix, Thinner

FILE = "tracks.db"
VERSION = 1
WRITE_EVERY_S = 5.0
DELETE_EVERY_S = 3600.0
WAITING = 200_000
"""Kept fixes that wait for a disk that fails; the oldest go first."""
_TABLES = (
    "CREATE TABLE IF NOT EXISTS fixes (unit TEXT NOT NULL, at_ms INTEGER NOT NULL, lat_e6 INTEGER NOT NULL, "
    "lon_e6 INTEGER NOT NULL, joined INTEGER NOT NULL, PRIMARY KEY (unit, at_ms)) STRICT, WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
)
_journal = logging.getLogger(__name__)
_Row = tuple[str, int, int, int, bool]


class TrackStore:
    """One city's tracks; one writer."""

    def __init__(self, connection: sqlite3.Connection, rules: TrackRules, clock: Clock) -> None:
        self._connection, self._rules, self._clock = connection, rules, clock
        self._thinners: dict[str, Thinner] = {}
        self._waiting: deque[_Row] = deque(maxlen=WAITING)
        self.failure = ""
        """Why nothing can be written now; empty while all is well."""

    @classmethod
    def open(cls, path: Path, rules: TrackRules, clock: Clock, *, city: str, drill: bool) -> Self:
        """Open or make it; DispatchError when it cannot be used."""
        connection = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = writer(path)
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            if version > VERSION:
                raise sqlite3.DatabaseError(_("it is of a newer version of this program"))
            connection.execute("PRAGMA synchronous = NORMAL")  # a lost second of tracks is no lost order
            for table in _TABLES:
                connection.execute(table)
            connection.execute(f"PRAGMA user_version = {VERSION}")
            about = {"city": city, "drill": str(drill).lower(), "edition": rules.edition}
            connection.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", about.items())
        except (*DAMAGE, OSError) as error:
            if connection is not None:
                connection.close()
            raise DispatchError(
                _(
                    "the tracks in {file} cannot be used: {error}; move it away and start again",
                    file=path,
                    error=cause(error),
                )
            ) from error
        return cls(connection, rules, clock)

    def saw(self, unit: str, at_ms: int, lat: float, lon: float) -> None:
        """A position of a vehicle, WGS-84 degrees, by the time of the fix."""
        thinner = self._thinners.get(unit)
        if thinner is None:
            rules = self._rules
            thinner = Thinner(rules.within_m, rules.at_least_every_s, rules.silent_after_s)
            self._thinners[unit] = thinner
        self._keep(unit, thinner.take(at_ms, lat, lon))

    async def run(self) -> None:
        """Until cancelled."""
        delete_at_s = 0.0
        while True:
            now_s = self._clock.monotonic()
            if now_s >= delete_at_s:
                delete_at_s = now_s + DELETE_EVERY_S
                await in_thread(self._delete_old)
            await in_thread(self._write)
            await asyncio.sleep(WRITE_EVERY_S)

    def close(self) -> None:
        """Write what is left, and let go of the file. No other call may run."""
        for unit, thinner in self._thinners.items():
            self._keep(unit, thinner.rest())
        self._write()
        self._connection.close()

    def _keep(self, unit: str, fixes: list[Fix]) -> None:
        for fix in fixes:
            row = (unit, fix.at_ms, round(fix.lat * 1e6), round(fix.lon * 1e6), fix.joined)
            self._waiting.append(row)

    def _write(self) -> None:
        rows = [self._waiting.popleft() for _number in range(len(self._waiting))]
        if not rows:
            return
        try:
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany("INSERT OR IGNORE INTO fixes VALUES (?, ?, ?, ?, ?)", rows)
        except DAMAGE as error:
            self._waiting.extendleft(reversed(rows[-(WAITING - len(self._waiting)) :]))
            self._complain(error)
        else:
            self.failure = ""

    def _delete_old(self) -> None:
        before_ms = epoch_ms(day_begins(self._clock.now()) - timedelta(days=self._rules.kept_days))
        try:
            units = [unit for (unit,) in self._connection.execute(UNITS)]
            for unit in units:
                self._connection.execute("DELETE FROM fixes WHERE unit = ? AND at_ms < ?", (unit, before_ms))
        except DAMAGE as error:
            self._complain(error)

    def _complain(self, error: BaseException) -> None:
        failure = str(cause(error))
        if failure != self.failure:
            _journal.error("tracks cannot be written: %s", failure)
        self.failure = failure


UNITS = (
    "WITH RECURSIVE known(unit) AS (SELECT min(unit) FROM fixes UNION ALL "
    "SELECT (SELECT min(unit) FROM fixes WHERE unit > known.unit) FROM known WHERE known.unit IS NOT NULL) "
    "SELECT unit FROM known WHERE unit IS NOT NULL"
)
"""Every vehicle in the file, found by a leap from one to the next: the file may hold years."""


def day_begins(moment: datetime) -> datetime:
    """Midnight before a moment, in China."""
    return datetime.combine(moment.astimezone(CHINA).date(), time(), CHINA)
