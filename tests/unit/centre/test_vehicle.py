"""The vehicle's memory: the highest token wins, and nothing is said before it is on the disk."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.centre import vehicle
from dispatch.centre.messages import Act, Report, Said, Tell
from dispatch.centre.vehicle import Task, TaskState, Vehicle
from dispatch.domain.errors import DispatchError, IllegalTransition, MissingField
from dispatch.domain.geography import Position
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.domain.orders import Job, RequestId, Token
from dispatch.domain.units import UnitId, UnitState

UNIT = UnitId("CS-001")
JOB = Job(
    incident=IncidentId("CS-1124-9001"),
    priority=Priority.URGENT,
    position=Position(lat=28.2, lon=112.9),
    place="五一广场",
)


def tell(counter: int, act: Act = Act.GO, epoch: int = 1) -> Tell:
    job = JOB if act is Act.GO else None
    return Tell(UNIT, RequestId(f"r{epoch}.{counter}"), Token(epoch, counter), act, job)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "CS-001.json"


def test_nothing_is_acknowledged_before_the_crew_does(file: Path) -> None:
    one = Vehicle.open(file, UNIT)
    assert one.hear(tell(1)) is None
    assert one.hear(tell(1)) is None
    assert one.acknowledge() == Report(UNIT, RequestId("r1.1"), Token(1, 1), Said.ACKNOWLEDGED)


def test_an_equal_token_is_acknowledged_again_and_begins_nothing(file: Path) -> None:
    one = Vehicle.open(file, UNIT)
    one.hear(tell(1))
    one.acknowledge()
    again = one.hear(tell(1))
    assert again is not None
    assert again.said is Said.ACKNOWLEDGED
    one.finish("completed")
    again = one.hear(tell(1))
    assert again is not None
    assert again.said is Said.DONE


def test_a_lower_token_is_nothing(file: Path) -> None:
    one = Vehicle.open(file, UNIT)
    one.hear(tell(1, epoch=2))
    before = one.task
    for act in Act:
        assert one.hear(tell(9, act, epoch=1)) is None
    assert one.task == before


def test_a_stand_down_that_overtakes_its_order_stops_it(file: Path) -> None:
    one = Vehicle.open(file, UNIT)
    said = one.hear(tell(1, Act.STAND_DOWN))
    assert said is not None
    assert said.said is Said.STOOD_DOWN
    assert one.hear(tell(1)) is not None
    assert one.task is not None
    assert one.task.state is TaskState.STOOD_DOWN


def test_what_was_said_is_remembered_after_the_power_was_gone(file: Path) -> None:
    one = Vehicle.open(file, UNIT)
    one.hear(tell(1))
    one.acknowledge()
    assert Vehicle.open(file, UNIT).task == one.task
    one.finish("nobody_to_carry")
    again = Vehicle.open(file, UNIT)
    assert again.unheard() == Report(UNIT, RequestId("r1.1"), Token(1, 1), Said.DONE, "nobody_to_carry")
    again.hear(tell(1, Act.HEARD))
    assert Vehicle.open(file, UNIT).unheard() is None


def test_what_cannot_be_written_is_not_said(file: Path) -> None:
    one = Vehicle.open(file, UNIT)
    one.hear(tell(1))
    file.with_name(file.name + ".new").mkdir()
    with pytest.raises(OSError, match="directory"):
        one.acknowledge()
    assert one.task is not None
    assert one.task.state is TaskState.TOLD


def test_a_message_for_another_vehicle_is_nothing(file: Path) -> None:
    one = Vehicle.open(file, UnitId("CS-002"))
    assert one.hear(tell(1)) is None
    assert one.task is None


def test_only_an_open_order_can_be_acknowledged_or_ended(file: Path) -> None:
    one = Vehicle.open(file, UNIT)
    with pytest.raises(IllegalTransition, match="TOLD"):
        one.acknowledge()
    with pytest.raises(IllegalTransition, match="ACKNOWLEDGED"):
        one.finish("completed")
    one.hear(tell(1))
    with pytest.raises(DispatchError, match="crew_refused"):
        one.finish("lunch")


@pytest.mark.parametrize("text", ["", "{", "[]", '["CS-001", {"request": 1}]'])
def test_a_damaged_file_is_named(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(DispatchError, match=r"CS-001\.json"):
        Vehicle.open(file, UNIT)


def test_the_file_of_another_vehicle_is_refused(file: Path) -> None:
    Vehicle.open(file, UNIT).hear(tell(1))
    with pytest.raises(DispatchError, match="CS-001"):
        Vehicle.open(file, UnitId("CS-002"))


@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from(list(Act))), max_size=30))
def test_the_token_only_grows_and_each_order_begins_once(messages: list[tuple[int, Act]]) -> None:
    task: Task | None = None
    begun: list[Token] = []
    for counter, act in messages:
        before, task = task, vehicle.hear(task, tell(counter, act))
        if task is not None and task.state.open and (before is None or before.token != task.token):
            begun.append(task.token)
        assert before is None or (task is not None and task.token >= before.token)
    assert begun == sorted(set(begun))


# --- the hospital, and the vehicle's own states ---------------------------------------------------


def take_to(counter: int, hospital: str, epoch: int = 1) -> Tell:
    job = JOB.model_copy(update={"hospital": hospital})
    return Tell(UNIT, RequestId(f"r{epoch}.{counter}"), Token(epoch, counter), Act.TAKE_TO, job)


@pytest.fixture
def at_work(file: Path) -> Vehicle:
    """A vehicle whose crew took its order."""
    one = Vehicle.open(file, UNIT)
    one.hear(tell(1))
    one.acknowledge()
    return one


def test_a_hospital_is_confirmed_by_the_crew_and_not_by_the_terminal(at_work: Vehicle, file: Path) -> None:
    assert at_work.hear(take_to(1, "CS-H-1")) is None
    assert at_work.task is not None
    assert at_work.task.hospital == "CS-H-1"
    said = at_work.taking_to()
    assert said == Report(UNIT, RequestId("r1.1"), Token(1, 1), Said.TAKING_TO, hospital="CS-H-1")
    assert Vehicle.open(file, UNIT).hear(take_to(1, "CS-H-1")) == said
    assert at_work.hear(take_to(1, "CS-H-2")) is None


def test_a_hospital_named_with_the_order_is_known_when_the_crew_takes_it(file: Path) -> None:
    one = Vehicle.open(file, UNIT)
    one.hear(tell(1))
    assert one.hear(take_to(1, "CS-H-1")) is None
    one.acknowledge()
    again = one.hear(take_to(1, "CS-H-1"))
    assert again is not None
    assert again.said is Said.TAKING_TO


def test_a_hospital_for_an_older_or_ended_order_is_nothing_new(at_work: Vehicle) -> None:
    assert at_work.hear(take_to(0, "CS-H-9")) is None
    assert at_work.task is not None
    assert at_work.task.hospital == ""
    with pytest.raises(IllegalTransition):
        at_work.taking_to()
    at_work.finish("completed")
    again = at_work.hear(take_to(1, "CS-H-1"))
    assert again is not None
    assert again.said is Said.DONE


def test_states_are_numbered_and_said_again_until_they_were_heard(at_work: Vehicle, file: Path) -> None:
    first = at_work.say_state(UnitState.EN_ROUTE, 1_000)
    second = at_work.say_state(UnitState.ON_SCENE, 2_000)
    assert (first.number, first.request, second.number) == (1, "r1.1", 2)
    again = Vehicle.open(file, UNIT)
    assert again.unheard_states() == (first, second)
    again.heard_states(1)
    assert Vehicle.open(file, UNIT).unheard_states() == (second,)
    again.heard_states(2)
    assert Vehicle.open(file, UNIT).say_state(UnitState.TRANSPORTING, 3_000, destination="CS-H-1").number == 3


def test_a_vehicle_that_lost_its_file_is_heard_again(file: Path) -> None:
    one = Vehicle.open(file, UNIT)
    one.say_state(UnitState.PAUSED, 1_000, reason="fuel")
    one.say_state(UnitState.AVAILABLE_AT_STATION, 2_000)
    one.heard_states(57)
    assert [said.number for said in one.unheard_states()] == [58, 59]
    one.heard_states(59)
    assert one.unheard_states() == ()


def test_states_that_lack_something_are_not_said(at_work: Vehicle) -> None:
    with pytest.raises(MissingField, match="destination"):
        at_work.say_state(UnitState.TRANSPORTING, 1_000)
    with pytest.raises(MissingField, match="reason"):
        at_work.say_state(UnitState.OUT_OF_SERVICE, 1_000)
    with pytest.raises(IllegalTransition, match="DONE"):
        at_work.say_state(UnitState.AVAILABLE_AT_STATION, 1_000)
    at_work.hear(take_to(1, "CS-H-1"))
    assert at_work.say_state(UnitState.TRANSPORTING, 1_000, patients=2).destination == "CS-H-1"
    at_work.finish("completed")
    with pytest.raises(IllegalTransition, match="ACKNOWLEDGED"):
        at_work.say_state(UnitState.ON_SCENE, 2_000)
    assert at_work.say_state(UnitState.AVAILABLE_AT_STATION, 2_000).request is None


def test_the_file_of_a_vehicle_that_knew_no_states_is_read(file: Path) -> None:
    Vehicle.open(file, UNIT).hear(tell(1))
    owner, task, _states = json.loads(file.read_text().partition("\n")[0])
    del task["knows"]
    file.write_text(json.dumps([owner, task]))
    one = Vehicle.open(file, UNIT)
    assert one.task is not None
    assert one.task.state is TaskState.TOLD
    one.finish("crew_refused")
    assert one.say_state(UnitState.PAUSED, 1_000, reason="fuel").number == 1
