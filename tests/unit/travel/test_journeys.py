"""Driving times beside the screen: answered at once, worked out in a thread, remembered, and said how."""

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from dispatch.decide.ambulances import UnitRequest, rank_units
from dispatch.decide.roads.graph import RoadGraph
from dispatch.decide.roads.snap import Snaps
from dispatch.decide.roads.tree import Tree, grow
from dispatch.decide.travel import STRAIGHT, Floats
from dispatch.decide.ways import (
    LAW,
    PLACE_OFF_ROAD,
    ROADS,
    ROADS_COMING,
    ROADS_METHOD,
    TABLE,
    TABLE_COMING,
    TABLE_METHOD,
    Beyond,
    Known,
)
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.incidents import Priority
from dispatch.travel import journeys
from dispatch.travel.journeys import Journeys, Roads
from dispatch.travel.table import TableServer
from tests.unit.decide.decide_world import DISPATCH_RULES, random_picture
from tests.unit.decide.decide_world import NOW as MORNING
from tests.unit.decide.roads.roads_world import RULES, Way, graph_of, place
from tests.unit.travel.routing_server import seconds_between, serving

KMH = 36.0
SQUARE = {1: (0.0, 0.0), 2: (1000.0, 0.0), 3: (1000.0, 1000.0), 4: (0.0, 1000.0)}
RING: list[Way] = [([1, 2], KMH, KMH), ([2, 3], KMH, 0), ([3, 4], KMH, 0), ([4, 1], KMH, 0)]


def roads() -> Roads:
    return Roads(graph_of(SQUARE, RING), RULES)


def at(x_m: float, y_m: float) -> Position:
    lat, lon = place(x_m, y_m)
    return Position(lat=lat, lon=lon)


def units(*points: tuple[float, float]) -> tuple[Floats, Floats]:
    where = np.array([place(*point) for point in points])
    return where[:, 0].copy(), where[:, 1].copy()


def patiently(ask: Callable[[], Known], enough: Callable[[Known], bool]) -> Known:
    """What is known once the worker has done its work."""
    until = time.monotonic() + 20
    while not enough(known := ask()):
        assert time.monotonic() < until, known.notes
        time.sleep(0.005)
    return known


def test_door_to_door_is_the_road_and_the_ways_to_it() -> None:
    ways = Journeys(roads(), None, 0.2, wait=True)
    known = ways.between(*units((200, 30), (800, 0), (500, 5000)), at(800, 60), away=False)
    per_metre = 3.6 / RULES.access_kmh
    assert known.seconds[0] == pytest.approx(60 + 90 * per_metre, abs=0.01)
    assert known.seconds[1] == pytest.approx(60 * per_metre, abs=0.01)
    assert np.isnan(known.seconds[2])
    assert known.source.tolist() == [ROADS, ROADS, LAW]
    assert known.off_road.tolist() == [False, False, True]
    assert known.notes == ()


def test_a_unit_beside_the_place_does_not_drive_to_the_road_and_back() -> None:
    ways = Journeys(roads(), None, 0.2, wait=True)
    known = ways.between(*units((500, 300), (510, 300), (500, 310)), at(500, 300), away=False)
    ten_metres = 10 * 3.6 / RULES.access_kmh
    assert known.seconds.tolist() == pytest.approx([0, ten_metres, ten_metres], abs=0.01)


def test_away_from_the_place_one_way_streets_are_driven_the_other_way_round() -> None:
    ways = Journeys(roads(), None, 0.2, wait=True)
    here, there = (1000, 200), (1000, 800)
    to = ways.between(*units(here), at(*there), away=False).seconds[0]
    back = ways.between(*units(here), at(*there), away=True).seconds[0]
    assert to == pytest.approx(60, abs=0.01)
    assert back == pytest.approx(340, abs=0.1)


def test_a_place_off_the_roads_is_said_for_all() -> None:
    known = Journeys(roads(), None, 0.2, wait=True).between(*units((200, 0)), at(500, 9000), away=False)
    assert known.notes == (PLACE_OFF_ROAD,)
    assert np.isnan(known.seconds[0])
    assert not known.off_road[0]


def test_the_console_is_answered_at_once_and_told_when_there_is_more() -> None:
    ways, news = Journeys(roads(), None, 0.2), threading.Event()
    ways.on_news = news.set
    first = ways.between(*units((200, 0)), at(800, 0), away=False)
    assert first.notes == (ROADS_COMING,)
    assert np.isnan(first.seconds[0])
    assert news.wait(20)
    later = ways.between(*units((200, 0)), at(800, 0), away=False)
    assert later.notes == ()
    assert later.seconds[0] == pytest.approx(60, abs=0.01)
    ways.close()
    assert ways.between(*units((200, 0)), at(100, 0), away=False).notes == (ROADS_COMING,)


def test_what_was_prepared_is_known_when_it_is_asked_for() -> None:
    ways = Journeys(roads(), None, 0.2)
    told = threading.Semaphore(0)
    ways.on_news = told.release
    ways.prepare([at(800, 0)])
    assert told.acquire(timeout=20)
    assert told.acquire(timeout=20)
    for away in (False, True):
        assert ways.between(*units((200, 0)), at(800, 0), away=away).notes == ()
    ways.prepare([at(800, 0)])
    ways.close()


def test_units_that_move_are_looked_up_again_and_the_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    known_roads = roads()
    looked: list[int] = []
    snap = known_roads._snapper.snap

    def watched(lat: Floats, lon: Floats) -> Snaps:
        looked.append(len(lat))
        return snap(lat, lon)

    monkeypatch.setattr(known_roads._snapper, "snap", watched)
    ways = Journeys(known_roads, None, 0.2, wait=True)
    lat, lon = units((200, 0), (400, 0), (600, 0))
    before = ways.between(lat, lon, at(800, 0), away=False)
    lat[1], lon[1] = place(500, 0)
    after = ways.between(lat, lon, at(800, 0), away=False)
    assert looked == [1, 3, 1]
    assert before.seconds.tolist() == pytest.approx([60, 40, 20], abs=0.01)
    assert after.seconds.tolist() == pytest.approx([60, 30, 20], abs=0.01)


def test_one_dijkstra_serves_any_number_of_units(monkeypatch: pytest.MonkeyPatch) -> None:
    grown: list[bool] = []

    def counted(graph: RoadGraph, where: Snaps, *, away: bool) -> Tree:
        grown.append(away)
        return grow(graph, where, away=away)

    monkeypatch.setattr(journeys, "grow", counted)
    ways = Journeys(roads(), None, 0.2, wait=True)
    for count in (1, 50, 5_000):
        points = [(float(number % 1000), 0.0) for number in range(count)]
        known = ways.between(*units(*points), at(800, 0), away=False)
        assert known.seconds.shape == (count,)
    assert grown == [False]


def test_few_trees_are_kept_and_the_last_used_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journeys, "TREES_KEPT", 3)
    known_roads = roads()
    asked = [(at(x, 0).lat, at(x, 0).lon, False) for x in (0, 100, 200, 300)]
    for one in asked[:3]:
        known_roads.work_out(one)
    known_roads.tree(asked[0])
    known_roads.work_out(asked[3])
    known_roads.tree(asked[0])
    with pytest.raises(KeyError):
        known_roads.tree(asked[1])


def test_the_server_comes_before_the_roads_and_the_roads_fill_its_gaps() -> None:
    lat, lon = units((200, 0), (400, 0))
    with serving() as server:
        server.no_way_from_lat = round(float(lat[1]), 6)
        lat[0] += 0.0001
        ways = Journeys(roads(), TableServer("osrm", server.url, 5.0), 0.2, wait=True)
        known = ways.between(lat, lon, at(800, 0), away=False)
        scene = at(800, 0)
        told = seconds_between(
            (round(lat[0], 6), round(lon[0], 6)), (round(scene.lat, 6), round(scene.lon, 6))
        )
    assert known.source.tolist() == [TABLE, ROADS]
    assert known.seconds.tolist() == pytest.approx([told, 40], abs=0.01)


def test_while_the_server_is_asked_the_roads_answer_and_say_so() -> None:
    with serving() as server:
        ways = Journeys(roads(), TableServer("valhalla", server.url, 5.0), 0.2)
        lat, lon = units((200, 0), (400, 0))
        first = ways.between(lat, lon, at(800, 0), away=False)
        assert first.notes == (ROADS_COMING, TABLE_COMING)
        known = patiently(lambda: ways.between(lat, lon, at(800, 0), away=False), lambda k: not k.notes)
        assert known.source.tolist() == [TABLE, TABLE]
        lat[0], lon[0] = place(200, 250)
        assert ways.between(lat, lon, at(800, 0), away=False).source.tolist() == [TABLE, TABLE]
        lat[0], lon[0] = place(200, 350)
        assert ways.between(lat, lon, at(800, 0), away=False).source.tolist() == [ROADS, TABLE]
        ways.close()


def test_a_server_that_fails_is_left_alone_for_a_while_and_the_reason_is_said() -> None:
    with serving() as server:
        server.status = 500
        ways = Journeys(roads(), TableServer("osrm", server.url, 5.0), 0.2)
        lat, lon = units((200, 0))

        def ask() -> Known:
            return ways.between(lat, lon, at(800, 0), away=False)

        known = patiently(ask, lambda k: k.notes != () and k.notes[0].code == "table_failed")
        assert known.notes[0].facts == {"error": "HTTP 500"}
        assert known.source.tolist() == [ROADS]
        for _again in range(20):
            ask()
        assert len(server.asked) == 1
        ways.close()


def test_only_the_nearest_of_a_great_fleet_are_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journeys, "MOST_ASKED", 2)
    with serving() as server:
        ways = Journeys(None, TableServer("osrm", server.url, 5.0), 0.2, wait=True)
        known = ways.between(*units((100, 0), (900, 0), (700, 0)), at(800, 10), away=False)
    assert known.source.tolist() == [LAW, TABLE, TABLE]
    assert known.notes == ()


def test_a_ranking_by_road_says_so_for_each_unit_and_law_where_no_road_is_near() -> None:
    picture = random_picture(3, 40, messy=False)
    ways = Journeys(roads(), None, 0.2, wait=True)
    rules = DISPATCH_RULES.model_copy(update={"beyond": Beyond(ways)})
    request = UnitRequest(position=at(500, 0), city=CityCode("changsha"), priority=Priority(1))
    ranking = rank_units(picture, request, rules, MORNING)
    near = {c.eta.method for c in ranking.candidates if c.distance_km < 0.5}
    assert near <= {ROADS_METHOD}
    for candidate in ranking.candidates:
        off = any(reason.code == "off_road" for reason in candidate.reasons)
        assert off == (candidate.eta.method == STRAIGHT)
        assert candidate.eta.low_min < candidate.eta.minutes < candidate.eta.high_min
    assert TABLE_METHOD not in near
