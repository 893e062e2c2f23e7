"""A blood bank as it really is: bags on shelves and in boxes, and a feed that a bad line carries."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from dispatch.centre.messages import StockChanged, StockCounted
from dispatch.domain.blood import BankId, BloodGroup, ComponentCode, LotId, LotState
from dispatch.domain.blood_orders import BloodOrder, BloodOrderId, ShelfLot

RED = ComponentCode("red_cells")
GROUPS = (BloodGroup.O_POS, BloodGroup.A_POS)
LIFE_MS = 3_600_000


@dataclass
class TrueLot:
    """What is really there: free bags, and bags that stand in a box for an order."""

    lot: LotId
    group: BloodGroup
    expires_ms: int
    free: int
    boxed: dict[BloodOrderId, int] = field(default_factory=dict)
    state: LotState = LotState.AVAILABLE
    came: int = 0
    """Ever put on this shelf."""


def wanted(order: BloodOrder) -> dict[LotId, int]:
    """Lot -> so many bags of it."""
    lots: dict[LotId, int] = {}
    for one in order.taken:
        lots[one.lot] = lots.get(one.lot, 0) + one.quantity
    return lots


class Bank:
    """Its own staff issue, collect, break and recall; some of that before the centre hears of it."""

    def __init__(self, bank: BankId, rng: Random, used: Callable[[LotId, int], None]) -> None:
        """`used` hears what is gone by the bank's own hand."""
        self.bank, self._rng, self.used = bank, rng, used
        self.lots: dict[LotId, TrueLot] = {}
        self.seq = 0
        self._numbers = 0
        self.without: set[BloodOrderId] = set()
        """Orders whose blood its system took off the count, told with every message from then on."""
        self.in_count: dict[BloodOrderId, dict[LotId, int]] = {}
        """Boxed or gone, and still in the count."""

    def collect(self, now_ms: int) -> StockChanged:
        self._numbers += 1
        quantity = self._rng.randint(1, 6)
        number = LotId(f"{self.bank}-L{self._numbers}")
        life = self._rng.randint(LIFE_MS // 60, LIFE_MS)
        lot = TrueLot(number, self._rng.choice(GROUPS), now_ms + life, quantity, came=quantity)
        self.lots[number] = lot
        return self._difference(now_ms, [lot])

    def use(self, now_ms: int) -> StockChanged | None:
        """The bank issues or loses free bags of its own."""
        able = [lot for lot in self.lots.values() if lot.free]
        if not able:
            return None
        lot = self._rng.choice(able)
        gone = self._rng.randint(1, lot.free)
        lot.free -= gone
        self.used(lot.lot, gone)
        return self._difference(now_ms, [lot])

    def recall(self, now_ms: int) -> StockChanged | None:
        if not self.lots:
            return None
        lot = self._rng.choice(list(self.lots.values()))
        recalled = lot.state is LotState.RECALLED
        lot.state = LotState.AVAILABLE if recalled else LotState.RECALLED
        return self._difference(now_ms, [lot])

    def box(self, order: BloodOrder) -> bool:
        """Take the bags of an order from the shelf, if they are all there."""
        lots = wanted(order)
        for lot, quantity in lots.items():
            known = self.lots.get(lot)
            if known is None or known.free < quantity or known.state is not LotState.AVAILABLE:
                return False
        for lot, quantity in lots.items():
            self.lots[lot].free -= quantity
            self.lots[lot].boxed[order.id] = quantity
        self.in_count[order.id] = lots
        return bool(lots)

    def boxed(self, order: BloodOrderId) -> dict[LotId, int]:
        """What stands in a box for an order."""
        return {lot.lot: lot.boxed[order] for lot in self.lots.values() if order in lot.boxed}

    def unbox(self, order: BloodOrderId, now_ms: int) -> StockChanged | None:
        """An order came to nothing after it was packed: its bags go back on the shelf."""
        touched = []
        for lot in self.lots.values():
            if order in lot.boxed:
                lot.free += lot.boxed.pop(order)
                touched.append(lot)
        self.in_count.pop(order, None)
        return self._difference(now_ms, touched) if touched else None

    def take_off(self, now_ms: int) -> StockChanged | None:
        """Its system catches up: one order's bags leave the count; it may or may not be able to say whose."""
        if not self.in_count:
            return None
        order = self._rng.choice(list(self.in_count))
        lots = self.in_count.pop(order)
        if self._rng.random() < 0.8:
            self.without.add(order)
        return self._difference(now_ms, [self.lots[lot] for lot in lots if lot in self.lots])

    def count(self, now_ms: int) -> StockCounted:
        lots = tuple(self._said(lot) for lot in self.lots.values())
        return StockCounted(self.bank, self.seq, now_ms, lots, frozenset(self.without))

    def _said(self, lot: TrueLot) -> ShelfLot:
        """The count holds free bags, and those that its system has not taken off yet."""
        counted = lot.free + sum(lots.get(lot.lot, 0) for lots in self.in_count.values())
        return ShelfLot(lot.lot, RED, lot.group, counted, lot.expires_ms, lot.state)

    def _difference(self, now_ms: int, touched: list[TrueLot]) -> StockChanged:
        self.seq += 1
        put = tuple(map(self._said, touched))
        return StockChanged(
            self.bank, self.seq, now_ms, tuple(one for one in put if one.quantity),
            tuple(one.lot for one in put if not one.quantity), frozenset(self.without),
        )  # fmt: skip
