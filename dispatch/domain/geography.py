"""Places on the earth: WGS-84 inside, every input names its datum."""

from enum import StrEnum
from typing import NewType

from haversine import Unit as HaversineUnit
from haversine import haversine
from pydantic import Field

from dispatch.domain.model import Frozen, Name

CityCode = NewType("CityCode", str)
SiteId = NewType("SiteId", str)


class Datum(StrEnum):
    """The coordinate systems met in China."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


class Position(Frozen):
    """A point in WGS-84 degrees."""

    lat: float = Field(ge=-90, le=90, allow_inf_nan=False)
    lon: float = Field(ge=-180, le=180, allow_inf_nan=False)


class City(Frozen):
    """One of the cities that act as one."""

    code: CityCode
    name: Name
    prefix: str = Field(pattern=r"^[A-Z]{2}$", description="starts unit and incident numbers")
    centre: Position
    population_million: float = Field(gt=0)


class Site(Frozen):
    """A named place that an incident can be given by: a hospital, station, landmark or junction."""

    id: SiteId
    city: CityCode
    name: Name
    position: Position
    kind: str = "landmark"
    approx: bool = False
    source: str = ""


class Bridge(Frozen):
    """A crossing of the river that parts a city."""

    id: str
    city: CityCode
    name: Name
    position: Position
    approx: bool = True
    source: str = ""
    closed: bool = False
    """Whether its city has said that nobody passes it now; configuration never says so."""


def great_circle_km(a: Position, b: Position) -> float:
    """Haversine distance in kilometres."""
    return float(haversine((a.lat, a.lon), (b.lat, b.lon), unit=HaversineUnit.KILOMETERS))
