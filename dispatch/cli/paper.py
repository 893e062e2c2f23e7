"""`czt paper`: the sheet to go on with by telephone and pen, as a console kept it last."""

from pathlib import Path
from typing import Annotated

import typer

from dispatch.cli.options import ConfigDir
from dispatch.clock import SystemClock
from dispatch.handover import Said
from dispatch.handover.paper import names_on_paper, paper_text, read_paper
from dispatch.language import _, current
from dispatch.settings import load

OLD_S = 60.0


def paper(
    folder: Annotated[
        Path | None,
        typer.Option("--folder", help=_("the data folder of the console; default: that of the settings")),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    config: ConfigDir = None,
) -> None:
    """Exit code 1 when it is older than a minute: then no console keeps it any more."""
    configuration = load(config)
    sheet = read_paper(folder or configuration.settings.data_dir)
    if as_json:
        typer.echo(sheet.model_dump_json())
    else:
        picture, words = configuration.new_picture(), configuration.incident_words
        said = Said(
            reason=lambda reason: words.said(reason, current()),
            city=lambda code: picture.cities[code].name.text(current()) if code in picture.cities else code,
        )
        typer.echo(paper_text(sheet, current(), said, names_on_paper(picture, current())), nl=False)
    age_s = (SystemClock().now() - sheet.made_at).total_seconds()
    if age_s > OLD_S and not sheet.drill:
        minutes = int(age_s // 60)
        typer.echo(_("this sheet is {minutes} min old: no console keeps it", minutes=minutes), err=True)
        raise typer.Exit(1)
