"""Fixes on their way into the fleet: datum, order, and jumps that no vehicle makes."""

from dataclasses import dataclass
from math import cos, radians, sqrt

from dispatch.domain.datum import to_wgs84
from dispatch.domain.geography import Datum
from dispatch.domain.units import UnitId
from dispatch.feed.context import Context
from dispatch.feed.refusals import Refused

METRES_PER_DEGREE = 111_195.0
NULL_ISLAND_DEG = 0.01
_DATUMS = {"wgs84": Datum.WGS84, "gcj02": Datum.GCJ02, "bd09": Datum.BD09}


@dataclass(slots=True)
class _Suspect:
    """The last fix kept back of a unit, and how many in a row agreed with one another."""

    lat: float
    lon: float
    fixed_ms: int
    agreeing: int


class Positions:
    """Applies fixes to the fleet, newest by fix time.

    A fix that would need more than `highest_speed_kmh` is kept back. Where the unit really is
    elsewhere (a wrong fix was held, a long ferry, a swapped tracker) the next fixes agree with the
    one kept back and not with the one held: after `jump_confirmed_by` of them the jump is believed.
    """

    def __init__(self, context: Context) -> None:
        self._fleet = context.picture.fleet
        self._changes = context.picture.changes
        self._counters = context.counters
        self._agree = context.limits.jump_confirmed_by
        self._slack_m = context.limits.jump_slack_m
        self._doubt_m = context.limits.jump_doubt_m
        self._near_deg = self._slack_m / METRES_PER_DEGREE / 1.5  # inside this box nothing can be a jump
        self._metres_per_ms = context.limits.highest_speed_kmh / 3.6 / 1000
        self._suspects: dict[int, _Suspect] = {}

    def apply(
        self,
        unit: UnitId,
        row: int,
        lat: float,
        lon: float,
        datum: str,
        fixed_ms: int,
        received_ms: int,
        accuracy_m: float | None = None,
        speed_kmh: float | None = None,
        heading_deg: float | None = None,
    ) -> None:
        """Take one fix, in degrees of `datum`; Refused when it can be none or is kept back."""
        if datum != "wgs84":
            lat, lon = to_wgs84(lat, lon, _DATUMS[datum])
        if -NULL_ISLAND_DEG < lat < NULL_ISLAND_DEG and -NULL_ISLAND_DEG < lon < NULL_ISLAND_DEG:
            raise Refused("no_fix", unit=unit)
        fleet = self._fleet
        held_ms = int(fleet.fixed_ms[row])
        if fixed_ms <= held_ms:
            if fixed_ms == held_ms:
                self._counters.duplicates += 1
            else:
                self._counters.late += 1
            return
        if held_ms:
            north, east = lat - float(fleet.lat[row]), lon - float(fleet.lon[row])
            if not (-self._near_deg < north < self._near_deg and -self._near_deg < east < self._near_deg):
                self._check_jump(unit, row, lat, lon, fixed_ms, accuracy_m or 0.0)
        if self._suspects:
            self._suspects.pop(row, None)
        fleet.apply_fix(
            unit,
            lat,
            lon,
            fixed_ms,
            received_ms,
            accuracy_m=accuracy_m,
            speed_kmh=speed_kmh,
            heading_deg=heading_deg,
        )
        self._counters.applied += 1
        self._changes.mark("unit", unit)

    def _check_jump(
        self, unit: UnitId, row: int, lat: float, lon: float, fixed_ms: int, accuracy_m: float
    ) -> None:
        fleet = self._fleet
        held_ms = int(fleet.fixed_ms[row])
        metres = _metres(float(fleet.lat[row]), float(fleet.lon[row]), lat, lon)
        doubt_m = self._slack_m + min(accuracy_m + _known(float(fleet.accuracy_m[row])), self._doubt_m)
        if metres <= doubt_m + (fixed_ms - held_ms) * self._metres_per_ms:
            return
        suspect = self._suspects.get(row)
        agreeing = 1
        if suspect is not None and fixed_ms > suspect.fixed_ms:
            moved = _metres(suspect.lat, suspect.lon, lat, lon)
            doubt_m = self._slack_m + min(accuracy_m, self._doubt_m)
            if moved <= doubt_m + (fixed_ms - suspect.fixed_ms) * self._metres_per_ms:
                agreeing = suspect.agreeing + 1
        if agreeing >= self._agree:
            return
        if suspect is None or fixed_ms > suspect.fixed_ms:
            self._suspects[row] = _Suspect(lat, lon, fixed_ms, agreeing)
        raise Refused("jump", unit=unit, km=round(metres / 1000), seconds=round((fixed_ms - held_ms) / 1000))


def _known(value: float) -> float:
    return value if value == value else 0.0


def _metres(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Distance on a plane: exact enough to tell a jump, and a tenth of the cost of haversine."""
    north = other_lat - lat
    east = (other_lon - lon + 540) % 360 - 180
    east *= cos(radians((lat + other_lat) / 2))
    return METRES_PER_DEGREE * sqrt(north * north + east * east)
