"""All commands of `czt` with what is below them, imported: for the manual page and its tests."""

from collections.abc import Iterator

from typer._click import Command
from typer.core import TyperGroup

from dispatch.cli.app import Commands
from dispatch.cli.lazily import imported


def tree() -> Iterator[tuple[str, Command]]:
    """(words after `czt`, command) of every group and command, in the order of the help."""
    for name, (place, said) in Commands.late.items():
        yield from _below(name, imported(name, place, said))


def leaves() -> Iterator[tuple[str, Command]]:
    """Those that do something by themselves."""
    for path, command in tree():
        if not isinstance(command, TyperGroup) or command.invoke_without_command:
            yield path, command


def _below(path: str, command: Command) -> Iterator[tuple[str, Command]]:
    yield path, command
    if isinstance(command, TyperGroup):
        for name, one in command.commands.items():
            yield from _below(f"{path} {name}", one)
