"""`czt study calls` and `czt study calibrate`: what a CSV of real calls and responses is good for."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from dispatch.causes import cause
from dispatch.cli.options import ConfigDir
from dispatch.cli.study_replay import one_of
from dispatch.cli.study_run import AsCsv, AsJson, Heading, Plots, Policies, answer, policies_of, progress
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import City, Datum
from dispatch.language import _
from dispatch.settings import load
from dispatch.settings.files import TomlFile, config_file
from dispatch.text import safe_text
from simulators.study import calibrate as fitting
from simulators.study import real_calls
from simulators.study.calibrate import Calibrated, calibrate, find_stamps
from simulators.study.cities_ground import onto_cities
from simulators.study.compare import compared
from simulators.study.demand import DAY_MIN
from simulators.study.drill_file import drill_toml
from simulators.study.real_calls import Move, MovedCall, Spot, Window, move, read_real_calls
from simulators.study.scenario import FOLDER, Region
from simulators.study.stamps import zone
from simulators.study.tables import column_options, read_table

REGION = f"{FOLDER}/assumptions/three-cities.toml"
DataFile = Annotated[Path, typer.Option("--file", help=_("the CSV"))]
Columns = Annotated[
    list[str] | None, typer.Option("--column", help=_("FILE.FIELD=HEADER, e.g. file.lat=incident_lat"))
]


def calls_command(
    file: DataFile,
    onto: Annotated[
        str, typer.Option("--onto", help=_("a city; all: by population; stay: calls of these cities"))
    ] = "all",
    first: Annotated[str | None, typer.Option("--from", help=_("first day, e.g. 2020-03-01"))] = None,
    days: Annotated[int | None, typer.Option("--days", min=1, help=_("how many days of the file"))] = None,
    fold: Annotated[
        int, typer.Option("--fold", min=1, help=_("lay so many days of the file on one another"))
    ] = 1,
    scale: Annotated[float, typer.Option("--scale", help=_("multiplies distances from the middle"))] = 1.0,
    places: Annotated[
        str, typer.Option("--places", help=_("file, or drawn: for a file without coordinates"))
    ] = "file",
    zone_name: Annotated[
        str | None,
        typer.Option("--zone", help=_("time zone of the place: of stamps in UTC or with an offset")),
    ] = None,
    datum: Annotated[
        Datum, typer.Option("--datum", help=_("what the coordinates are in: wgs84, gcj02 or bd09"))
    ] = Datum.WGS84,
    within_km: Annotated[
        float,
        typer.Option("--within-km", min=1, help=_("calls farther from the middle of the file are left out")),
    ] = 150.0,
    grid_km: Annotated[
        float, typer.Option("--grid-km", help=_("calls this near to each other share a node"))
    ] = 1.0,
    policies: Policies = "own,closest,guarded",
    seed: Annotated[
        int, typer.Option("--seed", min=0, max=2**40, help=_("for what the file leaves open"))
    ] = 1,
    replications: Annotated[
        int, typer.Option("--replications", min=1, max=1000, help=_("draws of what the file leaves open"))
    ] = 5,
    drill: Annotated[
        Path | None, typer.Option("--drill", help=_("write the first day as a drill scenario (TOML)"))
    ] = None,
    column: Columns = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    plots: Plots = None,
    config: ConfigDir = None,
) -> None:
    """Move the calls onto the configured cities and compare policies on them."""
    chosen, configuration = policies_of(policies), load(config)
    cities = _cities(onto, configuration.cities)
    if not 0 < scale < float("inf") or not 0.05 <= grid_km <= 50:
        raise DispatchError(_("--scale must be above 0, --grid-km from 0.05 to 50"))
    drawn = one_of("--places", places, ("file", "drawn")) == "drawn"
    named = column_options(column or [], {"file": tuple(real_calls.FIELDS)})["file"]
    stay = onto == "stay"
    if stay and drawn:
        raise DispatchError(_("--onto stay needs the places of the file, not --places drawn"))
    spot = Spot(zone(zone_name), datum, within_km)
    window = Window(_day(first), days)
    found, left = read_real_calls(read_table(file), named, drawn=drawn, window=window, spot=spot)
    region = TomlFile(config_file(REGION, config)).read(Region)
    told, replications_found = progress(), []
    for number in range(replications):
        moved = move(found, Move(cities, seed + number, scale, fold, stay=stay))
        if number == 0 and drill is not None:
            _write(drill, drill_toml(moved, file.name))
        scene = onto_cities(configuration, region, moved, seed + number, grid_km)
        lasting = max(1.0, -(-moved[-1].at_min // DAY_MIN))
        one = compared(scene, chosen, configuration.dispatch_rules, seed + number, 0, 0.0, lasting)
        replications_found.append(one)
        told(number + 1, replications)
    typer.echo(_read(found, left, moved), err=True)
    note = _("real call times, moved in place; durations and transport drawn where the file has none")
    if drawn:
        note = _("real call times; places, durations and transport are drawn")
    heading = Heading(file.stem, safe_text(file.name), region.edition, safe_text(file.name), note)
    answer(heading, replications_found, as_json=as_json, as_csv=as_csv)
    if plots is not None:
        from simulators.study.plots import draw_plots

        for path in draw_plots(plots, file.stem, file.name, replications_found):
            typer.echo(_("written: {file}", file=path), err=True)


def _cities(onto: str, known: Sequence[City]) -> list[City]:
    if onto in ("all", "stay"):
        return list(known)
    one_of("--onto", onto, ["all", "stay", *(str(city.code) for city in known)])
    return [city for city in known if city.code == onto]


def _day(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise DispatchError(_("--from: write the day as 2020-03-01")) from None


def _read(found: Sequence[real_calls.RealCall], left: Counter[str], moved: Sequence[MovedCall]) -> str:
    reasons = "; ".join(f"{_(real_calls.LEFT_OUT[why])}: {count}" for why, count in left.items() if count)
    said = _(
        "{calls} calls from {first} to {last} on {days} days",
        calls=len(found),
        first=f"{found[0].at:%Y-%m-%d}",
        last=f"{found[-1].at:%Y-%m-%d}",
        days=int(moved[-1].at_min // DAY_MIN) + 1,
    )
    if unknown := sum(call.priority is None for call in found):
        said += _("; {count} without a priority that is understood: taken as 2", count=unknown)
    return f"{said}; {_('left out')}: {reasons}" if reasons else said


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise DispatchError(_("cannot write {file}: {error}", file=path, error=cause(error))) from error


def calibrate_command(
    file: DataFile,
    column: Columns = None,
    longest: Annotated[
        float, typer.Option("--longest", min=1, help=_("minutes; longer ones are left out and counted"))
    ] = 240.0,
    as_json: AsJson = False,
    plot: Annotated[
        Path | None, typer.Option("--plot", help=_("draw observed and fitted into an SVG"))
    ] = None,
) -> None:
    """Fit laws to every duration that the file has, and say how well they fit."""
    named = column_options(column or [], {"file": fitting.FIELDS})["file"]
    found = calibrate(find_stamps(read_table(file), named), longest)
    if as_json:
        typer.echo(json.dumps(_document(file, found, longest), ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(line for one in found for line in [*_lines(one), ""]).rstrip())
    if plot is not None:
        from simulators.study.plots import draw_fits

        typer.echo(_("written: {file}", file=draw_fits(plot, found)), err=True)


def _document(file: Path, found: Sequence[Calibrated], longest: float) -> dict[str, object]:
    return {
        "file": file.name,
        "longest_min": longest,
        "fitted_on": "every other row; KS and p-value on the rows between",
        "durations": [
            {
                "name": one.name,
                "n": one.n,
                "excluded": one.excluded,
                "mean_min": one.mean if one.n else None,
                "quantiles_min": dict(zip(map(str, fitting.QUANTILES), one.quantiles, strict=False)),
                "fits": [
                    {
                        "law": fit.law,
                        "parameters": fit.parameters,
                        "ks": fit.ks,
                        "p_value": fit.p_value,
                        "aic": fit.aic,
                        "quantiles_min": dict(zip(map(str, fitting.QUANTILES), fit.quantiles, strict=True)),
                    }
                    for fit in one.fits
                ],
            }
            for one in found
        ],
    }


def _lines(one: Calibrated) -> list[str]:
    reasons = "; ".join(f"{_(fitting.EXCLUDED[why])}: {count}" for why, count in one.excluded.items())
    lines = [_("{name}: n = {n}", name=one.name, n=one.n) + (f"  ({reasons})" if reasons else "")]
    if not one.fits:
        return [*lines, _("  fewer than {least} rows: nothing is fitted", least=fitting.LEAST_ROWS)]
    percents = "".join(f"{f'p{100 * part:g}':>8}" for part in fitting.QUANTILES)
    lines.append(f"  {_('minutes'):<14}{percents}{'KS':>9}{'p':>9}")
    lines.append(f"  {_('measured'):<14}" + "".join(f"{value:8.2f}" for value in one.quantiles))
    for fit in one.fits:
        row = "".join(f"{value:8.2f}" for value in fit.quantiles)
        said = ", ".join(f"{name} {value:.4g}" for name, value in fit.parameters.items())
        lines.append(f"  {fit.law:<14}{row}{fit.ks:9.4f}{fit.p_value:9.2g}   {said}")
    best = one.fits[0]
    verdict = _(
        "  best: {law}, KS {ks:.3f} on held-out rows; a small p says that the law is not exact",
        law=best.law,
        ks=best.ks,
    )
    return [*lines, verdict]
