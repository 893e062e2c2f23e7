"""What a city keeps when it lends: shown to both sides before anybody says yes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import ceil, cos

import numpy as np

from dispatch.decide.coverage import stations
from dispatch.decide.rules import DispatchRules
from dispatch.decide.survey import survey
from dispatch.decide.travel import EARTH_KM, columns, unit_vectors
from dispatch.domain.geography import CityCode, Site
from dispatch.domain.incidents import Priority
from dispatch.domain.units import UnitId
from dispatch.picture.live import Picture


@dataclass(frozen=True, slots=True)
class Keeps:
    """Free units before and after, the reserve of the rule, stations with no free unit near them then."""

    free: int
    left: int
    fleet: int
    reserve: int
    bare: tuple[Site, ...]
    newly_bare: tuple[Site, ...]
    """Those of `bare` that have a free unit near them now."""


def keeps_after(
    picture: Picture,
    lender: CityCode,
    priority: Priority,
    lent: Iterable[UnitId],
    count: int,
    rules: DispatchRules,
    now: datetime,
) -> Keeps:
    """What `lender` keeps without the units `lent`; a `count` above their number takes from its free ones."""
    seen = survey(picture, (), None, rules.units, now)
    ours = seen.city == seen.cities.index(lender)
    free = seen.free & ours
    staying = free.copy()
    named = [picture.fleet.row(unit) for unit in lent if unit in picture.fleet]
    staying[named] = False
    before = int(free.sum())
    left = int(staying.sum()) - max(0, count - len(named))
    places = stations(picture, lender)
    lat, lon = columns(site.position for site in places)
    near = cos(rules.units.coverage.bare_station_km / EARTH_KM)

    def bare_without(kept: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[bool]:
        rows = np.flatnonzero(kept)
        held = unit_vectors(lat, lon) @ unit_vectors(seen.lat[rows], seen.lon[rows]).T >= near
        return [not bool(row.any()) for row in held]

    now_bare, then_bare = bare_without(free), bare_without(staying)
    pairs = list(zip(places, now_bare, then_bare, strict=True))
    fleet = int(ours.sum())
    return Keeps(
        free=before,
        left=max(0, left),
        fleet=fleet,
        reserve=ceil(rules.units.lending_reserve[int(priority) - 1] * fleet - 1e-9),
        bare=tuple(site for site, _now, then in pairs if then),
        newly_bare=tuple(site for site, at_once, then in pairs if then and not at_once),
    )
