"""How much is issued on a day of the week, where that is known from, and what it makes of the time ahead."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from typing import Literal

from dispatch.blood.rules import CoverRules
from dispatch.clock import CHINA
from dispatch.picture.stock_days import DayCounts, day_of, days_before, known_on

Source = Literal["bank", "configured", "unknown"]
WEEK = 7
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Demand:
    """Mean issue by day of the week (Monday first), in the component's unit; `issues` in the window."""

    weekday: tuple[float, ...]
    issues: int | None
    source: Source

    @property
    def mean(self) -> float:
        """Mean daily issue, each day of the week weighing the same."""
        return sum(self.weekday) / WEEK

    def few(self, rules: CoverRules) -> bool:
        """Issued so seldom that days would say more than is known."""
        return self.issues is not None and self.issues < rules.least_issues


UNKNOWN = Demand((0.0,) * WEEK, None, "unknown")


def demand_of(
    counts: DayCounts | None, first_day: date, today: date, configured: float | None, rules: CoverRules
) -> Demand:
    """What a bank's own days say; else what is configured (units a day); else unknown."""
    if counts is not None:
        days = days_before(today, rules.window_days)
        issued = known_on(first_day, counts.issued, days)
        known = [
            (day.weekday(), amount) for day, amount in zip(days, issued, strict=True) if amount is not None
        ]
        if len(known) >= rules.least_known_days:
            events = known_on(first_day, counts.issues, days)
            return Demand(_by_weekday(known), _issues(issued, events), "bank")
    if configured is not None:
        return Demand((configured,) * WEEK, None, "configured")
    return UNKNOWN


def _by_weekday(known: Sequence[tuple[int, int]]) -> tuple[float, ...]:
    """The mean of each day of the week; of all known days where none of that weekday is known."""
    overall = sum(amount for _day, amount in known) / len(known)
    means = []
    for weekday in range(WEEK):
        amounts = [amount for day, amount in known if day == weekday]
        means.append(sum(amounts) / len(amounts) if amounts else overall)
    return tuple(means)


def _issues(issued: Sequence[int | None], events: Sequence[int | None]) -> int:
    """How often something was issued; a day of which only the amount is known counts as one at least."""
    return sum(
        often if often is not None else int(bool(amount))
        for amount, often in zip(issued, events, strict=True)
        if amount is not None
    )


def together(demands: Iterable[Demand]) -> Demand:
    """The demand on several stocks; unknown ones are left out, and so must be their stock."""
    known = [one for one in demands if one.source != "unknown"]
    if not known:
        return UNKNOWN
    weekday = tuple(sum(one.weekday[day] for one in known) for day in range(WEEK))
    counted = [one.issues for one in known if one.issues is not None]
    issues = sum(counted) if len(counted) == len(known) else None
    return Demand(weekday, issues, "bank" if all(one.source == "bank" for one in known) else "configured")


class Forecast:
    """The demand ahead of a moment as a flow that is even within each day of China."""

    def __init__(self, demand: Demand, now: datetime) -> None:
        today = day_of(now)
        self.midnight = datetime.combine(today, time(), CHINA)
        rates = [demand.weekday[(today.weekday() + day) % WEEK] for day in range(WEEK)]
        self._rates, self._sums = rates, [0.0, *accumulate(rates)]
        self._week = self._sums[WEEK]
        self._begun = self._since_midnight((now - self.midnight).total_seconds() / DAY_S)

    def used(self, until: datetime) -> float:
        """What will have been asked for by then; 0 for a moment that is past."""
        days = (until - self.midnight).total_seconds() / DAY_S
        asked = self._since_midnight(days) - self._begun if days > 0 else 0.0
        return asked if asked > 0 else 0.0

    def when(self, amount: float) -> datetime | None:
        """The moment at which so much will have been asked for; None: never, or after every calendar."""
        week = self._week
        if week <= 0:
            return None
        weeks, rest = divmod(amount + self._begun, week)
        day = min(bisect_right(self._sums, rest) - 1, WEEK - 1)
        rate = self._rates[day]
        part = (rest - self._sums[day]) / rate if rate > 0 else 0.0
        try:
            return self.midnight + timedelta(days=weeks * WEEK + day + min(part, 1.0))
        except OverflowError:
            return None

    def _since_midnight(self, days: float) -> float:
        weeks, rest = divmod(days, WEEK)
        day = int(rest)
        return weeks * self._week + self._sums[day] + (rest - day) * self._rates[day]
