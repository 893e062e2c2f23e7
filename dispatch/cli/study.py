"""`czt study`: studies on simulated days; other files add their commands to `app`."""

import typer

from dispatch.language import _

app = typer.Typer(
    help=_("Studies: the same days under different rules."),
    no_args_is_help=True,
    rich_markup_mode=None,
)
