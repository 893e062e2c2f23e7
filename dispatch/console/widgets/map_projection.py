"""The window on the earth: a local equirectangular projection, true to scale in its middle."""

from dataclasses import dataclass, replace
from math import cos, floor, radians

import numpy as np
from numpy.typing import NDArray

from dispatch.domain.geography import Position

Floats = NDArray[np.float64]

KM_PER_DEGREE = 111.195
"""Of a great circle on a sphere of 6371.0 km."""
CELL_ASPECT = 2.0
"""A terminal cell is about twice as high as it is wide."""
FINEST_KM, COARSEST_KM = 0.01, 6.0


@dataclass(frozen=True, slots=True)
class Window:
    """What the map shows: its middle, the width of a cell in kilometres, and its size in cells."""

    lat: float
    lon: float
    cell_km: float
    width: int
    height: int

    def cells(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """Cell coordinates (x right, y down, fractions count) of degrees."""
        east_km = (lon - self.lon) * np.cos(np.radians(self.lat)) * KM_PER_DEGREE
        north_km = (lat - self.lat) * KM_PER_DEGREE
        return (
            east_km / self.cell_km + self.width / 2,
            self.height / 2 - north_km / (self.cell_km * CELL_ASPECT),
        )

    def cell(self, position: Position) -> tuple[int, int]:
        """The cell a position falls into, which may lie outside."""
        east_km = (position.lon - self.lon) * cos(radians(self.lat)) * KM_PER_DEGREE
        north_km = (position.lat - self.lat) * KM_PER_DEGREE
        x = east_km / self.cell_km + self.width / 2
        y = self.height / 2 - north_km / (self.cell_km * CELL_ASPECT)
        return floor(x), floor(y)

    def position(self, x: float, y: float) -> Position:
        """The position at cell coordinates, kept on the globe."""
        north_km = (self.height / 2 - y) * self.cell_km * CELL_ASPECT
        east_km = (x - self.width / 2) * self.cell_km
        lat = self.lat + north_km / KM_PER_DEGREE
        lon = self.lon + east_km / (KM_PER_DEGREE * float(np.cos(np.radians(self.lat))))
        return Position(lat=max(-90.0, min(90.0, lat)), lon=max(-180.0, min(180.0, lon)))

    def resized(self, width: int, height: int) -> "Window":
        """The same middle and scale in another size."""
        return replace(self, width=width, height=height)

    def panned(self, cells_x: float, cells_y: float) -> "Window":
        """Moved by cells, right and down."""
        middle = self.position(self.width / 2 + cells_x, self.height / 2 + cells_y)
        return replace(self, lat=max(-80.0, min(80.0, middle.lat)), lon=middle.lon)

    def zoomed(self, factor: float, x: float | None = None, y: float | None = None) -> "Window":
        """Closer by `factor`; the point under cell (x, y), by default the middle, stays where it is."""
        at_x = self.width / 2 if x is None else x
        at_y = self.height / 2 if y is None else y
        cell_km = min(COARSEST_KM, max(FINEST_KM, self.cell_km / factor))
        held = self.position(at_x, at_y)
        moved = replace(self, cell_km=cell_km)
        there = moved.position(at_x, at_y)
        return replace(moved, lat=moved.lat + held.lat - there.lat, lon=moved.lon + held.lon - there.lon)

    def fitted(self, box: tuple[float, float, float, float], margin: float = 1.1) -> "Window":
        """Wide enough for a box (west, south, east, north in degrees)."""
        west, south, east, north = box
        lat, lon = (south + north) / 2, (west + east) / 2
        wide_km = (east - west) * KM_PER_DEGREE * float(np.cos(np.radians(lat)))
        high_km = (north - south) * KM_PER_DEGREE
        cell_km = margin * max(
            wide_km / max(1, self.width), high_km / (CELL_ASPECT * max(1, self.height)), FINEST_KM / margin
        )
        return replace(self, lat=lat, lon=lon, cell_km=min(COARSEST_KM, cell_km))


def scale_bar(cell_km: float, most_cells: int) -> tuple[int, str]:
    """The longest round distance that fits in `most_cells`: (cells, "5 km" or "200 m")."""
    for exponent in range(5, -1, -1):
        for digit in (5, 2, 1):
            metres = digit * 10**exponent
            cells = metres / 1000 / cell_km
            if cells <= most_cells:
                text = f"{metres // 1000} km" if metres >= 1000 else f"{metres} m"
                return max(1, round(cells)), text
    return 1, f"{cell_km * 1000:.0f} m"
