"""How long stock lasts: what is available, against the issue that is to be expected, first expired first out.

The projection lets a flow of demand take from the lot that expires first. Because that lot serves without
a break until it is used up or expires, each lot serves the next stretch of the cumulative demand: so much as
was asked for until it expires, less what lots before it gave. Nothing is simulated step by step, and used +
outdated + left is always what was there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from dispatch.blood.demand import DAY_S, Demand, Forecast, Source
from dispatch.blood.rules import CoverRules
from dispatch.domain.blood import Component, Lot, LotState
from dispatch.picture.stock_days import day_of

Batch = tuple[datetime, int]
"""When so many units expire."""


def lead_of(component: Component, rules: CoverRules) -> timedelta:
    """From the shelf into a hand: what expires sooner cannot be used any more."""
    return timedelta(minutes=component.preparation_min + rules.issue_min)


def is_available(lot: Lot, now: datetime, lead: timedelta) -> bool:
    """Neither reserved, quarantined, recalled, issued nor expired, and it lives until it could be used."""
    return lot.state is LotState.AVAILABLE and lot.quantity > 0 and lot.expires_at > now + lead


@dataclass(frozen=True, slots=True)
class Outdate:
    """So much will expire unused on a day of China."""

    day: date
    quantity: float


@dataclass(frozen=True, slots=True)
class Projection:
    """What becomes of the stock until the horizon; `unmet_at` None: it lasts so long."""

    unmet_at: datetime | None
    used: float
    outdates: tuple[Outdate, ...]
    left: float

    @property
    def outdated(self) -> float:
        """Everything that will expire unused until the horizon."""
        return sum(one.quantity for one in self.outdates)


def project(batches: Sequence[Batch], forecast: Forecast, horizon: datetime) -> Projection:
    """Project first expired, first out; `batches` in order of expiry."""
    asked, used, left = forecast.used(horizon), 0.0, 0.0
    by_day: dict[date, float] = {}
    for expires_at, quantity in batches:
        past = expires_at <= horizon
        until = forecast.used(expires_at) if past else asked
        given = min(float(quantity), max(0.0, until - used))
        used += given
        rest = quantity - given
        if past and rest > 0:
            day = day_of(expires_at)
            by_day[day] = by_day.get(day, 0.0) + rest
        elif rest > 0:
            left += rest
    short = forecast.when(used) if used < asked else None
    unmet_at = short if short is not None and short < horizon else None
    return Projection(unmet_at, used, tuple(Outdate(day, by_day[day]) for day in sorted(by_day)), left)


@dataclass(frozen=True, slots=True)
class Cover:
    """How long the stock of one component and group lasts.

    `available` is everything that can be offered; `measured` the part of it whose issue is known, on which
    the days rest. `days` is measured / mean daily issue; `lasts_days` until the first demand that cannot be
    met, expiry counted in, None: longer than the horizon. Both are None where the issue is unknown or so
    `few` that a count says more.
    """

    available: int
    measured: int
    mean_daily: float | None
    issues: int | None
    source: Source
    few: bool = False
    days: float | None = None
    lasts_days: float | None = None
    unmet_on: date | None = None
    outdates: tuple[Outdate, ...] = ()
    partial: bool = False
    """Some banks' issue is not known: their stock is in `available` and not in `measured`."""

    @property
    def worst_days(self) -> float | None:
        """The shorter of the two, by which a phase is judged."""
        known = [days for days in (self.days, self.lasts_days) if days is not None]
        return min(known, default=None)


def cover_of(
    available: int,
    batches: Sequence[Batch],
    demand: Demand,
    now: datetime,
    rules: CoverRules,
    *,
    partial: bool = False,
) -> Cover:
    """The cover of `batches` (in order of expiry) under a demand."""
    measured = sum(quantity for _expires_at, quantity in batches)
    if demand.source == "unknown":
        return Cover(available, 0, None, None, "unknown", partial=partial)
    mean, few = demand.mean, demand.few(rules)
    forecast = Forecast(demand, now)
    found = project(batches, forecast, now + timedelta(days=rules.horizon_days))
    cover = Cover(
        available, measured, mean, demand.issues, demand.source, few, outdates=found.outdates, partial=partial
    )
    if few or mean <= 0:
        return cover
    lasts = None if found.unmet_at is None else max(0.0, (found.unmet_at - now).total_seconds() / DAY_S)
    unmet_on = None if found.unmet_at is None else day_of(found.unmet_at)
    return replace(cover, days=measured / mean, lasts_days=lasts, unmet_on=unmet_on)


def batches_of(lots: Iterable[Lot]) -> list[Batch]:
    """Lots as the projection takes them."""
    return sorted((lot.expires_at, lot.quantity) for lot in lots)
