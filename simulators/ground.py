"""Plane geometry near Changsha: distances, crossings of the river, places in a district."""

from math import atan2, cos, degrees, hypot, radians

import numpy as np
from numpy.typing import NDArray

from dispatch.domain.geography import Position
from dispatch.settings import District

Floats = NDArray[np.float64]
KM_PER_DEGREE = 111.195  # of a great circle on a sphere of 6371.0 km
Point = tuple[float, float]
"""(latitude, longitude) in WGS-84 degrees."""


def distance_km(a: Point, b: Point) -> float:
    """Distance on the plane that touches the earth between two points; < 0.01 % off within 200 km."""
    east = (b[1] - a[1]) * cos(radians((a[0] + b[0]) / 2))
    return hypot(b[0] - a[0], east) * KM_PER_DEGREE


def heading_deg(a: Point, b: Point) -> float:
    """Direction from a to b: 0 is north, 90 east, always below 360."""
    east = (b[1] - a[1]) * cos(radians((a[0] + b[0]) / 2))
    return degrees(atan2(east, b[0] - a[0])) % 360.0


def moved(origin: Point, north_m: float, east_m: float) -> Point:
    """A point so many metres to the north and to the east."""
    lat = origin[0] + north_m / 1000 / KM_PER_DEGREE
    return lat, origin[1] + east_m / 1000 / (KM_PER_DEGREE * cos(radians(origin[0])))


def distances_km(lat: Floats, lon: Floats, to: Point) -> Floats:
    """From many points to one."""
    east = (lon - to[1]) * np.cos(np.radians((lat + to[0]) / 2))
    km: Floats = np.hypot(lat - to[0], east) * KM_PER_DEGREE
    return km


class River:
    """The lines that nobody drives across except at a bridge."""

    def __init__(self, lines: tuple[tuple[tuple[float, float], ...], ...]) -> None:
        """`lines` are (longitude, latitude) points in order."""
        parts = [np.array(line)[:, ::-1] for line in lines if len(line) > 1]
        empty = np.empty((0, 2))
        self._from: Floats = np.concatenate([part[:-1] for part in parts]) if parts else empty
        self._to: Floats = np.concatenate([part[1:] for part in parts]) if parts else empty

    def crossed(self, a: Point, b: Point) -> bool:
        """Whether the straight way from a to b crosses a line."""
        if not len(self._from):
            return False
        side_from, side_to = _side(a, b, self._from), _side(a, b, self._to)
        start, end = np.array(a), np.array(b)
        along = self._to - self._from
        near = along[:, 0] * (start[1] - self._from[:, 1]) - along[:, 1] * (start[0] - self._from[:, 0])
        far = along[:, 0] * (end[1] - self._from[:, 1]) - along[:, 1] * (end[0] - self._from[:, 0])
        return bool(np.any((side_from * side_to < 0) & (near * far < 0)))


def _side(a: Point, b: Point, points: Floats) -> Floats:
    side: Floats = (b[0] - a[0]) * (points[:, 1] - a[1]) - (b[1] - a[1]) * (points[:, 0] - a[0])
    return side


def area_km2(district: District) -> float:
    """Area within the outer rings, by the shoelace formula on the touching plane."""
    total = 0.0
    for ring in district.rings:
        lon, lat = np.array(ring).T
        x = lon * np.cos(np.radians(lat.mean()))
        total += abs(float(np.sum(x[:-1] * lat[1:] - x[1:] * lat[:-1]))) / 2 * KM_PER_DEGREE**2
    return total


def lattice(district: District, spacing_km: float) -> list[Point]:
    """Points inside a district, `spacing_km` apart in staggered rows, each shaken a little."""
    west, south, east, north = district.box
    rows = int((north - south) * KM_PER_DEGREE / spacing_km)
    width_km = (east - west) * KM_PER_DEGREE * cos(radians(south))
    places = int(width_km / spacing_km)
    shake = np.random.default_rng(int(district.code)).uniform(-0.3, 0.3, (rows + 1, places + 1, 2)).tolist()
    found = []
    for row in range(rows + 1):
        for place in range(places + 1):
            up = row + 0.5 + shake[row][place][0]
            along = place + 0.5 * (row % 2) + 0.25 + shake[row][place][1]
            point = moved((south, west), up * spacing_km * 1000, along * spacing_km * 1000)
            if district.contains(Position(lat=point[0], lon=point[1])):
                found.append(point)
    return found
