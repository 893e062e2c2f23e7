"""`czt blood`: everything of the blood side; the commands stand in the files blood_*.py."""

import typer

from dispatch.language import _

app = typer.Typer(
    help=_("Blood: stock, how long it lasts, labels, publishing a bank's own counts."),
    no_args_is_help=True,
    rich_markup_mode=None,
)
