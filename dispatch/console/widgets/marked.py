"""A list in which lines are marked: what is marked is done, what is not is left out."""

# ruff: noqa: ARG002 - signatures are Textual's

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.widget import Widget

from dispatch.console.faults import Guarded
from dispatch.console.theme import look
from dispatch.text import fit, safe_text


class MarkedList(Guarded, Widget, can_focus=True):
    """Arrows move, the space bar or a click marks and unmarks; all lines are marked at first."""

    DEFAULT_CSS = "MarkedList { height: auto; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("space", "mark", show=False),
    ]

    class Changed(Message):
        """Another line was marked, or one no longer is."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__()
        self.lines, self.at = tuple(lines), 0
        self.marked = set(range(len(self.lines)))

    def say(self, lines: Sequence[str]) -> None:
        """The same lines in other words: what is marked stays marked."""
        self.lines = tuple(lines)
        self.refresh(layout=True)

    def action_move(self, step: int) -> None:
        self.at = (self.at + step) % len(self.lines)
        self.refresh()
        self.call_after_refresh(self._keep_in_view)

    def _keep_in_view(self) -> None:
        """Scroll what is around a list that is taller than its dialog."""
        line = Region(0, self.at, self.size.width, 1)
        around = self.parent
        if isinstance(around, Widget):
            around.scroll_to_region(line.translate(self.virtual_region.offset), animate=False)

    def action_mark(self) -> None:
        self.marked ^= {self.at}
        self.refresh()
        self.post_message(self.Changed())

    def on_click(self, event: events.Click) -> None:
        if 0 <= event.y < len(self.lines):
            self.at = event.y
            self.action_mark()

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return len(self.lines)

    def render(self) -> Text:
        styles, width = look(self.app.theme), self.size.width
        text = Text(no_wrap=True)
        for place, line in enumerate(self.lines):
            mark = "[x]" if place in self.marked else "[ ]"
            name = "normal" if place in self.marked else "dim"
            if place == self.at:
                name = "selected" if self.has_focus else "selected_blurred"
            text.append(fit(f" {mark} {safe_text(line, 300)}", width), styles[name])
            if place + 1 < len(self.lines):
                text.append("\n")
        return text
