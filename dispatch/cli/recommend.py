"""`czt recommend`: the same answer as the console gives, from files alone."""

from pathlib import Path

import typer

from dispatch.cli import recommend_tasks
from dispatch.cli.options import ConfigDir, text_of
from dispatch.cli.recommend_options import AsJson, Most, PictureFile, RequestFile, RoadsFile
from dispatch.decide.documents import Kind, read, recommend, to_json
from dispatch.decide.picture_document import PictureDocument
from dispatch.decide.reasons import names_of
from dispatch.decide.render import ranking_lines
from dispatch.language import _, current
from dispatch.settings import load
from dispatch.travel.opening import in_use, with_travel

app = typer.Typer(
    help=_("Rank units, hospitals, blood banks or waiting incidents for a request, from two JSON files."),
    no_args_is_help=True,
    rich_markup_mode=None,
)


def _rank(
    kind: Kind,
    picture: Path,
    request: Path,
    as_json: bool,
    most: int,
    roads: Path | None,
    config: Path | None,
) -> None:
    configuration = with_travel(load(config), roads=roads)
    picture_text, request_text = text_of(picture), text_of(request)
    with in_use(configuration) as opened:
        ranking = recommend(kind, picture_text, request_text, opened.dispatch_rules, opened.blood_rules)
    if as_json:
        typer.echo(to_json(ranking))
        return
    document = read("picture", PictureDocument, picture_text)
    names = names_of(document.to_picture(configuration.components)) | configuration.incident_words.unit_names
    typer.echo("\n".join(ranking_lines(ranking, current(), names, most=most)))


@app.command(help=_("Which ambulance to send."))
def unit(
    picture: PictureFile,
    request: RequestFile,
    as_json: AsJson = False,
    most: Most = 10,
    roads: RoadsFile = None,
    config: ConfigDir = None,
) -> None:
    """Rank every unit of every city."""
    _rank("unit", picture, request, as_json, most, roads, config)


@app.command(help=_("Which hospital to take a patient to."))
def hospital(
    picture: PictureFile,
    request: RequestFile,
    as_json: AsJson = False,
    most: Most = 10,
    roads: RoadsFile = None,
    config: ConfigDir = None,
) -> None:
    """Rank every hospital."""
    _rank("hospital", picture, request, as_json, most, roads, config)


@app.command(help=_("Which blood bank to ask."))
def blood(
    picture: PictureFile,
    request: RequestFile,
    as_json: AsJson = False,
    most: Most = 10,
    roads: RoadsFile = None,
    config: ConfigDir = None,
) -> None:
    """Rank every bank."""
    _rank("blood", picture, request, as_json, most, roads, config)


recommend_tasks.add_to(app)
