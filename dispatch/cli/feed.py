"""`czt feed`: put recordings through a broker, and look at what was refused."""

import json
from pathlib import Path
from typing import Annotated

import typer

from dispatch.cli.times import local_time
from dispatch.domain.errors import DispatchError
from dispatch.feed.quarantine import read
from dispatch.language import _
from dispatch.text import safe_text

app = typer.Typer(
    help=_("Put recordings through a broker, and look at what was refused."),
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command(help=_("The refused messages that came last, with the reason."))
def refused(
    table: Annotated[Path, typer.Argument(help=_("the quarantine table, a file such as quarantine.db"))],
    last: Annotated[int, typer.Option(min=1, help=_("so many rows"))] = 20,
    as_json: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
) -> None:
    """Newest first."""
    if not table.is_file():
        raise DispatchError(_("there is no quarantine table at {file}", file=table))
    for row in read(table, last):
        text = row.payload.decode("utf-8", "replace")
        if as_json:
            said = {
                "received_ms": row.received_ms,
                "city": row.city,
                "topic": row.topic,
                "reason": row.reason,
            }
            typer.echo(
                json.dumps({**said, "why": row.why, "size": row.size, "payload": text}, ensure_ascii=False)
            )
        else:
            typer.echo(f"{local_time(row.received_ms)} {row.city} {safe_text(row.topic)}: {row.why}")
            typer.echo(f"    {safe_text(text, 160)}")
