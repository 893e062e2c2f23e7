"""The options that all commands of `czt recommend` share."""

from pathlib import Path
from typing import Annotated

import typer

from dispatch.language import _

PictureFile = Annotated[
    Path, typer.Option("--picture", help=_("the picture as JSON (schema: picture); - reads standard input"))
]
RequestFile = Annotated[
    Path, typer.Option("--request", help=_("the request as JSON; - reads standard input"))
]
AsJson = Annotated[bool, typer.Option("--json", help=_("print everything as JSON"))]
RoadsFile = Annotated[
    Path | None,
    typer.Option("--roads", help=_("a road graph made by czt roads import; default: the settings")),
]
Most = Annotated[int, typer.Option("--most", min=1, help=_("lines of candidates and of exclusions"))]
