"""The last question before many units are sent: every one of them can still be left out."""

from collections.abc import Callable, Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Static

from dispatch.console.dialogs.base import Dialog
from dispatch.console.widgets.marked import MarkedList
from dispatch.language import _
from dispatch.text import safe_text


class SendManyDialog(Dialog[frozenset[int]]):
    """Answers with the places of the lines that are still marked; Enter or F7 sends those."""

    DEFAULT_CSS = """
    SendManyDialog > #box { width: 110; }
    SendManyDialog #warnings { color: $warning; padding: 0 1; height: auto; }
    SendManyDialog #count { color: $strong; text-style: bold; padding: 0 1; }
    """
    BINDINGS = [Binding("enter", "confirm", show=False)]

    def __init__(self, lines: Callable[[], Sequence[str]], warnings: Callable[[], Sequence[str]]) -> None:
        """`lines`: a unit each; `warnings`: whom it takes them from, and what that keeps.

        Both in the language in use, asked for again when that changes, as many lines as before.
        """
        super().__init__()
        self.lines, self.warnings = lines, warnings

    def content(self) -> ComposeResult:
        yield Static("", id="count")
        yield MarkedList(self.lines())
        yield Static("", id="warnings")

    @property
    def marked(self) -> frozenset[int]:
        """The places of the lines that are marked now."""
        return frozenset(self.query_one(MarkedList).marked)

    def title_text(self) -> str:
        return _("Send {count} units", count=len(self.query_one(MarkedList).lines))

    def keys_text(self) -> str:
        return _("arrows move   Space leaves one out   Enter or F7 sends the rest   Esc nothing is sent")

    def relabel(self) -> None:
        self.query_one(MarkedList).say(self.lines())
        warnings = "\n".join(safe_text(line, 300) for line in self.warnings())
        self.query_one("#warnings", Static).update(Text(warnings))
        super().relabel()
        self._count()

    def on_marked_list_changed(self) -> None:
        self._count()

    def _count(self) -> None:
        said = _("{marked} of {count} are sent, each by an order of its own", marked=len(self.marked),
                 count=len(self.query_one(MarkedList).lines))  # fmt: skip
        self.query_one("#count", Static).update(Text(said))

    def confirm(self) -> None:
        if self.marked:
            self.dismiss(self.marked)
