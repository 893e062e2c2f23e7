"""Datums against published values, and there and back again."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.datum import from_wgs84, outside_china, to_wgs84
from dispatch.domain.geography import Datum, Position, great_circle_km

# WGS-84 -> GCJ-02 pairs printed with the public implementations of the transform (2013 onwards)
PUBLISHED_GCJ02 = [
    ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),  # Shanghai
    ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),  # Shenzhen
    ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),  # Beijing
]


@pytest.mark.parametrize(("wgs84", "gcj02"), PUBLISHED_GCJ02)
def test_gcj02_agrees_with_published_pairs(wgs84: tuple[float, float], gcj02: tuple[float, float]) -> None:
    assert from_wgs84(*wgs84, Datum.GCJ02) == pytest.approx(gcj02, abs=2e-6)
    assert to_wgs84(*gcj02, Datum.GCJ02) == pytest.approx(wgs84, abs=2e-6)


def test_bd09_agrees_with_the_published_pair() -> None:
    gcj02_as_wgs84 = to_wgs84(39.915, 116.404, Datum.GCJ02)
    bd09 = from_wgs84(*gcj02_as_wgs84, Datum.BD09)
    assert bd09 == pytest.approx((39.92133699351021, 116.41036949371029), abs=1e-9)


def test_the_medical_sites_of_changsha_agree_with_their_published_conversion(shared_data: Path) -> None:
    sites = shared_data / "sites" / "changsha-medical-sites.json"
    hospitals = json.loads(sites.read_text("utf-8"))["hospitals"]
    assert len(hospitals) > 40
    for hospital in hospitals:
        (lon, lat), (expected_lon, expected_lat) = hospital["gcj02"], hospital["wgs84"]
        assert to_wgs84(lat, lon, Datum.GCJ02) == pytest.approx((expected_lat, expected_lon), abs=2e-6)


def test_gcj02_lies_hundreds_of_metres_off_in_changsha() -> None:
    shifted = from_wgs84(28.194, 112.976, Datum.GCJ02)
    apart_km = great_circle_km(Position(lat=28.194, lon=112.976), Position(lat=shifted[0], lon=shifted[1]))
    assert 0.3 < apart_km < 0.8


in_china = st.tuples(st.floats(18.0, 53.5), st.floats(74.0, 134.0))


@given(point=in_china, datum=st.sampled_from([Datum.GCJ02, Datum.BD09]))
def test_there_and_back_is_closer_than_a_billionth_of_a_degree(
    point: tuple[float, float], datum: Datum
) -> None:
    there = from_wgs84(*point, datum)
    assert there != point
    assert to_wgs84(*there, datum) == pytest.approx(point, abs=1e-9)


@given(point=in_china, datum=st.sampled_from([Datum.GCJ02, Datum.BD09]))
def test_back_and_there_is_closer_than_a_billionth_of_a_degree(
    point: tuple[float, float], datum: Datum
) -> None:
    assert from_wgs84(*to_wgs84(*point, datum), datum) == pytest.approx(point, abs=1e-9)


@pytest.mark.parametrize("datum", list(Datum))
def test_outside_china_no_datum_moves_a_point(datum: Datum) -> None:
    london = (51.5, -0.12)
    assert outside_china(*london)
    assert from_wgs84(*london, datum) == to_wgs84(*london, datum) == london


@given(point=in_china)
def test_wgs84_is_never_moved(point: tuple[float, float]) -> None:
    assert from_wgs84(*point, Datum.WGS84) == to_wgs84(*point, Datum.WGS84) == point
