"""Orders of blood: what became of them, how long each step took, how much was received, returned, wasted.

All times are the centre's of the bank's city. An order is counted once, in its last state; amounts of two
components are never added.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from dispatch.domain.blood_orders import BloodState
from dispatch.report.facts import BloodOrdered, Facts
from dispatch.report.model_blood import BloodAmounts, BloodOrderEntry, BloodOrders
from dispatch.report.model_parts import Interval
from dispatch.report.response import interval
from dispatch.report.statistics import wilson

_NOT_SUPPLIED = ("declined", "cancelled", "expired", "unfulfilled", "in_error")
_OVER = frozenset({"denied", *_NOT_SUPPLIED, "received", "returned", "discarded"})
_STEPS = (
    ("blood_ask_confirm", "held", "confirmed"),
    ("blood_confirm_pack", "confirmed", "packed"),
    ("blood_pack_hand", "packed", "carried"),
    ("blood_hand_deliver", "carried", "delivered"),
    ("blood_deliver_receive", "delivered", "received"),
    ("blood_ask_receive", "held", "received"),
)
"""Name of a figure, the state it begins with and the one it ends with."""


def orders(facts: Facts) -> BloodOrders:
    """Everything about orders of blood."""
    every = sorted(facts.blood_orders.values(), key=lambda one: (one.last_ms, one.order))
    asked = [one for one in every if one.state != BloodState.DENIED]
    received = [one for one in asked if "received" in one.steps and one.need_by_ms is not None]
    in_time = sum(one.steps["received"] <= (one.need_by_ms or 0) for one in received)
    low, high = wilson(in_time, len(received))
    left = [one for one in asked if "carried" in one.steps]
    checked = [one for one in asked if "received" in one.steps or "quarantined" in one.steps]
    return BloodOrders(
        n=len(every),
        ends=dict(Counter(one.state for one in every)),
        under_way=sum(one.state not in _OVER for one in every),
        received_n=len(received),
        in_time=in_time,
        share=in_time / len(received) if received else None,
        low=low,
        high=high,
        left_bank=len(left),
        with_bags=sum(one.bagged for one in left),
        with_carrier=sum(one.carried for one in left),
        checked=len(checked),
        measured=sum(one.measured for one in checked),
        set_aside=sum("quarantined" in one.steps for one in checked),
        intervals=tuple(_intervals(asked)),
        amounts=tuple(_amounts(every)),
        orders=tuple(map(_entry, every)),
    )


def _intervals(asked: Sequence[BloodOrdered]) -> Iterable[Interval]:
    """Of an order that ended on the way there is no figure: it is counted as left out."""
    for name, begins, ends in _STEPS:
        ended = [one for one in asked if begins in one.steps and ends not in one.steps and one.state in _OVER]
        rest = [one for one in asked if one not in ended]
        found = interval(name, "centre", [(one.steps.get(begins), one.steps.get(ends)) for one in rest])
        left_out = found.excluded | ({"blood_ended": len(ended)} if ended else {})
        yield found.model_copy(update={"excluded": left_out})


def _amounts(every: Sequence[BloodOrdered]) -> Iterable[BloodAmounts]:
    """By the bank's city, the city that asked, and component."""
    keys = sorted(
        {(one.bank_city, one.asker_city, code) for one in every for code in one.granted | one.holds}
    )
    for bank_city, asker_city, component in keys:
        mine = [one for one in every if (one.bank_city, one.asker_city) == (bank_city, asker_city)]
        of = [one for one in mine if component in one.granted or component in one.holds]
        by_state: Counter[str] = Counter()
        for one in of:
            by_state[one.state] += one.holds.get(component, 0)
        granted = sum(one.granted.get(component, 0) for one in of)
        yield BloodAmounts(
            bank_city=bank_city,
            asker_city=asker_city,
            component=component,
            orders=len(of),
            granted=granted,
            received=by_state["received"],
            returned=by_state["returned"],
            wasted=by_state["discarded"],
            not_supplied=sum(by_state[state] for state in _NOT_SUPPLIED),
            under_way=sum(held for state, held in by_state.items() if state not in _OVER),
        )


def _entry(one: BloodOrdered) -> BloodOrderEntry:
    steps = one.steps
    return BloodOrderEntry(
        order=one.order,
        bank_city=one.bank_city,
        asker_city=one.asker_city,
        bank=one.bank,
        hospital=one.hospital,
        state=one.state,
        amounts=one.holds,
        need_by_ms=one.need_by_ms,
        asked_ms=steps.get("held", steps.get("denied")),
        confirmed_ms=steps.get("confirmed"),
        packed_ms=steps.get("packed"),
        carried_ms=steps.get("carried"),
        delivered_ms=steps.get("delivered"),
        received_ms=steps.get("received"),
        over_ms=one.last_ms if one.state in _OVER else None,
        with_bags=one.bagged,
        with_carrier=one.carried,
        measured=one.measured,
    )
