"""Run cards as forms: pick one, fill in what it needs, see its steps, then let it run."""

from collections.abc import Callable, Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input, Static

from dispatch.console.cards import missing, step_lines
from dispatch.console.dialogs.base import Dialog
from dispatch.console.dialogs.fields import Field, complaint_missing
from dispatch.console.widgets.reasons import ReasonList
from dispatch.language import _, current
from dispatch.settings.cards import CardParam, RunCard
from dispatch.text import safe_text


class CardsDialog(Dialog[str]):
    """All cards; Enter or a digit takes one."""

    DEFAULT_CSS = "CardsDialog ReasonList { margin: 1 0; }"

    def __init__(self, cards: Sequence[RunCard]) -> None:
        super().__init__()
        self.cards = cards

    def content(self) -> ComposeResult:
        yield ReasonList(self._said())

    def _said(self) -> list[str]:
        return [
            f"{safe_text(card.title.text(current()))}  {safe_text(card.about.text(current()))}"
            for card in self.cards
        ]

    def title_text(self) -> str:
        return _("Run cards")

    def keys_text(self) -> str:
        return _("1-9 or arrows and Enter opens one   Esc leave")

    def relabel(self) -> None:
        super().relabel()
        self.query_one(ReasonList).give(self._said())

    def on_reason_list_taken(self, event: ReasonList.Taken) -> None:
        event.stop()
        self.dismiss(self.cards[event.at].code)

    def confirm(self) -> None:
        at = self.query_one(ReasonList).at
        if at is not None:
            self.dismiss(self.cards[at].code)


class CardDialog(Dialog[dict[str, str]]):
    """One card with its parameters and its steps as they will be given; nothing is done before F7."""

    DEFAULT_CSS = """
    CardDialog #about { color: $dim; padding: 0 1 1 1; height: auto; }
    CardDialog #steps { color: $strong; padding: 1 1; height: auto; }
    """
    BINDINGS = [Binding("enter", "confirm", show=False)]

    def __init__(self, card: RunCard, values: dict[str, str]) -> None:
        super().__init__()
        self.card, self.start = card, values

    def content(self) -> ComposeResult:
        yield Static("", id="about")
        for param in self.card.params:
            value = Input(self.start.get(param.name, ""), id=param.name, select_on_focus=False, max_length=80)
            yield Field(param.name, _title(param), value, hint=_hint(param))
        yield Static("", id="steps")

    @property
    def values(self) -> dict[str, str]:
        """What stands in the fields now."""
        return {
            param.name: self.query_one(f"#{param.name}", Input).value.strip() for param in self.card.params
        }

    def title_text(self) -> str:
        return _("Run card: {card}", card=self.card.title.text(current()))

    def keys_text(self) -> str:
        if self.card.params:
            return _("Tab next field   Enter or F7 runs the steps   Esc leave, nothing is done")
        return _("Enter or F7 runs the steps   Esc leave, nothing is done")

    def relabel(self) -> None:
        super().relabel()
        about = safe_text(self.card.about.text(current()))
        stops = _("It stops at the first step that is refused.")
        self.query_one("#about", Static).update(Text(f"{about}\n{stops}"))
        self._show_steps()

    def on_mount(self) -> None:
        super().on_mount()
        empty = missing(self.card, self.start)
        if self.card.params:
            self.query_one(f"#{(empty or [self.card.params[0].name])[0]}", Input).focus()

    def on_input_changed(self) -> None:
        self._show_steps()

    def on_input_submitted(self) -> None:
        self.action_confirm()

    def _show_steps(self) -> None:
        self.query_one("#steps", Static).update(Text("\n".join(step_lines(self.card.filled(self.values)))))

    def confirm(self) -> None:
        values = self.values
        empty = missing(self.card, values)
        for param in self.card.params:
            wrong = complaint_missing() if param.name in empty else ""
            self.query_one(f"#field-{param.name}", Field).complain(wrong)
        if empty:
            self.query_one(f"#{empty[0]}", Input).focus()
        else:
            self.dismiss(values)


def _title(param: CardParam) -> Callable[[], str]:
    return lambda: param.title.text(current())


def _hint(param: CardParam) -> Callable[[], str]:
    return lambda: safe_text(param.hint, 40)
