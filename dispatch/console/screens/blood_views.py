"""What the blood screen shows in place of the matrix: lots, RhD-negative blood, expiring lots, a trend."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Static

from dispatch.blood.trend import trend_of
from dispatch.console.limits import Limits
from dispatch.console.ports import Desk
from dispatch.console.present import city_name, name_text
from dispatch.console.present_blood import group_text
from dispatch.console.present_cells import Cell
from dispatch.console.present_cover import cover_lines
from dispatch.console.present_lots import (
    BankLot,
    by_expiry,
    expiring,
    lot_columns,
    lot_row,
    lots_of,
    rare_columns,
    rare_rows,
)
from dispatch.console.present_scene import Scene, age_cell
from dispatch.console.widgets.board import Board
from dispatch.console.widgets.matrix import StockPlace
from dispatch.console.widgets.trend import TrendPicture, TrendView
from dispatch.domain.blood import BankId
from dispatch.language import N_, _
from dispatch.text import packed


class View(StrEnum):
    """What is shown; the words are also those of the command line."""

    STOCK = "stock"
    DAYS = "days"
    LOTS = "lots"
    RARE = "rare"
    EXPIRING = "expiring"
    TREND = "trend"


TITLES = {
    View.STOCK: N_("Amounts"),
    View.DAYS: N_("Days of cover"),
    View.LOTS: N_("Lots"),
    View.RARE: N_("RhD-negative"),
    View.EXPIRING: N_("Expiring"),
    View.TREND: N_("Trend"),
}
MATRIX = frozenset({View.STOCK, View.DAYS})
MOST_LOTS = 2_000
"""Lots listed at once; the head says how many there are."""


class BloodViews(Container):
    """Everything but the matrix: a head, and below it a board or a drawing."""

    DEFAULT_CSS = """
    BloodViews { height: 1fr; display: none; }
    BloodViews.-on { display: block; }
    BloodViews #head { height: 1; padding: 0 1; background: $panel; }
    BloodViews TrendView { display: none; padding: 0 1; }
    BloodViews.-trend TrendView { display: block; }
    BloodViews.-trend Board { display: none; }
    """

    def compose(self) -> ComposeResult:
        yield Static("", id="head")
        yield Board(id="list")
        yield TrendView(id="drawn")

    @property
    def board(self) -> Board:
        return self.query_one("#list", Board)

    def show(
        self, view: View, place: StockPlace | None, desk: Desk, scene: Scene, limits: Limits
    ) -> list[Cell]:
        """Paint a view for a place of the matrix; what stands in the head comes back as cells."""
        self.set_class(view is View.TREND, "-trend")
        match view:
            case View.LOTS:
                return self._lots(place, desk, scene, limits)
            case View.EXPIRING:
                return self._expiring(desk, scene, limits)
            case View.RARE:
                return self._rare(desk, scene)
            case View.TREND:
                return self._trend(place, desk, scene)
            case _:
                return []

    def _lots(self, place: StockPlace | None, desk: Desk, scene: Scene, limits: Limits) -> list[Cell]:
        """Of the bank, city or all under the cursor of the matrix."""
        banks = _banks(place, desk)
        found = by_expiry(lots_of(desk.picture, banks))
        self._list(found, desk, scene, banks=len(banks) != 1)
        self.board.set_empty(
            _("No lot here\nMove in F4 1 to another bank or component; lots <bank> names one")
        )
        cells = [Cell(_named(place, desk, scene), "title"), Cell(_("{count} lots", count=len(found)))]
        held = desk.picture.stock.banks.get(banks[0]) if len(banks) == 1 else None
        if len(banks) == 1:
            city = desk.picture.banks[banks[0]].city
            age = age_cell(held.counted_at if held else None, city, scene, limits.stock.counted)
            cells.append(Cell(f"{_('Counted ago')} {age.text.strip()}", age.style))
        return cells

    def _expiring(self, desk: Desk, scene: Scene, limits: Limits) -> list[Cell]:
        until = scene.now + limits.stock.soon
        found = expiring(lots_of(desk.picture, desk.picture.banks), until)
        self._list(found, desk, scene, banks=True)
        hours = limits.stock.soon / timedelta(hours=1)
        self.board.set_empty(
            _("Nothing expires within {hours:g} h\n2 shows how long the stock lasts", hours=hours)
        )
        past = sum(lot.expires_at <= scene.now for _bank, lot in found)
        cells = [
            Cell(_("{count} lots expire within {hours:g} h", count=len(found) - past, hours=hours), "title")
        ]
        if past:
            cells.append(Cell(_("{count} past and still on a shelf", count=past), "abnormal"))
        return cells

    def _list(self, found: Sequence[BankLot], desk: Desk, scene: Scene, *, banks: bool) -> None:
        lots = {f"{bank}/{lot.id}": (bank, lot) for bank, lot in found[:MOST_LOTS]}
        self.board.set_columns(lot_columns(banks=banks))
        self.board.show_keys(
            list(lots), lambda key: lot_row(*lots[key], desk.picture, scene, banks=banks), None
        )
        if self.board.selected is None and lots:
            self.board.select(next(iter(lots)))

    def _rare(self, desk: Desk, scene: Scene) -> list[Cell]:
        rules = desk.configuration.cover_rules
        rows = rare_rows(desk.picture, desk.cover(), rules, desk.configuration.blood_rules, scene)
        self.board.set_columns(rare_columns(tuple(desk.picture.cities), scene))
        self.board.set_empty(
            _("No RhD-negative blood and no floor for it\nA bank's next count brings it; 1 shows all stock")
        )
        self.board.show(rows)
        if self.board.selected is None and rows:
            self.board.select(rows[0].key)
        unsigned = "" if rules.signed_by else f"  {_('signed by nobody')}"
        return [
            Cell(_("RhD-negative: there / floor of the city"), "title"),
            Cell(_("Rules of cover {edition}", edition=rules.edition) + unsigned, "dim"),
        ]

    def _trend(self, place: StockPlace | None, desk: Desk, scene: Scene) -> list[Cell]:
        if place is None:
            return []
        component = desk.picture.components[place.component]
        group = group_text(place.group) if place.group else _("all groups")
        rules = desk.configuration.cover_rules
        found = trend_of(
            desk.picture, place.city, place.bank, place.component, place.group, scene.now, rules.window_days
        )
        row = desk.cover().rows.get(str(place.bank or place.city or ""))
        notes: list[Cell] = []
        if row is not None and row.counted_at is not None:
            said = cover_lines(row.cells[place.component, place.group], component)
            style = said[0].style if row.live else "stale"
            stale = "" if row.live else f"  {_('not live')}"
            parts = [*(one.text for one in said), *([stale.strip()] if stale else [])]
            lines = packed(parts, self.app.size.width - 2)
            notes += [Cell(one, style) for one in lines]
        title = f"{name_text(component.name)} {group} ({name_text(component.unit)})"
        self.query_one(TrendView).show(TrendPicture(title, tuple(notes), found))
        return [
            Cell(_named(place, desk, scene), "title"),
            Cell(_("{banks} of {of} banks tell their days", banks=found.banks, of=found.of)),
            Cell(_("arrows change the place"), "dim"),
        ]


def _banks(place: StockPlace | None, desk: Desk) -> list[BankId]:
    """The banks of a place of the matrix."""
    city, bank = (place.city, place.bank) if place is not None else (None, None)
    return [
        one.id for one in desk.picture.banks.values() if bank in (None, one.id) and city in (None, one.city)
    ]


def _named(place: StockPlace | None, desk: Desk, scene: Scene) -> str:
    if place is None or place.city is None:
        return _("All cities")
    if place.bank is None:
        return city_name(place.city, scene)
    return name_text(desk.picture.banks[place.bank].name)
