"""What a matching of shelves looks at: one bank's free lots of one component and group, and its demand."""

from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from operator import attrgetter

import numpy as np

from dispatch.blood.forecast import Demand
from dispatch.blood.outdates import Floats, expected_outdates
from dispatch.domain.blood import BankId, LotId


@dataclass(frozen=True, slots=True)
class ShelfLot:
    """Units that may be issued; `expires_h` hours from now."""

    id: LotId
    units: int
    expires_h: float


@dataclass(frozen=True, eq=False)
class Shelf:
    """Lots first to expire first. `keep` units stay whatever happens; `demand` None: no forecast.

    `step` is what demand is counted in, `horizon_h` the expiry beyond which lots are left alone.
    """

    bank: BankId
    lots: tuple[ShelfLot, ...]
    demand: Demand | None
    keep: int
    horizon_h: float
    step: int = 1

    @cached_property
    def expiries_h(self) -> tuple[float, ...]:
        """When each lot expires."""
        return tuple(lot.expires_h for lot in self.lots)

    @cached_property
    def near(self) -> tuple[ShelfLot, ...]:
        """Lots that expire within the horizon."""
        return self.lots[: bisect_right(self.expiries_h, self.horizon_h)]

    @cached_property
    def units(self) -> int:
        """All units on it."""
        return sum(lot.units for lot in self.lots)

    def outdates(self, demand: Demand, from_h: float = 0.0) -> Floats:
        """Expected outdates of each near lot, in units, where issue begins at `from_h`."""
        near = self.near
        ends = [-(-units // self.step) for units in accumulate(lot.units for lot in near)]
        expiries = [max(hour, from_h) for hour in (from_h, *self.expiries_h[: len(near)])]
        used = np.interp(expiries, demand.hours, demand.total)
        means = (used[1:] - used[:-1]).tolist()
        return expected_outdates(ends, means, demand.fano) * self.step

    def after(self, hour: float) -> "Shelf":
        """The shelf without what has expired by then; itself where nothing has."""
        expired = bisect_right(self.expiries_h, hour)
        return replace(self, lots=self.lots[expired:]) if expired else self

    def without(self, taken: dict[LotId, int]) -> "Shelf":
        """The shelf after these units have gone."""
        left = (
            replace(lot, units=lot.units - taken[lot.id]) if lot.id in taken else lot for lot in self.lots
        )
        return replace(self, lots=tuple(lot for lot in left if lot.units))

    def joined(self, lots: tuple[ShelfLot, ...]) -> "Shelf":
        """The shelf with these lots put in their places."""
        together = sorted((*self.lots, *lots), key=attrgetter("expires_h", "id"))
        return replace(self, lots=tuple(together))
