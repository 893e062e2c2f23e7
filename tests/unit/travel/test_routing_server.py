"""OSRM and Valhalla: both forms of answer, both directions, everything that can go wrong."""

import math
import socket

import pytest

from dispatch.domain.geography import Position
from dispatch.travel.table import Engine, TableServer, TableUnavailable
from tests.unit.travel.routing_server import seconds_between, serving

PLACES = [Position(lat=28.0 + n / 100, lon=113.0 - n / 200) for n in range(7)]
SCENE = Position(lat=28.033, lon=112.99)


@pytest.mark.parametrize(("engine", "short"), [("osrm", False), ("valhalla", False), ("valhalla", True)])
@pytest.mark.parametrize("away", [False, True])
@pytest.mark.parametrize("most_places", [2, 4, 100])
def test_times_come_in_the_order_of_the_places_in_both_directions(
    engine: Engine, short: bool, away: bool, most_places: int
) -> None:
    scene = (SCENE.lat, SCENE.lon)
    expected = [
        seconds_between(scene, (p.lat, p.lon)) if away else seconds_between((p.lat, p.lon), scene)
        for p in PLACES
    ]
    with serving(short=short) as server:
        table = TableServer(engine, server.url + "/", 5.0, most_places)
        assert table.seconds(PLACES, SCENE, away=away) == pytest.approx(expected)
        assert len(server.asked) == math.ceil(len(PLACES) / (most_places - 1))


@pytest.mark.parametrize("engine", ["osrm", "valhalla"])
def test_a_place_that_the_server_knows_no_way_from_is_unknown(engine: Engine) -> None:
    with serving() as server:
        server.no_way_from_lat = PLACES[2].lat
        found = TableServer(engine, server.url, 5.0).seconds(PLACES, SCENE, away=False)
        assert [math.isnan(value) for value in found] == [n == 2 for n in range(7)]


@pytest.mark.parametrize("engine", ["osrm", "valhalla"])
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html>",
        b"[]",
        b"null",
        b'{"code": "NoSegment"}',
        b'{"code": "Ok"}',
        b'{"code": "Ok", "durations": []}',
        b'{"code": "Ok", "durations": [[1]]}',
        b'{"code": "Ok", "durations": [[1],[2],[3],[4],[5],[6],["7"]]}',
        b'{"code": "Ok", "durations": [[1],[2],[3],[4],[5],[6],[-7]]}',
        b'{"code": "Ok", "durations": [[1],[2],[3],[4],[5],[6],[NaN]]}',
        b'{"code": "Ok", "durations": [[1],[2],[3],[4],[5],[6],[true]]}',
        b'{"code": "Ok", "durations": [[1,2],[2],[3],[4],[5],[6],[7]]}',
        b'{"sources_to_targets": [[{"time": 1}]]}',
        b'{"sources_to_targets": [[{"time": "a"}]]}',
        b'{"sources_to_targets": {"durations": 7}}',
        b'{"error": "No path"}',
        b"[" * 100_000,
    ],
)
def test_an_answer_of_another_form_is_no_answer(engine: Engine, raw: bytes) -> None:
    with serving() as server:
        server.raw = raw
        with pytest.raises(TableUnavailable):
            TableServer(engine, server.url, 5.0).seconds(PLACES, SCENE, away=False)


def test_a_refusal_names_its_number() -> None:
    with serving() as server:
        server.status = 503
        with pytest.raises(TableUnavailable, match="503"):
            TableServer("osrm", server.url, 5.0).seconds(PLACES, SCENE, away=False)


def test_a_server_that_sends_elsewhere_is_not_followed() -> None:
    with serving() as server:
        server.status = 302
        with pytest.raises(TableUnavailable, match="302"):
            TableServer("osrm", server.url, 5.0).seconds(PLACES, SCENE, away=False)
        assert len(server.asked) == 1


def test_a_server_that_is_silent_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(TableUnavailable):
            TableServer("osrm", url, 0.05).seconds(PLACES, SCENE, away=False)
    with pytest.raises(TableUnavailable):
        TableServer("valhalla", url, 0.5).seconds(PLACES, SCENE, away=False)


def test_nobody_is_asked_about_no_places() -> None:
    assert TableServer("osrm", "http://127.0.0.1:1", 0.1).seconds([], SCENE, away=False) == []
