"""The truth of a run, worked out again from what was left behind, and everything that must not be in it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from tests.chaos.cities.evidence import Evidence, Order

HARM = ("double", "ghost", "rejected but accepted", "confirmed but not accepted")
SIGNS = (
    "two holders",
    "history",
    "undecided",
    "disagreement",
    "unlent",
    "unordered",
    "audit chain",
    "fault",
    "not resolved",
)
KINDS = (*HARM, *SIGNS)
REFUSED = frozenset({"denied", "expired", "cancelled"})
FINAL = REFUSED | {"done", "stood_down"}
HOLDING = frozenset({"reserved", "ordered", "acked", "standing_down"})
LEGAL = {
    "": {"reserved", "denied", "cancelled"},
    "reserved": {"ordered", "expired", "cancelled"},
    "ordered": {"acked", "standing_down", "done"},
    "acked": {"done", "standing_down"},
    "standing_down": {"stood_down", "done"},
}
OPEN = frozenset({"told", "acknowledged"})


@dataclass(frozen=True, slots=True)
class Violation:
    kind: str
    what: str


@dataclass
class Crews:
    """What the crews did: request -> who began it and when, when it was acknowledged, who ended it."""

    began: dict[str, str] = field(default_factory=dict)
    acknowledged: dict[str, tuple[str, int]] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)
    doubles: list[str] = field(default_factory=list)


def judge(found: Evidence) -> list[Violation]:
    """Every violation; an empty list is the only good one."""
    crews = what_crews_did(found)
    rules = {
        "double": iter(crews.doubles),
        "ghost": _ghosts(found, crews),
        "rejected but accepted": _rejected(found, crews),
        "confirmed but not accepted": _not_held(found, crews),
        "two holders": _two_holders(found),
        "history": _histories(found),
        "undecided": _undecided(found),
        "disagreement": _disagreements(found),
        "unlent": _unlent(found),
        "unordered": _unordered(found, crews),
        "audit chain": iter(found.broken_chains),
        "fault": iter(found.faults),
        "not resolved": iter(found.left),
    }
    return [Violation(kind, what) for kind in KINDS for what in rules[kind]]


def what_crews_did(found: Evidence) -> Crews:
    """The life of every unit from its journal, and whatever in it is a unit on two tasks."""
    crews, now = Crews(), dict[str, tuple[str, str, tuple[int, ...]]]()
    for line in (line for journal in found.did.values() for line in journal if line.get("state")):
        unit, request, state = line["unit"], line["request"], line["state"]
        token = tuple(line["token"])
        was_request, was_state, was_token = now.get(unit, ("", "", ()))
        if request != was_request and was_state in OPEN:
            crews.doubles.append(f"{unit}: told of {request} while on {was_request}")
        if request != was_request and token <= was_token:
            crews.doubles.append(f"{unit}: {request} took the place of {was_request}, whose token is newer")
        if request in crews.ended and state in OPEN:
            crews.doubles.append(f"{unit}: on {request} again, which was over")
        if state in OPEN and crews.began.setdefault(request, unit) != unit:
            crews.doubles.append(f"{request}: {unit} is on it, and {crews.began[request]}")
        if state not in OPEN:  # stood down before it was told to go, it was never begun
            crews.ended[request] = unit
        if state == "acknowledged":
            crews.acknowledged.setdefault(request, (unit, line["ms"]))
        now[unit] = (request, state, token)
    return crews


def _ghosts(found: Evidence, crews: Crews) -> Iterator[str]:
    """A confirmation without a crew, or before it."""
    said: list[tuple[str, str, int | None]] = [
        (f"console {city}", line["request"], line["ms"])
        for city, journal in found.shown.items()
        for line in journal
        if line["did"] == "shows" and (line["standing"] == "confirmed" or "acked" in line["steps"])
    ]
    said += [
        (f"centre {order.centre}", order.request, _true_ms(found, order.centre, at_ms))
        for order in found.orders.values()
        for state, at_ms, _reason in order.steps
        if state == "acked"
    ]
    for who, request, ms in said:
        crew = crews.acknowledged.get(request)
        if crew is None:
            yield f"{who}: {request} is confirmed, but no crew acknowledged it"
        elif ms is not None and crew[1] > ms:
            yield f"{who}: {request} was confirmed {crew[1] - ms} ms before its crew did"


def _true_ms(found: Evidence, city: str, at_ms: int) -> int | None:
    """A time that a centre wrote down; None where its clock was wrong."""
    return None if city in found.clocks_wrong else at_ms


def _rejected(found: Evidence, crews: Crews) -> Iterator[str]:
    """Refused, run out or taken back in time, and a crew went all the same."""
    for city, journal in found.shown.items():
        refused = {
            line["request"]: line["standing"]
            for line in journal
            if line["did"] == "shows" and (line["standing"] in REFUSED or REFUSED & set(line["steps"]))
        }
        for request, standing in refused.items():
            if request in crews.began:
                unit = crews.began[request]
                yield f"console {city}: {request} was shown as {standing}, but {unit} began it"
    for order in found.orders.values():
        if order.state in REFUSED and order.request in crews.began:
            yield f"centre {order.centre}: {order.request} is {order.state}, but {order.unit} began it"


def _not_held(found: Evidence, crews: Crews) -> Iterator[str]:
    """Shown as confirmed, but the unit, or its centre, does not have it so."""
    for city, journal in found.shown.items():
        confirmed = {
            line["request"]: line["unit"]
            for line in journal
            if line["did"] == "shows" and line["standing"] == "confirmed"
        }
        for request, unit in confirmed.items():
            order, crew = found.orders.get(request), crews.acknowledged.get(request)
            if order is None or "acked" not in [state for state, _at, _reason in order.steps]:
                yield f"console {city}: {request} was shown as confirmed, its centre never had it so"
            elif order.unit != unit or (crew is not None and crew[0] != unit):
                yield f"console {city}: {request} was shown as confirmed by {unit}, which does not have it"
            elif order.state in FINAL and request not in crews.ended:
                yield f"console {city}: {request} was confirmed and is over, but {unit} never ended it"


def _two_holders(found: Evidence) -> Iterator[str]:
    """A unit belongs to one order from its reservation to its end."""
    by_unit: dict[str, list[Order]] = {}
    for order in found.orders.values():
        if order.steps and order.steps[0][0] == "reserved":
            by_unit.setdefault(order.unit, []).append(order)
    for unit, orders in by_unit.items():
        orders.sort(key=lambda one: one.token)
        for before, after in pairwise(orders):
            if before.token == after.token:
                yield f"{unit}: {before.request} and {after.request} have one token"
            late = before.steps[-1][1] > after.steps[0][1] and after.centre not in found.clocks_wrong
            if before.state in HOLDING or late:
                yield f"{unit}: given to {after.request} while {before.request} held it"


def _histories(found: Evidence) -> Iterator[str]:
    for order in found.orders.values():
        states = ["", *(state for state, _at, _reason in order.steps)]
        for before, after in pairwise(states):
            if after not in LEGAL.get(before, ()):
                yield f"{order.request}: {after} after {before or 'nothing'}"
        timed = order.centre not in found.clocks_wrong
        if timed and any(later < sooner for (_s, sooner, _r), (_t, later, _u) in pairwise(order.steps)):
            yield f"{order.request}: its history goes back in time"
        if states[-1] != order.state:
            yield f"{order.request}: is {order.state}, its history ends with {states[-1]}"


def _undecided(found: Evidence) -> Iterator[str]:
    """Everything that was ever asked for has an end in the console's own file."""
    for city, journal in found.shown.items():
        shown = {line["request"] for line in journal if line["did"] == "shows"}
        for request in shown | set(found.asked[city]):
            record = found.asked[city].get(request)
            if record is None:
                yield f"console {city}: {request} was shown and is not in its file"
            elif not record["steps"] or record["steps"][-1][0] not in FINAL:
                yield f"console {city}: {request} has no end"


def _disagreements(found: Evidence) -> Iterator[str]:
    """Console and centre have the same history of every request; the last that was shown is its end."""
    for city, records in found.asked.items():
        last = {line["request"]: line["steps"] for line in found.shown[city] if line["did"] == "shows"}
        for request, record in records.items():
            order = found.orders.get(request)
            steps = [tuple(step) for step in record["steps"]]
            if order is None or steps != order.steps:
                yield f"console {city}: {request} is {steps}, at its centre {order and order.steps}"
            elif record["contradicted"]:
                yield f"console {city}: the answers about {request} contradicted each other"
            elif last.get(request) != [state for state, _at, _reason in order.steps]:
                yield f"console {city}: {request} was last shown as {last.get(request)}, it is {order.state}"


def _unlent(found: Evidence) -> Iterator[str]:
    """Another city's unit goes under a request for help that named it for this incident."""
    for order in found.orders.values():
        states = {state for state, _at, _reason in order.steps}
        if order.asker == order.centre or "ordered" not in states:
            continue
        named = [
            aid
            for aid in found.aids[order.centre]
            if (aid["borrower"], aid["incident"]) == (order.asker, order.incident)
            and order.unit in aid["units"]
        ]
        if not named:
            yield f"centre {order.centre}: {order.unit} went to {order.asker}, which it was not lent to"


def _unordered(found: Evidence, crews: Crews) -> Iterator[str]:
    """What a crew began, its centre ordered; what a crew ended is over at its centre."""
    for request, unit in crews.began.items():
        order = found.orders.get(request)
        if order is None or "ordered" not in {state for state, _at, _reason in order.steps}:
            yield f"{unit}: began {request}, which nobody ordered"
        elif order.unit != unit:
            yield f"{unit}: began {request}, an order of {order.unit}"
    for request, unit in crews.ended.items():
        order = found.orders.get(request)
        if order is not None and order.state not in FINAL:
            yield f"{unit}: ended {request}, which is {order.state}"
