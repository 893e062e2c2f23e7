"""`czt recommend` and `czt schema`: the same answer as the console gives, from files alone."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import BaseModel

from dispatch.cli import blood_incident, blood_moves, claims, recommend_tasks, report, travel
from dispatch.cli.options import ConfigDir, text_of
from dispatch.decide.blood_stock_document import SCHEMAS as BLOOD_SCHEMAS
from dispatch.decide.documents import SCHEMAS as DECIDE_SCHEMAS
from dispatch.decide.documents import Kind, read, recommend, to_json
from dispatch.decide.picture_document import PictureDocument
from dispatch.decide.reasons import names_of
from dispatch.decide.render import ranking_lines
from dispatch.domain.errors import DispatchError
from dispatch.language import _, current
from dispatch.settings import load
from dispatch.travel.opening import in_use, with_travel

SCHEMAS: dict[str, type[BaseModel]] = {
    **DECIDE_SCHEMAS,
    **BLOOD_SCHEMAS,
    **claims.SCHEMAS,
    **blood_moves.SCHEMAS,
    **blood_incident.SCHEMAS,
    **travel.SCHEMAS,
    **report.SCHEMAS,
    **recommend_tasks.SCHEMAS,
}

app = typer.Typer(
    help=_("Rank units, hospitals, blood banks or waiting incidents for a request, from two JSON files."),
    no_args_is_help=True,
    rich_markup_mode=None,
)

PictureFile = Annotated[
    Path, typer.Option("--picture", help=_("the picture as JSON (schema: picture); - reads standard input"))
]
RequestFile = Annotated[
    Path, typer.Option("--request", help=_("the request as JSON; - reads standard input"))
]
AsJson = Annotated[bool, typer.Option("--json", help=_("print everything as JSON"))]
RoadsFile = Annotated[
    Path | None,
    typer.Option("--roads", help=_("a road graph made by czt roads import; default: the settings")),
]
Most = Annotated[int, typer.Option("--most", min=1, help=_("lines of candidates and of exclusions"))]


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
    names = names_of(document.to_picture(configuration.components))
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


def schema(
    name: Annotated[str, typer.Argument(help=_("which document; without it the names are listed"))] = "",
) -> None:
    """Print one JSON Schema, or the names of all."""
    if not name:
        typer.echo("\n".join(SCHEMAS))
        return
    if name not in SCHEMAS:
        raise DispatchError(
            _("no schema is called {name}; there are: {known}", name=name, known=", ".join(SCHEMAS))
        )
    mode: Literal["serialization", "validation"] = (
        "serialization" if name.endswith(("-ranking", "-plan", "report")) else "validation"
    )
    typer.echo(json.dumps(SCHEMAS[name].model_json_schema(mode=mode), ensure_ascii=False, indent=2))
