"""Crews and orders of an incident as rows, and the line about the order that nobody has answered."""

from collections.abc import Mapping, Sequence

from dispatch.centre.asking import URGENCY_SENTENCES, Standing, Urgency
from dispatch.console.crews import Crew
from dispatch.console.ports import OpenOrder
from dispatch.console.present_cells import Cell, Column, Row
from dispatch.console.present_scene import Scene, name_text
from dispatch.console.present_times import age_text
from dispatch.console.present_units import SOURCE_WORDS, state_style, state_text
from dispatch.console.symbols import symbols
from dispatch.domain.hospitals import Hospital, HospitalId
from dispatch.domain.units import UnitState, UnitStatus
from dispatch.language import N_, _
from dispatch.text import cell_width, safe_text

STANDING_WORDS = {
    Standing.REQUESTED: N_("asked"),
    Standing.GRANTED: N_("granted"),
    Standing.ORDERED: N_("ordered"),
    Standing.CONFIRMED: N_("crew has it"),
    Standing.STANDING_DOWN: N_("being called back"),
    Standing.DONE: N_("task over"),
    Standing.STOOD_DOWN: N_("called back"),
    Standing.DENIED: N_("refused by the centre"),
    Standing.EXPIRED: N_("reservation ran out"),
    Standing.CANCELLED: N_("withdrawn"),
    Standing.UNKNOWN: N_("not known"),
}
_CALLS = {
    Urgency.AMBER: N_("no answer from the centre"),
    Urgency.RED: N_("no word from the crew: call by radio"),
    Urgency.ESCALATED: N_("no word from the crew: call by radio, tell the supervisor"),
}
STYLES = {
    Urgency.NONE: "normal",
    Urgency.AMBER: "warning",
    Urgency.RED: "critical",
    Urgency.ESCALATED: "critical",
}
_FAILED = frozenset({Standing.DENIED, Standing.EXPIRED})


def crew_columns() -> tuple[Column, ...]:
    """The columns of `crew_row`, titled in the language in use."""
    states = max(cell_width(state_text(state)) for state in UnitState)
    sources = max(cell_width(_(word)) for word in SOURCE_WORDS.values())
    return (
        Column("unit", _("Unit"), 8),
        Column("state", _("State"), states),
        Column("since", _("State for"), 9, "right"),
        Column("source", _("Said by"), max(sources, cell_width(_("Said by"))), priority=1),
        Column("order", _("Order"), None, min_width=36),
    )


def crew_row(crew: Crew, scene: Scene, hospitals: Mapping[HospitalId, Hospital], reason: str = "") -> Row:
    """One unit of an incident; `reason` is what its state says, in the language in use."""
    status = crew.status
    return Row(
        crew.unit,
        (
            Cell(safe_text(crew.unit), "strong"),
            Cell(state_text(status.state) if status else _("never reported")),
            Cell(age_text(status.since, scene.now) if status else ""),
            Cell(_(SOURCE_WORDS[status.source]) if status else "", "dim"),
            _with_bound(order_cell(crew.order, scene), safe_text(reason) or _bound(status, hospitals)),
        ),
        "normal" if status is None or not status.state.on_task else state_style(status.state),
    )


def order_cell(order: OpenOrder | None, scene: Scene) -> Cell:
    """Where an order stands, for how long, and what is to be done about it."""
    if order is None:
        return Cell(_("ordered by another desk"), "dim")
    urgency = order.urgency
    parts = [_(STANDING_WORDS[order.standing]), age_text(order.since, scene.now)]
    if order.standing is Standing.UNKNOWN:
        parts.append(_("ask by telephone first"))
    elif urgency is not Urgency.NONE:
        parts.append(_(_CALLS[urgency]))
    if order.why:
        parts.append(safe_text(order.why, 60))
    return Cell(f"{_sign(order)} {' '.join(parts)}", _style(order))


def _style(order: OpenOrder) -> str:
    if order.standing in _FAILED:
        return "abnormal"
    if order.standing.settled:
        return "dim"
    return STYLES[order.urgency]


def _sign(order: OpenOrder) -> str:
    marks = symbols()
    if order.standing in _FAILED:
        return marks.bad
    if order.urgency is Urgency.NONE:
        return marks.good if order.standing is Standing.CONFIRMED else " "
    return marks.warning if order.urgency is Urgency.AMBER else marks.critical


def _bound(status: UnitStatus | None, hospitals: Mapping[HospitalId, Hospital]) -> str:
    if status is None or not status.destination or not status.state.on_task:
        return ""
    hospital = hospitals.get(HospitalId(status.destination))
    place = name_text(hospital.name) if hospital else safe_text(status.destination)
    return f"{symbols().to} {place}"


def _with_bound(cell: Cell, bound: str) -> Cell:
    """The hospital or the reason stands behind the order; what is red has neither yet."""
    return Cell(f"{cell.text}  {bound}", cell.style) if bound else cell


def order_sentence(order: OpenOrder, scene: Scene) -> str:
    """ "12秒  CS-012：车组未确认，请用电台呼叫  CS-1124-0003"."""
    unit = safe_text(order.unit)
    if order.standing is Standing.UNKNOWN:
        said = _("{unit}: not known whether it was ordered, ask by telephone first", unit=unit)
    else:
        said = _(URGENCY_SENTENCES[order.urgency], unit=unit)
    return f"{age_text(order.since, scene.now)}  {said}  {safe_text(order.incident)}"


def orders_count(orders: Sequence[OpenOrder]) -> str:
    """How many more want to be seen."""
    return _("and {count} more", count=len(orders) - 1) if len(orders) > 1 else ""
