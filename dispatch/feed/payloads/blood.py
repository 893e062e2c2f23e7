"""Stock of a blood bank, as the bank says it."""

from typing import Annotated, Literal

from msgspec import Meta

from dispatch.feed.payloads.ground import END, Code, Count, GroupCode, Millis, Payload


class StockLot(Payload, frozen=True):
    """Units that expire together; quantity in the component's own unit."""

    lot: Code
    component: Code
    group: GroupCode
    quantity: Annotated[int, Meta(ge=0, le=1_000_000)]
    expires_at: Millis
    state: Literal["available", "reserved", "quarantined", "recalled", "issued"] = "available"
    attributes: Annotated[list[Code], Meta(max_length=16)] = []


class BankStock(Payload, frozen=True):
    """A whole count of one bank. `stock_seq` is the number the next difference follows."""

    bank: Code
    stock_seq: Count
    counted_at: Millis
    lots: Annotated[list[StockLot], Meta(max_length=20_000)]
    without: Annotated[list[Code], Meta(max_length=5_000)] = []
    """Orders of the centre whose blood was taken off the shelf and is not in this count."""


class BankChange(Payload, frozen=True):
    """A difference: it applies to the stock whose `stock_seq` is one less."""

    bank: Code
    stock_seq: Count
    counted_at: Millis
    put: Annotated[list[StockLot], Meta(max_length=20_000)] = []
    removed: Annotated[list[Code], Meta(max_length=20_000)] = []
    without: Annotated[list[Code], Meta(max_length=5_000)] = []
    """Orders of the centre whose blood this difference takes off the shelf."""


DayAmount = Annotated[int, Meta(ge=0, le=10_000_000)]
"""Of one day; null where it is not known, which is not the same as 0."""
Days = Annotated[list[DayAmount | None], Meta(max_length=62)]


class GroupDays(Payload, frozen=True):
    """One component and group by day, the oldest first, in the component's own unit.

    `issued`: how much left for patients; `issues`: how often; `on_hand`: what could be issued at its end.
    """

    component: Code
    group: GroupCode
    issued: Days = []
    issues: Days = []
    on_hand: Days = []


class BankDays(Payload, frozen=True):
    """What a bank issued and held on its last whole days in China, `first_day` (as 2026-11-01) and on."""

    bank: Code
    first_day: Annotated[str, Meta(pattern=rf"^\d{{4}}-\d{{2}}-\d{{2}}{END}")]
    said_at: Millis
    series: Annotated[list[GroupDays], Meta(max_length=400)] = []
