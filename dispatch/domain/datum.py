"""WGS-84, GCJ-02 and BD-09: the datums that coordinates in China come in, in degrees.

GCJ-02 ("Mars coordinates") moves a point by some hundreds of metres by a fixed series over the
Krasovsky ellipsoid; BD-09 moves GCJ-02 once more. Neither has an official text: these are the
formulas publicly known since 2013. Both inverses are iterated to better than 1e-9 degrees
(0.1 mm), because the usual one-step inverse is off by metres. CGCS2000 (EPSG:4490) is taken as
WGS-84: they differ by less than a metre. Outside China's box all three are the same.
"""

from collections.abc import Callable
from math import atan2, cos, hypot, pi, radians, sin, sqrt

from dispatch.domain.geography import Datum

LatLon = tuple[float, float]

SEMI_MAJOR_M = 6_378_245.0  # Krasovsky 1940
ECCENTRICITY_SQUARED = 0.006_693_421_622_965_943
ORIGIN_LAT, ORIGIN_LON = 35.0, 105.0
BD_SHIFT_LAT, BD_SHIFT_LON = 0.006, 0.0065
BD_WAVE = pi * 3000 / 180
SETTLED_DEG = 1e-13
ROUNDS = 40  # each round gains about two digits; six are usual
CHINA_BOX = (0.8293, 55.8271, 72.004, 137.8347)
"""South, north, west, east of the box in which the maps of China are shifted."""
NORTH_WAVES = ((20.0, 1.0), (40.0, 3.0), (160.0, 12.0), (320.0, 30.0))
EAST_WAVES = ((20.0, 1.0), (40.0, 3.0), (150.0, 12.0), (300.0, 30.0))
"""Height in metres and half length in degrees of each wave of the shift."""


def to_wgs84(lat: float, lon: float, datum: Datum) -> LatLon:
    """A point of `datum` as WGS-84 (latitude, longitude)."""
    if datum is Datum.WGS84 or outside_china(lat, lon):
        return lat, lon
    if datum is Datum.BD09:
        lat, lon = _inverse(_gcj02_to_bd09, lat, lon)
    return _inverse(_wgs84_to_gcj02, lat, lon)


def from_wgs84(lat: float, lon: float, datum: Datum) -> LatLon:
    """A WGS-84 point as (latitude, longitude) of `datum`."""
    if datum is Datum.WGS84 or outside_china(lat, lon):
        return lat, lon
    gcj02 = _wgs84_to_gcj02(lat, lon)
    return _gcj02_to_bd09(*gcj02) if datum is Datum.BD09 else gcj02


def outside_china(lat: float, lon: float) -> bool:
    """Whether a point lies outside the box in which the maps of China are shifted."""
    south, north, west, east = CHINA_BOX
    return not (south <= lat <= north and west <= lon <= east)


def _inverse(forward: Callable[[float, float], LatLon], lat: float, lon: float) -> LatLon:
    """The point that `forward` moves onto (lat, lon), by fixed-point iteration."""
    guess_lat, guess_lon = lat, lon
    for _round in range(ROUNDS):
        moved_lat, moved_lon = forward(guess_lat, guess_lon)
        miss_lat, miss_lon = lat - moved_lat, lon - moved_lon
        guess_lat, guess_lon = guess_lat + miss_lat, guess_lon + miss_lon
        if abs(miss_lat) < SETTLED_DEG and abs(miss_lon) < SETTLED_DEG:
            break
    return guess_lat, guess_lon


def _wgs84_to_gcj02(lat: float, lon: float) -> LatLon:
    north_m, east_m = _shift_metres(lat - ORIGIN_LAT, lon - ORIGIN_LON)
    phi = radians(lat)
    flattening = 1 - ECCENTRICITY_SQUARED * sin(phi) ** 2
    meridian_m = SEMI_MAJOR_M * (1 - ECCENTRICITY_SQUARED) / flattening**1.5
    parallel_m = SEMI_MAJOR_M / sqrt(flattening) * cos(phi)
    return lat + north_m / meridian_m * 180 / pi, lon + east_m / parallel_m * 180 / pi


def _shift_metres(y: float, x: float) -> LatLon:
    """The shift to the north and to the east, metres; x and y are degrees from 105 E, 35 N."""
    ripple = 20 * sin(6 * pi * x) + 20 * sin(2 * pi * x)
    root = sqrt(abs(x))
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += 2 / 3 * (ripple + _waves(y, *NORTH_WAVES))
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += 2 / 3 * (ripple + _waves(x, *EAST_WAVES))
    return north, east


def _waves(at: float, *terms: tuple[float, float]) -> float:
    return sum(height * sin(pi * at / length) for height, length in terms)


def _gcj02_to_bd09(lat: float, lon: float) -> LatLon:
    radius = hypot(lon, lat) + 0.00002 * sin(lat * BD_WAVE)
    angle = atan2(lat, lon) + 0.000003 * cos(lon * BD_WAVE)
    return radius * sin(angle) + BD_SHIFT_LAT, radius * cos(angle) + BD_SHIFT_LON
