"""`czt blood moves`: what would outdate at one bank and be used at another, from a file alone."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel

from dispatch.blood.move_documents import MovesQuestion
from dispatch.blood.move_models import MoveAnswer
from dispatch.blood.move_words import move_lines
from dispatch.blood.moves import propose_moves
from dispatch.cli.options import ConfigDir, text_of
from dispatch.decide.documents import read
from dispatch.decide.reasons import names_of
from dispatch.language import _, current
from dispatch.settings import load

SCHEMAS: dict[str, type[BaseModel]] = {"blood-moves-question": MovesQuestion, "blood-moves": MoveAnswer}
"""Documents that this command reads and writes."""


def moves(
    stock: Annotated[
        Path, typer.Option("--stock", help=_("stock and forecasts as JSON (schema: blood-moves-question)"))
    ],
    as_json: Annotated[bool, typer.Option("--json", help=_("print everything as JSON"))] = False,
    most: Annotated[int, typer.Option("--most", min=1, help=_("lines of proposals"))] = 20,
    config: ConfigDir = None,
) -> None:
    """As of the document's own `now`; nothing is sent and nothing is held."""
    configuration = load(config)
    question = read("blood-moves-question", MovesQuestion, text_of(stock))
    picture = question.to_picture(configuration.components)
    forecasts = [one.forecast() for one in question.forecasts]
    answer = propose_moves(
        picture, forecasts, configuration.move_rules, configuration.blood_rules, question.now
    )
    if as_json:
        typer.echo(answer.model_dump_json(indent=2))
        return
    typer.echo("\n".join(move_lines(answer, picture.components, names_of(picture), current(), most)))
