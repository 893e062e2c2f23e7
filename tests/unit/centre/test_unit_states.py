"""Unit states: what follows from orders, what vehicles say, what the desk sets, and who is believed."""

import pytest

from dispatch.centre.messages import Act, HeardStates, Reply, Report, Said, SetUnit, TakeTo, Tell, UnitSaid
from dispatch.domain.geography import CityCode
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import IncidentId, IncidentState
from dispatch.domain.orders import Asker, OrderState, RequestId
from dispatch.domain.units import StateSource, UnitId, UnitState, UnitStatus
from tests.unit.centre.centre_world import CHANGSHA, LI, ZHUZHOU, City

UNIT = "CS-001"
NUMBER = "CS-1124-1001"
S = UnitState


@pytest.fixture
def city() -> City:
    """A city with an open incident."""
    one = City()
    one.open(NUMBER)
    return one


def status(city: City, unit: str = UNIT) -> UnitStatus:
    return city.state.duties[UnitId(unit)].status


def say(
    city: City, number: int, state: UnitState, request: RequestId | None = None, **what: object
) -> list[int]:
    """A vehicle says a state under any number; the numbers that it is told were heard."""
    said = UnitSaid(UnitId(UNIT), number, state, city.now_ms, request=request)
    said = UnitSaid(**{**{name: getattr(said, name) for name in said.__slots__}, **what})
    effects = city.centre.take([said], city.now_ms)
    return [effect.number for effect in effects if isinstance(effect, HeardStates)]


def take_to(city: City, hospital: str, by: CityCode = CHANGSHA, key: str = "t") -> Reply:
    said = TakeTo(
        f"{key}-{hospital}",
        Asker(by, "console-1"),
        LI,
        UnitId(UNIT),
        IncidentId(NUMBER),
        HospitalId(hospital),
    )
    return next(one for one in city.centre.take([said], city.now_ms) if isinstance(one, Reply))


# --- what follows from orders ---------------------------------------------------------------------


def test_an_order_takes_its_unit_through_the_states(city: City) -> None:
    request = city.request(UNIT, NUMBER)
    assert status(city).state is S.AVAILABLE_AT_STATION  # reserved is not dispatched
    city.commit(request)
    assert (status(city).state, status(city).source) == (S.ASSIGNED, StateSource.DESK)
    assert (status(city).task, status(city).incident) == (request, NUMBER)
    city.acknowledge(request)
    assert (status(city).state, status(city).source) == (S.ACKNOWLEDGED, StateSource.TERMINAL)
    city.done(request)
    assert (status(city).state, status(city).task, status(city).incident) == (S.AVAILABLE_ON_ROAD, None, None)


def test_a_unit_that_is_not_free_is_refused(city: City) -> None:
    city.set_state(UNIT, S.PAUSED, reason="fuel")
    assert city.denied(city.request(UNIT, NUMBER)) == "unit_not_free"
    city.set_state(UNIT, S.AVAILABLE_AT_STATION)
    assert city.denied(city.request(UNIT, NUMBER)) == ""


def test_a_crew_that_says_more_than_yes_is_not_turned_back_by_its_yes(city: City) -> None:
    request = city.send(UNIT, NUMBER)
    city.says(request, S.EN_ROUTE)
    city.acknowledge(request)
    assert status(city).state is S.EN_ROUTE


def test_a_crew_called_back_is_free_on_the_road_when_it_has_heard_of_it(city: City) -> None:
    request = city.send(UNIT, NUMBER)
    city.acknowledge(request)
    city.cancel(request)
    assert status(city).state is S.ACKNOWLEDGED
    city.report(request, Said.STOOD_DOWN)
    assert status(city).state is S.AVAILABLE_ON_ROAD


def test_a_vehicle_that_broke_down_on_its_task_stays_out_of_service(city: City) -> None:
    request = city.send(UNIT, NUMBER)
    city.journey(request, S.EN_ROUTE)
    city.says(request, S.OUT_OF_SERVICE, reason="engine")
    city.done(request, "aborted")
    assert (status(city).state, status(city).reason, status(city).task) == (S.OUT_OF_SERVICE, "engine", None)
    assert city.denied(city.request(UNIT, NUMBER)) == "unit_not_free"


def test_a_unit_that_breaks_down_between_reservation_and_order_is_not_said_to_go(city: City) -> None:
    request = city.request(UNIT, NUMBER)
    city.set_state(UNIT, S.OUT_OF_SERVICE, reason="engine")
    city.commit(request)
    assert (status(city).state, status(city).task) == (S.OUT_OF_SERVICE, request)
    assert city.find().state is IncidentState.WAITING
    city.acknowledge(request)  # the crew says that it goes all the same
    assert (status(city).state, status(city).reason) == (S.ACKNOWLEDGED, None)


def test_a_breakdown_of_before_the_order_ends_with_the_crews_yes(city: City) -> None:
    request = city.send(UNIT, NUMBER)
    assert say(city, 1, S.OUT_OF_SERVICE, reason="engine") == [1]
    assert (status(city).state, status(city).task) == (S.OUT_OF_SERVICE, request)
    city.acknowledge(request)
    assert (status(city).state, status(city).reason) == (S.ACKNOWLEDGED, None)


def test_a_breakdown_on_the_task_is_not_undone_by_a_yes_that_it_overtook(city: City) -> None:
    request = city.send(UNIT, NUMBER)
    assert say(city, 1, S.OUT_OF_SERVICE, request, reason="engine") == []
    assert status(city).state is S.ASSIGNED
    city.acknowledge(request)
    assert say(city, 1, S.OUT_OF_SERVICE, request, reason="engine") == [1]
    city.acknowledge(request)
    assert (status(city).state, status(city).task) == (S.OUT_OF_SERVICE, request)


def test_what_a_desk_said_since_the_order_is_not_undone_by_a_yes(city: City) -> None:
    request = city.send(UNIT, NUMBER)
    city.now_ms += 60_000
    city.set_state(UNIT, S.OUT_OF_SERVICE, reason="engine")
    city.acknowledge(request)
    assert (status(city).state, status(city).task) == (S.OUT_OF_SERVICE, request)
    assert say(city, 1, S.EN_ROUTE, request, at_ms=city.now_ms - 30_000) == [1]
    assert status(city).state is S.OUT_OF_SERVICE
    assert say(city, 2, S.EN_ROUTE, request) == [2]
    assert (status(city).state, status(city).reason) == (S.EN_ROUTE, None)


def test_a_crew_that_broke_down_on_its_way_may_go_on(city: City) -> None:
    request = city.send(UNIT, NUMBER)
    city.acknowledge(request)
    city.journey(request, S.EN_ROUTE)
    city.says(request, S.OUT_OF_SERVICE, reason="tyre")
    city.says(request, S.EN_ROUTE)
    city.says(request, S.ON_SCENE)
    assert (status(city).state, status(city).task) == (S.ON_SCENE, request)


# --- what vehicles say ----------------------------------------------------------------------------


def test_a_state_is_heard_once_however_often_it_is_said(city: City) -> None:
    request = city.send(UNIT, NUMBER)
    city.acknowledge(request)
    assert say(city, 1, S.EN_ROUTE, request) == [1]
    lines = city.codes()
    assert say(city, 1, S.EN_ROUTE, request) == [1]
    assert city.codes() == lines


def test_what_was_lost_on_the_way_is_waited_for(city: City) -> None:
    request = city.send(UNIT, NUMBER)
    city.acknowledge(request)
    assert say(city, 2, S.ON_SCENE, request) == []
    assert status(city).state is S.ACKNOWLEDGED
    assert say(city, 1, S.EN_ROUTE, request) == [1]
    assert say(city, 2, S.ON_SCENE, request) == [2]
    assert status(city).state is S.ON_SCENE


def test_a_vehicle_that_is_out_of_turn_is_heard_and_not_followed(city: City) -> None:
    request = city.send(UNIT, NUMBER)
    city.journey(request, S.EN_ROUTE)
    assert say(city, 2, S.AT_HOSPITAL, request) == [2]
    assert status(city).state is S.EN_ROUTE
    assert city.timeline()[-1].code == "unit.refused"
    assert city.timeline()[-1].facts == {"unit": UNIT, "state": 5, "before": 2, "source": "terminal"}
    assert city.note("unit.refused").actor == UNIT


def test_a_report_from_before_what_the_desk_knows_turns_nothing_back(city: City) -> None:
    request = city.send(UNIT, NUMBER)
    city.acknowledge(request)
    began = city.now_ms
    city.now_ms += 60_000
    city.set_state(UNIT, S.EN_ROUTE)
    city.set_state(UNIT, S.ON_SCENE)
    assert say(city, 1, S.EN_ROUTE, request, at_ms=began) == [1]
    assert (status(city).state, status(city).source) == (S.ON_SCENE, StateSource.DESK)
    assert city.timeline()[-1].code == "unit.late"


def test_a_slow_clock_in_a_vehicle_does_not_hold_it_back(city: City) -> None:
    request = city.send(UNIT, NUMBER)
    city.acknowledge(request)
    slow = city.now_ms - 120_000
    say(city, 1, S.EN_ROUTE, request, at_ms=slow)
    say(city, 2, S.ON_SCENE, request, at_ms=slow + 1_000)
    assert status(city).state is S.ON_SCENE
    assert city.find().state is IncidentState.ON_SCENE


def test_a_state_never_begins_before_the_one_it_follows(city: City) -> None:
    request = city.send(UNIT, NUMBER)
    city.acknowledge(request)
    before = status(city).since
    say(city, 1, S.EN_ROUTE, request, at_ms=city.now_ms - 60_000)
    assert status(city).since >= before


def test_a_vehicle_without_a_task_is_heard_when_its_task_is_over(city: City) -> None:
    """It is through and at its station, but its word that it is through was lost on the way."""
    request = city.send(UNIT, NUMBER)
    city.journey(request, S.EN_ROUTE, S.ON_SCENE)
    assert say(city, 3, S.AVAILABLE_AT_STATION) == []
    city.done(request, "nobody_to_carry")
    assert say(city, 3, S.AVAILABLE_AT_STATION) == [3]
    assert status(city).state is S.AVAILABLE_AT_STATION


def test_a_vehicle_that_breaks_down_is_believed_whatever_its_order(city: City) -> None:
    city.send(UNIT, NUMBER)
    assert say(city, 1, S.OUT_OF_SERVICE) == [1]
    assert (status(city).state, status(city).reason) == (S.OUT_OF_SERVICE, "—")
    assert city.find().state is not IncidentState.DISPATCHED


def test_a_word_about_an_older_order_changes_nothing(city: City) -> None:
    first = city.send(UNIT, NUMBER)
    city.journey(first, S.EN_ROUTE)
    city.done(first, "aborted")
    second = city.send(UNIT, NUMBER)
    assert say(city, 2, S.ON_SCENE, first) == [2]
    assert (status(city).state, status(city).task) == (S.ASSIGNED, second)
    assert city.timeline()[-1].code == "unit.late"


def test_a_person_is_believed_over_an_older_word_of_the_terminal(city: City) -> None:
    old = city.now_ms
    city.now_ms += 60_000
    city.set_state(UNIT, S.OUT_OF_SERVICE, reason="crew ill")
    assert say(city, 1, S.AVAILABLE_AT_STATION, at_ms=old) == [1]
    assert status(city).state is S.OUT_OF_SERVICE
    assert say(city, 2, S.AVAILABLE_AT_STATION) == [2]
    assert status(city).state is S.AVAILABLE_AT_STATION


def test_being_at_a_station_ends_no_pause(city: City) -> None:
    city.set_state(UNIT, S.PAUSED, reason="crew ill")
    assert say(city, 1, S.AVAILABLE_AT_STATION, source=StateSource.GEOFENCE) == [1]
    assert status(city).state is S.PAUSED
    assert say(city, 2, S.AVAILABLE_AT_STATION) == [2]
    assert status(city).state is S.AVAILABLE_AT_STATION


def test_patients_are_carried_only_with_a_hospital(city: City) -> None:
    request = city.send(UNIT, NUMBER)
    city.journey(request, S.EN_ROUTE, S.ON_SCENE)
    assert say(city, 3, S.TRANSPORTING, request, patients=1) == [3]
    assert status(city).state is S.ON_SCENE
    take_to(city, "CS-H-1")
    assert say(city, 4, S.TRANSPORTING, request, patients=1) == [4]
    assert (status(city).state, status(city).destination) == (S.TRANSPORTING, "CS-H-1")


# --- what the desk sets ---------------------------------------------------------------------------


def test_the_desk_is_told_what_is_missing_and_what_may_come_next(city: City) -> None:
    missing = city.set_state(UNIT, S.PAUSED)
    assert (missing.code, missing.facts) == ("missing", {"field": "reason"})
    request = city.send(UNIT, NUMBER)
    wrong = city.set_state(UNIT, S.TRANSPORTING, hospital="CS-H-1")
    assert wrong.code == "illegal_state"
    assert wrong.facts["legal"] == "ACKNOWLEDGED, EN_ROUTE, OUT_OF_SERVICE"
    city.journey(request, S.EN_ROUTE, S.ON_SCENE)
    nowhere = city.set_state(UNIT, S.TRANSPORTING)
    assert (nowhere.code, nowhere.facts) == ("missing", {"field": "destination"})


def test_only_an_order_puts_a_unit_on_a_task(city: City) -> None:
    refused = city.set_state(UNIT, S.ASSIGNED)
    assert refused.code == "illegal_state"
    assert refused.facts["legal"] == "AVAILABLE_ON_ROAD, OUT_OF_SERVICE, PAUSED"


def test_a_state_in_the_future_is_refused(city: City) -> None:
    said = SetUnit(
        "k", Asker(CHANGSHA, "console-1"), LI, UnitId(UNIT), S.AVAILABLE_ON_ROAD, city.now_ms + 60_000
    )
    (reply,) = [one for one in city.centre.take([said], city.now_ms) if isinstance(one, Reply)]
    assert reply.code == "in_the_future"


def test_a_crew_on_its_way_is_called_back_and_not_just_set_free(city: City) -> None:
    request = city.send(UNIT, NUMBER)
    for _step in range(2):
        assert city.set_state(UNIT, S.AVAILABLE_ON_ROAD).code == "unit_on_task"
        city.acknowledge(request)


def test_the_desk_ends_a_task_for_a_crew_whose_terminal_is_dead(city: City) -> None:
    request = city.send(UNIT, NUMBER)
    city.acknowledge(request)
    for state in (S.EN_ROUTE, S.ON_SCENE, S.TRANSPORTING, S.AT_HOSPITAL):
        assert city.set_state(UNIT, state, hospital="CS-H-1").accepted
    assert city.set_state(UNIT, S.AVAILABLE_ON_ROAD).accepted
    assert (status(city).state, status(city).source) == (S.AVAILABLE_ON_ROAD, StateSource.DESK)
    assert city.order(request).steps[-1][2] == "completed"
    assert city.find().state is IncidentState.CLOSED
    effects = city.centre.take(
        [Report(UnitId(UNIT), request, city.order(request).token, Said.DONE, "completed")], city.now_ms
    )
    assert [one.act for one in effects if isinstance(one, Tell)] == [Act.HEARD]


def test_a_word_of_the_desk_about_another_task_changes_nothing(city: City) -> None:
    """It was on its way while its unit came to be on a task, and the crew through with the former one."""

    def late(state: S, request: RequestId | None) -> Reply:
        asker, key = Asker(CHANGSHA, "console-1"), f"late-{state}-{request}"
        said = SetUnit(key, asker, LI, UnitId(UNIT), state, city.now_ms, "CS-H-1", None, request)
        (reply,) = [one for one in city.centre.take([said], city.now_ms) if isinstance(one, Reply)]
        return reply

    first = city.send(UNIT, NUMBER)
    city.acknowledge(first)
    city.done(first)
    second = city.send(UNIT, NUMBER)
    city.acknowledge(second)
    city.journey(second, S.EN_ROUTE, S.ON_SCENE)
    for state, request in ((S.AVAILABLE_AT_STATION, None), (S.TRANSPORTING, first)):
        assert (late(state, request).code, status(city).state) == ("task_changed", S.ON_SCENE)
    assert late(S.TRANSPORTING, second).accepted


def test_the_crew_of_a_dead_terminal_takes_its_order_by_radio_and_ends_it(city: City) -> None:
    request = city.send(UNIT, NUMBER)
    assert city.set_state(UNIT, S.AVAILABLE_AT_STATION).code == "unit_on_task"
    assert city.set_state(UNIT, S.EN_ROUTE).accepted
    assert (status(city).state, status(city).source) == (S.EN_ROUTE, StateSource.DESK)
    assert city.order(request).steps[-1][::2] == (OrderState.ACKED, "by_radio")
    assert city.set_state(UNIT, S.ON_SCENE).accepted
    assert city.set_state(UNIT, S.AVAILABLE_ON_ROAD).accepted
    assert city.order(request).steps[-1][::2] == (OrderState.DONE, "nobody_to_carry")
    assert "order.acked.by_radio" in [line.code for line in city.timeline()]


def test_a_crew_that_hears_by_radio_that_it_is_called_back_is_free(city: City) -> None:
    request = city.send(UNIT, NUMBER)
    city.cancel(request)
    assert city.set_state(UNIT, S.AVAILABLE_ON_ROAD).accepted
    assert (status(city).state, status(city).task) == (S.AVAILABLE_ON_ROAD, None)
    assert city.order(request).steps[-1][::2] == (OrderState.STOOD_DOWN, "by_radio")
    assert city.denied(city.request(UNIT, NUMBER)) == ""


def test_a_terminal_that_wakes_after_its_order_ended_by_radio_is_told_to_stand_down(city: City) -> None:
    request = city.send(UNIT, NUMBER)
    token = city.order(request).token
    for state in (S.EN_ROUTE, S.ON_SCENE, S.AVAILABLE_ON_ROAD):
        city.set_state(UNIT, state)
    for said, ending, told in (
        (Said.ACKNOWLEDGED, "", Act.STAND_DOWN),
        (Said.DONE, "crew_refused", Act.HEARD),
    ):
        effects = city.centre.take([Report(UnitId(UNIT), request, token, said, ending)], city.now_ms)
        assert [one.act for one in effects if isinstance(one, Tell)] == [told]
    assert city.order(request).state is OrderState.DONE


def test_another_city_sets_only_the_units_it_was_lent(city: City) -> None:
    said = SetUnit("k", Asker(ZHUZHOU, "console-9"), LI, UnitId(UNIT), S.AVAILABLE_ON_ROAD, city.now_ms)
    (reply,) = [one for one in city.centre.take([said], city.now_ms) if isinstance(one, Reply)]
    assert reply.code == "aid_not_yours"


def test_a_unit_that_nobody_knows_is_named(city: City) -> None:
    reply = city.set_state("CS-999", S.PAUSED, reason="fuel")
    assert (reply.code, reply.facts) == ("unknown_unit", {"city": "changsha", "unit": "CS-999"})


# --- where the patients go ------------------------------------------------------------------------


def test_a_crew_is_told_its_hospital_until_it_knows_it(city: City) -> None:
    request = city.send(UNIT, NUMBER)
    city.journey(request, S.EN_ROUTE)
    assert take_to(city, "CS-H-1").accepted
    told = city.centre.due(city.now_ms + 1_000)
    assert [(one.act, one.job and one.job.hospital) for one in told] == [(Act.TAKE_TO, "CS-H-1")]
    assert city.centre.due(city.now_ms + 1_500) == []
    report = Report(UnitId(UNIT), request, city.order(request).token, Said.TAKING_TO, hospital="CS-H-1")
    city.centre.take([report], city.now_ms)
    assert city.centre.pending() == []
    assert city.codes()[-2:] == ["destination", "destination.heard"]


def test_an_answer_about_another_hospital_than_the_last_one_named_counts_for_nothing(city: City) -> None:
    request = city.send(UNIT, NUMBER)
    city.journey(request, S.EN_ROUTE)
    take_to(city, "CS-H-1")
    take_to(city, "CS-H-2")
    token = city.order(request).token
    city.centre.take([Report(UnitId(UNIT), request, token, Said.TAKING_TO, hospital="CS-H-1")], city.now_ms)
    (tell,) = city.centre.pending()
    assert tell.job is not None
    assert tell.job.hospital == "CS-H-2"


def test_a_crew_that_carries_on_its_own_is_told_no_more(city: City) -> None:
    request = city.send(UNIT, NUMBER)
    city.journey(request, S.EN_ROUTE, S.ON_SCENE)
    take_to(city, "CS-H-2")
    city.says(request, S.TRANSPORTING, patients=1)
    assert status(city).destination == "CS-H-1"  # the crew knows best where it goes
    assert city.centre.pending() == []


def test_a_hospital_is_named_only_to_a_crew_on_that_incident(city: City) -> None:
    assert take_to(city, "CS-H-1").code == "not_on_incident"
    request = city.send(UNIT, NUMBER)
    city.journey(request, S.EN_ROUTE, S.ON_SCENE, S.TRANSPORTING, S.AT_HOSPITAL)
    assert take_to(city, "CS-H-2", key="u").code == "already_there"


# --- another city's unit --------------------------------------------------------------------------


def test_a_neighbours_unit_counts_while_it_is_on_an_incident_of_this_city(city: City) -> None:
    city.foreign_unit("ZZ-001", S.ASSIGNED, NUMBER)
    city.foreign_unit("ZZ-001", S.ON_SCENE, NUMBER)
    assert city.find().state is IncidentState.ON_SCENE
    city.foreign_unit("ZZ-001", S.AVAILABLE_ON_ROAD, reason="nobody_to_carry")
    assert city.find().state is IncidentState.CLOSED
    assert city.state.foreign == {}


def test_a_neighbours_unit_on_its_own_business_is_none_of_ours(city: City) -> None:
    city.foreign_unit("ZZ-002", S.ON_SCENE, "ZZ-1124-1001")
    assert city.state.foreign == {}
