"""Forecast of daily issue: how much of one component and group a bank hands out, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import sqrt
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from dispatch.decide.reasons import CHINA
from dispatch.domain.blood import BankId, BloodGroup, ComponentCode
from dispatch.domain.model import Frozen
from dispatch.language import _

Floats = NDArray[np.float64]
Weight = Annotated[float, Field(ge=0, le=7, allow_inf_nan=False)]
EVEN_WEEK = (1.0,) * 7
_SHRINK_DAYS = 28.0
"""A weekday factor is trusted by half after four weeks: with fewer days it stays near 1."""


class Forecast(Frozen):
    """Mean daily issue of one bank, component and group, in the component's unit.

    `weekday` are the factors of Monday to Sunday with mean 1. `fano` is variance over mean of a day's
    issue, counted in usual issues (the `step` of the rules). `days` is how many days were counted.
    """

    bank: BankId
    component: ComponentCode
    group: BloodGroup
    daily_issue: float = Field(ge=0, le=1_000_000, allow_inf_nan=False)
    days: int = Field(default=28, ge=1, le=3660)
    fano: float | None = Field(
        default=None, ge=1, le=100, allow_inf_nan=False, description="none: by the rules"
    )
    weekday: tuple[Weight, Weight, Weight, Weight, Weight, Weight, Weight] = EVEN_WEEK

    @model_validator(mode="after")
    def _mean_of_one(self) -> "Forecast":
        if abs(sum(self.weekday) - 7) > 0.01:
            raise ValueError(_("weekday: the factors of Monday to Sunday must have a mean of 1"))
        return self


def together(forecasts: Sequence[Forecast]) -> Forecast:
    """One forecast for groups whose stock is one: the issues added, the rest weighed by them.

    The first names it; it is as sure as the one with the fewest days, and of unknown spread where one is.
    """
    first, whole = forecasts[0], sum(one.daily_issue for one in forecasts)
    if len(forecasts) == 1 or not whole:
        return first
    shares = [one.daily_issue / whole for one in forecasts]
    known = [one.fano for one in forecasts if one.fano is not None]
    weighed = list(zip(shares, forecasts, strict=True))
    week = [sum(share * one.weekday[day] for share, one in weighed) for day in range(7)]
    return first.model_copy(
        update={
            "daily_issue": whole,
            "days": min(one.days for one in forecasts),
            "fano": sum(share * fano for share, fano in zip(shares, known, strict=True))
            if len(known) == len(forecasts)
            else None,
            "weekday": tuple(week),
        }
    )


def from_counts(
    bank: BankId,
    component: ComponentCode,
    group: BloodGroup,
    counts: Sequence[int],
    first_day: date,
    step: int = 1,
) -> Forecast:
    """The forecast of day-by-day counts (units, oldest first) that begin on `first_day`.

    Weekday factors are drawn towards 1 by how few days there are; their mean is 1 again after that.
    ValueError without any day.
    """
    if not counts:
        raise ValueError("a forecast needs at least one counted day")
    steps = np.asarray(counts, np.float64) / step
    mean = float(steps.mean())
    weekday = np.ones(7)
    if mean > 0:
        days = (np.arange(len(steps)) + first_day.weekday()) % 7
        for day in range(7):
            held = steps[days == day]
            trust = len(held) / (len(held) + _SHRINK_DAYS / 7)
            weekday[day] += trust * (held.mean() / mean - 1) if len(held) else 0.0
        weekday *= 7 / weekday.sum()
        expected = mean * weekday[days]
        spread = float(((steps - expected) ** 2).sum() / max(1, len(steps) - 1))
    fano = min(100.0, max(1.0, spread / mean)) if mean > 0 else None
    factors = tuple(float(value) for value in weekday)
    return Forecast(
        bank=bank,
        component=component,
        group=group,
        daily_issue=float(np.mean(np.asarray(counts, np.float64))),
        days=len(counts),
        fano=fano,
        weekday=(factors[0], factors[1], factors[2], factors[3], factors[4], factors[5], factors[6]),
    )


@dataclass(frozen=True, slots=True)
class Demand:
    """Expected issue as a running sum over hours from now, in steps; even within a day of China.

    `relative_error` is the standard error of the mean as a part of it.
    """

    hours: Floats
    total: Floats
    fano: float
    relative_error: float

    def until(self, hour: float) -> float:
        """Steps expected to be issued from now until then."""
        return float(np.interp(hour, self.hours, self.total))

    def between(self, start_h: float, end_h: float) -> float:
        """Steps expected to be issued between two hours; nothing where the end is first."""
        return max(0.0, self.until(end_h) - self.until(start_h))

    def scaled(self, factor: float) -> "Demand":
        """The same shape, so much higher or lower; never below nothing."""
        return Demand(self.hours, self.total * max(0.0, factor), self.fano, self.relative_error)


def demand(forecast: Forecast, now: datetime, horizon_h: float, step: int, fano_unknown: float) -> Demand:
    """A forecast laid along the hours from `now`; beyond the horizon's last day it stands still."""
    local = now.astimezone(CHINA)
    midnight = datetime.combine(local.date(), time(), CHINA) + timedelta(days=1)
    first_h = (midnight - now).total_seconds() / 3600
    days = int(horizon_h // 24) + 2
    hours = np.concatenate(([0.0], first_h + 24.0 * np.arange(days)))
    weekdays = (local.weekday() + np.arange(days)) % 7
    rates = forecast.daily_issue / step * np.asarray(forecast.weekday)[weekdays] / 24
    total = np.concatenate(([0.0], np.cumsum(rates * np.diff(hours))))
    fano = forecast.fano if forecast.fano is not None else fano_unknown
    mean = forecast.daily_issue / step
    error = sqrt(fano / (mean * forecast.days)) if mean > 0 else 0.0
    return Demand(hours, total, fano, error)
