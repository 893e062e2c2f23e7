"""Real calls from a CSV, moved in time and place onto the three cities.

Time: the first day becomes day 0, times of day stay; `fold` days are laid on one another. Place: the
offset in kilometres from the median of all calls, turned into the same offset from a city's centre.
What a file does not say (time at the scene, transport) is drawn from the study's assumptions.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from math import cos, radians
from re import findall, fullmatch

import numpy as np

from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import City, Position
from dispatch.language import N_, _
from simulators.engine import Streams
from simulators.study.geography import KM_PER_DEGREE
from simulators.study.tables import Column, Table, stamp

FIELDS: Mapping[str, tuple[str, ...]] = {
    "date": ("date", "incident_date", "call_date", "day"),
    "time": (
        "call_time",
        "received",
        "call_received",
        "received_dttm",
        "time_of_call",
        "timestamp",
        "time_stamp",
        "datetime",
        "date_time",
        "dispatch_time",
        "dispatched",
        "time",
    ),
    "lat": ("lat", "latitude", "incident_lat", "y", "ycoord"),
    "lon": ("lon", "lng", "long", "longitude", "incident_lon", "incident_long", "x", "xcoord"),
    "point": ("case_location", "location", "point", "geom", "geometry", "the_geom", "coordinates"),
    "priority": ("priority", "prio", "urgency", "final_priority"),
    "scene": ("scene", "on_scene_duration", "scene_duration", "on_scene_time"),
}
LEFT_OUT = {
    "time": N_("no date and time that can be read"),
    "place": N_("no place that can be read"),
    "window": N_("outside the days asked for"),
    "scene": N_("a time at the scene that is no duration"),
}
_DETERMINANTS = {"E": 1, "D": 1, "C": 2, "B": 3, "A": 3, "Ω": 3}
MOST_CALLS = 200_000


@dataclass(frozen=True)
class RealCall:
    """A call as it was; lat and lon NaN where places are drawn."""

    line: int
    at: datetime
    lat: float
    lon: float
    priority: int
    scene_min: float | None


@dataclass(frozen=True)
class MovedCall:
    """A call on the three cities; minutes since midnight of day 0."""

    line: int
    at_min: float
    position: Position
    city: City
    priority: int
    scene_min: float | None


@dataclass(frozen=True)
class Window:
    """Which days of the file: from a date (None: its first) and how many (None: all)."""

    first: datetime | None = None
    days: int | None = None


def read_real_calls(
    table: Table, named: Mapping[str, str], *, drawn: bool, window: Window
) -> tuple[list[RealCall], Counter[str]]:
    """The calls in time order, and how many rows were left out by reason."""
    columns = {
        name: table.find(known, named.get(name), timed=name == "scene") for name, known in FIELDS.items()
    }
    columns["time"] = table.need("time", FIELDS["time"], named.get("time"))
    placed = columns["point"] is not None or (columns["lat"] is not None and columns["lon"] is not None)
    if not placed and not drawn:
        raise DispatchError(
            _(
                "{file} names no places: map them by --column file.lat=HEADER, or say --places drawn",
                file=table.file,
            )
        )
    rows = _Rows(table, columns, drawn=drawn)
    calls, left = rows.read()
    if calls:
        start = window.first or min(call.at for call in calls)
        begin = datetime.combine(start.date(), time(0))
        end = begin + timedelta(days=window.days) if window.days is not None else None
        inside = [call for call in calls if begin <= call.at and (end is None or call.at < end)]
        left["window"] += len(calls) - len(inside)
        calls = sorted(inside, key=lambda call: (call.at, call.line))
    if not calls:
        raise DispatchError(_("{file}: no row can be used", file=table.file))
    if len(calls) > MOST_CALLS:
        raise DispatchError(
            _(
                "{file}: {count} calls; choose a window by --from and --days",
                file=table.file,
                count=len(calls),
            )
        )
    return calls, left


class _Rows:
    def __init__(self, table: Table, columns: Mapping[str, Column | None], *, drawn: bool) -> None:
        self._table, self._columns, self._drawn = table, columns, drawn

    def read(self) -> tuple[list[RealCall], Counter[str]]:
        names, left, calls = list(self._columns), Counter[str](), []
        for line, cells in self._table.cells([self._columns[name] for name in names]):
            one = self._row(line, dict(zip(names, cells, strict=True)))
            if isinstance(one, str):
                left[one] += 1
            else:
                calls.append(one)
        return calls, left

    def _row(self, line: int, cells: Mapping[str, str]) -> RealCall | str:
        at = stamp(cells["time"]) if not cells["date"] else None
        at = at or stamp(f"{cells['date'][:10]} {cells['time']}")
        if at is None:
            return "time"
        place = (float("nan"), float("nan")) if self._drawn else _place(cells)
        if place is None:
            return "place"
        scene, column = None, self._columns["scene"]
        if column is not None and cells["scene"]:
            try:
                scene = self._table.duration(line, column, cells["scene"], "min")
            except DispatchError:
                return "scene"
        return RealCall(line, at, *place, _priority(cells["priority"]), scene)


def _place(cells: Mapping[str, str]) -> tuple[float, float] | None:
    try:
        lat, lon = float(cells["lat"]), float(cells["lon"])
    except ValueError:
        numbers = [float(part) for part in findall(r"-?\d+\.\d+", cells["point"])][:2]
        if len(numbers) < 2:
            return None
        lat, lon = reversed(numbers) if "POINT" in cells["point"].upper() else numbers
    if not (-90 <= lat <= 90 and -180 <= lon <= 180) or (lat == 0 and lon == 0):
        return None
    return lat, lon


def _priority(value: str) -> int:
    """1, 2 or 3; by the letter of a determinant (29D2): E and D are 1, C 2, B and A 3; unknown is 2."""
    word = value.strip().upper().removeprefix("P")
    if word in {"1", "2", "3"}:
        return int(word)
    letter = fullmatch(r"\d{0,2}([A-EΩ])\d*[A-Z]?", word)
    return _DETERMINANTS[letter[1]] if letter else 2


@dataclass(frozen=True)
class Move:
    """Where to: the cities, by population when there are several; `scale` stretches distances."""

    cities: Sequence[City]
    seed: int
    scale: float = 1.0
    fold: int = 1
    drawn_km: float = 6.0


def move(calls: Sequence[RealCall], how: Move) -> list[MovedCall]:
    """Every call moved; the same seed moves it to the same place."""
    rng = Streams(how.seed).of("real calls")
    weight = np.array([city.population_million for city in how.cities])
    chosen = rng.choice(len(how.cities), size=len(calls), p=weight / weight.sum())
    scatter = rng.normal(0, how.drawn_km, (len(calls), 2))
    middle_lat = float(np.median([call.lat for call in calls]))
    middle_lon = float(np.median([call.lon for call in calls]))
    midnight = datetime.combine(min(call.at for call in calls).date(), time(0))
    moved = []
    for call, city_row, drawn in zip(calls, chosen, scatter, strict=True):
        city = how.cities[int(city_row)]
        if np.isnan(call.lat):
            north, east = float(drawn[0]), float(drawn[1])
        else:
            north = (call.lat - middle_lat) * KM_PER_DEGREE * how.scale
            east = (call.lon - middle_lon) * KM_PER_DEGREE * cos(radians(middle_lat)) * how.scale
        since = call.at - midnight
        folded = since - timedelta(days=since.days) + timedelta(days=since.days // how.fold)
        moved.append(
            MovedCall(
                call.line,
                folded.total_seconds() / 60,
                _shifted(city.centre, north, east),
                city,
                call.priority,
                call.scene_min,
            )
        )
    return sorted(moved, key=lambda call: (call.at_min, call.line))


def _shifted(centre: Position, north_km: float, east_km: float) -> Position:
    lat = centre.lat + north_km / KM_PER_DEGREE
    lon = centre.lon + east_km / (KM_PER_DEGREE * cos(radians(centre.lat)))
    return Position(lat=min(max(lat, -90.0), 90.0), lon=(lon + 180) % 360 - 180)
