"""`czt exchange`: records of a centre's database as documents of other standards."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dispatch.centre import looking
from dispatch.cli.options import ConfigDir
from dispatch.clock import SystemClock
from dispatch.console.present_timeline import entry_text
from dispatch.domain.errors import UnknownName
from dispatch.domain.incidents import Incident
from dispatch.exchange.aids import edxl_rm
from dispatch.exchange.incidents import Document, eido, ucri2
from dispatch.exchange.rules import ExchangeWords
from dispatch.language import _, current
from dispatch.settings import Configuration, load
from dispatch.settings.exchange import load_exchange_words
from dispatch.text import safe_text

app = typer.Typer(
    help=_("Records of a centre's database as documents of other standards."),
    no_args_is_help=True,
    rich_markup_mode=None,
)
CentreFile = Annotated[Path, typer.Argument(help=_("a centre's database, a file such as centre.db"))]
WHOLE = 1_000_000


class Form(StrEnum):
    EIDO = "eido"
    UCRI2 = "ucri2"


@app.command(help=_("Incidents as EIDO-like documents (NENA-STA-021), or as those of UCRI2; a line each."))
def incidents(
    file: CentreFile,
    incident: Annotated[str, typer.Option("--incident", help=_("only this incident"))] = "",
    form: Annotated[Form, typer.Option("--form", help=_("which standard"))] = Form.EIDO,
    last: Annotated[int, typer.Option("--last", min=1, help=_("so many records"))] = 20,
    config: ConfigDir = None,
) -> None:
    """Newest first, with the timeline as notes in the language in use; no callers, no patients' names."""
    configuration, words = load(config), load_exchange_words(config)
    records = looking.read_incidents(file, WHOLE if incident else last)
    if incident:
        records = [one for one in records if one.id == incident]
        if not records:
            raise UnknownName(_("incident"), incident)
    for record in records:
        typer.echo(json.dumps(_document(file, record, form, configuration, words), ensure_ascii=False))


def _document(
    file: Path, record: Incident, form: Form, configuration: Configuration, words: ExchangeWords
) -> Document:
    timeline = looking.read_lines(file, record.id)
    picture = configuration.new_picture()

    def word_of(reason: str) -> str:
        return safe_text(configuration.incident_words.said(reason, current()))

    said = [safe_text(entry_text(one, picture, word_of)) for one in timeline]
    city = picture.cities[record.city]
    if form is Form.EIDO:
        return eido(record, timeline, city, words.eido, said)
    return ucri2(record, timeline, city, said, SystemClock().now())


@app.command(help=_("Requests for help in the words of EDXL-RM, as JSON; a line each."))
def aids(
    file: CentreFile,
    last: Annotated[int, typer.Option("--last", min=1, help=_("so many records"))] = 20,
    config: ConfigDir = None,
) -> None:
    """Newest first; each as the message that says what it has become."""
    words = load_exchange_words(config)
    for one in looking.read_aids(file, last):
        typer.echo(json.dumps(edxl_rm(one, words.edxl_rm), ensure_ascii=False))
