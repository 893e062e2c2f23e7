"""Every unit of every city as numpy columns: one row a unit, in order of first sight."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch.clock import epoch_ms, from_epoch_ms
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.units import Fix, Unit, UnitId, UnitStatus

NO_STATE = -1


@dataclass(frozen=True, slots=True)
class UnitView:
    """One unit as it stands: standing facts, last fix, last status (None: never heard)."""

    unit: Unit
    fix: Fix | None
    received_ms: int | None
    status: UnitStatus | None


class Fleet:
    """Columns (float64 degrees, int64 epoch milliseconds, NaN or 0 where never heard).

    `lat`, `lon`, `speed_kmh`, `heading_deg`, `accuracy_m`: float64; `fixed_ms`, `received_ms`,
    `since_ms`: int64; `state`: int8 (NO_STATE: never heard); `city`: int16 index into `cities`.
    Only the first `len(fleet)` rows of a column mean anything: take them with `column(name)`.
    """

    def __init__(self, cities: tuple[CityCode, ...], capacity: int = 256) -> None:
        self.cities = cities
        self.units: list[Unit] = []
        self.statuses: list[UnitStatus | None] = []
        self._rows: dict[UnitId, int] = {}
        self._allocate(capacity)

    def _allocate(self, capacity: int) -> None:
        self.lat: NDArray[np.float64] = np.full(capacity, np.nan)
        self.lon: NDArray[np.float64] = np.full(capacity, np.nan)
        self.speed_kmh: NDArray[np.float64] = np.full(capacity, np.nan)
        self.heading_deg: NDArray[np.float64] = np.full(capacity, np.nan)
        self.accuracy_m: NDArray[np.float64] = np.full(capacity, np.nan)
        self.fixed_ms: NDArray[np.int64] = np.zeros(capacity, np.int64)
        self.received_ms: NDArray[np.int64] = np.zeros(capacity, np.int64)
        self.since_ms: NDArray[np.int64] = np.zeros(capacity, np.int64)
        self.state: NDArray[np.int8] = np.full(capacity, NO_STATE, np.int8)
        self.city: NDArray[np.int16] = np.zeros(capacity, np.int16)

    _COLUMNS = (
        "lat", "lon", "speed_kmh", "heading_deg", "accuracy_m",
        "fixed_ms", "received_ms", "since_ms", "state", "city",
    )  # fmt: skip

    def __len__(self) -> int:
        return len(self.units)

    def __contains__(self, unit: object) -> bool:
        return unit in self._rows

    def __iter__(self) -> Iterator[UnitView]:
        return (self.view(unit.id) for unit in self.units)

    def column(self, name: str) -> NDArray[np.generic]:
        """The filled part of one column, as a view."""
        array: NDArray[np.generic] = getattr(self, name)
        return array[: len(self.units)]

    def row(self, unit: UnitId) -> int:
        """The row of a unit; KeyError when it was never registered."""
        return self._rows[unit]

    def register(self, unit: Unit) -> int:
        """Add a unit, or renew its standing facts; the row stays the same for good."""
        row = self._rows.get(unit.id)
        if row is None:
            row = len(self.units)
            if row == len(self.lat):
                self._grow()
            self._rows[unit.id] = row
            self.units.append(unit)
            self.statuses.append(None)
        else:
            self.units[row] = unit
        self.city[row] = self.cities.index(unit.city)
        return row

    def _grow(self) -> None:
        old = {name: getattr(self, name) for name in self._COLUMNS}
        self._allocate(2 * len(self.lat))
        for name, values in old.items():
            getattr(self, name)[: len(values)] = values

    def apply_fix(
        self,
        unit: UnitId,
        lat: float,
        lon: float,
        fixed_ms: int,
        received_ms: int,
        *,
        accuracy_m: float | None = None,
        speed_kmh: float | None = None,
        heading_deg: float | None = None,
    ) -> bool:
        """Keep the newest fix by fix time: False when this one is not newer than the one held."""
        row = self._rows[unit]
        if fixed_ms <= self.fixed_ms[row]:
            return False
        self.lat[row] = lat
        self.lon[row] = lon
        self.fixed_ms[row] = fixed_ms
        self.received_ms[row] = received_ms
        self.accuracy_m[row] = np.nan if accuracy_m is None else accuracy_m
        self.speed_kmh[row] = np.nan if speed_kmh is None else speed_kmh
        self.heading_deg[row] = np.nan if heading_deg is None else heading_deg
        return True

    def clock_set_back(self, now_ms: int) -> None:
        """Nothing that is held is newer than now: what is said from now on counts."""
        for dates in (self.fixed_ms, self.since_ms):
            np.minimum(dates, now_ms, out=dates)

    def apply_status(self, unit: UnitId, status: UnitStatus) -> bool:
        """Take the status the owner city wrote: False when an equal or newer one is held."""
        row = self._rows[unit]
        since = epoch_ms(status.since)
        held = self.statuses[row]
        if held is not None and (since < self.since_ms[row] or status == held):
            return False
        self.statuses[row] = status
        self.state[row] = int(status.state)
        self.since_ms[row] = since
        return True

    def view(self, unit: UnitId) -> UnitView:
        """One unit as it stands."""
        row = self._rows[unit]
        fix = None
        if self.fixed_ms[row]:
            fix = Fix(
                position=Position(lat=float(self.lat[row]), lon=float(self.lon[row])),
                fixed_at=from_epoch_ms(int(self.fixed_ms[row])),
                accuracy_m=_known(self.accuracy_m[row]),
                speed_kmh=_known(self.speed_kmh[row]),
                heading_deg=_known(self.heading_deg[row]),
            )
        received = int(self.received_ms[row]) if self.fixed_ms[row] else None
        return UnitView(self.units[row], fix, received, self.statuses[row])


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
