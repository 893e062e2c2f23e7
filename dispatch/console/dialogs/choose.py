"""The last question before a choice is recorded: it repeats the nouns, and asks why when it is not rank 1."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input, Static

from dispatch.console.dialogs.base import Dialog
from dispatch.console.dialogs.fields import ChoiceRow, Field
from dispatch.console.widgets.reasons import ReasonList
from dispatch.language import _
from dispatch.text import safe_text


@dataclass(frozen=True, slots=True)
class Question:
    """What is about to be done: a title, the nouns of it, what speaks against it, why it was not rank 1.

    `reasons` None: no reason is asked for. All texts are in the language in use; dialogs ask for them again
    when that changes, so that they must be worked out from what was decided, not from what is new since.
    """

    title: str
    nouns: Sequence[str]
    warnings: Sequence[str] = ()
    reasons: Sequence[str] | None = None
    units: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Yes, with the reason given and the unit picked where several could be meant."""

    reason: str | None = None
    unit: str | None = None


class ChooseDialog(Dialog[Answer]):
    """Enter or F7 does it; a digit takes an agreed reason, or one is typed."""

    DEFAULT_CSS = """
    ChooseDialog #nouns { text-style: bold; color: $strong; padding: 1 1 0 1; }
    ChooseDialog #warnings { color: $warning; padding: 0 1; }
    ChooseDialog #why { padding: 1 1 0 1; color: $dim; }
    ChooseDialog ReasonList { margin: 0 0 1 0; }
    """
    BINDINGS = [Binding("enter", "confirm", show=False)]

    def __init__(self, asked: Callable[[], Question]) -> None:
        super().__init__()
        self.asked, self.question = asked, asked()

    def content(self) -> ComposeResult:
        yield Static(self._nouns(), id="nouns")
        if self.question.warnings:
            yield Static("", id="warnings")
        if self.question.units:
            options = [(unit, lambda unit=unit: safe_text(unit)) for unit in self.question.units]
            yield Field("unit", lambda: _("Unit"), ChoiceRow(options, id="unit"))
        if self.question.reasons is not None:
            yield Static("", id="why")
            yield ReasonList(self.question.reasons, takes=False, id="reasons")
            yield Field("reason", lambda: _("Other reason"), Input(id="reason", select_on_focus=False))

    def _nouns(self) -> Text:
        """What is asked about; of several units the one that is picked now."""
        lines = [safe_text(noun) for noun in self.question.nouns]
        if self.question.units:
            picked = self.query("#unit").first(ChoiceRow).value if self.is_mounted else self.question.units[0]
            lines[0] = f"{safe_text(picked)} {lines[0]}"
        return Text("\n".join(lines))

    def on_choice_row_changed(self) -> None:
        self.query_one("#nouns", Static).update(self._nouns())

    def title_text(self) -> str:
        return self.question.title

    def keys_text(self) -> str:
        if self.question.reasons is None:
            return _("Enter or F7 yes   Esc no")
        return _("1-9 reason   Tab other reason   Enter or F7 yes   Esc no")

    def relabel(self) -> None:
        self.question = self.asked()
        super().relabel()
        self.query_one("#nouns", Static).update(self._nouns())
        if self.question.warnings:
            self.query_one("#warnings", Static).update(
                Text("\n".join(map(safe_text, self.question.warnings)))
            )
        if self.question.reasons is not None:
            self.query_one("#why", Static).update(Text(_("This is not rank 1. Why?")))
            self.query_one(ReasonList).say(self.question.reasons)

    def on_input_submitted(self) -> None:
        self.action_confirm()

    def confirm(self) -> None:
        unit = self.query_one("#unit", ChoiceRow).value if self.question.units else None
        if self.question.reasons is None:
            self.dismiss(Answer(unit=unit))
            return
        reason = self.query_one("#reason", Input).value.strip() or self.query_one(ReasonList).reason
        if reason:
            self.dismiss(Answer(reason, unit))
        else:
            self.query_one("#field-reason", Field).complain(_("a choice that is not rank 1 needs a reason"))


class YesNoDialog(Dialog[bool]):
    """A question that repeats the nouns."""

    DEFAULT_CSS = "YesNoDialog #nouns { color: $strong; padding: 1 1; }"
    BINDINGS = [Binding("enter", "confirm", show=False), Binding("y", "confirm", show=False)]

    def __init__(self, title: Callable[[], str], nouns: Callable[[], Sequence[str]]) -> None:
        """Both in the language in use, asked for again when that changes."""
        super().__init__()
        self.heading, self.nouns = title, nouns

    def content(self) -> ComposeResult:
        yield Static("", id="nouns")

    def title_text(self) -> str:
        return self.heading()

    def relabel(self) -> None:
        super().relabel()
        self.query_one("#nouns", Static).update(Text("\n".join(map(safe_text, self.nouns()))))

    def keys_text(self) -> str:
        return _("Enter or F7 yes   Esc no")

    def confirm(self) -> None:
        self.dismiss(True)
