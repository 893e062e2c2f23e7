"""Own units to lend, as rows to mark."""

from dispatch.console.present_cells import Cell, Column, Row
from dispatch.console.present_scene import name_text
from dispatch.console.present_times import distance_text, minutes_text
from dispatch.console.present_units import capability_text, state_text
from dispatch.console.symbols import symbols
from dispatch.decide.ambulances import UnitCandidate
from dispatch.domain.units import UnitState
from dispatch.language import _
from dispatch.picture.live import Picture
from dispatch.text import cell_width, safe_text


def offer_columns() -> tuple[Column, ...]:
    """The columns of `offer_row`, titled in the language in use."""
    states = max(cell_width(state_text(state)) for state in UnitState)
    return (
        Column("mark", "", 3),
        Column("rank", _("No."), 4),
        Column("unit", _("Unit"), 8),
        Column("eta", _("ETA"), 10, "right"),
        Column("km", _("Distance"), 8, "right"),
        Column("state", _("State"), states),
        Column("note", _("Station"), None, min_width=12),
        Column("able", _("Equipment"), 14, priority=1),
    )


def offer_row(number: int, unit: UnitCandidate, picture: Picture, *, marked: bool, wanted: bool) -> Row:
    """One unit; one that was asked for by name says so, one that is not free any more stands out."""
    view = picture.fleet.view(unit.unit)
    status = view.status
    free = status is not None and status.state.dispatchable
    site = picture.sites.get(unit.station) if unit.station else None
    station = name_text(site.name) if site else safe_text(unit.station or "")
    note = _("asked for by name") if wanted else station
    sign = "" if free else f"{symbols().bad} "
    state = state_text(status.state) if status else _("never reported")
    return Row(
        unit.unit,
        (
            Cell("[x]" if marked else "[ ]", "strong" if marked else "normal"),
            Cell(str(number), "normal", float(number)),
            Cell(safe_text(unit.unit), "strong" if marked else "normal"),
            Cell(minutes_text(unit.eta.low_min, unit.eta.high_min), "normal", unit.eta.minutes),
            Cell(distance_text(unit.distance_km), "normal", unit.distance_km),
            Cell(sign + state, "normal" if free else "warning"),
            Cell(note, "advisory" if wanted else "normal"),
            Cell(capability_text(view.unit.capabilities), "dim"),
        ),
        "normal" if free else "excluded",
    )
