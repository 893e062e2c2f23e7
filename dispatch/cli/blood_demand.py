"""`czt blood demand`: how much blood to plan for when many are hurt."""

import json
from typing import Annotated

import typer

from dispatch.cli.blood import app
from dispatch.cli.options import ConfigDir
from dispatch.decide.blood_demand import MOST_PATIENTS, Admitting, DemandRules, demand
from dispatch.decide.render_planning import demand_lines
from dispatch.domain.errors import DispatchError
from dispatch.language import _, current
from dispatch.settings import load


@app.command("demand", help=_("How much blood to plan for, from patients by triage class."))
def demand_command(
    patients: Annotated[
        list[str], typer.Option("--patients", help=_("patients by triage class, e.g. red=3,yellow=5"))
    ],
    trauma_centre: Annotated[
        bool, typer.Option("--trauma-centre", help=_("they go to a trauma centre"))
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help=_("print everything as JSON"))] = False,
    config: ConfigDir = None,
) -> None:
    """By the planning rule of config/blood/demand.toml."""
    configuration = load(config)
    rules = configuration.blood_rules.demand
    place: Admitting = "trauma_centre" if trauma_centre else "general"
    found = demand(_counts(patients, rules), place, rules)
    components = {component.code: component for component in configuration.components}
    if as_json:
        typer.echo(json.dumps(found.model_dump(mode="json"), ensure_ascii=False, indent=2))
        return
    typer.echo("\n".join(demand_lines(found, rules, components, current())))


def _counts(words: list[str], rules: DemandRules) -> dict[str, int]:
    """ "red=3,yellow=5" as counts; every class once, in whole numbers."""
    counts: dict[str, int] = {}
    known = ", ".join(each.code for each in rules.classes)
    for part in ",".join(words).split(","):
        code, _equals, typed = (piece.strip() for piece in part.partition("="))
        count = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 6 else -1
        if code not in {each.code for each in rules.classes} or code in counts:
            raise DispatchError(
                _("{part} names no triage class, or one twice; there are: {known}", part=part, known=known)
            )
        if not 0 <= count <= MOST_PATIENTS:
            raise DispatchError(_("{part}: write a number from 0 to {most}", part=part, most=MOST_PATIENTS))
        counts[code] = count
    return counts
