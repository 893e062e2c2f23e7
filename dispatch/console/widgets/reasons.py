"""A short numbered list to pick one from: the agreed reasons for an override, what a search found."""

# ruff: noqa: ARG002 - signatures are Textual's

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

from dispatch.console.faults import Guarded
from dispatch.console.theme import look
from dispatch.text import fit, fold, safe_text


class ReasonList(Guarded, Widget, can_focus=True):
    """Nothing is picked at first: a reason is given by a digit, by arrows or by a click."""

    DEFAULT_CSS = "ReasonList { height: auto; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("enter", "take", show=False),
    ]

    class Taken(Message):
        """A line was taken: by its digit, a click, or Enter on it."""

        def __init__(self, at: int) -> None:
            super().__init__()
            self.at = at

    def __init__(self, lines: Sequence[str], *, takes: bool = True, id: str | None = None) -> None:  # noqa: A002
        """`takes`: Enter takes the line; False leaves Enter to the dialog."""
        super().__init__(id=id)
        self.lines, self.takes = tuple(lines), takes
        self.at: int | None = None

    @property
    def reason(self) -> str | None:
        """The picked line."""
        return None if self.at is None else self.lines[self.at]

    def give(self, lines: Sequence[str]) -> None:
        """Other lines; nothing is picked among them yet."""
        if tuple(lines) != self.lines:
            self.lines, self.at = tuple(lines), None
            self.refresh(layout=True)

    def say(self, lines: Sequence[str]) -> None:
        """The same lines in other words: what is picked stays picked."""
        picked = self.at
        self.give(lines)
        self.at = picked

    def action_move(self, step: int) -> None:
        if self.lines:
            start = -1 if step > 0 else len(self.lines)
            self._pick(((start if self.at is None else self.at) + step) % len(self.lines))

    def on_key(self, event: events.Key) -> None:
        digit = fold(event.character or "")
        if digit.isdigit() and 1 <= int(digit) <= len(self.lines):
            event.stop()
            self._take(int(digit) - 1)

    def on_click(self, event: events.Click) -> None:
        if 0 <= event.y < len(self.lines):
            self._take(event.y)

    def _pick(self, at: int) -> None:
        self.at = at
        self.refresh()

    def _take(self, at: int) -> None:
        self._pick(at)
        if self.takes:
            self.post_message(self.Taken(at))

    def action_take(self) -> None:
        if self.at is None or not self.takes:
            raise SkipAction
        self.post_message(self.Taken(self.at))

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return len(self.lines)

    def render(self) -> Text:
        styles, width = look(self.app.theme), self.size.width
        text = Text(no_wrap=True)
        for index, line in enumerate(self.lines):
            picked = index == self.at
            style = styles[
                "selected" if picked and self.has_focus else "selected_blurred" if picked else "normal"
            ]
            text.append(fit(f" {index + 1} {safe_text(line)}", width), style)
            if index + 1 < len(self.lines):
                text.append("\n")
        return text
