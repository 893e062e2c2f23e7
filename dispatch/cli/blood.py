"""`czt blood`: the blood side from files alone; other files add their commands to `app`."""

import typer

from dispatch.language import _

app = typer.Typer(
    help=_("Blood: stock, sources, moves before outdate, custody."),
    no_args_is_help=True,
    rich_markup_mode=None,
)
