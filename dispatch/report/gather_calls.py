"""Rows about calls and their orders."""

from collections.abc import Callable

from dispatch.audit.entry import AuditRow
from dispatch.report.facts import STEPS, Call, Facts, Mission
from dispatch.report.fields import number, tell, text, words

_ENDS = {
    "order.denied": "denied",
    "order.expired": "expired",
    "order.cancelled": "cancelled",
    "order.stood_down": "stood_down",
}
_STANDING_ENDS = {"denied", "expired", "cancelled", "stood_down", "done"}


def _opened(facts: Facts, row: AuditRow) -> None:
    call_ms = number(row, "opened_ms")
    own = call_ms is not None and 0 <= call_ms <= row.ts
    centre = row.console == "centre"
    origin = text(row, "incident") if row.action == "incident.taken_over" else ""
    before = facts.calls.get(origin)
    if before is not None:
        before.moved_to, call_ms, own = row.target, before.opened_ms, before.own_time
    facts.calls[row.target] = Call(
        number=row.target,
        city=row.city if centre else text(row, "city") or row.city,
        place=text(row, "place"),
        priority=number(row, "priority") or (before.priority_sent if before is not None else 0),
        opened_ms=call_ms if call_ms is not None and own else row.ts,
        own_time=own,
        source="centre" if centre else "console",
        patients=number(row, "patients") or 1,
        needs=words(row.detail.get("needs")),
        lat_microdeg=number(row, "lat_microdeg"),
        lon_microdeg=number(row, "lon_microdeg"),
        origin=origin,
    )
    tell(facts, row.target, row, text(row, "place"))


def _opened_at_console(facts: Facts, row: AuditRow) -> None:
    """Where it is, is taken from the console when an older centre did not write it down."""
    known = facts.calls.get(row.target)
    if known is None and (text(row, "city") or row.city) not in facts.centres:
        _opened(facts, row)
    elif known is not None and known.lat_microdeg is None and known.place == text(row, "place"):
        known.lat_microdeg, known.lon_microdeg = number(row, "lat_microdeg"), number(row, "lon_microdeg")
        known.needs, known.patients = words(row.detail.get("needs")), number(row, "patients") or 1


def _renumbered(facts: Facts, row: AuditRow) -> None:
    """At a console: the city had another incident under this number."""
    before = facts.calls.get(text(row, "before"))
    if before is not None and before.source == "console":
        facts.calls.pop(before.number)
        before.number = row.target
        facts.calls.setdefault(row.target, before)


def _amended(facts: Facts, row: AuditRow) -> None:
    call = facts.calls.get(row.target)
    if call is None or (row.console != "centre" and call.source == "centre"):
        return
    priority, patients = number(row, "priority"), number(row, "patients")
    if priority is not None:
        call.amended.append((row.ts, priority))
    if number(row, "lat_microdeg") is not None and number(row, "lon_microdeg") is not None:
        call.lat_microdeg, call.lon_microdeg = number(row, "lat_microdeg"), number(row, "lon_microdeg")
    call.place = text(row, "place") or call.place
    call.patients = patients or call.patients
    call.needs = words(row.detail.get("needs")) or call.needs
    tell(facts, row.target, row, f"{text(row, 'place')} {text(row, 'priority')}".strip())


def _closed(facts: Facts, row: AuditRow) -> None:
    call = facts.calls.get(row.target)
    if call is not None and (row.console == "centre" or call.source == "console"):
        call.closed_ms, call.ending = row.ts, text(row, "ending")
        tell(facts, row.target, row, call.ending)


def _reopened(facts: Facts, row: AuditRow) -> None:
    call = facts.calls.get(row.target)
    if call is not None:
        call.closed_ms, call.ending = None, ""
    tell(facts, row.target, row)


def _noted(facts: Facts, row: AuditRow) -> None:
    call = facts.calls.get(row.target)
    if row.console == "centre" or (call is not None and call.source == "console"):
        tell(facts, row.target, row, text(row, "text") or text(row, "reason"))


def _order(facts: Facts, row: AuditRow) -> None:
    """A step of an order as the centre of its unit wrote it."""
    mission = facts.missions.get(row.target)
    if mission is None:
        names = {name: text(row, name) for name in ("incident", "unit", "city", "console")}
        mission = Mission(
            row.target, names["incident"], names["unit"], row.city, names["city"], names["console"], "centre"
        )
        facts.missions[row.target] = mission
    step = row.action.removeprefix("order.")
    if step in ("reserved", "ordered", "acked") and getattr(mission, f"{step}_ms") is None:
        setattr(mission, f"{step}_ms", row.ts)
    elif row.action in _ENDS or step == "done":
        mission.over_ms, mission.ending = row.ts, _ENDS.get(row.action, text(row, "reason") or "done")
    tell(facts, mission.incident, row, f"{mission.unit} {text(row, 'reason')}".strip())


def _asked(facts: Facts, row: AuditRow) -> None:
    """An order as the console that gave it saw it."""
    request = text(row, "request")
    mission = facts.missions.get(request)
    if mission is None:
        mission = Mission(
            request, row.target, text(row, "unit"), text(row, "city"), row.city, row.console, "console"
        )
        facts.missions[request] = mission
    mission.incident = mission.incident or row.target  # withdrawn before its centre heard what it was for
    if row.action == "order.asked" and mission.asked_ms is None:
        mission.asked_ms = row.ts
        tell(facts, row.target, row, mission.unit)
    if mission.source == "console":
        standing = text(row, "standing")
        if standing == "confirmed" and mission.acked_ms is None:
            mission.acked_ms = row.ts
        elif standing in _STANDING_ENDS and mission.over_ms is None:
            mission.over_ms, mission.ending = row.ts, text(row, "reason") or standing


def _state(facts: Facts, row: AuditRow) -> None:
    """The first time of each state on a task counts, by the crew's own clock."""
    state, at_ms = text(row, "state"), number(row, "at_ms")
    facts.unit_states.setdefault(row.target, []).append((row.ts, state))
    mission = facts.missions.get(text(row, "task"))
    if mission is None or mission.unit != row.target or at_ms is None:
        return
    mission.hospital = text(row, "destination") or mission.hospital
    if state in STEPS and state not in mission.steps:
        mission.steps[state] = at_ms
        tell(facts, mission.incident, row, state, at_ms)


def _not_taken(facts: Facts, row: AuditRow) -> None:
    key = (row.city, row.action)
    facts.not_taken[key] = facts.not_taken.get(key, 0) + 1


def _telephoned(facts: Facts, row: AuditRow) -> None:
    facts.telephoned += 1
    tell(facts, text(row, "incident"), row, row.target)


Taker = Callable[[Facts, AuditRow], None]
_LINES: dict[str, Taker] = {
    f"incident.{act}": _noted
    for act in ("repeat", "chase", "hold", "wake", "woken_by_time", "reinforce", "none_free", "note", "moved")
}
BOTH: dict[str, Taker] = {
    **_LINES,
    "incident.amend": _amended,
    "incident.close": _closed,
    "incident.closed_by_itself": _closed,
    "incident.reopened": _reopened,
}
FROM_CENTRE: dict[str, Taker] = {
    "incident.opened": _opened,
    "incident.taken_over": _opened,
    **{
        f"order.{step}": _order
        for step in ("reserved", "denied", "ordered", "acked", "done", "standing_down", "stood_down",
                     "expired", "cancelled")
    },
    "unit.state": _state,
    "unit.late": _not_taken,
    "unit.refused": _not_taken,
    "break_glass.reported": _telephoned,
    "break_glass.conflict": _telephoned,
}  # fmt: skip
FROM_CONSOLE: dict[str, Taker] = {
    "incident.opened": _opened_at_console,
    "incident.renumbered": _renumbered,
    "order.asked": _asked,
    "order.outcome": _asked,
}
"""Action of a row -> what it means, in a log of that kind; BOTH: in either."""
