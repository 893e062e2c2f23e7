"""Blood that one bank sends to one hospital: held, confirmed, packed, carried, handed over, received.

The centre of the bank's city is the only writer. States of the dispense of FHIR R5 stand beside ours in
FHIR_STATES: BiologicallyDerivedProductDispense.status.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from pydantic import Field

from dispatch.domain.blood import BankId, BloodGroup, ComponentCode, LotId, LotState
from dispatch.domain.errors import IllegalTransition
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.model import Frozen
from dispatch.domain.orders import Asker
from dispatch.language import N_

BloodOrderId = NewType("BloodOrderId", str)
"""Made once by the asking console; a repeat carries the same one."""


class BloodState(StrEnum):
    HELD = "held"  # softly, until a time; the bank has not answered
    DENIED = "denied"  # by the centre: not on hand
    CONFIRMED = "confirmed"
    PACKING = "packing"
    PACKED = "packed"
    CARRIED = "carried"  # a unit or a courier has it
    DELIVERED = "delivered"  # handed over at the hospital
    RECEIVED = "received"  # checked there and taken
    QUARANTINED = "quarantined"  # set aside until a named person decides
    RETURNED = "returned"
    DISCARDED = "discarded"
    DECLINED = "declined"  # by the bank
    CANCELLED = "cancelled"  # by whoever asked
    EXPIRED = "expired"  # nobody answered in time
    UNFULFILLED = "unfulfilled"  # the stock fell below what was held
    IN_ERROR = "in_error"  # should never have been asked

    @property
    def final(self) -> bool:
        return not BLOOD_NEXT[self]

    @property
    def holds(self) -> bool:
        """Whether its lots are kept on the shelf for it."""
        return self in _HOLDING

    @property
    def issued(self) -> bool:
        """Whether its blood has left the bank."""
        return self in _ISSUED

    @property
    def boxed(self) -> bool:
        """Whether its bags were taken from the shelf: packed, or already gone."""
        return self is _B.PACKED or self in _ISSUED

    @property
    def settled(self) -> bool:
        """Nobody waits for anything any more; what was received may still be returned or discarded."""
        return self.final or self is _B.RECEIVED


_B = BloodState
_HOLDING = frozenset({_B.HELD, _B.CONFIRMED, _B.PACKING, _B.PACKED})
_ISSUED = frozenset({_B.CARRIED, _B.DELIVERED, _B.RECEIVED, _B.QUARANTINED, _B.RETURNED, _B.DISCARDED})
_GIVEN_UP = frozenset({_B.DECLINED, _B.CANCELLED, _B.IN_ERROR})
BLOOD_NEXT: dict[BloodState, frozenset[BloodState]] = {
    _B.HELD: _GIVEN_UP | {_B.CONFIRMED, _B.EXPIRED, _B.UNFULFILLED},
    _B.CONFIRMED: _GIVEN_UP | {_B.PACKING},
    _B.PACKING: _GIVEN_UP | {_B.PACKED},
    _B.PACKED: _GIVEN_UP | {_B.CARRIED},
    _B.CARRIED: frozenset({_B.DELIVERED, _B.RETURNED, _B.DISCARDED}),
    _B.DELIVERED: frozenset({_B.RECEIVED, _B.QUARANTINED}),
    _B.RECEIVED: frozenset({_B.RETURNED, _B.DISCARDED}),
    _B.QUARANTINED: frozenset({_B.RECEIVED, _B.RETURNED, _B.DISCARDED}),
} | {
    final: frozenset()
    for final in (
        _B.DENIED, _B.RETURNED, _B.DISCARDED, _B.DECLINED, _B.CANCELLED, _B.EXPIRED, _B.UNFULFILLED,
        _B.IN_ERROR,
    )
}  # fmt: skip

BLOOD_STATE_NAMES = {
    _B.HELD: N_("held, the bank has not answered"),
    _B.DENIED: N_("not on hand"),
    _B.CONFIRMED: N_("confirmed by the bank"),
    _B.PACKING: N_("being packed"),
    _B.PACKED: N_("packed"),
    _B.CARRIED: N_("on the way"),
    _B.DELIVERED: N_("handed over, not checked"),
    _B.RECEIVED: N_("received"),
    _B.QUARANTINED: N_("set aside, a person must decide"),
    _B.RETURNED: N_("returned"),
    _B.DISCARDED: N_("discarded"),
    _B.DECLINED: N_("declined by the bank"),
    _B.CANCELLED: N_("taken back"),
    _B.EXPIRED: N_("not answered in time"),
    _B.UNFULFILLED: N_("the stock fell"),
    _B.IN_ERROR: N_("asked in error"),
}

FHIR_STATES = {
    _B.HELD: "preparation",
    _B.CONFIRMED: "in-progress",
    _B.PACKING: "in-progress",
    _B.PACKED: "allocated",
    _B.CARRIED: "issued",
    _B.DELIVERED: "issued",
    _B.RECEIVED: "issued",
    _B.QUARANTINED: "issued",
    _B.DISCARDED: "issued",  # there is no code for it; a note says that it was discarded
    _B.RETURNED: "returned",
    _B.DENIED: "unfulfilled",
    _B.DECLINED: "unfulfilled",
    _B.CANCELLED: "unfulfilled",
    _B.EXPIRED: "unfulfilled",
    _B.UNFULFILLED: "unfulfilled",
    _B.IN_ERROR: "entered-in-error",
}
"""A state that is not here, of a newer edition, is "unknown"."""


class BloodAct(StrEnum):
    """What a person does to an order."""

    CONFIRM = "confirm"
    DECLINE = "decline"  # needs a reason
    PACK = "pack"  # begins
    PACKED = "packed"  # may name the bags
    HAND = "hand"  # to a unit or a courier
    DELIVER = "deliver"  # at the hospital
    RECEIVE = "receive"  # with the temperature; its limits decide between RECEIVED and QUARANTINED
    RELEASE = "release"  # out of quarantine, by a named person
    RETURN = "return"
    DISCARD = "discard"  # needs a reason and a named person
    CANCEL = "cancel"  # by whoever asked
    VOID = "void"  # asked in error; needs a reason


ACT_STATES = {
    BloodAct.CONFIRM: _B.CONFIRMED,
    BloodAct.DECLINE: _B.DECLINED,
    BloodAct.PACK: _B.PACKING,
    BloodAct.PACKED: _B.PACKED,
    BloodAct.HAND: _B.CARRIED,
    BloodAct.DELIVER: _B.DELIVERED,
    BloodAct.RECEIVE: _B.RECEIVED,
    BloodAct.RELEASE: _B.RECEIVED,
    BloodAct.RETURN: _B.RETURNED,
    BloodAct.DISCARD: _B.DISCARDED,
    BloodAct.CANCEL: _B.CANCELLED,
    BloodAct.VOID: _B.IN_ERROR,
}
"""Act -> the state it leads to."""


class BloodLine(Frozen):
    """So much of one component and group; all lots have `attributes`, and are of `lots` if any are named."""

    component: ComponentCode
    group: BloodGroup
    quantity: int = Field(ge=1, le=100_000)
    attributes: frozenset[str] = frozenset()
    lots: tuple[LotId, ...] = ()


class Taken(Frozen):
    """What a line takes of one lot. `off`: so much of it the bank's count no longer contains."""

    line: int
    lot: LotId
    quantity: int = Field(ge=1)
    expires_ms: int
    off: int = 0

    @property
    def on_count(self) -> int:
        """What the bank's count still contains and nobody else may be given."""
        return self.quantity - self.off


class Bag(Frozen):
    """One bag by its donation number (DIN), and the lot it came from."""

    din: str
    lot: LotId


class BloodStep(Frozen):
    """One line of the history: what became so when, and who did it where."""

    state: BloodState
    at_ms: int
    by: str
    role: str
    place: str
    """City and console: "changsha/console-1"."""
    reason: str = ""
    facts: dict[str, str | int] = {}


class BloodOrder(Frozen):
    """One order as the centre of the bank's city holds it."""

    id: BloodOrderId
    bank: BankId
    hospital: HospitalId
    asker: Asker
    lines: tuple[BloodLine, ...]
    need_by_ms: int
    mode: str
    until_ms: int = 0
    """The soft hold ends then, unless the bank has answered."""
    taken: tuple[Taken, ...] = ()
    bags: tuple[Bag, ...] = ()
    unit: str = ""
    courier: str = ""
    temperature_tenths: int | None = None
    """As measured on receipt, tenths of a degree Celsius."""
    steps: tuple[BloodStep, ...] = ()

    @property
    def state(self) -> BloodState:
        return self.steps[-1].state

    @property
    def bags_out(self) -> bool:
        """Its bags are packed or have left, and did not come back: no other order can have them."""
        return self.state is _B.PACKED or (self.state.issued and self.state is not _B.RETURNED)

    def component_of(self, lot: LotId) -> ComponentCode | None:
        """The component of a lot it takes from; None: it takes nothing of it."""
        return next((self.lines[one.line].component for one in self.taken if one.lot == lot), None)

    @property
    def since_ms(self) -> int:
        """When it came to its present state."""
        first = self.steps[-1]
        for step in reversed(self.steps):
            if step.state is not first.state:
                break
            first = step
        return first.at_ms

    def quantity(self, line: int) -> int:
        """What a line has got."""
        return sum(one.quantity for one in self.taken if one.line == line)

    def short(self, line: int) -> int:
        """What a line was granted and lost again, because the stock fell."""
        return self.lines[line].quantity - self.quantity(line)

    @property
    def on_count(self) -> int:
        """What of it the bank's count still contains, of all lots."""
        live = self.state.holds or self.state.issued
        return sum(one.on_count for one in self.taken) if live else 0

    @property
    def kept(self) -> bool:
        """Whether the centre must keep it before its eyes."""
        return not self.state.settled or self.on_count > 0

    @property
    def is_short(self) -> bool:
        """Something of what was granted is gone."""
        open_one = self.state.holds or self.state.issued
        return open_one and any(self.short(line) for line in range(len(self.lines)))

    def to(self, step: BloodStep, **changes: object) -> "BloodOrder":
        """The order one step further; IllegalTransition names the states that may come next.

        A step in the same state notes something that happened in it.
        """
        if self.steps and step.state is not self.state and step.state not in BLOOD_NEXT[self.state]:
            legal = tuple(each.value for each in BloodState if each in BLOOD_NEXT[self.state])
            raise IllegalTransition(self.state.value, step.state.value, legal or ("nothing: it is final",))
        return self.model_copy(update={"steps": (*self.steps, step), **changes})


# --- the shelf -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShelfLot:
    """One lot as its bank said it last; quantity in the component's own unit."""

    lot: LotId
    component: ComponentCode
    group: BloodGroup
    quantity: int
    expires_ms: int
    state: LotState = LotState.AVAILABLE
    attributes: frozenset[str] = frozenset()

    @property
    def on_hand(self) -> int:
        """What may be held: nothing of a lot that its bank keeps for itself or has set aside."""
        return self.quantity if self.state is LotState.AVAILABLE else 0


@dataclass(frozen=True, slots=True)
class Shelf:
    """One bank as it said itself: `lots` is never changed. Not `whole`: a difference was missed."""

    bank: BankId
    seq: int
    counted_ms: int
    lots: dict[LotId, ShelfLot]
    whole: bool = True

    def on_hand(self, lot: LotId) -> int:
        found = self.lots.get(lot)
        return 0 if found is None else found.on_hand


def place_of(asker: Asker) -> str:
    """Where something was done: "changsha/console-1"."""
    return f"{asker.city}/{asker.node}"
