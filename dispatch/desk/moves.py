"""Moves of blood before it outdates: looked for nightly and on demand, decided by a person, written down."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, time

from dispatch.blood.expected_issue import expected_forecasts
from dispatch.blood.forecast import Forecast
from dispatch.blood.move_models import MoveAnswer, MoveDecision, Proposal, Transfer, spoken_groups
from dispatch.blood.moves import LookForMoves
from dispatch.decide.reasons import CHINA
from dispatch.desk.outcome import Outcome
from dispatch.desk.part import Kit, Part
from dispatch.desk.records import sayable
from dispatch.domain.errors import MissingField, UnknownName
from dispatch.domain.operators import By, Right
from dispatch.language import _

OrderTransfer = Callable[[Transfer, By], Awaitable[Outcome]]
"""The order path: reserves at the giver's own centre, and may be refused there."""
_KEPT = 500


class Moves(Part):
    """`order` is set by whoever runs the order path; without one an accepted move is told by telephone."""

    order: OrderTransfer | None = None

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self.rules = kit.configuration.move_rules
        self.answer: MoveAnswer | None = None
        self.decided: dict[str, MoveDecision] = {}
        self.counted: Callable[[], Sequence[Forecast]] = tuple
        """Forecasts from counted days, where somebody counts; they go before the expected issue."""
        self._looking = asyncio.Lock()
        self._night = date.min
        self._nightly: asyncio.Task[MoveAnswer] | None = None

    async def tick(self) -> None:
        """Once a day, from the hour of the rules on, at desks that may ask for blood."""
        now = self.clock.now().astimezone(CHINA)
        due = now.time() >= time.fromisoformat(self.rules.nightly_at) and self._night < now.date()
        counted = len(self.picture.stock.banks) > 1  # a desk that has just begun has heard of no stock yet
        if due and counted and not self.may(Right.BLOOD):
            self._night = now.date()
            # crews and lenders do not wait for it
            self._nightly = asyncio.create_task(self.look(nightly=True), name="moves of the night")

    async def look(self, *, nightly: bool = False) -> MoveAnswer:
        """Look for moves in the picture as it is now; what was found is in the log."""
        async with self._looking:
            found = LookForMoves(
                self.picture, self._forecasts(), self.rules, self.configuration.blood_rules, self.clock.now()
            )
            self.answer = answer = await asyncio.to_thread(found.answer)
        detail: dict[str, object] = {
            "edition": answer.edition,
            "proposals": [one.id for one in answer.proposals],
            "stays": len(answer.stays),
            "left_out": [one.bank for one in answer.left_out],
            "nightly": int(nightly),
        }
        self.record_soon("move.looked", self.home_city, detail)
        self.news.tell()
        return answer

    async def decide(self, proposal_id: str, *, accept: bool, reason: str = "") -> Outcome:
        """Accept or decline one proposal: the row is on the disk before anything else happens."""
        by = self.demand(Right.BLOOD)
        proposal = self._proposal(proposal_id)
        held = self.decided.get(proposal_id)
        if held is not None and held.accepted:
            return Outcome(ok=False, message=_("this move is accepted already"))
        if not accept and not reason.strip():
            raise MissingField(_("reason"), _("a move is declined with one"))
        now = self.clock.now()
        if accept and now > proposal.transfer.leave_by:
            return Outcome(ok=False, message=_("it is too late for this move: look anew"))
        action = "move.accepted" if accept else "move.declined"
        await self.record(action, proposal_id, _detail(proposal, reason), by)
        self._keep(
            MoveDecision(id=proposal_id, accepted=accept, reason=sayable(reason), by=by.operator, at=now)
        )
        if not accept:
            return Outcome(ok=True, message=_("declined and written down"))
        if self.order is not None:
            outcome = await self.order(proposal.transfer, by)
            if not outcome.ok:  # it may be accepted anew
                self.decided.pop(proposal_id, None)
            return outcome
        giver = self.said(self.picture.banks[proposal.transfer.giver].name)
        return Outcome(ok=True, message=_("accepted and written down; arrange it with {bank}", bank=giver))

    # --- within

    def _proposal(self, proposal_id: str) -> Proposal:
        for one in self.answer.proposals if self.answer else ():
            if one.id == proposal_id:
                return one
        raise UnknownName(_("proposal"), proposal_id)

    def _keep(self, decision: MoveDecision) -> None:
        self.decided.pop(decision.id, None)
        self.decided[decision.id] = decision
        while len(self.decided) > _KEPT:
            del self.decided[next(iter(self.decided))]

    def _forecasts(self) -> Sequence[Forecast]:
        """Counted ones, and for every other bank, component and group the expected issue."""
        banks, cities = self.picture.banks.values(), self.picture.cities
        standing = expected_forecasts(banks, cities, self.configuration.expected_issue)
        known: Mapping[tuple[str, str, str], Forecast] = {
            (one.bank, one.component, one.group): one for one in (*standing, *self.counted())
        }
        return tuple(known.values())


def _detail(proposal: Proposal, reason: str) -> dict[str, object]:
    """What the log keeps: whole numbers, codes and times only."""
    moved = proposal.transfer
    return {
        "giver": moved.giver,
        "taker": moved.taker,
        "component": moved.component,
        "group": spoken_groups(moved.groups),
        "quantity": moved.quantity,
        "lots": {line.lot: line.quantity for line in moved.lines},
        "leave_by": moved.leave_by.isoformat(),
        "saving_hundredths": round(proposal.saving * 100),
        "reason": sayable(reason),
    }
