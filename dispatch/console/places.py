"""A place as an operator gives it: latitude and longitude with a datum, or the name of a site."""

import re
from dataclasses import dataclass

from dispatch.console.ports import Desk
from dispatch.domain.datum import to_wgs84
from dispatch.domain.geography import Datum, Position
from dispatch.language import N_, _, current
from dispatch.text import fold

DATUM_NAMES = {Datum.WGS84: "WGS-84", Datum.GCJ02: "GCJ-02", Datum.BD09: "BD-09"}
_PAIR = re.compile(r"(?P<lat>-?\d{1,3}(?:\.\d+)?)\s*[,\s/;]\s*(?P<lon>-?\d{1,3}(?:\.\d+)?)")


FOUND_KINDS = {
    "unit": N_("unit"),
    "incident": N_("incident"),
    "site": N_("place"),
    "hospital": N_("hospital"),
    "bank": N_("blood bank"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an incident is: a position in its own datum, and what to call it."""

    position: Position
    datum: Datum
    name: str


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


def read_place(text: str, desk: Desk, datum: Datum = Datum.WGS84) -> Place | None:
    """The place a text names: a pair of degrees in `datum`, else the best find that has a position."""
    pair = read_pair(text)
    if pair is not None:
        return Place(pair, datum, _pair_name(pair, datum, desk))
    for found in desk.find(text, 8):
        if found.position is not None and found.kind in ("site", "hospital", "bank"):
            return Place(found.position, Datum.WGS84, found.name.text(current()))
    return None


def _pair_name(pair: Position, datum: Datum, desk: Desk) -> str:
    """District, degrees as they were given, and their datum where it is not the one used inside."""
    lat, lon = to_wgs84(pair.lat, pair.lon, datum)
    district = desk.configuration.ground.district_at(Position(lat=lat, lon=lon))
    where = district.name.text(current()) if district else _("outside the three cities")
    return f"{where} {pair_text(pair)}" + ("" if datum is Datum.WGS84 else f" {DATUM_NAMES[datum]}")


def pair_text(position: Position) -> str:
    """ "28.19384, 112.98112": five decimals are one metre."""
    return f"{position.lat:.5f}, {position.lon:.5f}"
