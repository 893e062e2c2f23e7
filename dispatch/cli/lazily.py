"""Commands that are imported when somebody calls them: `czt --help` waits for none of them."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import ClassVar

import typer
from typer._click import Command, Context
from typer.core import TyperCommand, TyperGroup

from dispatch.cli.helping import with_examples


class LateGroup(TyperGroup):
    """A group whose commands are named by `late`: name -> ("module:function or Typer", help)."""

    late: ClassVar[Mapping[str, tuple[str, str]]] = {}

    def list_commands(self, ctx: Context) -> list[str]:
        """All names, in the order of `late`."""
        for name, (_place, said) in self.late.items():
            self.commands.setdefault(name, TyperCommand(name, help=said, rich_markup_mode=None))
        return super().list_commands(ctx)

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """The command that is called, imported now."""
        self.list_commands(ctx)
        if args[0] in self.late:
            place, said = self.late[args[0]]
            self.commands[args[0]] = imported(args[0], place, said)
        return super().resolve_command(ctx, args)


def imported(name: str, place: str, said: str) -> Command:
    """The command, or the group of commands, at "module:attribute"."""
    module, _colon, attribute = place.partition(":")
    with loading():
        found = getattr(import_module(module), attribute)
    if isinstance(found, typer.Typer):
        group = typer.main.get_group(found)
        group.name = name
        return with_examples(name, group)
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    alone.command(name, help=said)(found)
    return with_examples(name, typer.main.get_command(alone))


@contextmanager
def loading() -> Iterator[None]:
    """Import without garbage collections, and set aside for good what was imported.

    Modules leave no garbage, and Python looks for some through all of them again and again: a tenth of the
    time until the console stands. Later collections have that much less to look through.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collecting:
            gc.enable()
