"""`czt keys`: the card of keys, and keys of the other kind: certificates."""

import typer

from dispatch.cli.keys_pki import pki
from dispatch.language import _, current

app = typer.Typer(
    help=_("Print the card of all keys and commands; its commands make certificates."), rich_markup_mode=None
)
app.command("pki", help=_("Make a certificate authority for drills, and a certificate for each program."))(
    pki
)


@app.callback(invoke_without_command=True)
def keys(context: typer.Context) -> None:
    """Without a command: the key card in the language in use, as Markdown."""
    if context.invoked_subcommand is None:
        from dispatch.console.keycard import key_card

        typer.echo(key_card(current()), nl=False)
