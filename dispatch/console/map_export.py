"""A map as a file: GeoJSON of everything drawn, or SVG as it is seen; whose data it is stands in both."""

from collections.abc import Iterable
from html import escape

import numpy as np
from rich.style import Style

from dispatch.console.theme import Look
from dispatch.console.widgets.map_layers import MapLayers, Mark, Outline
from dispatch.console.widgets.map_projection import Window, scale_bar
from dispatch.language import _

_CELL, _ROW = 8.0, 16.0
"""Pixels of a cell; a row is twice as high, as `CELL_ASPECT` has it."""
_FOOT = 36.0
_DIGITS = 6
"""Decimal places of a degree: 0.1 m."""


def map_geojson(layers: MapLayers) -> dict[str, object]:
    """A FeatureCollection (RFC 7946, WGS-84): lines with their `layer`, marks and units with what is known.

    No caller, no patient: only what the map itself shows.
    """
    features = [_line(outline) for outline in (*layers.base.outlines, *layers.lines) if len(outline.segments)]
    features += [_mark(mark) for mark in (*layers.marks, *layers.base.labels) if not mark.once]
    features += _units(layers)
    return {"type": "FeatureCollection", "attribution": layers.base.attributions[0], "features": features}


def _line(outline: Outline) -> dict[str, object]:
    rows = np.round(outline.segments, _DIGITS).tolist()
    coordinates = [[[west, south], [east, north]] for west, south, east, north in rows]
    return {
        "type": "Feature",
        "geometry": {"type": "MultiLineString", "coordinates": coordinates},
        "properties": {"layer": outline.style.removeprefix("map_")},
    }


def _mark(mark: Mark) -> dict[str, object]:
    at = mark.position
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [round(at.lon, _DIGITS), round(at.lat, _DIGITS)]},
        "properties": {"kind": mark.kind, "id": mark.key, "label": mark.label, "shown_as": mark.style},
    }


def _units(layers: MapLayers) -> Iterable[dict[str, object]]:
    units = layers.units
    for at, unit in enumerate(units.ids):
        lon, lat = float(units.lon[at]), float(units.lat[at])
        if np.isnan(lon) or np.isnan(lat):
            continue
        heading = float(units.heading_deg[at])
        yield {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [round(lon, _DIGITS), round(lat, _DIGITS)]},
            "properties": {
                "kind": "unit",
                "id": unit,
                "heading_deg": None if np.isnan(heading) else round(heading),
                "age_s": round(float(units.age_s[at])),
                "stale": bool(units.stale[at]),
                "shown_as": units.styles[int(units.style[at])],
            },
        }


def map_svg(layers: MapLayers, window: Window, styles: Look, ground: str) -> str:
    """The window as a picture of lines and signs; labels may cross here, as they may be moved in it."""
    width, height = window.width * _CELL, window.height * _ROW
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height + _FOOT:g}" '
        "font-family=\"'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif\" font-size=\"12\">",
        f'<rect width="{width:g}" height="{height + _FOOT:g}" fill="{ground}"/>',
        f'<svg width="{width:g}" height="{height:g}" overflow="hidden">',
    ]
    out += [
        _path(outline, window, styles)
        for outline in (*layers.base.outlines, *layers.lines)
        if len(outline.segments) and window.cell_km <= outline.within_km
    ]
    for mark in (*layers.base.labels, *reversed(layers.marks)):
        if window.cell_km <= mark.within_km:
            out += _sign(mark, window, styles)
    out += _unit_signs(layers, window, styles)
    cells, distance = scale_bar(window.cell_km, window.width // 4)
    foot = height + 22
    ink = _ink(styles["normal"])
    out += [
        "</svg>",
        f'<text x="8" y="{foot:g}" fill="{ink}">{escape(layers.base.attributions[0])}</text>',
        f'<path d="M{width - 90 - cells * _CELL:g} {foot:g}h{cells * _CELL:g}" stroke="{ink}"/>',
        f'<text x="{width - 82:g}" y="{foot:g}" fill="{ink}">{escape(distance)}</text>',
        "</svg>",
    ]
    return "\n".join(out) + "\n"


def _path(outline: Outline, window: Window, styles: Look) -> str:
    west, south, east, north = outline.segments.T
    x0, y0 = window.cells(west, south)
    x1, y1 = window.cells(east, north)
    inside = (
        (np.maximum(x0, x1) >= 0)
        & (np.minimum(x0, x1) <= window.width)
        & (np.maximum(y0, y1) >= 0)
        & (np.minimum(y0, y1) <= window.height)
    )
    rows = np.stack([x0 * _CELL, y0 * _ROW, x1 * _CELL, y1 * _ROW], axis=1)[inside]
    drawn = "".join(f"M{a:.1f} {b:.1f}L{c:.1f} {d:.1f}" for a, b, c, d in rows.tolist())
    wide = 4 if outline.broad else 2 if outline.style == "map_route" else 1
    return f'<path d="{drawn}" stroke="{_ink(styles[outline.style])}" stroke-width="{wide}" fill="none"/>'


def _sign(mark: Mark, window: Window, styles: Look) -> Iterable[str]:
    lon, lat = np.array([mark.position.lon]), np.array([mark.position.lat])
    column, row = (float(axis[0]) for axis in window.cells(lon, lat))
    if not (0 <= column <= window.width and 0 <= row <= window.height):
        return
    x, y = column * _CELL, row * _ROW
    if mark.glyph:
        style = styles[mark.style]
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="8" fill="{_ground(style)}" stroke="{_ink(style)}"/>'
        place = f'x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle"'
        yield f'<text {place} fill="{_ink(style)}">{escape(mark.glyph)}</text>'
    if mark.label and window.cell_km <= mark.label_within_km:
        ink = _ink(styles[mark.label_style])
        yield f'<text x="{x + 11:.1f}" y="{y + 4:.1f}" fill="{ink}">{escape(mark.label)}</text>'


def _unit_signs(layers: MapLayers, window: Window, styles: Look) -> Iterable[str]:
    units = layers.units
    columns, rows = window.cells(units.lon, units.lat)
    for at, unit in enumerate(units.ids):
        column, row = float(columns[at]), float(rows[at])
        if not (0 <= column <= window.width and 0 <= row <= window.height):
            continue
        ink = _ink(styles[units.styles[int(units.style[at])]])
        heading = float(units.heading_deg[at])
        turn = f' transform="rotate({heading:.0f})"' if not np.isnan(heading) else ""
        shape = "M0 -7L5 6L0 3L-5 6Z" if turn else "M-4 -4h8v8h-8Z"
        said = _("{unit}, position {age} s old", unit=unit, age=round(float(units.age_s[at])))
        yield (
            f'<g transform="translate({column * _CELL:.1f} {row * _ROW:.1f})"><title>{escape(said)}</title>'
            f'<path d="{shape}"{turn} fill="{ink}"/></g>'
        )


def _ink(style: Style) -> str:
    return style.color.get_truecolor().hex if style.color is not None else "#808080"


def _ground(style: Style) -> str:
    return style.bgcolor.get_truecolor().hex if style.bgcolor is not None else "none"
