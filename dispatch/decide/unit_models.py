"""What is asked of the fleet, and what a ranking of it says."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import Field

from dispatch.decide.coverage import LenderKeeps
from dispatch.decide.reasons import Reason
from dispatch.decide.travel import Eta
from dispatch.domain.geography import CityCode, Position, SiteId
from dispatch.domain.incidents import Priority
from dispatch.domain.model import Frozen
from dispatch.domain.units import Capability, UnitId

LEVEL_MIN = 0.05
"""Minutes that no screen shows apart."""


class UnitRequest(Frozen):
    """What a unit is wanted for; `city` asks, `incident` keeps units already sent from being sent twice.

    `sent` units are on their way already; None counts those of the picture that `incident` has.
    """

    position: Position
    city: CityCode
    priority: Priority
    patients: int = Field(default=1, ge=1, le=9999)
    needs: frozenset[Capability] = frozenset()
    incident: str | None = None
    sent: int | None = Field(default=None, ge=0, le=9999)


@dataclass(frozen=True, slots=True)
class UnitCandidate:
    """A unit that may be sent. `distance_km` is the straight line, `position_age_s` the age of the fix."""

    rank: int
    unit: UnitId
    city: CityCode
    station: SiteId | None
    eta: Eta
    distance_km: float
    position_age_s: float
    cross_city: bool
    lender: LenderKeeps | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class UnitExclusion:
    """A unit that is left out, with every rule against it; `minutes` where only lending rules are."""

    unit: UnitId
    city: CityCode
    reasons: tuple[Reason, ...]
    straight_km: float | None
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class Nearer:
    """A unit nearer (or sooner there) than rank 1, and why it is not rank 1."""

    unit: UnitId
    city: CityCode
    straight_km: float
    minutes: float | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class UnitRanking:
    """Every unit of the picture, either a candidate in order or excluded with its reasons."""

    as_of: datetime
    edition: str
    request: UnitRequest
    candidates: Sequence[UnitCandidate]
    excluded: Sequence[UnitExclusion]
    why_not_nearer: tuple[Nearer, ...]
    units_advised: int
    advice: tuple[Reason, ...]

    def nothing_better_than(self, units: Collection[UnitId]) -> bool:
        """Whether these are the first of the order, or level with whichever of the first were passed over.

        Parked side by side two units are as good as each other, whatever their receivers' noise says.
        """
        ranked, missing = [], set(units)
        for one in self.candidates:
            if one.rank > len(units) and not missing:
                break
            ranked.append(one)
            missing.discard(one.unit)
        chosen = [one for one in ranked if one.unit in units]
        passed_over = [one for one in ranked if one.rank <= len(units) and one.unit not in units]
        instead = [one for one in chosen if one.rank > len(units)]
        return len(chosen) == len(units) and all(
            self._level(first, other) for first in passed_over for other in instead
        )

    def _level(self, first: UnitCandidate, other: UnitCandidate) -> bool:
        """Of one city, and there as soon; below priority 1, where cover counts, of one station too."""
        as_soon = abs(first.eta.minutes - other.eta.minutes) < LEVEL_MIN
        covers = self.request.priority is Priority.LIFE_THREATENING or first.station == other.station
        return as_soon and covers and first.city == other.city
