"""Proposed moves of blood as rows, and one of them in full."""

from collections.abc import Mapping

from dispatch.blood.move_models import MoveAnswer, MoveDecision, Proposal, Stays, spoken_groups
from dispatch.blood.move_words import reason_text
from dispatch.console.present import clock_text, name_text, quantity_text
from dispatch.console.present_cells import Cell, Column, Row
from dispatch.decide.reasons import names_of
from dispatch.domain.model import Name
from dispatch.language import _, current
from dispatch.picture.live import Picture
from dispatch.text import safe_text


def move_columns() -> tuple[Column, ...]:
    """The columns in the language in use."""
    return (
        Column("what", _("Component"), 14),
        Column("group", _("Group"), 5),
        Column("quantity", _("Amount"), 9, "right"),
        Column("saving", _("Saves"), 7, "right"),
        Column("from", _("From"), None, min_width=12),
        Column("to", _("To"), None, min_width=12),
        Column("leave", _("Leave by"), 14, priority=1),
        Column("state", _("Decision"), 10, priority=2),
    )


def move_rows(answer: MoveAnswer, decided: Mapping[str, MoveDecision], picture: Picture) -> list[Row]:
    """One row for each proposal, then one for each shelf that nothing is proposed for."""
    names = names_of(picture)
    rows = [_proposal(one, decided.get(one.id), answer, names, picture) for one in answer.proposals]
    return rows + [_stays(one, names, picture) for one in answer.stays]


def _proposal(
    one: Proposal,
    decision: MoveDecision | None,
    answer: MoveAnswer,
    names: Mapping[str, Name],
    picture: Picture,
) -> Row:
    moved = one.transfer
    component = picture.components[moved.component]
    style = "dim" if decision is not None else "normal"
    said = "" if decision is None else _("accepted") if decision.accepted else _("declined")
    return Row(
        one.id,
        (
            Cell(name_text(component.name), "strong" if decision is None else "dim"),
            Cell(spoken_groups(moved.groups), style),
            Cell(quantity_text(moved.quantity, component, current()), style, float(moved.quantity)),
            Cell(f"{one.saving:.1f}", style, one.saving),
            Cell(_name(moved.giver, names), style),
            Cell(_name(moved.taker, names), style),
            Cell(clock_text(moved.leave_by, answer.as_of), style, moved.leave_by.timestamp()),
            Cell(said, "dim"),
        ),
    )


def stays_key(one: Stays) -> str:
    """The key of the row of a shelf that nothing is proposed for."""
    return f"stays:{one.bank}:{one.component}:{spoken_groups(one.groups)}"


def _stays(one: Stays, names: Mapping[str, Name], picture: Picture) -> Row:
    component = picture.components[one.component]
    return Row(
        stays_key(one),
        (
            Cell(name_text(component.name), "dim"),
            Cell(spoken_groups(one.groups), "dim"),
            Cell(f"~{one.outdates:.0f}", "warning", one.outdates),
            Cell("", "dim", 0.0),
            Cell(_name(one.bank, names), "dim"),
            Cell(_("none: will outdate"), "warning"),
            Cell("", "dim"),
            Cell("", "dim"),
        ),
    )


def move_detail(
    key: str, answer: MoveAnswer, decided: Mapping[str, MoveDecision], picture: Picture
) -> list[Cell]:
    """The row under the cursor in full: its reasons, its lots, and what was said about it."""
    names, language = names_of(picture), current()
    for one in answer.proposals:
        if one.id == key:
            lots = _(", ").join(f"{safe_text(line.lot)} × {line.quantity}" for line in one.transfer.lines)
            lines = [Cell(reason_text([reason], names, language)) for reason in one.reasons]
            lines.append(Cell(_("lots: {lots}", lots=lots), "dim"))
            facts = {"minutes": round(one.drive_min), "yuan": one.cost_fen // 100}
            lines.append(Cell(_("drive {minutes} min, journey about {yuan} yuan", **facts), "dim"))
            if (said := decided.get(key)) is not None and said.reason:
                lines.append(Cell(_("declined: {reason}", reason=safe_text(said.reason)), "warning"))
            return lines
    for stuck in answer.stays:
        if stays_key(stuck) == key:
            return [Cell(reason_text([reason], names, language)) for reason in stuck.reasons]
    return []


def _name(code: str, names: Mapping[str, Name]) -> str:
    return name_text(names[code]) if code in names else safe_text(code)
