"""Which lots an order takes, and who gives way when a bank has less than it said. Pure.

The invariant: of every lot, what the bank said last is never less than what the orders take of it and the
count still contains (`Taken.on_count`). A bank that counts an order's blood off says so (`without`); until it
does, blood that has left is still taken off what may be granted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dispatch.domain.blood import LotId
from dispatch.domain.blood_orders import (
    BloodLine,
    BloodOrder,
    BloodOrderId,
    BloodState,
    Shelf,
    ShelfLot,
    Taken,
)


@dataclass(frozen=True, slots=True)
class Missing:
    """What a bank cannot give: `free` is what it could give of this line."""

    line: int
    free: int


def taken_of(orders: Iterable[BloodOrder], but: BloodOrder | None = None) -> dict[LotId, int]:
    """Lot -> what is held or has left and the count still contains; `but` is left out."""
    found: dict[LotId, int] = {}
    for order in orders:
        if (but is None or order.id != but.id) and (order.state.holds or order.state.issued):
            for one in order.taken:
                if one.on_count:
                    found[one.lot] = found.get(one.lot, 0) + one.on_count
    return found


def pick(
    shelf: Shelf, taken: Mapping[LotId, int], lines: Sequence[BloodLine], good_until_ms: int
) -> tuple[Taken, ...] | Missing:
    """All lines, first expired first, or the first line that is missing something.

    Nothing that expires by `good_until_ms` is taken.
    """
    gone = dict(taken)
    found: list[Taken] = []
    for number, line in enumerate(lines):
        part, wanting = _pick_line(shelf, gone, number, line, line.quantity, good_until_ms)
        if wanting:
            return Missing(number, line.quantity - wanting)
        found += part
    return tuple(found)


def _pick_line(
    shelf: Shelf, gone: dict[LotId, int], number: int, line: BloodLine, quantity: int, good_until_ms: int
) -> tuple[list[Taken], int]:
    """Lots for a quantity, noted in `gone`, and what is wanting."""
    found: list[Taken] = []
    for lot in sorted(_suiting(shelf, line, good_until_ms), key=lambda lot: (lot.expires_ms, lot.lot)):
        part = min(quantity, lot.on_hand - gone.get(lot.lot, 0))
        if part > 0:
            found.append(Taken(line=number, lot=lot.lot, quantity=part, expires_ms=lot.expires_ms))
            gone[lot.lot] = gone.get(lot.lot, 0) + part
            quantity -= part
        if not quantity:
            break
    return found, quantity


def _suiting(shelf: Shelf, line: BloodLine, good_until_ms: int) -> Iterable[ShelfLot]:
    for lot in shelf.lots.values():
        same = lot.component == line.component and lot.group is line.group
        named = not line.lots or lot.lot in line.lots
        if same and named and lot.expires_ms > good_until_ms and line.attributes <= lot.attributes:
            yield lot


# --- when the stock fell ---------------------------------------------------------------------------


def counted_off(order: BloodOrder) -> BloodOrder:
    """Its bank's count no longer contains it."""
    return order.model_copy(
        update={"taken": tuple(one.model_copy(update={"off": one.quantity}) for one in order.taken)}
    )


def give_way(shelf: Shelf, orders: Sequence[BloodOrder], good_until_ms: int) -> list[BloodOrder]:
    """Orders as they must be so that nothing is taken that the bank does not have; those that changed only.

    What is packed or has left explains a fall first. Then soft holds give way, the newest first, then
    confirmed ones; each takes other lots where there are any, and else goes short.
    """
    standing = {order.id: order for order in orders if order.state.holds or order.state.issued}
    before = dict(standing)
    for lot, taken in taken_of(standing.values()).items():
        over = taken - shelf.on_hand(lot)
        if over <= 0:
            continue
        for order in sorted(standing.values(), key=_yielding):
            if over <= 0:
                break
            part = min(over, sum(one.on_count for one in order.taken if one.lot == lot))
            if part:
                standing[order.id] = _without(order, lot, part)
                over -= part
    changed = [order for order in standing.values() if order is not before[order.id]]
    for order in sorted(changed, key=_yielding, reverse=True):  # the oldest confirmed one is served first
        if not order.state.boxed:
            standing[order.id] = _refilled(shelf, standing, order, good_until_ms)
    return [order for order in standing.values() if order is not before[order.id]]


def _yielding(order: BloodOrder) -> tuple[bool, bool, int, str]:
    """Who gives way first: what has left, soft holds, then the others; the newest of each first."""
    soft = order.state is BloodState.HELD
    return not order.state.boxed, not soft, -order.steps[0].at_ms, order.id


def _without(order: BloodOrder, lot: LotId, quantity: int) -> BloodOrder:
    """Blood that is in its box explains the fall and is counted off; held blood is lost."""
    kept: list[Taken] = []
    for one in order.taken:
        part = min(quantity, one.on_count) if one.lot == lot else 0
        quantity -= part
        if order.state.boxed:
            kept.append(one.model_copy(update={"off": one.off + part}))
        elif one.quantity > part:
            kept.append(one.model_copy(update={"quantity": one.quantity - part}))
    return order.model_copy(update={"taken": tuple(kept)})


def _refilled(
    shelf: Shelf, standing: Mapping[BloodOrderId, BloodOrder], order: BloodOrder, good_until_ms: int
) -> BloodOrder:
    """Other lots for what was lost, as far as there are any."""
    gone = taken_of(standing.values())
    found: list[Taken] = []
    for number, line in enumerate(order.lines):
        wanting = order.short(number)
        if wanting:
            part, _still = _pick_line(
                shelf, gone, number, line, wanting, max(good_until_ms, order.need_by_ms)
            )
            found += part
    return order.model_copy(update={"taken": (*order.taken, *found)})


# --- what a bank says ------------------------------------------------------------------------------


def counted(shelf: Shelf | None, new: Shelf) -> Shelf | None:
    """A whole count; None when an older one than is known."""
    if shelf is not None and (new.counted_ms, new.seq) < (shelf.counted_ms, shelf.seq):
        return None
    return new


def changed(
    shelf: Shelf | None, seq: int, counted_ms: int, put: Iterable[ShelfLot], removed: Iterable[LotId]
) -> Shelf | None:
    """The shelf after a difference, not `whole` after a gap; None: heard before, or nothing is known."""
    if shelf is None or seq <= shelf.seq:
        return None
    if seq != shelf.seq + 1:
        return replace(shelf, whole=False) if shelf.whole else None
    lots = dict(shelf.lots)
    for number in removed:
        lots.pop(number, None)
    for lot in put:
        lots[lot.lot] = lot
    return replace(shelf, seq=seq, counted_ms=max(counted_ms, shelf.counted_ms), lots=lots)
