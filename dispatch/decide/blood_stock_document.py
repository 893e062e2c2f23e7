"""The stock of blood banks as a JSON document that can be written by hand, and plans from it.

Banks of the configuration need only their id and lots; any other bank says where it is. `SCHEMAS`
holds what `czt schema NAME` prints.
"""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    RootModel,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from dispatch.decide.blood_plan import BloodPlanning, plan_blood
from dispatch.decide.blood_request_document import BloodRequestDocument
from dispatch.decide.document_fields import Code, Moment, Place
from dispatch.decide.documents import BadDocument, bad_document, read
from dispatch.decide.picture_parts import first_twice
from dispatch.decide.reasons import CHINA
from dispatch.decide.rules import BloodRules
from dispatch.domain.blood import Bank, BankId, ComponentCode, Lot, LotId
from dispatch.domain.geography import CityCode
from dispatch.domain.model import Frozen, Name
from dispatch.language import _
from dispatch.picture.cities import Sight
from dispatch.picture.live import Picture
from dispatch.text import safe_text

_LAST_MINUTE = time(23, 59)


def _expiry(value: object) -> object:
    """A date alone means the last minute of that day in China."""
    if not isinstance(value, str):
        raise ValueError(_("an expiry is a time with its offset, or a date, in quotes"))  # noqa: TRY004 - for pydantic
    try:
        if len(value) == len("2026-12-01"):
            return datetime.combine(date.fromisoformat(value), _LAST_MINUTE, CHINA)
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(_("an expiry is a time with its offset, or a date, e.g. 2026-12-01")) from None
    if moment.tzinfo is None:
        raise ValueError(_("an expiry that has a time needs its offset, e.g. +08:00"))
    return moment


Expiry = Annotated[
    Moment,
    BeforeValidator(_expiry),
    WithJsonSchema({"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}]}),
]
"""A time with its offset, or a date."""


class StockLotDocument(Lot):
    """Units that expire together; `expires_at` may be a date."""

    id: Code[LotId]
    component: Code[ComponentCode]
    quantity: int = Field(ge=0, le=10_000_000)
    expires_at: Expiry
    attributes: frozenset[Code[str]] = Field(default=frozenset(), max_length=32)


class StockBankDocument(Frozen):
    """A bank's whole count. `city` and `position` are for a bank that the configuration does not hold."""

    id: Code[BankId]
    city: Code[CityCode] | None = None
    position: Place | None = None
    name: Name | None = None
    counted_at: Moment | None = Field(default=None, description="left out: counted just now")
    complete: bool = True
    lots: tuple[StockLotDocument, ...] = ()

    @model_validator(mode="after")
    def _one_of_each(self) -> "StockBankDocument":
        twice = first_twice(lot.id for lot in self.lots)
        if twice is not None:
            raise ValueError(
                _("{key}: {name} stands twice", key=f"lots[{twice}].id", name=repr(self.lots[twice].id))
            )
        return self

    def bank(self, known: Bank | None) -> Bank:
        """As configured, save for what is said here; ValueError where nobody says where it is."""
        position = self.position.position() if self.position is not None else None
        if known is not None:
            said = {"city": self.city, "position": position, "name": self.name}
            return known.model_copy(update={key: value for key, value in said.items() if value is not None})
        if self.city is None or position is None:
            raise ValueError(_("this bank is not in the configuration: city and position are missing"))
        return Bank(
            id=self.id, city=self.city, name=self.name or Name(zh=self.id, en=self.id), position=position
        )


class BloodStockDocument(Frozen):
    """What the banks hold at one moment `now`."""

    version: Literal[1] = 1
    now: Moment
    banks: tuple[StockBankDocument, ...] = ()

    @model_validator(mode="after")
    def _hangs_together(self) -> "BloodStockDocument":
        twice = first_twice(bank.id for bank in self.banks)
        if twice is not None:
            raise ValueError(
                _("{key}: {name} stands twice", key=f"banks[{twice}].id", name=repr(self.banks[twice].id))
            )
        for row, bank in enumerate(self.banks):
            if bank.counted_at is not None and bank.counted_at > self.now:
                raise ValueError(_("{key}: is later than now", key=f"banks[{row}].counted_at"))
        return self

    def put_into(self, picture: Picture) -> None:
        """Make these the only banks of a picture, and their cities seen; BadDocument says what is unknown."""
        standing, picture.banks = picture.banks, {}
        for row, said in enumerate(self.banks):
            try:
                bank = said.bank(standing.get(said.id))
            except ValueError as error:
                raise BadDocument("stock", f"banks[{row}]", str(error)) from None
            _known(f"banks[{row}].city", bank.city, picture.cities)
            for place, lot in enumerate(said.lots):
                _known(f"banks[{row}].lots[{place}].component", lot.component, picture.components)
            picture.banks[bank.id] = bank
            lots = [Lot(**{name: getattr(lot, name) for name in Lot.model_fields}) for lot in said.lots]
            counted_at = said.counted_at or self.now
            picture.stock.apply_snapshot(bank.id, 0, counted_at, counted_at, lots)
            picture.stock.banks[bank.id].complete = said.complete
        for view in picture.sight.values():
            view.sight, view.since = Sight.LIVE, self.now


class BloodPlanDocument(RootModel[BloodPlanning]):
    """The answer to a blood request: plans for each component, and their joint ladder."""


SCHEMAS: dict[str, type[BaseModel]] = {"blood-stock": BloodStockDocument, "blood-plan": BloodPlanDocument}


def plan(
    stock_json: str | bytes, request_json: str | bytes, picture: Picture, rules: BloodRules
) -> BloodPlanning:
    """Plan from two JSON documents, as of the stock's own `now`; `picture` has the standing facts.

    BadDocument names the place of the first fault; UnknownName a hospital, component, antigen, pack or
    triage class that there is not.
    """
    stock = read("stock", BloodStockDocument, stock_json)
    wish = read("request", BloodRequestDocument, request_json)
    stock.put_into(picture)
    try:
        needs, wanted = wish.needs(rules, picture.components)
    except ValidationError as error:
        raise bad_document("request", error) from None
    except ValueError as error:
        raise BadDocument("request", "", str(error)) from None
    return plan_blood(picture, needs, rules, stock.now, pack=wish.pack, wanted=wanted)


def to_json(planning: BloodPlanning, indent: int | None = 2) -> str:
    """Everything that was found, as JSON."""
    return BloodPlanDocument(planning).model_dump_json(indent=indent)


def _known(path: str, code: str, known: Iterable[str]) -> None:
    if code not in (there := list(known)):
        allowed = ", ".join(there)
        raise BadDocument(
            "stock", path, _("{name} is not one of {listed}", name=repr(safe_text(code)), listed=allowed)
        )
