"""Orders of blood from rows: only the centre of the bank's city writes them, so only its log counts."""

from collections.abc import Callable

from dispatch.audit.entry import AuditRow
from dispatch.domain.blood_orders import BloodState
from dispatch.report.facts import BloodOrdered, Facts
from dispatch.report.fields import number, text, whole

Taker = Callable[[Facts, AuditRow], None]


def _step(facts: Facts, row: AuditRow) -> None:
    """One step: the first time of each state counts, what it holds is what the newest row says."""
    state = row.action.removeprefix("blood.")
    order = facts.blood_orders.get(row.target)
    if order is None:
        order = facts.blood_orders[row.target] = BloodOrdered(
            order=row.target,
            bank_city=row.city,
            bank=text(row, "bank"),
            hospital=text(row, "hospital"),
            asker_city=text(row, "place").split("/")[0],
            need_by_ms=number(row, "need_by_ms"),
        )
        order.granted = _amounts(row)
    order.state = state
    order.steps.setdefault(state, row.ts)
    order.last_ms = row.ts
    order.holds = _amounts(row) or order.holds
    order.bagged = order.bagged or bool(row.detail.get("bags"))
    order.carried = order.carried or bool(text(row, "fact.unit") or text(row, "fact.courier"))
    order.measured = order.measured or number(row, "fact.temperature_tenths") is not None


def _amounts(row: AuditRow) -> dict[str, int]:
    """Component -> what the order holds of it, in the component's own unit."""
    lots = row.detail.get("lots")
    found: dict[str, int] = {}
    for lot in lots if isinstance(lots, list) else ():
        if isinstance(lot, dict) and (quantity := whole(lot.get("quantity"))) is not None:
            component = str(lot.get("component", ""))
            found[component] = found.get(component, 0) + quantity
    return found


FROM_CENTRE: dict[str, Taker] = {f"blood.{state.value}": _step for state in BloodState}
