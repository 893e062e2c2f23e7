"""The state of a unit, set at the desk: which unit, which state, and the hospital or reason it demands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input, Static

from dispatch.console.dialogs.base import Dialog
from dispatch.console.dialogs.fields import ChoiceRow, Field
from dispatch.console.dialogs.search import SearchField
from dispatch.console.ports import Desk
from dispatch.console.present import clock_text, minutes_text, name_text, state_text
from dispatch.console.present_units import SOURCE_WORDS
from dispatch.console.reasons import code_of, said_words
from dispatch.console.symbols import symbols
from dispatch.console.widgets.reasons import ReasonList
from dispatch.console.widgets.staterow import StateRow
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import IncidentId
from dispatch.domain.units import UnitId, UnitState, UnitStatus, next_at_desk
from dispatch.language import _
from dispatch.settings.incident_words import Words
from dispatch.text import safe_text

_OFFERED = 5
"""Hospitals that are offered by digit; any other is found by name."""


@dataclass(frozen=True, slots=True)
class NewState:
    """The answer."""

    unit: UnitId
    state: UnitState
    reason: str | None = None
    destination: str | None = None


def legal_next(status: UnitStatus | None) -> tuple[UnitState, ...]:
    """The states that may follow, in the order of their digits; any, for a unit never heard."""
    return next_at_desk(status.state) if status else tuple(UnitState)


class StateDialog(Dialog[NewState]):
    """A digit picks the state; Enter or F7 sets it when nothing it demands is missing."""

    DEFAULT_CSS = """
    StateDialog #nouns { text-style: bold; color: $strong; padding: 1 1 0 1; }
    StateDialog #origin { color: $dim; padding: 0 1 1 1; }
    StateDialog #wrong { color: $warning; padding: 0 1; display: none; }
    StateDialog #wrong.-on { display: block; }
    StateDialog .extra { display: none; }
    StateDialog .extra.-on { display: block; }
    StateDialog #hospitals, StateDialog #reasons { margin-top: 1; }
    """
    BINDINGS = [Binding("enter", "confirm", show=False)]

    def __init__(self, desk: Desk, units: Sequence[UnitId], state: UnitState | None, given: str = "") -> None:
        """`given`: the reason that was typed already, or the id of the hospital."""
        super().__init__()
        self.desk, self.units, self.first, self.given = desk, tuple(units), state, given
        self.hospitals: dict[HospitalId, tuple[float, float] | None] = {}
        """Those offered, with the minutes they are away where they were ranked."""

    def content(self) -> ComposeResult:
        yield Static("", id="nouns")
        yield Static("", id="origin")
        if len(self.units) > 1:
            options = [(unit, _same(unit)) for unit in self.units]
            yield Field("unit", lambda: _("Unit"), ChoiceRow(options, id="unit"))
        row = StateRow(legal_next(self._status(self.units[0])), value=self.first, id="state")
        yield Field("state", lambda: _("New state"), row)
        yield Static("", id="wrong")
        yield ReasonList((), takes=False, id="hospitals")
        yield SearchField(
            "hospital",
            lambda: _("Hospital"),
            lambda text: self.desk.find(text, 20),
            ("hospital",),
            self.desk.picture.cities,
            hint=lambda: _("name, pinyin or initials"),
        )
        yield ReasonList((), takes=False, id="reasons")
        reason = Input(self.given, id="reason", max_length=100, select_on_focus=False)
        yield Field("reason", lambda: _("Other reason"), reason)

    def title_text(self) -> str:
        return _("Set a unit's state")

    def keys_text(self) -> str:
        return _("a digit picks   Tab next   Enter or F7 sets it   Esc leave")

    # -- what is chosen --

    @property
    def unit(self) -> UnitId:
        if len(self.units) == 1:
            return self.units[0]
        chosen: UnitId = self.query_one("#unit", ChoiceRow).value
        return chosen

    @property
    def state(self) -> UnitState:
        return self.query_one(StateRow).value

    def _status(self, unit: UnitId) -> UnitStatus | None:
        return self.desk.picture.fleet.view(unit).status

    def _words(self) -> Words:
        return self.desk.configuration.incident_words.unit_state(self.state)

    # -- painting --

    def on_mount(self) -> None:
        self.query_one("#field-hospital").add_class("extra")
        self.query_one("#field-reason").add_class("extra")
        for extra in ("#hospitals", "#reasons"):
            self.query_one(extra).add_class("extra")
        super().on_mount()
        self._show_demands()
        demanded = self._demand_list()
        (demanded or self.query_one(StateRow)).focus()

    def relabel(self) -> None:
        super().relabel()
        status, unit, now = self._status(self.unit), safe_text(self.unit), self.desk.clock.now()
        before = state_text(status.state) if status else _("never reported")
        nouns = f"{unit}  {before} {symbols().to} {state_text(self.state)}"
        self.query_one("#nouns", Static).update(Text(nouns))
        said = ""
        if status is not None:
            since = clock_text(status.since, now)
            said = _("since {time}, said by {source}", time=since, source=_(SOURCE_WORDS[status.source]))
            said += f"  {safe_text(status.incident or '')}"
        self.query_one("#origin", Static).update(Text(said))
        self.query_one("#hospitals", ReasonList).say(self._hospitals_said())
        self.query_one("#reasons", ReasonList).say(said_words(self._words()))

    def _show_demands(self) -> None:
        """The hospitals or the reasons, where the state demands one."""
        to_hospital, words = self.state is UnitState.TRANSPORTING, self._words()
        hospitals = self.query_one("#hospitals", ReasonList)
        if to_hospital and not self.hospitals:
            self._offer_hospitals(hospitals)
        self.query_one("#reasons", ReasonList).give(said_words(words))
        for name, wanted in (
            ("#hospitals", to_hospital),
            ("#field-hospital", to_hospital),
            ("#reasons", bool(words)),
            ("#field-reason", bool(words)),
        ):
            self.query_one(name).set_class(wanted, "-on")

    def _offer_hospitals(self, listed: ReasonList) -> None:
        """The hospital that was named already, then the best of the ranking."""
        status = self._status(self.unit)
        ranked: list[tuple[HospitalId, tuple[float, float] | None]] = []
        incident = IncidentId(status.incident or "") if status else IncidentId("")
        if incident in self.desk.picture.incidents:
            ranking = self.desk.rank_hospitals(incident)
            ranked = [
                (each.hospital, (each.eta.low_min, each.eta.high_min))
                for each in ranking.candidates[:_OFFERED]
            ]
        named = HospitalId(self.given or (status.destination if status else None) or "")
        known = self.desk.picture.hospitals
        first = [(named, None)] if named in known and named not in [each for each, _eta in ranked] else []
        ranked = sorted(first + ranked, key=lambda pair: pair[0] != named)[:_OFFERED]
        self.hospitals = dict(ranked)
        listed.give(self._hospitals_said())
        if named in self.hospitals:
            listed.at = 0

    def _hospitals_said(self) -> list[str]:
        known = self.desk.picture.hospitals
        return [
            f"{name_text(known[hospital].name)}  {minutes_text(*eta) if eta else ''}"
            for hospital, eta in self.hospitals.items()
        ]

    def _demand_list(self) -> ReasonList | None:
        if self.state is UnitState.TRANSPORTING:
            return self.query_one("#hospitals", ReasonList)
        return self.query_one("#reasons", ReasonList) if self._words() else None

    def on_choice_row_changed(self) -> None:
        row = self.query_one(StateRow)
        legal = legal_next(self._status(self.unit))
        if legal != tuple(state for state, _label in row.options):
            self.hospitals = {}
            row.offer_states(legal, row.value)
        self._wrong("")
        self.relabel()
        self._show_demands()

    def on_state_row_refused(self, event: StateRow.Refused) -> None:
        self._wrong(not_next(self.unit, self._status(self.unit), event.state))

    def _wrong(self, said: str) -> None:
        line = self.query_one("#wrong", Static)
        line.update(Text(said))
        line.set_class(bool(said), "-on")

    # -- answering --

    def on_input_submitted(self) -> None:
        self.action_confirm()

    def confirm(self) -> None:
        state = self.state
        if state is UnitState.TRANSPORTING:
            hospital = self._hospital()
            self._complain("hospital", "" if hospital else _("where is the patient taken?"))
            if hospital:
                self.dismiss(NewState(self.unit, state, destination=hospital))
        elif words := self._words():
            reason = self._reason(words)
            self._complain("reason", "" if reason else _("this state needs a reason"))
            if reason:
                self.dismiss(NewState(self.unit, state, reason=reason))
        else:
            self.dismiss(NewState(self.unit, state))

    def _hospital(self) -> str | None:
        other = self.query_one("#field-hospital", SearchField)
        if other.picked is not None:
            return other.picked.id
        at = self.query_one("#hospitals", ReasonList).at
        return None if at is None or other.text else list(self.hospitals)[at]

    def _reason(self, words: Words) -> str:
        typed = self.query_one("#reason", Input).value.strip()
        at = self.query_one("#reasons", ReasonList).at
        return code_of(typed, words) if typed else "" if at is None else words[at].code

    def _complain(self, name: str, wrong: str) -> None:
        self.query_one(f"#field-{name}", Field).complain(wrong)
        demanded = self._demand_list()
        if wrong and demanded is not None:
            demanded.focus()


def not_next(unit: UnitId, status: UnitStatus | None, wanted: UnitState) -> str:
    """Why a state may not come next, with those that may."""
    return _(
        "{unit}: next may be {legal}, not {wanted} (now {state})",
        unit=safe_text(unit),
        wanted=state_text(wanted),
        state=state_text(status.state) if status else _("never reported"),
        legal=_(", ").join(state_text(state) for state in legal_next(status)),
    )


def _same(text: str) -> Callable[[], str]:
    return lambda: safe_text(text)
