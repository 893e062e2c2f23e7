"""How a requester goes on: (what it knows of its request, what it hears) -> what it asks next. Pure.

One decision of an operator is one `Asked`, kept until its end is known. The requester only ever
repeats itself: which command comes next follows from the history it knows, so that a lost answer, a
restart and a cut network are all the same case.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from dispatch.centre import protocol
from dispatch.centre.messages import Answer, Cancel, Command, Commit, Query, Request
from dispatch.centre.rules import Patience
from dispatch.domain.aid import AidId
from dispatch.domain.geography import CityCode
from dispatch.domain.orders import NO_TOKEN, Asker, Job, OrderState, RequestId, Step, Token
from dispatch.domain.units import UnitId
from dispatch.language import N_

LONGEST_AGAIN_MS = 3_000
"""Between repeats of a command that is not answered: seldom, for a slow centre's sake."""
AGAIN_CONFIRMED_MS = 30_000
"""Between looks at an order whose crew is at work: its end is pushed, this only mends a lost push."""


class Standing(StrEnum):
    """What the operator is shown."""

    REQUESTED = "requested"
    GRANTED = "granted"
    ORDERED = "ordered"
    CONFIRMED = "confirmed"  # the crew acknowledged: never said before it did
    STANDING_DOWN = "standing_down"
    DONE = "done"
    STOOD_DOWN = "stood_down"
    DENIED = "denied"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"  # no answer for long, or the centre lost its memory: ask by telephone

    @property
    def settled(self) -> bool:
        """Nothing comes after it."""
        return self in _SETTLED


_SETTLED = frozenset(
    {Standing.DONE, Standing.STOOD_DOWN, Standing.DENIED, Standing.EXPIRED, Standing.CANCELLED}
)


class Urgency(StrEnum):
    """How loudly an order wants to be seen; config/alarms.toml says after how long."""

    NONE = "none"
    AMBER = "amber"  # no answer of the centre
    RED = "red"  # no crew acknowledgement: audible, call by radio
    ESCALATED = "escalated"  # the same for longer


URGENCY_SENTENCES = {
    Urgency.AMBER: N_("{unit}: the centre has not answered yet"),
    Urgency.RED: N_("{unit}: no crew acknowledgement, call by radio"),
    Urgency.ESCALATED: N_("{unit}: still no crew acknowledgement, tell the supervisor and call by radio"),
}

STANDING_NAMES = {
    Standing.REQUESTED: N_("asked, no answer yet"),
    Standing.GRANTED: N_("granted, being ordered"),
    Standing.ORDERED: N_("ordered, crew has not acknowledged"),
    Standing.CONFIRMED: N_("confirmed by the crew"),
    Standing.STANDING_DOWN: N_("being called back"),
    Standing.DONE: N_("the task is over"),
    Standing.STOOD_DOWN: N_("called back"),
    Standing.DENIED: N_("refused by the centre"),
    Standing.EXPIRED: N_("the reservation ran out"),
    Standing.CANCELLED: N_("withdrawn before the order"),
    Standing.UNKNOWN: N_("not known: ask by telephone before sending another unit"),
}

_STANDING = {
    OrderState.FREE: Standing.REQUESTED,
    OrderState.RESERVED: Standing.GRANTED,
    OrderState.ACKED: Standing.CONFIRMED,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One decision, and the longest history heard of it. `heard_ms`: the last answer of any kind."""

    request: RequestId
    city: CityCode
    unit: UnitId
    asker: Asker
    operator: str
    job: Job
    asked_ms: int
    expires_ms: int
    cancelled: bool = False
    steps: tuple[Step, ...] = ()
    token: Token = NO_TOKEN
    heard_ms: int = 0
    aid: AidId | None = None
    """The request for help under which another city's unit is asked for."""
    role: str = "dispatcher"
    contradicted: bool = False
    """The centre said something that its earlier answers rule out: it lost its memory."""

    @property
    def state(self) -> OrderState:
        return self.steps[-1].state if self.steps else OrderState.FREE

    @property
    def settled(self) -> bool:
        """Whether nothing more will be asked about it."""
        return self.contradicted or self.state.final


def hear(asked: Asked, answer: Answer, now_ms: int) -> Asked:
    """After an answer: the longer history counts, whatever order answers arrive in."""
    if answer.request != asked.request or answer.unit != asked.unit:
        return replace(asked, contradicted=True) if answer.request == asked.request else asked
    short, long = sorted((asked.steps, answer.steps), key=len)
    if long[: len(short)] != short or (asked.steps and not answer.steps):
        return replace(asked, contradicted=True, heard_ms=now_ms)
    token = answer.token if answer.token != NO_TOKEN else asked.token
    return replace(asked, steps=long, token=token, heard_ms=now_ms)


def command(asked: Asked) -> Command | None:
    """What to say now, and again until the answer changes it; None when its end is known."""
    if asked.settled:
        return None
    subject = asked.request, asked.unit, asked.asker, asked.operator
    if asked.cancelled and asked.state is not OrderState.STANDING_DOWN:
        return Cancel(*subject, asked.role)
    match asked.state:
        case OrderState.FREE:
            return Request(*subject, asked.job, asked.expires_ms, asked.aid, asked.role)
        case OrderState.RESERVED:
            return Commit(*subject, asked.token, asked.role)
        case _:
            return Query(*subject)


def again_after_ms(asked: Asked, times_said: int) -> int:
    """The pause before the command, said so often now, is said again: 1, 1, 2, 3, 3 ... seconds."""
    quiet = asked.state is OrderState.ACKED and not asked.cancelled
    return AGAIN_CONFIRMED_MS if quiet else min(protocol.again_after_ms(times_said), LONGEST_AGAIN_MS)


def standing(asked: Asked, now_ms: int, patience: Patience) -> Standing:
    """What to show. Silence is not refusal: what was not answered may have been carried out."""
    if asked.contradicted:
        return Standing.UNKNOWN
    waiting = asked.state in (OrderState.FREE, OrderState.RESERVED)
    if waiting and now_ms - max(asked.asked_ms, asked.heard_ms) >= patience.escalated_s * 1000:
        return Standing.UNKNOWN
    return _STANDING.get(asked.state) or Standing(asked.state.value)


def urgency(asked: Asked, now_ms: int, patience: Patience) -> Urgency:
    """How loudly to show it, by the time since the decision."""
    if asked.state.final and not asked.contradicted:
        return Urgency.NONE
    if asked.contradicted:
        return Urgency.ESCALATED
    waited_s = (now_ms - asked.asked_ms) / 1000
    if asked.state not in (OrderState.ACKED, OrderState.STANDING_DOWN):
        if waited_s >= patience.escalated_s:
            return Urgency.ESCALATED
        if waited_s >= patience.unacknowledged_s:
            return Urgency.RED
    unanswered = asked.state is OrderState.FREE and waited_s >= patience.unanswered_s
    return Urgency.AMBER if unanswered else Urgency.NONE


def newest(all_asked: Sequence[Asked]) -> list[Asked]:
    """Open ones first, the longest waiting on top; then the settled ones, newest first."""
    waiting = sorted((one for one in all_asked if not one.settled), key=lambda one: one.asked_ms)
    settled = sorted((one for one in all_asked if one.settled), key=lambda one: -one.asked_ms)
    return [*waiting, *settled]
