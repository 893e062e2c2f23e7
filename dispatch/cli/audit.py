"""`czt audit`: look into an audit log, prove it, take it out."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from dispatch.audit.export import CHINA_TIME, Format, export, show
from dispatch.audit.gate import Head
from dispatch.audit.read import Filter, rows, summary
from dispatch.audit.verify import verify
from dispatch.domain.errors import DispatchError
from dispatch.language import _, current

app = typer.Typer(
    help=_("Look into an audit log, prove it, take it out."), no_args_is_help=True, rich_markup_mode=None
)

LogFile = Annotated[Path, typer.Argument(help=_("the audit log, a file such as audit.db"))]
AsJson = Annotated[bool, typer.Option("--json", help=_("print JSON"))]
Action = Annotated[str | None, typer.Option(help=_('an action, or a family of actions such as "unit"'))]
Actor = Annotated[str | None, typer.Option(help=_("who did it"))]
Target = Annotated[str | None, typer.Option(help=_("what it was done to, such as an incident number"))]
Since = Annotated[datetime | None, typer.Option(help=_("from this time on (China time)"))]
Until = Annotated[datetime | None, typer.Option(help=_("before this time (China time)"))]


def _filter(
    action: str | None,
    actor: str | None,
    target: str | None,
    since: datetime | None,
    until: datetime | None,
    last: int | None = None,
) -> Filter:
    return Filter(
        action=action,
        actor=actor,
        target=target,
        since=since.replace(tzinfo=CHINA_TIME) if since else None,
        until=until.replace(tzinfo=CHINA_TIME) if until else None,
        last=last,
    )


def _there(log: Path) -> Path:
    if not log.is_file():
        raise DispatchError(_("there is no audit log at {file}", file=log))
    return log


@app.command("show", help=_("Print the rows, oldest first."))
def show_rows(
    log: LogFile,
    action: Action = None,
    actor: Actor = None,
    target: Target = None,
    since: Since = None,
    until: Until = None,
    last: Annotated[int | None, typer.Option(min=1, help=_("only the last so many rows"))] = None,
    counts: Annotated[
        bool, typer.Option("--counts", help=_("only how often each action stands there"))
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Rows as lines or as JSON lines."""
    only = _filter(action, actor, target, since, until, last)
    if counts:
        found = summary(_there(log), only)
        if as_json:
            typer.echo(json.dumps(asdict(found), ensure_ascii=False))
        else:
            typer.echo("\n".join(f"{count:8d}  {name}" for name, count in found.actions.items()))
    elif as_json:
        for row in rows(_there(log), only):
            typer.echo(json.dumps(asdict(row), ensure_ascii=False, sort_keys=True))
    else:
        for line in show(_there(log), current(), only):
            typer.echo(line)


@app.command("verify", help=_("Check every row, offline; exit code 1 at the first fault."))
def verify_log(
    log: LogFile,
    rows_seen: Annotated[
        int | None, typer.Option("--row", help=_("number of a last row noted earlier"))
    ] = None,
    hash_seen: Annotated[str | None, typer.Option("--hash", help=_("hash of that row"))] = None,
    as_json: AsJson = False,
) -> None:
    """Prove a log as far as one file can, and say what that does not prove."""
    if (rows_seen is None) != (hash_seen is None):
        raise DispatchError(_("--row and --hash go together: give both or neither"))
    seen = Head(rows_seen, hash_seen) if rows_seen is not None and hash_seen is not None else None
    found = verify(_there(log), seen)
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False))
    else:
        typer.echo("\n".join(found.lines(current())))
    if not found.ok:
        raise typer.Exit(1)


@app.command("export", help=_("Write the rows to a file, as JSON lines or CSV."))
def export_rows(
    log: LogFile,
    out: Annotated[Path, typer.Argument(help=_("the file to write; .csv or .jsonl"))],
    action: Action = None,
    actor: Actor = None,
    target: Target = None,
    since: Since = None,
    until: Until = None,
) -> None:
    """The ending of the file's name chooses the form."""
    forms: dict[str, Format] = {".csv": "csv", ".jsonl": "jsonl"}
    if out.suffix not in forms:
        raise DispatchError(_("{file} must end in .csv or .jsonl", file=out))
    try:
        count = export(_there(log), out, forms[out.suffix], _filter(action, actor, target, since, until))
    except OSError as error:
        raise DispatchError(
            _("cannot write {file}: {error}", file=out, error=error.strerror or error)
        ) from error
    typer.echo(_("{count} rows written to {file}", count=count, file=out))
