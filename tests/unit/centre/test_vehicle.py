"""The vehicle's memory: the highest token wins, and nothing is said before it is on the disk."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.centre import vehicle
from dispatch.centre.messages import Act, Report, Said, Tell
from dispatch.centre.vehicle import Task, TaskState, Vehicle
from dispatch.domain.errors import DispatchError, IllegalTransition
from dispatch.domain.geography import Position
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.domain.orders import Job, RequestId, Token
from dispatch.domain.units import UnitId

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
