"""`czt blood slip`: the issue slip of an order, from a centre's database."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dispatch.centre.blood_looking import read_blood_orders
from dispatch.cli.blood import app
from dispatch.cli.on_paper import OnPaper, OutFolder, put_out
from dispatch.cli.options import ConfigDir
from dispatch.clock import SystemClock
from dispatch.desk.document import as_html, as_text
from dispatch.desk.slips import order_slip
from dispatch.domain.errors import UnknownName
from dispatch.language import _
from dispatch.settings import load


@app.command("slip", help=_("Print the issue slip of an order of blood: text, JSON, a page, or on paper."))
def slip(
    file: Annotated[Path, typer.Argument(help=_("a centre's database, a file such as centre.db"))],
    order: Annotated[str, typer.Argument(help=_("the order's number"))],
    out: OutFolder = None,
    on_paper: OnPaper = False,
    as_json: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    config: ConfigDir = None,
) -> None:
    """The file of the centre is only read."""
    configuration = load(config)
    found = next((one for one in read_blood_orders(file, 1_000_000) if one.id == order.strip()), None)
    if found is None:
        raise UnknownName(_("order"), order)
    document = order_slip(found, configuration, SystemClock().now(), configuration.settings.operator)
    if as_json:
        typer.echo(json.dumps(asdict(document), ensure_ascii=False))
    elif out is None and not on_paper:
        typer.echo(as_text(document), nl=False)
    text, html = as_text(document), as_html(document)
    put_out(configuration, document.name, text, html, document.title, out, paper=on_paper)
