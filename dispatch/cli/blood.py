"""`czt blood`: the work of a blood centre, from files alone."""

import typer

from dispatch.language import _

app = typer.Typer(
    help=_("Blood: where to get it, and how much to plan for, from files alone."),
    no_args_is_help=True,
    rich_markup_mode=None,
)

# each registers its commands on `app`
from dispatch.cli import (  # noqa: E402
    blood_demand,
    blood_plan,
)

__all__ = ["app", "blood_demand", "blood_plan"]
