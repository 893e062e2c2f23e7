"""The command line: one key away on every screen, at the bottom, with completion above it."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from dispatch.console.modal import Modal
from dispatch.console.results import Suggestion
from dispatch.console.theme import look
from dispatch.language import _
from dispatch.text import fit, safe_text

Complete = Callable[[str], Sequence[Suggestion]]
_KEPT = 100


class History:
    """The lines typed before, oldest first; the same line twice running is kept once."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, line: str) -> None:
        if line.strip() and self.lines[-1:] != [line]:
            self.lines = [*self.lines, line][-_KEPT:]


class CommandLine(Modal[str]):
    """Answers with the line typed, or None. The screen behind stays visible and alive."""

    DEFAULT_CSS = """
    CommandLine { background: transparent; align: left bottom; }
    CommandLine #line { height: auto; margin-bottom: 1; background: $surface; border-top: heavy $accent; }
    CommandLine #prompt { height: 1; }
    CommandLine #mark { width: 3; color: $strong; text-style: bold; padding: 0 0 0 1; }
    CommandLine #suggestions { height: auto; padding: 0 1; display: none; }
    CommandLine #suggestions.-on { display: block; }
    CommandLine #hint { height: 1; padding: 0 1; color: $dim; }
    CommandLine Input { width: 1fr; height: 1; border: none; padding: 0; background: $surface; }
    CommandLine Input:focus { border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("tab", "complete(1)", show=False, priority=True),
        Binding("shift+tab", "complete(-1)", show=False, priority=True),
        Binding("up", "recall(-1)", show=False),
        Binding("down", "recall(1)", show=False),
    ]

    def __init__(
        self, complete: Complete, usage: Callable[[str], str], history: History, text: str = ""
    ) -> None:
        super().__init__()
        self.complete, self.usage, self.history = complete, usage, history
        self.start_text = text
        self.suggestions: Sequence[Suggestion] = ()
        self.at: int | None = None
        self.stem = text
        self.back = 0
        self._completing = False

    def compose(self) -> ComposeResult:
        with Vertical(id="line"):
            yield Static("", id="suggestions")
            yield Static("", id="hint")
            with Horizontal(id="prompt"):
                yield Static(Text(":"), id="mark")
                yield Input(self.start_text, id="typed", select_on_focus=False)

    @property
    def typed(self) -> Input:
        return self.query_one("#typed", Input)

    def on_mount(self) -> None:
        self.typed.cursor_position = len(self.start_text)
        self._suggest(self.start_text)

    def relabel(self) -> None:
        self._suggest(self.stem)

    def on_input_changed(self, event: Input.Changed) -> None:
        if self._completing:
            self._completing = False
            return
        self.stem, self.at = event.value, None
        self._suggest(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.history.add(event.value)
        self.dismiss(event.value)

    def action_leave(self) -> None:
        self.dismiss(None)

    def action_complete(self, step: int) -> None:
        if not self.suggestions:
            return
        count = len(self.suggestions)
        self.at = (self.at + step) % count if self.at is not None else (0 if step > 0 else count - 1)
        self._completing = True
        self._write(completed(self.stem, self.suggestions[self.at].text) + " ")
        if count == 1:
            self.stem, self.at = self.typed.value, None
            self._suggest(self.stem)
        self._paint()

    def action_recall(self, step: int) -> None:
        lines = self.history.lines
        self.back = max(0, min(len(lines), self.back - step))
        self._write(lines[-self.back] if self.back else "")

    def _write(self, text: str) -> None:
        if self.typed.value == text:
            self._completing = False
        self.typed.value = text
        self.typed.cursor_position = len(text)

    def _suggest(self, text: str) -> None:
        self.suggestions = self.complete(text)
        self._paint()

    def _paint(self) -> None:
        styles = look(self.app.theme)
        listed = Text(no_wrap=True)
        for index, suggestion in enumerate(self.suggestions):
            chosen = index == self.at
            listed.append(
                fit(f" {safe_text(suggestion.text, 40)}", 26), styles["selected" if chosen else "strong"]
            )
            listed.append(f" {safe_text(suggestion.note, 60)}", styles["dim"])
            if index + 1 < len(self.suggestions):
                listed.append("\n")
        box = self.query_one("#suggestions", Static)
        box.update(listed)
        box.set_class(bool(self.suggestions), "-on")
        hint = self.usage(self.stem) or _("Tab completes   Up recalls   Enter does it   Esc leaves")
        self.query_one("#hint", Static).update(Text(hint, no_wrap=True, overflow="ellipsis"))


def completed(line: str, word: str) -> str:
    """The line with its last, unfinished word replaced; a name with spaces stays one field to type on."""
    if not line or line[-1].isspace():
        return line + word
    head, _space, _last = line.rpartition(" ")
    return f"{head} {word}" if head else word
