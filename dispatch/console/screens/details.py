"""What one unit or incident is, in a few labelled lines."""

from collections.abc import Sequence

from rich.text import Text

from dispatch.console.ports import Caller, OpenOrder
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
from dispatch.console.present_incidents import counters, state_cell
from dispatch.console.present_orders import order_cell
from dispatch.console.present_places import place_said
from dispatch.console.present_units import SOURCE_WORDS
from dispatch.console.theme import Look
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import ENDING_NAMES, Incident, IncidentState
from dispatch.domain.units import next_at_desk
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


def unit_detail(
    view: UnitView,
    scene: Scene,
    picture: Picture,
    styles: Look,
    order: OpenOrder | None = None,
    reason: str = "",
    waits: str = "",
) -> Text:
    """One unit: who, where, what it does since when and on whose word, how old each word about it is.

    `order` is the newest of this desk; `reason` says why it is out of service or paused, `waits` that
    incidents want it while it is free.
    """
    unit, status, fix = view.unit, view.status, view.fix
    site = picture.sites.get(unit.station) if unit.station else None
    text = Text()
    text.append(safe_text(unit.id), styles["title"])
    text.append(f"  {city_name(unit.city, scene)}  {safe_text(unit.plate)}\n", styles["normal"])
    if not scene.seen(unit.city):
        text.append(sight_sentence(scene.sight[unit.city], scene.now) + "\n", styles["abnormal"])
    state = _("never reported")
    following = ""
    if status is not None:
        facts = {"time": clock_text(status.since, scene.now), "source": _(SOURCE_WORDS[status.source])}
        state = f"{state_text(status.state)}  {_('since {time}, said by {source}', **facts)}"
        following = "  ".join(state_text(each) for each in next_at_desk(status.state))
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
        (_("Next"), following),
        (_("Incident"), safe_text((status.incident or waits) if status else "")),
        (_("Order"), order_cell(order, scene).text.strip() if order is not None else ""),
        (_("Bound for"), bound),
        (_("Reason"), safe_text(reason)),
        (_("Fix age"), age_cell(fix.fixed_at if fix else None, unit.city, scene).text.strip()),
        (_("Position"), f"{position}  {accuracy}".strip()),
        (_("Station"), name_text(site.name) if site else safe_text(unit.station or "")),
        (_("Equipment"), capability_text(unit.capabilities)),
    ]
    return text.append_text(labelled(lines, styles))


def incident_detail(
    incident: Incident,
    scene: Scene,
    styles: Look,
    desks: Sequence[str] = (),
    reason: str = "",
    callers: Sequence[Caller] = (),
    *,
    short: bool = False,
) -> Text:
    """One incident in four lines: number and place, how urgent and how long, what it needs, who called.

    `desks` work on it too; `reason` says why it is held or ended so; `callers` are known to this console
    only. `short`: there is room for two lines, and what it needs stands at the end of the second.
    """
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(safe_text(incident.id), styles["title"])
    text.append(f"  {city_name(incident.city, scene)}  {place_said(incident.place)}", styles["strong"])
    if desks:
        at_work = _("{desks} at work on it", desks=_(", ").join(desks))
        text.append(f"  {safe_text(at_work, 80)}", styles["advisory"])
    text.append("\n")
    urgent = int(incident.priority) == 1 and incident.unsent
    text.append(priority_text(incident.priority), styles["critical_text" if urgent else "strong"])
    state = state_cell(incident, scene)
    text.append(f"  {state.text}", styles[state.style])
    text.append(f"  {_('open for {age}', age=age_text(incident.opened_at, scene.now))}", styles["normal"])
    many = _("1 patient") if incident.patients == 1 else _("{count} patients", count=incident.patients)
    text.append(f"  {many}", styles["normal"])
    for count in counters(incident):
        text.append(f"  {count}", styles["strong"])
    if incident.ending is not None:
        text.append(f"  {_(ENDING_NAMES[incident.ending])}", styles["strong"])
    if reason and (incident.state is IncidentState.HELD or not incident.state.open):
        text.append(f"  {reason}", styles["dim"])
    needs = capability_text(incident.needs)
    wanted = "  ".join(part for part in (needs, safe_text(incident.chief_complaint)) if part)
    text.append(f"{'  ' if short else chr(10)}{wanted}", styles["dim"])
    if callers:
        text.append(f"\n{_('Callers, kept here only')} ", styles["dim"])
        text.append("  ".join(caller_text(caller) for caller in reversed(callers)), styles["normal"])
    return text


def caller_text(caller: Caller) -> str:
    """ "02:31 139****0000 李先生": the number as the role may see it."""
    parts = (clock_text(caller.at), safe_text(caller.number, 24), safe_text(caller.name, 24))
    return " ".join(part for part in parts if part)
