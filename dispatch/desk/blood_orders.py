"""Orders of blood at this desk: asked for at a bank's centre, and answered for the banks of this city.

A hold is written down before it is said, and said until it is answered; what a person does to an order
likewise. What stands in the picture is what the bank's centre says of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch.blood.move_models import Transfer
from dispatch.clock import CHINA, epoch_ms, speed_of
from dispatch.desk.blood_words import reason_text
from dispatch.desk.errands import Errand
from dispatch.desk.outcome import Outcome, outcome_of
from dispatch.desk.part import Kit, Part, outcome_detail
from dispatch.desk.records import by_payload, sayable
from dispatch.desk.refusal_words import refusal_text
from dispatch.domain.blood import BankId, BloodGroup
from dispatch.domain.blood_orders import (
    BLOOD_STATE_NAMES,
    Bag,
    BloodAct,
    BloodOrder,
    BloodOrderId,
    BloodState,
)
from dispatch.domain.errors import UnknownName
from dispatch.domain.operators import By, Right, Role
from dispatch.feed import payloads
from dispatch.feed.outbox import CommandResult
from dispatch.language import _

HOLD, ACT = "blood.hold", "blood.act"
LOTS_NAMED = 64
GOOD_FOR_S = 60.0
"""A hold that its centre hears of later is refused: the operator has long telephoned."""
_ASKERS = frozenset({BloodAct.CANCEL, BloodAct.DELIVER, BloodAct.RECEIVE})
_LOST = frozenset({BloodState.DECLINED, BloodState.EXPIRED, BloodState.UNFULFILLED})


@dataclass(frozen=True, slots=True)
class Asking:
    """A hold that no centre has answered yet, and since when."""

    id: BloodOrderId
    hold: payloads.BloodHold


class DeskBlood(Part):
    """Holds and what follows them."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        kit.followers[HOLD] = self._hold_answered
        self._numbers = 0
        self._rung: set[BloodOrderId] = set()

    def next_number(self) -> str:
        """Unique by city, desk and moment, speakable in its last part."""
        now = self.clock.now().astimezone(CHINA)
        prefix = self.picture.city(self.home_city).prefix
        self._numbers += 1
        desk = self.configuration.settings.desk
        return f"{prefix}-B{desk}-{now:%m%d-%H%M%S}-{self._numbers}"

    async def hold(self, order: payloads.BloodHold, by: By) -> Outcome:
        """Ask a bank's city to hold blood; the bank answers later."""
        bank = self.said(self.picture.banks[_bank(order)].name)
        until_ms = self.now_ms() + round(GOOD_FOR_S * 1000 * max(1.0, speed_of(self.clock)))
        where = self.picture.city(self.picture.banks[_bank(order)].city).code
        _errand, result = await self.errand(where, HOLD, order, order.order, until_ms=until_ms)
        if result is None:
            silent = _("{order}: {bank} has not answered, it is asked again", order=order.order, bank=bank)
            return Outcome(ok=False, message=silent)
        await self.record("blood.told", order.order, outcome_detail(where, HOLD, result), by)
        done = _("{order} is held at {bank}: its staff must confirm", order=order.order, bank=bank)
        if result.facts.get("state") == BloodState.CONFIRMED.value:
            done = _("{order} is confirmed by {bank}", order=order.order, bank=bank)
        return outcome_of(self.configuration, result, done, _("no answer: call by radio or telephone"))

    async def transfer(self, transfer: Transfer, by: By) -> Outcome:
        """Hold at the giver the lots of an accepted move, for the other bank."""
        named = len(transfer.lines) <= LOTS_NAMED  # the first to expire are taken anyway
        hold = payloads.BloodHold(
            order=self.next_number(),
            bank=transfer.giver,
            hospital=transfer.taker,
            lines=[_hold_line(transfer, group, named=named) for group in transfer.groups],
            need_by=epoch_ms(transfer.arrives_by),
            mode="stock",
            by=by_payload(by),
        )
        return await self.hold(hold, by)

    async def act(
        self,
        order_id: BloodOrderId,
        act: BloodAct,
        *,
        reason: str = "",
        unit: str = "",
        courier: str = "",
        temperature_tenths: int | None = None,
        person: str = "",
        bags: Sequence[Bag] = (),
    ) -> Outcome:
        """Do something to an order: said to its centre until it answers."""
        order = self.picture.blood_orders.get(order_id)
        if order is None:
            raise UnknownName(_("order of blood"), order_id)
        by = self.demand(Right.BLOOD if act in _ASKERS else Right.BLOOD_BANK)
        city = self.picture.banks[order.bank].city
        data = payloads.BloodAct(
            order=order.id, act=act.value, by=by_payload(by), reason=sayable(reason), unit=unit or None,
            courier=sayable(courier, 64), temperature=temperature_tenths, person=sayable(person, 64),
            bags=[payloads.BagSaid(bag.din, bag.lot) for bag in bags], seen=len(order.steps),
        )  # fmt: skip
        _errand, result = await self.errand(city, ACT, data, order.id)
        if result is None:
            return Outcome(ok=False, message=_("{city} has not answered", city=self.city_name(city)))
        await self.record("blood.told", order.id, outcome_detail(city, ACT, result) | {"act": act.value}, by)
        state = str(result.facts.get("state", ""))
        name = _(BLOOD_STATE_NAMES[BloodState(state)]) if state in set(BloodState) else state
        return outcome_of(
            self.configuration, result, f"{order.id}{_(': ')}{name}", _("{city} has not answered", city=city)
        )

    # --- what is shown ---------------------------------------------------------------------------

    def asking(self) -> list[Asking]:
        """Holds of this desk that no centre has answered."""
        return [
            Asking(BloodOrderId(one.data.order), one.data)
            for one in self.kit.errands.open_ones.values()
            if isinstance(one.data, payloads.BloodHold)
        ]

    def watch(self) -> None:
        """What this city asked for and will not get is loud here, once."""
        for order in self.picture.blood_orders.values():
            if order.state in _LOST and order.asker.city == self.home_city and order.id not in self._rung:
                self._rung.add(order.id)
                if order.asker.node == self.node:
                    self._ring_lost(order)

    def _ring_lost(self, order: BloodOrder) -> None:
        step = order.steps[-1]
        reason = reason_text(self.configuration, step.reason, step.facts)
        bank = self.said(self.picture.banks[order.bank].name)
        state = _(BLOOD_STATE_NAMES[order.state])
        self.ring("blood_lost", order.id, {"order": order.id, "bank": bank, "state": state, "reason": reason})

    async def _hold_answered(self, errand: Errand, result: CommandResult) -> None:
        """An answer that nobody waited for any more."""
        if self.kit.errands.waited_for(errand) or not isinstance(errand.data, payloads.BloodHold):
            return
        said = errand.data.by
        by = By(operator=said.operator, role=Role(said.role), break_glass=said.break_glass)
        await self.record("blood.told", errand.subject, outcome_detail(errand.city, HOLD, result), by)
        if not result.accepted:
            bank = self.said(self.picture.banks[_bank(errand.data)].name)
            why = refusal_text(self.configuration, result.code, result.facts, result.reason)
            self.ring("blood_refused", errand.subject, {"order": errand.subject, "bank": bank, "reason": why})


def _bank(order: payloads.BloodHold) -> BankId:
    return BankId(order.bank)


def _hold_line(transfer: Transfer, group: BloodGroup, *, named: bool) -> payloads.HoldLine:
    """What a transfer takes of one group."""
    of_group = [line for line in transfer.lines if line.group is group]
    lots = [str(line.lot) for line in of_group] if named else []
    quantity = sum(line.quantity for line in of_group)
    return payloads.HoldLine(transfer.component, group.value, quantity, lots=lots)
