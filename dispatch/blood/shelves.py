"""What a matching of shelves looks at: one bank's free lots of one component and group, and its demand."""

from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import accumulate

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


@dataclass(frozen=True, slots=True)
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

    @property
    def near(self) -> tuple[ShelfLot, ...]:
        """Lots that expire within the horizon."""
        return self.lots[: bisect_right(self.lots, self.horizon_h, key=lambda lot: lot.expires_h)]

    def outdates(self, demand: Demand, from_h: float = 0.0) -> Floats:
        """Expected outdates of each near lot, in units, where issue begins at `from_h`."""
        near = self.near
        ends = [-(-units // self.step) for units in accumulate(lot.units for lot in near)]
        expiries = np.maximum([from_h, *(lot.expires_h for lot in near)], from_h)
        means = np.diff(np.interp(expiries, demand.hours, demand.total)).tolist()
        return expected_outdates(ends, means, demand.fano) * self.step

    def after(self, hour: float) -> "Shelf":
        """The shelf without what has expired by then."""
        return replace(self, lots=tuple(lot for lot in self.lots if lot.expires_h > hour))

    def without(self, taken: dict[LotId, int]) -> "Shelf":
        """The shelf after these units have gone."""
        left = (replace(lot, units=lot.units - taken.get(lot.id, 0)) for lot in self.lots)
        return replace(self, lots=tuple(lot for lot in left if lot.units))

    def joined(self, lots: tuple[ShelfLot, ...]) -> "Shelf":
        """The shelf with these lots put in their places."""
        together = sorted((*self.lots, *lots), key=lambda lot: (lot.expires_h, lot.id))
        return replace(self, lots=tuple(together))
