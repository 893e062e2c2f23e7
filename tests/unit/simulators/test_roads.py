import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.clock import epoch_ms
from simulators.ground import Point, River, distance_km
from simulators.trips import Spot, Trip
from tests.unit.simulators.simulated_world import ORIGIN, assumptions, configuration, roads

PLACES: list[Point] = [
    (hospital.position.lat, hospital.position.lon) for hospital in configuration().hospitals
]
places = st.sampled_from(PLACES)
NOW = epoch_ms(ORIGIN)


def fastest_kmh(trip: Trip, until_ms: int) -> float:
    """The greatest speed between two samples of a trip a second apart."""
    points = [trip.at(moment).point for moment in range(trip.start_ms - 2000, until_ms + 2000, 1000)]
    return max((distance_km(a, b) * 3600 for a, b in itertools.pairwise(points)), default=0.0)


@settings(max_examples=25, deadline=None)
@given(places, places, st.booleans())
def test_a_drive_ends_where_it_should_and_is_never_faster_than_allowed(
    a: Point, b: Point, blue: bool
) -> None:
    trip = roads().trip(Spot(a), b, NOW, blue_light=blue)
    assert trip.at(trip.start_ms).point == a
    assert trip.at(trip.end_ms).point == b
    assert fastest_kmh(trip, trip.end_ms) <= assumptions().roads.top_kmh + 0.5


@settings(max_examples=25, deadline=None)
@given(places, places, places, st.floats(0, 1))
def test_a_unit_that_is_sent_elsewhere_on_its_way_does_not_jump(
    a: Point, b: Point, c: Point, part: float
) -> None:
    first = roads().trip(Spot(a), b, NOW, blue_light=True)
    turned = round(first.start_ms + part * (first.end_ms - first.start_ms))
    second = roads().trip(first.at(turned), c, turned, blue_light=True)
    assert distance_km(second.at(turned).point, first.at(turned).point) < 1e-6
    assert second.end == c
    assert fastest_kmh(second, second.end_ms) <= assumptions().roads.top_kmh + 0.5


def test_the_river_is_crossed_at_bridges_and_tunnels_only() -> None:
    graph = roads()
    wrong = [
        (node, edge.to)
        for node, edges in enumerate(graph.edges)
        for edge in edges
        if not edge.crossing and graph.river.crossed(graph.nodes[node], graph.nodes[edge.to])
    ]
    assert wrong == []
    assert {edge.crossing for edges in graph.edges for edge in edges} - {""} == {
        bridge.id for bridge in configuration().bridges
    }


def test_every_node_can_be_reached() -> None:
    tree = roads()._grow(PLACES[0])
    assert max(tree.hours) < 6


def test_a_closed_bridge_is_driven_around_and_takes_longer() -> None:
    graph = roads()
    a, b = (28.2215, 112.9400), (28.2215, 112.9850)
    before = graph.minutes(a, b)
    used = {leg.crossing for leg in graph.trip(Spot(a), b, NOW, blue_light=False)._legs} - {""}
    assert used
    for crossing in used:
        graph.close(crossing)
    try:
        trip = graph.trip(Spot(a), b, NOW, blue_light=False)
        assert not used & {leg.crossing for leg in trip._legs}
        assert graph.minutes(a, b) > before
    finally:
        for crossing in used:
            graph.open(crossing)
    assert graph.minutes(a, b) == before


def test_a_line_across_the_river_is_seen_and_one_beside_it_is_not() -> None:
    river = River((((113.0, 27.0), (113.0, 28.0)),))
    assert river.crossed((27.5, 112.9), (27.6, 113.1))
    assert not river.crossed((27.5, 112.9), (27.6, 112.99))
    assert not river.crossed((28.5, 112.9), (28.5, 113.1))
