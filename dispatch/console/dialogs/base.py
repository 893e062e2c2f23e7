"""A dialog stands in the middle and never covers the feeds, the alarm line, the result or the drill sign."""

from typing import ClassVar, Generic, TypeVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen

from dispatch.console.dialogs.fields import Field
from dispatch.console.faults import Guarded
from dispatch.console.results import LineTyped

A = TypeVar("A")


class Dialog(Guarded, ModalScreen[A], Generic[A]):
    """Base of all dialogs: F7 does it, Esc leaves it, F8 acknowledges the alarm that is still in view."""

    DEFAULT_CSS = """
    Dialog { align: center middle; background: transparent; }
    Dialog > #box {
        width: 76; max-width: 100%; height: auto; max-height: 100%; margin: 2 0;
        background: $surface; border: heavy $accent; padding: 0 1;
        border-title-color: $strong; border-title-style: bold; border-subtitle-color: $dim;
    }
    Dialog > #box > #content { height: auto; max-height: 100%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("f7", "confirm", show=False),
        Binding("f8", "acknowledge", show=False),
        Binding("f12", "switch_language", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.armed = False
        self.guard_s = 0.0
        """Seconds during which a key held down cannot confirm the dialog that it has just opened."""

    def compose(self) -> ComposeResult:
        with Vertical(id="box"), VerticalScroll(id="content", can_focus=False):
            yield from self.content()

    def content(self) -> ComposeResult:
        """The widgets inside the frame."""
        raise NotImplementedError

    def title_text(self) -> str:
        """What stands in the upper edge of the frame."""
        raise NotImplementedError

    def keys_text(self) -> str:
        """What stands in the lower edge: the keys."""
        raise NotImplementedError

    def relabel(self) -> None:
        """Say everything in the language in use."""
        box = self.query_one("#box")
        box.border_title = Text(self.title_text())
        box.border_subtitle = Text(self.keys_text())
        for field in self.query(Field):
            field.relabel()

    def on_mount(self) -> None:
        self.relabel()
        if self.guard_s:
            self.set_timer(self.guard_s, self._arm)
        else:
            self._arm()

    def _arm(self) -> None:
        self.armed = True

    def act(self, line: str) -> None:
        """Have a command carried out while the dialog stays."""
        self.post_message(LineTyped(line))

    def action_confirm(self) -> None:
        if self.armed:
            self.confirm()

    def confirm(self) -> None:
        """Do what the dialog is for, or complain about what is missing."""
        raise NotImplementedError

    def action_leave(self) -> None:
        self.dismiss(None)

    def action_acknowledge(self) -> None:
        self.act("ack")

    def action_switch_language(self) -> None:
        self.act("lang")
