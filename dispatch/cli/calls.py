"""`czt calls`: a console's callers against its audit log. Numbers are never printed here."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dispatch.calls.check import check
from dispatch.language import _
from dispatch.text import safe_text

app = typer.Typer(
    help=_("Callers of a console: whether they are as the audit log has them; never a number."),
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def group() -> None:
    """Keeps `check` a command of its own."""


@app.command("check", help=_("Compare the calls a console keeps with the commitments in its audit log."))
def check_command(
    calls: Annotated[Path, typer.Argument(help=_("the file of calls, such as calls.db"))],
    log: Annotated[Path, typer.Argument(help=_("the audit log of the same console, such as audit.db"))],
    as_json: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
) -> None:
    """Exit code 1 when a call was changed, or vanished without a row."""
    found = check(calls, log)
    if as_json:
        typer.echo(json.dumps({**asdict(found), "holds": found.holds}, ensure_ascii=False))
    else:
        typer.echo(
            _(
                "{good} calls are as the log has them, {erased} were erased by it",
                good=found.good,
                erased=found.erased,
            )
        )
        if found.waiting:
            typer.echo(_("{count} calls wait for a log that could not be written", count=found.waiting))
        for incident in found.foreign:
            typer.echo(_("{incident}: a call is not as the log has it", incident=safe_text(incident, 40)))
        for incident in found.vanished:
            typer.echo(_("{incident}: a call is gone, and no row says why", incident=safe_text(incident, 40)))
    if not found.holds:
        raise typer.Exit(1)
