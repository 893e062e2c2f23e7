"""What cover a dispatch takes away: stations stand for the demand around them.

A city's population is shared equally among its stations (its centre where it has none); the loss
of sending a unit is sum_j d_j (1-q) q^(k_j-1) over the places j it covers, with k_j the free units
that cover j (Daskin's MEXCLP).
"""

from dataclasses import dataclass
from datetime import datetime
from math import cos

import numpy as np
from numpy.typing import NDArray

from dispatch.decide.rules import DispatchRules
from dispatch.decide.survey import Survey
from dispatch.decide.travel import EARTH_KM, Floats, columns, reach_km, unit_vectors
from dispatch.domain.geography import CityCode, Site
from dispatch.picture.live import Picture

STATION = "station"


@dataclass(frozen=True, slots=True)
class LenderKeeps:
    """What a lending city is left with after the loan."""

    city: CityCode
    free_left: int
    fleet: int
    reserve: int
    stations_bare: int
    stations: int


def coverage_loss(
    picture: Picture, seen: Survey, rows: NDArray[np.int64], rules: DispatchRules, now: datetime
) -> Floats:
    """Population (millions) whose cover each of `rows` takes with it."""
    lat, lon, weight = demand(picture)
    reach = reach_km(rules.travel, rules.units.coverage.standard_min, now, blue_light=True)
    near = cos(reach / EARTH_KM)
    places = unit_vectors(lat, lon)
    sent = unit_vectors(seen.lat[rows], seen.lon[rows]) @ places.T >= near
    touched = sent.any(axis=0)
    free = np.flatnonzero(seen.free)
    covering = unit_vectors(seen.lat[free], seen.lon[free]) @ places[touched].T >= near
    q = rules.units.coverage.busy_fraction
    marginal = weight[touched] * (1 - q) * q ** (covering.sum(axis=0) - 1.0)
    loss: Floats = sent[:, touched] @ marginal
    return loss


def demand(picture: Picture) -> tuple[Floats, Floats, Floats]:
    """Latitudes, longitudes and millions of people of the places that want cover."""
    lats, lons, weights = [], [], []
    for city in picture.cities.values():
        lat, lon = columns(site.position for site in stations(picture, city.code))
        if not lat.size:
            lat, lon = columns([city.centre])
        lats.append(lat)
        lons.append(lon)
        weights.append(np.full(len(lat), city.population_million / len(lat)))
    return np.concatenate(lats), np.concatenate(lons), np.concatenate(weights)


def stations(picture: Picture, city: CityCode) -> list[Site]:
    """The ambulance stations of a city."""
    return [site for site in picture.sites.values() if site.city == city and site.kind == STATION]


def bare_stations(seen: Survey, lent: int, lat: Floats, lon: Floats, within_km: float) -> int:
    """How many of the stations at (lat, lon) have no free unit near once row `lent` has gone."""
    staying = seen.free.copy()
    staying[lent] = False
    rows = np.flatnonzero(staying)
    near = cos(within_km / EARTH_KM)
    held = unit_vectors(lat, lon) @ unit_vectors(seen.lat[rows], seen.lon[rows]).T >= near
    return int((~held.any(axis=1)).sum())
