"""What the tables of cities/<city>.toml and sites/<city>.toml may say."""

from typing import Annotated

from pydantic import Field

from dispatch.domain.blood import BankKind
from dispatch.domain.geography import Datum
from dispatch.domain.model import Frozen, Name
from dispatch.domain.units import Capability

Id = Annotated[str, Field(pattern=r"^[A-Z]{2}-[A-Z0-9-]{1,40}$")]
LatLon = tuple[Annotated[float, Field(ge=-90, le=90)], Annotated[float, Field(ge=-180, le=180)]]


class SourceNote(Frozen):
    """Where facts come from; `approx`: a person has to confirm them before use."""

    text: str = Field(min_length=1)
    approx: bool


class PlaceTable(Frozen):
    """What every named place has; `position` is [latitude, longitude] in the file's datum."""

    id: Id
    name: Name
    position: LatLon
    source: str | None = None
    district: str | None = None


class BankTable(PlaceTable):
    """A blood bank: a station, or a hospital's own."""

    kind: BankKind = BankKind.HOSPITAL


class SiteTable(PlaceTable):
    """A landmark, rail or road junction; `kind` is free."""

    kind: str = Field(default="landmark", pattern="^[a-z_]{2,20}$")


class HospitalTable(PlaceTable):
    """A hospital that receives patients."""

    capabilities: frozenset[Capability] = frozenset()


class StationTable(Frozen):
    """An ambulance station, at a hospital or with its own name and position; `units`: kind -> how many."""

    id: Id
    hospital: str | None = None
    name: Name | None = None
    position: LatLon | None = None
    source: str | None = None
    units: dict[str, Annotated[int, Field(ge=0, le=500)]] = {}


class UnitTable(Frozen):
    """One ambulance named by itself, beside the counted ones of its station."""

    id: Id
    station: str
    kind: str
    plate: str = ""


class CityTable(Frozen):
    """The head of a city's file."""

    name: Name
    prefix: str = Field(pattern=r"^[A-Z]{2}$")
    centre: LatLon
    population_million: float = Field(gt=0, lt=100)


class DistrictTable(Frozen):
    """How many people live in a district of the map; the number weighs calls and coverage."""

    code: str = Field(pattern=r"^\d{6}$")
    population_million: float = Field(gt=0, lt=100)


class PlacesFile(Frozen):
    """What cities/ and sites/ files share: the datum of every position and the notes on sources."""

    datum: Datum
    default_source: str
    sources: dict[str, SourceNote]


class CityFile(PlacesFile):
    """cities/<city>.toml."""

    city: CityTable
    district: tuple[DistrictTable, ...]
    hospital: tuple[HospitalTable, ...] = ()
    station: tuple[StationTable, ...] = ()
    unit: tuple[UnitTable, ...] = ()
    bank: tuple[BankTable, ...] = ()
    bridge: tuple[PlaceTable, ...] = ()


class SitesFile(PlacesFile):
    """sites/<city>.toml."""

    site: tuple[SiteTable, ...] = ()
