"""Real extracts: imported, and the same times as an independent Dijkstra on every node of the map."""

import random
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from dispatch.decide.roads.graph import RoadGraph
from dispatch.decide.roads.snap import Snapper, Snaps
from dispatch.decide.roads.tree import grow
from dispatch.domain.errors import DispatchError
from dispatch.settings.travel import load_road_rules
from dispatch.travel.graph_file import load_graph, save_graph
from dispatch.travel.osm import import_roads
from tests.unit.travel.osm_by_hand import graph_of

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
EXTRACTS = ("andorra", "liechtenstein")
TARGETS, STARTS = 10, 100


@pytest.fixture(params=EXTRACTS)
def extract(request: pytest.FixtureRequest, shared_data: Path) -> Path:
    path = shared_data / "osm" / f"{request.param}.osm.pbf"
    if not path.is_file():
        pytest.skip(f"no {path.name} among the shared data")
    return path


@cache
def imported(path: Path) -> RoadGraph:
    return import_roads(path, load_road_rules(), NOW)


def many(snapper: Snapper, nodes: list[int]) -> Snaps:
    found = [snapper.node(node) for node in nodes]
    assert all(one is not None for one in found)
    parts = [one for one in found if one is not None]
    return Snaps(
        *(np.concatenate([getattr(one, name) for one in parts]) for name in ("piece", "along_m", "off_m"))
    )


def test_a_thousand_random_trips_take_as_long_as_by_an_independent_dijkstra(extract: Path) -> None:
    graph, by_hand = imported(extract), graph_of(extract)
    snapper, rng = Snapper(graph, 1000), random.Random(7)
    every, turned = sorted(by_hand), by_hand.reverse(copy=True)
    assert set(every) == set(graph.point_id.tolist())
    for target in rng.sample(every, TARGETS):
        starts = rng.sample(every, STARTS)
        to = nx.single_source_dijkstra_path_length(turned, target, weight="s")
        away = nx.single_source_dijkstra_path_length(by_hand, target, weight="s")
        place, snaps = many(snapper, [target]), many(snapper, starts)
        found_to = grow(graph, place, away=False).seconds_of(snaps)
        found_away = grow(graph, place, away=True).seconds_of(snaps)
        assert found_to == pytest.approx([to[start] for start in starts], abs=1e-6)
        assert found_away == pytest.approx([away[start] for start in starts], abs=1e-6)


def test_a_graph_is_read_as_it_was_written(extract: Path, tmp_path: Path) -> None:
    graph, file = imported(extract), tmp_path / "some.roads.npz"
    save_graph(graph, file)
    again = load_graph(file)
    assert again.about == graph.about
    assert graph.about.ways_kept > 1000
    assert graph.about.sha256 == again.about.sha256
    for name in (
        "node_id",
        "start",
        "end",
        "forward_kmh",
        "backward_kmh",
        "way_id",
        "point_first",
        "point_id",
    ):
        assert np.array_equal(getattr(graph, name), getattr(again, name)), name
    assert np.array_equal(graph.point_lat, again.point_lat)
    assert np.array_equal(graph.point_lon, again.point_lon)
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_only_what_lies_inside_the_bounds_is_imported(extract: Path) -> None:
    whole = imported(extract)
    south, north = float(whole.point_lat.min()), float(np.median(whole.point_lat))
    half = import_roads(extract, load_road_rules(), NOW, bounds=(south, -180.0, north, 180.0))
    assert 0 < len(half) < len(whole)
    assert half.point_lat.max() <= north
    with pytest.raises(DispatchError, match=extract.name):
        import_roads(extract, load_road_rules(), NOW, bounds=(28.0, 112.0, 29.0, 113.0))


@pytest.mark.parametrize("content", [b"", b"no map at all", b"\x00\x00\x00\x0d" + b"\xff" * 60])
def test_a_file_that_is_no_map_is_refused_in_a_sentence(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "broken.osm.pbf"
    file.write_bytes(content)
    with pytest.raises(DispatchError, match=r"broken\.osm\.pbf"):
        import_roads(file, load_road_rules(), NOW)
    with pytest.raises(DispatchError, match=r"absent\.osm\.pbf"):
        import_roads(tmp_path / "absent.osm.pbf", load_road_rules(), NOW)


@pytest.mark.parametrize("damage", ["cut", "text", "empty"])
def test_a_damaged_graph_is_refused_in_a_sentence(damage: str, tmp_path: Path, extract: Path) -> None:
    file = tmp_path / "graph.roads.npz"
    save_graph(imported(extract), file)
    whole = file.read_bytes()
    file.write_bytes({"cut": whole[: len(whole) // 2], "text": b"PK no zip", "empty": b""}[damage])
    with pytest.raises(DispatchError, match=r"graph\.roads\.npz"):
        load_graph(file)
