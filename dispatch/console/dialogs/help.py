"""Help over a dialog: its keys and those of the field in use; nothing typed is lost."""

from collections.abc import Callable, Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Static

from dispatch.console.modal import Modal
from dispatch.console.results import LineTyped
from dispatch.language import _
from dispatch.text import safe_text


class DialogHelp(Modal[None]):
    """Any of Esc, Enter and F1 goes back."""

    DEFAULT_CSS = """
    DialogHelp { align: center middle; background: transparent; }
    DialogHelp > #help {
        width: 76; max-width: 100%; height: auto; margin: 2 0; padding: 1 1; background: $surface;
        border: heavy $accent; border-title-color: $strong; border-subtitle-color: $dim;
    }
    """
    BINDINGS = [
        Binding("escape,enter,f1", "leave", show=False),
        Binding("f8", "acknowledge", show=False),
        Binding("f12", "switch_language", show=False),
    ]

    def __init__(self, title: Callable[[], str], lines: Callable[[], Sequence[str]]) -> None:
        """Both in the language in use, asked for again when that changes."""
        super().__init__()
        self.heading, self.lines = title, lines

    def compose(self) -> ComposeResult:
        yield Static("", id="help")

    def on_mount(self) -> None:
        self.relabel()

    def relabel(self) -> None:
        """Say everything in the language in use."""
        box = self.query_one("#help", Static)
        box.update(Text("\n".join(safe_text(line, 400) for line in self.lines())))
        box.border_title = Text(self.heading())
        box.border_subtitle = Text(_("Esc goes back; nothing typed is lost"))

    def action_leave(self) -> None:
        self.dismiss(None)

    def action_acknowledge(self) -> None:
        self.post_message(LineTyped("ack"))

    def action_switch_language(self) -> None:
        self.post_message(LineTyped("lang"))
