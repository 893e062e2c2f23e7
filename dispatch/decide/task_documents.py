"""Requests and answers for a free unit and for many hurt at once, as JSON documents."""

from typing import Literal

from pydantic import BaseModel, Field, RootModel, model_validator

from dispatch.decide.document_fields import Code, Place
from dispatch.decide.documents import BadDocument, read
from dispatch.decide.mass import places_of, plan_mass
from dispatch.decide.mass_models import MassPlace, MassPlan, MassRequest
from dispatch.decide.next_task import NextRanking, NextRequest, next_for_unit
from dispatch.decide.picture_document import PictureDocument
from dispatch.decide.picture_parts import first_twice
from dispatch.decide.rules import BloodRules, DispatchRules
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import IncidentId
from dispatch.domain.model import Frozen
from dispatch.domain.units import Capability, UnitId
from dispatch.language import _
from dispatch.picture.live import Picture

TaskKind = Literal["next", "mass"]
Advice = NextRanking | MassPlan


class NextRequestDocument(Frozen):
    """The unit that is free."""

    unit: Code[UnitId]


class MassPlaceDocument(Frozen):
    """A place that no incident stands for yet, with its patients by triage class."""

    id: Code[str]
    position: Place
    city: Code[CityCode]
    red: int = Field(default=0, ge=0, le=9999, description="priority 1")
    yellow: int = Field(default=0, ge=0, le=9999, description="priority 2")
    green: int = Field(default=0, ge=0, le=9999, description="priority 3")
    needs: frozenset[Capability] = frozenset()

    def place(self) -> MassPlace:
        """As the plan takes it."""
        patients = (self.red, self.yellow, self.green)
        return MassPlace(
            id=self.id,
            position=self.position.position(),
            city=self.city,
            patients=patients,
            needs=self.needs,
        )


class MassRequestDocument(Frozen):
    """Places with patients by triage class, incidents of the picture, or both."""

    places: tuple[MassPlaceDocument, ...] = Field(default=(), max_length=100)
    incidents: tuple[Code[IncidentId], ...] = Field(default=(), max_length=100)

    @model_validator(mode="after")
    def _names_each_once(self) -> "MassRequestDocument":
        ids = [*(place.id for place in self.places), *self.incidents]
        if not ids:
            raise ValueError(_("name places, incidents or both"))
        twice = first_twice(ids)
        if twice is not None:
            raise ValueError(_("{name} stands twice", name=repr(ids[twice])))
        return self

    def request(self, picture: Picture) -> MassRequest:
        """As the plan takes it; incidents are looked up in the picture."""
        return MassRequest(
            places=(*(place.place() for place in self.places), *places_of(picture, self.incidents))
        )


class NextRankingDocument(RootModel[NextRanking]):
    """The answer for a free unit."""


class MassPlanDocument(RootModel[MassPlan]):
    """The answer for many hurt at once."""


SCHEMAS: dict[str, type[BaseModel]] = {
    "next-request": NextRequestDocument,
    "next-ranking": NextRankingDocument,
    "mass-request": MassRequestDocument,
    "mass-plan": MassPlanDocument,
}
"""Name of a document -> its model."""


def advise(
    kind: TaskKind,
    picture_json: str | bytes,
    request_json: str | bytes,
    dispatch_rules: DispatchRules,
    blood_rules: BloodRules,
) -> tuple[Advice, Picture]:
    """The answer from two JSON documents, as of the picture's own `now`, and the picture it is about.

    BadDocument names the place of the first fault; UnknownName what the picture lacks.
    """
    document = read("picture", PictureDocument, picture_json)
    picture = document.to_picture(blood_rules.components.components)
    if kind == "next":
        unit = read("request", NextRequestDocument, request_json)
        return next_for_unit(picture, NextRequest(unit=unit.unit), dispatch_rules, document.now), picture
    wanted = read("request", MassRequestDocument, request_json)
    return plan_mass(picture, wanted.request(picture), dispatch_rules, document.now), picture


def advice_json(advice: Advice, indent: int | None = 2) -> str:
    """An answer as JSON, everything in it."""
    if isinstance(advice, NextRanking):
        return NextRankingDocument(advice).model_dump_json(indent=indent)
    return MassPlanDocument(advice).model_dump_json(indent=indent)


__all__ = ["SCHEMAS", "BadDocument", "advice_json", "advise"]
