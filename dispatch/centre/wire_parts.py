"""What payloads of every noun have in common: who, where, words, facts."""

import re
from collections.abc import Mapping, Sequence

from dispatch.domain.datum import to_wgs84
from dispatch.domain.geography import Datum, Position
from dispatch.domain.operators import By, Role
from dispatch.domain.units import Capability
from dispatch.feed import payloads
from dispatch.text import safe_text

TEXT_CAP = 400
_NUMBERS = re.compile(r"\d{7,}|1[3-9]\d[ -]?\d{4}[ -]?\d{4}")
"""A caller's number that slipped into free text: seven digits and more, or a mobile number in groups."""


class Refused(Exception):
    """A message that is not taken; the code says why."""


def by(data: payloads.By) -> By:
    """The person at the console; Refused for a program, which has no rights of its own."""
    if data.role == "program":
        raise Refused("no_person")
    return By(operator=safe_text(data.operator, 64), role=Role(data.role), break_glass=data.break_glass)


def by_payload(said: By) -> payloads.By:
    return payloads.By(said.operator, said.role.value, said.break_glass)


def words(text: str, limit: int = TEXT_CAP) -> str:
    """Free text as it is kept and said on: safe for a terminal, without anybody's telephone number."""
    return safe_text(_NUMBERS.sub(lambda found: "*" * len(found[0]), text), limit)


def position(lat: float, lon: float, datum: str) -> Position:
    """A point of the wire; Refused at the edge of the earth, in another datum."""
    try:
        lat, lon = to_wgs84(lat, lon, Datum(datum))
        return Position(lat=lat, lon=lon)
    except ValueError as error:
        raise Refused("malformed") from error


def needs(codes: Sequence[str]) -> frozenset[Capability]:
    """What is needed; Refused for a code that nobody knows."""
    try:
        return frozenset(map(Capability, codes))
    except ValueError as error:
        raise Refused("unknown_capability") from error


def facts_payload(facts: Mapping[str, str | int]) -> dict[str, str | int]:
    """Facts within the limits of the wire."""
    return {
        name[:32]: safe_text(fact, TEXT_CAP) if isinstance(fact, str) else fact
        for name, fact in list(facts.items())[:24]
    }
