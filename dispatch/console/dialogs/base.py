"""A dialog stands in the middle and never covers the feeds, the alarm line, the result or the drill sign."""

import time
from typing import ClassVar, Generic, TypeVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.timer import Timer

from dispatch.console.dialogs.fields import Field
from dispatch.console.dialogs.help import DialogHelp
from dispatch.console.modal import Modal
from dispatch.console.results import LineTyped
from dispatch.language import _

A = TypeVar("A")
LATE_S = 0.05
"""A timer that comes so much too late tells that keys may wait to be heard."""


class Dialog(Modal[A], Generic[A]):
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
        Binding("f1", "help", show=False),
        Binding("f12", "switch_language", show=False),
    ]

    SHARED_KEYS: ClassVar[frozenset[str]] = frozenset({"ack", "lang"})
    """Whose function keys do here what they do everywhere; the dialog's own keys stand in its frame."""

    def __init__(self) -> None:
        super().__init__()
        self.armed = False
        self.guard_s = self.quiet_s = 0.0
        """Seconds a key must rest before it confirms; and that must pass after it without a second press.

        A key held down opens a dialog, rests while the keyboard waits to repeat it, and then comes many
        times a second: neither the first press nor the repeats confirm anything.
        """
        self._guard: Timer | None = None
        self._pressed: Timer | None = None
        self._alone_at = 0.0

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
        self._rest()

    def _rest(self) -> None:
        """Hear no confirmation until no key has asked for one for `guard_s`."""
        if self._guard is not None:
            self._guard.stop()
        self.armed = not self.guard_s
        if self.guard_s:
            self._guard = self.set_timer(self.guard_s, self._arm)

    def _arm(self) -> None:
        self.armed = True

    def frame(self) -> None:
        """Once a second: say anew what moves on while the dialog stands."""

    def act(self, line: str) -> None:
        """Have a command carried out while the dialog stays."""
        self.post_message(LineTyped(line))

    def action_confirm(self) -> None:
        if not self.armed:
            self._rest()
        elif not self.quiet_s:
            self.confirm()
        elif self._pressed is None:
            self._wait_alone()
        else:
            self._pressed.stop()
            self._pressed = None
            self._rest()

    def _wait_alone(self) -> None:
        self._alone_at = time.monotonic() + self.quiet_s
        self._pressed = self.set_timer(self.quiet_s, self._pressed_once)

    def _pressed_once(self) -> None:
        """No second press was heard; one that came while this program was busy is heard first."""
        if time.monotonic() > self._alone_at + LATE_S:
            self._wait_alone()
            return
        self._pressed = None
        if self.is_current:
            self.confirm()

    def confirm(self) -> None:
        """Do what the dialog is for, or complain about what is missing."""
        raise NotImplementedError

    def action_leave(self) -> None:
        self.dismiss(None)

    def action_acknowledge(self) -> None:
        self.act("ack")

    def action_help(self) -> None:
        """The keys of this dialog and of the field in use, over it: what was typed stays."""
        self.app.push_screen(DialogHelp(self.title_text, self.help_lines))

    def help_lines(self) -> list[str]:
        """What can be done here, the field that has the focus first."""
        said: list[str] = []
        around = self.focused.ancestors_with_self if self.focused is not None else ()
        field = next((one for one in around if isinstance(one, Field)), None)
        if field is not None:
            said += [_("In this field ({field}): {how}", field=field.label(), how=field.how())]
            if field.hint is not None and field.hint():
                said += [_("Example: {example}", example=field.hint())]
            said += [""]
        always = _("F8 acknowledges the alarm in sight   F12 switches the language   Esc leaves")
        return [*said, self.keys_text(), always]

    def action_switch_language(self) -> None:
        self.act("lang")
