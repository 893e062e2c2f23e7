"""Everything a centre holds: the database and the memory decide alike, and a restart changes nothing."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.audit.read import Filter, rows
from dispatch.audit.verify import verify
from dispatch.centre import looking
from dispatch.centre import store as centre_store
from dispatch.centre.memory import MemoryCentre
from dispatch.centre.messages import (
    ActOnAlarm,
    AlarmDeed,
    AnswerAid,
    AskAid,
    Cancel,
    ChangeIncident,
    Commit,
    ForeignUnit,
    Input,
    OpenIncident,
    Reply,
    Report,
    Request,
    Said,
    SetUnit,
    TakeTo,
    Telephoned,
    Tick,
    UnitSaid,
)
from dispatch.centre.reading import CannotDecide, CentreUnavailable
from dispatch.centre.state import State
from dispatch.centre.store import Store
from dispatch.clock import from_epoch_ms
from dispatch.domain.aid import Aid, AidAct, AidId
from dispatch.domain.alarms import AlarmId
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import Act, Ending, Incident, IncidentId, Priority
from dispatch.domain.orders import Asker, Job, OrderState, RequestId, Token
from dispatch.domain.units import Unit, UnitId, UnitState, UnitStatus
from tests.unit.centre.centre_world import CHANGSHA, HERE, LI, ZHUZHOU, rules

NOW = 1_795_500_000_000
UNITS = tuple(UnitId(f"CS-00{n}") for n in (1, 2))
FLEET = tuple(Unit(id=unit, city=CHANGSHA) for unit in UNITS)
CONSOLE, NEIGHBOUR = Asker(CHANGSHA, "console-1"), Asker(ZHUZHOU, "console-9")
NUMBERS = tuple(IncidentId(f"CS-1124-100{n}") for n in (1, 2))
NEW_TABLES = ("incidents", "timeline", "duties", "foreign_units", "aids", "asked", "alarms", "answers")
START_WITHIN_S = 10.0


def open_store(path: Path, now_ms: int = NOW, fleet: tuple[Unit, ...] = FLEET) -> Store:
    store = Store.open(
        path, city=CHANGSHA, node="centre", units=fleet, rules=rules(), now_ms=now_ms, drill=True
    )
    store._connection.execute("PRAGMA synchronous = OFF")  # nobody cuts the power here
    return store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    one = open_store(tmp_path / "centre.db")
    yield one
    one.close()


def opening(number: IncidentId, key: str, now_ms: int = NOW) -> OpenIncident:
    incident = Incident(
        id=number, city=CHANGSHA, position=HERE, place="五一广场", priority=Priority.LIFE_THREATENING,
        opened_at=from_epoch_ms(now_ms), drill=True,
    )  # fmt: skip
    return OpenIncident(key, CONSOLE, LI, incident)


def asking(aid: AidId, key: str, now_ms: int) -> AskAid:
    now = from_epoch_ms(now_ms)
    record = Aid(
        id=aid, lender=CHANGSHA, borrower=ZHUZHOU, node="console-9", operator="wang",
        incident=IncidentId("ZZ-1124-1001"), priority=Priority.URGENT, position=HERE, place="芦淞",
        asked_at=now, answer_by=now + timedelta(seconds=60), changed_at=now,
    )  # fmt: skip
    return AskAid(key, NEIGHBOUR, LI, record)


@st.composite
def messages(draw: st.DrawFn) -> tuple[str, int, int, int, UnitState, Act, AidAct]:
    """What is said, about which of two of everything; whether it makes sense is the centre's business."""
    kind = draw(
        st.sampled_from(
            ["open", "change", "request", "commit", "cancel", "ack", "done", "stood", "state", "set",
             "take_to", "ask", "answer", "alarm", "foreign", "phone", "tick", "repeat"]
        )
    )  # fmt: skip
    return (
        kind,
        draw(st.integers(0, 1)),
        draw(st.integers(0, 1)),
        draw(st.integers(0, 40_000)),
        draw(st.sampled_from(UnitState)),
        draw(st.sampled_from(Act)),
        draw(st.sampled_from(AidAct)),
    )


def said(
    memory: MemoryCentre, turn: int, now_ms: int, message: tuple[str, int, int, int, UnitState, Act, AidAct]
) -> Input:
    """The message itself, with the tokens and numbers that its sender would know."""
    kind, which, other, _later, state, act, aid_act = message
    unit, number, key = UNITS[which], NUMBERS[other], f"k{turn}"
    holder, duty = memory.book.holder(unit), memory.state.duties[unit]
    request = RequestId(f"r{turn}") if holder is None else holder.request
    token = Token(0, 0) if holder is None else holder.token
    aid = AidId(f"aid-{other}")
    match kind:
        case "open":
            return opening(number, key, now_ms)
        case "change":
            how = {"text": "x", "reason": "y", "count": 2, "ending": Ending.CANCELLED, "patients": 2}
            return ChangeIncident(key, CONSOLE, LI, incident=number, act=act, **how)  # type: ignore[arg-type]
        case "request":
            foreign = which == other
            incident = IncidentId("ZZ-1124-1001") if foreign else number
            job = Job(incident=incident, priority=Priority.URGENT, position=HERE, place="x")
            asker, under = (NEIGHBOUR, aid) if foreign else (CONSOLE, None)
            return Request(RequestId(f"r{turn}"), unit, asker, "li", job, now_ms + 60_000, under)
        case "commit":
            return Commit(request, unit, CONSOLE, "li", token)
        case "cancel":
            return Cancel(request, unit, CONSOLE, "li")
        case "ack":
            return Report(unit, request, token, Said.ACKNOWLEDGED)
        case "done":
            return Report(unit, request, token, Said.DONE, "completed")
        case "stood":
            return Report(unit, request, token, Said.STOOD_DOWN)
        case "state":
            task = duty.status.task
            mine = None if task is None or which == other else RequestId(task)
            return UnitSaid(
                unit, duty.heard + 1 + which * other, state, now_ms, request=mine, destination="H"
            )
        case "set":
            told = None if duty.status.task is None else RequestId(duty.status.task)
            return SetUnit(key, CONSOLE, LI, unit, state, now_ms, "CS-H-1", "fuel", told)
        case "take_to":
            return TakeTo(key, CONSOLE, LI, unit, number, HospitalId("CS-H-1"))
        case "ask":
            return asking(aid, key, now_ms)
        case "answer":
            return AnswerAid(key, CONSOLE, LI, aid, aid_act, (unit,), "because")
        case "alarm":
            alarm = next(iter(memory.state.alarms), AlarmId("none"))
            return ActOnAlarm(key, CONSOLE, LI, alarm, AlarmDeed.ACKNOWLEDGE)
        case "foreign":
            task = "theirs" if state.on_task else None
            on = number if state.on_task else None
            status = UnitStatus(state=state, since=from_epoch_ms(now_ms), incident=on, task=task)
            return ForeignUnit(ZHUZHOU, UnitId("ZZ-001"), status)
        case "phone":
            return Telephoned(key, NEIGHBOUR, LI, unit, IncidentId("ZZ-1124-1001"), now_ms, "cut off", "Ma")
        case "repeat":
            return opening(number, f"k{turn - 1}", now_ms)
        case _:
            return Tick()


def known(state: State) -> tuple[object, ...]:
    return (
        state.duties, state.incidents, state.lines, state.ended, state.timelines, state.aids, state.asked,
        state.foreign, state.alarms,
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(messages(), max_size=40), st.integers(1, 5))
def test_the_database_decides_as_the_memory_does_and_a_restart_forgets_nothing(
    told: list[tuple[str, int, int, int, UnitState, Act, AidAct]], group: int
) -> None:
    with TemporaryDirectory() as folder:
        path, now_ms = Path(folder) / "centre.db", NOW
        store = open_store(path)
        memory = MemoryCentre(CHANGSHA, FLEET, rules(), now_ms=NOW, epoch=store.last_token.epoch)
        waiting: list[Input] = []
        expected: list[object] = []
        for turn, message in enumerate(told):
            now_ms += message[3] if not waiting else 0
            one = said(memory, turn, now_ms, message)
            waiting.append(one)
            expected += memory.take([one], now_ms)
            if len(waiting) >= group:
                assert store.take(waiting, now_ms) == expected
                waiting, expected = [], []
        assert store.take(waiting, now_ms) == expected
        assert known(store.state) == known(memory.state)
        assert store.pending() == memory.pending()
        before = known(store.state)
        store.close()
        store = open_store(path, now_ms)
        assert known(store.state) == before
        assert store.pending() == memory.pending()
        for key in (f"k{turn}" for turn in range(len(told))):
            assert store._past.reply(key) == memory._over.reply(key)
        store.close()
        assert verify(path).ok


def test_what_fails_half_way_leaves_memory_and_disk_as_they_were(store: Store) -> None:
    store.take([opening(NUMBERS[0], "k1")], NOW)
    before, head = known(store.state.copy()), store.head
    store._connection.execute(
        "CREATE TEMP TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    with pytest.raises(CentreUnavailable):
        store.take([opening(NUMBERS[1], "k2")], NOW)
    assert (known(store.state), store.head) == (before, head)
    store._connection.execute("DROP TRIGGER full")
    replies = [one for one in store.take([opening(NUMBERS[1], "k2")], NOW) if isinstance(one, Reply)]
    assert [one.accepted for one in replies] == [True]


def test_a_message_that_cannot_be_decided_is_told_from_a_disk_that_fails(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        raise RuntimeError("a fault of the program")

    monkeypatch.setattr("dispatch.centre.decide.incidents.decide", broken)
    with pytest.raises(CannotDecide, match="a fault of the program"):
        store.take([opening(NUMBERS[0], "k1")], NOW)
    assert store.state.incidents == {}


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE timeline SET body = '{}'",
        "DELETE FROM timeline",
        "INSERT INTO timeline (incident, number, body) VALUES ('CS-1124-1001', 9, '{}')",
        "UPDATE duties SET heard = -1",
    ],
)
def test_what_only_grows_cannot_be_changed_by_hand(store: Store, sql: str) -> None:
    store.take([opening(NUMBERS[0], "k1")], NOW)
    with pytest.raises(sqlite3.IntegrityError):
        store._connection.execute(sql)


def test_an_answer_is_kept_for_two_days(store: Store) -> None:
    store.take([opening(NUMBERS[0], "k1")], NOW)
    day = 86_400_000
    store.take([Tick()], NOW + day)
    assert store._past.reply("k1") is not None
    store.take([Tick()], NOW + 3 * day)
    assert store._past.reply("k1") is None


def test_a_database_of_the_first_version_is_brought_up(tmp_path: Path) -> None:
    """It knew orders only: units stand where their orders say that they are."""
    path = tmp_path / "centre.db"
    store = open_store(path)
    job = Job(incident=NUMBERS[0], priority=Priority.URGENT, position=HERE, place="x", hospital="CS-H-1")
    store.take([Request(RequestId("r1"), UNITS[0], CONSOLE, "li", job, NOW + 60_000)], NOW)
    store.take([Commit(RequestId("r1"), UNITS[0], CONSOLE, "li", store.last_token)], NOW + 1_000)
    store.take([Report(UNITS[0], RequestId("r1"), store.last_token, Said.ACKNOWLEDGED)], NOW + 2_000)
    store.close()
    with closing(sqlite3.connect(path)) as connection:
        for table in (
            "incidents",
            "timeline",
            "duties",
            "foreign_units",
            "aids",
            "asked",
            "alarms",
            "answers",
        ):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("PRAGMA user_version = 1")
        connection.commit()
    store = open_store(path, NOW + 10_000)
    assert [row.detail["from"] for row in rows(path, Filter(action="schema.changed"))] == [1]
    first, second = (store.state.duties[unit].status for unit in UNITS)
    assert (first.state, first.task, first.destination) == (UnitState.ACKNOWLEDGED, "r1", "CS-H-1")
    assert (second.state, second.task) == (UnitState.AVAILABLE_AT_STATION, None)
    store.take([opening(NUMBERS[0], "k1", NOW + 10_000)], NOW + 10_000)
    assert store.state.incidents[NUMBERS[0]].units == (UNITS[0],)
    store.close()
    assert verify(path).ok


def test_a_unit_that_left_the_configuration_ends_its_task(tmp_path: Path) -> None:
    path = tmp_path / "centre.db"
    store = open_store(path)
    job = Job(incident=NUMBERS[0], priority=Priority.URGENT, position=HERE, place="x")
    store.take([Request(RequestId("r1"), UNITS[0], CONSOLE, "li", job, NOW + 60_000)], NOW)
    token = store.last_token
    store.take([Commit(RequestId("r1"), UNITS[0], CONSOLE, "li", token)], NOW + 1_000)
    store.close()
    store = open_store(path, NOW + 10_000, FLEET[1:])
    assert store.state.duties[UNITS[0]].status.state is UnitState.ASSIGNED
    store.take([Report(UNITS[0], RequestId("r1"), token, Said.DONE, "completed")], NOW + 11_000)
    assert store.holder(UNITS[0]) is None
    store.close()
    store = open_store(path, NOW + 20_000, FLEET[1:])
    assert UNITS[0] not in store.state.duties
    store.close()


def test_records_are_looked_at_while_the_centre_goes_on(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "centre.db"
    store.take([opening(NUMBERS[0], "k1"), asking(AidId("aid-1"), "k2", NOW), Tick()], NOW)
    assert [one.id for one in looking.read_incidents(path, 10)] == [NUMBERS[0]]
    assert [one.unit.id for one in looking.read_units(path)] == list(UNITS)
    assert [one.id for one in looking.read_aids(path, 10)] == ["aid-1"]
    assert [one.code for one in looking.read_alarms(path, 10)] == ["aid_received"]
    assert [one.code for one in looking.read_lines(path, NUMBERS[0])] == ["opened"]


@pytest.mark.slow
def test_thousands_of_open_incidents_are_remembered_within_seconds(tmp_path: Path) -> None:
    path, numbers = tmp_path / "centre.db", [IncidentId(f"CS-1124-{n}") for n in range(1_000, 3_000)]
    store = open_store(path)
    for start in range(0, len(numbers), 100):
        store.take([opening(one, f"o-{one}") for one in numbers[start : start + 100]], NOW)
    for turn in range(3):
        changes = [
            ChangeIncident(f"c{turn}-{one}", CONSOLE, LI, incident=one, act=Act.REPEAT, text="又来电话")
            for one in numbers
        ]
        for start in range(0, len(changes), 100):
            store.take(changes[start : start + 100], NOW)
    before = known(store.state)
    store.close()
    began = time.perf_counter()
    store = open_store(path, NOW + 1)
    took = time.perf_counter() - began
    assert known(store.state) == before
    began = time.perf_counter()
    store.take([Tick()], NOW + 1)
    print(
        f"{len(numbers)} incidents: started in {took:.2f} s, a tick takes {time.perf_counter() - began:.3f} s"
    )
    store.close()
    assert took < START_WITHIN_S


def test_what_a_centre_reads_at_its_start_is_every_state_that_holds_a_unit() -> None:
    for state in OrderState:
        assert (f"'{state.value}'" in centre_store._HELD) is state.holds_unit
