"""Orders of blood and the shelves they are held on, in a centre's database.

`blood_taken` is what an order takes of each lot and the bank's count still contains; a trigger refuses more
than is on hand, whatever a program does.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable

from dispatch.centre.draft import Draft
from dispatch.centre.state import State
from dispatch.domain.blood import BankId, BloodGroup, ComponentCode, LotId, LotState
from dispatch.domain.blood_orders import BloodOrder, BloodOrderId, Shelf, ShelfLot

_ORDER = (
    "INSERT INTO blood_orders (id, bank, kept, changed_ms, steps, body) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (id) DO UPDATE SET kept = excluded.kept, changed_ms = excluded.changed_ms, "
    "steps = excluded.steps, body = excluded.body"
)
_SHELF = "INSERT OR REPLACE INTO blood_shelves (bank, seq, counted_ms, whole) VALUES (?, ?, ?, ?)"
_LOT = (
    "INSERT OR REPLACE INTO blood_lots (bank, lot, component, blood_group, quantity, expires_ms, state, "
    "attributes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


def write_blood(connection: sqlite3.Connection, draft: Draft) -> None:
    """What a draft changes of orders and shelves, inside the open transaction."""
    if not draft.blood and not draft.shelves:
        return
    many = connection.executemany
    many("DELETE FROM blood_taken WHERE id = ?", [(order,) for order in draft.blood])
    for shelf in draft.shelves.values():
        _write_shelf(connection, shelf, draft.state.shelves.get(shelf.bank))
    many(
        _ORDER,
        [
            (one.id, one.bank, one.kept, one.steps[-1].at_ms, len(one.steps), one.model_dump_json())
            for one in draft.blood.values()
        ],
    )
    many(
        "INSERT INTO blood_taken (id, bank, lot, quantity) VALUES (?, ?, ?, ?)",
        [
            (one.id, one.bank, lot, quantity)
            for one in draft.blood.values()
            for lot, quantity in _on_count(one).items()
        ],
    )


def _on_count(order: BloodOrder) -> dict[LotId, int]:
    found: dict[LotId, int] = {}
    if order.on_count:
        for one in order.taken:
            if one.on_count:
                found[one.lot] = found.get(one.lot, 0) + one.on_count
    return found


def _write_shelf(connection: sqlite3.Connection, shelf: Shelf, before: Shelf | None) -> None:
    """Only lots that changed: a count of twenty thousand mostly says what is known."""
    connection.execute(_SHELF, (shelf.bank, shelf.seq, shelf.counted_ms, shelf.whole))
    known = {} if before is None else before.lots
    if known is shelf.lots:
        return
    gone = [(shelf.bank, lot) for lot in known if lot not in shelf.lots]
    connection.executemany("DELETE FROM blood_lots WHERE bank = ? AND lot = ?", gone)
    fresh = [lot for number, lot in shelf.lots.items() if known.get(number) != lot]
    connection.executemany(_LOT, _lot_rows(shelf.bank, fresh))


def _lot_rows(bank: BankId, lots: Iterable[ShelfLot]) -> Iterable[tuple[str | int, ...]]:
    for lot in lots:
        attributes = " ".join(sorted(lot.attributes))
        kind = lot.component, lot.group.value
        yield bank, lot.lot, *kind, lot.quantity, lot.expires_ms, lot.state.value, attributes


def read_blood(connection: sqlite3.Connection, state: State, oldest_ms: int) -> None:
    """Fill an empty state with every shelf, and the orders that are open or changed after `oldest_ms`."""
    shelves: dict[BankId, dict[LotId, ShelfLot]] = {}
    rows = connection.execute(
        "SELECT bank, lot, component, blood_group, quantity, expires_ms, state, attributes FROM blood_lots"
    )
    for bank, lot, component, group, quantity, expires_ms, lot_state, attributes in rows:
        shelves.setdefault(BankId(bank), {})[LotId(lot)] = ShelfLot(
            LotId(lot), ComponentCode(component), BloodGroup(group), quantity, expires_ms,
            LotState(lot_state), frozenset(attributes.split()),
        )  # fmt: skip
    for bank, seq, counted_ms, whole in connection.execute(
        "SELECT bank, seq, counted_ms, whole FROM blood_shelves"
    ):
        lots = shelves.get(BankId(bank), {})
        state.shelves[BankId(bank)] = Shelf(BankId(bank), seq, counted_ms, lots, bool(whole))
    for (body,) in connection.execute(
        "SELECT body FROM blood_orders WHERE kept = 1 OR kept = 0 AND changed_ms > ? ORDER BY rowid",
        (oldest_ms,),
    ):
        order = BloodOrder.model_validate_json(body)
        state.blood[order.id] = order


def read_blood_order(connection: sqlite3.Connection, order: BloodOrderId) -> BloodOrder | None:
    """One order, however old."""
    row = connection.execute("SELECT body FROM blood_orders WHERE id = ?", (order,)).fetchone()
    return None if row is None else BloodOrder.model_validate_json(row[0])


def read_blood_with(connection: sqlite3.Connection, dins: Collection[str]) -> list[BloodOrder]:
    """Every order that names a bag with one of these donation numbers, however old."""
    found = connection.execute(
        "SELECT DISTINCT body FROM blood_orders, json_each(?) AS din "
        "WHERE instr(body, '\"bags\":[]') = 0 AND instr(body, din.value) > 0",
        (json.dumps(list(dins), ensure_ascii=False),),
    )
    orders = (BloodOrder.model_validate_json(body) for (body,) in found)
    return [one for one in orders if any(bag.din in dins for bag in one.bags)]


def blood_orders_newest(connection: sqlite3.Connection, last: int) -> list[BloodOrder]:
    """The newest orders, newest first."""
    rows = connection.execute("SELECT body FROM blood_orders ORDER BY rowid DESC LIMIT ?", (last,))
    return [BloodOrder.model_validate_json(body) for (body,) in rows]
