"""Blood cover by hour at the hospitals of an incident: to be read, nothing is done here."""

from collections.abc import Callable, Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Static

from dispatch.console.dialogs.base import Dialog
from dispatch.language import _


class BloodCoverDialog(Dialog[None]):
    """Arrows scroll; Esc or F7 leaves it."""

    DEFAULT_CSS = """
    BloodCoverDialog > #box { width: 130; }
    """
    BINDINGS = [
        Binding("enter", "confirm", show=False),
        Binding("down", "scroll_by(1)", show=False),
        Binding("up", "scroll_by(-1)", show=False),
        Binding("pagedown", "scroll_by(10)", show=False),
        Binding("pageup", "scroll_by(-10)", show=False),
    ]

    def __init__(self, lines: Callable[[], Sequence[str]]) -> None:
        """`lines` says them in the language in use."""
        super().__init__()
        self.lines = lines

    def content(self) -> ComposeResult:
        yield Static("", id="cover")

    def title_text(self) -> str:
        return _("Blood for the incident")

    def keys_text(self) -> str:
        return _("arrows scroll   Esc back")

    def relabel(self) -> None:
        super().relabel()
        self.query_one("#cover", Static).update(Text("\n".join(self.lines())))

    def action_scroll_by(self, lines: int) -> None:
        self.query_one("#content", VerticalScroll).scroll_relative(y=lines, animate=False)

    def confirm(self) -> None:
        self.dismiss(None)
