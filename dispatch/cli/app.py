"""All commands of `czt` under one roof."""

from typing import Annotated, ClassVar

import typer

from dispatch import __version__, language
from dispatch.cli.helping import use_page
from dispatch.cli.lazily import LateGroup
from dispatch.language import _

_STUDY = _("Studies without a wire: compare policies, replay traces of other simulators, read real calls.")


_FIRST_LINES = (
    "czt drill --tour",
    "czt doctor",
    "czt drill --headless --minutes 5 --out out/",
    "czt audit verify out/audit.db",
    "czt man",
)
use_page()


class Commands(LateGroup):
    """Every command; those with `:app` are groups and say their help themselves as well."""

    late: ClassVar[dict[str, tuple[str, str]]] = {
        "drill": (
            "dispatch.cli.drill:drill",
            _("Run a drill: three simulated cities and the console, with one command."),
        ),
        "lead": (
            "dispatch.cli.lead:app",
            _("Lead the drill that runs on this machine: let things happen, pause it, change its pace."),
        ),
        "doctor": (
            "dispatch.cli.doctor:doctor",
            _("Look at this machine: terminal, fonts, brokers, clock, configuration, records; with cures."),
        ),
        "cards": ("dispatch.cli.cards:cards", _("List the run cards: several commands under one name.")),
        "drills": ("dispatch.cli.drill:drills", _("List the drill scenarios.")),
        "console": ("dispatch.cli.drill:console", _("Open the console over the cities' configured brokers.")),
        "serve": (
            "dispatch.cli.serve:serve",
            _("Serve the console to browsers, behind a sign-in: for dispatchers and blood centre staff."),
        ),
        "province": (
            "dispatch.cli.province:province",
            _("Look at all cities of a province at once: units, incidents, links, blood. It orders nothing."),
        ),
        "keys": (
            "dispatch.cli.keys:app",
            _("Print the card of keys and commands; make certificates, and the keys that cities sign with."),
        ),
        "broker": (
            "dispatch.cli.broker:app",
            _("The brokers of real operation: their configuration, and who may do what there."),
        ),
        "centre": (
            "dispatch.cli.centre:centre",
            _("Run the centre of a city: the single writer of its records."),
        ),
        "centre-orders": (
            "dispatch.cli.centre:centre_orders",
            _("List the orders of a centre's database, without changing it."),
        ),
        "centre-show": (
            "dispatch.cli.centre_show:centre_show",
            _("Show the records of a centre's database, without changing it."),
        ),
        "schema": ("dispatch.cli.schemas:schema", _("Print the JSON Schema of a document.")),
        "recommend": (
            "dispatch.cli.recommend:app",
            _("Rank units, hospitals, blood banks or waiting incidents for a request, from two JSON files."),
        ),
        "report": (
            "dispatch.cli.report:report",
            _("Make the after-action report of audit logs: HTML, JSON, CSV or text."),
        ),
        "score": (
            "dispatch.cli.score:score",
            _("Score what was dispatched against the best possible with every call known, from audit logs."),
        ),
        "replay": (
            "dispatch.cli.replay:replay",
            _("Play a recorded shift in the console, at any speed, to be looked at."),
        ),
        "audit": ("dispatch.cli.audit:app", _("Look into an audit log, prove it, take it out.")),
        "backup": ("dispatch.cli.backup:app", _("Back up a data folder, check a backup, restore it.")),
        "claims": (
            "dispatch.cli.claims:app",
            _("Reimbursement of blood fees: what may be claimed, and what the centres owe each other."),
        ),
        "blood": ("dispatch.cli.blood:app", _("Blood: stock, sources, moves before outdate, custody.")),
        "export": (
            "dispatch.cli.export:export",
            _("Write audit logs as Parquet files for DuckDB or a warehouse, verified, without persons."),
        ),
        "tracks": (
            "dispatch.cli.tracks:tracks",
            _("Show where vehicles drove, out of a centre's tracks: text, JSON, or lines for a map."),
        ),
        "exchange": (
            "dispatch.cli.exchange:app",
            _("Records of a centre's database as documents of other standards."),
        ),
        "feed": (
            "dispatch.cli.feed:app",
            _("Put recordings through a broker, and look at what was refused."),
        ),
        "study": ("dispatch.cli.study:app", _STUDY),
        "init": ("dispatch.cli.init:init", _("Write the folder of a city's site, ready to be filled.")),
        "config": ("dispatch.cli.config:app", _("Check the configuration and see what it holds.")),
        "database": (
            "dispatch.cli.database:app",
            _("Versions of the audit logs and centres' databases: forward, and back."),
        ),
        "operators": ("dispatch.cli.operators:app", _("Who may sign in at the consoles of this site.")),
        "calls": (
            "dispatch.cli.calls:app",
            _("Callers of a console: whether they are as the audit log has them; never a number."),
        ),
        "handover": ("dispatch.cli.handover:app", _("The handovers that were signed, out of an audit log.")),
        "paper": (
            "dispatch.cli.paper:paper",
            _("Print the sheet to go on with by telephone and pen: units, open incidents, blood held."),
        ),
        "roads": (
            "dispatch.cli.roads:app",
            _("Road graphs from OpenStreetMap extracts, and the driving times on them."),
        ),
        "travel": ("dispatch.cli.travel:app", _("What past trips teach about driving times.")),
        "completion": (
            "dispatch.cli.completion:completion",
            _("Print what teaches bash, zsh or fish to complete czt."),
        ),
        "man": ("dispatch.cli.man:man", _("Show the manual page.")),
        "map": (
            "dispatch.cli.map:map_",
            _("Show a picture as a map for scripts: text, GeoJSON or SVG, as the console draws it."),
        ),
        "geo": ("dispatch.cli.geo:app", _("Coordinates of Chinese maps turned into each other.")),
    }


app = typer.Typer(
    cls=Commands,
    help=_("Shared ambulance dispatch and blood supply for Changsha, Zhuzhou and Xiangtan."),
    no_args_is_help=True,
    add_completion=False,
    epilog="\b\n" + "\n".join((_("Examples:"), *(f"  {line}" for line in _FIRST_LINES))),
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


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
