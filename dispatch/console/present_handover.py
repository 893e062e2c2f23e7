"""The handover sheet line by line, as two people read it at a change of shift."""

from collections.abc import Callable, Iterator, Sequence

from dispatch.console.neighbours import Part, part_of
from dispatch.console.present_aids import aid_word, headline, left_text
from dispatch.console.present_alarms import SEVERITY_WORDS, alarm_sentence, alarm_state_text
from dispatch.console.present_cells import Cell
from dispatch.console.present_incidents import priority_text
from dispatch.console.present_places import place_said
from dispatch.console.present_scene import Scene, city_name
from dispatch.console.present_times import age_text, clock_text
from dispatch.console.present_units import state_text
from dispatch.console.waiting import UNSEEN
from dispatch.domain.aid import Aid
from dispatch.domain.alarms import Alarm, Severity
from dispatch.domain.incidents import STATE_NAMES, Incident, IncidentState
from dispatch.handover import HandoverSheet, UnitOut
from dispatch.language import N_, _
from dispatch.text import safe_text

Saying = Callable[[str], str]
_TITLES = (
    N_("Open incidents"),
    N_("Alarms"),
    N_("Units paused or out of service"),
    N_("Lent to others, or asked for"),
    N_("Borrowed from others, or asked for"),
    N_("Orders whose end is not known"),
)


def sheet_cells(sheet: HandoverSheet, scene: Scene, spoken: Saying, outgoing: str) -> list[Cell]:
    """The whole sheet, `outgoing` by name; ages are of the moment it was made, not of when it is read."""
    then = Scene(sheet.made_at, scene.cities, scene.sight, scene.limits, scene.banks, spoken)
    parts: Sequence[Sequence[Cell]] = (
        [_incident(each, then, spoken) for each in sheet.incidents],
        [_alarm(each, then) for each in sheet.alarms],
        [_unit(each, then, spoken) for each in sheet.units_out],
        [_aid(each, sheet, then) for each in sheet.lent],
        [_aid(each, sheet, then) for each in sheet.borrowed],
        [Cell(f"  {safe_text(line, 200)}", "warning") for line in sheet.unsettled_orders],
    )
    cells = [_heading(sheet, then, outgoing), *counts_cells(sheet)]
    for title, lines in zip(_TITLES, parts, strict=True):
        cells += list(_section(_(title), lines))
    return cells


def _heading(sheet: HandoverSheet, scene: Scene, outgoing: str) -> Cell:
    facts = {
        "city": city_name(sheet.city, scene),
        "time": clock_text(sheet.made_at, seconds=True),
        "operator": outgoing,
    }
    drill = f"{_('DRILL')}  " if sheet.drill else ""
    return Cell(drill + _("{city}, as of {time}, handed over by {operator}", **facts), "title")


def counts_cells(sheet: HandoverSheet) -> list[Cell]:
    """The figures first: whoever reads only one line reads this one."""
    waiting = sum(incident.unsent for incident in sheet.incidents)
    unseen = sum(alarm.state in UNSEEN for alarm in sheet.alarms)
    said = [
        _("{count} open incidents, {waiting} without a unit", count=len(sheet.incidents), waiting=waiting),
        _("{count} alarms not acknowledged", count=unseen),
        _("{count} units out", count=len(sheet.units_out)),
        _("{lent} lent, {borrowed} borrowed", lent=len(sheet.lent), borrowed=len(sheet.borrowed)),
    ]
    cells = [Cell("   ".join(said), "strong")]
    if sheet.unsettled_orders:
        many = _("{count} orders whose end is not known", count=len(sheet.unsettled_orders))
        cells.append(Cell(many, "warning"))
    return cells


def _section(title: str, lines: Sequence[Cell]) -> Iterator[Cell]:
    yield Cell("", "normal")
    yield Cell(f"{title}  {len(lines) or _('none')}", "title" if lines else "dim")
    yield from lines


def _incident(incident: Incident, scene: Scene, spoken: Saying) -> Cell:
    alone = incident.unsent
    who = " ".join(map(safe_text, incident.sent)) or _("none sent")
    parts = [
        safe_text(incident.id),
        priority_text(incident.priority),
        _(STATE_NAMES[incident.state]),
        who,
        age_text(incident.opened_at, scene.now),
        place_said(incident.place, 60),
    ]
    if incident.state is IncidentState.HELD:
        until = incident.held_until
        parts.append(_("until {time}", time=clock_text(until, scene.now)) if until else "")
        parts.append(spoken(incident.reason))
    style = "critical_text" if alone and int(incident.priority) == 1 else "warning" if alone else "normal"
    return Cell("  " + "  ".join(part for part in parts if part), style)


def _alarm(alarm: Alarm, scene: Scene) -> Cell:
    unseen = alarm.state in UNSEEN and not alarm.shelved(scene.now)
    said = [
        _(SEVERITY_WORDS[alarm.severity]),
        clock_text(alarm.raised_at, scene.now),
        alarm_sentence(alarm, scene.cities, scene.banks, scene.spoken, scene.hospitals),
        alarm_state_text(alarm, scene.now),
    ]
    styles = {Severity.CRITICAL: "critical_text", Severity.WARNING: "warning"}
    return Cell("  " + "  ".join(said), styles.get(alarm.severity, "normal") if unseen else "dim")


def _unit(out: UnitOut, scene: Scene, spoken: Saying) -> Cell:
    since = _("since {time}", time=clock_text(out.status.since, scene.now))
    said = [safe_text(out.unit), state_text(out.status.state), spoken(out.status.reason or ""), since]
    return Cell("  " + "  ".join(each for each in said if each), "normal")


def _aid(aid: Aid, sheet: HandoverSheet, scene: Scene) -> Cell:
    part = part_of(aid, sheet.city, scene.now)
    units = " ".join(map(safe_text, aid.units))
    said = [
        safe_text(aid.incident),
        headline(aid, scene),
        aid_word(part, aid),
        units,
        left_text(aid, scene.now),
    ]
    return Cell(
        "  " + "  ".join(each for each in said if each), "warning" if part is Part.ANSWER else "normal"
    )
