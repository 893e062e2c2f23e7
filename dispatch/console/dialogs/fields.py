"""Fields of a form: one line each, made for the keyboard, labelled anew when the language changes."""

# ruff: noqa: ARG002 - signatures are Textual's

from collections.abc import Callable, Sequence
from typing import ClassVar, Generic, TypeVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from dispatch.console.faults import Guarded
from dispatch.console.theme import look
from dispatch.language import _
from dispatch.text import cell_width, fit, fold, safe_text

V = TypeVar("V")
LABEL_CELLS = 14


class ChoiceRow(Guarded, Widget, Generic[V], can_focus=True):
    """Options side by side: arrows or the digit of an option choose; with `many`, space marks several."""

    DEFAULT_CSS = "ChoiceRow { height: auto; width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", show=False),
        Binding("right", "step(1)", show=False),
        Binding("space", "mark", show=False),
    ]

    class Changed(Message):
        """Another option was chosen or marked."""

    def __init__(
        self,
        options: Sequence[tuple[V, Callable[[], str]]],
        *,
        value: V | None = None,
        many: bool = False,
        shy: bool = False,
        id: str | None = None,  # noqa: A002
    ) -> None:
        """`shy`: digits are drawn only while they choose here; elsewhere in the form they do other things."""
        super().__init__(id=id)
        self.options, self.many, self.shy = tuple(options), many, shy
        values = [option for option, _label in options]
        self.at = values.index(value) if value in values else 0
        self.marked: set[int] = set()
        self._zones: list[tuple[int, int, int, int]] = []

    @property
    def value(self) -> V:
        """The option under the cursor."""
        return self.options[self.at][0]

    @property
    def values(self) -> tuple[V, ...]:
        """The marked options, in their order."""
        return tuple(option for index, (option, _label) in enumerate(self.options) if index in self.marked)

    def offer(self, options: Sequence[tuple[V, Callable[[], str]]]) -> None:
        """Other options; what was chosen and marked stays so where it is still offered."""
        chosen, marked = self.value if self.options else None, self.values
        self.options = tuple(options)
        values = [option for option, _label in options]
        self.at = values.index(chosen) if chosen in values else 0
        self.marked = {values.index(value) for value in marked if value in values}
        self.refresh(layout=True)

    def mark(self, values: Sequence[V]) -> None:
        """Mark these options and no others; what is not offered is passed over."""
        self.marked = {place for place, (option, _label) in enumerate(self.options) if option in values}
        self.refresh()

    def choose(self, value: V) -> None:
        self._go([option for option, _label in self.options].index(value))

    def action_step(self, step: int) -> None:
        self._go((self.at + step) % len(self.options))

    def action_mark(self) -> None:
        if self.many:
            self.marked ^= {self.at}
            self.refresh()
            self.post_message(self.Changed())

    def on_key(self, event: events.Key) -> None:
        digit = fold(event.character or "")
        if digit.isdigit() and 1 <= int(digit) <= len(self.options):
            event.stop()
            self._go(int(digit) - 1)
            self.action_mark()

    def on_click(self, event: events.Click) -> None:
        for index, y, start, end in self._zones:
            if event.y == y and start <= event.x < end:
                self._go(index)
                self.action_mark()

    def _go(self, at: int) -> None:
        self.at = at
        self.refresh()
        self.post_message(self.Changed())

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return len(self._lines(width))

    def _chips(self) -> list[str]:
        mark = {True: "[x] ", False: "[ ] "}
        chips = []
        for index, (_value, label) in enumerate(self.options):
            digit = str(index + 1)
            shown = digit if self.has_focus or not self.shy else " " * len(digit)
            chips.append(f" {shown} {mark[index in self.marked] if self.many else ''}{label()} ")
        return chips

    def _lines(self, width: int) -> list[list[int]]:
        lines: list[list[int]] = [[]]
        used = 0
        for index, chip in enumerate(self._chips()):
            if used + cell_width(chip) > max(1, width) and lines[-1]:
                lines.append([])
                used = 0
            lines[-1].append(index)
            used += cell_width(chip) + 1
        return lines

    def render(self) -> Text:
        styles, chips = look(self.app.theme), self._chips()
        text, self._zones = Text(no_wrap=True), []
        for y, line in enumerate(self._lines(self.size.width)):
            if y:
                text.append("\n")
            x = 0
            for index in line:
                chosen = index == self.at and (not self.many or self.has_focus)
                name = "selected" if chosen and self.has_focus else "selected_blurred" if chosen else "normal"
                if index in self.marked and not chosen:
                    name = "strong"
                text.append(chips[index], styles[name])
                text.append(" ")
                self._zones.append((index, y, x, x + cell_width(chips[index])))
                x += cell_width(chips[index]) + 1
        return text


class Field(Guarded, Vertical):
    """A label, one input or choice, and under it what is wrong with it."""

    DEFAULT_CSS = f"""
    Field {{ height: auto; }}
    Field > Horizontal {{ height: auto; }}
    Field .label {{ width: {LABEL_CELLS}; color: $dim; }}
    Field .label.-focus {{ color: $strong; text-style: bold; }}
    Field .wrong {{ height: auto; padding-left: {LABEL_CELLS}; color: $warning; display: none; }}
    Field .wrong.-on {{ display: block; }}
    Field Input {{ width: 1fr; height: 1; border: none; padding: 0 1; background: $panel; }}
    Field Input:focus {{ border: none; background: $cursor; color: $on-cursor; }}
    """

    def __init__(
        self, name: str, label: Callable[[], str], control: Widget, *, hint: Callable[[], str] | None = None
    ) -> None:
        super().__init__(id=f"field-{name}")
        self.label, self.control, self.hint = label, control, hint
        self.wrong = ""

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static("", classes="label")
            yield self.control
        yield Static("", classes="wrong")

    def on_mount(self) -> None:
        self.relabel()

    def on_descendant_focus(self) -> None:
        self.query_one(".label").add_class("-focus")

    def on_descendant_blur(self) -> None:
        self.query_one(".label").remove_class("-focus")

    def relabel(self) -> None:
        """Say the label and the hint in the language in use; a console that is ending has no labels."""
        for label in self.query(".label").results(Static):
            label.update(Text(fit(self.label(), LABEL_CELLS - 1)))
        if isinstance(self.control, Input) and self.hint is not None:
            self.control.placeholder = self.hint()
        self.control.refresh(layout=True)

    def how(self) -> str:
        """How this field is filled, in one sentence."""
        if not isinstance(self.control, ChoiceRow):
            return _("type, in Chinese or pinyin as well; Tab goes on, Shift+Tab goes back")
        if self.control.many:
            return _("arrows move, a digit or the space bar marks several; Tab goes on")
        return _("a digit or the arrows choose; Tab goes on")

    def complain(self, wrong: str) -> None:
        """Show what is wrong with this field; an empty text takes it away."""
        self.wrong = wrong
        line = self.query_one(".wrong", Static)
        said = _("{what}: {problem}", what=self.label(), problem=wrong) if wrong else ""
        line.update(Text(safe_text(said)))
        line.set_class(bool(wrong), "-on")


def complaint_missing() -> str:
    """What is said of a field that must not be empty."""
    return _("is missing")
