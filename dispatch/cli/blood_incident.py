"""`czt blood incident`: blood cover by hour at the hospitals of an incident, from a file alone."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel

from dispatch.blood.joined import cover_incident
from dispatch.blood.joined_documents import IncidentBloodQuestion
from dispatch.blood.joined_models import JoinedAnswer
from dispatch.blood.joined_words import joined_lines
from dispatch.cli.options import ConfigDir, text_of
from dispatch.decide.documents import read
from dispatch.decide.reasons import names_of
from dispatch.language import _, current
from dispatch.settings import load

SCHEMAS: dict[str, type[BaseModel]] = {
    "blood-incident-question": IncidentBloodQuestion,
    "blood-incident": JoinedAnswer,
}
"""Documents that this command reads and writes."""


def incident(
    question: Annotated[
        Path, typer.Option("--question", help=_("picture and casualties (schema: blood-incident-question)"))
    ],
    as_json: Annotated[bool, typer.Option("--json", help=_("print everything as JSON"))] = False,
    config: ConfigDir = None,
) -> None:
    """From the document's own `now` on; nothing is sent and nothing is held."""
    configuration = load(config)
    asked = read("blood-incident-question", IncidentBloodQuestion, text_of(question))
    picture = asked.to_picture(configuration.components)
    rules = configuration.joined_rules
    casualties = [one.casualties() for one in asked.casualties]
    answer = cover_incident(picture, casualties, rules, configuration.blood_rules, asked.now)
    if as_json:
        typer.echo(answer.model_dump_json(indent=2))
        return
    typer.echo("\n".join(joined_lines(answer, picture.components, names_of(picture), current())))
