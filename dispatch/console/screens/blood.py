"""Stock of every blood bank, and for a request the banks that could send it, ranked with reasons."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static

from dispatch.console.choices import choose_bank
from dispatch.console.choosing_plans import choose_plan
from dispatch.console.commands.readers import UNKNOWN_GROUP
from dispatch.console.dialogs.blood import BloodDialog
from dispatch.console.present import clock_text, group_text, name_text, quantity_text
from dispatch.console.present_blood import BankCounts
from dispatch.console.present_cells import Cell
from dispatch.console.present_cover import DaysCells, days_table
from dispatch.console.present_need import MODE_WORDS, need_text, rule_text
from dispatch.console.present_plans import plan_key
from dispatch.console.present_ranking import blood_table
from dispatch.console.present_stock import stock_table
from dispatch.console.results import LineTyped, Result
from dispatch.console.screens.base import ConsoleScreen, Dirty
from dispatch.console.screens.blood_views import MATRIX, TITLES, BloodViews, View
from dispatch.console.screens.held import Held
from dispatch.console.theme import Look, look
from dispatch.console.widgets.matrix import StockMatrix
from dispatch.console.widgets.ranking import RankingView
from dispatch.decide.blood import BloodNeed, BloodRanking
from dispatch.decide.blood_rules import CompatibilityTable, RecipientClass
from dispatch.decide.reasons import names_of
from dispatch.domain.blood import BankId, BloodGroup, ComponentCode
from dispatch.domain.hospitals import HospitalId
from dispatch.language import _, current


class BloodScreen(ConsoleScreen):
    """F4."""

    NAME = "blood"
    AUTO_FOCUS = "StockMatrix"
    DEFAULT_CSS = """
    BloodScreen #request { display: none; height: 60%; border-top: solid $faint; }
    BloodScreen #request.-on { display: block; }
    BloodScreen #views { height: 1; padding: 0 1; background: $panel; }
    BloodScreen #need { height: auto; max-height: 2; padding: 0 1; background: $surface; }
    BloodScreen #notice { height: 1; padding: 0 1; background: $panel; display: none; }
    BloodScreen #notice.-on { display: block; }
    BloodScreen #request:focus-within { border-top: heavy $accent; }
    BloodScreen.-wide #panes, BloodScreen.-wall #panes { layout: horizontal; }
    BloodScreen #panes { height: 1fr; }
    BloodScreen #shown { height: 1fr; width: 1fr; }
    BloodScreen #shown.-other StockMatrix { display: none; }
    BloodScreen.-wide #request, BloodScreen.-wall #request {
        width: 50%; height: 1fr; border-top: none; border-left: solid $faint;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", show=False)]

    def body(self) -> Widget:
        return _Body(id="body")

    @property
    def matrix(self) -> StockMatrix:
        return self.query_one(StockMatrix)

    def on_mount(self) -> None:
        self.banks: Held[BloodRanking] = Held(self.query_one("#banks", RankingView))
        self.need: BloodNeed | None = None
        self.view = View.STOCK
        self.counts, self.days = BankCounts(), DaysCells()
        super().on_mount()

    # -- painting --

    def relabel(self) -> None:
        self.banks.stale = True
        self.show_all()

    def show_all(self) -> None:
        if self.ready:
            self._show_view()
            self._rank()

    def _show_view(self) -> None:
        """The matrix always follows, because the other views speak of the place of its cursor."""
        scene = self.scene
        table = stock_table(self.desk.picture, scene, self.limits.stock, self.counts)
        self.matrix.show(days_table(table, self.desk.cover(), self.days) if self.view is View.DAYS else table)
        other = self.view not in MATRIX
        self.query_one("#shown").set_class(other, "-other")
        views = self.query_one(BloodViews)
        views.set_class(other, "-on")
        head = views.show(self.view, self.matrix.place, self.desk, scene, self.limits) if other else []
        styles = look(self.app.theme)
        views.query_one("#head", Static).update(_line(head, styles), layout=False)
        self.query_one("#views", Static).update(_line(self._tabs(), styles), layout=False)

    def _tabs(self) -> list[Cell]:
        """The views with their keys; the one in view is marked."""
        keys = {view: self.console.keymap.keys_of(view.value, self.NAME) for view in View}
        cells = [
            Cell(
                f"{keys[view][0] if keys[view] else ''} {_(title)}".strip(),
                "title" if view is self.view else "dim",
            )
            for view, title in TITLES.items()
        ]
        label = self.console.keymap.keys_of("label", self.NAME)
        return [*cells, Cell(f"{label[0] if label else ':label'} {_('Read labels')}", "dim")]

    def _to_view(self, view: View) -> Result:
        self.view = view
        self._show_view()
        if view is View.TREND or view in MATRIX:
            self.matrix.focus()
        else:
            self.query_one(BloodViews).board.focus()
        return Result(True, _(TITLES[view]))

    def frame(self, dirty: Dirty, whole_second: bool) -> None:
        if whole_second or "bank" in dirty or "city" in dirty:
            self.show_all()

    def _rank(self) -> None:
        need, request = self.need, self.query_one("#request")
        request.set_class(need is not None, "-on")
        if need is None:
            self.banks.clear()
            return
        scene, names = self.scene, names_of(self.desk.picture)
        ranking = self.desk.rank_blood(need)
        order = [plan_key(plan) for plan in ranking.plans[:1] if len(plan.steps) > 1]
        order += [plan.bank for plan in ranking.candidates]
        subject = need.model_dump_json()
        rule = rule_text(need, self._table(need))
        self.banks.take(subject, ranking, order, lambda: blood_table(ranking, scene, names, subject, rule))
        self.query_one("#need", Static).update(self._need_text(need))
        note = self.banks.notice(self.desk.clock.now())
        notice = self.query_one("#notice", Static)
        notice.update(Text(note, style=look(self.app.theme)["advisory"]))
        notice.set_class(bool(note), "-on")

    def _table(self, need: BloodNeed) -> CompatibilityTable:
        component = self.desk.picture.components[need.component]
        return self.desk.configuration.blood_rules.compatibility.tables[component.rule]

    def _need_text(self, need: BloodNeed) -> Text:
        picture, styles = self.desk.picture, look(self.app.theme)
        component = picture.components[need.component]
        amount = quantity_text(need.quantity, component, current())
        text = Text(no_wrap=True, overflow="ellipsis")
        text.append(f"{name_text(component.name)} {group_text(need.group)} {amount}", styles["title"])
        hospital = picture.hospitals.get(need.hospital) if need.hospital else None
        if hospital is not None:
            text.append(f"  {name_text(hospital.name)}", styles["strong"])
        by = clock_text(need.need_by, self.desk.clock.now())
        text.append(f"  {_('needed by {time}', time=by)}", styles["normal"])
        text.append(f"\n{need_text(need, component, self._table(need))}", styles["normal"])
        return text

    # -- keys and messages --

    def on_key(self, event: events.Key) -> None:
        """While a trend is drawn the matrix is out of sight and its cursor still moves."""
        moves = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}
        if self.view is not View.TREND or event.key not in {*moves, "pageup", "pagedown"}:
            return
        event.stop()
        if event.key in moves:
            rows, groups = moves[event.key]
            self.matrix.action_move_row(rows) if rows else self.matrix.action_move_group(groups)
        else:
            self.matrix.action_move_component(1 if event.key == "pagedown" else -1)
        self._show_view()

    def on_stock_matrix_chosen(self) -> None:
        self.post_message(LineTyped("new"))

    def on_ranking_view_chosen(self) -> None:
        self.post_message(LineTyped("choose"))

    def on_ranking_view_refused(self, event: RankingView.Refused) -> None:
        self.console.say(Result(False, event.why))

    def action_back(self) -> None:
        """From the banks to the matrix; from the matrix the request is put away."""
        if self.banks.chosen_from:
            self.matrix.focus()
        elif self.view is not View.STOCK:
            self._to_view(View.STOCK)
        else:
            self.need = None
            self._rank()

    # -- acts --

    def can(self, act: str) -> str:
        if act in ("choose", "refresh"):
            return "" if self.need else _("there is no blood request; F10 makes one")
        return "" if act in ("new", "request", "view") else super().can(act)

    async def do(self, act: str, *words: str) -> Result:
        if self.can(act):
            return Result(False, self.can(act))
        if act == "request":
            return self._request(*words)
        if act == "view":
            return self._go(*words)
        if act == "new":
            return await self._fill_in()
        if act == "refresh":
            self.banks.release()
            self._rank()
            return Result(True, _("ranked anew"))
        return await self._choose()

    def _go(self, view: str, bank: str = "") -> Result:
        """To a view; a bank that is named gets the cursor first."""
        if bank:
            self.matrix.show_bank(BankId(bank))
        return self._to_view(View(view))

    async def _fill_in(self) -> Result:
        """From the matrix for the cell under its cursor; from the ranked banks the request as it stands."""
        place = self.matrix.place if self.need is None or self.matrix.has_focus else None
        answer = await self.console.ask(
            BloodDialog(
                self.desk, self.need, place.component if place else None, place.group if place else None
            )
        )
        if not isinstance(answer, BloodNeed):
            return Result(False, _("no blood was asked for"))
        return self._take(answer)

    def _request(
        self,
        component: str,
        group: str,
        quantity: str,
        hospital: str,
        need_by: str,
        mode: str = "",
        recipient: str = "",
        anti_d: str = "",
        physician: str = "",
        antibodies: str = "",
        *attributes: str,
    ) -> Result:
        known = None if group == UNKNOWN_GROUP else BloodGroup(group)
        if anti_d and known is not None and known.rhd_positive:
            return Result(
                False, _("anti-D with an RhD-positive group: leave it to the transfusion department")
            )
        return self._take(
            BloodNeed(
                component=ComponentCode(component),
                group=known,
                quantity=int(quantity),
                hospital=HospitalId(hospital),
                need_by=datetime.fromisoformat(need_by),
                mode=next((known for known in MODE_WORDS if known == mode), "emergency"),
                recipient=RecipientClass(recipient or "unknown"),
                anti_d=bool(anti_d),
                antibodies=frozenset(antibodies.split()),
                attributes=frozenset(attributes),
                on_word_of=physician or None,
            )
        )

    def _take(self, need: BloodNeed) -> Result:
        self.need = need
        self.banks.release()
        self._rank()
        self.matrix.show_component(need.component)
        self.banks.view.board.focus()
        ranking = self.banks.ranking
        count = len(ranking.candidates) if ranking else 0
        if not count:
            return Result(False, _("no bank can send this; the reasons are listed"))
        return Result(True, _("Banks that can send: {count}; F7 asks the one under the cursor", count=count))

    async def _choose(self) -> Result:
        ranking, key = self.banks.ranking, self.banks.view.selected
        if not self.banks.chosen_from:
            self.banks.view.board.focus()
            return Result(True, _("choose a bank, F7 or Enter takes it, Esc goes back"))
        spread = next((plan for plan in ranking.plans if plan_key(plan) == key), None) if ranking else None
        if ranking is not None and spread is not None:
            return await choose_plan(self.console, ranking.need, spread, ranking)
        plan = next((plan for plan in ranking.candidates if plan.bank == key), None) if ranking else None
        if ranking is None or plan is None:
            return Result(False, _("this bank cannot be asked: the reasons are below"))
        return await choose_bank(self.console, ranking.need, plan, ranking)


class _Body(Container):
    def compose(self) -> ComposeResult:
        yield Static("", id="views")
        with Container(id="panes"):
            with Container(id="shown"):
                yield StockMatrix(id="matrix")
                yield BloodViews()
            with Container(id="request"):
                yield Static("", id="need")
                yield Static("", id="notice")
                yield RankingView(id="banks")


def _line(cells: Sequence[Cell], styles: Look) -> Text:
    text = Text(no_wrap=True, overflow="ellipsis")
    for cell in cells:
        text.append(f"{cell.text}   ", styles[cell.style])
    return text
