"""What the tags of a way mean, by the shipped rules: the table of docs/roads.md."""

import pytest

from dispatch.decide.roads.rules import parse_maxspeed, way_speed
from tests.unit.decide.roads.roads_world import RULES


@pytest.mark.parametrize(
    ("tags", "speeds"),
    [
        ({"highway": "primary"}, (50, 50)),
        ({"highway": "motorway"}, (90, 0)),
        ({"highway": "motorway", "oneway": "no"}, (90, 90)),
        ({"highway": "motorway_link"}, (50, 50)),
        ({"highway": "residential", "oneway": "yes"}, (25, 0)),
        ({"highway": "residential", "oneway": "-1"}, (0, 25)),
        ({"highway": "residential", "oneway": "reversible"}, (25, 25)),
        ({"highway": "tertiary", "junction": "roundabout"}, (40, 0)),
        ({"highway": "tertiary", "junction": "roundabout", "oneway": "-1"}, (0, 40)),
        ({"highway": "primary", "maxspeed": "60"}, (48, 48)),
        ({"highway": "primary", "maxspeed": "30 mph"}, (30 * 1.609344 * 0.8,) * 2),
        ({"highway": "primary", "maxspeed": "60", "maxspeed:backward": "40"}, (48, 32)),
        ({"highway": "primary", "maxspeed": "CN:urban"}, (50, 50)),
        ({"highway": "primary", "maxspeed": "50;30"}, (24, 24)),
        ({"highway": "primary", "maxspeed": "60|80"}, (48, 48)),
        ({"highway": "primary", "maxspeed": "30-50"}, (24, 24)),
        ({"highway": "primary", "maxspeed": "50; signals"}, (50, 50)),
        ({"highway": "primary", "maxspeed": "60 KM/H"}, (48, 48)),
        ({"highway": "residential", "maxspeed": "walk"}, (5.6, 5.6)),
        ({"highway": "residential", "maxspeed": "DE:walk;30"}, (5.6, 5.6)),
        ({"highway": "residential", "maxspeed": "50 @ (22:00-06:00)"}, (25, 25)),
        ({"highway": "service", "maxspeed": "3"}, (5, 5)),
        ({"highway": "motorway", "maxspeed": "200", "oneway": "no"}, (110, 110)),
        ({"highway": "service", "access": "private"}, (15, 15)),
        ({"highway": "service", "access": "no"}, (0, 0)),
        ({"highway": "service", "access": "no", "motor_vehicle": "yes"}, (15, 15)),
        ({"highway": "service", "access": "no", "emergency": "yes"}, (15, 15)),
        ({"highway": "service", "motor_vehicle": "agricultural"}, (0, 0)),
        ({"highway": "residential", "area": "yes"}, (0, 0)),
        ({"highway": "footway"}, (0, 0)),
        ({"highway": "track"}, (0, 0)),
        ({"route": "ferry"}, (0, 0)),
        ({}, (0, 0)),
    ],
)
def test_a_way_is_driven_as_its_tags_say(tags: dict[str, str], speeds: tuple[float, float]) -> None:
    assert way_speed(tags, RULES) == pytest.approx(speeds)


@pytest.mark.parametrize(
    "text", ["", "none", "walk", "signals", "0", "-50", "50,5", "\u0665\u0660", "1e3", "nan", "50 knots"]
)
def test_a_speed_that_is_no_plain_number_is_not_guessed(text: str) -> None:
    assert parse_maxspeed(text) is None
