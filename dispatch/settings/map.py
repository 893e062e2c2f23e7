"""The map under everything: districts and the river, and which district a point lies in."""

from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, ValidationError

from dispatch.causes import cause
from dispatch.domain.errors import BadConfiguration
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.model import Frozen, Name
from dispatch.language import _
from dispatch.settings.complaints import complaint, telling
from dispatch.settings.files import config_file

LonLat = tuple[float, float]
Line = tuple[LonLat, ...]
M = TypeVar("M", bound=BaseModel)

_KM_PER_DEGREE = 111.195  # of a great circle on a sphere of 6371.0 km


class District(Frozen):
    """One district; `rings` are closed, holes and exclaves among them, (longitude, latitude) in WGS-84."""

    code: str = Field(pattern=r"^\d{6}$")
    city: CityCode
    name: Name
    rings: tuple[Line, ...] = Field(min_length=1)

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        corners = np.concatenate([np.array(ring) for ring in self.rings])
        (west, south), (east, north) = corners.min(axis=0), corners.max(axis=0)
        return float(west), float(south), float(east), float(north)

    @cached_property
    def _edges(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Start and end of every edge, (n, 2) each."""
        rings = [np.array(ring) for ring in self.rings]
        return np.concatenate([ring[:-1] for ring in rings]), np.concatenate([ring[1:] for ring in rings])

    def contains(self, position: Position) -> bool:
        """Whether the point lies inside, by counting the edges a ray to the east crosses."""
        west, south, east, north = self.box
        if not (west <= position.lon <= east and south <= position.lat <= north):
            return False
        (start_lon, start_lat), (end_lon, end_lat) = (edge.T for edge in self._edges)
        spans = (start_lat > position.lat) != (end_lat > position.lat)
        rise = np.where(spans, end_lat - start_lat, 1.0)
        crossing = start_lon + (position.lat - start_lat) / rise * (end_lon - start_lon)
        return bool(np.count_nonzero(spans & (crossing > position.lon)) % 2)

    def distance_km(self, position: Position) -> float:
        """Zero inside, else the way to the nearest border."""
        if self.contains(position):
            return 0.0
        return _nearest_km(*self._edges, position)


class MapData(Frozen):
    """Districts and river lines; `source` and `map_number` belong under every map drawn from them."""

    source: str
    map_number: str
    districts: tuple[District, ...]
    river_source: str
    river_name: Name
    rivers: tuple[Line, ...]

    def district_at(self, position: Position) -> District | None:
        """The district a point lies in; None outside the three cities."""
        return next((district for district in self.districts if district.contains(position)), None)

    def city_of(self, position: Position) -> CityCode | None:
        """The city a point lies in; None outside the three cities."""
        district = self.district_at(position)
        return district.city if district else None

    def districts_of(self, city: CityCode) -> tuple[District, ...]:
        """The districts of one city."""
        return tuple(district for district in self.districts if district.city == city)

    def river_distance_km(self, position: Position) -> float:
        """The way to the nearest river line."""
        lines = [np.array(line) for line in self.rivers]
        return min(_nearest_km(line[:-1], line[1:], position) for line in lines)


class _DistrictRow(Frozen):
    code: str
    city: CityCode
    name_zh: str
    name_en: str
    rings: tuple[Line, ...]


class _DistrictsFile(Frozen):
    source: str
    map_number: str
    map_number_note: str = ""
    datum: str = Field(pattern="^wgs84$")
    districts: tuple[_DistrictRow, ...] = Field(min_length=1)


class _RiverFile(Frozen):
    source: str
    datum: str = Field(pattern="^wgs84$")
    name_zh: str
    name_en: str
    lines: tuple[Line, ...] = Field(min_length=1)


def load_map(user_dir: Path | None = None) -> MapData:
    """The map files, the user's before the shipped ones; BadConfiguration when one cannot be used."""
    districts = _read_json(config_file("map/districts.json", user_dir), _DistrictsFile)
    river = _read_json(config_file("map/river.json", user_dir), _RiverFile)
    return MapData(
        source=districts.source,
        map_number=districts.map_number,
        districts=tuple(
            District(code=row.code, city=row.city, name=Name(zh=row.name_zh, en=row.name_en), rings=row.rings)
            for row in districts.districts
        ),
        river_source=river.source,
        river_name=Name(zh=river.name_zh, en=river.name_en),
        rivers=river.lines,
    )


def _read_json(path: Path, model: type[M]) -> M:
    try:
        return model.model_validate_json(path.read_bytes(), strict=True)
    except ValidationError as error:
        raise BadConfiguration(str(path), 1, complaint(telling(error), model)) from None
    except OSError as error:
        problem = _("cannot be read: {error}", error=cause(error))
        raise BadConfiguration(str(path), 1, problem) from None


def _nearest_km(start: NDArray[np.float64], end: NDArray[np.float64], position: Position) -> float:
    """Distance from a point to the nearest of many edges, on a plane that is true near the point."""
    scale = np.array([np.cos(np.radians(position.lat)), 1.0]) * _KM_PER_DEGREE
    here = np.array([position.lon, position.lat])
    from_km, along = (start - here) * scale, (end - start) * scale
    length = np.maximum((along**2).sum(axis=1), 1e-12)
    part = np.clip(-(from_km * along).sum(axis=1) / length, 0.0, 1.0)
    return float(np.hypot(*(from_km + part[:, None] * along).T).min())
