"""Orders of blood and the stock of banks, between the domain and the wire."""

from collections.abc import Iterable

from dispatch.centre.messages import ActOnBlood, HoldBlood, StockChanged, StockCounted
from dispatch.centre.wire_parts import Refused, by, by_payload, facts_payload, words
from dispatch.domain.blood import BankId, BloodGroup, ComponentCode, LotId, LotState
from dispatch.domain.blood_orders import (
    Bag,
    BloodAct,
    BloodLine,
    BloodOrder,
    BloodOrderId,
    BloodStep,
    ShelfLot,
)
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.orders import Asker
from dispatch.feed import payloads
from dispatch.feed.news_blood import line_of

MOST = 5_000
"""In one snapshot."""


# --- commands --------------------------------------------------------------------------------------


def holding(data: payloads.BloodHold, key: str, asker: Asker) -> HoldBlood:
    """A command to hold blood; Refused for a mode that has no meaning."""
    return HoldBlood(
        key, asker, by(data.by), BloodOrderId(data.order), BankId(data.bank), HospitalId(data.hospital),
        tuple(map(line_of, data.lines)), data.need_by, data.mode,
    )  # fmt: skip


def holding_payload(said: HoldBlood) -> payloads.BloodHold:
    return payloads.BloodHold(
        said.order, said.bank, said.hospital, list(map(line_payload, said.lines)), said.need_by_ms,
        _mode(said.mode), by_payload(said.by),
    )  # fmt: skip


def acting(data: payloads.BloodAct, key: str, asker: Asker) -> ActOnBlood:
    """Something done to an order."""
    return ActOnBlood(
        key, asker, by(data.by), BloodOrderId(data.order), BloodAct(data.act),
        reason=words(data.reason), unit=data.unit or "", courier=words(data.courier, 64),
        temperature_tenths=data.temperature, person=words(data.person, 64), bags=_bags(data.bags),
        seen=data.seen,
    )  # fmt: skip


def acting_payload(said: ActOnBlood) -> payloads.BloodAct:
    return payloads.BloodAct(
        said.order, said.act.value, by_payload(said.by), reason=said.reason, unit=said.unit or None,
        courier=said.courier, temperature=said.temperature_tenths, person=said.person,
        bags=_bags_payload(said.bags), seen=said.seen,
    )  # fmt: skip


def line_payload(one: BloodLine) -> payloads.HoldLine:
    return payloads.HoldLine(
        one.component, one.group.value, one.quantity, sorted(one.attributes), [str(lot) for lot in one.lots]
    )


def _bags(said: Iterable[payloads.BagSaid]) -> tuple[Bag, ...]:
    return tuple(Bag(din=bag.din, lot=LotId(bag.lot)) for bag in said)


def _bags_payload(bags: Iterable[Bag]) -> list[payloads.BagSaid]:
    return [payloads.BagSaid(bag.din, bag.lot) for bag in bags]


def _mode(mode: str) -> payloads.ModeCode:
    match mode:
        case "stock" | "ad_hoc" | "emergency":
            return mode
    raise ValueError(f"{mode} is no way to send blood")


# --- what banks say --------------------------------------------------------------------------------


def stock(data: payloads.BankStock | payloads.BankChange, subject: str) -> StockCounted | StockChanged:
    """A count or a difference; Refused when a bank speaks for another, or names a lot twice."""
    if data.bank != subject:
        raise Refused("wrong_subject")
    said = data.lots if isinstance(data, payloads.BankStock) else data.put
    if len({lot.lot for lot in said}) != len(said):
        raise Refused("duplicate_entry")
    bank, lots, without = BankId(data.bank), tuple(map(_lot, said)), frozenset(data.without)
    if isinstance(data, payloads.BankStock):
        return StockCounted(bank, data.stock_seq, data.counted_at, lots, without)
    removed = tuple(map(LotId, data.removed))
    return StockChanged(bank, data.stock_seq, data.counted_at, lots, removed, without)


def _lot(said: payloads.StockLot) -> ShelfLot:
    return ShelfLot(
        LotId(said.lot), ComponentCode(said.component), BloodGroup(said.group), said.quantity,
        said.expires_at, LotState(said.state), frozenset(said.attributes),
    )  # fmt: skip


# --- what the centre says --------------------------------------------------------------------------


def orders_payload(orders: Iterable[BloodOrder]) -> payloads.BloodOrdersSnapshot:
    """The newest of them, where there are too many."""
    return payloads.BloodOrdersSnapshot([_order_payload(one) for one in list(orders)[-MOST:]])


def _order_payload(order: BloodOrder) -> payloads.BloodOrderRecord:
    return payloads.BloodOrderRecord(
        order=order.id,
        bank=order.bank,
        hospital=order.hospital,
        city=order.asker.city,
        node=order.asker.node,
        lines=list(map(line_payload, order.lines)),
        need_by=order.need_by_ms,
        mode=_mode(order.mode),
        until=order.until_ms,
        steps=[_step_payload(step) for step in (*order.steps[:500], *order.steps[500:][-500:])],
        taken=[
            payloads.TakenSaid(one.line, one.lot, one.quantity, one.expires_ms, one.off)
            for one in order.taken[:2_000]
        ],
        bags=_bags_payload(order.bags),
        unit=order.unit or None,
        courier=order.courier,
        temperature=order.temperature_tenths,
    )


def _step_payload(step: BloodStep) -> payloads.BloodStepSaid:
    return payloads.BloodStepSaid(
        step.state.value, step.at_ms, step.by[:64], step.role[:32], step.place[:130], step.reason[:400],
        facts_payload(step.facts),
    )  # fmt: skip
