"""`czt score`: what was dispatched against the best that could have been, knowing every call in advance."""

from typing import Annotated

import typer

from dispatch.cli.options import ConfigDir
from dispatch.cli.report import Logs, OnlyDrill, with_centres
from dispatch.language import _
from dispatch.report.score_model import Score

SCHEMAS = {"score": Score}
"""The document that `--json` prints."""


def score(
    logs: Logs,
    as_json: Annotated[bool, typer.Option("--json", help=_("print JSON (schema: score)"))] = False,
    drill: OnlyDrill = None,
    config: ConfigDir = None,
) -> None:
    """From audit logs alone; what is left out is counted with its reason."""
    from dispatch.report.logs import read_logs
    from dispatch.report.score import score as scored
    from dispatch.report.score_printed import score_lines
    from dispatch.settings import load

    made = scored(read_logs(with_centres(logs)), load(config), drill=drill)
    typer.echo(made.model_dump_json(indent=1) if as_json else "\n".join(score_lines(made)))
