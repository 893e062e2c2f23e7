"""Incidents and hospitals as rows of a board."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from dispatch.console.present_cells import Cell, Column, Row
from dispatch.console.present_places import place_said
from dispatch.console.present_scene import AgeLimits, Scene, age_cell, city_cell, city_name, name_text
from dispatch.console.present_times import age_text, clock_text
from dispatch.console.present_units import capability_text
from dispatch.console.symbols import symbols
from dispatch.domain.geography import City, CityCode, Position, great_circle_km
from dispatch.domain.hospitals import Hospital, HospitalStatus
from dispatch.domain.incidents import Incident, IncidentState, Priority
from dispatch.language import N_, _
from dispatch.text import cell_width, safe_text

PRIORITY_WORDS = {
    Priority.LIFE_THREATENING: N_("life threat"),
    Priority.URGENT: N_("urgent"),
    Priority.ROUTINE: N_("routine"),
}
INCIDENT_WORDS = {
    IncidentState.WAITING: N_("Waiting"),
    IncidentState.HELD: N_("Held"),
    IncidentState.DISPATCHED: N_("Dispatched"),
    IncidentState.ON_SCENE: N_("At the scene"),
    IncidentState.TRANSPORTING: N_("To hospital"),
    IncidentState.CLOSED: N_("Closed"),
}


def priority_text(priority: Priority) -> str:
    """ "1 危重"."""
    return f"{int(priority)} {_(PRIORITY_WORDS[priority])}"


def _city_width(cities: Mapping[CityCode, City] | None) -> int:
    names = [cell_width(name_text(city.name)) for city in (cities or {}).values()]
    return max([cell_width(_("City")), *names]) if names else 8


def incident_columns(cities: Mapping[CityCode, City] | None = None) -> tuple[Column, ...]:
    """The columns of `incident_row`, titled in the language in use."""
    priorities = 2 + max(cell_width(priority_text(priority)) for priority in Priority)
    states = max(cell_width(_(word)) for word in INCIDENT_WORDS.values())
    states = max(states, cell_width(_("Held")) + 6)
    return (
        Column("id", _("Incident"), 12),
        Column("priority", _("Priority"), priorities),
        Column("state", _("State"), max(states, cell_width(_("State")))),
        Column("place", _("Place"), None, min_width=16, roomy=24),
        Column("chased", _("Chased"), max(4, cell_width(_("Chased"))), "right", priority=3),
        Column("none_free", _("None free"), max(4, cell_width(_("None free"))), "right", priority=4),
        Column("open", _("Open for"), 8, priority=1),
        Column("units", _("Units"), 10, priority=2),
        Column("patients", _("Patients"), max(4, cell_width(_("Patients"))), "right", priority=5),
        Column("city", _("City"), _city_width(cities), priority=6),
        Column("desk", _("Desk at work"), 16, priority=7),
        Column("needs", _("Needs"), 18, priority=8),
        Column("complaint", _("Complaint"), 18, priority=9),
        Column("opened", _("Opened"), 11, priority=10),
    )


def state_cell(incident: Incident, scene: Scene) -> Cell:
    """Where an incident stands; a held one says until when, one that woke by itself stands out."""
    word = _(INCIDENT_WORDS[incident.state])
    until = incident.held_until
    if incident.state is IncidentState.HELD:
        return Cell(word if until is None else f"{word} {clock_text(until)}", "dim")
    if incident.state is IncidentState.WAITING and incident.telephoned:
        return Cell(_("By telephone"), "warning")
    if incident.state is IncidentState.WAITING and until is not None and until <= scene.now:
        return Cell(_("Woken"), "warning")
    return Cell(word)


def _first_of(units: Sequence[str]) -> str:
    """ "CS-012 +2": the crews of the incident under the cursor are listed beside it."""
    more = f" +{len(units) - 1}" if len(units) > 1 else ""
    return safe_text(units[0]) + more if units else ""


def _counted(count: int, waits: bool) -> Cell:
    """How often; a figure that nobody has answered yet stands out, none is left empty."""
    return Cell(str(count) if count else "", "warning" if waits else "normal", float(count))


def incident_row(
    incident: Incident, scene: Scene, home: CityCode | None = None, desks: Sequence[str] = ()
) -> Row:
    """One incident; a life-threatening one that nobody was sent to is the one thing in red here.

    Those of the city `home` stand out; the place of any other begins with the name of its city. `desks`:
    the other desks that are working on it.
    """
    unsent = incident.unsent
    sign = "  "
    style = "normal"
    if unsent and incident.priority is Priority.LIFE_THREATENING:
        sign, style = f"{symbols().critical} ", "critical"
    elif unsent and incident.priority is Priority.URGENT:
        sign, style = f"{symbols().warning} ", "warning"
    opened = incident.opened_at
    live = scene.seen(incident.city)
    row_style = "normal" if live else "offline"
    ours = home is None or incident.city == home
    place = place_said(incident.place)
    sent = _first_of(incident.sent)
    waits = style if style != "normal" else "strong"
    return Row(
        incident.id,
        (
            Cell(safe_text(incident.id), "strong" if incident.state.open and live and ours else "normal"),
            Cell(sign + priority_text(incident.priority), style, float(incident.priority)),
            _louder(state_cell(incident, scene), waits if unsent else ""),
            Cell(place if ours else f"{city_name(incident.city, scene)} {symbols().bar} {place}"),
            _counted(incident.chases, unsent),
            _counted(incident.none_free, unsent),
            Cell(age_text(opened, scene.now), "normal", -opened.timestamp()),
            Cell(sent or (_("none sent") if incident.state.open else ""), waits if unsent else "normal"),
            Cell(str(incident.patients), "normal", float(incident.patients)),
            city_cell(incident.city, scene),
            Cell(safe_text(" ".join(desks), 60), "advisory"),
            Cell(capability_text(incident.needs), "dim"),
            Cell(safe_text(incident.chief_complaint), "dim"),
            Cell(clock_text(opened, scene.now), "dim", opened.timestamp()),
        ),
        row_style if incident.state.open else "off_duty",
    )


def counters(incident: Incident) -> list[str]:
    """What has happened to it more than once, in words; nothing where nothing has."""
    calls, by_telephone = incident.acceptances, safe_text(" ".join(incident.telephoned))
    said = [
        (_("accepted {count} times", count=calls), calls > 1),
        (_("chased {count}", count=incident.chases), incident.chases > 0),
        (_("none free {count}", count=incident.none_free), incident.none_free > 0),
        (_("reinforcement {count}", count=incident.reinforcements), incident.reinforcements > 0),
        (_("carried {count}", count=incident.carried), incident.carried > 0),
        (_("by telephone {units}", units=by_telephone), bool(by_telephone)),
    ]
    return [text for text, there in said if there]


def near_text(incident: Incident, position: Position, now: datetime) -> str:
    """ "距此 200 米、6分12秒前已受理：CS-1124-0003 1 危重 待派 五一广场"."""
    metres = great_circle_km(position, incident.position) * 1000
    return _(
        "already open {metres} m from here, {age} ago: {incident} {priority} {state} {place}",
        metres=f"{round(metres, -1 if metres >= 100 else 0):.0f}",
        age=age_text(incident.opened_at, now),
        incident=safe_text(incident.id),
        place=place_said(incident.place, 40),
        priority=priority_text(incident.priority),
        state=_(INCIDENT_WORDS[incident.state]),
    )


def _louder(cell: Cell, style: str) -> Cell:
    """The same in the style of what nobody was sent to; a colour of its own stays."""
    return Cell(cell.text, style) if style and cell.style == "normal" else cell


def hospital_columns(cities: Mapping[CityCode, City] | None = None) -> tuple[Column, ...]:
    """The columns of `hospital_row`, titled in the language in use."""
    return (
        Column("name", _("Hospital"), None, min_width=20),
        Column("city", _("City"), _city_width(cities), priority=2),
        Column("open", _("Receiving"), max(12, cell_width(_("Receiving")))),
        Column("waiting", _("Queue"), max(6, cell_width(_("Queue"))), "right", priority=1),
        Column("age", _("Said ago"), 16, priority=3),
        Column("able", _("Centres"), 30, priority=4),
    )


def hospital_row(hospital: Hospital, status: HospitalStatus | None, scene: Scene, limits: AgeLimits) -> Row:
    """One hospital; `limits` are those of hospital status. One that never reported is not "open"."""
    said = status.said_at if status else None
    return Row(
        hospital.id,
        (
            Cell(name_text(hospital.name)),
            city_cell(hospital.city, scene),
            _receiving_cell(status, scene.seen(hospital.city)),
            Cell(str(status.waiting) if status else "", "normal", float(status.waiting if status else -1)),
            age_cell(said, hospital.city, scene, limits),
            Cell(capability_text(hospital.capabilities), "dim"),
        ),
        "normal" if scene.seen(hospital.city) else "offline",
    )


def _receiving_cell(status: HospitalStatus | None, seen: bool) -> Cell:
    if status is None:
        return Cell(_("unknown"), "stale")
    if status.diverting:
        return Cell(f"{symbols().bad} {_('diverting')}", "abnormal" if seen else "normal")
    return Cell(_("receiving"))
