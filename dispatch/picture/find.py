"""Find anything of the picture by number, Chinese name, English name or pinyin."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from dispatch.domain.geography import CityCode, Position
from dispatch.domain.model import Name
from dispatch.picture.live import Picture
from dispatch.text import fold, matches

FoundKind = Literal["unit", "incident", "hospital", "bank", "site"]


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that a query names; `position` is None for a unit never heard of."""

    kind: FoundKind
    id: str
    name: Name
    city: CityCode
    position: Position | None


def find(picture: Picture, query: str, limit: int = 20, kinds: frozenset[str] | None = None) -> list[Found]:
    """The best matches first; an empty query finds nothing. `kinds` narrows what is searched."""
    if not fold(query).strip():
        return []
    scored = []
    for order, (found, names) in enumerate(_everything(picture)):
        if kinds is not None and found.kind not in kinds:
            continue
        score = matches(query, names)
        if score:
            scored.append((-score, order, found))
    scored.sort(key=lambda entry: entry[:2])
    return [found for _, _, found in scored[:limit]]


def _everything(picture: Picture) -> Iterator[tuple[Found, tuple[str, ...]]]:
    for incident in (*picture.open_incidents(), *picture.ended_incidents()):
        name = Name(zh=incident.place, en=incident.place)
        found = Found("incident", incident.id, name, incident.city, incident.position)
        yield found, (incident.id, incident.place)
    for hospital in picture.hospitals.values():
        found = Found("hospital", hospital.id, hospital.name, hospital.city, hospital.position)
        yield found, (hospital.id, hospital.name.zh, hospital.name.en)
    for bank in picture.banks.values():
        found = Found("bank", bank.id, bank.name, bank.city, bank.position)
        yield found, (bank.id, bank.name.zh, bank.name.en)
    for site in picture.sites.values():
        found = Found("site", site.id, site.name, site.city, site.position)
        yield found, (site.id, site.name.zh, site.name.en)
    for unit in picture.fleet.units:
        row = picture.fleet.row(unit.id)
        heard = bool(picture.fleet.fixed_ms[row])
        lat, lon = float(picture.fleet.lat[row]), float(picture.fleet.lon[row])
        position = Position(lat=lat, lon=lon) if heard else None
        yield Found("unit", unit.id, Name(zh=unit.id, en=unit.id), unit.city, position), (unit.id,)
