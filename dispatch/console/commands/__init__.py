"""Every command of the console, once: keys, palette, command line, help and key card are made of these."""

from dispatch.console.commands.alarms import Acknowledge
from dispatch.console.commands.base import GROUPS, Command
from dispatch.console.commands.blood import Blood
from dispatch.console.commands.incidents import Choose, New, Open, Pane, Point, Send, ToHospital
from dispatch.console.commands.line import Registry
from dispatch.console.commands.navigation import (
    SCREEN_WORDS,
    Find,
    Goto,
    Help,
    Refresh,
    ShowCity,
    ShowState,
    Zoom,
)
from dispatch.console.commands.system import Lang, Line, Palette, Quit, Symbols, UseTheme

__all__ = ["COMMANDS", "GROUPS", "Command", "Registry", "registry"]

COMMANDS: tuple[type[Command], ...] = (
    New, Point, Open, Choose, Send, ToHospital, Pane, Refresh,
    Blood,
    Acknowledge,
    Find, Goto, ShowCity, ShowState, Zoom,
    Help, Lang, UseTheme, Symbols, Line, Palette, Quit,
)  # fmt: skip


def registry() -> Registry:
    """All commands; the name of a screen standing alone shows that screen."""
    shorthand = {
        word: f"goto {screen}" for screen, words in SCREEN_WORDS.items() for word in (screen, *words)
    }
    return Registry(COMMANDS, shorthand)
