"""`czt cards`: the run cards, with their steps."""

import json
from typing import Annotated

import typer

from dispatch.cli.options import ConfigDir
from dispatch.console.cards import check_cards, step_lines
from dispatch.console.commands import registry
from dispatch.language import _, current
from dispatch.settings import load
from dispatch.settings.cards import RunCard


def cards(
    as_json: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    config: ConfigDir = None,
) -> None:
    """A card that cannot be run ends with exit code 2 and its file and line."""
    known = load(config).cards
    check_cards(known, registry())
    if as_json:
        listed = {"file": known.file, "cards": [card.model_dump() for card in known.cards]}
        typer.echo(json.dumps(listed, ensure_ascii=False, indent=2))
        return
    typer.echo(known.file)
    for card in known.cards:
        for line in _lines(card):
            typer.echo(line)


def _lines(card: RunCard) -> list[str]:
    language = current()
    wanted = " ".join(f"<{param.title.text(language)}>" for param in card.params)
    head = f"{card.code} {wanted}".rstrip()
    about = f"{card.title.text(language)}  {card.about.text(language)}"
    return ["", head, f"    {about}", *(f"    {line}" for line in step_lines(card.steps))]
