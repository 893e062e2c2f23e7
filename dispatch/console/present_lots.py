"""Lots as rows of a board: those of a bank, those that expire soon, and the board of RhD-negative blood."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from dispatch.blood.rules import CoverRules
from dispatch.blood.table import CoverKey, CoverRow, CoverTable
from dispatch.console.present_blood import GROUP_ORDER
from dispatch.console.present_cells import Cell, Column, Row
from dispatch.console.present_cover import phase_sign, phase_style
from dispatch.console.present_scene import Scene, city_name, name_text
from dispatch.console.present_times import clock_text, duration_text
from dispatch.console.symbols import symbols
from dispatch.decide.blood_rules import BloodTables
from dispatch.domain.blood import BankId, BloodGroup, Component, Lot, LotState
from dispatch.domain.geography import CityCode
from dispatch.language import N_, _
from dispatch.picture.live import Picture
from dispatch.text import cell_width, safe_text

STATE_WORDS = {
    LotState.AVAILABLE: N_("available"),
    LotState.RESERVED: N_("reserved"),
    LotState.QUARANTINED: N_("quarantined"),
    LotState.RECALLED: N_("recalled"),
    LotState.ISSUED: N_("issued"),
}
_STATE_STYLES = {LotState.QUARANTINED: "advisory", LotState.RECALLED: "abnormal"}
BankLot = tuple[BankId, Lot]


def lot_columns(*, banks: bool) -> tuple[Column, ...]:
    """The columns of `lot_row`; `banks`: with the bank of each."""
    states = max(cell_width(_(word)) for word in (*STATE_WORDS.values(), N_("expired"), N_("State")))
    return (
        Column("expires", _("Expires"), 11),
        Column("left", _("Left"), 8, "right"),
        Column("component", _("Component"), None, min_width=12, most=24),
        Column("group", _("Group"), 5),
        Column("quantity", _("Quantity"), max(8, cell_width(_("Quantity"))), "right"),
        Column("state", _("State"), states),
        Column("special", _("Special"), None, priority=3, min_width=14, most=34),
        *((Column("bank", _("Bank"), None, priority=2, min_width=18, most=40),) if banks else ()),
        Column("lot", _("Lot"), None, priority=1, min_width=10, most=24, cut="start"),
    )


def lot_row(bank: BankId, lot: Lot, picture: Picture, scene: Scene, *, banks: bool) -> Row:
    """One lot; what is past is said to be so, whatever its state."""
    left_s = (lot.expires_at - scene.now).total_seconds()
    component = picture.components.get(lot.component)
    past = left_s <= 0
    state = _("expired") if past else _(STATE_WORDS[lot.state])
    known = picture.banks.get(bank)
    live = known is not None and scene.seen(known.city)
    left = Cell(_("past") if past else duration_text(left_s), "abnormal" if past else "normal", left_s)
    name = name_text(known.name) if known else safe_text(bank)
    cells = (
        Cell(
            clock_text(lot.expires_at, scene.now),
            "abnormal" if past else "normal",
            lot.expires_at.timestamp(),
        ),
        left,
        Cell(name_text(component.name) if component else safe_text(lot.component)),
        Cell(lot.group.value, "normal" if lot.group.rhd_positive else "rh_negative"),
        Cell(
            f"{lot.quantity} {name_text(component.unit) if component else ''}", "normal", float(lot.quantity)
        ),
        Cell(state, "abnormal" if past else _STATE_STYLES.get(lot.state, "normal")),
        Cell(special_text(lot, component), "dim"),
        *(
            (Cell(name if live else f"{name} {symbols().stale}", "normal" if live else "stale"),)
            if banks
            else ()
        ),
        Cell(safe_text(lot.id, 40), "dim"),
    )
    return Row(
        f"{bank}/{lot.id}", cells, "normal" if lot.state is LotState.AVAILABLE and live else "off_duty"
    )


def special_text(lot: Lot, component: Component | None) -> str:
    """The attributes by name; one that is not configured by its code."""
    names = {one.code: name_text(one.name) for one in component.attributes} if component else {}
    return " ".join(names.get(code, safe_text(code)) for code in sorted(lot.attributes))


def lots_of(picture: Picture, banks: Iterable[BankId]) -> Iterator[BankLot]:
    """The lots of these banks that are not empty, in the order of the banks."""
    for bank in banks:
        held = picture.stock.banks.get(bank)
        if held is not None:
            yield from ((bank, lot) for lot in held.lots.values() if lot.quantity)


def by_expiry(lots: Iterable[BankLot]) -> list[BankLot]:
    """The first to expire first; equal ones always in the same order."""
    return sorted(lots, key=lambda one: (one[1].expires_at, one[0], one[1].id))


def expiring(lots: Iterable[BankLot], until: datetime) -> list[BankLot]:
    """What expires by then or is past, whatever its state."""
    return by_expiry(one for one in lots if one[1].expires_at <= until)


# --- RhD-negative ---------------------------------------------------------------------------------


def rare_columns(cities: Sequence[CityCode], scene: Scene) -> tuple[Column, ...]:
    """One column a city; amounts stand with what should be there at least."""
    return (
        Column("component", _("Component"), None, min_width=14, most=24),
        Column("group", _("Group"), 5),
        *(
            Column(str(city), city_name(city, scene), max(11, cell_width(city_name(city, scene))), "right")
            for city in cities
        ),
        Column("first", _("First to expire"), max(11, cell_width(_("First to expire"))), priority=1),
        Column("banks", _("Held by"), None, priority=2, min_width=24),
    )


def rare_rows(
    picture: Picture, cover: CoverTable, rules: CoverRules, tables: BloodTables, scene: Scene
) -> list[Row]:
    """By component and RhD-negative group: the count of each city, its floor, who holds it.

    Only components that are given by RhD: plasma of whatever sign suits everybody of its ABO group.
    """
    held = _rare_lots(picture, scene)
    cities = [cover.rows[city] for city in picture.cities]
    rows = []
    for component in picture.components.values():
        if component.code in tables.without_rhd:
            continue
        for group in GROUP_ORDER:
            key = (component.code, group)
            floor, lots = rules.floor(*key), held.get(key, [])
            if not group.rhd_positive and (floor or lots):
                least = floor.least if floor else None
                rows.append(
                    _rare_row(
                        picture,
                        component,
                        group,
                        [_rare_cell(row, key, least) for row in cities],
                        lots,
                        scene,
                    )
                )
    return rows


def _rare_lots(picture: Picture, scene: Scene) -> dict[CoverKey, list[BankLot]]:
    """What is available of RhD-negative groups."""
    found: dict[CoverKey, list[BankLot]] = {}
    for bank, lot in lots_of(picture, picture.banks):
        if not lot.group.rhd_positive and lot.state is LotState.AVAILABLE and lot.expires_at > scene.now:
            found.setdefault((lot.component, lot.group), []).append((bank, lot))
    return found


def _rare_row(
    picture: Picture,
    component: Component,
    group: BloodGroup,
    counts: Sequence[Cell],
    lots: Sequence[BankLot],
    scene: Scene,
) -> Row:
    first = min((lot.expires_at for _bank, lot in lots), default=None)
    named = [name_text(picture.banks[bank].name) for bank in dict.fromkeys(bank for bank, _lot in lots)]
    cells = (
        Cell(name_text(component.name)),
        Cell(group.value, "rh_negative"),
        *counts,
        Cell(clock_text(first, scene.now) if first else ""),
        Cell(_(", ").join(named), "dim"),
    )
    return Row(f"{component.code}/{group.value}", cells)


def _rare_cell(row: CoverRow, key: CoverKey, least: int | None) -> Cell:
    if row.counted_at is None:
        return Cell(f"{symbols().dash}  ", "stale")
    cell = row.cells[key]
    text = str(cell.cover.available) if least is None else f"{cell.cover.available} / {least}"
    if not row.live:
        return Cell(f"{text} {symbols().stale}", "stale")
    if least is None and not cell.cover.available:
        return Cell(f"{text}  ", "zero")
    return Cell(f"{text} {phase_sign(cell.phase)}", phase_style(cell.phase))
