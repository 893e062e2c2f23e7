"""Numbers of incidents opened at a desk: speakable, with their city, and never made twice.

The own city's count from 001 of each day, those of the other cities from 701, 801 or 901, by the city
of this desk, so that two desks of the same digit in two cities do not meet while a centre is cut off.
Meet they may all the same, after a log was lost: then the centre says so and the next number is taken.
"""

from collections.abc import Iterable
from datetime import datetime

from dispatch.clock import CHINA
from dispatch.domain.geography import City, CityCode
from dispatch.domain.incidents import IncidentId

_FOREIGN = (701, 801, 901)
_FARTHEST = 6
"""A step of 64 at most."""


class Numbers:
    """Counts on from the numbers that the audit log names."""

    def __init__(self, desk: int, home: CityCode, cities: dict[CityCode, City], used: Iterable[str]) -> None:
        """`desk` is 1 to 9; `used`: numbers that this desk gave out today already."""
        self._desk, self._home, self._cities = desk, home, cities
        self._foreign = _FOREIGN[sorted(cities).index(home) % len(_FOREIGN)]
        self._last: dict[tuple[str, int], int] = {}
        self._clashes = 0
        for number in used:
            self._count(number)

    def next(self, city: CityCode, now: datetime) -> IncidentId:
        """The next number of a city's incidents."""
        return self._next(city, now, 1)

    def after_clash(self, city: CityCode, now: datetime) -> IncidentId:
        """Another number after one that was in use: further off with each clash in a row.

        Numbers come again each year, and a log may be lost: then many are in use one after the other.
        """
        step = 1 << min(self._clashes, _FARTHEST)
        self._clashes += 1
        return self._next(city, now, step)

    def accepted(self) -> None:
        """A number was free: the next clash is a new one."""
        self._clashes = 0

    def _next(self, city: CityCode, now: datetime, step: int) -> IncidentId:
        stem = f"{self._cities[city].prefix}-{now.astimezone(CHINA):%m%d}-{self._desk}"
        first = 1 if city == self._home else self._foreign
        number = self._last.get((stem, first), first - 1) + step
        self._last[stem, first] = number
        return IncidentId(f"{stem}{number:03d}")

    def _count(self, number: str) -> None:
        head, _dash, tail = number.rpartition("-")
        own = head.startswith(f"{self._cities[self._home].prefix}-")
        if not tail[1:].isdecimal() or not tail.startswith(str(self._desk)):
            return
        key = f"{head}-{self._desk}", 1 if own else self._foreign
        self._last[key] = max(self._last.get(key, 0), int(tail[1:]))
