"""Help: the keys and commands of the registry, or one command."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from dispatch.console.commands import GROUPS, Command
from dispatch.console.commands.navigation import SCREEN_TITLES
from dispatch.console.keycard import MOVING, command_rows, key_rows
from dispatch.console.results import LineTyped
from dispatch.console.screens.base import ConsoleScreen
from dispatch.console.theme import Look, look
from dispatch.language import _
from dispatch.text import fit

_KEY_CELLS = 23


class HelpScreen(ConsoleScreen):
    """F1."""

    NAME = "help"
    AUTO_FOCUS = "#body"
    DEFAULT_CSS = """
    HelpScreen #body { layout: vertical; padding: 1 2; }
    HelpScreen Static { height: auto; }
    HelpScreen.-middle #body, HelpScreen.-wide #body, HelpScreen.-wall #body { layout: horizontal; }
    HelpScreen.-middle #keys { width: 46; }
    HelpScreen.-wide #keys, HelpScreen.-wall #keys { width: 56; }
    HelpScreen.-middle #commands, HelpScreen.-wide #commands, HelpScreen.-wall #commands { width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", show=False)]

    def body(self) -> Widget:
        return _Body(id="body")

    def on_mount(self) -> None:
        self.topic = ""
        super().on_mount()

    def show_all(self) -> None:
        if self.ready:
            styles = look(self.app.theme)
            command = self.console.registry.named(self.topic) if self.topic else None
            self.query_one("#keys", Static).update(self._keys(styles))
            text = one_command(command, styles) if command else self._commands(styles)
            self.query_one("#commands", Static).update(text)

    def action_back(self) -> None:
        """To the screen that was left for the help."""
        self.post_message(LineTyped(f"goto {self.console.previous_screen}"))

    def show_one(self, kind: str, key: str) -> bool:
        self.topic = key if kind == "command" else ""
        self.show_all()
        self.query_one("#body", VerticalScroll).scroll_home(animate=False)
        return True

    def _keys(self, styles: Look) -> Text:
        text = Text()
        rows = list(key_rows(self.console.keymap, self.console.registry))
        _section(
            text, _("Keys on every screen"), [(row.key, row.says) for row in rows if not row.screen], styles
        )
        _section(text, _("Moving"), [(key, _(says)) for key, says in MOVING], styles)
        for screen in self.console.keymap.by_screen:
            own = [(row.key, row.says) for row in rows if row.screen == screen]
            _section(text, _("Only on: {screen}", screen=_(SCREEN_TITLES[screen])), own, styles)
        return text

    def _commands(self, styles: Look) -> Text:
        text = Text()
        for group in GROUPS:
            text.append(f"{_(group)}\n", styles["title"])
            for command in command_rows(group):
                text.append(f"  {command.usage()}\n", styles["strong"])
                text.append(f"    {_(command.help)}\n", styles["normal"])
                if command.example:
                    text.append(f"    {command.example}\n", styles["dim"])
            text.append("\n")
        return text


def one_command(command: type[Command], styles: Look) -> Text:
    """One command: how to type it, what it does, its other names, an example."""
    text = Text()
    text.append(f"{_(command.title)}\n\n", styles["title"])
    text.append(f"  {command.usage()}\n\n", styles["strong"])
    text.append(f"{_(command.help)}\n\n", styles["normal"])
    text.append(f"{_('Also: {verbs}', verbs=', '.join(command.verbs[1:]))}\n", styles["dim"])
    for arg in command.args:
        text.append(f"  {fit(_(arg.title), _KEY_CELLS)}", styles["dim"])
        text.append(f"{arg.hint}\n", styles["normal"])
    if command.example:
        text.append(f"\n{_('Example: {example}', example=command.example)}\n", styles["strong"])
    return text


def _section(text: Text, title: str, rows: list[tuple[str, str]], styles: Look) -> None:
    if not rows:
        return
    text.append(f"{title}\n", styles["title"])
    for key, says in rows:
        text.append(f"  {fit(key, _KEY_CELLS)}", styles["strong"])
        text.append(f" {says}\n", styles["normal"])
    text.append("\n")


class _Body(VerticalScroll, can_focus=True):
    def compose(self) -> ComposeResult:
        yield Static("", id="keys")
        yield Static("", id="commands")
