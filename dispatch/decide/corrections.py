"""What past trips teach about driving times: how much longer or shorter they are, by hour and area.

The logarithms of actual over predicted minutes are taken apart into what all trips share, what an hour
adds, what an area adds, and what an area adds at an hour. Each part is the mean of what the parts before
it leave over, drawn towards zero by n / (n + shrink_trips), and used from its own smallest n on.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from math import exp, floor, log
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, model_validator

from dispatch.decide.reasons import CHINA
from dispatch.decide.rule_set import RuleSet
from dispatch.domain.model import Frozen
from dispatch.language import _

Level = Literal["all", "hour", "area", "hour_area"]
LEVELS: tuple[Level, ...] = ("all", "hour", "area", "hour_area")
Key = tuple[int | None, int | None, int | None]
"""Hour in China, row and column of the area; None: any."""


class CorrectionRules(RuleSet):
    """config/rules/corrections.toml: from when on past trips correct driving times, and how far."""

    min_trips: dict[Level, Annotated[int, Field(ge=2)]] = Field(description="a part is used from so many on")
    shrink_trips: float = Field(ge=0, le=10_000, description="trips that count for no correction at all")
    area_deg: float = Field(gt=0, le=5, description="edge of an area in degrees of latitude and longitude")
    least_factor: float = Field(gt=0, le=1)
    most_factor: float = Field(ge=1, le=10)
    shortest_min: float = Field(gt=0, description="a shorter trip, predicted or actual, teaches nothing")
    most_ratio: float = Field(gt=1, description="a trip further off than this is a mistaken stamp")

    @model_validator(mode="after")
    def _complete(self) -> "CorrectionRules":
        missing = [level for level in LEVELS if level not in self.min_trips]
        if missing:
            raise ValueError(_("min_trips must name {listed}", listed=", ".join(missing)))
        return self


class Trip(NamedTuple):
    """A past trip; `method` is what the prediction was made by: "estimate", "roads" or "server"."""

    method: str
    lat: float
    lon: float
    left_at: datetime
    predicted_min: float
    actual_min: float


class Learned(Frozen):
    """One part: the log that it adds, from how many trips, and whether those are enough."""

    method: str
    level: Level
    hour: int | None = Field(default=None, ge=0, le=23)
    row: int | None = None
    column: int | None = None
    trips: int = Field(ge=0)
    adds_log: float = Field(allow_inf_nan=False)
    used: bool


class Correction(NamedTuple):
    """What multiplies driving minutes, and the trips of the finest part in it; 0 trips: none."""

    factor: float
    trips: int


NONE = Correction(1.0, 0)


class Corrections(Frozen):
    """What was learned, from when to when, by which rules; the file of `czt travel learn`."""

    form: Literal["czt-corrections 1"] = "czt-corrections 1"
    edition: str
    made_at: datetime
    since: datetime | None
    until: datetime | None
    drill: bool
    area_deg: float = Field(gt=0, le=5)
    least_factor: float = Field(gt=0, le=1)
    most_factor: float = Field(ge=1, le=10)
    trips: int
    left_out: dict[str, int] = Field(description="why a trip was not counted -> how many")
    parts: tuple[Learned, ...]

    @cached_property
    def _used(self) -> "dict[tuple[str, Key], Learned]":
        return {(part.method, (part.hour, part.row, part.column)): part for part in self.parts if part.used}

    def at(self, method: str, lat: float, lon: float, now: datetime) -> Correction:
        """The correction for a drive to or from a place, by the method of its prediction."""
        asked = keys(lat, lon, now, self.area_deg)
        parts = [part for key in asked if (part := self._used.get((method, key)))]
        if not parts or parts[0].level != "all":
            return NONE
        factor = exp(sum(part.adds_log for part in parts))
        return Correction(min(max(factor, self.least_factor), self.most_factor), parts[-1].trips)


def keys(lat: float, lon: float, moment: datetime, area_deg: float) -> tuple[Key, Key, Key, Key]:
    """The parts that a trip belongs to, in the order of LEVELS."""
    hour = moment.astimezone(CHINA).hour
    row, column = floor(lat / area_deg), floor(lon / area_deg)
    return (None, None, None), (hour, None, None), (None, row, column), (hour, row, column)


def learn(
    trips: Iterable[Trip], left_out: Mapping[str, int], rules: CorrectionRules, now: datetime, *, drill: bool
) -> Corrections:
    """The corrections that these trips teach; too few trips teach nothing, and say so."""
    counted, refused = defaultdict[str, list[Trip]](list), dict(left_out)
    for trip in trips:
        why = _why_not(trip, rules)
        if why:
            refused[why] = refused.get(why, 0) + 1
        else:
            counted[trip.method].append(trip)
    parts = [part for method in sorted(counted) for part in _parts(method, counted[method], rules)]
    times = [trip.left_at for of_method in counted.values() for trip in of_method]
    return Corrections(
        edition=rules.edition,
        made_at=now,
        since=min(times, default=None),
        until=max(times, default=None),
        drill=drill,
        area_deg=rules.area_deg,
        least_factor=rules.least_factor,
        most_factor=rules.most_factor,
        trips=len(times),
        left_out=dict(sorted(refused.items())),
        parts=tuple(parts),
    )


def _why_not(trip: Trip, rules: CorrectionRules) -> str:
    if min(trip.predicted_min, trip.actual_min) < rules.shortest_min:
        return "too_short"
    ratio = trip.actual_min / trip.predicted_min
    return "too_far_off" if max(ratio, 1 / ratio) > rules.most_ratio else ""


def _parts(method: str, trips: Sequence[Trip], rules: CorrectionRules) -> Iterable[Learned]:
    """The parts of one method, coarse to fine; a part that is not used leaves its share to the finer ones."""
    rest = [log(trip.actual_min / trip.predicted_min) for trip in trips]
    of_trip = [keys(trip.lat, trip.lon, trip.left_at, rules.area_deg) for trip in trips]
    for depth, level in enumerate(LEVELS):
        groups = defaultdict[Key, list[int]](list)
        for number, four in enumerate(of_trip):
            groups[four[depth]].append(number)
        for key, members in sorted(
            groups.items(), key=lambda item: tuple(-1 if k is None else k for k in item[0])
        ):
            count = len(members)
            mean = sum(rest[number] for number in members) / count
            adds = mean * count / (count + rules.shrink_trips)
            used = len(trips) >= rules.min_trips["all"] and count >= rules.min_trips[level]
            if used:
                for number in members:
                    rest[number] -= adds
            hour, row, column = key
            yield Learned(method=method, level=level, hour=hour, row=row, column=column, trips=count,
                          adds_log=adds, used=used)  # fmt: skip
