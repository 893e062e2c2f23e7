"""Lending: this city's centre holds every request for help it received, and alone writes it.

Acknowledge is not accept, and accept is not commit: until units are named nothing is promised. A unit
named for a neighbour is nobody else's until it is back, with one exception: its own city comes first. A
desk of the owner that orders a promised unit gets it, and both cities are told at once that it will not come.
"""

from collections.abc import Callable
from datetime import timedelta

from dispatch.centre import events, incidents
from dispatch.centre.draft import Draft, Refusal, who
from dispatch.centre.messages import AnswerAid, AskAid, Request
from dispatch.centre.standing import lendable, units_to_lend
from dispatch.domain.aid import Aid, AidAct, AidKind, AidState
from dispatch.domain.orders import Order, OrderState, Step
from dispatch.domain.units import UnitId

_UNANSWERED = (AidState.RECEIVED, AidState.ACCEPTED)
_NAMED = (AidState.COMMITTED, AidState.DEPLOYED)
_BEFORE_THE_ORDER = (OrderState.EXPIRED, OrderState.CANCELLED)
_THROUGH = (OrderState.DONE, OrderState.STOOD_DOWN)


def decide(draft: Draft, said: AskAid | AnswerAid) -> None:
    """Carry out one command, or raise Refusal."""
    if isinstance(said, AskAid):
        _ask(draft, said)
    else:
        _answer(draft, said)


def _ask(draft: Draft, said: AskAid) -> None:
    asked = said.aid
    if asked.borrower != said.asker.city or asked.lender != draft.city or asked.borrower == draft.city:
        raise Refusal("aid_not_yours", city=asked.borrower)
    known = draft.aid(asked.id)
    if known is not None and known.borrower != said.asker.city:
        raise Refusal("aid_not_yours", city=known.borrower)
    if known is None:
        if asked.answer_by <= draft.now:
            raise Refusal("expired")
        known = _receive(draft, said)
    draft.accept(said, aid=known.id, state=known.state.value)


def _receive(draft: Draft, said: AskAid) -> Aid:
    fresh = {"state": AidState.RECEIVED, "changed_at": draft.now, "node": said.asker.node, "good_until": None}
    fresh |= {"claimed_by": "", "answered_by": "", "rule": "", "moved_to": None}
    fresh |= {"units": (), "used": (), "back": (), "lost": ()}
    aid = said.aid.model_copy(update=fresh)
    draft.put_aid(aid)
    draft.note("aid.received", said.by, aid.id, borrower=aid.borrower, incident=aid.incident, count=aid.count)
    units = units_to_lend(draft, aid)
    if units:
        rule = f"{aid.lender}>{aid.borrower} {draft.rules.lending.edition}"
        aid = _name(draft, aid.model_copy(update={"rule": rule}), units)
        draft.note("aid.lent_by_rule", None, aid.id, units=", ".join(units), rule=rule)
    return aid


# --- answers --------------------------------------------------------------------------------------


def _answer(draft: Draft, said: AnswerAid) -> None:
    aid = draft.aid(said.aid)
    if aid is None:
        raise Refusal("unknown_aid", city=draft.city)
    by_lender, by_borrower = said.asker.city == draft.city, said.asker.city == aid.borrower
    may = {AidAct.CANCEL: by_borrower, AidAct.RELEASE: by_lender or by_borrower}.get(said.act, by_lender)
    if not may:
        raise Refusal("aid_not_yours", city=aid.borrower if said.act is AidAct.CANCEL else aid.lender)
    if aid.state.final:
        raise Refusal("aid_over", state=aid.state.value)
    if by_lender and said.act is not AidAct.UNCLAIM:
        _heed_claim(aid, said)
    after = _ACTS[said.act](draft, aid, said)
    draft.note(f"aid.{said.act.value}", said.by, aid.id, units=", ".join(said.units), reason=said.reason)
    draft.accept(said, aid=aid.id, state=after.state.value, units=", ".join(after.units))


def _heed_claim(aid: Aid, said: AnswerAid) -> None:
    """A request that another desk is answering; that desk's next operator may go on with it."""
    if aid.claimed_by and aid.claimed_by.rpartition("@")[2] != said.asker.node:
        raise Refusal("aid_claimed", by=aid.claimed_by)


def _claim(draft: Draft, aid: Aid, said: AnswerAid) -> Aid:
    if aid.state not in _UNANSWERED:
        raise Refusal("aid_not_now", state=aid.state.value)
    return _put(draft, aid.model_copy(update={"claimed_by": who(said)}))


def _unclaim(draft: Draft, aid: Aid, _said: AnswerAid) -> Aid:
    """Any desk may: a console that died must not keep a request from being answered."""
    return _put(draft, aid.model_copy(update={"claimed_by": ""}))


def _accept(draft: Draft, aid: Aid, said: AnswerAid) -> Aid:
    if aid.state is not AidState.RECEIVED:
        return aid  # a second yes changes nothing
    until = draft.now + timedelta(seconds=draft.rules.lending.answer_s)
    accepted = aid.to(AidState.ACCEPTED, draft.now, answered_by=who(said), answer_by=until)
    if aid.kind is AidKind.UNITS:
        return _put(draft, accepted)
    taken = incidents.take_over(draft, aid, who(said))
    opened = incidents.opened_detail(taken)
    draft.note(
        "incident.taken_over", said.by, taken.id, borrower=aid.borrower, incident=aid.incident, **opened
    )
    return _put(draft, accepted.to(AidState.RELEASED, draft.now, moved_to=taken.id))


def _decline(draft: Draft, aid: Aid, said: AnswerAid) -> Aid:
    if not said.reason.strip():
        raise Refusal("missing", field="reason")
    if aid.state not in _UNANSWERED:
        raise Refusal("aid_not_now", state=aid.state.value)
    return _put(
        draft, aid.to(AidState.DECLINED, draft.now, answered_by=who(said), reason=said.reason.strip())
    )


def _commit(draft: Draft, aid: Aid, said: AnswerAid) -> Aid:
    if aid.kind is not AidKind.UNITS:
        raise Refusal("aid_whole_incident")
    fresh = [unit for unit in dict.fromkeys(said.units) if unit not in aid.out]
    if not said.units:
        raise Refusal("missing", field="units")
    for unit in fresh:
        if draft.duty(unit) is None:
            raise Refusal("unknown_unit", city=draft.city, unit=unit)
        was_lent = unit in aid.back and unit not in aid.lost
        if was_lent or not lendable(draft, unit):
            raise Refusal("unit_not_free", unit=unit)
    if len(set(aid.units) - set(aid.lost)) + len(fresh) > aid.count:
        raise Refusal("aid_too_many", count=aid.count)
    return _name(draft, aid.model_copy(update={"answered_by": who(said)}), tuple(fresh)) if fresh else aid


def _name(draft: Draft, aid: Aid, units: tuple[UnitId, ...]) -> Aid:
    """Promise units: from now on they are nobody else's."""
    until = draft.now + timedelta(seconds=draft.rules.lending.unused_s)
    state = aid.state if aid.state is AidState.DEPLOYED else AidState.COMMITTED
    named = tuple(dict.fromkeys((*aid.units, *units)))
    back = tuple(unit for unit in aid.back if unit not in units)
    lost = tuple(unit for unit in aid.lost if unit not in units)
    return _put(draft, aid.to(state, draft.now, units=named, back=back, lost=lost, good_until=until))


def _cancel(draft: Draft, aid: Aid, said: AnswerAid) -> Aid:
    _refuse_at_work(aid, aid.at_work)
    aid = aid.model_copy(update={"reason": said.reason.strip()})
    if aid.used:
        return _give_back(draft, aid, aid.out)
    return _put(draft, aid.to(AidState.CANCELLED, draft.now, back=aid.units))


def _release(draft: Draft, aid: Aid, said: AnswerAid) -> Aid:
    """Give units back: those named, or all of them. Never one whose crew is on the task."""
    if aid.state is AidState.RECEIVED:
        raise Refusal("aid_not_now", state=aid.state.value)
    units = tuple(unit for unit in aid.out if not said.units or unit in said.units)
    if said.units and not units:
        raise Refusal("nothing_changed")
    _refuse_at_work(aid, units)
    return _give_back(draft, aid.model_copy(update={"reason": said.reason.strip()}), units)


_ACTS: dict[AidAct, Callable[[Draft, Aid, AnswerAid], Aid]] = {
    AidAct.CLAIM: _claim,
    AidAct.UNCLAIM: _unclaim,
    AidAct.ACCEPT: _accept,
    AidAct.DECLINE: _decline,
    AidAct.COMMIT: _commit,
    AidAct.CANCEL: _cancel,
    AidAct.RELEASE: _release,
}


def _refuse_at_work(aid: Aid, units: tuple[UnitId, ...]) -> None:
    busy = [unit for unit in units if unit in aid.at_work]
    if busy:
        raise Refusal("aid_at_work", units=", ".join(busy))


# --- what orders make of it -----------------------------------------------------------------------


def refusal(draft: Draft, said: Request) -> str:
    """Why this city's unit may not be reserved for who asks (a code of REASONS); empty when it may.

    Whether the unit is free at all is judged elsewhere; its own city needs nobody's leave.
    """
    if said.asker.city == draft.city:
        return ""
    aid = draft.aid(said.aid) if said.aid is not None else None
    if aid is None:
        return "aid_needed"
    if (aid.borrower, aid.incident) != (said.asker.city, said.job.incident):
        return "aid_other"
    if aid.state.final:
        return "aid_over"
    if aid.state not in _NAMED:
        return "aid_needed"
    if said.unit not in aid.units:
        return "aid_other"
    over = said.unit in aid.used or said.unit in aid.back
    return "aid_over" if over or _good_until_is_over(draft, aid) else ""


def follow_order(draft: Draft, order: Order, steps: tuple[Step, ...]) -> None:
    """New steps of an order for a unit of this city: the request that has the unit follows.

    An order that was refused the unit has nothing to do with the one that holds it.
    """
    if not any(step.state is OrderState.RESERVED for step in order.steps):
        return
    for step in steps:
        aid = _holding(draft, order.unit)
        if aid is None:
            return
        if order.asker.city == aid.borrower:
            _follow_step(draft, aid, order.unit, step.state)
        elif step.state is OrderState.RESERVED:
            _lose(draft, aid, order.unit, "own_city")


def _follow_step(draft: Draft, aid: Aid, unit: UnitId, state: OrderState) -> None:
    used = unit in aid.used
    if state is OrderState.RESERVED and not used:
        _put(draft, aid.model_copy(update={"used": (*aid.used, unit)}))
    elif state in _BEFORE_THE_ORDER and used:
        rest = tuple(one for one in aid.used if one != unit)
        _put(draft, aid.model_copy(update={"used": rest}))
    elif state is OrderState.ACKED and used:
        _put(draft, aid.to(AidState.DEPLOYED, draft.now))
    elif state in _THROUGH and used:
        _give_back(draft, aid, (unit,))


def tick(draft: Draft) -> None:
    """Deadlines, and promised units that fell out."""
    for aid in draft.open_aids():
        if aid.state in _UNANSWERED and aid.answer_by <= draft.now:
            _put(draft, aid.to(AidState.EXPIRED, draft.now))
            draft.note("aid.expired", None, aid.id, borrower=aid.borrower)
        elif aid.state in _NAMED:
            _tend(draft, aid)


def _tend(draft: Draft, aid: Aid) -> None:
    for unit in _unused(aid):
        duty = draft.duty(unit)
        if duty is None or not duty.status.state.dispatchable:
            aid = _lose(draft, aid, unit, "not_free")
    if aid.state in _NAMED and not aid.at_work and not aid.out and aid.used:
        aid = _put(draft, aid.to(AidState.RELEASED, draft.now))
    elif aid.state in _NAMED and _good_until_is_over(draft, aid):
        _take_back_unused(draft, aid)


def _take_back_unused(draft: Draft, aid: Aid) -> None:
    if aid.used:
        if _unused(aid):
            _give_back(draft, aid, _unused(aid))
    else:
        _put(draft, aid.to(AidState.EXPIRED, draft.now, back=aid.units))
    draft.note("aid.unused", None, aid.id, borrower=aid.borrower, units=", ".join(_unused(aid)))


def _good_until_is_over(draft: Draft, aid: Aid) -> bool:
    return aid.good_until is not None and aid.good_until <= draft.now


def _unused(aid: Aid) -> tuple[UnitId, ...]:
    return tuple(unit for unit in aid.out if unit not in aid.used)


def _holding(draft: Draft, unit: UnitId) -> Aid | None:
    """The open request that has a unit of this city."""
    return next((aid for aid in draft.open_aids() if unit in aid.out), None)


def _lose(draft: Draft, aid: Aid, unit: UnitId, why: str) -> Aid:
    """A promised unit will not come. The request stays open, so that another can be named at once."""
    events.aid_lost(draft, aid, unit)
    draft.note("aid.lost", None, aid.id, unit=unit, why=why, borrower=aid.borrower)
    return _give_back(draft, aid.model_copy(update={"lost": (*aid.lost, unit)}), (unit,))


def _give_back(draft: Draft, aid: Aid, units: tuple[UnitId, ...]) -> Aid:
    """Units are their city's again; the last one ends the request, unless another is to be named."""
    back = tuple(unit for unit in aid.units if unit in aid.back or unit in units)
    aid = aid.model_copy(update={"back": back})
    waits_for_another = bool(aid.lost) and not aid.used and not _good_until_is_over(draft, aid)
    if aid.out or waits_for_another:
        return _put(draft, aid.to(aid.state, draft.now))
    return _put(draft, aid.to(AidState.RELEASED, draft.now))


def _put(draft: Draft, aid: Aid) -> Aid:
    aid = aid.model_copy(update={"changed_at": draft.now})
    draft.put_aid(aid)
    return aid
