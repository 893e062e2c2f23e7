"""What a director reads of a run: response by city, queue, loans. Minutes from call to arrival."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from dispatch.decide.survey import Mask
from dispatch.decide.travel import Floats
from simulators.study.model import StudyCall, StudyUnit, Trip

WITHIN_MIN = (8, 10, 12, 15)
LONG_MIN = 30
Figures: TypeAlias = dict[str, float]
"""Name -> value; see `FIGURES`."""
FIGURES = (
    "calls",
    "mean_min",
    "p50_min",
    "p90_min",
    *(f"within_{limit}" for limit in WITHIN_MIN),
    f"over_{LONG_MIN}",
    "waited",
    "wait_mean_min",
    "borrowed",
    "lent",
    "lent_hours",
    "busy",
)
SHARES = frozenset({*(f"within_{limit}" for limit in WITHIN_MIN), "waited", "busy"})
ALL, FIRST = "all", "priority 1"


@dataclass(frozen=True)
class Seen:
    """The measured calls of one run as columns."""

    response: Floats
    waited: Floats
    city: Floats
    priority: Floats
    lender: Floats
    hours: Floats


def seen(calls: Sequence[StudyCall], units: Sequence[StudyUnit], trips: Iterable[Trip], since: float) -> Seen:
    """Columns of the calls from `since` on that a unit reached."""
    rows = [
        (
            trip.arrived - calls[trip.call].at_min,
            trip.dispatched - calls[trip.call].at_min,
            calls[trip.call].city,
            calls[trip.call].priority,
            units[trip.unit].city,
            (trip.free - trip.dispatched) / 60,
        )
        for trip in trips
        if trip.unit >= 0 and calls[trip.call].at_min >= since
    ]
    table = np.array(rows, np.float64).reshape(-1, 6)
    return Seen(*table.T)


def measure(
    found: Seen, cities: Sequence[str], fleets: Sequence[int], measured_hours: float
) -> dict[str, Figures]:
    """Figures of each group: all calls, each city, and priority 1 of all and each."""
    every = np.ones(len(found.response), np.bool_)
    groups: dict[str, Figures] = {}
    for suffix, chosen in (("", every), (f" {FIRST}", found.priority == 1)):
        groups[ALL + suffix] = _figures(found, chosen, chosen, sum(fleets) * measured_hours)
        for number, city in enumerate(cities):
            own, lent_by = chosen & (found.city == number), chosen & (found.lender == number)
            groups[city + suffix] = _figures(found, own, lent_by, fleets[number] * measured_hours)
    return groups


def _figures(found: Seen, calls: Mask, served: Mask, unit_hours: float) -> Figures:
    response, waited = found.response[calls], found.waited[calls]
    crossing = found.city != found.lender
    lent = served & crossing
    values = {
        "calls": float(len(response)),
        "mean_min": _mean(response),
        "p50_min": _quantile(response, 0.5),
        "p90_min": _quantile(response, 0.9),
        **{f"within_{limit}": _mean(response <= limit) for limit in WITHIN_MIN},
        f"over_{LONG_MIN}": float((response > LONG_MIN).sum()),
        "waited": _mean(waited > 0),
        "wait_mean_min": _mean(waited),
        "borrowed": float((calls & crossing).sum()),
        "lent": float(lent.sum()),
        "lent_hours": float(found.hours[lent].sum()),
        "busy": float(found.hours[served].sum()) / unit_hours if unit_hours else 0.0,
    }
    return {name: values[name] for name in FIGURES}


def _mean(values: Floats | Mask) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def _quantile(values: Floats, part: float) -> float:
    return float(np.quantile(values, part)) if len(values) else float("nan")


def pairs(found: Seen, cities: Sequence[str]) -> dict[str, Figures]:
    """Loans by pair: how many, and unit-hours from the order until the unit is free."""
    table: dict[str, Figures] = {}
    for lender, name in enumerate(cities):
        for asking, other in enumerate(cities):
            chosen = (found.lender == lender) & (found.city == asking)
            if lender != asking:
                hours = float(found.hours[chosen].sum())
                table[f"{name}>{other}"] = {"loans": float(chosen.sum()), "hours": hours}
    return table


def plain(groups: Mapping[str, Figures]) -> dict[str, dict[str, float | None]]:
    """For JSON: NaN has no place there."""
    return {
        group: {name: None if np.isnan(value) else value for name, value in figures.items()}
        for group, figures in groups.items()
    }


__all__ = ["ALL", "FIGURES", "FIRST", "SHARES", "Figures", "Seen", "measure", "pairs", "plain", "seen"]
