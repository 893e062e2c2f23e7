"""Changing what was told of an incident: only what differs is sent."""

from collections.abc import Callable
from dataclasses import dataclass

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Input, Static

from dispatch.console.dialogs.base import Dialog
from dispatch.console.dialogs.fields import ChoiceRow, Field
from dispatch.console.present import CAPABILITY_WORDS, PRIORITY_WORDS
from dispatch.console.present_places import place_said
from dispatch.domain.incidents import Incident, Priority
from dispatch.domain.units import Capability
from dispatch.language import _
from dispatch.text import fold, safe_text

_MOST_PATIENTS = 9999


@dataclass(frozen=True, slots=True)
class Amended:
    """The fields that are to change; None stays as it is."""

    priority: Priority | None = None
    patients: int | None = None
    needs: frozenset[Capability] | None = None
    complaint: str | None = None


class AmendDialog(Dialog[Amended]):
    """Filled with what is known; Enter goes on, F7 changes."""

    DEFAULT_CSS = "AmendDialog #nouns { text-style: bold; color: $strong; padding: 1 1 1 1; }"

    def __init__(self, incident: Incident) -> None:
        super().__init__()
        self.incident = incident

    def content(self) -> ComposeResult:
        incident = self.incident
        yield Static(Text(f"{safe_text(incident.id)}  {place_said(incident.place, 60)}"), id="nouns")
        priorities = [(priority, _said(word)) for priority, word in PRIORITY_WORDS.items()]
        yield Field(
            "priority", lambda: _("Priority"), ChoiceRow(priorities, value=incident.priority, id="priority")
        )
        patients = Input(str(incident.patients), id="patients", max_length=4)
        yield Field("patients", lambda: _("Patients"), patients)
        needs = [
            (need, _said(word)) for need, word in CAPABILITY_WORDS.items() if need is not Capability.BASIC
        ]
        row = ChoiceRow(needs, many=True, id="needs")
        row.marked = {at for at, (need, _label) in enumerate(needs) if need in incident.needs}
        yield Field("needs", lambda: _("Needs"), row)
        complaint = Input(incident.chief_complaint, id="complaint", max_length=100)
        yield Field("complaint", lambda: _("Complaint"), complaint)

    def title_text(self) -> str:
        return _("Change an incident")

    def keys_text(self) -> str:
        return _("Tab next   1-9 pick   Space mark   F7 change   Esc leave")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input.id == "complaint":
            self.action_confirm()
        else:
            self.focus_next()

    def confirm(self) -> None:
        incident, patients = self.incident, self._patients()
        wrong = "" if patients else _("a number from 1 to {most}", most=_MOST_PATIENTS)
        self.query_one("#field-patients", Field).complain(wrong)
        if patients is None:
            self.query_one("#patients").focus()
            return
        priority: Priority = self.query_one("#priority", ChoiceRow).value
        basic = incident.needs & {Capability.BASIC}
        needs = frozenset(self.query_one("#needs", ChoiceRow).values) | basic
        complaint = self.query_one("#complaint", Input).value.strip()
        self.dismiss(
            Amended(
                priority if priority != incident.priority else None,
                patients if patients != incident.patients else None,
                needs if needs != incident.needs else None,
                complaint if complaint != incident.chief_complaint else None,
            )
        )

    def _patients(self) -> int | None:
        typed = fold(self.query_one("#patients", Input).value.strip())
        number = int(typed) if typed.isdecimal() else 0
        return number if 1 <= number <= _MOST_PATIENTS else None


def _said(sentence: str) -> Callable[[], str]:
    return lambda: _(sentence)
