"""`czt completion`: the lines that teach a shell to complete `czt`."""

from enum import StrEnum
from typing import Annotated

import typer
from typer._completion_shared import get_completion_script

from dispatch.cli import COMPLETING
from dispatch.language import _


class Shell(StrEnum):
    """Shells whose completion is known."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(shell: Annotated[Shell, typer.Argument(help=_("bash, zsh or fish"))]) -> None:
    """Print the script; the help says where each shell looks for it."""
    typer.echo(get_completion_script(prog_name="czt", complete_var=COMPLETING, shell=shell.value))
