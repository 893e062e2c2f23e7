"""`czt study replay`: the same calls, units and minutes as another simulator had, call by call."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from dispatch.causes import cause
from dispatch.domain.errors import DispatchError
from dispatch.language import _
from dispatch.text import safe_text
from simulators.study.expected import Deviations, compare
from simulators.study.replay import (
    COLUMNS,
    HOURS,
    MOMENTS,
    QUEUES,
    ROUNDINGS,
    RULES,
    TIES,
    Options,
    replay,
    rounded,
    rows,
)
from simulators.study.returning import NEAREST_NODE, WAYS, NearestNode
from simulators.study.tables import column_options, folded, in_unit
from simulators.study.trace_columns import CALL_FIELDS, TIME_FIELDS, UNIT_FIELDS, Reading
from simulators.study.trace_times import Times, read_times
from simulators.study.traces import read_calls, read_nodes, read_places, read_units

FIELDS = {"calls": tuple(CALL_FIELDS), "units": tuple(UNIT_FIELDS), "times": tuple(TIME_FIELDS)}


class TimeUnit(StrEnum):
    """Units of time that a file may be in."""

    S = "s"
    MIN = "min"
    H = "h"
    D = "d"


def one_of(option: str, value: str, allowed: Sequence[str]) -> str:
    """`value`, or a DispatchError that names what is allowed."""
    if value not in allowed:
        said = ", ".join(allowed)
        raise DispatchError(
            _("{option}: {value} is not known; allowed: {allowed}", option=option, value=value, allowed=said)
        )
    return value


def replay_command(
    calls: Annotated[Path, typer.Option("--calls", help=_("CSV of calls; columns: docs/studies.md"))],
    units: Annotated[Path, typer.Option("--units", help=_("CSV of units: id and base node"))],
    times: Annotated[
        Path, typer.Option("--times", help=_("CSV of minutes between nodes: pairs or a matrix"))
    ],
    out: Annotated[
        Path | None, typer.Option("--out", help=_("write a row for each call; without it a summary only"))
    ] = None,
    rule: Annotated[str, typer.Option("--rule", help="|".join(RULES))] = "idle-or-returning",
    tie: Annotated[
        str, typer.Option("--tie", help=_("in order, by comma: {ties}", ties=", ".join(TIES)))
    ] = "file",
    tie_within: Annotated[
        float, typer.Option("--tie-within", min=0, help=_("minutes that count as the same distance"))
    ] = 0.0,
    queue: Annotated[str, typer.Option("--queue", help="|".join(QUEUES))] = "fifo",
    queue_at: Annotated[
        str | None,
        typer.Option("--queue-at", help=_("free|base: where a unit is asked for waiting calls")),
    ] = None,
    returning_from: Annotated[
        str,
        typer.Option("--returning-from", help=_("where a unit on its way home counts: docs/studies.md")),
    ] = "linear",
    chosen_as: Annotated[
        str | None,
        typer.Option("--chosen-as", help=_("the same for choosing alone, if it differs from driving")),
    ] = None,
    closest_by: Annotated[str, typer.Option("--closest-by", help="travel|arrival")] = "travel",
    turnout: Annotated[
        float, typer.Option("--turnout", min=0, help=_("minutes from order to wheels rolling"))
    ] = 0.0,
    turnout_road: Annotated[
        float | None,
        typer.Option("--turnout-road", min=0, help=_("the same for a unit away from its base")),
    ] = None,
    dispatch_delay: Annotated[
        float, typer.Option("--dispatch-delay", min=0, help=_("minutes from call to choice, for every call"))
    ] = 0.0,
    same_moment: Annotated[str, typer.Option("--same-moment", help="free-first|calls-first")] = "free-first",
    unit: Annotated[
        TimeUnit, typer.Option("--unit", help=_("unit of all times in the files"))
    ] = TimeUnit.MIN,
    times_unit: Annotated[
        TimeUnit | None, typer.Option("--times-unit", help=_("unit of the driving times, if another"))
    ] = None,
    out_unit: Annotated[TimeUnit, typer.Option("--out-unit", help=_("unit of the answer"))] = TimeUnit.MIN,
    transport_times: Annotated[
        Path | None, typer.Option("--transport-times", help=_("minutes with a patient, if they differ"))
    ] = None,
    return_times: Annotated[
        Path | None, typer.Option("--return-times", help=_("minutes of the way home, if they differ"))
    ] = None,
    symmetric: Annotated[
        bool, typer.Option("--symmetric", help=_("a pair counts in both directions"))
    ] = False,
    rounding: Annotated[str, typer.Option("--round", help="|".join(ROUNDINGS))] = "none",
    round_to: Annotated[float, typer.Option("--round-to", help=_("minutes to round driving times to"))] = 1.0,
    hour_factor: Annotated[
        str | None, typer.Option("--hour-factor", help=_("24 factors of driving time, by comma"))
    ] = None,
    start_hour: Annotated[
        float, typer.Option("--start-hour", min=0, max=24, help=_("hour of the day at minute 0"))
    ] = 0.0,
    hospitals: Annotated[
        Path | None,
        typer.Option("--hospitals", help=_("CSV of hospital nodes: the nearest where none is named")),
    ] = None,
    nodes: Annotated[
        Path | None, typer.Option("--nodes", help=_("CSV of node, x, y for --returning-from nearest-node"))
    ] = None,
    first_node: Annotated[
        int, typer.Option("--first-node", help=_("number of the first node of a matrix without names"))
    ] = 1,
    start: Annotated[
        str | None, typer.Option("--start", help=_("node|time: what the column start of the units holds"))
    ] = None,
    column: Annotated[
        list[str] | None, typer.Option("--column", help=_("FILE.FIELD=HEADER, e.g. calls.node=postcode"))
    ] = None,
    expect: Annotated[
        Path | None, typer.Option("--expect", help=_("the other simulator's answer, to be compared"))
    ] = None,
    within: Annotated[
        float, typer.Option("--within", min=0, help=_("minutes that a compared time may be off"))
    ] = 1e-9,
    as_json: Annotated[bool, typer.Option("--json", help=_("print everything as JSON"))] = False,
) -> None:
    """Replay a trace and say how every call went."""
    if start is not None:
        one_of("--start", start, ("node", "time"))
    reading = Reading(
        unit=unit.value,
        times_unit=times_unit.value if times_unit else None,
        columns=column_options(column or [], FIELDS),
        symmetric=symmetric,
        first_node=first_node,
        start_is=start,
    )
    one_of("--round", rounding, ROUNDINGS)
    if not round_to > 0:
        raise DispatchError(_("--round-to: give more than 0 minutes"))
    drive = _times(times, reading, rounding, round_to)
    carried = (
        drive.aligned(_times(transport_times, reading, rounding, round_to)) if transport_times else drive
    )
    back = drive.aligned(_times(return_times, reading, rounding, round_to)) if return_times else drive
    options = _options(
        rule=rule,
        ties=tie,
        tie_within_min=tie_within,
        queue=queue,
        queue_at=queue_at,
        returning=returning_from,
        chosen_as=chosen_as,
        closest_by=closest_by,
        turnout_base_min=turnout,
        turnout_road_min=turnout_road,
        same_moment=same_moment,
        hour_factor=hour_factor,
        start_hour=start_hour,
        places=read_places(nodes, drive) if nodes else None,
    )
    fleet = read_units(units, drive, reading)
    asked = read_calls(calls, carried, reading, read_nodes(hospitals, drive) if hospitals else ())
    asked = [replace(call, delay_min=call.delay_min + dispatch_delay) for call in asked]
    run, trips = replay(asked, fleet, drive, options, carried, back)
    table = rows(run, trips)
    if out is not None:
        _write(out, table, out_unit.value)
    compared = compare(expect, table, within, unit.value) if expect else None
    _say(table, compared, reading, as_json=as_json)
    if compared is not None and not compared.same:
        raise typer.Exit(1)


def _times(path: Path, reading: Reading, rounding: str, step_min: float) -> Times:
    found = read_times(path, reading)
    found.minutes = rounded(found.minutes, rounding, step_min)
    return found


def _options(
    *,
    rule: str,
    ties: str,
    tie_within_min: float,
    queue: str,
    queue_at: str | None,
    returning: str,
    chosen_as: str | None,
    closest_by: str,
    turnout_base_min: float,
    turnout_road_min: float | None,
    same_moment: str,
    hour_factor: str | None,
    start_hour: float,
    places: tuple[list[float], list[float]] | None,
) -> Options:
    ways = dict(WAYS)
    if places is not None:
        ways[NEAREST_NODE] = NearestNode(*places)
    elif NEAREST_NODE in (returning, chosen_as):
        raise DispatchError(_("nearest-node needs --nodes with the places of all nodes"))
    for option, value in (("--returning-from", returning), ("--chosen-as", chosen_as)):
        if value is not None:
            one_of(option, value, tuple(ways))
    if queue_at is not None:
        one_of("--queue-at", queue_at, ("free", "base"))
    return Options(
        rule=one_of("--rule", rule, RULES),
        ties=tuple(one_of("--tie", name.strip(), TIES) for name in ties.split(",")),
        tie_within_min=tie_within_min,
        queue=one_of("--queue", queue, QUEUES),
        queue_at=queue_at,
        returning=returning,
        chosen_as=chosen_as,
        closest_by=one_of("--closest-by", closest_by, ("travel", "arrival")),
        turnout_base_min=turnout_base_min,
        turnout_road_min=turnout_road_min,
        same_moment=one_of("--same-moment", same_moment, ("free-first", "calls-first")),
        hour_factor=_factors(hour_factor),
        start_hour=start_hour,
        ways=ways,
    )


def _factors(text: str | None) -> tuple[float, ...]:
    if text is None:
        return ()
    try:
        factors = tuple(float(part) for part in text.split(","))
    except ValueError:
        factors = ()
    if len(factors) != HOURS or not all(0 < factor < float("inf") for factor in factors):
        raise DispatchError(_("--hour-factor: give 24 numbers above 0, by comma"))
    return factors


def _write(path: Path, table: Sequence[dict[str, str | float | None]], unit: str) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in table:
        writer.writerow([_cell(row[name], unit if name in MOMENTS else None) for name in COLUMNS])
    try:
        path.write_text(text.getvalue(), "utf-8")
    except OSError as error:
        raise DispatchError(_("cannot write {file}: {error}", file=path, error=cause(error))) from error


def _cell(value: str | float | None, unit: str | None) -> str:
    if value is None:
        return ""
    return repr(in_unit(float(value), unit)) if unit is not None else str(value)


def _say(
    table: Sequence[dict[str, str | float | None]],
    compared: Deviations | None,
    reading: Reading,
    *,
    as_json: bool,
) -> None:
    response = np.array([row["response"] for row in table if row["response"] is not None], np.float64)
    waited = np.array([row["waited"] for row in table if row["waited"] is not None], np.float64)
    figures: dict[str, float | int | None] = {
        "calls": len(table),
        "served": len(response),
        "response_mean_min": float(response.mean()) if len(response) else None,
        "response_p50_min": float(np.quantile(response, 0.5)) if len(response) else None,
        "response_p90_min": float(np.quantile(response, 0.9)) if len(response) else None,
        "waited": int((waited > 0).sum()),
    }
    if as_json:
        said: dict[str, object] = dict(figures)
        said["columns"], said["columns_not_read"] = reading.read, reading.not_read
        if compared is not None:
            said["compared"] = compared.plain()
        typer.echo(json.dumps(said, ensure_ascii=False, indent=2))
        return
    typer.echo("\n".join(safe_text(line) for line in _read_as(reading)))
    for name, value in figures.items():
        typer.echo(f"{name:<20} {'—' if value is None else f'{value:,.6g}'}")
    if compared is not None:
        typer.echo("\n".join(safe_text(line) for line in compared.lines()))


def _read_as(reading: Reading) -> list[str]:
    """Which column was taken for what, file by file."""
    lines = []
    for file, columns in reading.read.items():
        taken = ", ".join(
            name if folded(header) == name else f"{name} ← {header}" for name, header in columns.items()
        )
        lines.append(_("read from {file}: {columns}", file=file, columns=taken))
        if others := ", ".join(reading.not_read[file]):
            lines.append(_("not read from {file}: {columns}", file=file, columns=others))
    return lines
