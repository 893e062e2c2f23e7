"""`czt backup`: copy a data folder while it is in use, check such a copy, put it back."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dispatch.audit import backup
from dispatch.audit.backup import Backup
from dispatch.audit.said_times import china_time
from dispatch.cli.audit_options import AsJson
from dispatch.clock import SystemClock
from dispatch.language import _

app = typer.Typer(
    help=_("Back up a data folder, check a backup, restore it."), no_args_is_help=True, rich_markup_mode=None
)
Folder = Annotated[Path, typer.Argument(help=_("a data folder, with databases such as centre.db"))]
Place = Annotated[Path, typer.Argument(help=_("the folder of the backup"))]


@app.command("make", help=_("Copy every database of a folder, verified; programs may go on working."))
def make(
    folder: Folder,
    out: Place,
    with_callers: Annotated[
        bool,
        typer.Option("--with-callers", help=_("callers' numbers too, which are deleted after their time")),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """The folder appears only when everything in it was read back and found good."""
    _say(backup.make(folder, out, SystemClock(), with_callers=with_callers), out, as_json=as_json)


@app.command("check", help=_("Read a whole backup: every file there, unchanged and sound."))
def check(out: Place, as_json: AsJson = False) -> None:
    """Exit code 2 and the first fault when it is not."""
    _say(backup.check(out), out, as_json=as_json)


@app.command("restore", help=_("Put a backup into a folder that holds no database yet."))
def restore(out: Place, folder: Folder, as_json: AsJson = False) -> None:
    """Checked before and after; nothing is overwritten."""
    found = backup.restore(out, folder)
    _say(found, folder, as_json=as_json)
    if not as_json and any(one.rows for one in found.files):
        typer.echo(
            _(
                "rows written after {time} are not in it: the other cities will see a shorter history and "
                "ask; tell them before the centre starts, they accept it with czt audit accept",
                time=china_time(found.made_ms),
            )
        )


def _say(found: Backup, place: Path, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"place": str(place), **asdict(found)}, ensure_ascii=False))
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
