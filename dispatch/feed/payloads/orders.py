"""An order between console, centre and vehicle: docs/orders.md, docs/vehicle.md."""

from typing import Annotated, Literal

from msgspec import Meta

from dispatch.feed.payloads.ground import (
    Code,
    Count,
    DatumCode,
    Lat,
    Lon,
    Millis,
    Payload,
    PriorityCode,
    RoleCode,
    Text,
)


class OrderJob(Payload, frozen=True):
    """What a crew is told to do; no personal data."""

    incident: Code
    priority: PriorityCode
    lat: Lat
    lon: Lon
    datum: DatumCode
    place: Text
    hospital: Code | None = None


class OrderRequest(Payload, frozen=True):
    """Reserve a unit. `request` is made once for each decision.

    `aid`: the request for help under which another city's unit is ordered; none: a unit of the own city.
    A centre that never heard of it before `good_until` denies it for good. The envelope has no
    `expires_at`: it is asked again after that, for then the denial is what must be heard.
    """

    request: Code
    unit: Code
    operator: Text
    job: OrderJob
    good_until: Millis
    aid: Code | None = None
    role: RoleCode = "dispatcher"


class OrderCommit(Payload, frozen=True):
    """Order the unit that was reserved under this token."""

    request: Code
    unit: Code
    operator: Text
    epoch: Count
    counter: Count
    role: RoleCode = "dispatcher"


class OrderCancel(Payload, frozen=True):
    """Give the unit back: a cancellation before the order, a stand-down after it."""

    request: Code
    unit: Code
    operator: Text
    role: RoleCode = "dispatcher"


class OrderQuery(Payload, frozen=True):
    """Tell again what became of a request."""

    request: Code
    unit: Code


class OrderStep(Payload, frozen=True):
    """One line of an order's history; `reason` is a code."""

    state: Literal[
        "reserved",
        "ordered",
        "acked",
        "standing_down",
        "done",
        "stood_down",
        "denied",
        "expired",
        "cancelled",
    ]
    at: Millis
    reason: Text = ""


class OrderAnswer(Payload, frozen=True):
    """The whole history of a request so far; without steps: this centre never heard of it.

    (`epoch`, `counter`) is the fencing token; `until` ends a reservation, and nothing else.
    """

    request: Code
    unit: Code
    steps: Annotated[list[OrderStep], Meta(max_length=16)] = []
    epoch: Count = 0
    counter: Count = 0
    until: Millis = 0


class UnitOrder(Payload, frozen=True):
    """What a unit's own centre tells it. All but "heard" are said again until it reports.

    "take_to" names the hospital (in the job) to a crew that holds the order.
    """

    unit: Code
    request: Code
    epoch: Count
    counter: Count
    act: Literal["go", "stand_down", "heard", "take_to"]
    job: OrderJob | None = None


class UnitReport(Payload, frozen=True):
    """What a unit tells its centre about the order with this token; "done" until it is "heard"."""

    unit: Code
    request: Code
    epoch: Count
    counter: Count
    said: Literal["acknowledged", "done", "stood_down", "taking_to"]
    ending: Code | None = None
    hospital: Code | None = None
