"""From rows to facts: one pass over each log, the centres' first.

What two logs tell of the same thing is counted once. The centre is the single writer of its incidents, its
units' orders and its alarms, so its rows win; a console's rows about them count only where that
centre's log was not given. Recommendations, choices, links and refused messages only a console writes.
"""

from collections.abc import Callable, Sequence

from dispatch.audit.entry import AuditRow, Json
from dispatch.report.facts import (
    STEPS,
    Alarm,
    Blood,
    Call,
    Choice,
    Clock,
    Facts,
    Kind,
    Mission,
    Moment,
    Option,
    Told,
)
from dispatch.report.logs import Log

_CHOICE_EARLY_MS = 60_000  # a console's clock may be this far ahead of a centre's
_ENDS = {
    "order.denied": "denied",
    "order.expired": "expired",
    "order.cancelled": "cancelled",
    "order.stood_down": "stood_down",
}
_STANDING_ENDS = {"denied", "expired", "cancelled", "stood_down", "done"}


def gather(logs: Sequence[Log], *, drill: bool) -> Facts:
    """The facts of logs that hold rows of one kind only (drill or real)."""
    facts = Facts(drill)
    facts.centres = {log.city for log in logs if log.kind == "centre" and log.rows}
    stamps = [row.ts for log in logs for row in log.rows]
    facts.from_ms, facts.to_ms = (min(stamps), max(stamps)) if stamps else (0, 0)
    facts.rows = len(stamps)
    for log in sorted(logs, key=lambda one: one.kind != "centre"):
        for row in log.rows:
            (_FROM_CENTRE if log.kind == "centre" else _FROM_CONSOLE).get(row.action, _nothing)(facts, row)
    _close_links(facts)
    _join(facts)
    return facts


# --- reading a detail: another program may have written anything --------------------------------------


def text(row: AuditRow, name: str) -> str:
    """A text of the detail; empty when there is none."""
    value = row.detail.get(name)
    return value if isinstance(value, str) else "" if value is None else str(value)


def number(row: AuditRow, name: str) -> int | None:
    """A whole number of the detail; None when there is none, or something else stands there."""
    return _whole(row.detail.get(name))


def _whole(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _words(value: Json) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(str(one) for one in value)
    return tuple(value.split()) if isinstance(value, str) else ()


def _nothing(_facts: Facts, _row: AuditRow) -> None:
    return


def _say(facts: Facts, incident: str, row: AuditRow, what: str = "", at_ms: int | None = None) -> None:
    """A line for the timeline of a call."""
    if incident:
        crew = at_ms is not None
        clock: Clock = "crew" if crew else "centre" if row.console == "centre" else "console"
        moment = Moment(row.ts if at_ms is None else at_ms, clock, row.action, row.actor, what)
        facts.moments.setdefault(incident, []).append(moment)


# --- calls ----------------------------------------------------------------------------------------------


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
        needs=_words(row.detail.get("needs")),
        lat_microdeg=number(row, "lat_microdeg"),
        lon_microdeg=number(row, "lon_microdeg"),
        origin=origin,
    )
    _say(facts, row.target, row, text(row, "place"))


def _opened_at_console(facts: Facts, row: AuditRow) -> None:
    """Where it is, is taken from the console when an older centre did not write it down."""
    known = facts.calls.get(row.target)
    if known is None and (text(row, "city") or row.city) not in facts.centres:
        _opened(facts, row)
    elif known is not None and known.lat_microdeg is None and known.place == text(row, "place"):
        known.lat_microdeg, known.lon_microdeg = number(row, "lat_microdeg"), number(row, "lon_microdeg")
        known.needs, known.patients = _words(row.detail.get("needs")), number(row, "patients") or 1


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
    call.needs = _words(row.detail.get("needs")) or call.needs
    _say(facts, row.target, row, f"{text(row, 'place')} {text(row, 'priority')}".strip())


def _closed(facts: Facts, row: AuditRow) -> None:
    call = facts.calls.get(row.target)
    if call is not None and (row.console == "centre" or call.source == "console"):
        call.closed_ms, call.ending = row.ts, text(row, "ending")
        _say(facts, row.target, row, call.ending)


def _reopened(facts: Facts, row: AuditRow) -> None:
    call = facts.calls.get(row.target)
    if call is not None:
        call.closed_ms, call.ending = None, ""
    _say(facts, row.target, row)


def _noted(facts: Facts, row: AuditRow) -> None:
    call = facts.calls.get(row.target)
    if row.console == "centre" or (call is not None and call.source == "console"):
        _say(facts, row.target, row, text(row, "text") or text(row, "reason"))


# --- orders ---------------------------------------------------------------------------------------------


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
    _say(facts, mission.incident, row, f"{mission.unit} {text(row, 'reason')}".strip())


def _asked(facts: Facts, row: AuditRow) -> None:
    """An order as the console that gave it saw it."""
    request = text(row, "request")
    mission = facts.missions.get(request)
    if mission is None:
        mission = Mission(
            request, row.target, text(row, "unit"), text(row, "city"), row.city, row.console, "console"
        )
        facts.missions[request] = mission
    if row.action == "order.asked" and mission.asked_ms is None:
        mission.asked_ms = row.ts
        _say(facts, row.target, row, mission.unit)
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
        _say(facts, mission.incident, row, state, at_ms)


def _not_taken(facts: Facts, row: AuditRow) -> None:
    key = (row.city, row.action)
    facts.not_taken[key] = facts.not_taken.get(key, 0) + 1


def _telephoned(facts: Facts, row: AuditRow) -> None:
    facts.telephoned += 1
    _say(facts, text(row, "incident"), row, row.target)


# --- choices --------------------------------------------------------------------------------------------


def recommended(row: AuditRow) -> tuple[Option, ...]:
    """The options of a recommendation that its row names, as they stand there."""
    found = row.detail.get("options")
    options = []
    for one in found if isinstance(found, list) else ():
        if not isinstance(one, dict):
            continue
        what = next((one[kind] for kind in ("unit", "hospital", "bank") if kind in one), None)
        rank, eta, late = (_whole(one.get(name)) for name in ("rank", "eta_s", "late_eta_s"))
        if what is not None and rank is not None and eta is not None:
            options.append(Option(str(what), rank, eta, late or eta, one.get("cross_city") is True))
    return tuple(options)


def _recommended(facts: Facts, row: AuditRow) -> None:
    """Kept until somebody chooses from it: the next row of that console about the same target."""
    kind = _kind(row)
    offered = Choice(kind, row.target, "", "", row.ts, 0, False, "", row.actor, row.console, row.city)
    offered.options = recommended(row)
    facts.offered[kind, row.target, row.console] = offered
    need = row.detail.get("need")
    if kind == "bank":
        wanted = need if isinstance(need, dict) else {}
        facts.blood[row.target] = Blood(
            row.target,
            row.ts,
            str(wanted.get("component", "")),
            str(wanted.get("group", "")),
            _whole(wanted.get("wanted")) or 0,
            str(wanted.get("hospital", "")),
        )


def _chosen(facts: Facts, row: AuditRow) -> None:
    kind, what = _kind(row), text(row, _kind(row))
    offered = facts.offered.pop((kind, row.target, row.console), None)
    if offered is None:
        offered = Choice(kind, row.target, "", "", row.ts, 0, False, "", row.actor, row.console, row.city)
    facts.choices.append(offered)
    offered.what, offered.unit, offered.at_ms, offered.actor = what, text(row, "unit"), row.ts, row.actor
    offered.rank, offered.reason = number(row, "rank") or 0, text(row, "override_reason")
    best = row.detail.get("best")
    offered.followed = best if isinstance(best, bool) else offered.rank == 1
    if kind == "bank" and row.target in facts.blood:
        facts.blood[row.target].choice = offered
    _say(facts, row.target, row, f"{what} #{offered.rank} {offered.reason}".strip())


def _kind(row: AuditRow) -> Kind:
    return _KINDS[row.action.partition(".")[0]]


_KINDS: dict[str, Kind] = {"unit": "unit", "hospital": "hospital", "blood": "bank"}


def _blood_told(facts: Facts, row: AuditRow) -> None:
    asked = facts.blood.get(row.target)
    if asked is not None:
        accepted, answered = row.detail.get("accepted") is True, row.detail.get("answered") is True
        asked.told = Told(accepted, answered, text(row, "reason"))


# --- the running of the desks ---------------------------------------------------------------------------


def _refused(facts: Facts, row: AuditRow) -> None:
    key = (text(row, "city") or row.target, text(row, "reason"))
    facts.refused[key] = facts.refused.get(key, 0) + (number(row, "count") or 1)


def _link_down(facts: Facts, row: AuditRow) -> None:
    facts.links.append((row.console, row.target, row.ts, None))


def _link_up(facts: Facts, row: AuditRow) -> None:
    for place, (node, city, down_ms, up_ms) in enumerate(facts.links):
        if (node, city) == (row.console, row.target) and up_ms is None:
            facts.links[place] = (node, city, down_ms, row.ts)


def _close_links(facts: Facts) -> None:
    """A link that was told to be down twice in a row was down once."""
    kept: dict[tuple[str, str, int | None], tuple[str, str, int, int | None]] = {}
    for node, city, down_ms, up_ms in facts.links:
        kept.setdefault((node, city, up_ms), (node, city, down_ms, up_ms))
    facts.links = list(kept.values())


def _rang(facts: Facts, row: AuditRow) -> None:
    name = text(row, "alarm") or row.target  # a console's own alarms may be filed under a city
    code = text(row, "code") or name.partition(":")[0]
    alarm = Alarm(name, code, row.city, "centre" if row.console == "centre" else "console", row.ts)
    facts.alarms.append(alarm)
    facts.ringing[row.city, row.console, name] = alarm


def _of_alarm(facts: Facts, row: AuditRow) -> None:
    alarm = facts.ringing.get((row.city, row.console, row.target))
    if alarm is None:
        return
    step = row.action.removeprefix("alarm.")
    if step == "acknowledged" and alarm.acknowledged_ms is None:
        alarm.acknowledged_ms = row.ts
    elif step == "escalated":
        alarm.escalated = True
    elif step in ("cleared", "returned") and alarm.over_ms is None:
        alarm.over_ms = row.ts


def _lost(facts: Facts, row: AuditRow) -> None:
    facts.lost_rows += number(row, "rows") or 0


# --- joining --------------------------------------------------------------------------------------------


def _join(facts: Facts) -> None:
    """Orders to their calls, choices to their orders.

    A choice explains one order only: the next one that its own desk gave. Another desk may have got the unit.
    """
    facts.choices.sort(key=lambda one: one.at_ms)
    free: dict[tuple[str, str, str, str], list[Choice]] = {}
    for choice in facts.choices:
        if choice.kind == "unit":
            free.setdefault((choice.target, choice.what, choice.city, choice.node), []).append(choice)
    for mission in sorted(facts.missions.values(), key=lambda one: one.begun_ms or 0):
        call = facts.calls.get(mission.incident)
        if call is None:
            facts.orphans += 1
        else:
            call.missions.append(mission)
        key = (mission.incident, mission.unit, mission.asker_city, mission.asker_node)
        before = free.get(key, [])
        mine = [one for one in before if one.at_ms <= (mission.begun_ms or 0) + _early(mission)]
        if mine:
            mission.choice = mine[-1]
            free[key] = before[len(mine) :]
    for lines in facts.moments.values():
        lines.sort(key=lambda one: one.at_ms)


def _early(mission: Mission) -> int:
    """The asking stands in the same log as the choice; a centre's reservation has another clock."""
    return 0 if mission.asked_ms is not None else _CHOICE_EARLY_MS


_Taker = Callable[[Facts, AuditRow], None]
_ALARMS: dict[str, _Taker] = {
    "alarm.raised": _rang,
    **{f"alarm.{step}": _of_alarm for step in ("acknowledged", "escalated", "cleared", "returned")},
}
_LINES: dict[str, _Taker] = {
    f"incident.{act}": _noted
    for act in ("repeat", "chase", "hold", "wake", "woken_by_time", "reinforce", "none_free", "note", "moved")
}
_CALLS: dict[str, _Taker] = {
    **_LINES,
    "incident.amend": _amended,
    "incident.close": _closed,
    "incident.closed_by_itself": _closed,
    "incident.reopened": _reopened,
    "audit.lost": _lost,
}
_FROM_CENTRE: dict[str, _Taker] = {
    **_CALLS,
    **_ALARMS,
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
_FROM_CONSOLE: dict[str, _Taker] = {
    **_CALLS,
    **_ALARMS,
    "incident.opened": _opened_at_console,
    "incident.renumbered": _renumbered,
    "order.asked": _asked,
    "order.outcome": _asked,
    "unit.recommended": _recommended,
    "unit.chosen": _chosen,
    "hospital.recommended": _recommended,
    "hospital.chosen": _chosen,
    "blood.recommended": _recommended,
    "blood.chosen": _chosen,
    "blood.told": _blood_told,
    "message.quarantined": _refused,
    "link.down": _link_down,
    "link.up": _link_up,
}
"""What each action of a log means. An action that is not here is counted among the rows and nowhere else."""
