"""`czt audit`: look into an audit log, prove it, take it out."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from dispatch.audit.export import Format, export, show
from dispatch.audit.read import Filter, rows, summary
from dispatch.causes import cause
from dispatch.cli import audit_keep, audit_proof, audit_witness
from dispatch.cli.audit_options import AsJson, LogFile, Since, Until, in_china, there
from dispatch.domain.errors import DispatchError
from dispatch.language import _, current

app = typer.Typer(
    help=_("Look into an audit log, prove it, take it out."), no_args_is_help=True, rich_markup_mode=None
)

Action = Annotated[str | None, typer.Option(help=_('an action, or a family of actions such as "unit"'))]
Actor = Annotated[str | None, typer.Option(help=_("who did it"))]
Target = Annotated[str | None, typer.Option(help=_("what it was done to, such as an incident number"))]


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
        since=in_china(since),
        until=in_china(until),
        last=last,
    )


for _name, _run, _help in (
    ("verify", audit_proof.verify_log, _("Check every row, offline; exit code 1 at the first fault.")),
    ("sign", audit_proof.sign_log, _("Make a signed checkpoint of a log as it stands.")),
    ("prove", audit_proof.prove_row, _("Write the proof that one row stands in a log, as a small file.")),
    (
        "check",
        audit_proof.check_proof,
        _("Check such a proof, without the log; exit code 1 when it shows nothing."),
    ),
    (
        "checkpoints",
        audit_witness.show_checkpoints,
        _("List the checkpoints a centre keeps, or write them out."),
    ),
    ("conflicts", audit_witness.show_conflicts, _("List conflicting histories that a centre found.")),
    (
        "seal",
        audit_keep.seal_rows,
        _("Seal old rows of a log that nobody writes into a file of their own."),
    ),
    ("prune", audit_keep.prune_segments, _("Remove sealed segments that need not be kept any longer.")),
    (
        "datasette",
        audit_keep.datasette_metadata,
        _("Write a metadata file to look into a log with Datasette, read-only."),
    ),
    (
        "accept",
        audit_witness.accept_history,
        _("Accept another history of a city's log, after its city has explained it."),
    ),
):
    app.command(_name, help=_help)(_run)


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
        found = summary(there(log), only)
        if as_json:
            typer.echo(json.dumps(asdict(found), ensure_ascii=False))
        else:
            typer.echo("\n".join(f"{count:8d}  {name}" for name, count in found.actions.items()))
    elif as_json:
        for row in rows(there(log), only):
            typer.echo(json.dumps(asdict(row), ensure_ascii=False, sort_keys=True))
    else:
        for line in show(there(log), current(), only):
            typer.echo(line)


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
        count = export(there(log), out, forms[out.suffix], _filter(action, actor, target, since, until))
    except OSError as error:
        raise DispatchError(_("cannot write {file}: {error}", file=out, error=cause(error))) from error
    typer.echo(_("{count} rows written to {file}", count=count, file=out))
