"""Datums against published values, and there and back again."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain import datum_arrays
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


# The pairs printed with wandergis/coordtransform, to the last digit: (116.404, 39.915) in each datum
TIANANMEN = (39.915, 116.404)
COORDTRANSFORM_GCJ02 = (39.91640428150164, 116.41024449916938)
COORDTRANSFORM_BD09 = (39.92133699351021, 116.41036949371029)
WGS84_TO_BD09 = (39.922699552216216, 116.41662724378733)


def test_the_forward_transforms_agree_with_coordtransform_to_the_last_digit() -> None:
    assert from_wgs84(*TIANANMEN, Datum.GCJ02) == pytest.approx(COORDTRANSFORM_GCJ02, abs=1e-13)
    assert from_wgs84(*TIANANMEN, Datum.BD09) == pytest.approx(WGS84_TO_BD09, abs=1e-13)
    as_wgs84 = to_wgs84(*TIANANMEN, Datum.GCJ02)
    assert from_wgs84(*as_wgs84, Datum.BD09) == pytest.approx(COORDTRANSFORM_BD09, abs=1e-11)


def test_the_inverse_is_right_where_the_usual_one_step_inverse_is_off() -> None:
    one_step = (39.91359571849836, 116.39775550083061)  # coordtransform's gcj02towgs84
    exact = to_wgs84(*TIANANMEN, Datum.GCJ02)
    apart_m = 1000 * great_circle_km(
        Position(lat=one_step[0], lon=one_step[1]), Position(lat=exact[0], lon=exact[1])
    )
    assert 0.01 < apart_m < 10
    assert from_wgs84(*exact, Datum.GCJ02) == pytest.approx(TIANANMEN, abs=1e-12)


@pytest.mark.parametrize("datum", list(Datum))
def test_arrays_of_points_move_as_single_points_do(datum: Datum) -> None:
    rng = np.random.default_rng(5)
    lat, lon = rng.uniform(-10, 60, 500), rng.uniform(60, 145, 500)
    lat[7] = np.nan
    for whole, single in ((datum_arrays.to_wgs84, to_wgs84), (datum_arrays.from_wgs84, from_wgs84)):
        new_lat, new_lon = whole(lat, lon, datum)
        for row in range(500):
            if row != 7:
                expected = single(float(lat[row]), float(lon[row]), datum)
                assert (new_lat[row], new_lon[row]) == pytest.approx(expected, abs=1e-12)
        assert np.isnan(new_lat[7])
    there_and_back = datum_arrays.to_wgs84(*datum_arrays.from_wgs84(lat, lon, datum), datum)
    inside = [row for row in range(500) if 1 < lat[row] < 55 and 73 < lon[row] < 137]
    assert len(inside) > 100
    assert np.abs(there_and_back[0] - lat)[inside].max() < 1e-9
    assert datum_arrays.to_wgs84(np.zeros(0), np.zeros(0), datum)[0].size == 0


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
