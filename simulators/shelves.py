"""The shelves of one blood bank: lots by number, and the differences that follow each other."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from dispatch.domain.blood import Bank, BloodGroup
from dispatch.feed import payloads


@dataclass(slots=True)
class SimulatedLot:
    """Units that expire together; `component`, `group` and `expires_ms` never change."""

    id: str
    component: str
    group: BloodGroup
    quantity: int
    expires_ms: int
    reserved: bool = False
    attributes: frozenset[str] = frozenset()
    kept_back: Literal["", "quarantined", "recalled"] = ""
    """Why it may not be issued, whoever asks."""

    def payload(self) -> payloads.StockLot:
        """The lot as it goes on the wire."""
        return payloads.StockLot(
            lot=self.id,
            component=self.component,
            group=self.group.value,
            quantity=self.quantity,
            expires_at=self.expires_ms,
            state="reserved" if self.reserved else self.kept_back or "available",
            attributes=sorted(self.attributes),
        )


class SimulatedBank:
    """One bank: lots by number, and the differences that follow each other without a gap."""

    def __init__(self, bank: Bank, share_million: float, start_ms: int) -> None:
        self.bank, self.share_million = bank, share_million
        self.lots: dict[str, SimulatedLot] = {}
        self.sequence = 0
        self.counted_ms = start_ms
        self._numbers = 0
        self.boxes: dict[str, list[SimulatedLot]] = {}
        """Order -> what stands packed for it, or has left; no longer on the shelf."""
        self.kept: dict[str, int] = {}
        """Lot -> what is held for orders and not packed yet."""

    def new_lot(
        self,
        component: str,
        group: BloodGroup,
        quantity: int,
        expires_ms: int,
        *,
        reserved: bool = False,
        attributes: frozenset[str] = frozenset(),
    ) -> SimulatedLot:
        """Put units on the shelf under a new number."""
        self._numbers += 1
        number = f"{self.bank.id}-L{self._numbers:06}"
        lot = SimulatedLot(number, component, group, quantity, expires_ms, reserved, attributes)
        self.lots[number] = lot
        return lot

    def on_hand(
        self, component: str, group: BloodGroup, now_ms: int, attributes: frozenset[str] = frozenset()
    ) -> list[SimulatedLot]:
        """Lots that may be issued and have all `attributes`, the first to expire first."""
        found = [
            lot
            for lot in self.lots.values()
            if lot.component == component
            and lot.group is group
            and not lot.reserved
            and not lot.kept_back
            and lot.expires_ms > now_ms
            and attributes <= lot.attributes
        ]
        return sorted(found, key=lambda lot: (lot.expires_ms, lot.id))

    def take(self, lots: Iterable[SimulatedLot], quantity: int) -> tuple[list[tuple[SimulatedLot, int]], int]:
        """Take from lots in their order: what was taken from each, and what is still wanting."""
        taken: list[tuple[SimulatedLot, int]] = []
        for lot in lots:
            part = min(quantity, lot.quantity - self.kept.get(lot.id, 0))
            if part > 0:
                lot.quantity -= part
                quantity -= part
                taken.append((lot, part))
        return taken, quantity

    def change(
        self, touched: Iterable[SimulatedLot], now_ms: int, without: list[str] | None = None
    ) -> payloads.BankChange:
        """The difference that these lots make; empty ones leave the shelf."""
        put, removed = [], []
        for lot in touched:
            if lot.quantity:
                put.append(lot.payload())
            else:
                removed.append(lot.id)
                self.lots.pop(lot.id, None)
        self.sequence += 1
        self.counted_ms = now_ms
        return payloads.BankChange(
            bank=self.bank.id,
            stock_seq=self.sequence,
            counted_at=now_ms,
            put=put,
            removed=removed,
            without=without or [],
        )

    def count(self, now_ms: int) -> payloads.BankStock:
        """The whole count."""
        self.counted_ms = now_ms
        lots = [lot.payload() for lot in self.lots.values()]
        return payloads.BankStock(
            bank=self.bank.id,
            stock_seq=self.sequence,
            counted_at=now_ms,
            lots=lots,
            without=list(self.boxes)[-5_000:],
        )
