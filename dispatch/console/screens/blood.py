"""Stock of every blood bank, and for a request the banks that could send it, ranked with reasons."""

from datetime import datetime
from typing import ClassVar

from rich.text import Text
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
from dispatch.console.present_need import MODE_WORDS, need_text, rule_text
from dispatch.console.present_plans import plan_key
from dispatch.console.present_ranking import blood_table
from dispatch.console.present_stock import stock_table
from dispatch.console.results import LineTyped, Result
from dispatch.console.screens.base import ConsoleScreen, Dirty
from dispatch.console.screens.held import Held
from dispatch.console.theme import look
from dispatch.console.widgets.matrix import StockMatrix
from dispatch.console.widgets.ranking import RankingView
from dispatch.decide.blood import BloodNeed, BloodRanking
from dispatch.decide.blood_rules import CompatibilityTable, RecipientClass
from dispatch.decide.reasons import names_of
from dispatch.domain.blood import BloodGroup, ComponentCode
from dispatch.domain.hospitals import HospitalId
from dispatch.language import _, current


class BloodScreen(ConsoleScreen):
    """F4."""

    NAME = "blood"
    AUTO_FOCUS = "StockMatrix"
    DEFAULT_CSS = """
    BloodScreen #request { display: none; height: 60%; border-top: solid $faint; }
    BloodScreen #request.-on { display: block; }
    BloodScreen #need { height: auto; max-height: 2; padding: 0 1; background: $surface; }
    BloodScreen #notice { height: 1; padding: 0 1; background: $panel; display: none; }
    BloodScreen #notice.-on { display: block; }
    BloodScreen #request:focus-within { border-top: heavy $accent; }
    BloodScreen.-wide #body, BloodScreen.-wall #body { layout: horizontal; }
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
        super().on_mount()

    # -- painting --

    def relabel(self) -> None:
        self.banks.stale = True
        self.show_all()

    def show_all(self) -> None:
        if self.ready:
            self.matrix.show(stock_table(self.desk.picture, self.scene, self.limits.stock))
            self._rank()

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
        else:
            self.need = None
            self._rank()

    # -- acts --

    def can(self, act: str) -> str:
        if act in ("choose", "refresh"):
            return "" if self.need else _("there is no blood request; F10 makes one")
        return "" if act in ("new", "request") else super().can(act)

    async def do(self, act: str, *words: str) -> Result:
        if self.can(act):
            return Result(False, self.can(act))
        if act == "request":
            return self._request(*words)
        if act == "new":
            return await self._fill_in()
        if act == "refresh":
            self.banks.release()
            self._rank()
            return Result(True, _("ranked anew"))
        return await self._choose()

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
        return Result(True, _("{count} banks can send; F7 asks the one under the cursor", count=count))

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
        yield StockMatrix(id="matrix")
        with Container(id="request"):
            yield Static("", id="need")
            yield Static("", id="notice")
            yield RankingView(id="banks")
