"""The one live picture: what is configured stands in it from the start."""

from datetime import UTC, datetime, timedelta

import pytest

from dispatch.domain.errors import UnknownName
from dispatch.domain.geography import City, CityCode, Position
from dispatch.domain.incidents import Incident, IncidentId, IncidentState, Priority
from dispatch.domain.model import Name
from dispatch.domain.units import Unit, UnitId
from dispatch.picture.cities import Sight
from dispatch.picture.live import Picture

NOW = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
CHANGSHA = CityCode("changsha")
CENTRE = Position(lat=28.2, lon=112.9)


def picture() -> Picture:
    city = City(
        code=CHANGSHA,
        name=Name(zh="长沙", en="Changsha"),
        prefix="CS",
        centre=CENTRE,
        population_million=10.5,
    )
    return Picture(cities=[city], units=[Unit(id=UnitId("CS-001"), city=CHANGSHA)])


def test_a_city_nobody_heard_from_is_never_seen_and_not_offline() -> None:
    view = picture().sight[CHANGSHA]
    assert (view.sight, view.link_up, view.last_heard) == (Sight.NEVER, False, None)


def test_configured_units_stand_in_the_picture_before_their_first_word() -> None:
    assert [view.unit.id for view in picture().fleet] == ["CS-001"]


def test_an_unknown_city_is_refused_by_name() -> None:
    assert picture().city(CHANGSHA).prefix == "CS"
    with pytest.raises(UnknownName, match="no city is called 'beijing'"):
        picture().city(CityCode("beijing"))


def test_open_incidents_nobody_was_sent_to_stand_first_then_by_urgency_then_by_age() -> None:
    live = picture()
    for number, (priority, minute, state) in enumerate(
        [
            (Priority.ROUTINE, 0, IncidentState.WAITING),
            (Priority.LIFE_THREATENING, 9, IncidentState.ON_SCENE),
            (Priority.LIFE_THREATENING, 3, IncidentState.WAITING),
            (Priority.LIFE_THREATENING, 1, IncidentState.CLOSED),
        ]
    ):
        incident = Incident(
            id=IncidentId(f"CS-0302-{number:04}"), city=CHANGSHA, position=CENTRE, place="五一广场",
            priority=priority, opened_at=NOW + timedelta(minutes=minute), state=state,
        )  # fmt: skip
        live.incidents[incident.id] = incident
    assert [incident.id[-1] for incident in live.open_incidents()] == ["2", "0", "1"]
