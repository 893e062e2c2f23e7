"""Orders of blood in the report's document. Times are the centre's of the bank's city, ms since 1970 UTC."""

from pydantic import Field

from dispatch.domain.model import Frozen
from dispatch.report.model_parts import Interval, Ms


class BloodAmounts(Frozen):
    """What one city's banks were asked for by one city, of one component, in that component's own unit.

    An order counts in its last state: received + returned + wasted + not_supplied + under_way is what the
    orders hold at the end, which is less than `granted` where the stock fell.
    """

    bank_city: str
    asker_city: str
    component: str
    clock: str = "centre"
    orders: int
    granted: int = Field(description="held at first")
    received: int = Field(description="checked at the hospital and kept there")
    returned: int
    wasted: int = Field(description="discarded")
    not_supplied: int = Field(description="declined, taken back, unanswered, no lot left, or in error")
    under_way: int = Field(description="not over when the log ended, set aside among them")


class BloodOrderEntry(Frozen):
    """One order of blood with the first time of each step."""

    order: str
    bank_city: str
    asker_city: str
    bank: str
    hospital: str
    state: str = Field(description="the last one")
    amounts: dict[str, int] = Field(description="component -> quantity in its own unit")
    need_by_ms: Ms | None
    asked_ms: Ms | None
    confirmed_ms: Ms | None
    packed_ms: Ms | None
    carried_ms: Ms | None
    delivered_ms: Ms | None
    received_ms: Ms | None
    over_ms: Ms | None
    with_bags: bool
    with_carrier: bool
    measured: bool


class BloodOrders(Frozen):
    """Orders of blood at the banks of the cities whose centre's log was given."""

    clock: str = "centre"
    n: int = Field(description="orders, denied ones among them")
    ends: dict[str, int] = Field(description="last state -> orders")
    under_way: int = Field(description="not over when the log ended")
    received_n: int = Field(description="received, of those that say by when they were needed")
    in_time: int = Field(description="of these: received by then")
    share: float | None
    low: float
    high: float
    left_bank: int = Field(description="handed to a carrier")
    with_bags: int = Field(description="of these: bag numbers on record")
    with_carrier: int = Field(description="of these: the carrier on record")
    checked: int = Field(description="received or set aside on receipt")
    measured: int = Field(description="of these: the temperature on record")
    set_aside: int = Field(description="of these: out of the limits, or none known")
    intervals: tuple[Interval, ...]
    amounts: tuple[BloodAmounts, ...]
    orders: tuple[BloodOrderEntry, ...]
