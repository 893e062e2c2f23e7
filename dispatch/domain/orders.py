"""Orders: a unit reserved for one request, ordered, acknowledged by its crew, and free again.

An order is its history. Every answer about a request is read from that history, which only grows,
so that an answer given once stays true. Times are integer milliseconds since 1970 UTC, as stored
and as sent: what is read back equals what was written.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple, NewType

from dispatch.domain.errors import IllegalTransition
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.domain.model import Frozen
from dispatch.domain.units import UnitId
from dispatch.language import N_

RequestId = NewType("RequestId", str)
"""Made once for each decision of an operator (UUIDv7); a repeat carries the same one."""


class OrderState(StrEnum):
    """Where a request stands. FREE is a request nobody has heard of yet: it has no history."""

    FREE = "free"
    RESERVED = "reserved"  # 预留: held for a request until the lease ends
    ORDERED = "ordered"  # 已下令: the vehicle is told until it acknowledges; no clock ends it
    ACKED = "acked"  # 已确认: the crew acknowledged
    STANDING_DOWN = "standing_down"  # 撤回中: the vehicle is told to stand down until it acknowledges
    DONE = "done"  # 结束: the crew is through with it
    STOOD_DOWN = "stood_down"  # 已撤回
    DENIED = "denied"  # 拒绝
    EXPIRED = "expired"  # 预留过期
    CANCELLED = "cancelled"  # 取消: before it was ordered

    @property
    def holds_unit(self) -> bool:
        """Whether no other request may have the unit."""
        return self in _HOLDING

    @property
    def final(self) -> bool:
        return not LEGAL_NEXT[self]


_S = OrderState
_HOLDING = frozenset({_S.RESERVED, _S.ORDERED, _S.ACKED, _S.STANDING_DOWN})
LEGAL_NEXT: dict[OrderState, frozenset[OrderState]] = {
    _S.FREE: frozenset({_S.RESERVED, _S.DENIED, _S.CANCELLED}),
    _S.RESERVED: frozenset({_S.ORDERED, _S.EXPIRED, _S.CANCELLED}),
    _S.ORDERED: frozenset({_S.ACKED, _S.STANDING_DOWN, _S.DONE}),  # DONE at once: the crew refused
    _S.ACKED: frozenset({_S.DONE, _S.STANDING_DOWN}),
    _S.STANDING_DOWN: frozenset({_S.STOOD_DOWN, _S.DONE}),
    _S.DONE: frozenset(),
    _S.STOOD_DOWN: frozenset(),
    _S.DENIED: frozenset(),
    _S.EXPIRED: frozenset(),
    _S.CANCELLED: frozenset(),
}

STATE_NAMES = {
    OrderState.FREE: N_("order not heard of"),
    OrderState.RESERVED: N_("unit reserved"),
    OrderState.ORDERED: N_("order on its way to the crew"),
    OrderState.ACKED: N_("crew acknowledged"),
    OrderState.STANDING_DOWN: N_("standing down, not yet acknowledged"),
    OrderState.DONE: N_("order ended"),
    OrderState.STOOD_DOWN: N_("stood down"),
    OrderState.DENIED: N_("order denied"),
    OrderState.EXPIRED: N_("reservation expired"),
    OrderState.CANCELLED: N_("order cancelled"),
}

REASONS = {
    "unit_unknown": N_("this centre has no such unit"),
    "unit_held": N_("the unit is held for another request"),
    "request_late": N_("the request came after its own deadline"),
    "lease_over": N_("nobody confirmed the reservation in time"),
    "withdrawn": N_("the requester withdrew it"),
    "completed": N_("the crew completed the task"),
    "nobody_to_carry": N_("there was nobody to carry"),
    "aborted": N_("the task was broken off"),
    "crew_refused": N_("the crew refused the task"),
    "unit_not_free": N_("the unit is not free"),
    "aid_needed": N_("another city's unit needs a request for help that its city has answered"),
    "aid_other": N_("the request for help does not name this unit, this city or this incident"),
    "aid_over": N_("the loan of this unit is over"),
    "not_allowed": N_("the role of whoever asked may not send units"),
    "by_radio": N_("the crew said so by radio"),
}
"""Code of a step's reason -> its sentence."""

CREW_REFUSED = "crew_refused"
BY_RADIO = "by_radio"
"""The reason of a step that a desk heard from the crew by radio."""
ENDINGS = ("completed", "nobody_to_carry", "aborted", CREW_REFUSED)
"""How a crew may end a task."""


class Token(NamedTuple):
    """The fencing token: grows with every reservation, and with every start of the centre."""

    epoch: int
    counter: int


NO_TOKEN = Token(0, 0)


class Step(NamedTuple):
    """One line of an order's history; `reason` is a code of REASONS or empty."""

    state: OrderState
    at_ms: int
    reason: str = ""


class Asker(NamedTuple):
    """The program that asked: its city and its name on the wire."""

    city: CityCode
    node: str


class Job(Frozen):
    """What the crew is told to do; nothing in it names a patient."""

    incident: IncidentId
    priority: Priority
    position: Position
    place: str
    hospital: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """One request and everything that became of it. `until_ms` counts only while RESERVED."""

    request: RequestId
    unit: UnitId
    asker: Asker
    operator: str
    job: Job | None = None
    token: Token = NO_TOKEN
    until_ms: int = 0
    steps: tuple[Step, ...] = ()

    @property
    def state(self) -> OrderState:
        return self.steps[-1].state if self.steps else OrderState.FREE

    @property
    def crew_acknowledged(self) -> bool:
        """Whether the crew ever acknowledged it."""
        return any(step.state is OrderState.ACKED for step in self.steps)

    def to(self, state: OrderState, at_ms: int, reason: str = "") -> "Order":
        """The order one step further; IllegalTransition names the states that may come next."""
        check_step(self.state, state)
        return replace(self, steps=(*self.steps, Step(state, at_ms, reason)))


def check_step(before: OrderState, after: OrderState) -> None:
    """IllegalTransition, with the legal next states, unless the step is allowed."""
    if after not in LEGAL_NEXT[before]:
        legal = tuple(state.name for state in OrderState if state in LEGAL_NEXT[before])
        raise IllegalTransition(before.name, after.name, legal or ("nothing: it is final",))
