"""Small road graphs made by hand, in a plane of one kilometre near Changsha."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import cos, radians
from pathlib import Path

import numpy as np

from dispatch.decide.roads.assemble import NodeTable, WayTable, assemble
from dispatch.decide.roads.graph import GraphAbout, RoadGraph
from dispatch.decide.roads.rules import RoadRules

FILE = Path(__file__).parents[4] / "config" / "rules" / "roads.toml"
RULES = RoadRules.model_validate_json(json.dumps(tomllib.loads(FILE.read_text("utf-8")), default=str))
SOUTH, WEST = 28.19, 112.97
METRE_DEG = 180 / np.pi / 6_371_008.8
NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
Way = tuple[Sequence[int], float, float]
"""Nodes, km/h along, km/h against; 0: not allowed."""


def place(x_m: float, y_m: float) -> tuple[float, float]:
    """A point so many metres east and north of the corner, in degrees."""
    return SOUTH + y_m * METRE_DEG, WEST + x_m * METRE_DEG / cos(radians(SOUTH))


def about() -> GraphAbout:
    return GraphAbout(
        source="by hand",
        sha256="0" * 64,
        imported_at=NOW,
        rules=RULES,
        ways_read=0,
        ways_kept=0,
        ferries_left_out=0,
        junctions_cut_off=0,
    )


def graph_of(nodes: Mapping[int, tuple[float, float]], ways: Sequence[Way]) -> RoadGraph:
    """A graph of nodes (metres east, north) and ways."""
    ids = sorted(nodes)
    where = [place(*nodes[node]) for node in ids]
    table = NodeTable(np.array(ids), np.array([lat for lat, _ in where]), np.array([lon for _, lon in where]))
    first = np.cumsum([0, *(len(refs) for refs, _f, _b in ways)])
    refs = np.array([node for way, _f, _b in ways for node in way], np.int64)
    speeds = np.array([[forward, backward] for _refs, forward, backward in ways], np.float64)
    found = assemble(WayTable(np.arange(len(ways)) + 1, first, refs, speeds[:, 0], speeds[:, 1]), table)
    return found.graph(about())
