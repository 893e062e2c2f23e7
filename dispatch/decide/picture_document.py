"""The live picture as a JSON document, and back."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from pydantic import Field, model_validator

from dispatch.clock import epoch_ms, from_epoch_ms
from dispatch.decide.document_fields import Moment
from dispatch.decide.picture_parts import (
    BankDaysDocument,
    BankDocument,
    BridgeDocument,
    CityDocument,
    ComponentDocument,
    FixDocument,
    GroupDaysDocument,
    HospitalDocument,
    IncidentDocument,
    LotDocument,
    SiteDocument,
    StatusDocument,
    StockDocument,
    UnitDocument,
    UnitStatusDocument,
    first_twice,
)
from dispatch.domain.blood import Bank, Component, Lot
from dispatch.domain.geography import Bridge, City, CityCode, Position, Site
from dispatch.domain.hospitals import Hospital, HospitalStatus
from dispatch.domain.incidents import Incident
from dispatch.domain.model import Frozen
from dispatch.domain.units import Unit, UnitStatus
from dispatch.language import _
from dispatch.picture.fleet import UnitView
from dispatch.picture.live import Picture
from dispatch.picture.stock import BankStock
from dispatch.picture.stock_days import BankDays, DayCounts

_KEYS = {
    "cities": "code",
    "sites": "id",
    "bridges": "id",
    "hospitals": "id",
    "components": "code",
    "banks": "id",
    "units": "id",
    "incidents": "id",
}
"""Kind of part -> the field that tells its parts apart."""


class PictureDocument(Frozen):
    """Everything a recommendation looks at, at one moment `now`. All coordinates are WGS-84."""

    version: Literal[1] = 1
    now: Moment
    datum: Literal["wgs84"]
    cities: tuple[CityDocument, ...] = Field(min_length=1)
    sites: tuple[SiteDocument, ...] = ()
    bridges: tuple[BridgeDocument, ...] = ()
    hospitals: tuple[HospitalDocument, ...] = ()
    components: tuple[ComponentDocument, ...] = Field(default=(), description="none: those of the rules")
    banks: tuple[BankDocument, ...] = ()
    units: tuple[UnitDocument, ...] = ()
    incidents: tuple[IncidentDocument, ...] = ()

    @model_validator(mode="after")
    def _hangs_together(self) -> "PictureDocument":
        for kind, key in _KEYS.items():
            ids = [getattr(item, key) for item in getattr(self, kind)]
            twice = first_twice(ids)
            if twice is not None:
                raise ValueError(
                    _("{key}: {name} stands twice", key=f"{kind}[{twice}].{key}", name=repr(ids[twice]))
                )
        codes = [city.code for city in self.cities]
        for kind in ("sites", "bridges", "hospitals", "banks", "units", "incidents"):
            for index, item in enumerate(getattr(self, kind)):
                if item.city not in codes:
                    raise ValueError(
                        _(
                            "{key}: {name} is not one of {listed}",
                            key=f"{kind}[{index}].city",
                            name=repr(item.city),
                            listed=", ".join(codes),
                        )
                    )
        return self

    def to_picture(self, components: Iterable[Component] = ()) -> Picture:
        """The picture in memory; `components` serve where the document names none."""
        picture = Picture(
            cities=[City(**_plain(city, City)) for city in self.cities],
            hospitals=[Hospital(**_plain(hospital, Hospital)) for hospital in self.hospitals],
            banks=[Bank(**_plain(bank, Bank)) for bank in self.banks],
            components=[Component(**_plain(c, Component)) for c in self.components] or components,
            sites=[Site(**_plain(site, Site)) for site in self.sites],
            bridges=[Bridge(**_plain(bridge, Bridge)) for bridge in self.bridges],
            units=[Unit(**_plain(unit, Unit)) for unit in self.units],
        )
        for city in self.cities:
            picture.sight[city.code].sight = city.sight
            picture.sight[city.code].since = city.since
        for hospital in self.hospitals:
            if hospital.status is not None:
                said = HospitalStatus(**_plain(hospital.status, HospitalStatus))
                picture.hospital_status[hospital.id] = said
        for bank in self.banks:
            _put_stock(picture, bank)
            _put_days(picture, bank)
        for unit in self.units:
            _put_unit(picture, unit)
        picture.incidents = {i.id: Incident(**_plain(i, Incident)) for i in self.incidents}
        return picture

    @classmethod
    def from_picture(cls, picture: Picture, now: datetime) -> "PictureDocument":
        """The document of a live picture at `now`."""
        return cls(
            now=now,
            datum="wgs84",
            cities=tuple(_city(picture, city) for city in picture.cities.values()),
            sites=tuple(SiteDocument(**_plain(site, Site)) for site in picture.sites.values()),
            bridges=tuple(BridgeDocument(**_plain(bridge, Bridge)) for bridge in picture.bridges),
            hospitals=tuple(_hospital(picture, hospital) for hospital in picture.hospitals.values()),
            components=tuple(ComponentDocument(**_plain(c, Component)) for c in picture.components.values()),
            banks=tuple(_bank(picture, bank) for bank in picture.banks.values()),
            units=tuple(_unit(view) for view in picture.fleet),
            incidents=tuple(IncidentDocument(**_plain(i, Incident)) for i in picture.incidents.values()),
        )


def _plain(item: Frozen, model: type[Frozen]) -> dict[str, object]:
    """The fields that `item` shares with its domain model, values as they are."""
    return {name: getattr(item, name) for name in model.model_fields}


def _put_days(picture: Picture, bank: BankDocument) -> None:
    if bank.days is not None:
        series = {
            (one.component, one.group): DayCounts(one.issued, one.issues, one.on_hand)
            for one in bank.days.series
        }
        picture.stock.apply_days(BankDays(bank.id, bank.days.first_day, bank.days.said_at, series))


def _put_stock(picture: Picture, bank: BankDocument) -> None:
    stock = bank.stock
    if stock is None:
        return
    lots = {lot.id: Lot(**_plain(lot, Lot)) for lot in stock.lots}
    received = stock.received_at or stock.counted_at
    picture.stock.banks[bank.id] = BankStock(
        bank.id, stock.sequence, stock.counted_at, received, lots, stock.complete
    )


def _put_unit(picture: Picture, unit: UnitDocument) -> None:
    if unit.fix is not None:
        fix = unit.fix
        picture.fleet.apply_fix(
            unit.id,
            fix.lat,
            fix.lon,
            epoch_ms(fix.fixed_at),
            epoch_ms(fix.received_at or fix.fixed_at),
            accuracy_m=fix.accuracy_m,
            speed_kmh=fix.speed_kmh,
            heading_deg=fix.heading_deg,
        )
    if unit.status is not None:
        picture.fleet.apply_status(unit.id, UnitStatus(**_plain(unit.status, UnitStatus)))


def _city(picture: Picture, city: City) -> CityDocument:
    view = picture.sight[CityCode(city.code)]
    return CityDocument(**_plain(city, City), sight=view.sight, since=view.since)


def _hospital(picture: Picture, hospital: Hospital) -> HospitalDocument:
    said = picture.hospital_status.get(hospital.id)
    status = StatusDocument(**_plain(said, HospitalStatus)) if said is not None else None
    return HospitalDocument(**_plain(hospital, Hospital), status=status)


def _bank(picture: Picture, bank: Bank) -> BankDocument:
    held, days = picture.stock.banks.get(bank.id), _days(picture.stock.days.get(bank.id))
    if held is None:
        return BankDocument(**_plain(bank, Bank), days=days)
    stock = StockDocument(
        sequence=held.sequence,
        counted_at=held.counted_at,
        received_at=held.received_at,
        complete=held.complete,
        lots=tuple(LotDocument(**_plain(lot, Lot)) for lot in held.lots.values()),
    )
    return BankDocument(**_plain(bank, Bank), stock=stock, days=days)


def _days(held: BankDays | None) -> BankDaysDocument | None:
    if held is None:
        return None
    series = (
        GroupDaysDocument(
            component=component, group=group, issued=of.issued, issues=of.issues, on_hand=of.on_hand
        )
        for (component, group), of in held.series.items()
    )
    return BankDaysDocument(first_day=held.first_day, said_at=held.said_at, series=tuple(series))


def _unit(view: UnitView) -> UnitDocument:
    fix = status = None
    if view.fix is not None and view.received_ms is not None:
        position: Position = view.fix.position
        fix = FixDocument(
            lat=position.lat,
            lon=position.lon,
            fixed_at=view.fix.fixed_at,
            received_at=from_epoch_ms(view.received_ms),
            accuracy_m=view.fix.accuracy_m,
            speed_kmh=view.fix.speed_kmh,
            heading_deg=view.fix.heading_deg,
        )
    if view.status is not None:
        status = UnitStatusDocument(**_plain(view.status, UnitStatus))
    return UnitDocument(**_plain(view.unit, Unit), fix=fix, status=status)
