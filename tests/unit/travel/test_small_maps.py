"""Small maps by hand: what odd extracts hold is driven as an independent Dijkstra drives it, or refused."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import networkx as nx
import osmium
import pytest
from osmium.osm.mutable import Node, Way

from dispatch import language
from dispatch.decide.roads.graph import RoadGraph
from dispatch.decide.roads.snap import Snapper
from dispatch.decide.roads.tree import grow
from dispatch.domain.errors import DispatchError
from dispatch.settings.travel import load_road_rules
from dispatch.travel.osm import import_roads
from tests.unit.travel.osm_by_hand import graph_of

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
GRID = {
    10 * row + column: (28.0 + row / 1000, 112.9 + column / 1000) for row in range(6) for column in range(10)
}
GRID[98] = GRID[3]  # another node in the same place
WAYS = [
    ([1, 2, 3, 98, 4], {"highway": "residential"}),
    ([4, 14, 13, 12, 11, 1], {"highway": "primary", "oneway": "yes"}),
    ([4, 24, 1], {"highway": "secondary", "oneway": "-1"}),
    ([2, 2, 12], {"highway": "service", "maxspeed": "walk", "access": "private"}),
    ([3, 13], {"highway": "residential", "maxspeed": "20 mph"}),
    ([12, 13, 99_999], {"highway": "residential", "maxspeed": "none"}),
    ([13, 25], {"highway": "residential", "maxspeed": "50;30"}),
    ([25, 24], {"highway": "residential", "maxspeed": "30-50", "motorroad": "yes"}),
    ([31, 32, 33, 31], {"highway": "tertiary", "junction": "roundabout"}),
    ([1, 31], {"highway": "tertiary", "maxspeed:forward": "30", "maxspeed:backward": "50"}),
    ([33, 43, 44], {"highway": "motorway_link"}),
    ([44, 45], {"highway": "motorway", "oneway": "no"}),
    ([45, 46, 47], {"highway": "motorway"}),  # leads nowhere and nowhere back
    ([21, 22, 23], {"highway": "residential"}),  # an island
    ([45, 55], {"route": "ferry"}),
    ([32, 42], {"highway": "residential", "access": "no", "emergency": "yes"}),
    ([1, 42], {"highway": "residential", "motor_vehicle": "no"}),
    ([14], {"highway": "residential"}),
    ([], {"highway": "residential"}),
]


def written(path: Path, ways: list[tuple[list[int], dict[str, str]]] = WAYS) -> Path:
    with osmium.SimpleWriter(str(path)) as file:
        for node, (lat, lon) in sorted(GRID.items()):
            file.add_node(Node(id=node, version=1, location=(lon, lat)))
        for number, (nodes, tags) in enumerate(ways, 1):
            file.add_way(Way(id=number, version=1, nodes=nodes, tags=tags))
    return path


def seconds(graph: RoadGraph, start: int, end: int) -> float:
    snapper = Snapper(graph, 1000)
    at, to = snapper.node(start), snapper.node(end)
    assert at is not None
    assert to is not None
    return float(grow(graph, to, away=False).seconds_of(at)[0])


@pytest.mark.parametrize("form", ["osm.pbf", "osm", "osm.gz", "osm.bz2"])
def test_every_pair_takes_as_long_as_by_hand_in_every_form_of_file(form: str, tmp_path: Path) -> None:
    path = written(tmp_path / f"small.{form}")
    graph, by_hand = import_roads(path, load_road_rules(), NOW), graph_of(path)
    assert set(graph.point_id.tolist()) == set(by_hand)
    assert not {21, 22, 23, 46, 47, 55} & set(by_hand)
    assert 42 in by_hand
    for start, end in product(by_hand, repeat=2):
        expected = nx.dijkstra_path_length(by_hand, start, end, weight="s")
        assert seconds(graph, start, end) == pytest.approx(expected, abs=1e-6)
    assert seconds(graph, 3, 98) == 0
    assert graph.about.ferries_left_out == 1


def test_a_roundabout_is_driven_round_whichever_side_people_drive_on(tmp_path: Path) -> None:
    arms = [([nodes, 40 + nodes % 10], {"highway": "tertiary"}) for nodes in (31, 32, 33)]
    for ring in ([31, 32, 33, 31], [33, 32, 31, 33]):
        path = written(
            tmp_path / f"{ring[0]}.osm.pbf",
            [(ring, {"highway": "tertiary", "junction": "roundabout"}), *arms],
        )
        graph = import_roads(path, load_road_rules(), NOW)
        third = seconds(graph, ring[0], ring[1])
        assert seconds(graph, ring[1], ring[0]) == pytest.approx(
            seconds(graph, ring[1], ring[2]) + seconds(graph, ring[2], ring[0])
        )
        assert third < seconds(graph, ring[1], ring[0])


def test_a_map_that_an_editor_has_not_uploaded_yet_has_negative_ids(tmp_path: Path) -> None:
    path = tmp_path / "drawn.osm"
    path.write_text(
        '<osm version="0.6"><node id="-1" lat="28" lon="112.9"/><node id="-2" lat="28.001" lon="112.9"/>'
        '<node id="-3" lat="28.5" lon="112.9"/>'
        '<way id="-1"><nd ref="-1"/><nd ref="-2"/><tag k="highway" v="primary"/></way></osm>'
    )
    graph = import_roads(path, load_road_rules(), NOW)
    assert sorted(graph.node_id.tolist()) == [-2, -1]
    assert seconds(graph, -1, -2) == pytest.approx(111.195 / (50 / 3.6), rel=1e-4)


REFUSED: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "an empty file": ("a.osm.pbf", lambda _whole: b"", "is empty"),
    "half a file": ("a.osm.pbf", lambda whole: whole[: len(whole) // 2], "cannot read"),
    "a file without its last bytes": ("a.osm.pbf", lambda whole: whole[:-3], "cannot read"),
    "noise": ("a.osm.pbf", lambda _whole: b"noise" * 500, "cannot read"),
    "another form than the name says": ("a.osm", lambda whole: whole, "cannot read"),
    "a name without a form": ("a.bin", lambda whole: whole, "cannot read"),
    "a page": ("a.osm", lambda _whole: b"<html></html>", "cannot read"),
}


@pytest.mark.parametrize("what", REFUSED, ids=list(REFUSED))
def test_what_is_no_whole_map_is_refused_in_a_sentence(what: str, tmp_path: Path) -> None:
    language.use("en")
    name, spoil, said = REFUSED[what]
    whole = written(tmp_path / "whole.osm.pbf").read_bytes()
    (tmp_path / name).write_bytes(spoil(whole))
    with pytest.raises(DispatchError, match=said):
        import_roads(tmp_path / name, load_road_rules(), NOW)


HISTORY = (
    '<osm version="0.6"><node id="1" version="1" lat="28" lon="112.9"/>{second}'
    '<node id="2" version="1" lat="28.001" lon="112.9"/>{first}'
    '<way id="1" version="2" visible="{visible}"><nd ref="1"/><nd ref="2"/>'
    '<tag k="highway" v="primary"/></way></osm>'
)
OLD_WAY = '<way id="1" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="track"/></way>'
OLD_NODE = '<node id="1" version="2" lat="28.5" lon="112.9"/>'


@pytest.mark.parametrize(("second", "first"), [("", OLD_WAY), (OLD_NODE, "")], ids=["way", "node"])
def test_a_history_is_refused_instead_of_driven_on_roads_that_are_gone(
    second: str, first: str, tmp_path: Path
) -> None:
    language.use("en")
    path = tmp_path / "history.osm"
    path.write_text(HISTORY.format(second=second, first=first, visible="true"))
    with pytest.raises(DispatchError, match="more than once"):
        import_roads(path, load_road_rules(), NOW)


def test_a_deleted_way_is_not_driven_on(tmp_path: Path) -> None:
    language.use("en")
    path = tmp_path / "deleted.osm"
    path.write_text(HISTORY.format(second="", first="", visible="false"))
    with pytest.raises(DispatchError, match="no roads"):
        import_roads(path, load_road_rules(), NOW)


def test_a_map_without_roads_says_so(tmp_path: Path) -> None:
    language.use("en")
    path = written(
        tmp_path / "paths.osm.pbf", [([1, 2], {"highway": "footway"}), ([], {"highway": "primary"})]
    )
    with pytest.raises(DispatchError, match="holds no roads"):
        import_roads(path, load_road_rules(), NOW)
