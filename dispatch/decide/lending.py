"""When a unit may cross a city line: a cap on its ETA, the lender's reserve, a gain over own units.

With `wanted` units still to be sent the gain is over the own unit that would be the last of them.
"""

from dataclasses import dataclass
from math import ceil

import numpy as np

from dispatch.decide.reasons import Fact, Reason
from dispatch.decide.rules import UnitRules
from dispatch.decide.survey import Mask, Survey
from dispatch.decide.travel import Floats
from dispatch.domain.geography import CityCode


@dataclass(frozen=True, slots=True)
class Loan:
    """A city's strength before it lends: free units, all its units, the free ones it must keep."""

    free: int
    fleet: int
    reserve: int


@dataclass(frozen=True, slots=True)
class Lending:
    """The verdict of the three tests over all units, and its reasons unit by unit."""

    seen: Survey
    minutes: Floats
    allowed: Mask
    loans: dict[CityCode, Loan]
    own_units: int
    wanted: int
    own_last: int | None
    """The own unit that would be sent last; None: the city has fewer than are wanted."""
    cap_min: float
    gain_min: float

    @property
    def own_able(self) -> bool:
        """Whether the asking city has a unit of its own to send."""
        return self.own_units > 0

    def why_not(self, row: int) -> tuple[Reason, ...]:
        """Every lending rule that speaks against an able unit of another city."""
        city = self.seen.units[row].city
        loan, minutes = self.loans[city], float(self.minutes[row])
        found = []
        if minutes > self.cap_min:
            found.append(Reason(code="over_cap", facts={"eta_min": minutes, "cap_min": self.cap_min}))
        if loan.free - 1 < loan.reserve:
            facts: dict[str, Fact] = {"free": loan.free - 1, "fleet": loan.fleet, "reserve": loan.reserve}
            found.append(Reason(code="reserve", facts={"lender": city} | facts))
        if self.own_last is not None and self.gain(row) < self.gain_min:
            found.append(self._too_little(self.gain(row), self.seen.units[self.own_last].id))
        return tuple(found)

    def _too_little(self, gain: float, own: str) -> Reason:
        if gain <= 0:
            return Reason(code="no_gain", facts={"later_min": -gain, "unit": own})
        return Reason(code="gain", facts={"gain_min": gain, "unit": own, "needed_min": self.gain_min})

    def why_lent(self, row: int) -> Reason:
        """Why a unit of another city is offered."""
        city = self.seen.units[row].city
        if not self.own_able:
            return Reason(code="lent_no_own", facts={"lender": city})
        if self.own_last is None:
            few: dict[str, Fact] = {"lender": city, "own": self.own_units, "wanted": self.wanted}
            return Reason(code="lent_few_own", facts=few)
        unit = self.seen.units[self.own_last].id
        return Reason(code="lent", facts={"lender": city, "gain_min": self.gain(row), "unit": unit})

    def gain(self, row: int) -> float:
        """Minutes won over the last own unit wanted; infinite where there is none."""
        if self.own_last is None:
            return float("inf")
        return float(self.minutes[self.own_last] - self.minutes[row])


def judge(
    seen: Survey, minutes: Floats, asking: CityCode, rules: UnitRules, urgency: int, wanted: int = 1
) -> Lending:
    """Test every able unit; `urgency` is 0, 1, 2 for priority 1, 2, 3, and `wanted` are still to be sent."""
    loans = _loans(seen, rules.lending_reserve[urgency])
    own = seen.city == seen.cities.index(asking)
    own_rows = np.flatnonzero(seen.able & own)
    own_last = None
    if own_rows.size >= wanted:
        last_min = np.partition(minutes[own_rows], wanted - 1)[wanted - 1]
        tied = own_rows[minutes[own_rows] == last_min]
        own_last = min((int(row) for row in tied), key=lambda row: seen.units[row].id)
    cap, gain = rules.lending_cap_min[urgency], rules.lending_gain_min[urgency]
    keeps = np.array([loans[city].free - 1 >= loans[city].reserve for city in seen.cities])[seen.city]
    lent = keeps & (minutes <= cap)
    if own_last is not None:
        lent &= minutes[own_last] - minutes >= gain
    allowed = seen.able & (own | lent)
    return Lending(seen, minutes, allowed, loans, own_rows.size, wanted, own_last, cap, gain)


def _loans(seen: Survey, share: float) -> dict[CityCode, Loan]:
    fleet = np.bincount(seen.city, minlength=len(seen.cities))
    free = np.bincount(seen.city[seen.free], minlength=len(seen.cities))
    return {
        city: Loan(int(free[i]), int(fleet[i]), ceil(share * int(fleet[i]) - 1e-9))
        for i, city in enumerate(seen.cities)
    }
