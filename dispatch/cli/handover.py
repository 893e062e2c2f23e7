"""`czt handover`: the handovers that were signed, out of an audit log."""

import json
from pathlib import Path
from typing import Annotated

import typer

from dispatch.audit.entry import AuditRow
from dispatch.audit.read import Filter, rows
from dispatch.cli.options import ConfigDir
from dispatch.domain.errors import DispatchError
from dispatch.handover import SIGNED, Said, signed_of, signed_text
from dispatch.handover.signed import sheet_json
from dispatch.language import _, current
from dispatch.settings import Configuration, load

app = typer.Typer(
    help=_("The handovers that were signed, out of an audit log."),
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def handover() -> None:
    """A group of one command: its name must be typed."""


@app.command(help=_("Print signed handover sheets; the log is not changed."))
def show(
    log: Annotated[Path, typer.Argument(help=_("the audit log, a file such as audit.db"))],
    last: Annotated[int, typer.Option("--last", min=1, help=_("only the last so many"))] = 1,
    as_json: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    config: ConfigDir = None,
) -> None:
    """Oldest first. A sheet that is not the one that was signed ends with exit code 1."""
    if not log.is_file():
        raise DispatchError(_("there is no audit log at {file}", file=log))
    found = list(rows(log, Filter(action=SIGNED, last=last)))
    if as_json:
        for row in found:
            typer.echo(json.dumps(_document(row), ensure_ascii=False, sort_keys=True))
        return
    if not found:
        typer.echo(_("no handover was signed in {file}", file=log))
        return
    said = _said(load(config))
    spoilt = False
    for number, row in enumerate(found):
        if number:
            typer.echo("")
        try:
            typer.echo(signed_text(signed_of(row), current(), said), nl=False)
        except DispatchError as error:
            typer.echo(str(error), err=True)
            spoilt = True
    if spoilt:
        raise typer.Exit(1)


def _document(row: AuditRow) -> dict[str, object]:
    """One signed handover as JSON: the names, the hash, the sheet as it was signed."""
    kept = {key: value for key, value in row.detail.items() if not key.startswith("sheet")}
    return {"row": row.seq, "ts": row.ts, **kept, "sheet": json.loads(sheet_json(row))}


def _said(configuration: Configuration) -> Said:
    from dispatch.console.present_alarms import alarm_sentence

    cities = {city.code: city for city in configuration.cities}
    banks = {bank.id: bank for bank in configuration.banks}
    hospitals = {one.id: one for one in configuration.hospitals}
    return Said(
        alarm=lambda alarm: alarm_sentence(alarm, cities, banks, hospitals=hospitals),
        reason=lambda reason: configuration.incident_words.said(reason, current()),
        city=lambda code: cities[code].name.text(current()) if code in cities else code,
    )
