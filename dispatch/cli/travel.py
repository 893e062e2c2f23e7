"""`czt travel learn`: what past trips teach about driving times, from audit logs."""

from datetime import datetime
from math import exp
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel

from dispatch.causes import cause
from dispatch.cli.options import ConfigDir
from dispatch.clock import SystemClock
from dispatch.decide.corrections import Corrections, learn
from dispatch.domain.errors import DispatchError
from dispatch.language import N_, _
from dispatch.settings import load

app = typer.Typer(
    help=_("What past trips teach about driving times."), no_args_is_help=True, rich_markup_mode=None
)
SCHEMAS: dict[str, type[BaseModel]] = {"travel-corrections": Corrections}
"""The document that `learn` writes and the settings name."""
LEVELS = {
    "all": N_("all trips"),
    "hour": N_("hours"),
    "area": N_("areas"),
    "hour_area": N_("areas at an hour"),
}
LEFT_OUT = {
    "not_among_the_options_written_down": N_("the unit was not among the options written down"),
    "driving_time_not_written_down": N_("its driving time was not written down"),
    "not_told_to_the_end": N_("en route or on scene was never told"),
    "stamps_out_of_order": N_("on scene before en route"),
    "too_short": N_("too short to learn from"),
    "too_far_off": N_("so far off that a stamp must be wrong"),
}


@app.callback()
def root() -> None:
    """One command by now; its name stays."""


@app.command("learn", help=_("Compare predicted and actual driving times of past orders in audit logs."))
def learn_command(
    logs: Annotated[
        list[Path], typer.Argument(help=_("audit logs of consoles and centres (audit.db, centre.db)"))
    ],
    out: Annotated[
        Path | None, typer.Option("--out", help=_("the file to write; settings.toml names it"))
    ] = None,
    drill: Annotated[
        bool, typer.Option("--drill", help=_("learn from drills instead of real shifts"))
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help=_("print everything as JSON"))] = False,
    config: ConfigDir = None,
) -> None:
    """Writes and prints the corrections with the number of trips behind each."""
    from dispatch.travel.outcomes import past_trips

    for log in logs:
        if not log.is_file():
            raise DispatchError(_("there is no audit log at {file}", file=log))
    trips, left_out = past_trips(logs, drill=drill)
    found = learn(trips, left_out, load(config).correction_rules, SystemClock().now(), drill=drill)
    if out is not None:
        _write(found, out)
    typer.echo(found.model_dump_json(indent=2) if as_json else "\n".join(_lines(found, out)))


def _write(found: Corrections, out: Path) -> None:
    part = out.with_name(f".{out.name}.part")
    try:
        part.write_text(found.model_dump_json(indent=1) + "\n", encoding="utf-8")
        part.replace(out)
    except OSError as error:
        problem = _("cannot write {file}: {error}", file=out, error=cause(error))
        raise DispatchError(problem) from None


def _lines(found: Corrections, out: Path | None) -> list[str]:
    lines = [
        _(
            "{trips} trips, {since} to {until}",
            trips=found.trips,
            since=_day(found.since),
            until=_day(found.until),
        )
    ]
    for method in sorted({part.method for part in found.parts}):
        parts = [part for part in found.parts if part.method == method]
        whole = parts[0]
        used = _("in use") if whole.used else _("not in use: too few trips")
        percent = (exp(whole.adds_log) - 1) * 100
        lines.append(_("{method}: {percent:+.1f} % by {trips} trips, {used}",
                       method=method, percent=percent, trips=whole.trips, used=used))  # fmt: skip
        for level, word in LEVELS.items():
            of_level = [part for part in parts if part.level == level]
            enough = sum(part.used for part in of_level)
            lines.append(_("  {level}: {enough} of {count} with enough trips",
                           level=_(word), enough=enough, count=len(of_level)))  # fmt: skip
    lines += [
        _("left out, {why}: {count}", why=_(LEFT_OUT.get(why, why)), count=count)
        for why, count in found.left_out.items()
    ]
    if out is not None:
        lines.append(_("written to {file}", file=out))
    return lines


def _day(moment: datetime | None) -> str:
    return "-" if moment is None else f"{moment:%Y-%m-%d}"
