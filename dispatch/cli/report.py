"""`czt report`: the after-action report of a shift or a drill, from audit logs alone."""

from pathlib import Path
from typing import Annotated

import typer

from dispatch.causes import cause
from dispatch.cli.audit_options import Since, Until, in_china
from dispatch.cli.options import ConfigDir
from dispatch.domain.errors import DispatchError
from dispatch.language import _, current
from dispatch.report.model import Report

SCHEMAS = {"report": Report}
"""The document that `--json` prints."""

Logs = Annotated[
    list[Path],
    typer.Argument(help=_("audit logs: a console's audit.db, and the centre.db of each city beside it")),
]
Out = Annotated[Path | None, typer.Option("--out", help=_("write one HTML file with both languages"))]
AsJson = Annotated[bool, typer.Option("--json", help=_("print everything as JSON (schema: report)"))]
CsvDir = Annotated[Path | None, typer.Option("--csv", help=_("write every table as CSV into this folder"))]
OnlyDrill = Annotated[
    bool | None,
    typer.Option(
        "--drill/--real", help=_("rows of drills, or real ones; without it the real ones if there are any")
    ),
]


def with_centres(logs: list[Path]) -> list[Path]:
    """One log alone, with the centres that a drill left in the folder beside it."""
    beside = sorted(logs[0].parent.glob("centres/*/centre.db")) if len(logs) == 1 else []
    return [*logs, *(path for path in beside if path not in logs)]


def report(
    logs: Logs,
    out: Out = None,
    as_json: AsJson = False,
    csv_dir: CsvDir = None,
    drill: OnlyDrill = None,
    since: Since = None,
    until: Until = None,
    config: ConfigDir = None,
) -> None:
    """Figures with their n, their clock and what was left out; an HTML page, JSON, CSV, or text."""
    from dispatch.report.csv_files import write_csv
    from dispatch.report.logs import read_logs
    from dispatch.report.make import make
    from dispatch.report.page import page
    from dispatch.report.printed import lines
    from dispatch.settings import load

    configuration = load(config)
    read = read_logs(with_centres(logs), in_china(since), in_china(until))
    made = make(read, configuration, drill=drill)
    try:
        if out is not None:
            out.write_text(page(made, configuration, current()), encoding="utf-8")
        if csv_dir is not None:
            write_csv(made, csv_dir)
    except OSError as error:
        where = out if out is not None and csv_dir is None else csv_dir
        problem = _("cannot write {file}: {error}", file=where, error=cause(error))
        raise DispatchError(problem) from error
    if as_json:
        typer.echo(made.model_dump_json(indent=2))
    else:
        typer.echo("\n".join(lines(made, current())))
        if out is not None:
            typer.echo(_("report written to {file}", file=out))
