"""`czt schema`: the JSON Schema of every document that the commands read or print."""

import json
from typing import Annotated, Literal

import typer
from pydantic import BaseModel

from dispatch.cli import blood_incident, blood_moves, claims, recommend_tasks, report, score, travel
from dispatch.decide.blood_stock_document import SCHEMAS as BLOOD_SCHEMAS
from dispatch.decide.documents import SCHEMAS as DECIDE_SCHEMAS
from dispatch.domain.errors import DispatchError
from dispatch.language import _

SCHEMAS: dict[str, type[BaseModel]] = {
    **DECIDE_SCHEMAS,
    **BLOOD_SCHEMAS,
    **claims.SCHEMAS,
    **blood_moves.SCHEMAS,
    **blood_incident.SCHEMAS,
    **travel.SCHEMAS,
    **report.SCHEMAS,
    **score.SCHEMAS,
    **recommend_tasks.SCHEMAS,
}


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
