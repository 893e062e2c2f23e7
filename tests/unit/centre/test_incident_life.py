"""What an incident's units make of it, of this city and of others."""

import pytest

from dispatch.centre.messages import Said
from dispatch.domain.incidents import Act, Ending, IncidentState
from dispatch.domain.orders import RequestId
from dispatch.domain.units import UnitState
from tests.unit.centre.centre_world import City

NUMBER = "CS-1124-1001"
EN_ROUTE, ON_SCENE = UnitState.EN_ROUTE, UnitState.ON_SCENE
TRANSPORTING, AT_HOSPITAL = UnitState.TRANSPORTING, UnitState.AT_HOSPITAL
FREE, BROKEN = UnitState.AVAILABLE_ON_ROAD, UnitState.OUT_OF_SERVICE
WAITING, DISPATCHED = IncidentState.WAITING, IncidentState.DISPATCHED


def with_incident(patients: int = 1) -> City:
    city = City()
    city.open(NUMBER, patients=patients)
    return city


def ended(city: City) -> tuple[IncidentState, Ending | None]:
    return city.find().state, city.find().ending


# --- the state follows from the units -------------------------------------------------------------


def test_an_incident_passes_through_the_states_of_its_one_unit() -> None:
    city = with_incident()
    request = city.request("CS-001", NUMBER)
    assert city.find().state is WAITING  # reserved is not sent
    city.commit(request)
    assert (city.find().state, city.find().units) == (DISPATCHED, ("CS-001",))
    assert city.find().waiting_since is None
    city.acknowledge(request)
    assert city.find().state is DISPATCHED
    for state, expected in (
        (EN_ROUTE, DISPATCHED),
        (ON_SCENE, IncidentState.ON_SCENE),
        (TRANSPORTING, IncidentState.TRANSPORTING),
        (AT_HOSPITAL, IncidentState.TRANSPORTING),
    ):
        city.says(request, state)
        assert city.find().state is expected
    city.done(request)
    assert ended(city) == (IncidentState.CLOSED, Ending.COMPLETED)


def test_a_unit_on_scene_weighs_more_than_one_on_its_way_and_that_more_than_one_transporting() -> None:
    city = with_incident(patients=3)
    first, second = city.send("CS-001", NUMBER), city.send("CS-002", NUMBER)
    city.journey(first, EN_ROUTE, ON_SCENE)
    assert city.find().state is IncidentState.ON_SCENE
    city.says(first, TRANSPORTING)
    assert city.find().state is DISPATCHED
    city.journey(second, EN_ROUTE, ON_SCENE, TRANSPORTING)
    assert city.find().state is IncidentState.TRANSPORTING


def test_units_keep_the_order_in_which_they_were_sent() -> None:
    city = with_incident()
    for unit in ("CS-003", "CS-001", "CS-002"):
        city.send(unit, NUMBER)
    assert city.find().units == ("CS-003", "CS-001", "CS-002")


def test_the_timeline_says_each_step_once_and_who_said_it() -> None:
    city = with_incident()
    request = city.send("CS-001", NUMBER)
    city.journey(request, EN_ROUTE, ON_SCENE, TRANSPORTING, AT_HOSPITAL)
    city.done(request)
    assert city.codes() == [
        "opened", "order.reserved", "order.ordered", "order.acked",
        *["unit.state"] * 4, "order.done", "closed",
    ]  # fmt: skip
    by = {entry.code: entry.by for entry in city.timeline()}
    assert (by["order.ordered"], by["order.acked"], by["unit.state"]) == ("li", "CS-001", "CS-001")


def test_who_called_a_unit_back_is_named_not_who_sent_it() -> None:
    city = with_incident()
    request = city.send("CS-001", NUMBER)
    city.cancel(request, operator="chen")
    assert (city.timeline()[-1].code, city.timeline()[-1].by) == ("order.standing_down", "chen")


def test_a_state_set_at_the_desk_is_told_apart() -> None:
    city = with_incident()
    request = city.send("CS-001", NUMBER)
    city.acknowledge(request)
    city.set_state("CS-001", EN_ROUTE)
    entry = city.timeline()[-1]
    assert (entry.by, entry.facts["source"], entry.facts["state"]) == ("li@console-1", "desk", 2)


# --- the last unit is through ---------------------------------------------------------------------


def test_one_crew_that_carries_too_few_leaves_the_incident_waiting_and_that_rings() -> None:
    city = with_incident(patients=3)
    request = city.send("CS-001", NUMBER)
    city.journey(request, EN_ROUTE, ON_SCENE, TRANSPORTING, AT_HOSPITAL, patients=2)
    city.done(request)
    assert (city.find().state, city.find().carried) == (WAITING, 2)
    assert "waiting_again:CS-1124-1001" in city.ringing()


def test_all_patients_carried_by_several_crews_close_the_incident() -> None:
    city = with_incident(patients=3)
    for unit, patients in (("CS-001", 2), ("CS-002", 1)):
        request = city.send(unit, NUMBER)
        city.journey(request, EN_ROUTE, ON_SCENE, TRANSPORTING, AT_HOSPITAL, patients=patients)
        city.done(request)
    assert ended(city) == (IncidentState.CLOSED, Ending.COMPLETED)
    assert city.find().carried == 3


def test_an_incident_stays_open_while_any_unit_is_on_it() -> None:
    city = with_incident()
    first, second = city.send("CS-001", NUMBER), city.send("CS-002", NUMBER)
    city.journey(first, EN_ROUTE, ON_SCENE, TRANSPORTING, AT_HOSPITAL)
    city.done(first)
    assert city.find().state is DISPATCHED
    city.cancel(second)
    city.report(second, Said.STOOD_DOWN)
    assert ended(city) == (IncidentState.CLOSED, Ending.COMPLETED)


@pytest.mark.parametrize("patients", [1, 4])
def test_a_crew_that_finds_nobody_closes_the_incident(patients: int) -> None:
    city = with_incident(patients)
    request = city.send("CS-001", NUMBER)
    city.journey(request, EN_ROUTE, ON_SCENE)
    city.done(request, "nobody_to_carry")
    assert ended(city) == (IncidentState.CLOSED, Ending.NOBODY_TO_CARRY)


def test_a_crew_that_treats_on_scene_closes_the_incident_as_completed() -> None:
    city = with_incident()
    request = city.send("CS-001", NUMBER)
    city.journey(request, EN_ROUTE, ON_SCENE)
    city.done(request, "completed")
    assert ended(city) == (IncidentState.CLOSED, Ending.COMPLETED)


@pytest.mark.parametrize("ending", ["aborted", "crew_refused"])
def test_a_crew_that_breaks_off_or_refuses_leaves_the_patient_waiting(ending: str) -> None:
    city = with_incident()
    request = city.send("CS-001", NUMBER)
    city.now_ms += 5_000
    if ending == "aborted":
        city.journey(request, EN_ROUTE)
    city.done(request, ending)
    assert (city.find().state, city.find().units) == (WAITING, ())
    assert city.find().waiting_since is not None
    code = {"aborted": "waiting_again:CS-1124-1001", "crew_refused": "unit_refused:CS-1124-1001:CS-001"}
    assert city.ringing() == {code[ending]}


def test_a_stand_down_leaves_the_incident_waiting_without_an_alarm() -> None:
    city = with_incident()
    request = city.send("CS-001", NUMBER)
    city.cancel(request)
    assert city.find().units == ("CS-001",)  # not through before the crew says so
    city.report(request, Said.STOOD_DOWN)
    assert city.find().state is WAITING
    assert city.ringing() == set()


def test_a_unit_that_breaks_down_with_a_patient_aboard_has_carried_nobody() -> None:
    city = with_incident()
    request = city.send("CS-001", NUMBER)
    city.journey(request, EN_ROUTE, ON_SCENE, TRANSPORTING)
    assert city.find().carried == 1
    city.says(request, BROKEN, reason="engine")
    assert (city.find().state, city.find().carried) == (WAITING, 0)
    assert "waiting_again:CS-1124-1001" in city.ringing()
    assert city.timeline()[-1].facts["state"] == int(BROKEN)


def test_a_unit_that_breaks_down_with_two_patients_of_three_has_carried_none_of_them() -> None:
    city = with_incident(patients=3)
    first, second = city.send("CS-001", NUMBER), city.send("CS-002", NUMBER)
    city.journey(second, EN_ROUTE, ON_SCENE, TRANSPORTING, AT_HOSPITAL, patients=1)
    city.done(second)
    city.journey(first, EN_ROUTE, ON_SCENE, TRANSPORTING, patients=2)
    city.says(first, BROKEN, reason="engine")
    assert (city.find().state, city.find().carried) == (WAITING, 1)


def test_a_crew_whose_states_were_not_heard_has_carried_one_patient() -> None:
    city = with_incident(patients=2)
    request = city.send("CS-001", NUMBER)
    city.acknowledge(request)
    city.done(request, "completed")
    assert (city.find().state, city.find().carried) == (WAITING, 1)


def test_a_unit_that_breaks_down_at_the_hospital_has_delivered() -> None:
    city = with_incident()
    request = city.send("CS-001", NUMBER)
    city.journey(request, EN_ROUTE, ON_SCENE, TRANSPORTING, AT_HOSPITAL)
    city.says(request, BROKEN, reason="engine")
    assert ended(city) == (IncidentState.CLOSED, Ending.COMPLETED)


# --- units of other cities ------------------------------------------------------------------------


def test_a_unit_of_another_city_counts_as_one_of_the_own() -> None:
    city = with_incident()
    for state, expected in (
        (UnitState.ASSIGNED, DISPATCHED),
        (UnitState.ACKNOWLEDGED, DISPATCHED),
        (ON_SCENE, IncidentState.ON_SCENE),
        (TRANSPORTING, IncidentState.TRANSPORTING),
    ):
        city.foreign_unit("ZZ-007", state, NUMBER)
        assert city.find().state is expected
        assert city.find().units == ("ZZ-007",)
    city.foreign_unit("ZZ-007", FREE, reason="completed")
    assert ended(city) == (IncidentState.CLOSED, Ending.COMPLETED)


def test_a_unit_of_another_city_joins_an_incident_that_is_opened_after_it_was_sent() -> None:
    city = City()
    city.foreign_unit("ZZ-007", EN_ROUTE, NUMBER)
    city.foreign_unit("ZZ-008", EN_ROUTE, "ZZ-1124-1001")
    city.open(NUMBER)
    assert (city.find().state, city.find().units) == (DISPATCHED, ("ZZ-007",))
    city.foreign_unit("ZZ-007", FREE, reason="completed")
    assert city.find().units == ()


@pytest.mark.parametrize(
    ("last", "ending", "state", "carried"),
    [
        (TRANSPORTING, "completed", IncidentState.CLOSED, 1),
        (AT_HOSPITAL, None, IncidentState.CLOSED, 1),
        (TRANSPORTING, None, IncidentState.CLOSED, 1),
        (UnitState.ACKNOWLEDGED, "completed", IncidentState.CLOSED, 1),
        (ON_SCENE, "nobody_to_carry", IncidentState.CLOSED, 0),
        (ON_SCENE, None, WAITING, 0),
        (EN_ROUTE, "stood_down", WAITING, 0),
        (UnitState.ASSIGNED, "crew_refused", WAITING, 0),
        (TRANSPORTING, "aborted", WAITING, 0),
    ],
)
def test_how_a_borrowed_unit_ended_is_told_by_its_city_or_its_states(
    last: UnitState, ending: str | None, state: IncidentState, carried: int
) -> None:
    city = with_incident()
    city.foreign_unit("ZZ-007", last, NUMBER)
    city.foreign_unit("ZZ-007", FREE, reason=ending)
    assert (city.find().state, city.find().carried) == (state, carried)


def test_a_borrowed_crew_that_refuses_rings_at_the_borrower() -> None:
    city = with_incident()
    city.foreign_unit("ZZ-007", UnitState.ASSIGNED, NUMBER)
    city.foreign_unit("ZZ-007", FREE, reason="crew_refused")
    assert city.ringing() == {"unit_refused:CS-1124-1001:ZZ-007"}


def test_own_and_borrowed_units_work_together() -> None:
    city = with_incident(patients=2)
    own = city.send("CS-001", NUMBER)
    city.foreign_unit("ZZ-007", TRANSPORTING, NUMBER)
    city.foreign_unit("ZZ-007", FREE, reason="completed")
    assert (city.find().units, city.find().carried) == (("CS-001",), 1)
    city.journey(own, EN_ROUTE, ON_SCENE, TRANSPORTING, AT_HOSPITAL)
    city.done(own)
    assert ended(city) == (IncidentState.CLOSED, Ending.COMPLETED)


# --- late truths ----------------------------------------------------------------------------------


def test_a_unit_reported_on_a_closed_incident_opens_it_again_with_a_line() -> None:
    city = with_incident()
    city.change(NUMBER, Act.CLOSE, ending=Ending.CANCELLED, reason="got_better")
    city.foreign_unit("ZZ-007", EN_ROUTE, NUMBER)
    incident = city.find()
    assert (incident.state, incident.ending, incident.reason) == (DISPATCHED, None, "")
    assert city.codes()[-2:] == ["reopened_by_unit", "unit.state"]
    assert "incident.reopened" in city.actions()


def test_an_order_for_a_closed_incident_opens_it_again() -> None:
    city = with_incident()
    city.change(NUMBER, Act.CLOSE, ending=Ending.CANCELLED, reason="got_better")
    city.send("CS-001", NUMBER)
    assert city.find().state is DISPATCHED


def test_units_that_were_sent_before_the_opening_was_heard_are_on_the_incident() -> None:
    city = City()
    first, second = city.send("CS-002", NUMBER), city.send("CS-001", NUMBER)
    city.journey(first, EN_ROUTE)
    city.open(NUMBER)
    assert city.find().units == ("CS-002", "CS-001")
    assert city.find().state is DISPATCHED
    assert city.codes().count("order.ordered") == 2
    for request in (first, second):
        city.cancel(request)
        city.report(request, Said.STOOD_DOWN)
    assert (city.find().state, city.find().units) == (WAITING, ())


def test_a_second_incident_is_left_alone() -> None:
    city = with_incident()
    city.open("CS-1124-1002")
    request: RequestId = city.send("CS-001", NUMBER)
    city.journey(request, EN_ROUTE)
    other = city.find("CS-1124-1002")
    assert (other.state, other.units) == (WAITING, ())
