"""Pictures and requests as JSON documents, so that a recommendation needs files alone.

Times are ISO 8601 with an offset, coordinates name their datum, unknown fields and keys that stand
twice are refused.
`SCHEMAS` holds what `czt schema NAME` prints.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal, TypeVar

from pydantic import BaseModel, Field, RootModel, ValidationError

from dispatch.decide.ambulances import UnitRanking, UnitRequest, rank_units
from dispatch.decide.blood import BloodRanking, rank_blood
from dispatch.decide.blood_request_document import BloodRequestDocument
from dispatch.decide.document_fields import Code, Place
from dispatch.decide.hospitals import HospitalRanking, HospitalRequest, rank_hospitals
from dispatch.decide.picture_document import PictureDocument
from dispatch.decide.picture_parts import first_twice
from dispatch.decide.rules import BloodRules, DispatchRules
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import Priority
from dispatch.domain.model import Frozen
from dispatch.domain.units import Capability
from dispatch.language import _
from dispatch.text import safe_text
from dispatch.wrong_values import wrong_value

Kind = Literal["unit", "hospital", "blood"]
Ranking = UnitRanking | HospitalRanking | BloodRanking


class BadDocument(DispatchError):
    """A picture or request that cannot be used: which document, where in it, what is wrong."""

    def __init__(self, document: str, path: str, message: str) -> None:
        where = f"{document}: {path}" if path else document
        super().__init__(f"{where}: {message}")
        self.document, self.path, self.message = document, path, message


class UnitRequestDocument(Frozen):
    """What a unit is wanted for."""

    position: Place
    city: Code[CityCode]
    priority: Priority
    patients: int = Field(default=1, ge=1, le=9999)
    needs: frozenset[Capability] = frozenset()
    incident: Code[str] | None = None
    sent: int | None = Field(default=None, ge=0, le=9999, description="units on their way; none: counted")

    def request(self) -> UnitRequest:
        """As the ranking takes it."""
        return UnitRequest(
            position=self.position.position(),
            city=self.city,
            priority=self.priority,
            patients=self.patients,
            needs=self.needs,
            incident=self.incident,
            sent=self.sent,
        )


class HospitalRequestDocument(Frozen):
    """A patient at a place, and what the patient needs."""

    position: Place
    city: Code[CityCode]
    priority: Priority
    needs: frozenset[Capability] = frozenset()
    patients: int = Field(default=1, ge=1, le=9999)

    def request(self) -> HospitalRequest:
        """As the ranking takes it."""
        return HospitalRequest(
            position=self.position.position(),
            city=self.city,
            priority=self.priority,
            needs=self.needs,
            patients=self.patients,
        )


class UnitRankingDocument(RootModel[UnitRanking]):
    """The answer to a unit request."""


class HospitalRankingDocument(RootModel[HospitalRanking]):
    """The answer to a hospital request."""


class BloodRankingDocument(RootModel[BloodRanking]):
    """The answer to a blood request."""


SCHEMAS: dict[str, type[BaseModel]] = {
    "picture": PictureDocument,
    "unit-request": UnitRequestDocument,
    "hospital-request": HospitalRequestDocument,
    "blood-request": BloodRequestDocument,
    "unit-ranking": UnitRankingDocument,
    "hospital-ranking": HospitalRankingDocument,
    "blood-ranking": BloodRankingDocument,
}
"""Name of a document -> its model; `model_json_schema()` gives its JSON Schema."""


def recommend(
    kind: Kind,
    picture_json: str | bytes,
    request_json: str | bytes,
    dispatch_rules: DispatchRules,
    blood_rules: BloodRules,
) -> Ranking:
    """Rank from two JSON documents, as of the picture's own `now`.

    BadDocument names the place of the first fault; UnknownName a city, hospital or component that
    the picture lacks.
    """
    document = read("picture", PictureDocument, picture_json)
    _check_tables(document, blood_rules.compatibility.tables)
    picture = document.to_picture(blood_rules.components.components)
    if kind == "unit":
        wanted = read("request", UnitRequestDocument, request_json)
        return rank_units(picture, wanted.request(), dispatch_rules, document.now)
    if kind == "hospital":
        patient = read("request", HospitalRequestDocument, request_json)
        return rank_hospitals(picture, patient.request(), dispatch_rules, document.now)
    need = read("request", BloodRequestDocument, request_json)
    try:
        return rank_blood(picture, need.request(), blood_rules, document.now)
    except ValidationError as error:
        raise bad_document("request", error) from None
    except ValueError as error:
        raise BadDocument("request", "", str(error)) from None


def to_json(ranking: Ranking, indent: int | None = 2) -> str:
    """A ranking as JSON, every candidate and every exclusion in it."""
    if isinstance(ranking, UnitRanking):
        whole = replace(ranking, candidates=tuple(ranking.candidates), excluded=tuple(ranking.excluded))
        return UnitRankingDocument(whole).model_dump_json(indent=indent)
    if isinstance(ranking, HospitalRanking):
        return HospitalRankingDocument(ranking).model_dump_json(indent=indent)
    return BloodRankingDocument(ranking).model_dump_json(indent=indent)


Document = TypeVar("Document", bound=BaseModel)


def read(name: str, model: type[Document], text: str | bytes) -> Document:
    """Read one document strictly; BadDocument says where it fails and what is allowed."""
    try:
        document = model.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise bad_document(name, error) from None
    # only what fits the model is read again: its depth and the length of its numbers are bounded
    twice = _first_key_twice(text)
    if twice is not None:
        raise BadDocument(
            name, "", _("the key {name} stands twice in one object", name=repr(safe_text(twice)))
        )
    return document


def _first_key_twice(text: str | bytes) -> str | None:
    """A key that one object of a JSON text holds twice: readers differ in which of them they believe."""
    found: list[str] = []

    def note(pairs: list[tuple[str, object]]) -> None:
        keys = [key for key, _value in pairs]
        twice = first_twice(keys)
        if twice is not None:
            found.append(keys[twice])

    json.loads(text, object_pairs_hook=note, parse_int=str, parse_float=str)
    return found[0] if found else None


def _check_tables(document: PictureDocument, tables: Mapping[str, object]) -> None:
    for index, component in enumerate(document.components):
        if component.rule not in tables:
            known = _(
                "{name} is not one of {listed}",
                name=repr(safe_text(component.rule)),
                listed=", ".join(tables),
            )
            raise BadDocument("picture", f"components[{index}].rule", known)


def bad_document(name: str, error: ValidationError) -> BadDocument:
    """The first fault of a document as one sentence."""
    first, *others = error.errors(include_url=False)
    message = wrong_value(first)
    if others:
        message = _("{problem} (and {count} more faults)", problem=message, count=len(others))
    return BadDocument(name, safe_text(_path(first["loc"])), safe_text(message, 400))


def _path(location: Iterable[int | str]) -> str:
    path = ""
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{step}"
    return path.lstrip(".")
