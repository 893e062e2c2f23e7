"""What is advised, to read: a free unit's next incident, or who goes where when many are hurt."""

from collections.abc import Callable, Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Static

from dispatch.console.dialogs.base import Dialog
from dispatch.console.widgets.reasons import ReasonList
from dispatch.language import _
from dispatch.text import safe_text

Lines = Callable[[], Sequence[str]]
"""Says them in the language in use."""


class NextDialog(Dialog[int]):
    """The incidents a unit may take, the first one picked; a digit, a click or Enter takes one."""

    DEFAULT_CSS = """
    NextDialog > #box { width: 130; }
    NextDialog #said { color: $dim; padding: 1 0 0 0; }
    """
    BINDINGS = [Binding("enter", "confirm", show=False)]

    def __init__(self, heading: Callable[[], str], choices: Lines, said: Lines) -> None:
        super().__init__()
        self.heading, self.choices, self.said = heading, choices, said

    def content(self) -> ComposeResult:
        choices = ReasonList(self.choices(), takes=False, id="choices")
        choices.at = 0
        yield choices
        yield Static("", id="said")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(ReasonList).focus()

    def title_text(self) -> str:
        return self.heading()

    def keys_text(self) -> str:
        return _("1-9 or arrows pick   Enter or F7 take it   Esc no")

    def relabel(self) -> None:
        super().relabel()
        choices = self.query_one(ReasonList)
        picked = choices.at
        choices.give(self.choices())
        choices.at = picked
        self.query_one("#said", Static).update(_text(self.said()))

    def confirm(self) -> None:
        at = self.query_one(ReasonList).at
        if at is not None:
            self.dismiss(at)


class MassDialog(Dialog[bool]):
    """The plan, to be read before anything is sent; arrows scroll, Enter goes on."""

    DEFAULT_CSS = "MassDialog > #box { width: 130; }"
    BINDINGS = [
        Binding("enter", "confirm", show=False),
        Binding("down", "scroll_by(1)", show=False),
        Binding("up", "scroll_by(-1)", show=False),
        Binding("pagedown", "scroll_by(10)", show=False),
        Binding("pageup", "scroll_by(-10)", show=False),
    ]

    def __init__(self, lines: Lines, *, sends: bool, title: str = "") -> None:
        """`sends`: the plan uses a unit, and Enter goes on to the question; `title`: not the plan's."""
        super().__init__()
        self.lines, self.sends, self.heading = lines, sends, title

    def content(self) -> ComposeResult:
        yield Static("", id="plan")

    def title_text(self) -> str:
        return self.heading or _("Many hurt at once: the plan")

    def keys_text(self) -> str:
        if not self.sends:
            return _("arrows scroll   Esc back")
        return _("arrows scroll   Enter or F7 send them   Esc back, nothing is sent")

    def relabel(self) -> None:
        super().relabel()
        self.query_one("#plan", Static).update(_text(self.lines()))

    def action_scroll_by(self, lines: int) -> None:
        self.query_one("#content", VerticalScroll).scroll_relative(y=lines, animate=False)

    def confirm(self) -> None:
        self.dismiss(self.sends)


def _text(lines: Sequence[str]) -> Text:
    return Text("\n".join(safe_text(line, 400) for line in lines))
