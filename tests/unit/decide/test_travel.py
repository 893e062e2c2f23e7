"""Driving minutes: the law, its inverse, its range, the hour, and the river."""

from datetime import timedelta
from math import exp, sqrt

import numpy as np
import pytest
from haversine import haversine
from hypothesis import given
from hypothesis import strategies as st

from dispatch.decide.river import bank_side
from dispatch.decide.travel import (
    BY_BRIDGE,
    STRAIGHT,
    Drive,
    Floats,
    Range,
    distances_km,
    drive_minutes,
    drive_range,
    reach_km,
    straight_km,
    total_eta,
    travel_minutes,
)
from dispatch.decide.ways import BY_LAW, ROADS, ROADS_METHOD, Beyond, Known
from dispatch.domain.geography import Bridge, CityCode, Position
from dispatch.domain.model import Name
from tests.unit.decide.decide_world import DISPATCH_RULES, NOW, at, river

RULES = DISPATCH_RULES.travel
WITH_RIVER = RULES.model_copy(update={"river": river()})
lats, lons = st.floats(27, 29), st.floats(112, 114)


def minutes(km: float, hours: int = 0, *, blue_light: bool = False) -> float:
    moment = NOW + timedelta(hours=hours)
    return float(drive_minutes(RULES, np.array([km]), moment, blue_light=blue_light)[0])


def test_short_trips_follow_the_square_root_and_long_ones_the_line() -> None:
    assert minutes(1) == pytest.approx(60 / 55 * 2 * sqrt(3) * 1.05)
    assert minutes(20) == pytest.approx(60 / 55 * 23 * 1.05)


def test_both_parts_meet_smoothly_at_the_crossover() -> None:
    step = 1e-6
    below, above = minutes(3) - minutes(3 - step), minutes(3 + step) - minutes(3)
    assert minutes(3 - 1e-9) == pytest.approx(minutes(3 + 1e-9))
    assert below == pytest.approx(above, rel=1e-3)


def test_peak_hours_are_slower_and_blue_light_is_faster() -> None:
    assert minutes(10, hours=8) == pytest.approx(minutes(10) * 1.30 / 1.05)  # 18:00 in China
    assert minutes(10, blue_light=True) == pytest.approx(minutes(10) * 0.85)


@given(limit=st.floats(0.5, 60))
def test_reach_is_the_law_turned_round(limit: float) -> None:
    km = reach_km(RULES, limit, NOW, blue_light=True)
    assert minutes(km * RULES.detour, blue_light=True) == pytest.approx(limit)


@given(lat=lats, lon=lons, to_lat=lats, to_lon=lons)
def test_distances_agree_with_the_haversine_package(
    lat: float, lon: float, to_lat: float, to_lon: float
) -> None:
    true = haversine((lat, lon), (to_lat, to_lon))
    one, many = np.array([lat]), np.array([lon])
    assert float(straight_km(one, many, to_lat, to_lon)[0]) == pytest.approx(true, abs=1e-6)
    matrix = distances_km(one, many, np.array([to_lat]), np.array([to_lon]))
    assert float(matrix[0, 0]) == pytest.approx(true, abs=2e-4)


def test_the_range_is_log_normal_and_parts_add_like_independent_ones() -> None:
    drive = drive_range(RULES, 10)
    assert drive.p90 / drive.p50 == pytest.approx(exp(1.2815515655 * RULES.spread_sigma))
    eta = total_eta({"a": Range(4, 7, 10), "b": Range(6, 10, 14)}, STRAIGHT, later_min=2)
    assert (eta.minutes, eta.low_min, eta.high_min) == (17, 12, 24)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((28.183, 112.944), (28.195, 112.978)),  # Yuelu, Furong
        ((27.862, 112.905), (27.840, 112.960)),  # Yuhu, Yuetang
        ((27.820, 113.100), (27.830, 113.160)),  # Tianyuan, Lusong
    ],
)
def test_the_river_parts_the_banks_of_all_three_cities(
    one: tuple[float, float], other: tuple[float, float]
) -> None:
    sides = bank_side(WITH_RIVER.river, np.array([one[0], other[0]]), np.array([one[1], other[1]]))
    assert sides[0] != sides[1]


def test_across_the_river_the_drive_goes_by_the_best_bridge() -> None:
    target = at(28.195, 112.978)
    bridges = [
        Bridge(id=name, city=CityCode("changsha"), name=Name(zh=name, en=name), position=at(lat, lon))
        for name, lat, lon in (("north", 28.26, 112.966), ("near", 28.20, 112.961))
    ]
    lat, lon = np.array([28.183, 28.200]), np.array([112.944, 112.990])
    drive = travel_minutes(bridges, WITH_RIVER, lat, lon, target, NOW, blue_light=True)
    by_near = haversine((28.183, 112.944), (28.20, 112.961)) + haversine((28.20, 112.961), (28.195, 112.978))
    assert drive.road_km[0] == pytest.approx(by_near * RULES.detour, abs=1e-3)
    assert (drive.bridge[0], drive.method(0)) == (1, BY_BRIDGE)
    assert (drive.bridge[1], drive.method(1)) == (-1, STRAIGHT)


@given(short=st.floats(0, 100), more=st.floats(0, 100), hour=st.integers(0, 23))
def test_a_longer_trip_never_takes_less_time(short: float, more: float, hour: int) -> None:
    assert minutes(short, hour) <= minutes(short + more, hour)


@given(lat=lats, lon=lons, to_lat=lats, to_lon=lons)
def test_a_river_never_makes_a_trip_shorter(lat: float, lon: float, to_lat: float, to_lon: float) -> None:
    bridges = [
        Bridge(id=f"B{i}", city=CityCode("changsha"), name=Name(zh="桥", en="bridge"), position=at(*point))
        for i, point in enumerate(river()[::5])
    ]
    one, many = np.array([lat]), np.array([lon])
    across = travel_minutes(bridges, WITH_RIVER, one, many, at(to_lat, to_lon), NOW, blue_light=True)
    plain = travel_minutes([], RULES, one, many, at(to_lat, to_lon), NOW, blue_light=True)
    assert across.minutes[0] >= plain.minutes[0]
    same_bank = bank_side(WITH_RIVER.river, one, many) == bank_side(
        WITH_RIVER.river, np.array([to_lat]), np.array([to_lon])
    )
    assert (across.bridge[0] < 0) == bool(same_bank[0])


def test_an_unknown_position_gives_an_unknown_time() -> None:
    drive = travel_minutes(
        [], RULES, np.array([np.nan]), np.array([np.nan]), at(28, 113), NOW, blue_light=True
    )
    assert np.isnan(drive.minutes[0])


BRIDGES = [
    Bridge(id=name, city=CityCode("changsha"), name=Name(zh=name, en=name), position=at(lat, lon))
    for name, lat, lon in (("north", 28.26, 112.966), ("near", 28.20, 112.961))
]


def shut(*names: str) -> list[Bridge]:
    return [one.model_copy(update={"closed": one.id in names}) for one in BRIDGES]


def over_the_river(bridges: list[Bridge], beyond: Beyond = BY_LAW) -> Drive:
    lat, lon = np.array([28.183, 28.200]), np.array([112.944, 112.990])
    to = at(28.195, 112.978)
    return travel_minutes(bridges, WITH_RIVER, lat, lon, to, NOW, blue_light=True, beyond=beyond)


def test_a_closed_bridge_is_gone_round_and_said_and_only_then() -> None:
    free, closed = over_the_river(BRIDGES), over_the_river(shut("near"))
    assert (free.bridge[0], closed.bridge[0]) == (1, 0)
    assert closed.minutes[0] > free.minutes[0]
    assert closed.minutes[1] == free.minutes[1]
    assert not free.notes
    assert [(note.code, note.facts) for note in closed.notes] == [("bridge_closed", {"bridge": "near"})]


def test_where_every_bridge_is_closed_none_counts_as_closed() -> None:
    assert over_the_river(shut("near", "north")).minutes.tolist() == over_the_river(BRIDGES).minutes.tolist()


class TwoMinutes:
    """Roads that know of no closure: two minutes for every trip."""

    def between(self, lat: Floats, lon: Floats, place: Position, *, away: bool) -> Known:
        del lon, place, away
        count = len(lat)
        return Known(
            seconds=np.full(count, 120.0),
            source=np.full(count, ROADS, np.int8),
            sigma=np.full(count, 0.1),
            off_road=np.zeros(count, np.bool_),
        )

    def road_graph(self) -> None:
        return None


def test_road_times_count_no_more_where_the_usual_way_leads_over_a_closed_bridge() -> None:
    beyond = Beyond(ways=TwoMinutes())
    by_road, closed = over_the_river(BRIDGES, beyond), over_the_river(shut("near"), beyond)
    assert by_road.method(0) == by_road.method(1) == ROADS_METHOD
    assert (closed.method(0), closed.method(1)) == (BY_BRIDGE, ROADS_METHOD)
    assert closed.minutes[0] == over_the_river(shut("near")).minutes[0]
