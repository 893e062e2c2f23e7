"""Another call about an open incident: which one, a second caller or one who chases, and what was said."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input, Static

from dispatch.console.dialogs.base import Dialog
from dispatch.console.dialogs.caller import CallerField
from dispatch.console.dialogs.fields import ChoiceRow, Field
from dispatch.console.dialogs.lending import incident_noun
from dispatch.console.ports import Desk
from dispatch.domain.incidents import Act, Incident, IncidentId
from dispatch.language import _
from dispatch.text import safe_text


@dataclass(frozen=True, slots=True)
class Call:
    """What is known of a call before it is joined; number and name stay at this console."""

    text: str = ""
    number: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Joined:
    """The answer."""

    incident: IncidentId
    act: Act
    call: Call


class JoinDialog(Dialog[Joined]):
    """A digit or arrows say which and what kind; Enter goes on, F7 joins from any field."""

    DEFAULT_CSS = "JoinDialog #nouns { text-style: bold; color: $strong; padding: 1 1 1 1; }"
    BINDINGS = [Binding("enter", "confirm", show=False)]

    def __init__(self, desk: Desk, incidents: Sequence[Incident], act: Act, call: Call) -> None:
        super().__init__()
        self.desk, self.incidents, self.act_first, self.call = desk, tuple(incidents), act, call

    def content(self) -> ComposeResult:
        yield Static("", id="nouns")
        if len(self.incidents) > 1:
            which = [(each, _same(each.id)) for each in self.incidents]
            yield Field("which", lambda: _("Incident"), ChoiceRow(which, id="which"))
        kinds: list[tuple[Act, Callable[[], str]]] = [
            (Act.REPEAT, lambda: _("another call about it")),
            (Act.CHASE, lambda: _("the caller chases")),
        ]
        yield Field("kind", lambda: _("Kind"), ChoiceRow(kinds, value=self.act_first, id="kind"))
        yield Field(
            "text",
            lambda: _("What was said"),
            Input(self.call.text, id="text", max_length=100, select_on_focus=False),
            hint=lambda: _("no names, no telephone numbers"),
        )
        yield CallerField(self.call.number, self.call.name)

    @property
    def incident(self) -> Incident:
        """The incident the call is about, as chosen now."""
        if len(self.incidents) == 1:
            return self.incidents[0]
        chosen: Incident = self.query_one("#which", ChoiceRow).value
        return chosen

    def title_text(self) -> str:
        return _("Join a call to an incident")

    def keys_text(self) -> str:
        return _("1-9 pick   Tab next   Enter or F7 joins   Esc leave")

    def relabel(self) -> None:
        super().relabel()
        self.query_one("#nouns", Static).update(Text(safe_text(incident_noun(self.incident, self.desk))))

    def on_choice_row_changed(self) -> None:
        self.relabel()

    def on_input_submitted(self) -> None:
        self.action_confirm()

    def confirm(self) -> None:
        caller = self.query_one(CallerField)
        if not caller.check():
            return
        act: Act = self.query_one("#kind", ChoiceRow).value
        text = self.query_one("#text", Input).value.strip()
        self.dismiss(Joined(self.incident.id, act, Call(text, caller.number, caller.name_given)))


def _same(text: str) -> Callable[[], str]:
    return lambda: safe_text(text)
