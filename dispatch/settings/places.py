"""Places of a city's file: datum, source, district and identity checked one by one."""

from dispatch.domain.datum import to_wgs84
from dispatch.domain.geography import CityCode, Position, Site, SiteId
from dispatch.language import _, current
from dispatch.settings.complaints import nearest
from dispatch.settings.files import TomlFile
from dispatch.settings.lines import KeyPath
from dispatch.settings.map import District, MapData
from dispatch.settings.tables import PlacesFile, PlaceTable, StationTable

BORDER_TOLERANCE_KM = 2.0
"""How far a place may lie outside its district: borders and positions are both approximate."""


class Ids:
    """Every id given so far, in whatever file: an id names one thing."""

    def __init__(self) -> None:
        self._taken: dict[str, str] = {}

    def claim(self, name: str, file: TomlFile, at: KeyPath) -> None:
        """Take an id; BadConfiguration names the place that took it before."""
        before = self._taken.get(name)
        if before is not None:
            raise file.wrong(at, _("{name}: this id is already used at {before}", name=name, before=before))
        self._taken[name] = f"{file.path.name}:{file.line(at)}"


class Places:
    """Reads the places of one file of one city."""

    def __init__(
        self,
        file: TomlFile,
        content: PlacesFile,
        city: CityCode,
        prefix: str,
        *,
        ground: MapData,
        ids: Ids,
    ) -> None:
        self.file = file
        self.ids = ids
        self.city = city
        self.districts = ground.districts_of(city)
        self._content = content
        self.prefix = prefix
        if not self.districts:
            known = ", ".join(sorted({district.city for district in ground.districts}))
            raise file.wrong((), _("the map knows no city {city}; it knows: {known}", city=city, known=known))

    def site(self, kind: str, row: int, table: PlaceTable) -> Site:
        """One entry of the array of tables `kind`, its position in WGS-84 and in its district."""
        self.claim(table.id, (kind, row, "id"))
        text, approx = self._source(table.source, (kind, row, "source"))
        return Site(
            id=SiteId(table.id),
            city=self.city,
            name=table.name,
            position=self.position(table.position, (kind, row, "position"), table.district),
            kind=kind,
            approx=approx,
            source=text,
        )

    def station(self, row: int, table: StationTable) -> Site:
        """A station that stands by itself; BadConfiguration when it lacks a name or a position."""
        if table.name is None or table.position is None:
            problem = _("{name}: a station needs `hospital`, or `name` and `position`", name=table.id)
            raise self.file.wrong(("station", row), problem)
        own = PlaceTable(id=table.id, name=table.name, position=table.position, source=table.source)
        return self.site("station", row, own)

    def position(self, point: tuple[float, float], at: KeyPath, district: str | None = None) -> Position:
        """A [latitude, longitude] of the file as WGS-84; it must lie in the city, or in `district`."""
        lat, lon = to_wgs84(*point, self._content.datum)
        position = Position(lat=lat, lon=lon)
        areas = [self._district(district, at)] if district else list(self.districts)
        away_km = min(area.distance_km(position) for area in areas)
        if away_km > BORDER_TOLERANCE_KM:
            raise self.file.wrong(
                at,
                _(
                    "{lat:.5f}, {lon:.5f} is {away:.0f} km outside {area}; needed: [lat, lon] in {datum}",
                    lat=lat,
                    lon=lon,
                    away=away_km,
                    area=areas[0].name.text(current()) if district else self.city,
                    datum=self._content.datum,
                ),
            )
        return position

    def claim(self, name: str, at: KeyPath) -> None:
        """Take an id, which must begin with the prefix of the city."""
        if not name.startswith(f"{self.prefix}-"):
            problem = _(
                "{name}: must begin with {prefix}-, the prefix of its city", name=name, prefix=self.prefix
            )
            raise self.file.wrong(at, problem)
        self.ids.claim(name, self.file, at)

    def _district(self, code: str, at: KeyPath) -> District:
        for district in self.districts:
            if district.code == code:
                return district
        known = ", ".join(district.code for district in self.districts)
        key = (*at[:-1], "district")
        raise self.file.wrong(key, _("district {code} is unknown; allowed: {known}", code=code, known=known))

    def _source(self, named: str | None, at: KeyPath) -> tuple[str, bool]:
        key = named or self._content.default_source
        note = self._content.sources.get(key)
        if note is None:
            at = at if named else ("default_source",)
            known = ", ".join(self._content.sources)
            near = nearest(key, list(self._content.sources)) or known
            raise self.file.wrong(
                at, _("source {name} is not under [sources]; did you mean: {known}", name=key, known=near)
            )
        return note.text, note.approx
