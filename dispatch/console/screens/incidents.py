"""Open incidents, those nobody was sent to first; beside them what to send and where to, ranked live."""

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from dispatch.console.choices import choose_hospital
from dispatch.console.crews import crews_of, unanswered
from dispatch.console.neighbours import at_work_on
from dispatch.console.present import incident_columns, incident_row, unit_columns, unit_row
from dispatch.console.present_cells import Row
from dispatch.console.present_map import map_base, map_layers
from dispatch.console.present_orders import crew_columns, crew_row
from dispatch.console.present_ranking import hospital_table, unit_table
from dispatch.console.present_stock import stock_table
from dispatch.console.reasons import saying
from dispatch.console.results import LineTyped, Result
from dispatch.console.screens.base import ConsoleScreen, Dirty
from dispatch.console.screens.details import incident_detail
from dispatch.console.screens.ended import Ended
from dispatch.console.screens.held import Held
from dispatch.console.screens.incidents_layout import CSS, Body
from dispatch.console.screens.story import FULL, OFF, PANE, Story
from dispatch.console.sending import choose_unit
from dispatch.console.theme import look
from dispatch.console.widgets.board import Board
from dispatch.console.widgets.map import MapView
from dispatch.console.widgets.map_layers import MapBase
from dispatch.console.widgets.matrix import StockMatrix
from dispatch.console.widgets.ranking import RankingView
from dispatch.decide.ambulances import UnitRanking
from dispatch.decide.hospitals import HospitalRanking
from dispatch.decide.reasons import names_of
from dispatch.domain.errors import DispatchError
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import Incident, IncidentId
from dispatch.domain.units import UnitId
from dispatch.language import _

_RANKED_BY = frozenset({"unit", "hospital", "city", "incident"})
_CREWS_BY = frozenset({"order", "incident"})
_CREWS_SHOWN = {"-narrow": 2, "-middle": 4, "-wide": 6, "-wall": 8}
"""Lines of crews in view at once; the others are scrolled to, the most worrying stands first."""


class IncidentsScreen(ConsoleScreen):
    """F2."""

    NAME = "incidents"
    AUTO_FOCUS = "#incidents"
    DEFAULT_CSS = CSS
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", show=False)]

    def body(self) -> Widget:
        return Body(id="body")

    @property
    def board(self) -> Board:
        return self.query_one("#incidents", Board)

    def on_mount(self) -> None:
        self.units: Held[UnitRanking] = Held(self.query_one("#units", RankingView))
        self.hospitals: Held[HospitalRanking] = Held(self.query_one("#hospitals", RankingView))
        self.base = MapBase()
        self.pane_chosen = ""
        self.telling = OFF
        self.story = Story((self.query_one("#lines", Board), self.query_one("#story", Board)), self.desk)
        self.ended = Ended(self.desk)
        self._changed: set[str] = set()
        self._aged = False
        super().on_mount()

    @property
    def crews(self) -> Board:
        return self.query_one("#crews", Board)

    def _incident_id(self) -> IncidentId | None:
        incident = self.incident
        return incident.id if incident else None

    @property
    def incident(self) -> Incident | None:
        """The incident under the cursor."""
        return self.desk.picture.incidents.get(IncidentId(self.board.selected or ""))

    @property
    def pane(self) -> str:
        """What is to be chosen next: more units while there are fewer than patients, then hospitals."""
        incident = self.incident
        enough = incident is not None and len(incident.sent) >= max(1, incident.patients)
        return self.pane_chosen or ("hospitals" if enough else "units")

    # -- painting --

    def relabel(self) -> None:
        cities = self.desk.picture.cities
        self.board.set_columns(incident_columns(cities))
        self.board.set_empty(_("No open incident\nF10 opens one"))
        self.query_one("#fleet", Board).set_columns(unit_columns(cities))
        self.crews.set_columns(crew_columns())
        self.story.relabel()
        self.units.view.border_title = Text(_("Units"))
        self.hospitals.view.border_title = Text(_("Hospitals"))
        self.base = map_base(self.console.ground, tuple(cities.values()), self.roads())
        self.units.stale = self.hospitals.stale = True
        self.show_all()

    def show_all(self) -> None:
        if not self.ready:
            return
        self._show_work()
        self._rank()
        self._show_wall(None)

    def show_again(self) -> None:
        self._show_work()
        self.after_paint(self._rank)
        self.after_paint(self._show_around)

    def _show_work(self) -> None:
        """The incidents, and what is said of the one under the cursor."""
        self._show_incidents()
        self._show_detail()
        self._show_crews()
        self.story.show(self._incident_id())

    def frame(self, dirty: Dirty, whole_second: bool) -> None:
        if whole_second or "incident" in dirty:
            self._show_incidents()
            self._show_detail()
            self.after_paint(self._rank)
        if whole_second or _CREWS_BY & dirty.keys() or dirty.get("unit", set()) & set(self.crews.keys):
            self._show_crews()
        if whole_second or "timeline" in dirty:
            self.story.show(self._incident_id())
        if whole_second or _RANKED_BY & dirty.keys():
            self._changed |= dirty.get("unit", set())
            self._aged = self._aged or whole_second
            self.after_paint(self._follow_wall)

    def _follow_wall(self) -> None:
        changed, self._changed = self._changed, set()
        self._show_wall(changed)
        if self._aged:
            self.query_one("#fleet", Board).refresh_rows()
        self._aged = False

    def _show_around(self) -> None:
        self._show_wall(None)

    def _show_incidents(self) -> None:
        scene = self.scene
        home = self.desk.home_city
        listed = self.ended.listed(self.board.selected)
        picture, seat = self.desk.picture, self.desk.seat
        self.board.show(
            [incident_row(each, scene, home, at_work_on(picture, each.id, seat)) for each in listed]
        )
        if listed and (self.board.selected is None or self.console.untouched):
            self.board.select(listed[0].id)
        if listed and listed[0].unsent:
            self.board.show_top()

    def _show_detail(self) -> None:
        incident, styles = self.incident, look(self.app.theme)
        text = Text("")
        if incident is not None:
            desks = at_work_on(self.desk.picture, incident.id, self.desk.seat)
            reason, callers = saying(self.desk)(incident.reason), self.desk.callers(incident.id)
            short = self.has_class("-low") and self.telling != FULL
            text = incident_detail(incident, self.scene, styles, desks, reason, callers, short=short)
        self.query_one("#header", Static).update(text, layout=False)  # its size is fixed
        self.query_one("#middle").set_class(self.pane == "units", "-units").set_class(
            self.pane == "hospitals", "-hospitals"
        )
        self._show_notice()

    def _show_crews(self) -> None:
        """The crews and orders of the incident; they take only the lines they need."""
        incident, scene = self.incident, self.scene
        crews = crews_of(incident, self.desk) if incident else []
        hospitals, word_of = self.desk.picture.hospitals, saying(self.desk)
        rows = [
            crew_row(crew, scene, hospitals, word_of(crew.status.reason or "") if crew.status else "")
            for crew in crews
        ]
        self.crews.show(rows)
        if not self.crews.has_focus:
            self.crews.select(None)
        elif rows and self.crews.selected is None:
            self.crews.select(rows[0].key)
        most = next((lines for name, lines in _CREWS_SHOWN.items() if self.has_class(name)), 2)
        height = 1 + min(len(rows), most)
        if self.crews.styles.height is None or self.crews.styles.height.value != height:
            self.crews.styles.height = height
        self.crews.set_class(bool(rows), "-on")

    def _show_notice(self) -> None:
        now = self.desk.clock.now()
        notes = [note for held in (self.units, self.hospitals) if (note := held.notice(now))]
        notice = self.query_one("#notice", Static)
        notice.update(Text(notes[0] if notes else "", style=look(self.app.theme)["advisory"]), layout=False)
        notice.set_class(bool(notes), "-on")

    def _rank(self) -> None:
        """Rank for the incident under the cursor; a list the operator is choosing from is only compared."""
        incident = self.incident
        if incident is None or not incident.state.open:
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
        self.call_after_refresh(self._fit_anew)

    def _fit_anew(self) -> None:
        """The screen has another size: what depends on it is made again."""
        self._show_crews()
        self.story.show(self._incident_id())
        self._show_wall(None)

    # -- keys and messages --

    def on_board_highlighted(self, event: Board.Highlighted) -> None:
        if event.board is self.board:
            self.pane_chosen = ""
            self.ended.moved_to(event.key)
            self._show_detail()
            self._show_crews()
            self.story.show(self._incident_id())
            self.after_paint(self._rank)

    def on_board_chosen(self, event: Board.Chosen) -> None:
        if event.board is self.board:
            self.console.say(self._enter_pane())
        elif event.board is self.crews:
            self.post_message(LineTyped("set"))

    def on_ranking_view_chosen(self) -> None:
        self.post_message(LineTyped("choose"))

    def on_ranking_view_refused(self) -> None:
        self.post_message(LineTyped("choose"))

    def action_back(self) -> None:
        """From a ranking, the crews or the timeline back to the list of incidents."""
        if self.telling:
            self._tell(OFF)
        self.board.focus()

    def on_descendant_focus(self) -> None:
        self.settle()  # the list that is chosen from is that of the incident under the cursor
        self._show_notice()
        self._show_crews()

    def on_descendant_blur(self) -> None:
        self._show_crews()

    # -- acts --

    def selected(self, kind: str) -> str | None:
        if kind == "unit":
            return self.units.view.selected if self.units.chosen_from else None
        if kind == "crew":
            return self.crews.selected if self.crews.has_focus else None
        return self.board.selected if kind == "incident" else None

    def show_one(self, kind: str, key: str) -> bool:
        if kind != "incident":
            return False
        self.ended.ask_for(key)
        self._show_incidents()
        if self.telling == FULL:
            self._tell(OFF)
        self.board.focus()
        return self.board.select(key)

    def label(self, act: str) -> str:
        return _("Hosp.") if act == "choose" and self._held() is self.hospitals else ""

    def can(self, act: str) -> str:
        if act == "orders":
            return ""
        if act in ("choose", "refresh", "pane", "timeline"):
            incident = self.incident
            if incident is not None and not incident.state.open and act != "timeline":
                return _("{incident} is closed", incident=incident.id)
            return "" if incident else _("there is no open incident")
        return super().can(act)

    async def do(self, act: str, *words: str) -> Result:
        if self.can(act):
            return Result(False, self.can(act))
        if act == "refresh":
            self.units.release()
            self.hospitals.release()
            self._rank()
            return Result(True, _("ranked anew"))
        if act == "pane":
            return self._other_pane()
        if act == "timeline":
            return self._timeline("open" in words)
        return self._orders() if act == "orders" else await self._choose()

    def _timeline(self, only_open: bool) -> Result:
        """Beside the list, then over the whole screen, then away again."""
        incident = self.incident
        wall = self.has_class("-wall")
        steps = [OFF, FULL] if wall else [OFF, PANE, FULL]
        after = PANE if only_open and not wall else steps[(steps.index(self.telling) + 1) % len(steps)]
        self._tell(after)
        if not after:
            self.board.focus()
            return Result(True, _("Incidents"))
        named = incident.id if incident else ""
        return Result(True, _("{incident}: timeline, t larger, Esc goes back", incident=named))

    def _tell(self, how: str) -> None:
        """Show the timeline nowhere, beside the list, or over the whole screen."""
        self.telling = how
        self.query_one("#body").set_class(how == PANE, PANE).set_class(how == FULL, FULL)
        self.call_after_refresh(self._told)

    def _told(self) -> None:
        self.story.show(self._incident_id())
        if self.telling == FULL:
            self.query_one("#story").focus()

    def _orders(self) -> Result:
        """To the crew of the order that nobody has answered, else to the crews of this incident."""
        waiting = unanswered(self.desk.orders())
        if waiting and waiting[0].incident in self.desk.picture.incidents:
            self.show_one("incident", waiting[0].incident)
            self._show_crews()
        if self.telling:
            self._tell(OFF)
        if not self.crews.keys:
            return Result(False, _("no unit is on this incident; every order of this desk is answered"))
        self.crews.focus()
        self.crews.select(waiting[0].unit if waiting else self.crews.keys[0])
        if waiting:
            return Result(True, _("{count} orders wait for an answer", count=len(waiting)))
        return Result(True, _("every order is answered"))

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
        from_the_list = held.chosen_from
        held.view.board.focus()  # what is asked about stands still
        try:
            result = await self._chosen(incident, held, key)
        except DispatchError:
            if not from_the_list:
                self.board.focus()  # refused before the question: nobody was choosing
            raise
        if result.ok:
            self.pane_chosen = ""
            self.board.focus()
        return result

    async def _chosen(
        self, incident: Incident, held: Held[UnitRanking] | Held[HospitalRanking], key: str
    ) -> Result:
        """Ask about one unit or hospital of the list, and have it done."""
        if isinstance(held.ranking, UnitRanking):
            return await choose_unit(self.console, incident.id, UnitId(key), held.ranking)
        if held.ranking is None:
            return Result(False, _("nothing is under the cursor"))
        units, hospital = incident.units, HospitalId(key)
        return await choose_hospital(self.console, incident.id, units, hospital, held.ranking)

    def _held(self) -> Held[UnitRanking] | Held[HospitalRanking]:
        """The list the cursor is in, else the one that is to be chosen from next."""
        if self.units.chosen_from:
            return self.units
        return self.hospitals if self.hospitals.chosen_from or self.pane == "hospitals" else self.units

    def _enter_pane(self) -> Result:
        """Into the ranking, to choose another than rank 1."""
        self.settle()
        incident = self.incident
        if incident is None or self.can("choose"):
            return Result(False, self.can("choose"))
        self._held().view.board.focus()
        asked = _("choose a hospital") if self.pane == "hospitals" else _("choose a unit")
        return Result(
            True,
            _("{incident}: {asked}, F7 or Enter takes it, Esc goes back", incident=incident.id, asked=asked),
        )
