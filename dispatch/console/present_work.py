"""The work list of a blood centre as rows and cells: what is to be done, for whom, by when."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from dispatch.blood.move_models import MoveAnswer, spoken_groups
from dispatch.console.limits import Limits
from dispatch.console.ports import Desk
from dispatch.console.present_blood import group_text, quantity_text
from dispatch.console.present_cells import Cell, Column, Row
from dispatch.console.present_cover import PHASE_WORDS, cover_short, phase_sign, phase_style
from dispatch.console.present_holds import destination_of, lines_text
from dispatch.console.present_scene import Scene, name_text
from dispatch.console.present_times import age_text, clock_text, duration_text
from dispatch.console.symbols import symbols
from dispatch.console.work import BankLot, Kind, Shortage, Task
from dispatch.decide.reasons import names_of
from dispatch.domain.blood_orders import BloodOrder
from dispatch.domain.model import Name
from dispatch.language import N_, _, current
from dispatch.picture.live import Picture
from dispatch.text import cell_width, safe_text

WORDS = {
    Kind.DECIDE: N_("Decide: set aside"),
    Kind.ANSWER: N_("Confirm supply"),
    Kind.PACK: N_("Pack"),
    Kind.PACKED: N_("Finish packing"),
    Kind.HAND: N_("Hand to carrier"),
    Kind.CHECK: N_("Check in"),
    Kind.MOVE: N_("Proposed move"),
    Kind.AWAIT: N_("Waits for a bank"),
    Kind.ON_WAY: N_("On the way"),
}
"""What is to be done, in a word or two."""
COUNTED = {
    Kind.ANSWER: N_("to confirm {count}"),
    Kind.DECIDE: N_("to decide {count}"),
    Kind.PACK: N_("to pack {count}"),
    Kind.HAND: N_("to hand over {count}"),
    Kind.CHECK: N_("to check in {count}"),
    Kind.MOVE: N_("moves {count}"),
}
_TOGETHER = {Kind.PACKED: Kind.PACK}


def task_columns() -> tuple[Column, ...]:
    """The columns of `task_row`, titled in the language in use."""
    words = 2 + max(cell_width(_(word)) for word in WORDS.values())
    return (
        Column("do", _("To do"), words),
        Column("what", _("Blood"), None, min_width=20),
        Column("left", _("Time left"), 12, "right"),
        Column("other", _("For or from"), None, min_width=14, priority=1),
        Column("bank", _("Bank"), None, min_width=12, priority=3),
        Column("since", _("For"), 9, "right", priority=4),
        Column("order", _("Number"), 20, priority=2),
    )


def task_row(task: Task, desk: Desk, scene: Scene, limits: Limits) -> Row:
    """One thing to do; what presses has a sign, a colour and a place on top."""
    style = loudness(task, scene.now, limits)
    signs = {"critical": symbols().critical, "warning": symbols().warning}
    picture = desk.picture
    what, other, bank = (
        _order_cells(task.order, picture)
        if task.order is not None
        else _move_cells(task.key, desk.moves.answer, picture)
    )
    quiet = "normal" if task.waits else "off_duty"
    return Row(
        task.key,
        (
            Cell(
                f"{signs.get(style, ' ')} {_(WORDS[task.kind])}",
                style if task.waits else "dim",
                float(task.kind),
            ),
            Cell(what, "strong" if task.waits else "normal"),
            Cell(left_text(task, scene.now), style if task.due is not None and task.waits else "normal"),
            Cell(other),
            Cell(bank),
            Cell(age_text(task.since, scene.now), "dim"),
            Cell(safe_text(task.key, 40) if task.order is not None else "", "dim"),
        ),
        quiet,
    )


def loudness(task: Task, now: datetime, limits: Limits) -> str:
    """Red for what must be done at once, orange for what will be soon; a move never is."""
    if task.kind is Kind.DECIDE:
        return "critical"
    left_s = (task.due - now).total_seconds() if task.due is not None else float("inf")
    match task.kind:
        case Kind.ANSWER:
            return "critical" if left_s < limits.hold_ends_soon_s else "warning"
        case Kind.MOVE | Kind.AWAIT | Kind.ON_WAY:
            return "normal"
    if left_s <= 0:
        return "critical"
    return "warning" if left_s < limits.needed_soon_s else "normal"


def left_text(task: Task, now: datetime) -> str:
    """Until it is too late; empty where no time is set."""
    if task.due is None:
        return ""
    left_s = (task.due - now).total_seconds()
    return duration_text(left_s) if left_s > 0 else _("time is up")


def _order_cells(order: BloodOrder, picture: Picture) -> tuple[str, str, str]:
    place = destination_of(order, picture)
    to = name_text(place.name) if place is not None else safe_text(order.hospital)
    return lines_text(order.lines, picture), to, name_text(picture.banks[order.bank].name)


def _move_cells(key: str, answer: MoveAnswer | None, picture: Picture) -> tuple[str, str, str]:
    names = names_of(picture)
    for one in answer.proposals if answer is not None else ():
        if one.id == key:
            moved = one.transfer
            component = picture.components[moved.component]
            amount = quantity_text(moved.quantity, component, current())
            what = f"{spoken_groups(moved.groups)} {amount} {name_text(component.name)}"
            return what, _name(moved.taker, names), _name(moved.giver, names)
    return "", "", ""


def _name(code: str, names: dict[str, Name]) -> str:
    return name_text(names[code]) if code in names else safe_text(code)


def counts_cells(tasks: Sequence[Task], claims: int | None) -> list[Cell]:
    """How much of each kind waits; grey where nothing does. `claims` None: not for who sits here."""
    found = dict.fromkeys(COUNTED, 0)
    for task in tasks:
        kind = _TOGETHER.get(task.kind, task.kind)
        if kind in found:
            found[kind] += 1
    loud = {Kind.ANSWER, Kind.DECIDE}
    cells = [
        Cell(_(COUNTED[kind], count=count), "dim" if not count else "warning" if kind in loud else "strong")
        for kind, count in found.items()
    ]
    if claims is not None:
        cells.append(Cell(_("claims {count}", count=claims), "strong" if claims else "dim"))
    return cells


# --- stock ----------------------------------------------------------------------------------------


def short_columns() -> tuple[Column, ...]:
    return (
        Column("group", _("Group"), 5),
        Column("component", _("Component"), None, min_width=14),
        Column("left", _("There"), 9, "right"),
        Column("days", _("Days"), 6, "right"),
        Column(
            "phase", _("Phase"), 2 + max(cell_width(_(word)) for word in PHASE_WORDS.values()), priority=2
        ),
    )


def short_row(one: Shortage, picture: Picture) -> Row:
    """A component and group that is short; an old count is grey."""
    code, group = one.at
    component, cover = picture.components[code], one.cell.cover
    style = phase_style(one.cell.phase) if one.live else "stale"
    word = _(PHASE_WORDS[one.cell.phase]) if one.cell.phase is not None else ""
    negative = group is not None and not group.rhd_positive
    return Row(
        f"{code}/{group.value if group is not None else ''}",
        (
            Cell(group_text(group) if group is not None else "", "rh_negative" if negative else "strong"),
            Cell(name_text(component.name)),
            Cell(quantity_text(cover.available, component, current()), "strong"),
            Cell("" if cover.worst_days is None else cover_short(cover), style),
            Cell(f"{phase_sign(one.cell.phase)} {word}", style),
        ),
    )


def soon_columns() -> tuple[Column, ...]:
    return (
        Column("left", _("Left"), 9, "right"),
        Column("group", _("Group"), 5),
        Column("component", _("Component"), None, min_width=12),
        Column("quantity", _("Quantity"), 9, "right"),
        Column("bank", _("Bank"), None, min_width=12, priority=2),
        Column("expires", _("Expires"), 11, priority=1),
    )


def soon_row(held: BankLot, picture: Picture, scene: Scene) -> Row:
    """A lot that expires soon, or is past and still on its shelf."""
    bank, lot = held
    left_s = (lot.expires_at - scene.now).total_seconds()
    component = picture.components.get(lot.component)
    amount = quantity_text(lot.quantity, component, current()) if component else str(lot.quantity)
    return Row(
        f"{bank}/{lot.id}",
        (
            Cell(
                _("past") if left_s <= 0 else duration_text(left_s), "abnormal" if left_s <= 0 else "normal"
            ),
            Cell(lot.group.value, "normal" if lot.group.rhd_positive else "rh_negative"),
            Cell(name_text(component.name) if component else safe_text(lot.component)),
            Cell(amount),
            Cell(name_text(picture.banks[bank].name), "dim"),
            Cell(clock_text(lot.expires_at, scene.now), "dim"),
        ),
    )


def pane_title(words: str, count: int, loud: str = "warning") -> list[Cell]:
    """The line above a pane: what it is, and how much stands in it."""
    return [Cell(words, "title"), Cell(str(count), loud if count else "dim")]


def hours_of(soon: timedelta) -> str:
    return f"{soon / timedelta(hours=1):g}"
