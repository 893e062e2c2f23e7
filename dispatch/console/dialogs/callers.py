"""Who called about an incident, in full: the look itself is in the audit log."""

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Static

from dispatch.console.dialogs.base import Dialog
from dispatch.console.ports import Caller
from dispatch.console.present import clock_text
from dispatch.domain.incidents import IncidentId
from dispatch.language import _
from dispatch.text import safe_text


class CallersDialog(Dialog[None]):
    """Lines to read; Esc leaves it, and so does F7."""

    DEFAULT_CSS = "CallersDialog #calls { padding: 1 1; height: auto; }"

    def __init__(self, incident: IncidentId, calls: Sequence[Caller]) -> None:
        super().__init__()
        self.incident, self.calls = incident, calls

    def content(self) -> ComposeResult:
        yield Static("", id="calls")

    def relabel(self) -> None:
        super().relabel()
        lines = [self._line(call) for call in self.calls]
        self.query_one("#calls", Static).update(Text("\n".join(lines) or _("no call is kept here")))

    def _line(self, call: Caller) -> str:
        number = safe_text(call.number, 24) or _("number not shown")
        said = [clock_text(call.at), number, safe_text(call.name, 40), safe_text(call.text)]
        return "  ".join(part for part in said if part)

    def title_text(self) -> str:
        return _("Callers of {incident}", incident=safe_text(self.incident, 40))

    def keys_text(self) -> str:
        return _("Esc leave")

    def confirm(self) -> None:
        self.dismiss(None)
