"""The form for a new incident: made for the keyboard, checked field by field."""

from collections.abc import Callable
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.widgets import Input

from dispatch.console.dialogs.base import Dialog
from dispatch.console.dialogs.fields import ChoiceRow, Field, complaint_missing
from dispatch.console.dialogs.search import SearchField
from dispatch.console.places import DATUM_NAMES, Place, pair_text, read_pair, read_place
from dispatch.console.ports import Desk
from dispatch.console.present import CAPABILITY_WORDS, PRIORITY_WORDS, name_text
from dispatch.domain.geography import Datum, Position
from dispatch.domain.incidents import Priority
from dispatch.domain.units import Capability
from dispatch.language import _
from dispatch.text import fold, safe_text

_MOST_PATIENTS = 9999


@dataclass(frozen=True, slots=True)
class NewIncident:
    """What the form was filled with."""

    place: Place
    priority: Priority
    patients: int
    needs: frozenset[Capability]
    complaint: str


def _said(sentence: str) -> Callable[[], str]:
    return lambda: _(sentence)


def _same(text: str) -> Callable[[], str]:
    return lambda: text


class IncidentDialog(Dialog[NewIncident]):
    """Enter goes on to the next field and opens the incident from the last; F7 opens it from any."""

    def __init__(self, desk: Desk, position: Position | None = None) -> None:
        super().__init__()
        self.desk, self.start = desk, position

    def content(self) -> ComposeResult:
        given = pair_text(self.start) if self.start else ""
        yield SearchField(
            "place",
            lambda: _("Place"),
            lambda text: self.desk.find(text, 12) if read_pair(text) is None else (),
            ("site", "hospital", "bank"),
            self.desk.picture.cities,
            hint=lambda: _("name, pinyin, initials, or 28.19384, 112.98112"),
            text=given,
        )
        yield Field(
            "datum",
            lambda: _("Coordinates"),
            ChoiceRow([(d, _same(n)) for d, n in DATUM_NAMES.items()], id="datum"),
        )
        priorities = [(priority, _said(word)) for priority, word in PRIORITY_WORDS.items()]
        yield Field(
            "priority", lambda: _("Priority"), ChoiceRow(priorities, value=Priority.URGENT, id="priority")
        )
        yield Field("patients", lambda: _("Patients"), Input("1", id="patients", max_length=4))
        needs = [
            (need, _said(word)) for need, word in CAPABILITY_WORDS.items() if need is not Capability.BASIC
        ]
        yield Field("needs", lambda: _("Needs"), ChoiceRow(needs, many=True, id="needs"))
        yield Field(
            "complaint",
            lambda: _("Complaint"),
            Input(id="complaint", max_length=100),
            hint=lambda: _("no names, no telephone numbers"),
        )

    def title_text(self) -> str:
        return _("New incident")

    def keys_text(self) -> str:
        return _("Tab next   1-9 pick   Space mark   F7 open   Esc leave")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input.id == "complaint":
            self.action_confirm()
        else:
            self.focus_next()

    def place(self) -> Place | None:
        """The place the form names now."""
        field = self.query_one("#field-place", SearchField)
        picked, text = field.picked, field.text
        if picked is not None and picked.position is not None:
            return Place(picked.position, Datum.WGS84, name_text(picked.name))
        return read_place(text, self.desk, self.query_one("#datum", ChoiceRow).value) if text else None

    def confirm(self) -> None:
        text = self.query_one("#field-place", SearchField).text
        place, patients = self.place(), self._patients()
        self._complain("place", "" if place else self._place_wrong(text))
        self._complain("patients", "" if patients else _("a number from 1 to {most}", most=_MOST_PATIENTS))
        if place is None or patients is None:
            self.query_one("#place" if place is None else "#patients").focus()
            return
        self.dismiss(
            NewIncident(
                place,
                self.query_one("#priority", ChoiceRow).value,
                patients,
                frozenset(self.query_one("#needs", ChoiceRow).values),
                self.query_one("#complaint", Input).value.strip(),
            )
        )

    def _place_wrong(self, text: str) -> str:
        if not text:
            return complaint_missing()
        return _("no place is found for {text}", text=safe_text(text, 40))

    def _patients(self) -> int | None:
        typed = fold(self.query_one("#patients", Input).value.strip())
        number = int(typed) if typed.isdecimal() else 0
        return number if 1 <= number <= _MOST_PATIENTS else None

    def _complain(self, name: str, wrong: str) -> None:
        self.query_one(f"#field-{name}", Field).complain(wrong)
