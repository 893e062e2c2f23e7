"""Lending between cities: asked, received by a machine, accepted by a person, a unit named, under way, back.

Acknowledge is not accept, and accept is not commit. The lender's centre is the only writer of an aid; until
its acceptance arrives the borrower is responsible, and an unanswered request never becomes a yes.
Vocabulary: UCRI2 and EDXL-RM resource messages.
"""

from datetime import datetime
from enum import StrEnum
from typing import NewType

from pydantic import Field

from dispatch.domain.errors import IllegalTransition
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.domain.model import Frozen
from dispatch.domain.units import Capability, UnitId
from dispatch.language import N_

AidId = NewType("AidId", str)
"""Made once by the asking console (UUIDv7); a repeat carries the same one."""


class AidKind(StrEnum):
    UNITS = "units"  # 借车
    INCIDENT = "incident"  # 转分中心: take the whole incident over


class AidState(StrEnum):
    """REQUESTED is known to the asking side only: nothing has been heard from the lender yet."""

    REQUESTED = "requested"
    RECEIVED = "received"  # by the lender's machine
    ACCEPTED = "accepted"  # by a person, or by a standing rule that the cities signed
    COMMITTED = "committed"  # units named
    DEPLOYED = "deployed"  # a crew has acknowledged its order
    RELEASED = "released"  # every unit is back or was given up; of kind INCIDENT: taken over
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def final(self) -> bool:
        return not AID_NEXT[self]


_S = AidState
AID_NEXT: dict[AidState, frozenset[AidState]] = {
    _S.REQUESTED: frozenset({_S.RECEIVED, _S.CANCELLED, _S.EXPIRED}),
    _S.RECEIVED: frozenset({_S.ACCEPTED, _S.COMMITTED, _S.DECLINED, _S.CANCELLED, _S.EXPIRED}),
    _S.ACCEPTED: frozenset({_S.COMMITTED, _S.RELEASED, _S.DECLINED, _S.CANCELLED, _S.EXPIRED}),
    _S.COMMITTED: frozenset({_S.DEPLOYED, _S.RELEASED, _S.CANCELLED, _S.EXPIRED}),
    _S.DEPLOYED: frozenset({_S.RELEASED}),
    _S.RELEASED: frozenset(),
    _S.DECLINED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.EXPIRED: frozenset(),
}

AID_STATE_NAMES = {
    AidState.REQUESTED: N_("asked, not received yet"),
    AidState.RECEIVED: N_("received, nobody has answered"),
    AidState.ACCEPTED: N_("accepted, no unit named yet"),
    AidState.COMMITTED: N_("unit named"),
    AidState.DEPLOYED: N_("lent unit under way"),
    AidState.RELEASED: N_("given back"),
    AidState.DECLINED: N_("declined"),
    AidState.CANCELLED: N_("taken back"),
    AidState.EXPIRED: N_("nobody answered in time"),
}


class AidAct(StrEnum):
    """What may be done to an aid that was received."""

    CLAIM = "claim"  # a desk of the lender takes the answer upon itself; the others see it
    UNCLAIM = "unclaim"
    ACCEPT = "accept"
    DECLINE = "decline"  # needs a reason
    COMMIT = "commit"  # needs units; accepts too when nobody did
    CANCEL = "cancel"  # by the borrower
    RELEASE = "release"  # the lender gets its units back: refused while a crew is on the task


class Aid(Frozen):
    """One request for help of a neighbour, as the lender's centre holds it."""

    id: AidId
    kind: AidKind = AidKind.UNITS
    lender: CityCode
    borrower: CityCode
    node: str = Field(description="the asking console on the wire")
    operator: str
    incident: IncidentId
    priority: Priority
    position: Position
    place: str
    patients: int = Field(default=1, ge=1, le=9999)
    count: int = Field(default=1, ge=1, le=99, description="units asked for")
    needs: frozenset[Capability] = frozenset()
    chief_complaint: str = ""
    wanted: tuple[UnitId, ...] = ()
    """Units the borrower's recommendation named; the lender may name others."""
    asked_at: datetime
    answer_by: datetime
    """Unanswered by then it expires."""
    good_until: datetime | None = None
    """A unit that was named and not ordered by then goes back to its city."""
    state: AidState = AidState.RECEIVED
    changed_at: datetime
    claimed_by: str = ""
    """Operator and console ("li@console-2") that work on the answer; empty: nobody."""
    answered_by: str = ""
    rule: str = ""
    """The standing rule that answered by itself, with its edition; empty: a person did."""
    units: tuple[UnitId, ...] = ()
    """Units named."""
    used: tuple[UnitId, ...] = ()
    """Those of them that an order took: reserved, on the task, or through with it."""
    back: tuple[UnitId, ...] = ()
    """Those of them that are their own city's again, used or not."""
    lost: tuple[UnitId, ...] = ()
    """Those that went back because their city needed them or they fell out, before they were ordered."""
    reason: str = ""
    moved_to: IncidentId | None = None
    """Of kind INCIDENT: its number at the lender."""

    @property
    def out(self) -> tuple[UnitId, ...]:
        """Units promised or under way: nobody else's until they are back."""
        return tuple(unit for unit in self.units if unit not in self.back)

    @property
    def at_work(self) -> tuple[UnitId, ...]:
        """Units that an order of the borrower holds."""
        return tuple(unit for unit in self.used if unit not in self.back)

    def to(self, state: AidState, at: datetime, **changes: object) -> "Aid":
        """The aid one step further; IllegalTransition names the states that may come next."""
        if state is not self.state and state not in AID_NEXT[self.state]:
            legal = tuple(each.name for each in AidState if each in AID_NEXT[self.state])
            raise IllegalTransition(self.state.name, state.name, legal or ("nothing: it is final",))
        return self.model_copy(update={"state": state, "changed_at": at, **changes})
