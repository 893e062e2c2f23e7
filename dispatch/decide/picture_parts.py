"""The parts of a picture document: domain values with what was last said of them."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from dispatch.decide.document_fields import Code, Moment
from dispatch.decide.rule_set import Minutes
from dispatch.domain.blood import Bank, BankId, BloodGroup, Component, ComponentCode, Lot, LotId
from dispatch.domain.geography import Bridge, City, CityCode, Site, SiteId
from dispatch.domain.hospitals import Hospital, HospitalId, HospitalStatus
from dispatch.domain.incidents import Incident, IncidentId
from dispatch.domain.model import Frozen
from dispatch.domain.units import StateSource, Unit, UnitId, UnitState
from dispatch.language import _
from dispatch.picture.cities import Sight


def first_twice(ids: Iterable[str]) -> int | None:
    """The index of the first id that was there before."""
    seen: set[str] = set()
    for index, code in enumerate(ids):
        if code in seen:
            return index
        seen.add(code)
    return None


def _state(value: object) -> object:
    if isinstance(value, str) and value in UnitState.__members__:
        return UnitState[value]
    if type(value) is int and 0 <= value <= 9:
        return UnitState(value)
    if isinstance(value, UnitState):
        return value
    raise ValueError(
        _("state must be a digit 0 to 9 or one of {listed}", listed=", ".join(UnitState.__members__))
    )


DayAmount = Annotated[int, Field(ge=0, le=10_000_000)]
State = Annotated[
    UnitState,
    BeforeValidator(_state),
    PlainSerializer(lambda state: state.name, return_type=str),
    WithJsonSchema({"enum": [*UnitState.__members__, *range(10)]}),
]
"""A unit state by its name or by its digit."""


class CityDocument(City):
    """A city, and how well it can be seen: `since` is when that began."""

    code: Code[CityCode]
    population_million: float = Field(gt=0, le=1_000, allow_inf_nan=False)
    sight: Sight = Sight.LIVE
    since: Moment | None = None


class SiteDocument(Site):
    """A named place."""

    id: Code[SiteId]
    city: Code[CityCode]


class BridgeDocument(Bridge):
    """A crossing of the river."""

    id: Code[str]
    city: Code[CityCode]


class ComponentDocument(Component):
    """A blood component; `rule` names a compatibility table of the rules."""

    code: Code[ComponentCode]
    preparation_min: Minutes


class StatusDocument(HospitalStatus):
    """What a hospital last said of itself."""

    said_at: Moment


class HospitalDocument(Hospital):
    """A hospital; no `status`: it never reported."""

    id: Code[HospitalId]
    city: Code[CityCode]
    status: StatusDocument | None = None


class LotDocument(Lot):
    """Units that expire together."""

    id: Code[LotId]
    component: Code[ComponentCode]
    expires_at: Moment


class StockDocument(Frozen):
    """A bank's whole count."""

    sequence: int = Field(default=0, ge=0)
    counted_at: Moment
    received_at: Moment | None = None
    complete: bool = True
    lots: tuple[LotDocument, ...] = ()

    @model_validator(mode="after")
    def _one_of_each(self) -> "StockDocument":
        twice = first_twice(lot.id for lot in self.lots)
        if twice is not None:
            raise ValueError(
                _("{key}: {name} stands twice", key=f"lots[{twice}].id", name=repr(self.lots[twice].id))
            )
        return self


class GroupDaysDocument(Frozen):
    """One component and group by day, the oldest first; null where a day is not known."""

    component: Code[ComponentCode]
    group: BloodGroup
    issued: tuple[DayAmount | None, ...] = Field(default=(), max_length=62)
    issues: tuple[DayAmount | None, ...] = Field(default=(), max_length=62)
    on_hand: tuple[DayAmount | None, ...] = Field(default=(), max_length=62)


class BankDaysDocument(Frozen):
    """What a bank issued and held on its last whole days in China."""

    first_day: date
    said_at: Moment
    series: tuple[GroupDaysDocument, ...] = ()

    @model_validator(mode="after")
    def _one_of_each(self) -> "BankDaysDocument":
        twice = first_twice(f"{one.component} {one.group}" for one in self.series)
        if twice is not None:
            raise ValueError(_("{key}: this component and group stand twice", key=f"series[{twice}]"))
        return self


class BankDocument(Bank):
    """A bank; no `stock`: it never reported; no `days`: it never told its days."""

    id: Code[BankId]
    city: Code[CityCode]
    stock: StockDocument | None = None
    days: BankDaysDocument | None = None


class FixDocument(Frozen):
    """The newest fix of a unit."""

    lat: float = Field(ge=-90, le=90, allow_inf_nan=False)
    lon: float = Field(ge=-180, le=180, allow_inf_nan=False)
    fixed_at: Moment
    received_at: Moment | None = None
    accuracy_m: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    speed_kmh: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    heading_deg: float | None = Field(default=None, ge=0, lt=360, allow_inf_nan=False)


class UnitStatusDocument(Frozen):
    """The state of a unit as its own city wrote it."""

    state: State
    since: Moment
    source: StateSource = StateSource.TERMINAL
    incident: Code[str] | None = None
    task: Code[str] | None = None
    destination: Code[str] | None = None
    reason: str | None = None


class UnitDocument(Unit):
    """A unit with its last fix and status; left out: never heard."""

    id: Code[UnitId]
    city: Code[CityCode]
    station: Code[SiteId] | None = None
    fix: FixDocument | None = None
    status: UnitStatusDocument | None = None


class IncidentDocument(Incident):
    """An incident."""

    id: Code[IncidentId]
    city: Code[CityCode]
    units: tuple[Code[UnitId], ...] = ()
    opened_at: Moment
