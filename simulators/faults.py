"""Faults of the wire, put in on purpose and counted, so that a drill can tell what the console noticed."""

from collections import Counter
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from dispatch.domain.geography import CityCode
from dispatch.domain.model import Frozen
from simulators.engine import Rng, Streams

Rate = Annotated[float, Field(ge=0, le=0.2)]
PerHour = Annotated[float, Field(ge=0, le=60)]


class Fault(StrEnum):
    """What can be wrong with one position."""

    LOST = "lost"
    DUPLICATE = "duplicate"
    LATE = "late"
    OUT_OF_ORDER = "out_of_order"
    FUTURE = "future"


class FaultRates(Frozen):
    """How often: shares of all positions, and episodes per unit and hour (or per city and hour)."""

    lost: Rate = 0.004
    duplicate: Rate = 0.002
    late: Rate = 0.001
    out_of_order: Rate = 0.002
    future: Rate = 0.0002
    gps_lost_per_unit_hour: PerHour = 0.05
    gps_frozen_per_unit_hour: PerHour = 0.02
    episode_min: Annotated[float, Field(gt=0, le=120)] = 4.0
    link_drops_per_city_hour: PerHour = 0.0
    link_drop_s: Annotated[float, Field(gt=0, le=600)] = 8.0


class Faults:
    """Draws faults from a stream of their own and counts each one by city."""

    def __init__(self, rates: FaultRates, streams: Streams) -> None:
        self.rates = rates
        self.counts: dict[CityCode, Counter[str]] = {}
        self._rng: Rng = streams.of("faults")
        shares = (rates.lost, rates.duplicate, rates.late, rates.out_of_order, rates.future)
        self._limits: list[tuple[float, Fault]] = []
        limit = 0.0
        for share, fault in zip(shares, Fault, strict=True):
            limit += share
            self._limits.append((limit, fault))

    def draw(self, messages: int) -> dict[int, Fault]:
        """Which of so many positions are hit, and how: index -> fault."""
        chances = self._rng.random(messages)
        hit = (chances < self._limits[-1][0]).nonzero()[0]
        return {
            int(index): next(fault for limit, fault in self._limits if chances[index] < limit)
            for index in hit
        }

    def begins(self, per_hour: float) -> bool:
        """Whether an episode of this rate begins within this second."""
        return per_hour > 0 and float(self._rng.random()) < per_hour / 3600

    def episodes(self, units: int, per_unit_hour: float) -> list[int]:
        """Indices of the units for which an episode of this rate begins within this second."""
        if per_unit_hour <= 0:
            return []
        return [int(index) for index in (self._rng.random(units) < per_unit_hour / 3600).nonzero()[0]]

    def episode_s(self) -> float:
        """How long an episode lasts."""
        return float(self._rng.uniform(0.5, 1.5)) * self.rates.episode_min * 60

    def late_s(self) -> int:
        """How late a late position comes; never so late that nothing newer is certain to be there."""
        return int(self._rng.integers(20, 200))

    def future_s(self) -> int:
        """How far ahead a wrong clock is; far more than any console forgives."""
        return int(self._rng.integers(300, 7200))

    def count(self, city: CityCode, fault: str, times: int = 1) -> None:
        """One more of these."""
        self.counts.setdefault(city, Counter())[fault] += times
