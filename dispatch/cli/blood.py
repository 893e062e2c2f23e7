"""`czt blood`: the work of a blood centre. Each of the modules below adds its commands to `app`."""

import typer

from dispatch.language import _

app = typer.Typer(
    help=_("Blood: stock, sources, moves before outdate, custody."),
    no_args_is_help=True,
    rich_markup_mode=None,
)

from dispatch.cli import (  # noqa: E402 - they need `app`
    blood_demand,
    blood_fhir,
    blood_incident,
    blood_label,
    blood_moves,
    blood_plan,
    blood_publish,
    blood_slip,
    blood_stock,
    blood_trace,
)

app.command("incident", help=_("Blood cover by hour at the hospitals of an incident."))(
    blood_incident.incident
)
app.command("moves", help=_("Propose moves of blood between cities before it outdates."))(blood_moves.moves)
__all__ = [
    "app",
    "blood_demand",
    "blood_fhir",
    "blood_incident",
    "blood_label",
    "blood_moves",
    "blood_plan",
    "blood_publish",
    "blood_slip",
    "blood_stock",
    "blood_trace",
]
