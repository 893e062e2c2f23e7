"""`czt blood`: the work of a blood centre; other files add their commands to `app`."""

import typer

from dispatch.language import _

app = typer.Typer(
    help=_("Blood: stock, sources, moves before outdate, custody."),
    no_args_is_help=True,
    rich_markup_mode=None,
)

# each registers its commands on `app`
from dispatch.cli import (  # noqa: E402
    blood_demand,
    blood_plan,
)

__all__ = ["app", "blood_demand", "blood_plan"]
