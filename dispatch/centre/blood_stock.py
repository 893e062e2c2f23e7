"""What the city's banks say of their shelves, and what becomes of orders when a bank has less than it said.

A stock that falls below what is held is never made negative in silence: what is packed or has left explains
the fall, soft holds give way, and a confirmed order that goes short says so loudly.
"""

from dispatch.blood.holds import changed, counted, counted_off, give_way
from dispatch.centre import events
from dispatch.centre.blood_orders import CENTRE, note_step, rules_of
from dispatch.centre.draft import Draft, Refusal
from dispatch.centre.messages import AskCount, StockChanged, StockCounted
from dispatch.centre.units import AHEAD_MS
from dispatch.domain.alarms import Severity
from dispatch.domain.blood import LotId, LotState
from dispatch.domain.blood_orders import BloodOrder, BloodState, BloodStep, Shelf

_BAD = frozenset({LotState.RECALLED, LotState.QUARANTINED})


def hear(draft: Draft, said: StockCounted | StockChanged) -> None:
    """A count, or a difference to it; an older one is nothing, and after a gap the bank is asked to count."""
    if draft.rules.banks.get(said.bank) != draft.city or said.counted_ms > draft.now_ms + AHEAD_MS:
        return
    try:
        margin_ms = round(rules_of(draft).counted_after_min * 60_000)
    except Refusal:
        return
    before = draft.shelf(said.bank)
    shelf = _after(before, said)
    if shelf is None:
        if before is None:
            draft.say(AskCount(said.bank))
        return
    draft.put_shelf(shelf)
    if not shelf.whole:
        draft.say(AskCount(said.bank))
    if shelf.seq == said.seq:  # it was taken, and not only a gap noticed
        _count_off(draft, said, margin_ms)
    _give_way(draft, shelf)
    _look_for_recalls(draft, before, shelf)


def _after(before: Shelf | None, said: StockCounted | StockChanged) -> Shelf | None:
    if isinstance(said, StockCounted):
        return counted(
            before, Shelf(said.bank, said.seq, said.counted_ms, {lot.lot: lot for lot in said.lots})
        )
    return changed(before, said.seq, said.counted_ms, said.put, said.removed)


def _count_off(draft: Draft, said: StockCounted | StockChanged, margin_ms: int) -> None:
    """Orders whose blood is no longer in the count: named by the bank, or gone long before it was counted."""
    for order in draft.blood_orders(said.bank):
        named = order.id in said.without and order.on_count > 0
        old = isinstance(said, StockCounted) and _left_before(order, said.counted_ms - margin_ms)
        if named or old:
            draft.put_blood(counted_off(order))


def _left_before(order: BloodOrder, moment_ms: int) -> bool:
    if not order.on_count or not order.state.issued:
        return False
    left = next(step.at_ms for step in order.steps if step.state is BloodState.CARRIED)
    return left < moment_ms


def _give_way(draft: Draft, shelf: Shelf) -> None:
    before = {order.id: order for order in draft.blood_orders(shelf.bank)}
    for order in give_way(shelf, list(before.values()), draft.now_ms):
        if order.state.boxed:
            draft.put_blood(order)
        elif order.state is BloodState.HELD and order.is_short:
            _note(draft, order, BloodState.UNFULFILLED, "stock_fell")
        else:
            went_short = order.is_short and _missing(order) > _missing(before[order.id])
            _note(draft, order, order.state, "stock_fell" if went_short else "lots_changed")


def _missing(order: BloodOrder) -> int:
    return sum(order.short(line) for line in range(len(order.lines)))


def _note(draft: Draft, order: BloodOrder, state: BloodState, reason: str) -> None:
    missing: dict[str, str | int] = {"missing": _missing(order)} if reason == "stock_fell" else {}
    step = BloodStep(
        state=state, at_ms=draft.now_ms, by="centre", role="program", place=f"{draft.city}/{CENTRE}",
        reason=reason, facts=missing,
    )  # fmt: skip
    action = "" if state is BloodState.UNFULFILLED else f"blood.{reason}"
    note_step(draft, order.to(step), None, action)
    if reason == "stock_fell":
        facts = {"order": order.id, "bank": str(order.bank), "hospital": str(order.hospital)}
        events.ring(draft, "blood_short", (order.id,), Severity.CRITICAL, **facts)


def _look_for_recalls(draft: Draft, before: Shelf | None, shelf: Shelf) -> None:
    """A lot was recalled or set aside by its bank after some of it was packed or had left."""
    bad = {lot.lot for lot in shelf.lots.values() if lot.state in _BAD and not _was_bad(before, lot.lot)}
    for order in draft.blood_orders(shelf.bank) if bad else ():
        lots = sorted({one.lot for one in order.taken} & bad)
        if lots and order.state.boxed:
            facts = {"order": order.id, "lot": lots[0], "hospital": str(order.hospital)}
            events.ring(draft, "blood_recalled", (order.id, lots[0]), Severity.CRITICAL, order.id, **facts)


def _was_bad(before: Shelf | None, lot: LotId) -> bool:
    known = None if before is None else before.lots.get(lot)
    return known is not None and known.state in _BAD
