"""A place as an operator gives it: latitude and longitude with a datum, or the name of a site."""

import re
from dataclasses import dataclass

from dispatch.console.ports import Desk
from dispatch.console.results import Misread
from dispatch.domain.datum import to_wgs84
from dispatch.domain.geography import Datum, Position
from dispatch.language import N_, _, current
from dispatch.picture.find import Found
from dispatch.text import fold, matches, safe_text

DATUM_NAMES = {Datum.WGS84: "WGS-84", Datum.GCJ02: "GCJ-02", Datum.BD09: "BD-09"}
_PAIR = re.compile(r"(?P<lat>-?\d{1,3}(?:\.\d+)?)\s*[,\s/;]\s*(?P<lon>-?\d{1,3}(?:\.\d+)?)")


FOUND_KINDS = {
    "unit": N_("unit"),
    "incident": N_("incident"),
    "site": N_("place"),
    "hospital": N_("hospital"),
    "bank": N_("blood bank"),
}


_PLACES = frozenset({"site", "hospital", "bank"})
_LOOKED_AT = 40
_NAMED = 4
_ONE_KIND = 100
"""Fits of one hundred are of one kind: exact, beginning, initials, within (text.matches)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an incident is: a position in its own datum, and what to call it."""

    position: Position
    datum: Datum
    name: str

    @property
    def wgs84(self) -> Position:
        """Where it is on our map."""
        lat, lon = to_wgs84(self.position.lat, self.position.lon, self.datum)
        return Position(lat=lat, lon=lon)


def read_pair(text: str) -> Position | None:
    """The position of "28.19,112.98" (latitude first; a pair that can only be the other way is turned)."""
    found = _PAIR.fullmatch(fold(text).strip())
    if not found:
        return None
    lat, lon = float(found["lat"]), float(found["lon"])
    if abs(lat) > 90 >= abs(lon):
        lat, lon = lon, lat
    if abs(lat) > 90 or abs(lon) > 180:
        return None
    return Position(lat=lat, lon=lon)


def read_place(text: str, desk: Desk, datum: Datum = Datum.WGS84, *, sure: bool = False) -> Place | None:
    """The place a text names: a pair of degrees in `datum`, else the best find that has a position.

    `sure`: Misread where another find fits as well, for there nobody sees what was taken before it counts.
    """
    pair = read_pair(text)
    if pair is not None:
        return Place(pair, datum, _pair_name(pair, datum, desk))
    finds = _finds(text, desk)
    if not finds:
        return None
    best, position = finds[0]
    if sure and len(finds) > 1 and _fit(text, finds[1][0]) // _ONE_KIND == _fit(text, best) // _ONE_KIND:
        names = _(", ").join(found.name.text(current()) for found, _position in finds[:_NAMED])
        raise Misread(_("{word} may mean {names}: type more of it", word=safe_text(text, 40), names=names))
    return Place(position, Datum.WGS84, best.name.text(current()))


def _finds(text: str, desk: Desk) -> list[tuple[Found, Position]]:
    """The best first; at the same fit the own city before the others, a hospital before its blood bank."""
    found = [one for one in desk.find(text, _LOOKED_AT) if one.kind in _PLACES]
    finds = [(one, one.position) for one in found if one.position is not None]
    finds.sort(key=lambda pair: (-_fit(text, pair[0]), pair[0].city != desk.home_city))
    places = [pair for pair in finds if pair[0].kind != "bank"]
    return places or finds


def _fit(text: str, found: Found) -> int:
    """How well a name fits; what it says in brackets need not be typed."""
    return matches(text, (*_spoken(found.name.zh), *_spoken(found.name.en)))


def _spoken(name: str) -> tuple[str, str]:
    return name, re.split(r"[（(]", name)[0].strip()


def _pair_name(pair: Position, datum: Datum, desk: Desk) -> str:
    """District, degrees as they were given, and their datum where it is not the one used inside."""
    lat, lon = to_wgs84(pair.lat, pair.lon, datum)
    district = desk.configuration.ground.district_at(Position(lat=lat, lon=lon))
    where = district.name.text(current()) if district else _("outside the three cities")
    return f"{where} {pair_text(pair)}" + ("" if datum is Datum.WGS84 else f" {DATUM_NAMES[datum]}")


def pair_text(position: Position) -> str:
    """ "28.19384, 112.98112": five decimals are one metre."""
    return f"{position.lat:.5f}, {position.lon:.5f}"
