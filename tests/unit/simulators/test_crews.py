"""What crews do with an order: take it, refuse it, turn, come back; and what is said of it on the wire."""

import pytest

from dispatch.domain.orders import OrderState, RequestId
from dispatch.domain.units import UnitState
from dispatch.feed import payloads
from simulators.assumptions import Assumptions, Episode, Lognormal
from simulators.world import World
from tests.unit.simulators.local_console import BY, CHANGSHA, Console
from tests.unit.simulators.simulated_world import assumptions, scenario, world

_S = UnitState
NUMBER = "CS-1124-1001"


def calm(**crews: object) -> World:
    """No calls but those of the console, and crews that differ in one thing."""
    assumed: Assumptions = assumptions()
    assumed = assumed.model_copy(update={"crews": assumed.crews.model_copy(update=crews)})
    return world(scenario(demand=0.0, warm_up_min=0), assumed=assumed)


def sent(**crews: object) -> tuple[Console, RequestId]:
    """A console that has just ordered CS-001 to an incident of its own."""
    console = Console(calm(fault_at_start=0, unanswered=Episode(share=0, minutes=minute()), **crews))
    console.open(NUMBER)
    console.live(0.1)
    return console, console.order("CS-001", NUMBER)


def minute(median: float = 1.0) -> Lognormal:
    return Lognormal(median=median, sigma=0)


ALWAYS, NEVER = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)


def test_a_crew_takes_its_order_goes_carries_and_comes_home_and_says_each_state() -> None:
    console, request = sent(transported=ALWAYS)
    console.until("CS-001", _S.AVAILABLE_AT_STATION, 0.2)
    console.until("CS-001", _S.AT_HOSPITAL)
    console.until("CS-001", _S.AVAILABLE_ON_ROAD)
    console.until("CS-001", _S.AVAILABLE_AT_STATION)
    assert console.states("CS-001")[:8] == [7, 0, 1, 2, 3, 4, 5, 6]
    assert console.states("CS-001")[-1] == 7
    assert console.state(request) is OrderState.DONE
    record = console.record(NUMBER)
    assert (record.state, record.ending, record.carried, record.units) == ("closed", "completed", 1, [])
    assert {"order.acked", "unit.state", "order.done", "closed"} <= set(console.lines(NUMBER))


def test_arrivals_are_the_geofences_word_and_the_rest_is_the_crews() -> None:
    console, _ = sent(transported=ALWAYS)
    console.until("CS-001", _S.AT_HOSPITAL)
    sources = {m.data.state: m.data.source for m in console.heard if isinstance(m.data, payloads.UnitState)}
    assert sources == {2: "terminal", 3: "geofence", 4: "terminal", 5: "geofence"}


def test_patients_aboard_are_told_with_the_state_that_carries_them() -> None:
    console, _ = sent(transported=ALWAYS)
    console.until("CS-001", _S.TRANSPORTING)
    console.live(0.1)
    said = [m.data for m in console.heard if isinstance(m.data, payloads.UnitState) and m.data.state == 4]
    assert [(one.patients, one.destination is not None) for one in said] == [(1, True)]
    assert console.record(NUMBER).carried == 1


def test_a_crew_without_a_named_hospital_chooses_one_that_can_take_the_patient() -> None:
    console, _ = sent(transported=ALWAYS)
    console.until("CS-001", _S.TRANSPORTING)
    mission = console.living.crews.running[console.unit("CS-001").unit.id]
    assert mission.hospital is not None
    assert mission.hospital in console.living.hospitals


def test_a_crew_goes_to_the_hospital_that_the_desk_names_and_says_that_it_knows() -> None:
    console, _ = sent(transported=ALWAYS)
    console.until("CS-001", _S.EN_ROUTE)
    order = payloads.UnitTakeTo("CS-001", NUMBER, "CS-H-WANGCHENG", BY)
    key = console.say(CHANGSHA, "unit.take_to", order)
    console.live(0.1)
    assert console.answer(key).accepted
    assert "destination.heard" in console.lines(NUMBER)
    console.until("CS-001", _S.AT_HOSPITAL)
    spot = console.unit("CS-001").spot(console.living.agenda.now_ms).point
    assert spot == console.living.hospitals.point("CS-H-WANGCHENG")  # type: ignore[arg-type]


def test_a_crew_that_carries_its_patient_already_turns_to_another_hospital() -> None:
    console, _ = sent(transported=ALWAYS)
    console.until("CS-001", _S.TRANSPORTING)
    order = payloads.UnitTakeTo("CS-001", NUMBER, "CS-H-WANGCHENG", BY)
    console.say(CHANGSHA, "unit.take_to", order)
    console.until("CS-001", _S.AT_HOSPITAL)
    spot = console.unit("CS-001").spot(console.living.agenda.now_ms).point
    assert spot == console.living.hospitals.point("CS-H-WANGCHENG")  # type: ignore[arg-type]
    assert console.states("CS-001")[-2:] == [4, 5]


def test_a_crew_on_its_way_turns_to_the_place_that_the_desk_corrected() -> None:
    console, _ = sent()
    console.until("CS-001", _S.EN_ROUTE)
    there = (28.23, 112.93)
    change = payloads.IncidentChange(
        NUMBER, "amend", BY, place="河西", lat=there[0], lon=there[1], datum="wgs84", priority=2
    )
    key = console.say(CHANGSHA, "incident.change", change)
    console.until("CS-001", _S.ON_SCENE)
    assert console.answer(key).accepted
    assert console.unit("CS-001").spot(console.living.agenda.now_ms).point == there


def test_a_crew_that_is_called_back_on_its_way_stands_down_at_once_and_goes_home() -> None:
    console, request = sent()
    console.until("CS-001", _S.EN_ROUTE)
    console.live(1)
    console.call_back(request)
    console.live(0.1)
    assert console.state(request) is OrderState.STOOD_DOWN
    assert console.unit("CS-001").state is _S.AVAILABLE_ON_ROAD
    console.until("CS-001", _S.AVAILABLE_AT_STATION)
    console.live(0.1)
    assert console.states("CS-001") == [7, 0, 1, 2, 6, 7]
    assert console.record(NUMBER).state == "waiting"


def test_a_crew_that_is_called_back_with_a_patient_aboard_brings_him_to_hospital_first() -> None:
    console, request = sent(transported=ALWAYS)
    console.until("CS-001", _S.TRANSPORTING)
    console.call_back(request)
    console.live(0.2)
    assert console.state(request) is OrderState.STOOD_DOWN
    assert console.unit("CS-001").state is _S.OUT_OF_SERVICE
    assert console.states("CS-001")[-1] == 8
    console.until("CS-001", _S.AVAILABLE_AT_STATION)


def test_a_vehicle_that_does_not_start_refuses_and_is_out_of_service() -> None:
    console = Console(calm(fault_at_start=1))
    console.open(NUMBER)
    console.live(0.1)
    request = console.order("CS-001", NUMBER)
    console.until("CS-001", _S.OUT_OF_SERVICE, 20)
    console.live(0.2)
    steps = console.asked[request].steps
    assert (steps[-1].state, steps[-1].reason) == (OrderState.DONE, "crew_refused")
    assert console.states("CS-001")[-1] == 8
    assert "CS-001" not in console.record(NUMBER).units


def test_most_crews_answer_within_seconds_and_now_and_then_nobody_does_for_a_minute() -> None:
    living = world(scenario(demand=4.0))
    living.advance(living.origin_ms + 3_600_000)
    answered = [
        mission.stamps
        for mission in (*living.crews.done, *living.crews.running.values())
        if _S.ACKNOWLEDGED in mission.stamps
    ]
    waits = [(stamps[_S.ACKNOWLEDGED] - stamps[_S.ASSIGNED]) / 1000 for stamps in answered]
    waits.sort()
    assert len(waits) > 40
    assert 2 <= waits[len(waits) // 2] <= 7
    assert sum(wait > 10 for wait in waits) / len(waits) < 0.2


def test_an_order_that_nobody_answers_is_said_again_until_somebody_does() -> None:
    console = Console(calm(fault_at_start=0, unanswered=Episode(share=1, minutes=minute(1.0))))
    console.open(NUMBER)
    console.live(0.1)
    console.order("CS-001", NUMBER)
    console.live(0.9)
    told = [m for m in console.heard if isinstance(m.data, payloads.UnitOrder) and m.data.act == "go"]
    assert len(told) >= 4
    assert console.unit("CS-001").state is _S.ASSIGNED
    console.until("CS-001", _S.EN_ROUTE, 10)


def test_a_crew_off_the_run_refuses_an_order_that_crossed_its_word() -> None:
    console = Console(calm())
    console.open(NUMBER)
    console.live(0.1)
    request = console.order("CS-001", NUMBER)
    console.living.take_out(console.unit("CS-001"), "vehicle_fault", 60)
    console.live(1)
    assert console.asked[request].steps[-1].reason == "crew_refused"
    assert console.states("CS-001")[-1] == 8


def test_a_unit_that_the_desk_pauses_by_radio_waits_until_the_desk_lets_it_go_on() -> None:
    console = Console(calm())
    console.live(0.1)

    def desk(state: UnitState, reason: str | None) -> None:
        order = payloads.UnitSet("CS-001", state.value, BY, console.living.agenda.now_ms, reason=reason)
        key = console.say(CHANGSHA, "unit.set", order)
        console.live(0.1)
        assert console.answer(key).accepted

    desk(_S.PAUSED, "meal")
    assert console.unit("CS-001").state is _S.PAUSED
    console.live(30)
    assert console.states("CS-001")[-1] == 9
    desk(_S.AVAILABLE_AT_STATION, None)
    assert console.unit("CS-001").state is _S.AVAILABLE_AT_STATION


@pytest.mark.parametrize(
    ("nobody", "ending"), [(0.0, "completed"), (1.0, "nobody_to_carry")], ids=["treated", "nobody there"]
)
def test_a_crew_that_carries_nobody_ends_the_incident(nobody: float, ending: str) -> None:
    console, _ = sent(transported=NEVER, nobody_there=nobody)
    console.until("CS-001", _S.ON_SCENE)
    console.until("CS-001", _S.AVAILABLE_ON_ROAD)
    console.live(0.1)
    record = console.record(NUMBER)
    assert (record.state, record.ending, record.carried) == ("closed", ending, 0)
