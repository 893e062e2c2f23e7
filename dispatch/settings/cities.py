"""The files of one city, cities/<city>.toml and sites/<city>.toml, as domain values."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

from dispatch.domain.blood import Bank, BankId
from dispatch.domain.errors import BadConfiguration
from dispatch.domain.geography import Bridge, City, CityCode, Site, SiteId
from dispatch.domain.hospitals import Hospital, HospitalId
from dispatch.domain.model import Frozen, Name
from dispatch.domain.units import Capability, Unit, UnitId
from dispatch.language import LANGUAGES, N_, _, say
from dispatch.settings.complaints import nearest
from dispatch.settings.files import TomlFile
from dispatch.settings.lines import KeyPath
from dispatch.settings.map import MapData
from dispatch.settings.places import Ids, Places
from dispatch.settings.tables import CityFile, SitesFile

VehicleKinds = Mapping[str, frozenset[Capability]]
"""Kind of vehicle -> what it can do, from settings.toml."""


class DistrictPeople(Frozen):
    """A district of the map and how many people live there."""

    code: str
    city: CityCode
    name: Name
    population_million: float


@dataclass(frozen=True, slots=True)
class CityFacts:
    """Everything the files of one city say."""

    city: City
    districts: tuple[DistrictPeople, ...]
    hospitals: tuple[Hospital, ...]
    stations: tuple[Site, ...]
    banks: tuple[Bank, ...]
    bridges: tuple[Bridge, ...]
    units: tuple[Unit, ...]


def read_city(path: Path, ground: MapData, kinds: VehicleKinds, ids: Ids) -> CityFacts:
    """cities/<city>.toml; the file's name is the city's code, and the map must know the city."""
    file = TomlFile(path)
    content = file.read(CityFile)
    head = content.city
    places = Places(file, content, CityCode(path.stem), head.prefix, ground=ground, ids=ids)
    city = City(
        code=places.city,
        name=head.name,
        prefix=head.prefix,
        centre=places.position(head.centre, ("city", "centre")),
        population_million=head.population_million,
    )
    hospitals = _hospitals(places, content)
    return CityFacts(
        city=city,
        districts=tuple(_districts(places, content)),
        hospitals=hospitals,
        stations=tuple(_stations(places, content, hospitals)),
        banks=_banks(places, content),
        bridges=_bridges(places, content),
        units=tuple(_units(places, content, kinds)),
    )


def read_sites(path: Path, cities: Sequence[City], ground: MapData, ids: Ids) -> tuple[Site, ...]:
    """sites/<city>.toml: the landmarks and junctions of a city that already has its own file."""
    file = TomlFile(path)
    city = next((city for city in cities if city.code == path.stem), None)
    if city is None:
        raise _unknown(file, (), path.stem, [city.code for city in cities])
    content = file.read(SitesFile)
    places = Places(file, content, city.code, city.prefix, ground=ground, ids=ids)
    return tuple(
        places.site("site", row, table).model_copy(update={"kind": table.kind})
        for row, table in enumerate(content.site)
    )


def _districts(places: Places, content: CityFile) -> Iterator[DistrictPeople]:
    """Every district of the city on the map, each exactly once."""
    on_map = {district.code: district for district in places.districts}
    for row, table in enumerate(content.district):
        district = on_map.pop(table.code, None)
        if district is None:
            raise places.file.wrong(
                ("district", row, "code"),
                _(
                    "district {code} is not on the map of this city or stands here twice; missing: {missing}",
                    code=table.code,
                    missing=", ".join(sorted(on_map)),
                ),
            )
        yield DistrictPeople(
            code=district.code,
            city=places.city,
            name=district.name,
            population_million=table.population_million,
        )
    if on_map:
        missing = ", ".join(sorted(on_map))
        raise places.file.wrong(
            ("district",), _("districts without a population: {missing}", missing=missing)
        )


def _hospitals(places: Places, content: CityFile) -> tuple[Hospital, ...]:
    sites = (places.site("hospital", row, table) for row, table in enumerate(content.hospital))
    return tuple(
        Hospital(
            id=HospitalId(site.id),
            city=site.city,
            name=site.name,
            position=site.position,
            capabilities=table.capabilities,
            approx=site.approx,
            source=site.source,
        )
        for site, table in zip(sites, content.hospital, strict=True)
    )


def _banks(places: Places, content: CityFile) -> tuple[Bank, ...]:
    sites = [places.site("bank", row, table) for row, table in enumerate(content.bank)]
    return tuple(
        Bank(
            id=BankId(site.id),
            city=site.city,
            name=site.name,
            position=site.position,
            kind=table.kind,
            approx=site.approx,
            source=site.source,
        )
        for site, table in zip(sites, content.bank, strict=True)
    )


def _bridges(places: Places, content: CityFile) -> tuple[Bridge, ...]:
    sites = (places.site("bridge", row, table) for row, table in enumerate(content.bridge))
    return tuple(
        Bridge(
            id=site.id,
            city=site.city,
            name=site.name,
            position=site.position,
            approx=site.approx,
            source=site.source,
        )
        for site in sites
    )


def _stations(places: Places, content: CityFile, hospitals: tuple[Hospital, ...]) -> Iterator[Site]:
    """A station stands at its hospital, or has a name and a position of its own."""
    hosts = {str(hospital.id): hospital for hospital in hospitals}
    for row, table in enumerate(content.station):
        if table.hospital is None:
            yield places.station(row, table)
            continue
        places.claim(table.id, ("station", row, "id"))
        host = hosts.get(table.hospital)
        if host is None:
            raise _unknown(places.file, ("station", row, "hospital"), table.hospital, list(hosts))
        yield Site(
            id=SiteId(table.id),
            city=places.city,
            name=table.name or _station_of(host.name),
            position=host.position,
            kind="station",
            approx=host.approx,
            source=host.source,
        )


STATION_OF = N_("{hospital} Ambulance Station")


def _station_of(hospital: Name) -> Name:
    """What a station without a name of its own is called: after its hospital."""
    spoken = {language: say(language, STATION_OF, hospital=hospital.text(language)) for language in LANGUAGES}
    return Name(zh=spoken["zh_CN"], en=spoken["en"])


def _units(places: Places, content: CityFile, kinds: VehicleKinds) -> Iterator[Unit]:
    """Counted units numbered in the order of the file, around the ids of those named one by one."""
    named = {table.id for table in content.unit}
    numbers = (f"{places.prefix}-{number:03}" for number in count(1))
    free = (number for number in numbers if number not in named)
    for row, station in enumerate(content.station):
        for kind, how_many in station.units.items():
            capabilities = _kind(places.file, ("station", row, "units"), kind, kinds)
            for unit in islice(free, how_many):
                places.claim(unit, ("station", row, "units"))
                yield Unit(
                    id=UnitId(unit), city=places.city, station=SiteId(station.id), capabilities=capabilities
                )
    yield from _named_units(places, content, kinds)


def _named_units(places: Places, content: CityFile, kinds: VehicleKinds) -> Iterator[Unit]:
    stations = [station.id for station in content.station]
    for row, table in enumerate(content.unit):
        places.claim(table.id, ("unit", row, "id"))
        if table.station not in stations:
            raise _unknown(places.file, ("unit", row, "station"), table.station, stations)
        yield Unit(
            id=UnitId(table.id),
            city=places.city,
            station=SiteId(table.station),
            capabilities=_kind(places.file, ("unit", row, "kind"), table.kind, kinds),
            plate=table.plate,
        )


def _kind(file: TomlFile, at: KeyPath, kind: str, kinds: VehicleKinds) -> frozenset[Capability]:
    if kind not in kinds:
        raise _unknown(file, at, kind, list(kinds))
    return kinds[kind]


def _unknown(file: TomlFile, at: KeyPath, name: str, known: list[str]) -> BadConfiguration:
    """A reference to something that this file does not have."""
    near = nearest(name, known)
    listed = near or ", ".join(known)
    return file.wrong(
        at, _("{name}: there is no such entry; did you mean: {listed}", name=name, listed=listed)
    )
