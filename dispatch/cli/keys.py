"""`czt keys`: the card of the keyboard, certificates, and the keys that cities sign with."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from dispatch.audit.checkpoint import city_of_key
from dispatch.audit.keyring import Withdrawn, load_private, make_keys, parse_public, trust, withdraw
from dispatch.audit.notes import LOG_KEY, PublicKey
from dispatch.audit.said_times import CHINA_TIME, china_time
from dispatch.cli.keys_pki import pki
from dispatch.cli.options import ConfigDir
from dispatch.language import _, current
from dispatch.settings.audit import TRUSTED_FILE, load_trust
from dispatch.settings.files import user_folder

app = typer.Typer(
    help=_("Print the card of keys and commands; make certificates, and the keys that cities sign with."),
    invoke_without_command=True,
    rich_markup_mode=None,
)
app.command("pki", help=_("Make a certificate authority for drills, and a certificate for each program."))(
    pki
)
AsJson = Annotated[bool, typer.Option("--json", help=_("print JSON"))]


@app.callback()
def keys(context: typer.Context) -> None:
    """The key card in the language in use, as Markdown, when nothing else is asked for."""
    if context.invoked_subcommand is None:
        from dispatch.console.keycard import key_card

        typer.echo(key_card(current()), nl=False)


@app.command("make", help=_("Make the signing keys of a city in a new file that only its owner reads."))
def make(
    city: Annotated[str, typer.Argument(help=_("code of the city, such as changsha"))],
    file: Annotated[Path, typer.Argument(help=_("the private file to make, such as secrets/changsha.key"))],
    as_json: AsJson = False,
) -> None:
    """Prints the public keys, to be handed to the other cities."""
    made = make_keys(city, file)
    if not as_json:
        typer.echo(_("private keys of {city} written to {file}: never send this file", city=city, file=file))
        typer.echo(_("hand these to the other cities, and read the hash to them by telephone:"))
    _print(made.public, as_json=as_json)


@app.command("show", help=_("Print the public keys of a private file, or all that are trusted here."))
def show(
    file: Annotated[
        Path | None, typer.Argument(help=_("a private file; without it: the trusted keys"))
    ] = None,
    config: ConfigDir = None,
    as_json: AsJson = False,
) -> None:
    """What is printed is no secret."""
    found = load_trust(config) if file is None else load_private(file).public
    if not found and not as_json:
        typer.echo(_("no key is trusted here: take those of the cities in with czt keys trust"))
    _print(found, as_json=as_json)


@app.command("trust", help=_("Believe what these public keys sign from now on."))
def trust_keys(
    key: Annotated[list[str], typer.Argument(help=_("public keys, as czt keys show prints them"))],
    config: ConfigDir = None,
    as_json: AsJson = False,
) -> None:
    """Adds to trusted_keys.toml in the user's configuration folder."""
    folder = user_folder(config) or Path.home() / ".config" / "czt"
    file = folder / TRUSTED_FILE
    known = trust(file, [parse_public(one) for one in key])
    if not as_json:
        typer.echo(_("{count} keys are trusted now: {file}", count=len(known), file=file))
    _print(known, as_json=as_json)


@app.command("withdraw", help=_("Note that a trusted key may be in a stranger's hands, and since when."))
def withdraw_key(
    key: Annotated[str, typer.Argument(help=_("the public key, or its hash as --json prints it"))],
    since: Annotated[datetime, typer.Option(help=_("the first moment it may have been used (China time)"))],
    reason: Annotated[str, typer.Option(help=_("what happened"))],
    config: ConfigDir = None,
    as_json: AsJson = False,
) -> None:
    """What it signed counts from now on only where another city had cosigned it before that moment."""
    folder = user_folder(config) or Path.home() / ".config" / "czt"
    file = folder / TRUSTED_FILE
    named = [one for one in load_trust(config) if one.hash.hex() == key]
    given = named[0] if len(named) == 1 else parse_public(key)
    known = withdraw(file, given, Withdrawn(since.replace(tzinfo=CHINA_TIME), reason))
    if not as_json:
        typer.echo(
            _(
                "withdrawn: {key}. Tell the other cities; restart the centre; czt keys make makes new keys",
                key=given,
            )
        )
    _print(known, as_json=as_json)


def _print(found: tuple[PublicKey, ...], *, as_json: bool) -> None:
    if as_json:
        rows = [
            {
                "city": city_of_key(one.name),
                "use": _use(one),
                "hash": one.hash.hex(),
                "key": str(one),
                "withdrawn_s": one.withdrawn_s,
            }
            for one in found
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for one in found:
        use = _("signs its own log") if one.kind == LOG_KEY else _("cosigns what it saw of others")
        gone = (
            ""
            if one.withdrawn_s is None
            else _("withdrawn since {time}", time=china_time(one.withdrawn_s * 1000))
        )
        typer.echo(f"{one}    {city_of_key(one.name)}: {use}  {gone}".rstrip())


def _use(key: PublicKey) -> str:
    return "log" if key.kind == LOG_KEY else "witness"
