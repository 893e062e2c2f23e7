"""Orders of blood at the banks of this city: held softly, answered by the bank, and followed to their end.

HELD is a hold with a time limit; only the bank (a person of this city, or a signed rule) makes it CONFIRMED,
and then no clock ends it. Every step is one line of the order's history and one row of the audit log.
"""

from collections.abc import Iterable, Mapping

from dispatch.blood.holds import Missing, pick, taken_of
from dispatch.blood.order_rules import BloodOrderRules
from dispatch.centre import events
from dispatch.centre.draft import Draft, Refusal
from dispatch.centre.messages import ActOnBlood, AskCount, HoldBlood, Keyed, Reply
from dispatch.domain.alarms import Severity
from dispatch.domain.blood import BankId, ComponentCode, LotId
from dispatch.domain.blood_orders import (
    ACT_STATES,
    BLOOD_NEXT,
    BloodAct,
    BloodOrder,
    BloodState,
    BloodStep,
    Shelf,
    place_of,
)
from dispatch.domain.units import UnitId

CENTRE = "centre"
LOTS_MOVED = frozenset({"stock_fell", "lots_changed"})
"""Reasons of a step after which an order has other lots than before."""
_OWNERS = frozenset({BloodAct.CONFIRM, BloodAct.DECLINE, BloodAct.PACK, BloodAct.PACKED, BloodAct.HAND})
"""What only the bank's own city may do."""
_WITH_REASON = frozenset({BloodAct.DECLINE, BloodAct.DISCARD, BloodAct.VOID, BloodAct.RELEASE})
_WITH_PERSON = frozenset({BloodAct.DISCARD, BloodAct.RELEASE})


def rules_of(draft: Draft) -> BloodOrderRules:
    """The rules in force; Refusal where this centre has none."""
    if draft.rules.blood is None:
        raise Refusal("blood_no_rules")
    return draft.rules.blood


# --- holding ---------------------------------------------------------------------------------------


def hold(draft: Draft, said: HoldBlood) -> None:
    """Hold all lines, or deny; both are kept, and a repeat is told the same. Refusal: not even read."""
    rules = rules_of(draft)
    known = draft.blood_order(said.order)
    if known is not None:
        _same_again(draft, said, known)
        return
    if draft.rules.banks.get(said.bank) != draft.city:
        raise Refusal("unknown_bank", bank=said.bank, city=draft.city)
    known_there = said.hospital in draft.rules.known_hospitals or BankId(said.hospital) in draft.rules.banks
    if draft.rules.known_hospitals and not known_there:
        raise Refusal("unknown_hospital", hospital=said.hospital)
    order = BloodOrder(
        id=said.order, bank=said.bank, hospital=said.hospital, asker=said.asker, lines=said.lines,
        need_by_ms=said.need_by_ms, mode=said.mode,
    )  # fmt: skip
    shelf = draft.shelf(said.bank)
    why_not, facts = _cannot_grant(draft, shelf, order, rules)
    if shelf is None or why_not:
        _deny(draft, said, order, why_not, facts)
        return
    found = pick(shelf, taken_of(draft.blood_orders(order.bank)), order.lines, _good_until(draft, order))
    if isinstance(found, Missing):
        line = order.lines[found.line]
        wanted = {"component": line.component, "group": line.group.value, "quantity": line.quantity}
        _deny(draft, said, order, "blood_not_on_hand", {**wanted, "free": found.free})
        return
    until_ms = draft.now_ms + round(rules.soft_hold_min * 60_000)
    held = order.model_copy(update={"taken": found, "until_ms": until_ms})
    _step(draft, held, BloodState.HELD, said)
    if rules.confirms(held):
        _step(draft, draft.blood[held.id], BloodState.CONFIRMED, None, reason=f"rule {rules.edition}"[:400])
    _accept(draft, said, draft.blood[held.id])


def _good_until(draft: Draft, order: BloodOrder) -> int:
    """What expires by then is of no use."""
    return max(draft.now_ms, order.need_by_ms)


def _cannot_grant(
    draft: Draft, shelf: Shelf | None, order: BloodOrder, rules: BloodOrderRules
) -> tuple[str, dict[str, str | int]]:
    """Why nothing can be said about a bank's stock now; it is asked for its count."""
    facts: dict[str, str | int] = {"bank": order.bank}
    if shelf is None:
        draft.say(AskCount(order.bank))
        return "blood_stock_unknown", facts
    age_ms = draft.now_ms - shelf.counted_ms
    if not shelf.whole or age_ms > rules.stock_max_age_min * 60_000:
        draft.say(AskCount(order.bank))
        return "blood_stock_unsure", facts
    return "", facts


def _deny(draft: Draft, said: HoldBlood, order: BloodOrder, code: str, facts: dict[str, str | int]) -> None:
    _step(draft, order, BloodState.DENIED, said, reason=code, facts=facts)
    draft.reply(Reply(said.asker, said.key, accepted=False, code=code, facts=facts))


def _same_again(draft: Draft, said: HoldBlood, known: BloodOrder) -> None:
    """The same decision under another key, or another one under a number that is in use."""
    asked = (known.bank, known.hospital, known.asker, known.lines, known.need_by_ms, known.mode)
    if asked != (said.bank, said.hospital, said.asker, said.lines, said.need_by_ms, said.mode):
        raise Refusal("blood_order_exists", order=said.order)
    if known.state is BloodState.DENIED:
        first = known.steps[0]
        draft.reply(Reply(said.asker, said.key, accepted=False, code=first.reason, facts=first.facts))
        return
    _accept(draft, said, known)


# --- what people do --------------------------------------------------------------------------------


def act(draft: Draft, said: ActOnBlood) -> None:
    """One act, or Refusal: by whom it may not be done, what is missing, or which states may come next."""
    rules = rules_of(draft)
    order = draft.blood_order(said.order)
    if order is None:
        raise Refusal("blood_unknown", city=draft.city, order=said.order)
    _check_who(draft, said, order)
    _check_what(draft, said, order)
    match said.act:
        case BloodAct.HAND:
            order = order.model_copy(update={"unit": said.unit, "courier": said.courier})
            _step(draft, order, BloodState.CARRIED, said, facts=_carrier(said))
        case BloodAct.PACKED:
            _step(draft, order.model_copy(update={"bags": said.bags}), BloodState.PACKED, said)
        case BloodAct.RECEIVE:
            _receive(draft, order, said, rules)
        case _:
            person = {"person": said.person} if said.person else {}
            _step(draft, order, ACT_STATES[said.act], said, reason=said.reason, facts=person)
    _accept(draft, said, draft.blood[order.id])


def _check_who(draft: Draft, said: ActOnBlood, order: BloodOrder) -> None:
    if said.act in _OWNERS and said.asker.city != draft.city:
        raise Refusal("blood_not_yours", city=draft.city)
    if said.act is BloodAct.CANCEL and said.asker.city != order.asker.city:
        raise Refusal("blood_not_yours", city=order.asker.city)
    if said.asker.city not in (draft.city, order.asker.city):
        raise Refusal("blood_not_yours", city=draft.city)


def _check_what(draft: Draft, said: ActOnBlood, order: BloodOrder) -> None:
    _check_follows(order, ACT_STATES[said.act], said.act)
    unseen = () if said.seen is None or said.act not in _OWNERS else order.steps[said.seen :]
    if any(step.reason in LOTS_MOVED for step in unseen):
        raise Refusal("blood_changed", order=order.id)
    if said.act in _WITH_REASON and not said.reason.strip():
        raise Refusal("missing", field="reason")
    if said.act in _WITH_PERSON and not said.person.strip():
        raise Refusal("missing", field="person")
    if said.act is BloodAct.CONFIRM and draft.now_ms >= order.until_ms:
        raise Refusal("blood_hold_over", order=order.id)
    if said.act is BloodAct.PACKED:
        _check_bags(draft, said, order)
    if said.act is BloodAct.HAND:
        _check_hand(draft, said, order)
    if said.act is BloodAct.RECEIVE and said.temperature_tenths is None:
        raise Refusal("missing", field="temperature")


def _check_follows(order: BloodOrder, wanted: BloodState, said: BloodAct) -> None:
    """Refusal names the states that may come next. What is taken out of quarantine was in it."""
    legal = BLOOD_NEXT[order.state]
    released = said is BloodAct.RELEASE and order.state is not BloodState.QUARANTINED
    checked_twice = said is BloodAct.RECEIVE and order.state is BloodState.QUARANTINED
    if wanted not in legal or released or checked_twice:
        names = ", ".join(sorted(one.value for one in legal)) or "-"
        raise Refusal(
            "blood_illegal", order=order.id, state=order.state.value, wanted=wanted.value, legal=names
        )


def _check_bags(draft: Draft, said: ActOnBlood, order: BloodOrder) -> None:
    """Each is of a lot of the order, stands in it once, and is out with no other, however old."""
    lots = {one.lot for one in order.taken}
    packed: set[tuple[str, ComponentCode | None]] = set()
    for bag in said.bags:
        if bag.lot not in lots or (name := (bag.din, order.component_of(bag.lot))) in packed:
            raise Refusal("blood_wrong_bag", bag=bag.din, order=order.id)
        packed.add(name)
    for other in draft.blood_with({bag.din for bag in said.bags}):
        for bag in other.bags if other.id != order.id and other.bags_out else ():
            if (bag.din, other.component_of(bag.lot)) in packed:
                raise Refusal("blood_bag_out", bag=bag.din, order=other.id)


def _check_hand(draft: Draft, said: ActOnBlood, order: BloodOrder) -> None:
    """One carrier, something to carry, and nothing of it expired."""
    if bool(said.unit) == bool(said.courier.strip()):
        raise Refusal("missing", field="carrier")
    if said.unit and draft.duty(UnitId(said.unit)) is None:
        raise Refusal("unknown_unit", city=draft.city, unit=said.unit)
    if not order.taken:
        raise Refusal("blood_nothing_left", order=order.id)
    expired = [one.lot for one in order.taken if one.expires_ms <= draft.now_ms]
    if expired:
        raise Refusal("blood_expired_lot", lot=expired[0])


def _carrier(said: ActOnBlood) -> dict[str, str | int]:
    return {"unit": said.unit} if said.unit else {"courier": said.courier.strip()}


def _receive(draft: Draft, order: BloodOrder, said: ActOnBlood, rules: BloodOrderRules) -> None:
    """Within its limits it is received; outside, or where no limits are known, it is set aside."""
    tenths = said.temperature_tenths or 0
    within = rules.within(order, tenths)
    order = order.model_copy(update={"temperature_tenths": tenths})
    state = BloodState.RECEIVED if within else BloodState.QUARANTINED
    reason = "" if within else "temperature" if within is False else "no_limits"
    facts: dict[str, str | int] = {"temperature_tenths": tenths, "limits": rules.edition[:400]}
    _step(draft, order, state, said, reason=reason, facts=facts)


# --- time ------------------------------------------------------------------------------------------


def tick(draft: Draft) -> None:
    """A soft hold whose time is over returns to stock."""
    for order in draft.blood_orders():
        if order.state is BloodState.HELD and draft.now_ms >= order.until_ms:
            _step(draft, order, BloodState.EXPIRED, None, reason="not_answered")
            facts = {"order": order.id, "bank": str(order.bank), "hospital": str(order.hospital)}
            events.ring(draft, "blood_expired", (order.id,), Severity.CRITICAL, order.id, **facts)


# --- writing ---------------------------------------------------------------------------------------


def _step(
    draft: Draft,
    order: BloodOrder,
    state: BloodState,
    said: Keyed | None,
    *,
    reason: str = "",
    facts: Mapping[str, str | int] | None = None,
) -> None:
    """A step by a person, or by the centre itself."""
    by = ("centre", "program", f"{draft.city}/{CENTRE}") if said is None else _who(said)
    step = BloodStep(
        state=state,
        at_ms=draft.now_ms,
        by=by[0],
        role=by[1],
        place=by[2],
        reason=reason,
        facts=dict(facts or {}),
    )
    note_step(draft, order.to(step), said)


def _who(said: Keyed) -> tuple[str, str, str]:
    return said.by.operator, said.by.role.value, place_of(said.asker)


def note_step(draft: Draft, order: BloodOrder, said: Keyed | None, action: str = "") -> None:
    """Keep an order as its last step left it, with its row in the log."""
    step = order.steps[-1]
    draft.put_blood(order)
    detail: dict[str, object] = {
        "bank": order.bank, "hospital": order.hospital, "place": step.place, "reason": step.reason,
        "lots": _lots(order), "need_by_ms": order.need_by_ms,
    } | {f"fact.{name}": fact for name, fact in step.facts.items()}  # fmt: skip
    if order.bags:
        detail["bags"] = {bag.din: bag.lot for bag in order.bags}
    draft.note(action or f"blood.{step.state.value}", None if said is None else said.by, order.id, **detail)


def _lots(order: BloodOrder) -> list[dict[str, str | int]]:
    """What it holds now, as the log keeps it."""
    rows: Iterable[tuple[LotId, int, int]] = ((one.lot, one.line, one.quantity) for one in order.taken)
    return [
        {
            "lot": lot,
            "component": order.lines[line].component,
            "group": order.lines[line].group.value,
            "quantity": quantity,
        }
        for lot, line, quantity in rows
    ]


def _accept(draft: Draft, said: Keyed, order: BloodOrder) -> None:
    draft.accept(said, order=order.id, state=order.state.value, until_ms=order.until_ms)
