"""What several commands share."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from dispatch.causes import cause
from dispatch.domain.errors import DispatchError
from dispatch.language import _

ConfigDir = Annotated[
    Path | None, typer.Option("--config", help=_("folder whose files replace the shipped configuration"))
]


def text_of(path: Path) -> bytes:
    """What stands in a file, or on standard input for "-"."""
    if str(path) == "-":
        return sys.stdin.buffer.read()
    try:
        return path.read_bytes()
    except OSError as error:
        problem = _("cannot read {file}: {error}", file=path, error=cause(error))
        raise DispatchError(problem) from error
