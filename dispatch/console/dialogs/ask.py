"""Asking a neighbour for units: which city, how many, with what it keeps in view before it is asked."""

from collections.abc import Callable
from dataclasses import dataclass

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Input, Static

from dispatch.console.dialogs.base import Dialog
from dispatch.console.dialogs.fields import ChoiceRow, Field
from dispatch.console.ports import Desk
from dispatch.console.present import (
    CAPABILITY_WORDS,
    AgeLimits,
    Scene,
    city_name,
    priority_text,
    sight_sentence,
)
from dispatch.console.present_aids import keeps_cells
from dispatch.console.present_places import place_said
from dispatch.console.theme import look
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import Incident
from dispatch.domain.units import UNIT_CAPABILITIES, Capability
from dispatch.language import _
from dispatch.picture.cities import Sight
from dispatch.text import fold, safe_text

_MOST = 99
_NO_LIMITS = AgeLimits(1e9, 1e9, 1e9)


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked of whom."""

    lender: CityCode
    count: int
    needs: frozenset[Capability]
    text: str


class AskDialog(Dialog[Asking]):
    """Arrows pick the city; F7 asks it. The incident stays ours until somebody over there accepts."""

    DEFAULT_CSS = """
    AskDialog #nouns { text-style: bold; color: $strong; padding: 1 1 0 1; }
    AskDialog #kept { padding: 0 1 1 1; height: auto; min-height: 3; }
    """

    def __init__(
        self,
        desk: Desk,
        incident: Incident,
        lender: CityCode | None = None,
        count: int = 1,
        needs: frozenset[Capability] = frozenset(),
    ) -> None:
        super().__init__()
        self.desk, self.incident = desk, incident
        self.lender, self.count = lender, count
        self.needs = (needs or incident.needs) & UNIT_CAPABILITIES

    @property
    def scene(self) -> Scene:
        return Scene.of(self.desk.picture, self.desk.clock.now(), _NO_LIMITS)

    def content(self) -> ComposeResult:
        others = [code for code in self.desk.picture.cities if code != self.desk.home_city]
        yield Static("", id="nouns")
        cities = [(code, self._city(code)) for code in others]
        yield Field("lender", lambda: _("City"), ChoiceRow(cities, value=self.lender, id="lender"))
        yield Static("", id="kept")
        yield Field("count", lambda: _("How many"), Input(str(self.count), id="count", max_length=2))
        kinds = [(need, _said(word)) for need, word in CAPABILITY_WORDS.items() if need in UNIT_CAPABILITIES]
        row = ChoiceRow(kinds, many=True, id="needs")
        row.marked = {at for at, (need, _word) in enumerate(kinds) if need in self.needs}
        yield Field("needs", lambda: _("Needs"), row)
        yield Field(
            "text",
            lambda: _("Message"),
            Input(id="text", max_length=100),
            hint=lambda: _("no names, no telephone numbers"),
        )

    def _city(self, code: CityCode) -> Callable[[], str]:
        def said() -> str:
            view = self.desk.picture.sight[code]
            name = city_name(code, self.scene)
            return name if view.sight is Sight.LIVE else f"{name} {sight_sentence(view, self.scene.now)}"

        return said

    def title_text(self) -> str:
        return _("Ask a neighbour for units")

    def keys_text(self) -> str:
        return _("arrows pick the city   Tab next   Space marks   F7 asks   Esc leaves")

    def relabel(self) -> None:
        super().relabel()
        self.frame()

    def frame(self) -> None:
        """What the city under the cursor would keep, and whether it hears us at all."""
        incident = self.incident
        nouns = (
            f"{safe_text(incident.id)}  {priority_text(incident.priority)}  {place_said(incident.place, 60)}"
        )
        self.query_one("#nouns", Static).update(Text(nouns))
        styles, lender = look(self.app.theme), self.chosen
        text, view = Text(), self.desk.picture.sight[lender]
        if view.sight is Sight.LIVE:
            keeps = self.desk.keeps(lender, incident.priority, self._count() or 1)
            for cell in keeps_cells(keeps, city_name(lender, self.scene)):
                text.append(f"{cell.text}\n", styles[cell.style])
        else:  # what it keeps is not known
            said = _("{sight}: call it by telephone", sight=sight_sentence(view, self.scene.now))
            text.append(said, styles["warning"])
        text.rstrip()
        self.query_one("#kept", Static).update(text)

    @property
    def chosen(self) -> CityCode:
        lender: CityCode = self.query_one("#lender", ChoiceRow).value
        return lender

    def on_choice_row_changed(self) -> None:
        self.frame()

    def on_input_changed(self) -> None:
        self.frame()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input.id == "text":
            self.action_confirm()
        else:
            self.focus_next()

    def confirm(self) -> None:
        count = self._count()
        wrong = "" if count else _("a number from 1 to {most}", most=_MOST)
        self.query_one("#field-count", Field).complain(wrong)
        if count is None:
            self.query_one("#count").focus()
            return
        needs = frozenset(self.query_one("#needs", ChoiceRow).values)
        self.dismiss(Asking(self.chosen, count, needs, self.query_one("#text", Input).value.strip()))

    def _count(self) -> int | None:
        typed = fold(self.query_one("#count", Input).value.strip())
        number = int(typed) if typed.isdecimal() else 0
        return number if 1 <= number <= _MOST else None


def _said(sentence: str) -> Callable[[], str]:
    return lambda: _(sentence)
