"""The only clock: everything else is handed one."""

import json
import time
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, Protocol

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


class Stretch(NamedTuple):
    """From `from_s` machine seconds after the start on, drill time goes on from `drill_s` at `speed`.

    A speed of 0 stops it.
    """

    from_s: float
    drill_s: float
    speed: float


LOOK_EVERY_S = 0.2
"""A clock that is read looks into the pace file so often."""
AHEAD_S = 1.0
"""A change of pace is written so long before it holds: every program has read it by then."""


class DrillClock:
    """Runs `speed` times as fast as the machine's clock, from `origin` on; a pace file may change that.

    Processes that share `origin`, `started` (both aware), `speed` and `pace` read the same drill time: a
    change is written into the file `AHEAD_S` before it holds, and no clock is read that has not looked
    into the file within `LOOK_EVERY_S`. A file that cannot be read changes nothing.
    """

    def __init__(
        self, origin: datetime, started: datetime, speed: float = 1.0, pace: Path | None = None
    ) -> None:
        if speed <= 0:
            raise ValueError(f"drill speed must be above 0, not {speed}")
        self.origin = origin
        self.pace = pace
        now, steady = _read_together()
        self._zero = steady - (now - started).total_seconds()
        self._stretches: tuple[Stretch, ...] = (Stretch(0.0, 0.0, speed),)
        self._looked_at = -LOOK_EVERY_S
        self._seen: tuple[int, ...] = ()

    @property
    def speed(self) -> float:
        """Drill seconds in a machine second; while the drill stands still, what it goes on at."""
        self._look()
        now_s = time.monotonic() - self._zero
        begun = [one.speed for one in self._stretches if one.from_s <= now_s and one.speed > 0]
        return begun[-1] if begun else self._stretches[0].speed

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """Every pace the drill had."""
        self._look()
        return self._stretches

    @property
    def standing(self) -> bool:
        """Whether drill time stands still now."""
        self._look()
        return self._stretch_at(time.monotonic() - self._zero).speed == 0

    def now(self) -> datetime:
        return self.origin + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        self._look()
        return self._drill_s(time.monotonic() - self._zero)

    def go_at(self, speed: float) -> None:
        """Write into the pace file that drill time runs so from `AHEAD_S` on; 0 stops it. One program does.

        ValueError without a pace file, OSError when it cannot be written.
        """
        if self.pace is None or speed < 0:
            raise ValueError("no pace file" if self.pace is None else f"drill speed cannot be {speed}")
        self._look(at_once=True)
        from_s = max(time.monotonic() - self._zero + AHEAD_S, self._stretches[-1].from_s)
        known = tuple(one for one in self._stretches if one.from_s < from_s)
        fresh = self.pace.with_suffix(".new")
        self._stretches = (*known, Stretch(from_s, self._drill_s(from_s), speed))
        fresh.write_text(json.dumps(self._stretches), "utf-8")
        fresh.replace(self.pace)

    def _stretch_at(self, elapsed_s: float) -> Stretch:
        begun = [one for one in self._stretches if one.from_s <= elapsed_s]
        return begun[-1] if begun else self._stretches[0]

    def _drill_s(self, elapsed_s: float) -> float:
        stretch = self._stretch_at(elapsed_s)
        return stretch.drill_s + (elapsed_s - stretch.from_s) * stretch.speed

    def _look(self, *, at_once: bool = False) -> None:
        """Read the pace file when it changed."""
        if self.pace is None or (not at_once and time.monotonic() - self._looked_at < LOOK_EVERY_S):
            return
        self._looked_at = time.monotonic()
        try:
            stat = self.pace.stat()
            seen = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
            if seen != self._seen:
                self._stretches = _stretches(self.pace.read_text("utf-8"))
                self._seen = seen
        except (OSError, ValueError, TypeError):
            return


def _stretches(text: str) -> tuple[Stretch, ...]:
    """The stretches that a pace file tells, oldest first; ValueError or TypeError when it tells none."""
    read = tuple(Stretch(*map(float, one)) for one in json.loads(text))
    rising = all(one.from_s <= later.from_s for one, later in pairwise(read))
    if not read or not rising or any(one.speed < 0 for one in read):
        raise ValueError("no stretches")
    return read


def speed_of(clock: Clock) -> float:
    """Seconds of a clock in a machine second: not 1 in a fast drill."""
    return clock.speed if isinstance(clock, DrillClock) else 1.0


def standing(clock: Clock) -> bool:
    """Whether a drill's time stands still."""
    return isinstance(clock, DrillClock) and clock.standing


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
