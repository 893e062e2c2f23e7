"""Blood stock of every bank: the last whole count and the differences since."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from dispatch.domain.blood import BankId, Lot, LotId
from dispatch.picture.stock_days import BankDays


@dataclass(slots=True)
class BankStock:
    """What one bank holds. `complete` is False after a missed difference, until a new whole count."""

    bank: BankId
    sequence: int
    counted_at: datetime
    received_at: datetime
    lots: dict[LotId, Lot] = field(default_factory=dict)
    complete: bool = True


FOLLOWS = 64
"""A count numbered so many after the one held is its successor; further on it may be numbered otherwise."""


class Stock:
    """Bank -> stock; a bank that never reported is absent, which is not the same as empty."""

    def __init__(self) -> None:
        self.banks: dict[BankId, BankStock] = {}
        self.days: dict[BankId, BankDays] = {}
        """What banks say of their last days; a bank that never said so is absent."""
        self.seen: dict[BankId, BankDays] = {}
        """What this console saw itself on days on which it looked; it knows nothing of issues."""

    def apply_snapshot(
        self, bank: BankId, sequence: int, counted_at: datetime, received_at: datetime, lots: Iterable[Lot]
    ) -> bool:
        """Replace a bank's stock by a whole count: False when a newer count is held.

        A count that follows the one held in the bank's own numbering is newer whatever its date: the clock of
        the bank may have been set back.
        """
        held = self.banks.get(bank)
        follows = held is not None and 0 < sequence - held.sequence <= FOLLOWS
        if held is not None and counted_at < held.counted_at and not follows:
            return False
        by_id = {lot.id: lot for lot in lots}
        self.banks[bank] = BankStock(bank, sequence, counted_at, received_at, by_id)
        return True

    def apply_difference(
        self,
        bank: BankId,
        sequence: int,
        counted_at: datetime,
        received_at: datetime,
        put: Iterable[Lot],
        removed: Iterable[LotId],
    ) -> bool:
        """Apply the change that follows the held one; False (and not complete) after a gap.

        A difference at or below the held sequence is old news and is ignored (True).
        """
        held = self.banks.get(bank)
        if held is None:
            return False
        if sequence <= held.sequence:
            return True
        if sequence != held.sequence + 1 or not held.complete:
            held.complete = False
            return False
        for lot in put:
            held.lots[lot.id] = lot
        for lot_id in removed:
            held.lots.pop(lot_id, None)
        held.sequence, held.counted_at, held.received_at = sequence, counted_at, received_at
        return True

    def clock_set_back(self, now: datetime) -> None:
        """Nothing that is held is newer than now: what is said from now on counts."""
        for bank in self.banks.values():
            bank.counted_at = min(bank.counted_at, now)
        for kept in (self.days, self.seen):
            for name, days in kept.items():
                if days.said_at > now:
                    kept[name] = replace(days, said_at=now)

    def apply_days(self, days: BankDays) -> bool:
        """Take what a bank says of its last days: False when newer word is held."""
        held = self.days.get(days.bank)
        if held is not None and days.said_at < held.said_at:
            return False
        self.days[days.bank] = days
        return True
