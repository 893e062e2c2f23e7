"""`czt blood`: the blood centre's work by files alone."""

import typer

from dispatch.language import _

app = typer.Typer(
    help=_("The blood centre's work: stock, orders, custody."), no_args_is_help=True, rich_markup_mode=None
)
