"""Stock of a blood bank, as the bank says it."""

from typing import Annotated, Literal

from msgspec import Meta

from dispatch.feed.payloads.ground import Code, Count, GroupCode, Millis, Payload


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
