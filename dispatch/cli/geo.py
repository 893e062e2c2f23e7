"""`czt geo`: coordinates of Chinese maps turned into each other."""

import json
import math
from typing import Annotated

import typer

from dispatch.domain.datum import from_wgs84, outside_china, to_wgs84
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import Datum
from dispatch.language import _
from dispatch.text import safe_text

app = typer.Typer(
    help=_("Coordinates of Chinese maps turned into each other."), no_args_is_help=True, rich_markup_mode=None
)


@app.callback()
def root() -> None:
    """One command by now; its name stays."""


@app.command("convert", help=_("Turn coordinates of one datum into another's: wgs84, gcj02, bd09."))
def convert(
    points: Annotated[list[str], typer.Argument(help=_("LAT,LON in degrees"))],
    source: Annotated[Datum, typer.Option("--from", help=_("the datum they are given in"))],
    target: Annotated[Datum, typer.Option("--to", help=_("the datum that is wanted"))],
    as_json: Annotated[bool, typer.Option("--json", help=_("print everything as JSON"))] = False,
) -> None:
    """Both inverses are exact to better than 1e-9 degrees; outside China's box nothing moves."""
    found = []
    for point in points:
        lat, lon = _point(point)
        new_lat, new_lon = from_wgs84(*to_wgs84(lat, lon, source), target)
        found.append({"from": {"lat": lat, "lon": lon}, "to": {"lat": new_lat, "lon": new_lon},
                      "moved": not outside_china(lat, lon)})  # fmt: skip
        if not as_json:
            typer.echo(f"{new_lat:.9f},{new_lon:.9f}")
    if as_json:
        typer.echo(json.dumps({"from": source.value, "to": target.value, "points": found}, indent=2))


def _point(text: str) -> tuple[float, float]:
    try:
        lat, lon = (float(part) for part in text.split(","))
    except ValueError:
        lat = lon = math.nan
    if not (abs(lat) <= 90 and abs(lon) <= 180):
        raise DispatchError(
            _("{text} is no place: give latitude and longitude such as 28.19,112.97", text=safe_text(text))
        )
    return lat, lon
