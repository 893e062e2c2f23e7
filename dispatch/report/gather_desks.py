"""Rows about recommendations, choices, alarms, links and refused messages."""

from dispatch.audit.entry import AuditRow
from dispatch.report.facts import Alarm, Blood, Choice, Facts, Kind, LinkSpell, Option, Told
from dispatch.report.fields import number, tell, text, whole
from dispatch.report.gather_calls import Taker


def recommended(row: AuditRow) -> tuple[Option, ...]:
    """The options of a recommendation that its row names, as they stand there."""
    found = row.detail.get("options")
    options = []
    for one in found if isinstance(found, list) else ():
        if not isinstance(one, dict):
            continue
        what = next((one[kind] for kind in ("unit", "hospital", "bank") if kind in one), None)
        rank, eta, late = (whole(one.get(name)) for name in ("rank", "eta_s", "late_eta_s"))
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
            whole(wanted.get("wanted")) or 0,
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
    tell(facts, row.target, row, f"{what} #{offered.rank} {offered.reason}".strip())


def _kind(row: AuditRow) -> Kind:
    return _KINDS[row.action.partition(".")[0]]


_KINDS: dict[str, Kind] = {"unit": "unit", "hospital": "hospital", "blood": "bank"}


def _blood_told(facts: Facts, row: AuditRow) -> None:
    asked = facts.blood.get(row.target)
    if asked is not None:
        accepted, answered = row.detail.get("accepted") is True, row.detail.get("answered") is True
        asked.told = Told(accepted, answered, text(row, "reason"))


def _refused(facts: Facts, row: AuditRow) -> None:
    key = (text(row, "city") or row.target, text(row, "reason"))
    facts.refused[key] = facts.refused.get(key, 0) + (number(row, "count") or 1)


def _link_down(facts: Facts, row: AuditRow) -> None:
    facts.links.append(LinkSpell(row.city, row.console, row.target, row.ts, None))


def _link_up(facts: Facts, row: AuditRow) -> None:
    for place, one in enumerate(facts.links):
        if one.of == (row.city, row.console, row.target) and one.up_ms is None:
            facts.links[place] = one._replace(up_ms=row.ts)


def _crossing_closed(facts: Facts, row: AuditRow) -> None:
    facts.crossings.setdefault(row.target, []).append((row.console, row.ts, None))


def _crossing_opened(facts: Facts, row: AuditRow) -> None:
    spans = facts.crossings.get(row.target, [])
    for place, (node, start, end) in enumerate(spans):
        if node == row.console and end is None:
            spans[place] = (node, start, row.ts)


def close_links(facts: Facts) -> None:
    """A link that was told to be down twice in a row was down once."""
    kept: dict[tuple[tuple[str, str, str], int | None], LinkSpell] = {}
    for one in facts.links:
        kept.setdefault((one.of, one.up_ms), one)
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


BOTH: dict[str, Taker] = {
    "audit.lost": _lost,
    "alarm.raised": _rang,
    **{f"alarm.{step}": _of_alarm for step in ("acknowledged", "escalated", "cleared", "returned")},
}
FROM_CONSOLE: dict[str, Taker] = {
    "unit.recommended": _recommended,
    "unit.chosen": _chosen,
    "hospital.recommended": _recommended,
    "hospital.chosen": _chosen,
    "blood.recommended": _recommended,
    "blood.chosen": _chosen,
    "blood.told": _blood_told,
    "message.quarantined": _refused,
    "crossing.closed": _crossing_closed,
    "crossing.opened": _crossing_opened,
    "link.down": _link_down,
    "link.up": _link_up,
}
"""Action of a row -> what it means, in a console's log; BOTH: in a centre's too."""
