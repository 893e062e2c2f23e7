"""`czt roads`, `czt travel`, `czt geo`, `czt recommend --roads`: text, JSON, one sentence when wrong."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from dispatch.cli.app import app
from dispatch.decide.picture_document import PictureDocument
from dispatch.decide.roads.graph import RoadGraph
from dispatch.domain.errors import BadConfiguration, DispatchError
from dispatch.settings import load
from dispatch.travel.graph_file import save_graph
from tests.unit.decide.decide_world import NOW, random_picture
from tests.unit.decide.roads.roads_world import RULES, Way, graph_of, place

KMH = 36.0
SQUARE = {1: (0.0, 0.0), 2: (1000.0, 0.0), 3: (1000.0, 1000.0), 4: (0.0, 1000.0)}
RING: list[Way] = [([1, 2], KMH, KMH), ([2, 3], KMH, 0), ([3, 4], KMH, 0), ([4, 1], KMH, 0)]


def czt(*arguments: str, lang: str = "en") -> str:
    found = CliRunner().invoke(app, ["--lang", lang, *arguments])
    if isinstance(found.exception, DispatchError):
        raise found.exception
    assert found.exit_code == 0, found.output
    return found.output


@pytest.fixture
def graph() -> RoadGraph:
    return graph_of(SQUARE, RING)


@pytest.fixture
def file(tmp_path: Path, graph: RoadGraph) -> Path:
    path = tmp_path / "square.roads.npz"
    save_graph(graph, path)
    return path


def at(x_m: float, y_m: float) -> str:
    lat, lon = place(x_m, y_m)
    return f"{lat!r},{lon!r}"


def test_an_eta_tells_its_method_its_range_and_its_parts(file: Path) -> None:
    said = json.loads(czt("roads", "eta", str(file), "--from", at(200, 30), "--to", at(800, 0), "--at",
                          "2026-11-24 12:00:00", "--blue-light", "--json"))  # fmt: skip
    assert said["method"] == "roads"
    assert said["road_s"] == pytest.approx(60, abs=0.05)
    assert said["access_s"] == pytest.approx(30 * 3.6 / RULES.access_kmh, abs=0.05)
    assert said["seconds"] == pytest.approx(said["road_s"] + said["access_s"])
    assert said["minutes"] == pytest.approx(said["seconds"] / 60 * 1.05 * 0.85)
    assert said["low_min"] < said["minutes"] < said["high_min"]
    text = czt("roads", "eta", str(file), "--from", at(200, 30), "--to", at(800, 0))
    assert "roads: fastest way on the road graph" in text


def test_an_eta_off_the_roads_is_an_estimate_and_says_so(file: Path) -> None:
    arguments = "roads", "eta", str(file), "--from", "27.8,113.1", "--to", at(800, 0)
    said = json.loads(czt(*arguments, "--json"))
    assert said["method"] == "estimate"
    assert said["road_s"] is None
    assert "further than 1000 m from every road" in czt(*arguments)


def test_nodes_of_the_map_may_be_named(file: Path) -> None:
    said = json.loads(czt("roads", "matrix", str(file), "--from", "node:1", "--from", "node:3",
                          "--to", "node:2", "--to", "27.8,113.1", "--json"))  # fmt: skip
    assert said["from"] == ["node:1", "node:3"]
    assert said["seconds"] == [[pytest.approx(100, abs=0.01), None], [pytest.approx(300, abs=0.01), None]]


def test_a_list_of_places_gives_a_table_from_each_to_each(file: Path, tmp_path: Path) -> None:
    (a_lat, a_lon), (b_lat, b_lon) = place(100, 0), place(900, 0)
    places = tmp_path / "places.csv"
    places.write_text(f"id,lat,lon\na,{a_lat},{a_lon}\nb,{b_lat},{b_lon}\n", "utf-8")
    lines = czt("roads", "matrix", str(file), "--places", str(places)).splitlines()
    assert lines[0] == "from,a,b"
    assert [line.split(",")[0] for line in lines[1:]] == ["a", "b"]
    assert float(lines[1].split(",")[2]) == pytest.approx(80, abs=0.05)
    assert float(lines[1].split(",")[1]) == 0


@pytest.mark.parametrize("lang", ["en", "zh_CN"])
def test_a_graph_tells_where_it_comes_from(file: Path, lang: str) -> None:
    assert "ODbL" in czt("roads", "info", str(file), lang=lang)
    said = json.loads(czt("roads", "info", str(file), "--json"))
    assert (said["source"], said["junctions"], said["rules"]["edition"]) == ("by hand", 4, RULES.edition)


@pytest.mark.parametrize(
    "arguments",
    [
        ("eta", "FILE", "--from", "91,0", "--to", "28,113"),
        ("eta", "FILE", "--from", "28", "--to", "28,113"),
        ("eta", "FILE", "--from", "nan,nan", "--to", "28,113"),
        ("eta", "FILE", "--from", "node:77", "--to", "28,113"),
        ("eta", "FILE", "--from", "node:x", "--to", "28,113"),
        ("eta", "absent.roads.npz", "--from", "28,113", "--to", "28,113"),
        ("info", "absent.roads.npz"),
        ("matrix", "FILE"),
        ("matrix", "FILE", "--places", "absent.csv"),
        ("import", "absent.osm.pbf"),
        ("import", "absent.osm.pbf", "--bounds", "29,112,28,113"),
        ("import", "absent.osm.pbf", "--bounds", "1,2,3"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(file: Path, arguments: tuple[str, ...]) -> None:
    with pytest.raises(DispatchError) as refused:
        czt("roads", *(str(file) if argument == "FILE" else argument for argument in arguments))
    assert str(refused.value)


@pytest.fixture
def documents(tmp_path: Path) -> tuple[str, str]:
    """A picture of units about the square, and a request in it."""
    picture = random_picture(4, 60, messy=False)
    lat, lon = place(500, 500)
    picture.fleet.lat[:30], picture.fleet.lon[:30] = lat, lon + np.linspace(-0.004, 0.004, 30)
    where = tmp_path / "picture.json", tmp_path / "request.json"
    where[0].write_text(PictureDocument.from_picture(picture, NOW).model_dump_json(), "utf-8")
    request = {"position": {"lat": lat, "lon": lon, "datum": "wgs84"}, "city": "changsha", "priority": 1}
    where[1].write_text(json.dumps(request), "utf-8")
    return str(where[0]), str(where[1])


def test_a_recommendation_by_road_says_so(file: Path, documents: tuple[str, str], tmp_path: Path) -> None:
    asked = "recommend", "unit", "--picture", documents[0], "--request", documents[1]
    plain, by_road = (
        json.loads(czt(*asked, "--json")),
        json.loads(czt(*asked, "--roads", str(file), "--json")),
    )
    assert plain["candidates"][0]["eta"]["method"].startswith("estimate")
    assert by_road["candidates"][0]["eta"]["method"].startswith("roads")
    assert "Driving times: roads: fastest way on the road graph" in czt(*asked, "--roads", str(file))
    own = tmp_path / "own"
    own.mkdir()
    shipped = (Path(__file__).parents[3] / "config" / "settings.toml").read_text("utf-8")
    (own / "settings.toml").write_text(f'{shipped}\n[travel]\nroads = "../{file.name}"\n', "utf-8")
    by_setting = json.loads(czt(*asked, "--config", str(own), "--json"))
    assert by_setting == by_road


@pytest.mark.parametrize(
    "table",
    [
        '{ engine = "google", url = "http://h:1" }',
        '{ engine = "osrm", url = "ftp://h" }',
        '{ engine = "osrm" }',
    ],
)
def test_a_wrong_routing_server_is_refused_with_its_line(table: str, tmp_path: Path) -> None:
    shipped = (Path(__file__).parents[3] / "config" / "settings.toml").read_text("utf-8")
    (tmp_path / "settings.toml").write_text(f"{shipped}\n[travel]\ntable = {table}\n", "utf-8")
    with pytest.raises(BadConfiguration, match=r"settings\.toml:\d+: travel\.table"):
        load(tmp_path)


def test_a_server_that_does_not_answer_is_said_in_the_recommendation(
    documents: tuple[str, str], tmp_path: Path
) -> None:
    shipped = (Path(__file__).parents[3] / "config" / "settings.toml").read_text("utf-8")
    table = '{ engine = "osrm", url = "http://127.0.0.1:9", timeout_s = 0.2 }'
    own = tmp_path / "own"
    own.mkdir()
    (own / "settings.toml").write_text(f"{shipped}\n[travel]\ntable = {table}\n", "utf-8")
    asked = (
        "recommend",
        "unit",
        "--picture",
        documents[0],
        "--request",
        documents[1],
        "--config",
        str(own),
    )
    text = czt(*asked)
    assert "the routing server gives no times" in text
    assert "estimate: straight line" in text


def test_coordinates_are_turned_into_another_datum() -> None:
    said = json.loads(
        czt("geo", "convert", "--from", "wgs84", "--to", "gcj02", "39.915,116.404", "51.5,-0.12", "--json")
    )
    moved, stays = said["points"]
    assert moved["to"]["lat"] == pytest.approx(39.91640428150164, abs=1e-12)
    assert (stays["to"], stays["moved"]) == ({"lat": 51.5, "lon": -0.12}, False)
    assert (
        czt("geo", "convert", "--from", "wgs84", "--to", "bd09", "39.915,116.404")
        == "39.922699552,116.416627244\n"
    )
    with pytest.raises(DispatchError):
        czt("geo", "convert", "--from", "wgs84", "--to", "bd09", "39.915")


def test_learning_from_an_absent_log_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DispatchError, match="no audit log"):
        czt("travel", "learn", str(tmp_path / "absent.db"))
