"""What one unit or incident is, in a few labelled lines."""

from collections.abc import Sequence

from rich.text import Text

from dispatch.console.present import (
    Scene,
    age_cell,
    age_text,
    capability_text,
    city_name,
    clock_text,
    name_text,
    priority_text,
    sight_sentence,
    state_text,
)
from dispatch.console.present_incidents import INCIDENT_WORDS
from dispatch.console.theme import Look
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import Incident
from dispatch.language import _
from dispatch.picture.fleet import UnitView
from dispatch.picture.live import Picture
from dispatch.text import safe_text


def labelled(lines: Sequence[tuple[str, str]], styles: Look) -> Text:
    """Lines of a dim label and a value; a line without a value is left out."""
    text = Text()
    for label, value in lines:
        if value:
            text.append(f"{label} " if label else "", styles["dim"])
            text.append(f"{value}\n", styles["normal"])
    text.rstrip()
    return text


def unit_detail(view: UnitView, scene: Scene, picture: Picture, styles: Look) -> Text:
    """One unit: who, where, since when, and how old each word about it is."""
    unit, status, fix = view.unit, view.status, view.fix
    site = picture.sites.get(unit.station) if unit.station else None
    text = Text()
    text.append(safe_text(unit.id), styles["title"])
    text.append(f"  {city_name(unit.city, scene)}  {safe_text(unit.plate)}\n", styles["normal"])
    if not scene.seen(unit.city):
        text.append(sight_sentence(scene.sight[unit.city], scene.now) + "\n", styles["abnormal"])
    since = _("since {time}", time=clock_text(status.since, scene.now)) if status else ""
    state = f"{state_text(status.state)}  {since}" if status else _("never reported")
    hospital = (
        picture.hospitals.get(HospitalId(status.destination)) if status and status.destination else None
    )
    bound = name_text(hospital.name) if hospital else safe_text(status.destination or "") if status else ""
    position = f"{fix.position.lat:.5f}, {fix.position.lon:.5f}" if fix else _("no position yet")
    accuracy = (
        _("within {metres} m", metres=round(fix.accuracy_m)) if fix and fix.accuracy_m is not None else ""
    )
    lines = [
        (_("State"), state),
        (_("Incident"), safe_text(status.incident or "") if status else ""),
        (_("Bound for"), bound),
        (_("Reason"), safe_text(status.reason or "") if status else ""),
        (_("Fix age"), age_cell(fix.fixed_at if fix else None, unit.city, scene).text.strip()),
        (_("Position"), f"{position}  {accuracy}".strip()),
        (_("Station"), name_text(site.name) if site else safe_text(unit.station or "")),
        (_("Equipment"), capability_text(unit.capabilities)),
    ]
    return text.append_text(labelled(lines, styles))


def incident_detail(incident: Incident, scene: Scene, styles: Look) -> Text:
    """One incident in three lines: number and place, how urgent and how long, what it needs."""
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(safe_text(incident.id), styles["title"])
    text.append(f"  {city_name(incident.city, scene)}  {safe_text(incident.place)}\n", styles["strong"])
    urgent = int(incident.priority) == 1 and not incident.units
    text.append(priority_text(incident.priority), styles["critical_text" if urgent else "strong"])
    text.append(f"  {_(INCIDENT_WORDS[incident.state])}", styles["normal"])
    text.append(f"  {_('open for {age}', age=age_text(incident.opened_at, scene.now))}", styles["normal"])
    many = _("1 patient") if incident.patients == 1 else _("{count} patients", count=incident.patients)
    text.append(f"  {many}", styles["normal"])
    if incident.units:
        text.append(f"  {safe_text(' '.join(incident.units))}", styles["strong"])
    needs = capability_text(incident.needs)
    wanted = "  ".join(part for part in (needs, safe_text(incident.chief_complaint)) if part)
    text.append(f"\n{wanted}" if wanted else "", styles["dim"])
    return text
