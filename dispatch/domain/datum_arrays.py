"""The transforms of datum.py for whole arrays of points: the same formulas, to the last digits."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dispatch.domain import datum as one
from dispatch.domain.geography import Datum

Floats = NDArray[np.float64]
Points = tuple[Floats, Floats]


def to_wgs84(lat: Floats, lon: Floats, datum: Datum) -> Points:
    """Points of `datum` as WGS-84 latitudes and longitudes; NaN stays NaN."""
    if datum is Datum.WGS84:
        return lat.copy(), lon.copy()

    def inverse(lat: Floats, lon: Floats) -> Points:
        if datum is Datum.BD09:
            lat, lon = _inverse(_gcj02_to_bd09, lat, lon)
        return _inverse(_wgs84_to_gcj02, lat, lon)

    return _inside_china(inverse, lat, lon)


def from_wgs84(lat: Floats, lon: Floats, datum: Datum) -> Points:
    """WGS-84 points as latitudes and longitudes of `datum`; NaN stays NaN."""
    if datum is Datum.WGS84:
        return lat.copy(), lon.copy()

    def forward(lat: Floats, lon: Floats) -> Points:
        lat, lon = _wgs84_to_gcj02(lat, lon)
        return _gcj02_to_bd09(lat, lon) if datum is Datum.BD09 else (lat, lon)

    return _inside_china(forward, lat, lon)


def _inside_china(transform: Callable[[Floats, Floats], Points], lat: Floats, lon: Floats) -> Points:
    """Points in China's box moved, all others as they are."""
    found_lat, found_lon = lat.astype(np.float64), lon.astype(np.float64)
    south, north, west, east = one.CHINA_BOX
    inside = (lat >= south) & (lat <= north) & (lon >= west) & (lon <= east)
    found_lat[inside], found_lon[inside] = transform(found_lat[inside], found_lon[inside])
    return found_lat, found_lon


def _inverse(forward: Callable[[Floats, Floats], Points], lat: Floats, lon: Floats) -> Points:
    guess_lat, guess_lon = lat.copy(), lon.copy()
    for _round in range(one.ROUNDS):
        moved_lat, moved_lon = forward(guess_lat, guess_lon)
        miss_lat, miss_lon = lat - moved_lat, lon - moved_lon
        guess_lat, guess_lon = guess_lat + miss_lat, guess_lon + miss_lon
        missed = np.maximum(np.abs(miss_lat), np.abs(miss_lon))
        if not missed.size or missed.max() < one.SETTLED_DEG:
            break
    return guess_lat, guess_lon


def _wgs84_to_gcj02(lat: Floats, lon: Floats) -> Points:
    north_m, east_m = _shift_metres(lat - one.ORIGIN_LAT, lon - one.ORIGIN_LON)
    phi = np.radians(lat)
    flattening = 1 - one.ECCENTRICITY_SQUARED * np.sin(phi) ** 2
    meridian_m = one.SEMI_MAJOR_M * (1 - one.ECCENTRICITY_SQUARED) / flattening**1.5
    parallel_m = one.SEMI_MAJOR_M / np.sqrt(flattening) * np.cos(phi)
    return lat + north_m / meridian_m * 180 / np.pi, lon + east_m / parallel_m * 180 / np.pi


def _shift_metres(y: Floats, x: Floats) -> Points:
    ripple = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    root = np.sqrt(np.abs(x))
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += 2 / 3 * (ripple + _waves(y, *one.NORTH_WAVES))
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += 2 / 3 * (ripple + _waves(x, *one.EAST_WAVES))
    return north, east


def _waves(at: Floats, *terms: tuple[float, float]) -> Floats:
    total = np.zeros(at.shape)
    for height, length in terms:
        total += height * np.sin(np.pi * at / length)
    return total


def _gcj02_to_bd09(lat: Floats, lon: Floats) -> Points:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * one.BD_WAVE)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * one.BD_WAVE)
    return radius * np.sin(angle) + one.BD_SHIFT_LAT, radius * np.cos(angle) + one.BD_SHIFT_LON
