"""`czt blood plan`: which banks send what, and when it is there."""

from pathlib import Path
from typing import Annotated

import typer

from dispatch.cli.blood import app
from dispatch.cli.options import ConfigDir, text_of
from dispatch.decide.blood_stock_document import plan, to_json
from dispatch.decide.reasons import names_of
from dispatch.decide.render_planning import planning_lines
from dispatch.language import _, current
from dispatch.settings import load

StockFile = Annotated[
    Path,
    typer.Option("--stock", help=_("the banks' stock as JSON (schema: blood-stock); - reads standard input")),
]
RequestFile = Annotated[
    Path,
    typer.Option("--request", help=_("the request as JSON (schema: blood-request); - reads standard input")),
]


@app.command("plan", help=_("Plan where blood comes from: ranked plans with what arrives when."))
def plan_command(
    stock: StockFile,
    request: RequestFile,
    as_json: Annotated[bool, typer.Option("--json", help=_("print everything as JSON"))] = False,
    most: Annotated[int, typer.Option("--most", min=1, help=_("lines of banks and of exclusions"))] = 10,
    config: ConfigDir = None,
) -> None:
    """From a stock file and a request file alone."""
    configuration = load(config)
    picture, rules = configuration.new_picture(), configuration.blood_rules
    found = plan(text_of(stock), text_of(request), picture, rules)
    if as_json:
        typer.echo(to_json(found))
        return
    lines = planning_lines(found, current(), names_of(picture), picture.components, rules.demand, most=most)
    typer.echo("\n".join(lines))
