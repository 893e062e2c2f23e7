"""Real calls from a CSV, moved in time and place onto the three cities.

Time: the first day becomes day 0, times of day stay those of clocks on the spot; `fold` days are laid
on one another. Place: the offset in kilometres from the median of all calls, turned into the same
offset from a city's centre; calls of these cities may also stay where they are. What a file does not
say (time at the scene, transport) is drawn from the study's assumptions.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from math import cos, hypot, isnan, radians
from re import findall, fullmatch
from statistics import median
from zoneinfo import ZoneInfo

import numpy as np

from dispatch.domain.datum import to_wgs84
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import City, Datum, Position, great_circle_km
from dispatch.language import N_, _
from simulators.engine import Streams
from simulators.study.geography import KM_PER_DEGREE
from simulators.study.stamps import day_stands_first, since_1970, stamp, wall_clock
from simulators.study.tables import Column, Table

FIELDS: Mapping[str, tuple[str, ...]] = {
    "date": ("date", "incident_date", "call_date", "day", "日期", "呼叫日期"),
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
        "incident_datetime",
        "call_datetime",
        "call_date_time",
        "call_timestamp",
        "call_received_time",
        "received_at",
        "created_at",
        "dispatch_datetime",
        "alarm_date_time",
        "alarm_datetime",
        "alarm_time",
        "entry_date_time",
        "start_time",
        "time",
        "呼叫时间",
        "来电时间",
        "接警时间",
        "受理时间",
        "派车时间",
        "时间",
    ),
    "lat": ("lat", "latitude", "incident_lat", "incident_latitude", "lat_y", "y", "ycoord", "纬度"),
    "lon": (
        "lon",
        "lng",
        "long",
        "longitude",
        "incident_lon",
        "incident_lng",
        "incident_long",
        "incident_longitude",
        "lon_x",
        "x",
        "xcoord",
        "经度",
    ),
    "point": (
        "case_location",
        "location",
        "report_location",
        "incident_location",
        "point",
        "geom",
        "geometry",
        "the_geom",
        "wkt",
        "geolocation",
        "coordinates",
        "坐标",
    ),
    "priority": ("priority", "prio", "urgency", "final_priority", "priority_level", "severity", "优先级"),
    "scene": ("scene", "on_scene_duration", "scene_duration", "on_scene_time", "现场时长"),
}
LEFT_OUT = {
    "time": N_("no date and time that can be read"),
    "place": N_("no place that can be read"),
    "window": N_("outside the days asked for"),
    "far": N_("too far from the middle of the file"),
    "scene": N_("a time at the scene that is no duration"),
    "twice": N_("the same as a row before in every cell"),
    "swapped": N_("a latitude beyond 90 degrees: are latitude and longitude in each other's column?"),
}
_WORDS = {"HIGH": 1, "EMERGENCY": 1, "MEDIUM": 2, "MED": 2, "URGENT": 2, "LOW": 3, "ROUTINE": 3}
_WORDS |= {"高": 1, "中": 2, "低": 3, "一": 1, "二": 2, "三": 3, "危重": 1, "红": 1, "黄": 2, "绿": 3}
UNKNOWN_PRIORITY = 2
_DETERMINANTS = {"E": 1, "D": 1, "C": 2, "B": 3, "A": 3, "Ω": 3}
MOST_CALLS = 200_000
NO_CITY_BELOW = -56.0
"""Degrees of latitude; Ushuaia and Puerto Williams are at -55."""


@dataclass(frozen=True)
class RealCall:
    """A call as it was; lat and lon NaN where places are drawn."""

    line: int
    at: datetime
    lat: float
    lon: float
    priority: int | None
    """None: the file does not say it in a way that is understood."""
    scene_min: float | None


@dataclass(frozen=True)
class Spot:
    """How stamps and places of the file are to be understood.

    `zone`: of the place; stamps with an offset, or in seconds since 1970, are turned into it.
    """

    zone: ZoneInfo | None = None
    datum: Datum = Datum.WGS84
    within_km: float = 150.0


HERE = Spot()


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
    table: Table, named: Mapping[str, str], *, drawn: bool, window: Window, spot: Spot = HERE
) -> tuple[list[RealCall], Counter[str]]:
    """The calls in time order, and how many rows were left out by reason."""
    columns = {
        name: table.find(known, named.get(name), timed=name == "scene") for name, known in FIELDS.items()
    }
    if columns["time"] is None and columns["date"] is not None:
        columns["time"], columns["date"] = columns["date"], None
    columns["time"] = columns["time"] or table.need("time", FIELDS["time"], named.get("time"))
    placed = columns["point"] is not None or (columns["lat"] is not None and columns["lon"] is not None)
    if not placed and not drawn:
        raise DispatchError(
            _(
                "{file} names no places: map them by --column file.lat=HEADER, or say --places drawn",
                file=table.file,
            )
        )
    rows = _Rows(table, columns, spot, drawn=drawn)
    calls, left = rows.read()
    if not drawn:
        near = _near(calls, spot.within_km)
        left["far"] += len(calls) - len(near)
        calls = near
    if calls and not drawn and median(call.lat for call in calls) < NO_CITY_BELOW:
        raise DispatchError(
            _(
                "{file}: its middle lies in the Antarctic: latitude and longitude stand in each other's "
                "column; map them by --column file.lat=HEADER --column file.lon=HEADER",
                file=table.file,
            )
        )
    if calls:
        start = window.first or min(call.at for call in calls)
        begin = datetime.combine(start.date(), time(0))
        end = begin + timedelta(days=window.days) if window.days is not None else None
        inside = [call for call in calls if begin <= call.at and (end is None or call.at < end)]
        left["window"] += len(calls) - len(inside)
        calls = sorted(inside, key=lambda call: (call.at, call.line))
    if not calls:
        reasons = "; ".join(f"{_(LEFT_OUT[why])}: {count}" for why, count in left.items() if count)
        said = _("{file}: no row can be used", file=table.file)
        raise DispatchError(f"{said} ({reasons})" if reasons else said)
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
    def __init__(
        self, table: Table, columns: Mapping[str, Column | None], spot: Spot, *, drawn: bool
    ) -> None:
        self._table, self._columns, self._drawn = table, columns, drawn
        self._spot = spot
        dates = columns["date"] or columns["time"]
        self._day_first = day_stands_first(cells[0] for _line, cells in table.cells((dates,)))

    def read(self) -> tuple[list[RealCall], Counter[str]]:
        names, left, calls, seen = list(self._columns), Counter[str](), [], set[tuple[str, ...]]()
        rows = self._table.cells([self._columns[name] for name in names])
        for (line, cells), (_line, whole) in zip(rows, self._table.rows, strict=True):
            if whole in seen:
                left["twice"] += 1
                continue
            seen.add(whole)
            one = self._row(line, dict(zip(names, cells, strict=True)))
            if isinstance(one, str):
                left[one] += 1
            else:
                calls.append(one)
        return calls, left

    def _row(self, line: int, cells: Mapping[str, str]) -> RealCall | str:
        at = self._moment(cells["date"], cells["time"])
        if at is None:
            return "time"
        place = (float("nan"), float("nan")) if self._drawn else _place(cells)
        if place is None:
            lat, lon = _degrees(cells["lat"], "NS"), _degrees(cells["lon"], "EW")
            return "swapped" if 90 < abs(lat) <= 180 and abs(lon) <= 90 else "place"
        if not self._drawn:
            place = to_wgs84(*place, self._spot.datum)
        scene, column = None, self._columns["scene"]
        if column is not None and cells["scene"]:
            try:
                scene = self._table.duration(line, column, cells["scene"], "min")
            except DispatchError:
                return "scene"
        return RealCall(line, at, *place, _priority(cells["priority"]), scene)

    def _moment(self, date: str, value: str) -> datetime | None:
        """What a clock on the spot showed; a day without a time of day is none."""
        found = None
        if not date:
            found = since_1970(value) or self._whole(value)
        if found is None:
            clock = f"{value[:-2]}:{value[-2:]}" if fullmatch(r"\d{3,4}", value) else value
            day = fullmatch(r"(.+?)(?:[T ]+\d{1,2}:.*)?", date)
            if day is None or ":" not in clock:
                return None
            found = stamp(f"{day[1]} {clock}", day_first=self._day_first)
            found = found or stamp(value, day_first=self._day_first)
        return None if found is None else wall_clock(found, self._spot.zone)

    def _whole(self, value: str) -> datetime | None:
        """A date with its time of day in one cell."""
        timed = any(mark in value for mark in ":时点") or fullmatch(r"\d{8}T?\d{4,6}.*", value)
        return stamp(value, day_first=self._day_first) if timed else None


def _near(calls: Sequence[RealCall], within_km: float) -> list[RealCall]:
    """Those within so many kilometres of the median: one false geocode must not stretch the map."""
    if not calls:
        return []
    lat = float(np.median([call.lat for call in calls]))
    lon = float(np.median([call.lon for call in calls]))
    east_km = KM_PER_DEGREE * cos(radians(lat))
    return [
        call
        for call in calls
        if hypot((call.lat - lat) * KM_PER_DEGREE, (call.lon - lon) * east_km) <= within_km
    ]


def _degrees(text: str, sides: str) -> float:
    """Degrees as 28.2, "28,2", 28.2N or 76.3°W, else NaN. `sides`: the letter of plus, of minus."""
    found = fullmatch(r"([+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?)\s*°?\s*([NSEW]?)", text.strip().upper())
    if found is None or (found[2] and found[2] not in sides):
        return float("nan")
    return float(found[1].replace(",", ".")) * (-1 if found[2] == sides[1] else 1)


def _place(cells: Mapping[str, str]) -> tuple[float, float] | None:
    lat, lon = _degrees(cells["lat"], "NS"), _degrees(cells["lon"], "EW")
    if isnan(lat) or isnan(lon):
        numbers = [float(part) for part in findall(r"-?\d+\.\d+", cells["point"])][:2]
        if len(numbers) < 2:
            return None
        lat, lon = reversed(numbers) if "POINT" in cells["point"].upper() else numbers
    if not (-90 <= lat <= 90 and -180 <= lon <= 180) or (lat == 0 and lon == 0):
        return None
    return lat, lon


def _priority(value: str) -> int | None:
    """1, 2 or 3 (higher figures are 3); by the letter of a determinant (29D2): E and D 1, C 2, B and A 3."""
    word = value.strip().upper()
    if word in _WORDS or word.removesuffix("级") in _WORDS:
        return _WORDS[word if word in _WORDS else word.removesuffix("级")]
    figure = fullmatch(r"(?:P|PRIO|PRIORITY|CAT|CATEGORY|CODE|LEVEL)?[ -]?(\d)(?:\.0)?级?", word)
    if figure is not None and figure[1] != "0":
        return min(int(figure[1]), 3)
    letter = fullmatch(r"\d{0,2}([A-EΩ])\d*[A-Z]?", word)
    return _DETERMINANTS[letter[1]] if letter else None


@dataclass(frozen=True)
class Move:
    """Where to: the cities, by population when there are several; `scale` stretches distances.

    `stay`: every call stays where it is and belongs to the city whose centre is nearest.
    """

    cities: Sequence[City]
    seed: int
    scale: float = 1.0
    fold: int = 1
    drawn_km: float = 6.0
    stay: bool = False


def move(calls: Sequence[RealCall], how: Move) -> list[MovedCall]:
    """Every call moved; the same seed moves it to the same place."""
    rng = Streams(how.seed).of("real calls")
    weight = np.array([city.population_million for city in how.cities])
    chosen = rng.choice(len(how.cities), size=len(calls), p=weight / weight.sum())
    scatter = rng.normal(0, how.drawn_km, (len(calls), 2))
    middle = float(np.median([call.lat for call in calls])), float(np.median([call.lon for call in calls]))
    midnight = datetime.combine(min(call.at for call in calls).date(), time(0))
    moved = []
    for call, city_row, drawn in zip(calls, chosen, scatter, strict=True):
        city = how.cities[int(city_row)]
        if how.stay:
            city = _nearest(how.cities, call)
        lat, lon = (city.centre.lat, city.centre.lon) if how.stay else middle
        if np.isnan(call.lat):
            north, east = float(drawn[0]), float(drawn[1])
        else:
            north = (call.lat - lat) * KM_PER_DEGREE * how.scale
            east = (call.lon - lon) * KM_PER_DEGREE * cos(radians(lat)) * how.scale
        since = call.at - midnight
        folded = since - timedelta(days=since.days) + timedelta(days=since.days // how.fold)
        moved.append(
            MovedCall(
                call.line,
                folded.total_seconds() / 60,
                _shifted(city.centre, north, east),
                city,
                UNKNOWN_PRIORITY if call.priority is None else call.priority,
                call.scene_min,
            )
        )
    return sorted(moved, key=lambda call: (call.at_min, call.line))


def _nearest(cities: Sequence[City], call: RealCall) -> City:
    here = Position(lat=call.lat, lon=call.lon)
    return min(cities, key=lambda city: great_circle_km(city.centre, here))


def _shifted(centre: Position, north_km: float, east_km: float) -> Position:
    lat = centre.lat + north_km / KM_PER_DEGREE
    lon = centre.lon + east_km / (KM_PER_DEGREE * cos(radians(centre.lat)))
    return Position(lat=min(max(lat, -90.0), 90.0), lon=(lon + 180) % 360 - 180)
