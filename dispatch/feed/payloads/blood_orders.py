"""Orders of blood: held, acted on by people, and all of a city's in one document."""

from typing import Annotated, Literal

from msgspec import Meta

from dispatch.feed.payloads.ground import By, Code, Facts, GroupCode, Millis, Payload, Text

BloodStateCode = Literal[
    "held", "denied", "confirmed", "packing", "packed", "carried", "delivered", "received", "quarantined",
    "returned", "discarded", "declined", "cancelled", "expired", "unfulfilled", "in_error",
]  # fmt: skip
BloodActCode = Literal[
    "confirm", "decline", "pack", "packed", "hand", "deliver", "receive", "release", "return", "discard",
    "cancel", "void",
]  # fmt: skip
ModeCode = Literal["stock", "ad_hoc", "emergency"]
Quantity = Annotated[int, Meta(ge=1, le=100_000)]
Tenths = Annotated[int, Meta(ge=-2_000, le=1_000)]
"""Tenths of a degree Celsius."""


class HoldLine(Payload, frozen=True):
    """So much of one component and group; all lots have `attributes`, and are of `lots` if any are named."""

    component: Code
    group: GroupCode
    quantity: Quantity
    attributes: Annotated[list[Code], Meta(max_length=16)] = []
    lots: Annotated[list[Code], Meta(max_length=64)] = []


class BloodHold(Payload, frozen=True):
    """Hold all lines at one bank for a hospital, or nothing. `order` is made once for the decision."""

    order: Code
    bank: Code
    hospital: Code
    lines: Annotated[list[HoldLine], Meta(min_length=1, max_length=16)]
    need_by: Millis
    mode: ModeCode
    by: By


class BagSaid(Payload, frozen=True):
    """One bag by its donation number, and the lot it came from."""

    din: Code
    lot: Code


class BloodAct(Payload, frozen=True):
    """Something that a person did to an order. `temperature`: tenths of a degree; `person`: who decided.

    `seen`: so many lines of the order's history he had before him.
    """

    order: Code
    act: BloodActCode
    by: By
    reason: Text = ""
    unit: Code | None = None
    courier: Annotated[str, Meta(max_length=64)] = ""
    temperature: Tenths | None = None
    person: Annotated[str, Meta(max_length=64)] = ""
    bags: Annotated[list[BagSaid], Meta(max_length=256)] = []
    seen: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None


class TakenSaid(Payload, frozen=True):
    """What a line takes of a lot; `off`: so much of it the bank's count no longer contains."""

    line: Annotated[int, Meta(ge=0, le=15)]
    lot: Code
    quantity: Quantity
    expires_at: Millis
    off: Annotated[int, Meta(ge=0, le=100_000)] = 0


class BloodStepSaid(Payload, frozen=True):
    """One line of an order's history."""

    state: BloodStateCode
    at: Millis
    by: Annotated[str, Meta(max_length=64)]
    role: Annotated[str, Meta(max_length=32)]
    place: Annotated[str, Meta(max_length=130)]
    reason: Text = ""
    facts: Facts = {}


class BloodOrderRecord(Payload, frozen=True):
    """An order as the centre of the bank's city holds it (see domain/blood_orders.py)."""

    order: Code
    bank: Code
    hospital: Code
    city: Code
    node: Code
    lines: Annotated[list[HoldLine], Meta(min_length=1, max_length=16)]
    need_by: Millis
    mode: ModeCode
    until: Millis
    steps: Annotated[list[BloodStepSaid], Meta(min_length=1, max_length=1_000)]
    taken: Annotated[list[TakenSaid], Meta(max_length=2_000)] = []
    bags: Annotated[list[BagSaid], Meta(max_length=256)] = []
    unit: Code | None = None
    courier: Annotated[str, Meta(max_length=64)] = ""
    temperature: Tenths | None = None


class BloodOrdersSnapshot(Payload, frozen=True):
    """Every order at a city's banks: the open ones, and those of the last hour."""

    orders: Annotated[list[BloodOrderRecord], Meta(max_length=5_000)]
