"""Help: the keys and commands of the registry, or one command."""

from typing import ClassVar

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from dispatch.console.commands import GROUPS, Command
from dispatch.console.commands.navigation import SCREEN_TITLES
from dispatch.console.keycard import command_rows, key_rows, moving_rows
from dispatch.console.reach import reach
from dispatch.console.results import LineTyped
from dispatch.console.screens.base import ConsoleScreen
from dispatch.console.theme import Look, look
from dispatch.language import _
from dispatch.text import fit, safe_text

_KEY_CELLS = 17


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
            keys = reach(self.console.keymap).get(command.name(), ()) if command else ()
            text = one_command(command, styles, keys) if command else self._commands(styles)
            self.query_one("#commands", Static).update(text)

    def action_back(self) -> None:
        """To the screen that was left for the help."""
        self.post_message(LineTyped(f"goto {self.console.previous_screen}"))

    def show_one(self, kind: str, key: str) -> bool:
        self.topic = key if kind == "command" else ""
        self.show_all()
        self.query_one("#body", VerticalScroll).scroll_home(animate=False)
        return True

    def _keys(self, styles: Look) -> Group:
        """The keys of the screen that was left for the help come first."""
        parts: list[RenderableType] = []
        rows = list(key_rows(self.console.keymap, self.console.registry))
        left = self.console.previous_screen
        here = [(row.key, row.says) for row in rows if row.screen == left]
        if here:
            parts += _section(_("Here: {screen}", screen=_(SCREEN_TITLES[left])), here, styles)
        everywhere = [(row.key, row.says) for row in rows if not row.screen]
        parts += _section(_("Keys on every screen"), everywhere, styles)
        parts += _section(_("Moving"), moving_rows(), styles)
        trade = self.console.trade
        for screen in (one for one in self.console.keymap.by_screen if one in trade.screens and one != left):
            own = [(row.key, row.says) for row in rows if row.screen == screen]
            parts += _section(_("Only on: {screen}", screen=_(SCREEN_TITLES[screen])), own, styles)
        ground = self.console.ground
        parts.append(Text(_("Map data"), styles["title"]))
        for line in (ground.map_number, ground.source, ground.river_source):
            parts.append(Padding(Text(safe_text(line, 600), styles["normal"]), (0, 0, 0, 2)))
        return Group(*parts, "")

    def _commands(self, styles: Look) -> Group:
        parts: list[RenderableType] = []
        for group in GROUPS:
            offered = self.console.trade.offered(command_rows(group), self.desk)
            if offered:
                parts.append(Text(_(group), styles["title"]))
            for command in offered:
                lines = [(command.usage(), "strong", 2), (_(command.help), "normal", 4)]
                lines += [(command.example, "dim", 4)] if command.example else []
                parts += [Padding(Text(text, styles[style]), (0, 0, 0, left)) for text, style, left in lines]
            parts += [""] if offered else []
        return Group(*parts)


def one_command(command: type[Command], styles: Look, keys: tuple[str, ...] = ()) -> Text:
    """One command: how to type it, what it does, its keys, its other names, an example."""
    text = Text()
    text.append(f"{_(command.title)}\n\n", styles["title"])
    text.append(f"  {command.usage()}\n\n", styles["strong"])
    text.append(f"{_(command.help)}\n\n", styles["normal"])
    if keys:
        said = _("Keys from the incidents: {keys}", keys="  ".join(keys))
        text.append(f"{said}\n", styles["normal"])
    text.append(f"{_('Also: {verbs}', verbs=', '.join(command.verbs[1:]))}\n", styles["dim"])
    for arg in command.args:
        text.append(f"  {fit(_(arg.title), _KEY_CELLS)}", styles["dim"])
        text.append(f"{arg.hint}\n", styles["normal"])
    if command.example:
        text.append(f"\n{_('Example: {example}', example=command.example)}\n", styles["strong"])
    return text


def _section(title: str, rows: list[tuple[str, str]], styles: Look) -> list[RenderableType]:
    """A title, and keys beside what they do; long words go on below themselves."""
    if not rows:
        return []
    table = Table.grid(padding=(0, 1))
    table.add_column(width=_KEY_CELLS + 2, style=styles["strong"])
    table.add_column(style=styles["normal"], ratio=1, overflow="fold")
    for key, says in rows:
        table.add_row(Text(f"  {key}"), Text(says))
    return [Text(title, styles["title"]), table, ""]


class _Body(VerticalScroll, can_focus=True):
    def compose(self) -> ComposeResult:
        yield Static("", id="keys")
        yield Static("", id="commands")
