"""`czt roads`: road graphs from OpenStreetMap extracts, and the driving times on them."""

import csv
import io
import json
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dispatch.cli.options import ConfigDir, text_of
from dispatch.clock import CHINA, SystemClock
from dispatch.decide.travel import log_normal, pace
from dispatch.domain.errors import DispatchError
from dispatch.language import _
from dispatch.settings import Configuration, load
from dispatch.text import safe_text

if TYPE_CHECKING:
    from dispatch.decide.roads.assemble import Bounds
    from dispatch.decide.roads.graph import RoadGraph
    from dispatch.travel.osm import Told
    from dispatch.travel.trips import OnRoads, Place

app = typer.Typer(
    help=_("Road graphs from OpenStreetMap extracts, and the driving times on them."),
    no_args_is_help=True,
    rich_markup_mode=None,
)
GraphFile = Annotated[Path, typer.Argument(help=_("a road graph made by czt roads import"))]
AsJson = Annotated[bool, typer.Option("--json", help=_("print everything as JSON"))]
PLACE_FORM = _("LAT,LON in WGS-84 degrees, or node:ID of OpenStreetMap")


@app.command("import", help=_("Make a road graph from an OpenStreetMap extract (.osm.pbf)."))
def import_map(
    source: Annotated[Path, typer.Argument(help=_("the extract, a file such as hunan.osm.pbf"))],
    out: Annotated[
        Path | None, typer.Option("--out", help=_("the graph; default: beside the extract"))
    ] = None,
    bounds: Annotated[
        str, typer.Option("--bounds", help=_("only what lies inside SOUTH,WEST,NORTH,EAST in degrees"))
    ] = "",
    as_json: AsJson = False,
    config: ConfigDir = None,
) -> None:
    """With a progress bar where there is a terminal."""
    from dispatch.travel.graph_file import SUFFIX, save_graph
    from dispatch.travel.osm import import_roads

    rules = load(config).road_rules
    inside = _bounds(bounds) if bounds else None
    target = out or source.with_name(source.name.removesuffix(".pbf").removesuffix(".osm") + SUFFIX)
    with _progress() as told:
        graph = import_roads(source, rules, SystemClock().now(), bounds=inside, told=told)
    save_graph(graph, target)
    _tell_about(graph, target, as_json=as_json)


@app.command("info", help=_("Where a road graph comes from, and how large it is."))
def info(file: GraphFile, as_json: AsJson = False) -> None:
    """Source, date, licence, rules and counts."""
    from dispatch.travel.graph_file import load_graph

    _tell_about(load_graph(file), file, as_json=as_json)


@app.command("eta", help=_("The driving time between two places."))
def eta(
    file: GraphFile,
    start: Annotated[str, typer.Option("--from", help=PLACE_FORM)],
    end: Annotated[str, typer.Option("--to", help=PLACE_FORM)],
    at: Annotated[
        datetime | None, typer.Option("--at", help=_("when it begins, China time; default: now"))
    ] = None,
    blue_light: Annotated[bool, typer.Option("--blue-light", help=_("under blue light"))] = False,
    as_json: AsJson = False,
    config: ConfigDir = None,
) -> None:
    """By the roads; where a place is off them by the law, and it says so."""
    configuration = load(config)
    on = _opened(file, configuration)
    moment = at.replace(tzinfo=CHINA) if at else SystemClock().now()
    trip = on.trip(_place(start, on), _place(end, on))
    factor = pace(configuration.dispatch_rules.travel, moment, blue_light=blue_light)
    minutes = log_normal(trip.seconds / 60 * factor, trip.sigma)
    said = {
        "method": trip.method,
        "seconds": trip.seconds,
        "road_s": trip.road_s,
        "access_s": trip.access_s,
        "factor": factor,
        "at": moment.isoformat(),
        "minutes": minutes.p50,
        "low_min": minutes.p10,
        "high_min": minutes.p90,
        "from": trip.start.said(),
        "to": trip.end.said(),
    }
    if as_json:
        _print(said)
        return
    facts = {"minutes": minutes.p50, "low": minutes.p10, "high": minutes.p90, "method": _(trip.sentence)}
    typer.echo(_("{minutes:.1f} min ({low:.1f}-{high:.1f}), {method}", **facts))
    facts = {"seconds": trip.seconds, "access": trip.access_s or 0.0, "factor": factor}
    typer.echo(
        _(
            "{seconds:.1f} s at an ordinary hour, {access:.1f} s of it off the road; factor {factor:.3f}",
            **facts,
        )
    )
    if trip.road_s is None:
        limit = configuration.road_rules.snap_limit_m
        typer.echo(_("a place is further than {limit:.0f} m from every road of the graph", limit=limit))


@app.command("matrix", help=_("Driving seconds at an ordinary hour from many places to many."))
def matrix(
    file: GraphFile,
    start: Annotated[list[str] | None, typer.Option("--from", help=PLACE_FORM)] = None,
    end: Annotated[list[str] | None, typer.Option("--to", help=PLACE_FORM)] = None,
    places: Annotated[
        Path | None,
        typer.Option("--places", help=_("a CSV with the columns id, lat, lon: from each to each")),
    ] = None,
    as_json: AsJson = False,
    config: ConfigDir = None,
) -> None:
    """As a CSV table, or as JSON; empty or null where a place is off the roads."""
    on = _opened(file, load(config))
    if places is not None:
        starts = ends = _read_places(places, on)
    else:
        starts = [(text, _place(text, on)) for text in start or []]
        ends = [(text, _place(text, on)) for text in end or []]
    if not starts or not ends:
        raise DispatchError(_("name the places with --from and --to, or with --places"))
    table = on.matrix([place for _name, place in starts], [place for _name, place in ends])
    cells = [[None if math.isnan(value) else value for value in row] for row in table]
    if as_json:
        names = {"from": [name for name, _place in starts], "to": [name for name, _place in ends]}
        _print({**names, "seconds": cells})
        return
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["from", *(name for name, _place in ends)])
    for (name, _place_of_row), row in zip(starts, cells, strict=True):
        writer.writerow([name, *("" if value is None else f"{value:.3f}" for value in row)])
    typer.echo(text.getvalue(), nl=False)


# --- what the commands share


def _opened(file: Path, configuration: Configuration) -> "OnRoads":
    from dispatch.travel.graph_file import load_graph
    from dispatch.travel.trips import OnRoads

    return OnRoads(load_graph(file), configuration)


def _place(text: str, on: "OnRoads") -> "Place":
    if text.startswith("node:"):
        found = on.node(text.removeprefix("node:"))
        if found is None:
            raise DispatchError(_("no road of the graph goes through {node}", node=safe_text(text)))
        return found
    numbers = _numbers(text, 2)
    if numbers is None or not (abs(numbers[0]) <= 90 and abs(numbers[1]) <= 180):
        raise DispatchError(
            _(
                "{text} is no place: give latitude and longitude such as 28.19,112.97, or node:ID",
                text=safe_text(text),
            )
        )
    return on.at(numbers[0], numbers[1])


def _read_places(path: Path, on: "OnRoads") -> "list[tuple[str, Place]]":
    try:
        rows = list(csv.DictReader(io.StringIO(text_of(path).decode("utf-8-sig"))))
    except UnicodeDecodeError:
        raise DispatchError(_("{file} is not UTF-8 text", file=path)) from None
    found = []
    for number, row in enumerate(rows, start=2):
        if not row.get("id") or row.get("lat") is None or row.get("lon") is None:
            raise DispatchError(_("{file}, line {line}: needs id, lat and lon", file=path, line=number))
        found.append((row["id"], _place(f"{row['lat']},{row['lon']}", on)))
    return found


def _bounds(text: str) -> "Bounds":
    numbers = _numbers(text, 4)
    if numbers is None or not (numbers[0] < numbers[2] and numbers[1] < numbers[3]):
        raise DispatchError(
            _("{text} are no bounds: give south,west,north,east such as 26,112,29,115", text=safe_text(text))
        )
    south, west, north, east = numbers
    return south, west, north, east


def _numbers(text: str, count: int) -> list[float] | None:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        return None
    return numbers if len(numbers) == count and all(math.isfinite(number) for number in numbers) else None


@contextmanager
def _progress() -> "Iterator[Told]":
    """A bar on standard error for the nodes, whose number is known, and a count for the ways before it."""
    shown = sys.stderr.isatty()
    width = 30

    def told(phase: str, done: int, whole: int) -> None:
        if not shown:
            return
        word = _("ways") if phase == "ways" else _("nodes")
        filled = width * done // whole if whole else 0
        bar = f"[{'#' * filled}{'.' * (width - filled)}] {100 * done // whole:3d} %" if whole else ""
        sys.stderr.write(f"\r{word} {done:,} {bar}\x1b[K")
        sys.stderr.flush()

    try:
        yield told
    finally:
        if shown:
            sys.stderr.write("\r\x1b[K")


def _tell_about(graph: "RoadGraph", file: Path, *, as_json: bool) -> None:
    about = graph.about
    counts = {
        "junctions": len(graph),
        "pieces": len(graph.start),
        "points": len(graph.point_id),
        "road_km": round(float(graph.piece_m.sum()) / 1000, 1),
    }
    if as_json:
        _print({"file": str(file), **counts, **about.model_dump(mode="json")})
        return
    data_at = about.data_at.isoformat() if about.data_at else _("not said")
    imported = f"{about.imported_at:%Y-%m-%d %H:%M} UTC"
    ways = {"kept": about.ways_kept, "read": about.ways_read}
    left_out = {"ferries": about.ferries_left_out, "cut": about.junctions_cut_off}
    lines = [
        str(file),
        _("{junctions} junctions, {pieces} pieces of road, {points} points, {road_km} km", **counts),
        _("from {source}, SHA-256 {digest}", source=safe_text(about.source), digest=about.sha256),
        _("map data of {data}, imported {imported}", data=data_at, imported=imported),
        _("{kept} of {read} ways are driven on", **ways),
        _("left out: {ferries} ferries, {cut} cut-off junctions", **left_out),
        _("road rules: {edition}", edition=safe_text(about.rules.edition)),
        about.licence,
    ]
    if about.bounds:
        lines.insert(4, _("only inside {bounds}", bounds=",".join(f"{edge:g}" for edge in about.bounds)))
    typer.echo("\n".join(lines))


def _print(content: object) -> None:
    typer.echo(json.dumps(content, ensure_ascii=False, indent=2))
