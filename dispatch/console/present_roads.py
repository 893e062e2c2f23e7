"""Imported roads as lines of the map: main roads always, every street at street scale."""

import numpy as np

from dispatch.console.widgets.map_layers import Outline
from dispatch.decide.roads.graph import RoadGraph
from dispatch.decide.rules import DispatchRules

STREETS_WITHIN_KM = 0.08
"""Cell width up to which streets are drawn that are no main roads."""
_MAIN_WITHIN_KM = 1.2


def road_outlines(rules: DispatchRules, main_kmh: float) -> tuple[Outline, ...]:
    """Main roads are those on which one may drive `main_kmh` or more; nothing where none were imported."""
    ways = rules.beyond.ways
    graph = ways.road_graph() if ways is not None else None
    if graph is None:
        return ()
    for known, kmh, drawn in _drawn:
        if known is graph and kmh == main_kmh:
            return drawn
    drawn = _outlines(graph, main_kmh)
    _drawn[:] = [(graph, main_kmh, drawn)]
    return drawn


_drawn: list[tuple[RoadGraph, float, tuple[Outline, ...]]] = []
"""The graph drawn last: a million points are not cut into lines again for each screen and language."""


def _outlines(graph: RoadGraph, main_kmh: float) -> tuple[Outline, ...]:
    lat, lon = graph.point_lat, graph.point_lon
    piece = np.repeat(np.arange(len(graph.start)), np.diff(graph.point_first))
    inside = piece[:-1] == piece[1:]  # the last point of a piece is joined to nothing
    segments = np.stack([lon[:-1], lat[:-1], lon[1:], lat[1:]], axis=1)[inside]
    main = np.maximum(graph.forward_kmh, graph.backward_kmh)[piece[:-1][inside]] >= main_kmh
    return (
        Outline(segments[~main], "map_street", within_km=STREETS_WITHIN_KM),
        Outline(segments[main], "map_road", within_km=_MAIN_WITHIN_KM),
    )
