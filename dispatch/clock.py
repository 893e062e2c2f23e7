"""The only clock: everything else is handed one."""

import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Protocol

CHINA = timezone(timedelta(hours=8))
"""One time of day for all of China, without summer time."""
_ATTEMPTS = 8


class Clock(Protocol):
    """Tells the time of day (aware, UTC) and a steady count of seconds."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class DrillClock:
    """Runs `speed` times as fast as the machine's clock, from `origin` on.

    Processes that share `origin`, `started` (both aware) and `speed` read the same drill time.
    """

    def __init__(self, origin: datetime, started: datetime, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError(f"drill speed must be above 0, not {speed}")
        self.origin = origin
        self.speed = speed
        now, steady = _read_together()
        self._zero = steady - (now - started).total_seconds()

    def now(self) -> datetime:
        return self.origin + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return (time.monotonic() - self._zero) * self.speed


def _read_together() -> tuple[datetime, float]:
    """The time of day and the steady count of one moment.

    A busy machine may put the program aside between two readings, and its clock would stay wrong by that
    much: of several attempts the quickest counts.
    """
    readings = []
    for _ in range(_ATTEMPTS):
        before, now, after = time.monotonic(), datetime.now(UTC), time.monotonic()
        readings.append((after - before, now, (before + after) / 2))
    _width, now, steady = min(readings)
    return now, steady


class ManualClock:
    """Stands still until told to move: for tests and for studies."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._count = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._count

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._count += seconds


def epoch_ms(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware datetime, as the wire carries it."""
    return round(moment.timestamp() * 1000)


def from_epoch_ms(milliseconds: int) -> datetime:
    """The aware UTC datetime of a wire time."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
