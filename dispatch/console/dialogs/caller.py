"""Number and name of a caller side by side: kept at this console, never sent anywhere."""

import re

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Static

from dispatch.console.dialogs.fields import LABEL_CELLS, Field
from dispatch.language import _
from dispatch.text import fold

_NUMBER = re.compile(r"\+?[\d\s*#()-]{3,20}")


class CallerField(Field):
    """Two inputs in one line, and a dim line that says where they stay."""

    DEFAULT_CSS = f"""
    CallerField .pair {{ height: 1; width: 1fr; }}
    CallerField #number {{ width: 24; margin-right: 1; }}
    CallerField .local {{ height: 1; padding-left: {LABEL_CELLS}; color: $dim; }}
    """

    def __init__(self, number: str = "", name: str = "") -> None:
        self.number_input = Input(number, id="number", max_length=24, select_on_focus=False)
        self.name_input = Input(name, id="name", max_length=24, select_on_focus=False)
        pair = Horizontal(self.number_input, self.name_input, classes="pair")
        super().__init__("caller", lambda: _("Caller"), pair)

    def compose(self) -> ComposeResult:
        yield from super().compose()
        yield Static("", classes="local")

    def relabel(self) -> None:
        super().relabel()
        self.number_input.placeholder = _("telephone number")
        self.name_input.placeholder = _("name")
        self.query_one(".local", Static).update(Text(_("number and name stay at this console")))

    @property
    def number(self) -> str:
        """The number as typed, in half width; empty when none was."""
        return fold(self.number_input.value).strip()

    @property
    def name_given(self) -> str:
        return self.name_input.value.strip()

    def check(self) -> bool:
        """Complain about what is no telephone number, and go there."""
        fits = not self.number or _NUMBER.fullmatch(self.number) is not None
        self.complain("" if fits else _("a telephone number has digits only"))
        if not fits:
            self.number_input.focus()
        return fits
