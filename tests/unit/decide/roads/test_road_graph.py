"""Road graphs: what becomes of ways, where places join them, and the times on them."""

import math
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.decide.roads.graph import RoadGraph
from dispatch.decide.roads.snap import Snapper, Snaps
from dispatch.decide.roads.tree import grow
from tests.unit.decide.roads.roads_world import Way, graph_of, place

KMH = 36.0  # ten metres a second
SQUARE = {1: (0.0, 0.0), 2: (1000.0, 0.0), 3: (1000.0, 1000.0), 4: (0.0, 1000.0), 5: (500.0, 0.0)}
RING: list[Way] = [([1, 5, 2], KMH, KMH), ([2, 3], KMH, 0), ([3, 4], KMH, 0), ([4, 1], KMH, 0)]
"""From 1 to 2 both ways, and round from 2 by 3 and 4 back to 1 in one direction only."""


def snap(graph: RoadGraph, *points: tuple[float, float]) -> Snaps:
    where = np.array([place(*point) for point in points])
    return Snapper(graph, 1000).snap(where[:, 0], where[:, 1])


def seconds(graph: RoadGraph, start: tuple[float, float], end: tuple[float, float]) -> float:
    """Road seconds by the tree of the end, which must be those by the tree of the start."""
    there = float(grow(graph, snap(graph, end), away=False).seconds_of(snap(graph, start))[0])
    from_here = float(grow(graph, snap(graph, start), away=True).seconds_of(snap(graph, end))[0])
    assert there == pytest.approx(from_here, abs=1e-6)
    return there


def test_points_between_junctions_are_no_junctions() -> None:
    graph = graph_of(SQUARE, [([1, 5, 2], KMH, KMH), ([2, 3, 4, 1], KMH, 0), ([1, 3], KMH, KMH)])
    assert sorted(graph.node_id.tolist()) == [1, 2, 3]
    assert sorted(np.diff(graph.point_first).tolist()) == [2, 2, 3, 3]


def test_a_way_may_end_where_it_began() -> None:
    graph = graph_of(SQUARE, [([1, 2, 3, 4, 1], KMH, 0)])
    assert graph.node_id.tolist() == [1]
    assert seconds(graph, (100, 0), (900, 0)) == pytest.approx(80, abs=1e-3)
    assert seconds(graph, (900, 0), (100, 0)) == pytest.approx(320, abs=1e-1)


def test_one_way_streets_are_driven_in_their_direction_only() -> None:
    graph = graph_of(SQUARE, RING)
    assert seconds(graph, (1000, 200), (1000, 800)) == pytest.approx(60, abs=1e-2)
    assert seconds(graph, (1000, 800), (1000, 200)) == pytest.approx(20 + 100 + 100 + 100 + 20, abs=1e-1)


def test_within_one_piece_both_directions_are_short_where_both_are_allowed() -> None:
    graph = graph_of(SQUARE, RING)
    assert seconds(graph, (200, 0), (800, 0)) == pytest.approx(60, abs=1e-2)
    assert seconds(graph, (800, 0), (200, 0)) == pytest.approx(60, abs=1e-2)


def test_a_place_at_a_junction_may_leave_by_every_road_there() -> None:
    graph = graph_of(SQUARE, RING)
    assert seconds(graph, SQUARE[2], (500, 0)) == pytest.approx(50, abs=1e-2)
    assert seconds(graph, SQUARE[2], SQUARE[2]) == 0
    assert seconds(graph, SQUARE[4], (500, 0)) == pytest.approx(150, abs=1e-2)


def test_of_parallel_roads_the_quicker_one_counts() -> None:
    graph = graph_of(SQUARE, [([1, 5, 2], 18, 18), ([1, 2], 72, 72)])
    assert seconds(graph, SQUARE[1], SQUARE[2]) == pytest.approx(50, abs=1e-2)


def test_what_cannot_be_reached_or_left_is_cut_off() -> None:
    nodes = SQUARE | {6: (0.0, -500.0), 7: (2000.0, 0.0), 8: (2500.0, 0.0)}
    graph = graph_of(nodes, [*RING, ([1, 6], KMH, 0), ([7, 8], KMH, KMH)])
    assert not {6, 7, 8} & set(graph.point_id.tolist())


def test_a_missing_node_cuts_a_way_in_two() -> None:
    nodes = {node: at for node, at in SQUARE.items() if node != 5}
    graph = graph_of(nodes, RING)
    assert len(graph) == 0


def test_a_place_far_from_every_road_is_nowhere() -> None:
    graph = graph_of(SQUARE, RING)
    found = snap(graph, (500, -999), (500, -1001), (math.nan, 0))
    assert found.piece.tolist()[1:] == [-1, -1]
    assert found.off_m[0] == pytest.approx(999, abs=0.1)


points = st.tuples(st.floats(-300, 1300), st.floats(-300, 1300))


@st.composite
def towns(draw: st.DrawFn) -> tuple[dict[int, tuple[float, float]], list[Way]]:
    """Nodes anywhere, ways between any of them, some of them one-way."""
    spots = st.tuples(st.integers(-300, 1300), st.integers(-300, 1300))  # no two nodes at one place
    drawn = draw(st.lists(spots, min_size=3, max_size=12, unique=True))
    nodes = {number: (float(x), float(y)) for number, (x, y) in enumerate(drawn, start=1)}
    refs = st.lists(st.sampled_from(sorted(nodes)), min_size=2, max_size=5)
    speeds = st.sampled_from([(KMH, KMH), (KMH, 0.0), (0.0, KMH), (18.0, 72.0)])
    ways = draw(st.lists(st.tuples(refs, speeds), min_size=2, max_size=9))
    return nodes, [(way, forward, backward) for way, (forward, backward) in ways]


@settings(max_examples=60, deadline=None)
@given(town=towns())
def test_times_between_all_nodes_are_those_of_a_plain_dijkstra(
    town: tuple[dict[int, tuple[float, float]], list[Way]],
) -> None:
    nodes, ways = town
    plain = nx.DiGraph()
    for refs, forward, backward in ways:
        for a, b in pairwise(refs):
            metres = _metres(place(*nodes[a]), place(*nodes[b]))
            for tail, head, kmh in ((a, b, forward), (b, a, backward)):
                if kmh and a != b:
                    before = plain.get_edge_data(tail, head, {"s": math.inf})["s"]
                    plain.add_edge(tail, head, s=min(before, metres * 3.6 / kmh))
    graph = graph_of(nodes, ways)
    parts = [part for part in nx.strongly_connected_components(plain) if len(part) > 1]
    largest = max((len(part) for part in parts), default=0)
    assert set(graph.point_id.tolist()) in [part for part in parts if len(part) == largest] or not parts
    assert bool(len(graph)) == bool(parts)
    snapper, kept = Snapper(graph, 1000), sorted(set(graph.point_id.tolist()))
    for target in kept:
        at = snapper.node(target)
        assert at is not None
        tree = grow(graph, at, away=False)
        for start in kept:
            here = snapper.node(start)
            assert here is not None
            true = nx.dijkstra_path_length(plain, start, target, weight="s")
            assert float(tree.seconds_of(here)[0]) == pytest.approx(true, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(town=towns(), asked=st.lists(points, min_size=1, max_size=20))
def test_a_place_joins_the_nearest_point_of_all_roads(
    town: tuple[dict[int, tuple[float, float]], list[Way]], asked: list[tuple[float, float]]
) -> None:
    graph = graph_of(*town)
    if not len(graph):
        return
    found = snap(graph, *asked)
    for row, point in enumerate(asked):
        lat, lon = place(*point)
        nearest = min(_to_segments(graph, lat, lon))
        if nearest <= 1000:
            assert found.off_m[row] == pytest.approx(nearest, abs=1e-6)
        else:
            assert found.piece[row] == -1


def _metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    (lat1, lon1), (lat2, lon2) = ((math.radians(x), math.radians(y)) for x, y in (a, b))
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6_371_008.8 * math.asin(math.sqrt(h))


def _to_segments(graph: RoadGraph, lat: float, lon: float) -> list[float]:
    """Metres to every segment, one after the other."""
    scale = math.radians(1) * 6_371_008.8
    ends = set((graph.point_first[1:] - 1).tolist())
    found = []
    for number in range(len(graph.point_id)):
        if number in ends:
            continue
        (ax, ay), (bx, by) = (
            (
                (graph.point_lon[i] - lon) * scale * math.cos(math.radians(lat)),
                (graph.point_lat[i] - lat) * scale,
            )
            for i in (number, number + 1)
        )
        square = (bx - ax) ** 2 + (by - ay) ** 2
        share = -(ax * (bx - ax) + ay * (by - ay)) / square if square else 0.0
        share = min(max(share, 0.0), 1.0)
        found.append(math.hypot(ax + share * (bx - ax), ay + share * (by - ay)))
    return found
