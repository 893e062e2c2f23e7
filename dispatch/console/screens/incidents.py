"""Open incidents, those nobody was sent to first; beside them what to send and where to, ranked live."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static

from dispatch.console.choices import choose_hospital, choose_unit
from dispatch.console.present import incident_columns, incident_row, unit_columns, unit_row
from dispatch.console.present_cells import Row
from dispatch.console.present_map import map_base, map_layers
from dispatch.console.present_ranking import hospital_table, unit_table
from dispatch.console.present_stock import stock_table
from dispatch.console.results import LineTyped, Result
from dispatch.console.screens.base import ConsoleScreen, Dirty
from dispatch.console.screens.details import incident_detail
from dispatch.console.screens.held import Held
from dispatch.console.theme import look
from dispatch.console.waiting import unsent
from dispatch.console.widgets.board import Board
from dispatch.console.widgets.map import MapView
from dispatch.console.widgets.map_layers import MapBase
from dispatch.console.widgets.matrix import StockMatrix
from dispatch.console.widgets.ranking import RankingView
from dispatch.decide.ambulances import UnitRanking
from dispatch.decide.hospitals import HospitalRanking
from dispatch.decide.reasons import names_of
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import Incident, IncidentId
from dispatch.domain.units import UnitId
from dispatch.language import _

_RANKED_BY = frozenset({"unit", "hospital", "city", "incident"})


class IncidentsScreen(ConsoleScreen):
    """F2."""

    NAME = "incidents"
    AUTO_FOCUS = "#incidents"
    DEFAULT_CSS = """
    IncidentsScreen #left { height: 6; }
    IncidentsScreen #header { height: 3; padding: 0 1; background: $surface; }
    IncidentsScreen.-low #header { height: 2; }
    IncidentsScreen.-low RankingView > .ranking--notes { max-height: 1; }
    IncidentsScreen.-low RankingView > .ranking--detail { max-height: 3; }
    IncidentsScreen #notice { height: 1; padding: 0 1; background: $panel; display: none; }
    IncidentsScreen #notice.-on { display: block; }
    IncidentsScreen RankingView { border-top: solid $faint; border-title-color: $dim; }
    IncidentsScreen RankingView:focus-within { border-top: heavy $accent; border-title-color: $strong; }
    IncidentsScreen #right, IncidentsScreen #around { display: none; }
    IncidentsScreen.-narrow #middle.-units #hospitals { display: none; }
    IncidentsScreen.-narrow #middle.-hospitals #units { display: none; }
    IncidentsScreen.-tall #left { height: 30%; }
    IncidentsScreen.-middle #rankings { layout: horizontal; }
    IncidentsScreen.-wide #body, IncidentsScreen.-wall #body { layout: horizontal; }
    IncidentsScreen.-wide #left { width: 76; height: 1fr; border-right: solid $faint; }
    IncidentsScreen.-wall #left { width: 84; height: 1fr; border-right: solid $faint; }
    IncidentsScreen.-wide #around, IncidentsScreen.-wall #around { display: block; border-top: solid $faint; }
    IncidentsScreen.-wide #middle, IncidentsScreen.-wall #middle { width: 1fr; }
    IncidentsScreen.-wide #units, IncidentsScreen.-wall #units { height: 3fr; }
    IncidentsScreen.-wide #hospitals, IncidentsScreen.-wall #hospitals { height: 2fr; }
    IncidentsScreen.-wall #right { display: block; width: 70; border-left: solid $faint; }
    IncidentsScreen #stock { border-top: solid $faint; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", show=False)]

    def body(self) -> Widget:
        return _Body(id="body")

    @property
    def board(self) -> Board:
        return self.query_one("#incidents", Board)

    def on_mount(self) -> None:
        self.units: Held[UnitRanking] = Held(self.query_one("#units", RankingView))
        self.hospitals: Held[HospitalRanking] = Held(self.query_one("#hospitals", RankingView))
        self.base = MapBase()
        self.pane_chosen = ""
        super().on_mount()

    @property
    def incident(self) -> Incident | None:
        """The incident under the cursor."""
        return self.desk.picture.incidents.get(IncidentId(self.board.selected or ""))

    @property
    def pane(self) -> str:
        """What is to be chosen next: more units while there are fewer than patients, then hospitals."""
        incident = self.incident
        enough = incident is not None and len(incident.units) >= max(1, incident.patients)
        return self.pane_chosen or ("hospitals" if enough else "units")

    # -- painting --

    def relabel(self) -> None:
        cities = self.desk.picture.cities
        self.board.set_columns(incident_columns(cities))
        self.board.set_empty(_("No open incident\nF10 opens one"))
        self.query_one("#fleet", Board).set_columns(unit_columns(cities))
        self.units.view.border_title = Text(_("Units"))
        self.hospitals.view.border_title = Text(_("Hospitals"))
        self.base = map_base(self.console.ground, tuple(cities.values()))
        self.units.stale = self.hospitals.stale = True
        self.show_all()

    def show_all(self) -> None:
        if not self.ready:
            return
        self._show_incidents()
        self._show_detail()
        self._rank()
        self._show_wall(None)

    def frame(self, dirty: Dirty, whole_second: bool) -> None:
        if whole_second or "incident" in dirty:
            self._show_incidents()
            self._show_detail()
        if "incident" in dirty or whole_second:
            self._rank()
        if whole_second or _RANKED_BY & dirty.keys():
            self._show_wall(dirty.get("unit", set()))

    def _show_incidents(self) -> None:
        scene = self.scene
        home = self.desk.home_city
        open_ = sorted(self.desk.picture.open_incidents(), key=lambda each: not unsent(each))
        self.board.show([incident_row(incident, scene, home) for incident in open_])
        if self.board.selected is None and open_:
            self.board.select(open_[0].id)
        if open_ and unsent(open_[0]):
            self.board.show_top()

    def _show_detail(self) -> None:
        incident, styles = self.incident, look(self.app.theme)
        text = incident_detail(incident, self.scene, styles) if incident else Text("")
        self.query_one("#header", Static).update(text, layout=False)  # its size is fixed
        self.query_one("#middle").set_class(self.pane == "units", "-units").set_class(
            self.pane == "hospitals", "-hospitals"
        )
        self._show_notice()

    def _show_notice(self) -> None:
        now = self.desk.clock.now()
        notes = [note for held in (self.units, self.hospitals) if (note := held.notice(now))]
        notice = self.query_one("#notice", Static)
        notice.update(Text(notes[0] if notes else "", style=look(self.app.theme)["advisory"]), layout=False)
        notice.set_class(bool(notes), "-on")

    def _rank(self) -> None:
        """Rank for the incident under the cursor; a list the operator is choosing from is only compared."""
        incident = self.incident
        if incident is None:
            self.units.clear()
            self.hospitals.clear()
            return
        scene, names, desk = self.scene, names_of(self.desk.picture), self.desk
        units = desk.rank_units(incident.id)
        order = [candidate.unit for candidate in units.candidates[:20]]
        self.units.take(incident.id, units, order, lambda: unit_table(units, scene, names, incident.id))
        hospitals = desk.rank_hospitals(incident.id)
        order_h = [candidate.hospital for candidate in hospitals.candidates[:20]]
        self.hospitals.take(
            incident.id, hospitals, order_h, lambda: hospital_table(hospitals, scene, names, incident.id)
        )
        self._show_notice()

    def _show_wall(self, changed: set[str] | None) -> None:
        """The map, and on a wall free units and stock: where the screen is wide enough for them."""
        picture, scene = self.desk.picture, self.scene
        if self.query_one("#around").display:
            shown = ("incident", self.board.selected) if self.board.selected else None
            self.query_one(MapView).show(map_layers(picture, scene, self.base, shown))
        if not self.query_one("#right").display:
            return
        fleet = picture.fleet

        def row_of(key: str) -> Row:
            return unit_row(fleet.view(UnitId(key)), self.scene, picture.sites, picture.hospitals)

        pairs = zip(fleet.units, fleet.statuses, strict=True)
        free = [unit.id for unit, status in pairs if status is not None and status.state.dispatchable]
        self.query_one("#fleet", Board).show_keys(free, row_of, changed)
        self.query_one(StockMatrix).show(stock_table(picture, scene, self.limits.stock))

    def on_resize(self) -> None:
        super().on_resize()
        self.call_after_refresh(self._show_wall, None)

    # -- keys and messages --

    def on_board_highlighted(self, event: Board.Highlighted) -> None:
        if event.board is self.board:
            self.pane_chosen = ""
            self._show_detail()
            self._rank()

    def on_board_chosen(self, event: Board.Chosen) -> None:
        if event.board is self.board:
            self.console.say(self._enter_pane())

    def on_ranking_view_chosen(self) -> None:
        self.post_message(LineTyped("choose"))

    def on_ranking_view_refused(self) -> None:
        self.post_message(LineTyped("choose"))

    def action_back(self) -> None:
        """From a ranking back to the list of incidents; the rankings are live again."""
        self.board.focus()

    def on_descendant_focus(self) -> None:
        self._show_notice()

    # -- acts --

    def selected(self, kind: str) -> str | None:
        if kind == "unit":
            return self.units.view.selected if self.units.chosen_from else None
        return self.board.selected if kind == "incident" else None

    def show_one(self, kind: str, key: str) -> bool:
        if kind != "incident":
            return False
        self._show_incidents()
        self.board.focus()
        return self.board.select(key)

    def label(self, act: str) -> str:
        return _("Hosp.") if act == "choose" and self._held() is self.hospitals else ""

    def can(self, act: str) -> str:
        if act in ("choose", "refresh", "pane"):
            return "" if self.incident else _("there is no open incident")
        return super().can(act)

    async def do(self, act: str, *_words: str) -> Result:
        if self.can(act):
            return Result(False, self.can(act))
        if act == "refresh":
            self.units.release()
            self.hospitals.release()
            self._rank()
            return Result(True, _("ranked anew"))
        if act == "pane":
            return self._other_pane()
        return await self._choose()

    def _other_pane(self) -> Result:
        now_units = self.units.chosen_from or (self.pane == "units" and not self.hospitals.chosen_from)
        self.pane_chosen = "hospitals" if now_units else "units"
        self._show_detail()
        self._held().view.board.focus()
        return Result(True, _("Hospitals") if self.pane_chosen == "hospitals" else _("Units"))

    async def _choose(self) -> Result:
        incident = self.incident
        if incident is None:
            return Result(False, self.can("choose"))
        held = self._held()
        key = held.view.selected
        if held.ranking is None or key is None or key.startswith("+"):
            return Result(False, _("nothing is under the cursor"))
        if not held.chosen_from and not held.order:
            held.view.board.focus()
            return Result(False, _("nothing can be recommended; the reasons are listed"))
        held.view.board.focus()  # what is asked about stands still
        if isinstance(held.ranking, UnitRanking):
            result = await choose_unit(self.console, incident.id, UnitId(key), held.ranking)
        else:
            units, hospital = incident.units, HospitalId(key)
            result = await choose_hospital(self.console, incident.id, units, hospital, held.ranking)
        if result.ok:
            self.pane_chosen = ""
            self.board.focus()
        return result

    def _held(self) -> Held[UnitRanking] | Held[HospitalRanking]:
        """The list the cursor is in, else the one that is to be chosen from next."""
        if self.units.chosen_from:
            return self.units
        return self.hospitals if self.hospitals.chosen_from or self.pane == "hospitals" else self.units

    def _enter_pane(self) -> Result:
        """Into the ranking, to choose another than rank 1."""
        incident = self.incident
        if incident is None:
            return Result(False, self.can("choose"))
        self._held().view.board.focus()
        asked = _("choose a hospital") if self.pane == "hospitals" else _("choose a unit")
        return Result(
            True,
            _("{incident}: {asked}, F7 or Enter takes it, Esc goes back", incident=incident.id, asked=asked),
        )


class _Body(Container):
    def compose(self) -> ComposeResult:
        with Container(id="left"):
            yield Board(id="incidents")
            yield MapView(id="around")
        with Container(id="middle", classes="-units"):
            yield Static("", id="header")
            yield Static("", id="notice")
            with Container(id="rankings"):
                yield RankingView(id="units")
                yield RankingView(id="hospitals")
        with Container(id="right"):
            yield Board(id="fleet")
            yield StockMatrix(id="stock")
