"""From rows to facts: one pass over each log, the centres' first.

What two logs tell of the same thing is counted once. The centre is the single writer of its incidents, its
units' orders and its alarms, so its rows win; a console's rows about them count only where that
centre's log was not given. Recommendations, choices, links and refused messages only a console writes.
"""

from collections.abc import Sequence

from dispatch.report import gather_blood, gather_calls, gather_desks
from dispatch.report.facts import Choice, Facts, Mission
from dispatch.report.gather_desks import close_links
from dispatch.report.logs import Log

_CHOICE_EARLY_MS = 60_000  # a console's clock may be this far ahead of a centre's
_BOTH = {**gather_calls.BOTH, **gather_desks.BOTH}
_FROM_CENTRE = {**_BOTH, **gather_calls.FROM_CENTRE, **gather_blood.FROM_CENTRE}
_FROM_CONSOLE = {**_BOTH, **gather_calls.FROM_CONSOLE, **gather_desks.FROM_CONSOLE}
"""An action that is in neither is counted among the rows and nowhere else."""


def gather(logs: Sequence[Log], *, drill: bool) -> Facts:
    """The facts of logs that hold rows of one kind only (drill or real)."""
    facts = Facts(drill)
    facts.centres = {log.city for log in logs if log.kind == "centre" and log.rows}
    stamps = [row.ts for log in logs for row in log.rows]
    facts.from_ms, facts.to_ms = (min(stamps), max(stamps)) if stamps else (0, 0)
    facts.rows = len(stamps)
    for log in sorted(logs, key=lambda one: one.kind != "centre"):
        for row in log.rows:
            take = (_FROM_CENTRE if log.kind == "centre" else _FROM_CONSOLE).get(row.action)
            if take is not None:
                take(facts, row)
    close_links(facts)
    _join(facts)
    return facts


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
