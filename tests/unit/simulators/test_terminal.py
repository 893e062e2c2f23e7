"""A vehicle's terminal: what the centre has not heard is said again, in the order in which it happened."""

from dispatch.domain.units import StateSource, UnitState
from dispatch.feed import payloads
from simulators.engine import Agenda
from simulators.messages import Message
from simulators.terminal import Terminal
from tests.unit.simulators.simulated_world import configuration

NOON = 1_795_500_000_000
UNIT = configuration().units[0]


def terminal(pace: float = 1.0) -> tuple[Terminal, Agenda, list[Message]]:
    said: list[Message] = []
    agenda = Agenda(NOON)
    return Terminal(UNIT, agenda, said.append, pace), agenda, said


def order(act: str, counter: int = 1, hospital: str | None = None) -> payloads.UnitOrder:
    job = payloads.OrderJob("CS-1124-1001", 1, 28.19, 112.98, "wgs84", "五一广场", hospital)
    return payloads.UnitOrder(UNIT.id, f"r-{counter}", 1, counter, act, job)  # type: ignore[arg-type]


def went_out(said: list[Message]) -> list[str]:
    words = []
    for message in said:
        if isinstance(message.data, payloads.UnitState):
            words.append(str(message.data.state))
        elif isinstance(message.data, payloads.UnitReport):
            words.append(message.data.said)
    return words


def test_a_state_is_said_after_1_1_2_4_8_8_seconds_until_it_is_heard() -> None:
    vehicle, agenda, said = terminal()
    vehicle.state(UnitState.AVAILABLE_ON_ROAD, StateSource.TERMINAL, at_ms=NOON)
    times = []
    for second in range(32):
        before = len(said)
        agenda.run_until(NOON + second * 1000)
        times += [second] * (len(said) - before)
    assert times == [1, 2, 4, 8, 16, 24]
    vehicle.hear_number(1)
    agenda.run_until(NOON + 90_000)
    assert len(said) == 7


def test_in_a_fast_drill_it_is_said_again_at_the_speed_of_the_machine() -> None:
    vehicle, agenda, said = terminal(pace=60)
    vehicle.state(UnitState.AVAILABLE_ON_ROAD, StateSource.TERMINAL, at_ms=NOON)
    agenda.run_until(NOON + 59_000)
    assert len(said) == 1
    agenda.run_until(NOON + 61_000)
    assert len(said) == 2


def test_everything_unheard_is_said_in_the_order_in_which_it_happened() -> None:
    vehicle, _agenda, said = terminal()
    vehicle.hear(order("go"))
    vehicle.acknowledge()
    for state in (UnitState.EN_ROUTE, UnitState.ON_SCENE):
        vehicle.state(state, StateSource.TERMINAL, at_ms=NOON)
    vehicle.finish("completed")
    vehicle.state(UnitState.AVAILABLE_AT_STATION, StateSource.GEOFENCE, at_ms=NOON)
    assert went_out(said) == ["acknowledged", "2", "3", "done", "7"]
    said.clear()
    vehicle.say_unheard()
    assert went_out(said) == ["2", "3", "done", "7"]
    vehicle.hear_number(2)
    said.clear()
    vehicle.say_unheard()
    assert went_out(said) == ["done", "7"]


def test_a_crew_that_has_an_order_to_answer_says_nothing_of_being_free() -> None:
    vehicle, _agenda, said = terminal()
    vehicle.hear(order("go"))
    vehicle.state(UnitState.AVAILABLE_AT_STATION, StateSource.TERMINAL, at_ms=NOON)
    assert went_out(said) == []


def test_an_order_said_again_is_no_news_and_is_acknowledged_again() -> None:
    vehicle, _agenda, said = terminal()
    assert vehicle.hear(order("go")) is not None
    assert vehicle.hear(order("go")) is None
    vehicle.acknowledge()
    assert vehicle.hear(order("go")) is None
    assert went_out(said) == ["acknowledged", "acknowledged"]


def test_a_hospital_is_news_until_the_crew_has_confirmed_it() -> None:
    vehicle, _agenda, said = terminal()
    vehicle.hear(order("go"))
    vehicle.acknowledge()
    assert vehicle.hear(order("take_to", hospital="CS-H-XIANGYA")) is not None
    vehicle.taking_to()
    assert vehicle.hear(order("take_to", hospital="CS-H-XIANGYA")) is None
    assert went_out(said)[-2:] == ["taking_to", "taking_to"]


def test_a_stand_down_is_news_once_and_answered_each_time() -> None:
    vehicle, _agenda, said = terminal()
    vehicle.hear(order("go"))
    assert vehicle.hear(order("stand_down")) is not None
    assert vehicle.hear(order("stand_down")) is None
    assert vehicle.request is None
    assert went_out(said) == ["stood_down", "stood_down"]
