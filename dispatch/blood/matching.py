"""Which units of one component and group should change banks: greedy, worst shelf first, each unit once.

A bank gives its oldest units only, and only to a bank whose own oldest unit is no older: Zhang, Ayer,
White, Bodeker and Roback (Operations Research 71(5), 2023) show that comparing the oldest ages gives
the direction of a transfer. So what arrives stands at the front of the receiver's queue, and what it
saves is: outdates expected at both banks without the move, less those with it. Demand at the receiver
before arrival is taken as serving none of its endangered stock: the saving is never flattered.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

from dispatch.blood.forecast import Demand
from dispatch.blood.move_rules import ComponentMoves
from dispatch.blood.shelves import Shelf, ShelfLot
from dispatch.domain.blood import BankId, LotId

Arrival = Callable[[BankId, BankId], float | None]
"""(from, to) -> hours until the late end of arrival; None: not between these two."""
_LEAST = 1e-9
STRIDES = 200
"""Quantities that are tried for one move: more units are added in larger strides."""
LOOKED_AT = 5
"""Takers with the most room that are reckoned exactly for one move: the others have less."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is the same for every component."""

    use_within_h: float
    caution_z: float


@dataclass(frozen=True, slots=True)
class Match:
    """Units of lots that go from one bank to another. Savings and uses in the component's unit.

    `use_here` and `use_there` are the forecasts of issue until the last of these lots expires, here
    from now and there from arrival.
    """

    giver: BankId
    taker: BankId
    lots: tuple[ShelfLot, ...]
    saving: float
    cautious_saving: float
    outdates_here: float
    use_here: float
    use_there: float
    left: int
    keep: int

    @property
    def quantity(self) -> int:
        return sum(lot.units for lot in self.lots)


@dataclass(frozen=True, slots=True)
class Stuck:
    """Units expected to outdate that nothing is proposed for, and why each other bank did not serve."""

    bank: BankId
    outdates: float
    why: Counter[str]


def match(
    shelves: Sequence[Shelf], arrival_h: Arrival, rules: ComponentMoves, limits: Limits
) -> tuple[list[Match], list[Stuck]]:
    """Matches in the order in which they were found; the same shelves in any order give the same."""
    return _Matching(shelves, arrival_h, rules, limits).result()


class _Matching:
    """One component and group at every bank."""

    def __init__(
        self, shelves: Sequence[Shelf], arrival_h: Arrival, rules: ComponentMoves, limits: Limits
    ) -> None:
        self.now = {shelf.bank: shelf for shelf in sorted(shelves, key=lambda shelf: shelf.bank)}
        self.own = dict(self.now)
        self.arrival_h, self.rules, self.limits = arrival_h, rules, limits
        self.gave: set[BankId] = set()
        self.took: set[BankId] = set()
        self.at_risk: dict[BankId, float] = {}
        self.known: dict[tuple[Shelf, float], float] = {}
        self.left: dict[tuple[Shelf, LotId, int, float], float] = {}
        self.cut: dict[tuple[Shelf, int], Shelf] = {}

    def result(self) -> tuple[list[Match], list[Stuck]]:
        for bank, shelf in self.now.items():
            if shelf.demand is not None and shelf.near:
                self.at_risk[bank] = self._outdates(shelf)
        worst = sorted(self.at_risk, key=lambda bank: (-round(self.at_risk[bank], 6), bank))
        found: list[Match] = []
        stuck: list[Stuck] = []
        for bank in worst:
            if self.at_risk[bank] < max(self.rules.saving, _LEAST) or bank in self.took:
                continue
            mine, why = self._empty(bank)
            found += mine
            if not mine:
                stuck.append(Stuck(bank, self.at_risk[bank], why))
        return found, stuck

    def _empty(self, giver: BankId) -> tuple[list[Match], Counter[str]]:
        """Every worthwhile move away from one bank, the best first, and why the other banks did not serve."""
        found: list[Match] = []
        while True:
            best, why = self._best(giver, {one.taker for one in found})
            if best is None:
                return found, why
            found.append(best)
            self._apply(best)

    def _best(self, giver: BankId, served: set[BankId]) -> tuple[Match | None, Counter[str]]:
        why: Counter[str] = Counter()
        reach: list[tuple[float, float, BankId]] = []
        at_risk = self._outdates(self.now[giver])
        for taker in self.now:
            if taker == giver or taker in served:  # one move between two banks: it was the best
                continue
            arrival_h = self.arrival_h(giver, taker)
            reason = "too_far" if arrival_h is None else self._unfit(giver, taker, arrival_h)
            if not reason and arrival_h is not None:
                most = self._most_saved(giver, taker, arrival_h)
                if min(at_risk, most) >= self.rules.saving:
                    reach.append((-round(most, 6), arrival_h, taker))
                    continue
                reason = "little_use"
            why[reason] += 1
        best: Match | None = None
        for most_saved, arrival_h, taker in sorted(reach)[:LOOKED_AT]:
            if best is not None and -most_saved <= best.saving:
                break
            tried, reason = self._try(giver, taker, arrival_h)
            if tried is None:
                why[reason] += 1
            elif best is None or tried.saving > best.saving + 1e-6:
                best = tried
        return best, why

    def _unfit(self, giver: BankId, taker: BankId, arrival_h: float) -> str:
        there = self.now[taker]
        if there.demand is None:
            return "no_forecast"
        if taker in self.gave:
            return "gives_itself"
        if not self._movable(giver, taker, arrival_h):
            here = self.now[giver]
            too_late = bisect_left(here.expiries_h, arrival_h + self.limits.use_within_h) >= len(here.near)
            return "too_late" if too_late else "older_there"
        return ""

    def _movable(self, giver: BankId, taker: BankId, arrival_h: float) -> tuple[ShelfLot, ...]:
        """Lots that arrive with life enough and are no fresher than the oldest that the taker then has."""
        here, own = self.now[giver], self.own[taker].expiries_h
        left = bisect_right(own, arrival_h)
        oldest_there = own[left] if left < len(own) else inf
        first = bisect_left(here.expiries_h, arrival_h + self.limits.use_within_h)
        return here.near[first : bisect_right(here.expiries_h, oldest_there)]

    def _most_saved(self, giver: BankId, taker: BankId, arrival_h: float) -> float:
        """What a move can save at most: use there until its last unit expires, and all use there that the
        taker's own near units leave open."""
        there = self.now[taker]
        if there.demand is None:
            return 0.0
        last_h = self._movable(giver, taker, arrival_h)[-1].expires_h
        use = there.demand.between(arrival_h, last_h) * self.rules.step
        near = there.near
        end_h = max(last_h, near[-1].expires_h) if near else last_h
        own_use = sum(lot.units for lot in near) - self._outdates(there)
        return min(use, there.demand.until(end_h) * self.rules.step - own_use)

    def _try(self, giver: BankId, taker: BankId, arrival_h: float) -> tuple[Match | None, str]:
        """The most units that each save enough, oldest first; why none where none is worth it."""
        here, there = self.now[giver], self.now[taker]
        movable = self._movable(giver, taker, arrival_h)
        most = min(sum(lot.units for lot in movable), self._spare(here))
        if most < self.rules.step:
            return None, "floor"
        stride = self.rules.step * max(1, most // self.rules.step // STRIDES)
        units, saving = 0, 0.0
        saves = self._saving(here, there, arrival_h, z=0.0)
        for wanted in range(stride, most + 1, stride):
            more = saves(_take(movable, wanted))
            if more - saving < self.rules.gain * stride - _LEAST:
                break
            units, saving = wanted, more
        lots = _take(movable, units)
        if not units or saving < max(self.rules.saving, _LEAST):
            return None, "little_use"
        cautious = self._saving(here, there, arrival_h, z=self.limits.caution_z)(lots)
        if cautious < self.rules.cautious_saving:
            return None, "unsure"
        return self._describe(here, there, lots, arrival_h, saving, cautious), ""

    def _describe(
        self,
        here: Shelf,
        there: Shelf,
        lots: tuple[ShelfLot, ...],
        arrival_h: float,
        saving: float,
        cautious: float,
    ) -> Match:
        step, last_h = self.rules.step, lots[-1].expires_h
        return Match(
            giver=here.bank,
            taker=there.bank,
            lots=lots,
            saving=saving,
            cautious_saving=cautious,
            outdates_here=self._outdates(here),
            use_here=here.demand.until(last_h) * step if here.demand else 0.0,
            use_there=there.demand.between(arrival_h, last_h) * step if there.demand else 0.0,
            left=here.units - sum(lot.units for lot in lots),
            keep=here.keep,
        )

    def _spare(self, shelf: Shelf) -> int:
        return shelf.units - shelf.keep

    def _outdates(self, shelf: Shelf) -> float:
        return self._sum(shelf, 0.0) if shelf.demand is not None else 0.0

    def _saving(
        self, here: Shelf, there: Shelf, arrival_h: float, z: float
    ) -> Callable[[tuple[ShelfLot, ...]], float]:
        """Outdates at both banks without a move less those with it; `z` errors of the means against it."""
        if here.demand is None or there.demand is None:
            return lambda _lots: 0.0
        use_there = _off(there.demand, -z)
        there = self._after(there, arrival_h)
        before = self._sum(here, z) + self._sum(there, -z)

        def saves(lots: tuple[ShelfLot, ...]) -> float:
            joined = there.joined(lots).outdates(use_there, arrival_h)
            return before - self._left(here, lots, z) - float(joined.sum())

        return saves

    def _after(self, shelf: Shelf, hour: float) -> Shelf:
        """The shelf without what has expired by then; the same object for the same content."""
        left = shelf.after(hour)
        return self.cut.setdefault((shelf, len(left.lots)), left)

    def _left(self, here: Shelf, lots: tuple[ShelfLot, ...], z: float) -> float:
        """Expected outdates at the giver without these lots, which stand in a row: first and amount tell."""
        key = (here, lots[0].id, sum(lot.units for lot in lots), z)
        if key not in self.left:
            self.left[key] = self._sum(here.without({lot.id: lot.units for lot in lots}), z)
        return self.left[key]

    def _sum(self, shelf: Shelf, z: float) -> float:
        """Expected outdates of a shelf from now on, reckoned once."""
        if (shelf, z) not in self.known and shelf.demand is not None:
            self.known[shelf, z] = float(shelf.outdates(_off(shelf.demand, z)).sum())
        return self.known.get((shelf, z), 0.0)

    def _apply(self, found: Match) -> None:
        taken = {lot.id: lot.units for lot in found.lots}
        self.now[found.giver] = self.now[found.giver].without(taken)
        self.now[found.taker] = self.now[found.taker].joined(found.lots)
        self.gave.add(found.giver)
        self.took.add(found.taker)


def _off(demand: Demand, z: float) -> Demand:
    return demand.scaled(1 + z * demand.relative_error) if z else demand


def _take(lots: Sequence[ShelfLot], units: int) -> tuple[ShelfLot, ...]:
    """So many units, the first lots first."""
    taken = []
    for lot in lots:
        part = min(units, lot.units)
        if part:
            taken.append(ShelfLot(LotId(lot.id), part, lot.expires_h))
            units -= part
    return tuple(taken)
