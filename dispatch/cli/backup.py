"""`czt backup`: copy a data folder while it is in use, check such a copy, put it back."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dispatch.audit import backup
from dispatch.audit.backup import Backup
from dispatch.audit.backup_seal import Seal, opened
from dispatch.audit.keyring import load_private, load_trusted, parse_public
from dispatch.audit.notes import PublicKey
from dispatch.audit.said_times import china_time
from dispatch.cli.audit_options import AsJson, Key, Trusted
from dispatch.cli.options import ConfigDir
from dispatch.clock import SystemClock
from dispatch.domain.errors import DispatchError
from dispatch.language import _, current
from dispatch.settings.audit import city_names, load_trust

app = typer.Typer(
    help=_("Back up a data folder, check a backup, restore it."), no_args_is_help=True, rich_markup_mode=None
)
Folder = Annotated[Path, typer.Argument(help=_("a data folder, with databases such as centre.db"))]
Signed = Annotated[bool, typer.Option("--signed", help=_("refuse a backup that no trusted key has signed"))]
Place = Annotated[Path, typer.Argument(help=_("the folder of the backup"))]


@app.command("make", help=_("Copy every database of a folder, verified; programs may go on working."))
def make(
    folder: Folder,
    out: Place,
    with_callers: Annotated[
        bool,
        typer.Option("--with-callers", help=_("callers' numbers too, which are deleted after their time")),
    ] = False,
    sign: Annotated[
        Path | None, typer.Option("--sign", help=_("the city's private keys, to sign the backup with"))
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The folder appears only when everything in it was read back and found good."""
    keys = None if sign is None else load_private(sign)
    made = backup.make(
        folder, out, SystemClock(), with_callers=with_callers, key=None if keys is None else keys.log
    )
    _say(made, out, opened(out, () if keys is None else keys.public), as_json=as_json)


@app.command("check", help=_("Read a whole backup: every file there, unchanged and sound."))
def check(
    out: Place,
    signed: Signed = False,
    trusted: Trusted = None,
    key: Key = None,
    config: ConfigDir = None,
    as_json: AsJson = False,
) -> None:
    """Exit code 2 and the first fault when it is not."""
    found = _seal(out, _keys(trusted, key, config), needed=signed)
    _say(backup.check(out), out, found, as_json=as_json)


@app.command("restore", help=_("Put a backup into a folder that holds no database yet."))
def restore(
    out: Place,
    folder: Folder,
    signed: Signed = False,
    trusted: Trusted = None,
    key: Key = None,
    config: ConfigDir = None,
    as_json: AsJson = False,
) -> None:
    """Checked before and after; nothing is overwritten."""
    seal = _seal(out, _keys(trusted, key, config), needed=signed)
    found = backup.restore(out, folder)
    _say(found, folder, seal, as_json=as_json)
    if not as_json and any(one.rows for one in found.files):
        typer.echo(
            _(
                "rows written after {time} are not in it: the other cities will see a shorter history and "
                "ask; tell them before the centre starts, they accept it with czt audit accept",
                time=china_time(found.made_ms),
            )
        )


def _keys(file: Path | None, keys: list[str] | None, config: Path | None) -> tuple[PublicKey, ...]:
    """The keys to go by; none at all is no fault here."""
    listed = load_trust(config) if file is None else load_trusted(file)
    return (*listed, *(parse_public(one) for one in keys or ()))


def _seal(out: Path, keys: tuple[PublicKey, ...], *, needed: bool) -> Seal | None:
    found = opened(out, keys)
    if needed and (found is None or not found.trusted):
        raise DispatchError(_("no key that is trusted here has signed {file}", file=out))
    return found


def _say(found: Backup, place: Path, seal: Seal | None, *, as_json: bool) -> None:
    if as_json:
        said = {"place": str(place), **asdict(found), "seal": None if seal is None else asdict(seal)}
        typer.echo(json.dumps(said, ensure_ascii=False))
        return
    for one in found.files:
        rows = _("{size} rows", size=one.rows) if one.rows else ""
        typer.echo(f"{one.name}  {one.size}  {one.sha256[:16]}  {rows}".rstrip())
    size = backup.total(found.files)
    typer.echo(
        _(
            "good: {count} files, {size} bytes, as of {time}, in {file}",
            count=len(found.files),
            size=size,
            time=china_time(found.made_ms),
            file=place,
        )
    )
    typer.echo(_said(seal))


def _said(seal: Seal | None) -> str:
    if seal is None:
        return _("nobody signed it: it is whole, but nothing shows who made it (czt backup make --sign FILE)")
    city = city_names(current()).get(seal.city, seal.city)
    if not seal.trusted:
        return _("signed in the name of {city}, by a key that is not trusted here", city=city)
    return _("signed by {city} on {time}", city=city, time=china_time(seal.at_ms))
