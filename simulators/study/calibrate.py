"""Turnout, travel, response and service times of real responses, and how well usual laws fit them.

Laws are fitted by maximum likelihood to every other row and judged on the rows between: the
Kolmogorov-Smirnov distance there is an honest one. Times of day without a date pass midnight once.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, inf, log

import numpy as np

from dispatch.decide.travel import Floats
from dispatch.domain.errors import DispatchError
from dispatch.language import N_, _
from simulators.study.stamps import day_stands_first, stamp
from simulators.study.tables import Column, Table

STAMPS: Mapping[str, tuple[str, ...]] = {
    "call": ("call_time", "received", "call_received", "received_time", "time_of_call", "received_dttm"),
    "dispatch": ("dispatch_time", "dispatched", "dispatch", "dispatch_dttm", "unit_notified", "alarm_time"),
    "enroute": ("enroute_time", "en_route_time", "enroute", "en_route", "response_dttm", "departed"),
    "arrive": ("arrive_time", "arrival_time", "arrived", "arrival", "on_scene", "on_scene_dttm", "at_scene"),
    "clear": ("clear_time", "cleared", "available", "available_dttm", "in_service_time", "closed", "free"),
}
SERVICE = ("time_in_service", "service_time", "service_duration", "time_on_task")
DURATIONS: Mapping[str, tuple[str, ...]] = {
    "turnout": ("dispatch", "enroute"),
    "travel": ("enroute", "arrive"),
    "response": ("call", "arrive"),
    "dispatch to arrival": ("dispatch", "arrive"),
    "service": ("dispatch", "clear"),
}
FIELDS = (*STAMPS, "service")
QUANTILES = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
DAY_MIN, HALF_DAY_MIN = 1440.0, 720.0
LEAST_ROWS = 50
EXCLUDED = {
    "empty": N_("a stamp is missing"),
    "zero": N_("zero: both stamps are the same"),
    "backwards": N_("the later stamp is earlier"),
    "long": N_("longer than the limit"),
    "unread": N_("a stamp that cannot be read"),
}


@dataclass(frozen=True)
class Fit:
    """One law: parameters by name, distance and p-value on the held-out rows, AIC on the fitted ones."""

    law: str
    parameters: dict[str, float]
    ks: float
    p_value: float
    aic: float
    quantiles: tuple[float, ...]


@dataclass(frozen=True)
class Calibrated:
    """One duration: what was measured, what was left out and why, and the laws, best first."""

    name: str
    n: int
    excluded: dict[str, int]
    quantiles: tuple[float, ...]
    mean: float
    fits: tuple[Fit, ...]
    values: Floats = field(repr=False, compare=False)


@dataclass(frozen=True)
class Stamps:
    """The columns of a file that hold stamps."""

    table: Table
    columns: Mapping[str, Column]


def find_stamps(table: Table, named: Mapping[str, str]) -> Stamps:
    """Columns by their usual names, or as the user named them."""
    aliases = {**STAMPS, "service": SERVICE}
    found = {
        name: column
        for name, known in aliases.items()
        if (column := table.find(known, named.get(name), timed=name == "service")) is not None
    }
    if len([name for name in found if name in STAMPS]) < 2 and "service" not in found:
        raise DispatchError(
            _(
                "{file}: fewer than two stamps found; map them by --column file.dispatch=HEADER ({fields})",
                file=table.file,
                fields=", ".join(FIELDS),
            )
        )
    return Stamps(table, found)


def calibrate(stamps: Stamps, longest_min: float) -> list[Calibrated]:
    """Every duration for which the file has both stamps."""
    found = []
    for name, (begin, end) in DURATIONS.items():
        if name == "service" and "service" in stamps.columns:
            found.append(_calibrated(name, _given(stamps), longest_min))
        elif begin in stamps.columns and end in stamps.columns:
            found.append(_calibrated(name, _between(stamps, begin, end), longest_min))
    return found


def _given(stamps: Stamps) -> list[float | str]:
    column = stamps.columns["service"]
    values: list[float | str] = []
    for line, (cell,) in stamps.table.cells((column,)):
        try:
            values.append(stamps.table.duration(line, column, cell, "s") if cell else "empty")
        except DispatchError:
            values.append("unread")
    return values


def _between(stamps: Stamps, begin: str, end: str) -> list[float | str]:
    columns = (stamps.columns[begin], stamps.columns[end])
    rows = [(cells[0], cells[1]) for _line, cells in stamps.table.cells(columns)]
    day_first = day_stands_first(cell for row in rows for cell in row)
    return [_gap(*row, day_first=day_first) for row in rows]


def _gap(begin: str, end: str, *, day_first: bool) -> float | str:
    """Minutes from one stamp to another, or why there are none."""
    if not begin or not end:
        return "empty"
    dated = stamp(begin, day_first=day_first), stamp(end, day_first=day_first)
    if dated[0] is not None and dated[1] is not None:
        if (dated[0].tzinfo is None) != (dated[1].tzinfo is None):
            return "unread"
        minutes = (dated[1] - dated[0]).total_seconds() / 60
        return minutes if minutes >= 0 else "backwards"
    clocks = _clock_min(begin), _clock_min(end)
    if clocks[0] is None or clocks[1] is None:
        return "unread"
    minutes = (clocks[1] - clocks[0]) % DAY_MIN
    return minutes if minutes < HALF_DAY_MIN else "backwards"


def _clock_min(value: str) -> float | None:
    parts = value.split(":")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        return None
    if len(numbers) not in (2, 3) or not 0 <= numbers[0] < 24:
        return None
    hours, minutes, seconds = (*numbers, 0.0)[:3]
    return hours * 60 + minutes + seconds / 60


def _calibrated(name: str, found: Sequence[float | str], longest_min: float) -> Calibrated:
    excluded = Counter[str]()
    kept = []
    for value in found:
        if isinstance(value, str):
            excluded[value] += 1
        elif value == 0:
            excluded["zero"] += 1
        elif value > longest_min:
            excluded["long"] += 1
        else:
            kept.append(value)
    values = np.array(kept, np.float64)
    quantiles = tuple(np.quantile(values, QUANTILES).tolist()) if kept else ()
    mean = float(values.mean()) if kept else float("nan")
    fits = _fits(values) if len(kept) >= LEAST_ROWS else ()
    return Calibrated(name, len(kept), dict(excluded), quantiles, mean, fits, values)


def _fits(values: Floats) -> tuple[Fit, ...]:
    return tuple(sorted((_fit(law, values[::2], values[1::2]) for law in LAWS), key=lambda fit: fit.ks))


def _fit(law: str, learnt: Floats, held_out: Floats) -> Fit:
    from scipy import stats

    names, distribution, parameters = LAWS[law](learnt)
    judged = stats.kstest(held_out, distribution.cdf)
    aic = 2 * len(names) - 2 * float(np.sum(distribution.logpdf(learnt)))
    quantiles = tuple(float(distribution.ppf(part)) for part in QUANTILES)
    known = dict(zip(names, parameters, strict=True))
    return Fit(law, known, float(judged.statistic), float(judged.pvalue), aic, quantiles)


class _Law:
    """A frozen law of scipy, as far as it is used here."""

    def __init__(
        self,
        cdf: Callable[..., float],
        logpdf: Callable[[Floats], Floats],
        ppf: Callable[[float], float],
    ) -> None:
        self.cdf, self.logpdf, self.ppf = cdf, logpdf, ppf


Learnt = tuple[tuple[str, ...], _Law, tuple[float, ...]]


def _lognormal(values: Floats) -> Learnt:
    from scipy import stats

    mu, sigma = float(np.log(values).mean()), float(np.log(values).std())
    law = stats.lognorm(sigma, scale=exp(mu))
    return ("median", "sigma"), _Law(law.cdf, law.logpdf, law.ppf), (exp(mu), sigma)


def _gamma(values: Floats) -> Learnt:
    from scipy import stats

    shape, _loc, scale = stats.gamma.fit(values, floc=0)
    law = stats.gamma(shape, scale=scale)
    return ("shape", "scale"), _Law(law.cdf, law.logpdf, law.ppf), (float(shape), float(scale))


def _weibull(values: Floats) -> Learnt:
    from scipy import stats

    shape, _loc, scale = stats.weibull_min.fit(values, floc=0)
    law = stats.weibull_min(shape, scale=scale)
    return ("shape", "scale"), _Law(law.cdf, law.logpdf, law.ppf), (float(shape), float(scale))


def _log_logistic(values: Floats) -> Learnt:
    from scipy import stats

    shape, _loc, scale = stats.fisk.fit(values, floc=0)
    law = stats.fisk(shape, scale=scale)
    return ("shape", "median"), _Law(law.cdf, law.logpdf, law.ppf), (float(shape), float(scale))


LAWS: Mapping[str, Callable[[Floats], Learnt]] = {
    "lognormal": _lognormal,
    "gamma": _gamma,
    "weibull": _weibull,
    "log-logistic": _log_logistic,
}


def spread_sigma(one: Calibrated) -> float:
    """Standard deviation of the logarithm that p10 and p90 imply for a lognormal law."""
    p10, p90 = one.quantiles[QUANTILES.index(0.10)], one.quantiles[QUANTILES.index(0.90)]
    return log(p90 / p10) / (2 * 1.2815515655446004) if p10 > 0 else inf
