"""A question that wants a reason: it repeats the nouns; a digit takes an agreed reason, or one is typed."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widget import Widget
from textual.widgets import Input, Static

from dispatch.console.dialogs.base import Dialog
from dispatch.console.dialogs.fields import Field
from dispatch.console.reasons import code_of, said_words
from dispatch.console.widgets.reasons import ReasonList
from dispatch.language import _
from dispatch.settings.incident_words import Words
from dispatch.text import safe_text

R = TypeVar("R")


class ReasonDialog(Dialog[R], Generic[R]):
    """Base of forms with a reason; a subclass adds fields before it and says what the answer is.

    The answer carries the code of an agreed reason, or the text that was typed.
    """

    DEFAULT_CSS = """
    ReasonDialog #nouns { text-style: bold; color: $strong; padding: 1 1 0 1; }
    ReasonDialog #warnings { color: $warning; padding: 0 1; display: none; }
    ReasonDialog #warnings.-on { display: block; }
    ReasonDialog #why { padding: 1 1 0 1; color: $dim; }
    ReasonDialog ReasonList { margin: 0 0 1 0; }
    """
    BINDINGS = [Binding("enter", "confirm", show=False)]

    def __init__(self, words: Words, reason: str = "") -> None:
        super().__init__()
        self.words, self.given = words, reason

    # -- what a subclass says --

    def nouns(self) -> Sequence[str]:
        """What is about to be done, in the language in use."""
        raise NotImplementedError

    def warnings(self) -> Sequence[str]:
        """What speaks against it."""
        return ()

    def why(self) -> str:
        """The question for the reason."""
        return _("Why?")

    def fields(self) -> Sequence[Widget]:
        """Fields before the reason."""
        return ()

    def answer(self, reason: str) -> R | None:
        """The answer with this reason; None after a complaint about a field."""
        raise NotImplementedError

    # -- inside --

    def content(self) -> ComposeResult:
        yield Static("", id="nouns")
        yield Static("", id="warnings")
        yield from self.fields()
        yield Static("", id="why")
        yield ReasonList(said_words(self.words), takes=False, id="reasons")
        yield Field("reason", _label, Input(self.given, id="reason", select_on_focus=False, max_length=100))

    def keys_text(self) -> str:
        return _("1-9 reason   Tab next field   Enter or F7 yes   Esc no")

    def relabel(self) -> None:
        super().relabel()
        self.query_one("#nouns", Static).update(_lines(self.nouns()))
        self.query_one("#why", Static).update(Text(self.why()))
        self.query_one(ReasonList).say(said_words(self.words))
        self.warn(self.warnings())

    def warn(self, warnings: Sequence[str]) -> None:
        """Say what speaks against it; nothing takes the lines away."""
        line = self.query_one("#warnings", Static)
        line.update(_lines(warnings))
        line.set_class(bool(warnings), "-on")

    def on_input_submitted(self) -> None:
        self.action_confirm()

    def reason(self) -> str:
        """The code of the picked reason, or what was typed; empty when neither."""
        typed = self.query_one("#reason", Input).value.strip()
        if typed:
            return code_of(typed, self.words)
        at = self.query_one(ReasonList).at
        return "" if at is None else self.words[at].code

    def confirm(self) -> None:
        reason = self.reason()
        self.query_one("#field-reason", Field).complain("" if reason else _("give a reason"))
        if reason and (answer := self.answer(reason)) is not None:
            self.dismiss(answer)


def _label() -> str:
    return _("Other reason")


def _lines(said: Sequence[str]) -> Text:
    return Text("\n".join(safe_text(each, 300) for each in said))
