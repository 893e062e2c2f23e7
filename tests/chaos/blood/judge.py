"""What must never happen with blood, judged from the published records and the banks' own words.

It shares no arithmetic with the centre: it adds up what it reads.
"""

from collections import Counter
from collections.abc import Mapping

from dispatch.centre.messages import HoldBlood, Reply, StockChanged, StockCounted
from dispatch.domain.blood import BankId, LotId, LotState
from dispatch.domain.blood_orders import BLOOD_NEXT, BloodOrder, BloodOrderId, BloodState

_ON_SHELF = ("held", "confirmed", "packing", "packed")
_GONE = ("carried", "delivered", "received", "quarantined", "returned", "discarded")


class Judge:
    """Follows everything that was said; `violation` is the first thing that must not be."""

    def __init__(self) -> None:
        self.violation = ""
        self.came: Counter[LotId] = Counter()
        self._known: dict[BloodOrderId, BloodOrder] = {}
        self._answers: dict[str, tuple[bool, str]] = {}
        self._asked: dict[BloodOrderId, HoldBlood] = {}
        self._said: dict[BankId, dict[LotId, int]] = {}
        self._heard: dict[BankId, tuple[int, int]] = {}
        self._last: list[BloodOrder] = []
        self._stock_moved = False
        self._granted: set[BloodOrderId] = set()

    def wrong(self, what: str) -> None:
        self.violation = self.violation or what

    # --- what is asked and answered ---------------------------------------------------------------

    def asked(self, said: HoldBlood) -> None:
        self._asked[said.order] = said

    def answered(self, reply: Reply) -> None:
        """One key, one answer; a state that goes on is no other answer."""
        answer = reply.accepted, reply.code
        if self._answers.setdefault(reply.key, answer) != answer:
            self.wrong(f"{reply.key} was answered {self._answers[reply.key]} and then {answer}")
        if reply.accepted:
            self._granted.add(BloodOrderId(str(reply.facts["order"])))

    # --- what the bank said and the centre heard --------------------------------------------------

    def heard(self, said: StockCounted | StockChanged) -> None:
        """The bank's words in the order in which they may be believed."""
        self._stock_moved = True
        known = self._said.get(said.bank)
        last_ms, last_seq = self._heard.get(said.bank, (-1, -1))
        if isinstance(said, StockCounted):
            if (said.counted_ms, said.seq) < (last_ms, last_seq):
                return
            self._said[said.bank] = {
                lot.lot: lot.quantity if lot.state is LotState.AVAILABLE else 0 for lot in said.lots
            }
            self._heard[said.bank] = said.counted_ms, said.seq
        elif known is not None and said.seq == last_seq + 1:
            for lot in said.put:
                known[lot.lot] = lot.quantity if lot.state is LotState.AVAILABLE else 0
            for gone in said.removed:
                known[gone] = 0
            self._heard[said.bank] = max(said.counted_ms, last_ms), said.seq

    # --- what the centre says ---------------------------------------------------------------------

    def look(self, orders: Mapping[BloodOrderId, BloodOrder], now_ms: int) -> None:
        """All records of the centre after one event."""
        every = list(orders.values())
        if every == self._last and not self._stock_moved:
            return
        self._last, self._stock_moved = every, False
        held: Counter[tuple[BankId, LotId]] = Counter()
        for order in orders.values():
            self._order(order, now_ms)
            if order.state.value in (*_ON_SHELF, *_GONE):
                for one in order.taken:
                    held[order.bank, one.lot] += one.quantity - one.off
        for (bank, lot), quantity in held.items():
            on_hand = self._said.get(bank, {}).get(lot, 0)
            if quantity > on_hand:
                self.wrong(f"{quantity} of {lot} are held and {on_hand} are on hand")
        self._known |= orders

    def _order(self, order: BloodOrder, now_ms: int) -> None:
        before = self._known.get(order.id)
        if before is order:
            return
        if order.state.issued and (before is None or not before.state.issued):
            self.left(order)
        if before is not None and order.steps[: len(before.steps)] != before.steps:
            self.wrong(f"the history of {order.id} was rewritten")
        for first, second in zip(order.steps, order.steps[1:], strict=False):
            if first.state is not second.state and second.state not in BLOOD_NEXT[first.state]:
                self.wrong(f"{order.id} went from {first.state} to {second.state}")
        asked = self._asked.get(order.id)
        if asked is None:
            self.wrong(f"nobody asked for {order.id}")
            return
        if order.state is BloodState.EXPIRED and order.steps[-2].state is not BloodState.HELD:
            self.wrong(f"{order.id} was confirmed and expired")
        for number, line in enumerate(asked.lines):
            got = sum(one.quantity for one in order.taken if one.line == number)
            told = any(step.reason in ("stock_fell", "lots_changed") for step in order.steps)
            if got > line.quantity or (got < line.quantity and order.state.holds and not told):
                self.wrong(f"{order.id} holds {got} of {line.quantity} and nobody was told")
        if order.state is BloodState.HELD and before is None:
            expired = [one.lot for one in order.taken if one.expires_ms <= max(now_ms, asked.need_by_ms)]
            if expired:
                self.wrong(f"{order.id} was granted {expired[0]}, which expires before it is needed")

    # --- what really happened ---------------------------------------------------------------------

    def left(self, order: BloodOrder) -> None:
        """The centre says that these lots left for good; some may come back later, and go again."""
        for one in order.taken:
            self.used(one.lot, one.quantity)

    def used(self, lot: LotId, quantity: int) -> None:
        """So much of a lot is gone: by an order, or by the bank's own hand."""
        self.came[lot] -= quantity
        if self.came[lot] < 0:
            self.wrong(f"more of {lot} left than ever came")

    def at_rest(self, orders: Mapping[BloodOrderId, BloodOrder]) -> None:
        """Everything that was accepted is known, and nothing waits for a clock."""
        for order in self._granted:
            if order not in orders and order not in self._known:
                self.wrong(f"{order} was granted and is not known")
        for one in orders.values():
            if one.state is BloodState.HELD:
                self.wrong(f"{one.id} is still held after its time")
