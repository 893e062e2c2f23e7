"""What several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from dispatch.language import _

ConfigDir = Annotated[
    Path | None, typer.Option("--config", help=_("folder whose files replace the shipped configuration"))
]
