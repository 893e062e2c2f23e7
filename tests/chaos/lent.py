"""What happened between the cities, seen from outside: whose unit went where, and with whose leave.

A record of its own is kept of every request for help, from what the lenders' centres stored; what an order
under it may do is judged by that record, not by the code that decided.
"""

from dataclasses import dataclass, field

from dispatch.centre.draft import Draft
from dispatch.centre.messages import Input, Reply, UnitSaid
from dispatch.centre.state import Duty
from dispatch.clock import epoch_ms
from dispatch.domain.aid import Aid, AidId, AidState
from dispatch.domain.geography import CityCode
from dispatch.domain.orders import Order, OrderState, RequestId
from dispatch.domain.units import UnitId, UnitState
from tests.chaos.truth import Truth

_PROMISED = (AidState.COMMITTED, AidState.DEPLOYED)
_BROKEN = UnitState.OUT_OF_SERVICE


@dataclass
class Lent:
    """Hears of every draft that a centre kept, and checks it at once."""

    truth: Truth
    owner: dict[UnitId, CityCode]
    aids: dict[AidId, Aid] = field(default_factory=dict)
    duties: dict[UnitId, Duty] = field(default_factory=dict)
    replies: dict[str, Reply] = field(default_factory=dict)
    under: dict[RequestId, AidId | None] = field(default_factory=dict)
    """Under which request for help each console says that it asks."""
    lent: dict[tuple[AidId, UnitId], RequestId] = field(default_factory=dict)
    unlent: set[RequestId] = field(default_factory=set)
    """Orders of units that nobody lent."""
    steps: dict[RequestId, int] = field(default_factory=dict)
    """How long the history of each order was when it was last seen."""
    broken_on: dict[UnitId, RequestId | None] = field(default_factory=dict)
    """The order that a vehicle was on when it said, last of all, that it is out of service."""
    counted: int = 0
    """Orders of lent units that were confirmed by a crew."""

    def kept(self, city: CityCode, said: Input, draft: Draft) -> None:
        """A centre stored what a message changed."""
        for decision in draft.decisions:
            for order in decision.changed:
                self._order(city, order, draft)
        for aid in draft.aids.values():
            self.aids[aid.id] = aid
        for aid in draft.aids.values():
            self._once(aid)
        for duty in draft.duties.values():
            self._duty(duty, said)

    def reply(self, reply: Reply) -> None:
        """A centre answered a keyed command: always with the same."""
        known = self.replies.setdefault(reply.key, reply)
        if (known.accepted, known.code, known.facts) != (reply.accepted, reply.code, reply.facts):
            self.truth.fail("answer", f"{reply.key}: was answered {known}, then {reply}")

    def begins(self, request: RequestId, unit: UnitId) -> None:
        """A vehicle goes: if another city sent it, by leave of its own."""
        if request in self.unlent:
            self.truth.fail("unlent goes", f"{unit}: goes for {request}, and nobody lent it")

    # --- orders -----------------------------------------------------------------------------------

    def _order(self, city: CityCode, order: Order, draft: Draft) -> None:
        if order.asker.city == city:
            return
        known = self.steps.get(order.request, 0)
        self.steps[order.request] = len(order.steps)
        for state in (step.state for step in order.steps[known:]):
            if state is OrderState.RESERVED:
                self._reserved(order, draft.now_ms)
            elif state is OrderState.ORDERED:
                self._ordered(order)
            elif state is OrderState.ACKED:
                self.counted += 1

    def _reserved(self, order: Order, now_ms: int) -> None:
        under = self.under.get(order.request)
        aid = None if under is None else self.aids.get(under)
        why = _why_not(aid, order, now_ms)
        if why:
            self.unlent.add(order.request)
            self.truth.fail("unlent", f"{order.request}: {order.unit} reserved for {order.asker}: {why}")

    def _ordered(self, order: Order) -> None:
        under = self.under.get(order.request)
        if under is None:
            return
        before = self.lent.setdefault((under, order.unit), order.request)
        if before != order.request:
            self.unlent.add(order.request)
            self.truth.fail("unlent", f"{order.unit}: ordered twice under {under}: {before}, {order.request}")

    # --- requests for help, and units -------------------------------------------------------------

    def _once(self, aid: Aid) -> None:
        """A unit is promised to one request at most."""
        for other in self.aids.values():
            if other.id == aid.id or other.state.final or aid.state.final or other.lender != aid.lender:
                continue
            if both := set(aid.out) & set(other.out):
                self.truth.fail("two aids", f"{sorted(both)}: promised to {aid.id} and {other.id}")

    def _duty(self, duty: Duty, said: Input) -> None:
        before = self.duties.get(duty.unit.id)
        self.duties[duty.unit.id] = duty
        if before is None:
            return
        if duty.heard < before.heard:
            self.truth.fail("unit", f"{duty.unit.id}: its vehicle was heard up to {before.heard}")
        old = isinstance(said, UnitSaid) and said.unit == duty.unit.id and said.number <= before.heard
        if old and duty.status != before.status:
            self.truth.fail("unit", f"{duty.unit.id}: an old word of its vehicle counted twice: {said}")
        after, was = duty.status, before.status
        if isinstance(said, UnitSaid) and duty.heard == said.number and said.number > before.heard:
            self.broken_on[duty.unit.id] = said.request if after.state is _BROKEN else None
        if after.task is None or after.task != was.task or not after.state.on_task:
            return
        said_so = isinstance(said, UnitSaid) and said.number > before.heard
        unsaid = self.broken_on.get(duty.unit.id) != after.task
        back = after.state < was.state if was.state.on_task else not (said_so or unsaid)
        if back:
            self.truth.fail(
                "unit", f"{duty.unit.id}: went back from {was.state} to {after.state} on its task"
            )


def _why_not(aid: Aid | None, order: Order, now_ms: int) -> str:
    """Why an order may not have this unit under this request for help; empty when it may."""
    if aid is None:
        return "no request for help is known"
    incident = None if order.job is None else order.job.incident
    if (aid.borrower, aid.incident) != (order.asker.city, incident):
        return f"{aid.id} is of {aid.borrower} for {aid.incident}"
    if aid.state not in _PROMISED:
        return f"{aid.id} is {aid.state}"
    if order.unit not in aid.out or order.unit in aid.used:
        return f"{aid.id} names {aid.units}, used {aid.used}, back {aid.back}"
    if aid.good_until is None or epoch_ms(aid.good_until) <= now_ms:
        return f"{aid.id} was good until {aid.good_until}"
    return ""
