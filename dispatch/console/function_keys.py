"""The line of function keys: what each does here and now, and the first key of a command."""

from typing import TYPE_CHECKING

from dispatch.console.commands import Command
from dispatch.console.dialogs.base import Dialog
from dispatch.console.rights import refusal
from dispatch.console.widgets.statusbar import KeyLabel

if TYPE_CHECKING:
    from dispatch.console.app import ConsoleApp


class FunctionKeys:
    """Reads the keymap of whoever sits here; `forget` when somebody of another trade does."""

    def __init__(self, console: "ConsoleApp") -> None:
        self._console = console
        self._commands: dict[str, Command] = {}

    def forget(self) -> None:
        self._commands.clear()

    def labels(self) -> list[KeyLabel]:
        """F1 to F12 as far as they have a meaning, and whether they are heard now."""
        console, labels = self._console, []
        screen = console.base_screen
        for key, line in console.keymap.everywhere.items():
            if not (key[0] == "f" and key[1:].isdigit()):
                continue
            command = self._command_of(line)
            label = (screen.label(command.name()) if screen else "") or console.trade.label(
                command, console.screen_name
            )
            heard = not isinstance(console.screen, Dialog) or command.name() in Dialog.SHARED_KEYS
            able = heard and not refusal(command, console)
            labels.append(KeyLabel(key.upper(), label, line, able, line == f"goto {console.screen_name}"))
        return labels

    def key_of(self, line: str) -> str:
        """The first key of a command line on any screen, as it is printed; else the line to type."""
        keys = self._console.keymap.keys_anywhere(line)
        return keys[0] if keys else f":{line}"

    def _command_of(self, line: str) -> Command:
        """The command of a function key, read once: it is painted four times a second."""
        command = self._commands.get(line)
        if command is None:
            command = self._commands[line] = self._console.registry.parse(line, self._console.desk)
        return command
