"""Units of all cities on one board, with filters and a detail of the one under the cursor."""

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.widget import Widget
from textual.widgets import Static

from dispatch.console.advising import wanted_line
from dispatch.console.commands.navigation import STATE_WORDS
from dispatch.console.present import city_name, name_text, unit_columns, unit_row
from dispatch.console.present_cells import Row
from dispatch.console.present_map import map_base, map_layers
from dispatch.console.reasons import saying
from dispatch.console.results import LineTyped, Result
from dispatch.console.screens.base import ConsoleScreen, Dirty
from dispatch.console.screens.details import unit_detail
from dispatch.console.theme import look
from dispatch.console.widgets.board import Board
from dispatch.console.widgets.map import MapView
from dispatch.console.widgets.map_layers import MapBase
from dispatch.domain.geography import CityCode
from dispatch.domain.units import UnitId, UnitStatus
from dispatch.language import N_, _
from dispatch.picture.fleet import UnitView

STATE_TITLES = {
    "all": N_("all states"),
    "free": N_("can be sent"),
    "busy": N_("on a task"),
    "off": N_("off duty"),
}


def fits(state: str, status: UnitStatus | None) -> bool:
    """Whether a unit of this status belongs to a kind of state: all, free, busy or off."""
    if state == "all":
        return True
    if status is None:
        return state == "off"
    kind = "free" if status.state.dispatchable else "busy" if status.state.on_task else "off"
    return kind == state


class UnitsScreen(ConsoleScreen):
    """F3."""

    NAME = "units"
    DEFAULT_CSS = """
    UnitsScreen #filters { height: 1; background: $panel; padding: 0 1; }
    UnitsScreen #side { height: 6; border-top: solid $faint; background: $surface; }
    UnitsScreen #detail { height: auto; padding: 0 1; }
    UnitsScreen #around { display: none; border-top: solid $faint; }
    UnitsScreen.-wide #panes { layout: horizontal; }
    UnitsScreen.-wall #panes { layout: horizontal; }
    UnitsScreen.-wide #side, UnitsScreen.-wall #side {
        width: 56; height: 1fr; border-top: none; border-left: solid $faint;
    }
    UnitsScreen.-wall #side { width: 96; }
    UnitsScreen.-wide #around, UnitsScreen.-wall #around { display: block; background: $background; }
    """

    def body(self) -> Widget:
        return _Body(id="body")

    @property
    def board(self) -> Board:
        return self.query_one("#units", Board)

    def on_mount(self) -> None:
        self.city, self.state = "all", "all"
        self.lines = 0
        self.base = MapBase()
        super().on_mount()

    def show_all(self) -> None:
        if not self.ready:
            return
        self._show_keys(None)
        self._paint_around()
        self._paint_detail()

    def show_again(self) -> None:
        self._show_keys(None)
        self._paint_around()
        self.after_paint(self._paint_detail)

    def relabel(self) -> None:
        self.board.set_columns(unit_columns(self.desk.picture.cities))
        self.board.set_empty(_("No unit fits the filter\nc takes another city, s another state"))
        self.base = map_base(self.console.ground, tuple(self.desk.picture.cities.values()), self.roads())
        self.show_all()

    def frame(self, dirty: Dirty, whole_second: bool) -> None:
        changed = dirty.get("unit", set())
        if changed:
            self._show_keys(changed)
        if whole_second or "city" in dirty:
            self.board.refresh_rows()
        if whole_second or self.board.selected in changed:
            self._paint_around()
            self._paint_detail()

    def _show_keys(self, changed: set[str] | None) -> None:
        fleet = self.desk.picture.fleet
        sites, hospitals = self.desk.picture.sites, self.desk.picture.hospitals

        def row_of(key: str) -> Row | None:
            return unit_row(fleet.view(UnitId(key)), self.scene, sites, hospitals)

        everyone = self.city == "all" and self.state == "all"
        keys = [
            unit.id
            for unit, status in zip(fleet.units, fleet.statuses, strict=True)
            if everyone or (self.city in ("all", unit.city) and fits(self.state, status))
        ]
        self.board.show_keys(keys, row_of, changed)
        if self.board.selected is None and keys:
            self.board.select(keys[0])

    def _paint_around(self) -> None:
        styles = look(self.app.theme)
        fleet = self.desk.picture.fleet
        free = sum(status is not None and status.state.dispatchable for status in fleet.statuses)
        city = _("all cities") if self.city == "all" else city_name(CityCode(self.city), self.scene)
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(_("City: {city}", city=city), styles["strong" if self.city != "all" else "normal"])
        line.append("   ")
        state = _("State: {state}", state=_(STATE_TITLES[self.state]))
        line.append(state, styles["strong" if self.state != "all" else "normal"])
        line.append("   ")
        shown = len(self.board.keys)
        facts = _("{shown} shown of {all}, {free} can be sent", shown=shown, all=len(fleet), free=free)
        line.append(facts, styles["dim"])
        line.append("   ")
        self.add_hints(line, _("c city  s kind  0-9 set state  / find"))
        self.query_one("#filters", Static).update(line, layout=False)  # its size is fixed

    def _paint_detail(self) -> None:
        key, view = self.board.selected, self._view()
        detail = Text("")
        if view is not None:
            order = next((each for each in self.desk.orders() if each.unit == key), None)
            said = saying(self.desk)(view.status.reason or "") if view.status else ""
            waits = wanted_line(self.desk.picture, self.desk.configuration, view.unit.id)
            styles = look(self.app.theme)
            detail = unit_detail(view, self.scene, self.desk.picture, styles, order, said, waits)
        lines = detail.plain.count("\n")
        self.query_one("#detail", Static).update(detail, layout=lines != self.lines)
        self.lines = lines
        around = self.query_one(MapView)
        if around.display:
            shown = ("unit", key) if key else None
            around.show(map_layers(self.desk.picture, self.scene, self.base, shown))

    def _view(self) -> UnitView | None:
        """The unit under the cursor."""
        key = self.board.selected
        return self.desk.picture.fleet.view(UnitId(key)) if key else None

    def on_board_chosen(self) -> None:
        self.post_message(LineTyped("set"))

    def on_resize(self) -> None:
        super().on_resize()
        self.call_after_refresh(self._paint_detail)

    def on_board_highlighted(self) -> None:
        self.after_paint(self._paint_detail)

    # -- acts --

    def selected(self, kind: str) -> str | None:
        if kind == "incident":
            view = self._view()
            return view.status.incident if view is not None and view.status is not None else None
        return self.board.selected if kind in ("unit", "crew") else None

    def show_one(self, kind: str, key: str) -> bool:
        if kind != "unit" or UnitId(key) not in self.desk.picture.fleet:
            return False
        if not self.board.select(key):
            self.city = self.state = "all"
            self.show_all()
        self.board.focus()
        return self.board.select(key)

    def can(self, act: str) -> str:
        if act == "choose":
            return _("choose a unit on the incident it is for (F2)")
        return super().can(act)

    async def do(self, act: str, *words: str) -> Result:
        if act == "city":
            cities = ["all", *self.desk.picture.cities]
            self.city = words[0] or cities[(cities.index(self.city) + 1) % len(cities)]
        elif act == "state":
            states = list(STATE_WORDS)
            self.state = words[0] or states[(states.index(self.state) + 1) % len(states)]
        else:
            return Result(False, self.can(act))
        self.show_all()
        city = (
            _("all cities")
            if self.city == "all"
            else name_text(self.desk.picture.cities[CityCode(self.city)].name)
        )
        facts = {"city": city, "state": _(STATE_TITLES[self.state]), "count": len(self.board.keys)}
        return Result(True, _("{city}, {state}: {count} units", **facts))


class _Body(Container):
    def compose(self) -> ComposeResult:
        yield Static("", id="filters")
        with Container(id="panes"):
            with Vertical():
                yield Board(id="units")
            with Vertical(id="side"):
                yield Static("", id="detail")
                yield MapView(id="around")
