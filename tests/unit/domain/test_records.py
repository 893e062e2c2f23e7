"""Incidents, blood and places: values that cannot be changed or hold nonsense."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from dispatch.domain.blood import BloodGroup, ComponentCode, Lot, LotId
from dispatch.domain.geography import CityCode, Position, great_circle_km
from dispatch.domain.incidents import Incident, IncidentId, IncidentState, Priority
from dispatch.domain.model import Name
from dispatch.domain.units import Fix

NOW = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
CHANGSHA, XIANGTAN = Position(lat=28.2282, lon=112.9388), Position(lat=27.8297, lon=112.9440)


def incident(**changes: object) -> Incident:
    facts: dict[str, object] = {
        "id": IncidentId("CS-1124-0012"), "city": CityCode("changsha"), "position": CHANGSHA,
        "place": "五一广场", "priority": Priority.URGENT, "opened_at": NOW,
    }  # fmt: skip
    return Incident.model_validate(facts | changes)


def test_an_incident_is_open_until_it_is_closed() -> None:
    assert [state for state in IncidentState if not state.open] == [IncidentState.CLOSED]
    assert incident().state.open


def test_priority_1_is_the_most_urgent() -> None:
    assert min(Priority) is Priority.LIFE_THREATENING
    assert sorted(Priority) == [1, 2, 3]


@pytest.mark.parametrize("patients", [0, -1, 10_000])
def test_an_incident_has_at_least_one_patient_and_no_absurd_number(patients: int) -> None:
    with pytest.raises(ValidationError, match="patients"):
        incident(patients=patients)


def test_a_record_is_never_changed_and_takes_no_unknown_field() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        incident().patients = 2  # type: ignore[misc]
    with pytest.raises(ValidationError, match="telephone"):
        incident(telephone="13800000000")


@pytest.mark.parametrize(
    ("lat", "lon"), [(91, 0), (-91, 0), (0, 181), (0, -181), (float("nan"), 0), (0, float("inf"))]
)
def test_a_position_is_on_the_earth(lat: float, lon: float) -> None:
    with pytest.raises(ValidationError):
        Position(lat=lat, lon=lon)


def test_distances_are_kilometres_on_the_sphere() -> None:
    assert great_circle_km(CHANGSHA, XIANGTAN) == pytest.approx(44.3, abs=0.1)
    assert great_circle_km(CHANGSHA, CHANGSHA) == 0


def test_a_blood_group_knows_its_abo_and_rhd() -> None:
    assert len(BloodGroup) == 8
    assert (BloodGroup.AB_NEG.abo, BloodGroup.AB_NEG.rhd_positive) == ("AB", False)
    assert (BloodGroup.O_POS.abo, BloodGroup.O_POS.rhd_positive) == ("O", True)
    assert sum(group.rhd_positive for group in BloodGroup) == 4


def test_a_lot_never_holds_less_than_nothing() -> None:
    lot = Lot(
        id=LotId("L1"), component=ComponentCode("rbc"), group=BloodGroup.O_NEG, quantity=0, expires_at=NOW
    )
    assert lot.state == "available"
    with pytest.raises(ValidationError, match="quantity"):
        Lot.model_validate(lot.model_dump() | {"quantity": -1})


def test_a_heading_is_below_360_degrees() -> None:
    assert Fix(position=CHANGSHA, fixed_at=NOW, heading_deg=359.9).heading_deg == 359.9
    with pytest.raises(ValidationError, match="heading_deg"):
        Fix(position=CHANGSHA, fixed_at=NOW, heading_deg=360)


def test_a_name_is_said_in_the_language_asked_for() -> None:
    name = Name(zh="长沙", en="Changsha")
    assert (name.text("zh_CN"), name.text("en")) == ("长沙", "Changsha")
