"""The command palette: the registry as a Textual provider, searched in Chinese, English and pinyin."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from rich.align import Align
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.command import CommandInput, CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.widgets.option_list import Option

from dispatch.console.commands import Command
from dispatch.console.results import LineTyped, Misread
from dispatch.console.rights import refusal
from dispatch.language import _
from dispatch.text import matches

if TYPE_CHECKING:
    from dispatch.console.app import ConsoleApp


class Entry:
    """One line of the palette."""

    def __init__(self, console: "ConsoleApp", kind: type[Command], line: str) -> None:
        self.console, self.kind, self.line = console, kind, line
        self.title = self._title()
        self.why_not = refusal(kind(line), console)

    def _title(self) -> str:
        if self.line == self.kind.name():
            return _(self.kind.title)
        try:
            command = self.console.registry.parse(self.line, self.console.desk)
        except Misread:
            return _(self.kind.title)
        label = command.label()
        return label if label == _(self.kind.title) else f"{_(self.kind.title)}{_(': ')}{label}"

    @property
    def display(self) -> Content:
        keys = " ".join(self.console.keymap.keys_of(self.line, self.console.screen_name))
        return Content.assemble(
            (self.title, "bold" if not self.why_not else "dim"),
            f"  {self.line}",
            (f"  {keys}" if keys else "", "dim"),
        )

    @property
    def help(self) -> str:
        return _("not now: {why}", why=self.why_not) if self.why_not else _(self.kind.help)

    def score(self, query: str) -> int:
        return matches(query, (self.title, self.line, *self.kind.verbs))

    def run(self) -> None:
        if self.kind.needs_fields() and self.line == self.kind.name():
            self.console.open_line(f"{self.line} ")
        else:
            self.console.submit(self.line)


class RegistryProvider(Provider):
    """Offers every command; one that cannot be used now says why."""

    @property
    def _console(self) -> "ConsoleApp":
        return cast("ConsoleApp", self.app)

    def _entries(self) -> Iterator[Entry]:
        console = self._console
        for kind in console.trade.offered(console.registry.commands, console.desk):
            for line in kind.palette_lines(console.desk):
                elsewhere = kind.name() == "goto" and line.split()[-1] not in console.trade.screens
                if kind.listed and not (elsewhere and not console.trade.ambulances):
                    yield Entry(console, kind, line)

    async def discover(self) -> Hits:
        for entry in self._entries():
            yield DiscoveryHit(entry.display, partial(entry.run), text=entry.title, help=entry.help)

    async def search(self, query: str) -> Hits:
        for entry in self._entries():
            score = entry.score(query)
            if score:
                yield Hit(score, entry.display, partial(entry.run), text=entry.title, help=entry.help)


class Palette(CommandPalette):
    """Textual's palette, with nothing in it that is not said in the language in use."""

    DEFAULT_CSS = """
    Palette { background: transparent; }
    Palette #--container { margin: 2 0; max-width: 100; border: heavy $accent; background: $surface; }
    Palette #--input { border: none; height: 1; margin: 0; padding: 0 1; }
    Palette #--input.--list-visible { border: none; }
    Palette SearchIcon { display: none; }
    Palette CommandInput, Palette CommandInput:focus { border: none; height: 1; padding: 0 1; }
    Palette #--results { overlay: none; height: auto; }
    Palette CommandList { border: none; max-height: 60vh; scrollbar-gutter: stable; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f12", "switch_language", show=False)]

    def __init__(self) -> None:
        super().__init__(providers=[RegistryProvider], placeholder=_placeholder())

    def relabel(self) -> None:
        """Say everything in the language in use; what was typed is looked for again."""
        field = self.query_one(CommandInput)
        field.placeholder = _placeholder()
        self._cancel_gather_commands()
        self._gather_commands(field.value)

    def action_switch_language(self) -> None:
        self.post_message(LineTyped("lang"))

    def _start_no_matches_countdown(self, search_value: str) -> None:
        """As in Textual 8.2.8, whose sentence cannot be translated."""
        self._stop_no_matches_countdown()

        def say_so() -> None:
            self._list_visible = bool(search_value)
            if search_value:
                nothing = Align.center(Text(_("no command fits")))
                self.query_one(CommandList).add_option(Option(nothing, disabled=True, id=self._NO_MATCHES))

        self._no_matches_timer = self.set_timer(self._NO_MATCHES_COUNTDOWN, say_so)


def _placeholder() -> str:
    return _("Command, in Chinese, English or pinyin")
