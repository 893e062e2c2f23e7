"""The way of one bag, lot or order through the audit logs of several cities, with what is missing in it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from dispatch.domain.blood_orders import BLOOD_NEXT, BloodState
from dispatch.language import N_

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"


@dataclass(frozen=True, slots=True)
class Event:
    """One row of an audit log about blood. `log`: the city whose log it is; `at_ms` since 1970."""

    at_ms: int
    log: str
    seq: int
    action: str
    actor: str
    role: str
    order: str
    detail: Mapping[str, Json]

    @property
    def state(self) -> BloodState | None:
        """The state that the step led to; None for a note."""
        word = self.action.removeprefix("blood.")
        return BloodState(word) if word in set(BloodState) else None

    @property
    def place(self) -> str:
        return str(self.detail.get("place", "")) or self.log

    @property
    def lots(self) -> list[tuple[str, int]]:
        """Lots and quantities that the order had then."""
        found = self.detail.get("lots")
        rows = found if isinstance(found, list) else []
        return [(str(r.get("lot", "")), _count(r.get("quantity"))) for r in rows if isinstance(r, dict)]

    @property
    def bags(self) -> dict[str, str]:
        """DIN -> lot."""
        found = self.detail.get("bags")
        return {din: str(lot) for din, lot in found.items()} if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that a whole trail would have: a code of GAPS with its facts."""

    code: str
    order: str
    facts: Mapping[str, str]


GAPS = {
    "no_beginning": N_("{order}: nobody is on record as having asked for it; it begins with {state}"),
    "missing_step": N_("{order}: between {before} and {after} a step is missing"),
    "no_end": N_("{order}: nothing is on record after {state}"),
    "no_bags": N_("{order}: it was packed without bag numbers, only lots can be followed"),
    "no_carrier": N_("{order}: who carried it is not on record"),
    "no_temperature": N_("{order}: it was received without a temperature"),
    "no_person": N_("{order}: who decided about it is not on record"),
    "no_log": N_("{order}: the log of {city} was not given"),
}


@dataclass(frozen=True, slots=True)
class Trail:
    """Everything on record about one id, oldest first."""

    id: str
    orders: tuple[str, ...]
    events: tuple[Event, ...]
    gaps: tuple[Gap, ...]


def trace(wanted: str, events: Iterable[Event], logs: Iterable[str]) -> Trail:
    """The orders that a bag, a lot or an order's number stands in, with all their rows.

    `logs`: the cities whose logs were given.
    """
    every = sorted(events, key=lambda one: (one.at_ms, one.log, one.seq))
    orders = tuple(dict.fromkeys(one.order for one in every if _about(one, wanted)))
    found = tuple(one for one in every if one.order in orders)
    given = frozenset(logs)
    gaps = [gap for order in orders for gap in _gaps(order, [e for e in found if e.order == order], given)]
    return Trail(wanted, orders, found, tuple(gaps))


def _about(event: Event, wanted: str) -> bool:
    named = event.order == wanted or wanted in event.bags
    return named or any(lot == wanted for lot, _quantity in event.lots)


def _gaps(order: str, events: Sequence[Event], logs: frozenset[str]) -> Iterable[Gap]:
    steps = [(event, event.state) for event in events if event.state is not None]
    if not steps:
        yield Gap("no_beginning", order, {"state": "-"})
        return
    first, last = steps[0][1], steps[-1][1]
    if first not in (BloodState.HELD, BloodState.DENIED):
        yield Gap("no_beginning", order, {"state": str(first)})
    for (_event, before), (_next, after) in pairwise(steps):
        if before is not None and after is not before and after not in BLOOD_NEXT[before]:
            yield Gap("missing_step", order, {"before": str(before), "after": str(after)})
    if last is not None and not last.settled:
        yield Gap("no_end", order, {"state": str(last)})
    for event, state in steps:
        yield from _missing(order, event, state)
    cities = {event.place.split("/")[0] for event, _state in steps}
    yield from (Gap("no_log", order, {"city": city}) for city in sorted(cities - logs))


def _missing(order: str, event: Event, state: BloodState | None) -> Iterable[Gap]:
    detail = event.detail
    match state:
        case BloodState.PACKED if not event.bags:
            yield Gap("no_bags", order, {})
        case BloodState.CARRIED if not (detail.get("fact.unit") or detail.get("fact.courier")):
            yield Gap("no_carrier", order, {})
        case BloodState.RECEIVED if "fact.temperature_tenths" not in detail and not _released(detail):
            yield Gap("no_temperature", order, {})
        case BloodState.DISCARDED if not detail.get("fact.person"):
            yield Gap("no_person", order, {})


def _released(detail: Mapping[str, Json]) -> bool:
    """Out of quarantine: it was measured before."""
    return bool(detail.get("fact.person"))


def _count(value: Json) -> int:
    return value if isinstance(value, int) else 0
