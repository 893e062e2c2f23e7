"""Day by day, what a bank issued and held: what its trend and its mean daily issue are made of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dispatch.clock import CHINA
from dispatch.domain.blood import BankId, BloodGroup, ComponentCode

SeriesKey = tuple[ComponentCode, BloodGroup]
Known = tuple[int | None, ...]
"""One value a day; None: nobody knows, which is not the same as zero."""


@dataclass(frozen=True, slots=True)
class DayCounts:
    """One component and group by day, in the component's unit; `issues` counts how often it was issued."""

    issued: Known = ()
    issues: Known = ()
    on_hand: Known = ()


@dataclass(frozen=True, slots=True)
class BankDays:
    """What a bank says of its last days, `first_day` on (days of China), as it said it at `said_at`."""

    bank: BankId
    first_day: date
    said_at: datetime
    series: Mapping[SeriesKey, DayCounts]

    def counts(self, key: SeriesKey) -> DayCounts | None:
        """The days of one component and group; None where the bank does not speak of it."""
        return self.series.get(key)


def day_of(moment: datetime) -> date:
    """The day of China that a moment lies in."""
    return moment.astimezone(CHINA).date()


def days_before(today: date, count: int) -> tuple[date, ...]:
    """The `count` whole days before today, oldest first."""
    return tuple(today - timedelta(days=back) for back in range(count, 0, -1))


def known_on(first: date, known: Known, days: Iterable[date]) -> Known:
    """The values of these days; None for a day that the series does not reach."""
    places = ((day - first).days for day in days)
    return tuple(known[place] if 0 <= place < len(known) else None for place in places)
