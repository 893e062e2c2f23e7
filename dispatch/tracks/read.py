"""Reading tracks.db, while its centre writes it or long after."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from dispatch.audit.connection import BUSY_MS, DAMAGE
from dispatch.causes import cause
from dispatch.domain.errors import DispatchError
from dispatch.language import _
from dispatch.tracks.store import UNITS
from dispatch.tracks.thinning import Fix


class Place(NamedTuple):
    """Where a vehicle was (WGS-84 degrees) when it was heard last; `fixed_ms`: when that was."""

    lat: float
    lon: float
    fixed_ms: int


@dataclass(frozen=True, slots=True)
class Held:
    """What the file holds of a vehicle: how many kept fixes, the first and the last (ms since 1970)."""

    unit: str
    fixes: int
    first_ms: int
    last_ms: int


class Tracks:
    """A file that is only read. DispatchError: it is none, or cannot be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_file():
            raise DispatchError(_("there is no file {file}", file=path))
        try:
            address = f"{path.resolve().as_uri()}?mode=ro"
            self._connection = sqlite3.connect(address, uri=True, timeout=BUSY_MS / 1000)
            about = dict(self._connection.execute("SELECT name, value FROM about").fetchall())
        except DAMAGE as error:
            raise self._unreadable(error) from error
        self.city, self.drill = str(about.get("city", "")), about.get("drill") == "true"
        self._legs: dict[str, tuple[Fix | None, Fix | None]] = {}

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def held(self) -> list[Held]:
        """Each vehicle, by name."""
        sql = "SELECT count(*), min(at_ms), max(at_ms) FROM fixes WHERE unit = ?"
        return [Held(unit, *self._all(sql, unit)[0]) for unit in self.units()]

    def units(self) -> list[str]:
        """Every vehicle with a fix, by name."""
        return [str(unit) for (unit,) in self._all(UNITS)]

    def count(self, from_ms: int, to_ms: int) -> int:
        """How many kept fixes of all vehicles there are from a time on, before another."""
        sql = "SELECT count(*) FROM fixes WHERE unit = ? AND at_ms >= ? AND at_ms < ?"
        return sum(self._all(sql, unit, from_ms, to_ms)[0][0] for unit in self.units())

    def of(self, unit: str, from_ms: int, to_ms: int) -> Iterator[Fix]:
        """Its kept fixes from a time on, before another, oldest first."""
        sql = (
            "SELECT at_ms, lat_e6, lon_e6, joined FROM fixes "
            "WHERE unit = ? AND at_ms >= ? AND at_ms < ? ORDER BY at_ms"
        )
        yield from map(_fix, self._all(sql, unit, from_ms, to_ms))

    def at(self, unit: str, at_ms: int) -> Place | None:
        """Where it was at a moment, on the line between two kept fixes; None: not heard of until then.

        Where the track is broken it is where it was heard last.
        """
        before, after = self._leg(unit, at_ms)
        if before is None:
            return None
        if after is None or not after.joined:
            return Place(before.lat, before.lon, before.at_ms)
        share = (at_ms - before.at_ms) / (after.at_ms - before.at_ms)
        lat = before.lat + share * (after.lat - before.lat)
        return Place(lat, before.lon + share * (after.lon - before.lon), at_ms)

    def _leg(self, unit: str, at_ms: int) -> tuple[Fix | None, Fix | None]:
        """The kept fixes before and after; remembered, as whoever plays a shift asks many times in a row."""
        before, after = self._legs.get(unit, (None, None))
        if before is not None and after is not None and before.at_ms <= at_ms < after.at_ms:
            return before, after
        columns = "SELECT at_ms, lat_e6, lon_e6, joined FROM fixes WHERE unit = ?"
        old = self._all(f"{columns} AND at_ms <= ? ORDER BY at_ms DESC LIMIT 1", unit, at_ms)
        new = self._all(f"{columns} AND at_ms > ? ORDER BY at_ms LIMIT 1", unit, at_ms)
        leg = (_fix(old[0]) if old else None, _fix(new[0]) if new else None)
        self._legs[unit] = leg
        return leg

    def _all(self, sql: str, *values: str | int) -> list[tuple[int, ...]]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except DAMAGE as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: BaseException) -> DispatchError:
        return DispatchError(
            _("the tracks in {file} cannot be read: {error}", file=self.path, error=cause(error))
        )


def _fix(row: tuple[int, ...]) -> Fix:
    at_ms, lat_e6, lon_e6, joined = row
    return Fix(at_ms, lat_e6 / 1e6, lon_e6 / 1e6, bool(joined))
