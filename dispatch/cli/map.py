"""`czt map`: a picture as a map for scripts: text, GeoJSON, or SVG, as the console's own map shows it."""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from dispatch.causes import cause
from dispatch.cli.options import ConfigDir, text_of
from dispatch.decide.documents import read
from dispatch.decide.picture_document import PictureDocument
from dispatch.domain.errors import DispatchError
from dispatch.language import _, current
from dispatch.picture.live import Picture
from dispatch.settings import config_file, load
from dispatch.text import safe_text

if TYPE_CHECKING:
    from dispatch.console.widgets.map_layers import MapLayers

_CELLS = (160, 80)
"""The size of the drawing in cells of the console's map, which are twice as high as wide."""


def map_(
    picture: Annotated[
        Path,
        typer.Option("--picture", help=_("the picture as JSON (schema: picture); - reads standard input")),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help=_("print GeoJSON: everything the map shows"))
    ] = False,
    svg: Annotated[Path | None, typer.Option("--svg", help=_("write the map as an SVG file"))] = None,
    city: Annotated[
        str, typer.Option("--city", help=_("only around this city in the SVG; default: all three"))
    ] = "",
    theme: Annotated[str, typer.Option("--theme", help=_("colours of the SVG"))] = "day",
    config: ConfigDir = None,
) -> None:
    """A line a unit, incident and closed bridge, with place and age; no caller and no patient."""
    from dispatch.console.limits import load_manners
    from dispatch.console.map_export import map_geojson, map_svg
    from dispatch.console.present_map import map_base, map_layers
    from dispatch.console.present_roads import road_outlines
    from dispatch.console.present_scene import AgeLimits, Scene
    from dispatch.console.theme import THEMES, look, palette
    from dispatch.console.widgets.map_projection import Window

    if theme not in THEMES:
        raise DispatchError(_("{name} is not one of {listed}", name=repr(theme), listed=", ".join(THEMES)))
    configuration = load(config)
    rules, manners = configuration.dispatch_rules, load_manners(config_file("console.toml", config))
    document = read("picture", PictureDocument, text_of(picture))
    seen = document.to_picture(configuration.components)
    cities = tuple(seen.cities.values())
    if city and city not in seen.cities:
        raise DispatchError(
            _("{name} is not one of {listed}", name=repr(city), listed=", ".join(seen.cities))
        )
    base = map_base(configuration.ground, cities, road_outlines(rules, manners.map.main_road_kmh))
    ages = AgeLimits(rules.units.warn_age_s, rules.units.stale_age_s, rules.units.exclude_age_s)
    layers = map_layers(seen, Scene.of(seen, document.now, ages), base)
    if svg is not None:
        window = Window(0.0, 0.0, 1.0, *_CELLS).fitted(base.boxes[city])
        try:
            svg.write_text(map_svg(layers, window, look(theme), palette(theme).background), "utf-8")
        except OSError as error:
            raise DispatchError(_("cannot write {file}: {error}", file=svg, error=cause(error))) from error
    if as_json:
        found = {**map_geojson(layers), "as_of": document.now.isoformat()}
        typer.echo(json.dumps(found, ensure_ascii=False))
    elif svg is None:
        typer.echo("\n".join(_lines(layers, seen, document.now)))


def _lines(layers: "MapLayers", seen: Picture, now: datetime) -> Iterable[str]:
    from dispatch.console.present import priority_text, state_text
    from dispatch.console.present_incidents import INCIDENT_WORDS
    from dispatch.console.present_times import SHANGHAI

    yield _("as of {moment}", moment=now.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"))
    for incident in seen.open_incidents():
        yield "  ".join((
            safe_text(incident.id), priority_text(incident.priority), _(INCIDENT_WORDS[incident.state]),
            safe_text(incident.place), _at(incident.position.lat, incident.position.lon),
        ))  # fmt: skip
    points = layers.units
    for at, (unit, status) in enumerate(zip(seen.fleet.units, seen.fleet.statuses, strict=True)):
        state = state_text(status.state) if status is not None else _("never reported")
        if np.isnan(points.lat[at]):
            where = _("no position was ever reported")
        else:
            aged = _("{seconds} s old", seconds=round(float(points.age_s[at])))
            where = f"{_at(float(points.lat[at]), float(points.lon[at]))}  {aged}"
            where += f"  {_('too old to go by')}" if points.stale[at] else ""
        yield f"{safe_text(unit.id)}  {seen.cities[unit.city].name.text(current())}  {state}  {where}"
    for bridge in seen.bridges:
        if bridge.closed:
            at_bridge = _at(bridge.position.lat, bridge.position.lon)
            yield f"{bridge.name.text(current())}  {_('closed: no way is reckoned over it')}  {at_bridge}"
    yield layers.base.attributions[0]


def _at(lat: float, lon: float) -> str:
    return f"{lat:.6f},{lon:.6f}"
