"""Open incidents, those nobody was sent to first; beside them what to send and where to, ranked live."""

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from dispatch.console.crews import unanswered
from dispatch.console.neighbours import at_work_on
from dispatch.console.present import incident_columns, incident_row
from dispatch.console.reasons import saying
from dispatch.console.results import LineTyped, Result
from dispatch.console.screens.base import ConsoleScreen, Dirty
from dispatch.console.screens.crew_lines import CrewLines
from dispatch.console.screens.details import incident_detail
from dispatch.console.screens.ended import Ended
from dispatch.console.screens.held import Held
from dispatch.console.screens.incidents_layout import CSS, Body
from dispatch.console.screens.rankings import HOSPITALS, UNITS, Rankings
from dispatch.console.screens.story import FULL, OFF, Story
from dispatch.console.screens.surroundings import Surroundings
from dispatch.console.theme import look
from dispatch.console.widgets.board import Board
from dispatch.decide.ambulances import UnitRanking
from dispatch.decide.hospitals import HospitalRanking
from dispatch.domain.errors import DispatchError
from dispatch.domain.incidents import Incident, IncidentId
from dispatch.language import N_, _

_RANKED_BY = frozenset({"unit", "hospital", "city", "incident"})
_CREWS_BY = frozenset({"order", "incident"})


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
        self.rankings = Rankings(self)
        self.story = Story((self.query_one("#lines", Board), self.query_one("#story", Board)), self.desk)
        self.ended = Ended(self.desk)
        self.crews = CrewLines(self.query_one("#crews", Board), self)
        self.surroundings = Surroundings(self)
        super().on_mount()

    def _incident_id(self) -> IncidentId | None:
        incident = self.incident
        return incident.id if incident else None

    @property
    def incident(self) -> Incident | None:
        """The incident under the cursor."""
        return self.desk.picture.incidents.get(IncidentId(self.board.selected or ""))

    # -- painting --

    def relabel(self) -> None:
        cities = self.desk.picture.cities
        self.board.set_columns(incident_columns(cities))
        self.board.set_empty(_("No open incident\nF10 opens one"))
        self.crews.relabel()
        self.surroundings.relabel()
        self.story.relabel()
        self.rankings.relabel()
        self.show_all()

    def show_all(self) -> None:
        if not self.ready:
            return
        self._show_work()
        self._rank()
        self._show_around()

    def show_again(self) -> None:
        self._show_work()
        self.after_paint(self._rank)
        self.after_paint(self._show_around)

    def _show_work(self) -> None:
        """The incidents, and what is said of the one under the cursor."""
        self._show_incidents()
        self._show_detail()
        self.crews.show(self.incident)
        self.story.show(self._incident_id())

    def frame(self, dirty: Dirty, whole_second: bool) -> None:
        if whole_second or "incident" in dirty:
            self._show_incidents()
            self._show_detail()
            self.after_paint(self._rank)
        if whole_second or _CREWS_BY & dirty.keys() or self.crews.shows(dirty.get("unit", set())):
            self.crews.show(self.incident)
        if whole_second or "timeline" in dirty:
            self.story.show(self._incident_id())
        if whole_second or _RANKED_BY & dirty.keys():
            self.surroundings.mark(dirty.get("unit", set()), aged=whole_second)
            self.after_paint(self._follow_around)

    def _follow_around(self) -> None:
        self.surroundings.follow(self.board.selected)

    def _show_around(self) -> None:
        self.surroundings.show(self.board.selected)

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
            short = self.has_class("-low") and self.story.place != FULL
            text = incident_detail(incident, self.scene, styles, desks, reason, callers, short=short)
        self.query_one("#header", Static).update(text, layout=False)  # its size is fixed
        pane = self.rankings.next(incident)
        middle = self.query_one("#middle").set_class(pane == UNITS, "-units")
        middle.set_class(pane == HOSPITALS, "-hospitals")
        self._show_notice()

    def _show_notice(self) -> None:
        note = self.rankings.notice
        notice = self.query_one("#notice", Static)
        notice.update(Text(note, style=look(self.app.theme)["advisory"]), layout=False)
        notice.set_class(bool(note), "-on")

    def _rank(self) -> None:
        """Rank for the incident under the cursor; a list the operator is choosing from is only compared."""
        self.rankings.rank(self.incident)
        self._show_notice()

    def on_resize(self) -> None:
        super().on_resize()
        self.call_after_refresh(self._fit_anew)

    def _fit_anew(self) -> None:
        """The screen has another size: what depends on it is made again."""
        self.crews.show(self.incident)
        self.story.show(self._incident_id())
        self._show_around()

    # -- keys and messages --

    def on_board_highlighted(self, event: Board.Highlighted) -> None:
        if event.board is self.board:
            self.rankings.chosen = ""
            self.ended.moved_to(event.key)
            self._show_detail()
            self.crews.show(self.incident)
            self.story.show(self._incident_id())
            self.after_paint(self._rank)

    def on_board_chosen(self, event: Board.Chosen) -> None:
        if event.board is self.board:
            self.console.say(self._enter_pane())
        elif event.board is self.crews.board:
            self.post_message(LineTyped("set"))

    def on_ranking_view_chosen(self) -> None:
        self.post_message(LineTyped("choose"))

    def on_ranking_view_refused(self) -> None:
        self.post_message(LineTyped("choose"))

    def action_back(self) -> None:
        """From a ranking, the crews or the timeline back to the list of incidents."""
        if self.story.place:
            self._tell(OFF)
        self.board.focus()

    def on_descendant_focus(self) -> None:
        self.settle()  # the list that is chosen from is that of the incident under the cursor
        self._show_notice()
        self.crews.show(self.incident)

    def on_descendant_blur(self) -> None:
        self.crews.show(self.incident)

    # -- acts --

    def selected(self, kind: str) -> str | None:
        if kind == "unit":
            units = self.rankings.units
            return units.view.selected if units.chosen_from else None
        if kind == "crew":
            return self.crews.selected
        return self.board.selected if kind == "incident" else None

    def show_one(self, kind: str, key: str) -> bool:
        if kind != "incident":
            return False
        self.ended.ask_for(key)
        self._show_incidents()
        if self.story.place == FULL:
            self._tell(OFF)
        self.board.focus()
        return self.board.select(key)

    def label(self, act: str) -> str:
        hospitals = act == "choose" and self._held() is self.rankings.hospitals
        return _("Hosp.") if hospitals else ""

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
            self.rankings.release()
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
        after = self.story.next_place(wall=self.has_class("-wall"), only_open=only_open)
        self._tell(after)
        if not after:
            self.board.focus()
            return Result(True, _("Incidents"))
        named = incident.id if incident else ""
        return Result(True, _("{incident}: timeline, t larger, Esc goes back", incident=named))

    def _tell(self, how: str) -> None:
        self.story.tell(how, self.query_one("#body"))
        self.call_after_refresh(self._told)

    def _told(self) -> None:
        self.story.show(self._incident_id())
        if self.story.place == FULL:
            self.query_one("#story").focus()

    def _orders(self) -> Result:
        """To the crew of the order that nobody has answered, else to the crews of this incident."""
        waiting = unanswered(self.desk.orders())
        if waiting and waiting[0].incident in self.desk.picture.incidents:
            self.show_one("incident", waiting[0].incident)
            self.crews.show(self.incident)
        if self.story.place:
            self._tell(OFF)
        crews = self.crews.board
        if not crews.keys:
            return Result(False, _("no unit is on this incident; every order of this desk is answered"))
        crews.focus()
        crews.select(waiting[0].unit if waiting else crews.keys[0])
        said = N_("{count} orders wait for an answer") if waiting else N_("every order is answered")
        return Result(True, _(said, count=len(waiting)))

    def _other_pane(self) -> Result:
        chosen = self.rankings.other(self.incident)
        self._show_detail()
        self._held().view.board.focus()
        return Result(True, _("Hospitals") if chosen == HOSPITALS else _("Units"))

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
        denied_before = self.rankings.denied(incident, key)
        held.view.board.focus()  # what is asked about stands still
        try:
            result = await self.rankings.choose(incident, held, key)
        except DispatchError:
            if not from_the_list:
                self.board.focus()  # refused before the question: nobody was choosing
            self.rankings.let_go(incident, held, key)
            raise
        if result.ok:
            self.rankings.chosen = ""
            self.board.focus()
        else:
            denied = self.rankings.denied(incident, key) > denied_before
            if self.rankings.let_go(incident, held, key, denied=denied) and not from_the_list:
                self.board.focus()
        self._show_notice()
        return result

    def _held(self) -> Held[UnitRanking] | Held[HospitalRanking]:
        return self.rankings.held(self.incident)

    def _enter_pane(self) -> Result:
        """Into the ranking, to choose another than rank 1."""
        self.settle()
        incident = self.incident
        if incident is None or self.can("choose"):
            return Result(False, self.can("choose"))
        self._held().view.board.focus()
        asked = _("choose a hospital") if self.rankings.next(incident) == HOSPITALS else _("choose a unit")
        facts = {"incident": incident.id, "asked": asked}
        return Result(True, _("{incident}: {asked}, F7 or Enter takes it, Esc goes back", **facts))
