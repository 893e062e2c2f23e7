"""Units as rows of a board."""

from collections.abc import Mapping

from dispatch.console.present_cells import Cell, Column, Row
from dispatch.console.present_scene import Scene, age_cell, city_cell, name_text
from dispatch.console.present_times import age_s
from dispatch.domain.geography import City, CityCode, Site, SiteId
from dispatch.domain.hospitals import Hospital, HospitalId
from dispatch.domain.units import Capability, StateSource, UnitState, UnitStatus
from dispatch.language import N_, _
from dispatch.picture.fleet import UnitView
from dispatch.text import cell_width, safe_text

STATE_WORDS = {
    UnitState.ASSIGNED: N_("Assigned"),
    UnitState.ACKNOWLEDGED: N_("Acknowledged"),
    UnitState.EN_ROUTE: N_("En route"),
    UnitState.ON_SCENE: N_("On scene"),
    UnitState.TRANSPORTING: N_("Transporting"),
    UnitState.AT_HOSPITAL: N_("At hospital"),
    UnitState.AVAILABLE_ON_ROAD: N_("Free on road"),
    UnitState.AVAILABLE_AT_STATION: N_("Free at station"),
    UnitState.OUT_OF_SERVICE: N_("Out of service"),
    UnitState.PAUSED: N_("Paused"),
}
CAPABILITY_WORDS = {
    Capability.BASIC: N_("basic"),
    Capability.ADVANCED: N_("advanced"),
    Capability.NEONATAL: N_("neonatal"),
    Capability.ISOLATION: N_("isolation"),
    Capability.CARDIAC: N_("cardiac"),
    Capability.STROKE: N_("stroke"),
    Capability.TRAUMA: N_("trauma"),
    Capability.BURNS: N_("burns"),
    Capability.OBSTETRIC: N_("obstetric"),
    Capability.PAEDIATRIC: N_("paediatric"),
    Capability.POISONING: N_("poisoning"),
}
"""What can be stated as a need; a hospital has an emergency department besides."""
_HELD_WORDS = CAPABILITY_WORDS | {Capability.EMERGENCY: N_("emergency")}
SOURCE_WORDS = {
    StateSource.TERMINAL: N_("vehicle"),
    StateSource.DESK: N_("desk"),
    StateSource.GEOFENCE: N_("geofence"),
    StateSource.OTHER_CITY: N_("other city"),
}


def state_text(state: UnitState) -> str:
    """The hot key digit and the word: "7 站内待命"."""
    return f"{int(state)} {_(STATE_WORDS[state])}"


def capability_text(capabilities: frozenset[Capability]) -> str:
    """Capabilities in their fixed order."""
    return " ".join(_(_HELD_WORDS[known]) for known in Capability if known in capabilities)


def state_style(state: UnitState) -> str:
    """Free units stand out, those on a task are normal, those off duty step back."""
    if state.dispatchable:
        return "free"
    return "busy" if state.on_task else "off_duty"


def unit_columns(cities: Mapping[CityCode, City] | None = None) -> tuple[Column, ...]:
    """The columns of `unit_row`, titled in the language in use."""
    names = [cell_width(name_text(city.name)) for city in (cities or {}).values()]
    states = max(cell_width(state_text(state)) for state in UnitState)
    sources = max(cell_width(_(word)) for word in SOURCE_WORDS.values())
    return (
        Column("id", _("Unit"), 8),
        Column("city", _("City"), max([cell_width(_("City")), *names]) if names else 8, priority=3),
        Column("state", _("State"), states),
        Column("age", _("Fix age"), None, priority=1, min_width=13, most=16),
        Column("incident", _("Incident"), 12, priority=2),
        Column("note", _("Station / to"), None, min_width=14, priority=2, most=44, roomy=24),
        Column("speed", _("Speed"), 8, "right", priority=6),
        Column("able", _("Equipment"), None, priority=8, min_width=18, most=40),
        Column("source", _("Said by"), max(sources, cell_width(_("Said by"))), priority=7),
    )


def unit_row(
    view: UnitView,
    scene: Scene,
    sites: Mapping[SiteId, Site],
    hospitals: Mapping[HospitalId, Hospital],
) -> Row:
    """One unit: what is stale or out of sight is grey, worded and never shown with a speed."""
    unit, status = view.unit, view.status
    seen = scene.seen(unit.city)
    fresh = seen and view.fix is not None and age_s(view.fix.fixed_at, scene.now) < scene.limits.stale_s
    speed = view.fix.speed_kmh if view.fix is not None and fresh else None
    return Row(
        unit.id,
        (
            Cell(safe_text(unit.id)),
            city_cell(unit.city, scene),
            _state_cell(status),
            age_cell(view.fix.fixed_at if view.fix else None, unit.city, scene),
            Cell(safe_text(status.incident or "") if status else ""),
            Cell(_note(view, scene, sites, hospitals)),
            Cell("" if speed is None else f"{speed:.0f} km/h", "normal", -1.0 if speed is None else speed),
            Cell(capability_text(unit.capabilities), "dim"),
            Cell(_(SOURCE_WORDS[status.source]) if status else "", "dim"),
        ),
        "offline" if not seen else _row_style(status, fresh),
    )


def _row_style(status: UnitStatus | None, fresh: bool) -> str:
    if status is None or not fresh:
        return "stale"
    return state_style(status.state)


def _state_cell(status: UnitStatus | None) -> Cell:
    if status is None:
        return Cell(_("never reported"), "normal", 99.0)
    return Cell(state_text(status.state), "normal", float(status.state))


def _note(
    view: UnitView,
    scene: Scene,
    sites: Mapping[SiteId, Site],
    hospitals: Mapping[HospitalId, Hospital],
) -> str:
    status = view.status
    if status is not None and status.reason:
        return scene.spoken(status.reason)
    if status is not None and status.destination and status.state.on_task:
        hospital = hospitals.get(HospitalId(status.destination))
        place = name_text(hospital.name) if hospital else safe_text(status.destination)
        return _("to {place}", place=place)
    site = sites.get(view.unit.station) if view.unit.station else None
    return name_text(site.name) if site else safe_text(view.unit.station or "")
