"""All commands of `czt` under one roof."""

from typing import Annotated

import typer

from dispatch import __version__, language
from dispatch.cli import (
    audit,
    blood,
    centre,
    centre_show,
    claims,
    config,
    drill,
    feed,
    geo,
    handover,
    operators,
    recommend,
    replay,
    report,
    roads,
    study,
    travel,
)
from dispatch.language import _

app = typer.Typer(
    help=_("Shared ambulance dispatch and blood supply for Changsha, Zhuzhou and Xiangtan."),
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("drill", help=_("Run a drill: three simulated cities and the console, with one command."))(
    drill.drill
)
app.command("drills", help=_("List the drill scenarios."))(drill.drills)
app.command("console", help=_("Open the console over the cities' configured brokers."))(drill.console)
app.command("keys", help=_("Print the card of all keys and commands."))(drill.keys)
app.command("centre", help=_("Run the centre of a city: the single writer of its records."))(centre.centre)
app.command("centre-orders", help=_("List the orders of a centre's database, without changing it."))(
    centre.centre_orders
)
app.command("centre-show", help=_("Show the records of a centre's database, without changing it."))(
    centre_show.centre_show
)
app.add_typer(recommend.app, name="recommend")
app.command("schema", help=_("Print the JSON Schema of a document."))(recommend.schema)
app.command("report", help=_("Make the after-action report of audit logs: HTML, JSON, CSV or text."))(
    report.report
)
app.command("replay", help=_("Play a recorded shift in the console, at any speed, to be looked at."))(
    replay.replay
)
app.add_typer(audit.app, name="audit")
app.add_typer(claims.app, name="claims")
app.add_typer(blood.app, name="blood")
app.add_typer(feed.app, name="feed")
app.add_typer(study.app, name="study")
app.add_typer(config.app, name="config")
app.add_typer(operators.app, name="operators")
app.add_typer(handover.app, name="handover")
app.add_typer(roads.app, name="roads")
app.add_typer(travel.app, name="travel")
app.add_typer(geo.app, name="geo")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"czt {__version__}")
        raise typer.Exit


@app.callback()
def root(
    lang: Annotated[
        str, typer.Option("--lang", help=_("language: zh_CN or en"), show_default=False)
    ] = language.current(),
    _version_wanted: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help=_("print the version"))
    ] = False,
) -> None:
    """The options that every command shares."""
    if lang not in language.LANGUAGES:
        raise typer.BadParameter(_("language must be one of {known}", known=", ".join(language.LANGUAGES)))
    language.use(lang)
