"""`czt recommend next` and `czt recommend mass`: the same advice as the console gives, from files alone."""

from pathlib import Path

import typer

from dispatch.cli.options import ConfigDir, text_of
from dispatch.cli.recommend_options import AsJson, Most, PictureFile, RequestFile, RoadsFile
from dispatch.decide.next_task import NextRanking
from dispatch.decide.reasons import names_of
from dispatch.decide.render_tasks import mass_lines, next_lines
from dispatch.decide.task_documents import SCHEMAS, TaskKind, advice_json, advise
from dispatch.language import _, current
from dispatch.settings import load
from dispatch.travel.opening import in_use, with_travel


def _advise(
    kind: TaskKind,
    picture: Path,
    request: Path,
    as_json: bool,
    most: int,
    roads: Path | None,
    config: Path | None,
) -> None:
    configuration = with_travel(load(config), roads=roads)
    texts = text_of(picture), text_of(request)
    with in_use(configuration) as opened:
        advice, seen = advise(kind, *texts, opened.dispatch_rules, opened.blood_rules)
    if as_json:
        typer.echo(advice_json(advice))
        return
    names = names_of(seen) | configuration.incident_words.unit_names
    if isinstance(advice, NextRanking):
        typer.echo("\n".join(next_lines(advice, current(), names, most=most)))
    else:
        typer.echo("\n".join(mass_lines(advice, current(), names, most=most)))


def next_task(
    picture: PictureFile,
    request: RequestFile,
    as_json: AsJson = False,
    most: Most = 10,
    roads: RoadsFile = None,
    config: ConfigDir = None,
) -> None:
    """Rank the waiting incidents for one unit."""
    _advise("next", picture, request, as_json, most, roads, config)


def mass(
    picture: PictureFile,
    request: RequestFile,
    as_json: AsJson = False,
    most: Most = 10,
    roads: RoadsFile = None,
    config: ConfigDir = None,
) -> None:
    """Share all units out among all patients."""
    _advise("mass", picture, request, as_json, most, roads, config)


def add_to(app: typer.Typer) -> None:
    """Put both commands under `czt recommend`."""
    app.command("next", help=_("Which waiting incident a free unit should take."))(next_task)
    app.command("mass", help=_("Many hurt at once: which unit for whom, which hospitals."))(mass)


__all__ = ["SCHEMAS", "add_to"]
