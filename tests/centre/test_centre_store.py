"""The centre's database: what was decided is there after a restart, and what must not happen it refuses."""

import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.audit.read import Filter, rows
from dispatch.audit.verify import verify
from dispatch.centre.looking import read_orders
from dispatch.centre.messages import Act, Cancel, Commit, Input, Query, Report, Request, Said, Tell, Tick
from dispatch.centre.protocol import Decision, pending
from dispatch.centre.reading import CentreUnavailable, read_order
from dispatch.centre.store import Store
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.domain.orders import Asker, Job, Order, OrderState, RequestId, Step, Token
from dispatch.domain.units import Unit, UnitId
from tests.unit.centre.centre_world import rules

CHANGSHA = CityCode("changsha")
ASKER = Asker(CHANGSHA, "console-1")
UNITS = tuple(UnitId(f"CS-00{n}") for n in (1, 2, 3))
NOW = 1_790_000_000_000
JOB = Job(
    incident=IncidentId("CS-1124-9001"),
    priority=Priority.URGENT,
    position=Position(lat=28.123456789, lon=112.987654321),
    place="五一广场 “A” 口",
)
ORDERS = 10_000
START_WITHIN_S = 10.0


def open_store(path: Path, now_ms: int = NOW, units: tuple[UnitId, ...] = UNITS) -> Store:
    fleet = [Unit(id=unit, city=CHANGSHA) for unit in units]
    return Store.open(path, city=CHANGSHA, node="centre", units=fleet, rules=rules(), now_ms=now_ms)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A fresh centre's database."""
    one = open_store(tmp_path / "centre.db")
    yield one
    one.close()


def request(name: str, unit: UnitId = UNITS[0], expires_ms: int = NOW + 60_000) -> Request:
    return Request(RequestId(name), unit, ASKER, "Li", JOB, expires_ms)


def commit(order: Order) -> Commit:
    return Commit(order.request, order.unit, ASKER, "Li", order.token)


def held(store: Store, unit: UnitId = UNITS[0]) -> Order:
    order = store.holder(unit)
    assert order is not None
    return order


names = st.sampled_from(["a", "b", "c", "d", "e"]).map(RequestId)
units = st.sampled_from([*UNITS, UnitId("ZZ-001")])
moments = st.integers(0, 90_000)


@st.composite
def inputs(draw: st.DrawFn) -> tuple[str, RequestId, UnitId]:
    kind = draw(
        st.sampled_from(["request", "commit", "cancel", "query", "acked", "done", "stood_down", "tick"])
    )
    return kind, draw(names), draw(units)


def said(store: Store, kind: str, name: RequestId, unit: UnitId) -> Input:
    """The message, with the token that its order has: a wrong one would change nothing."""
    order = store.order(name)
    token = Token(0, 0) if order is None else order.token
    unit = unit if order is None else order.unit
    match kind:
        case "request":
            return Request(name, unit, ASKER, "Li", JOB, NOW + 60_000)
        case "commit":
            return Commit(name, unit, ASKER, "Li", token)
        case "cancel":
            return Cancel(name, unit, ASKER, "Li")
        case "query":
            return Query(name, unit, ASKER)
        case "tick":
            return Tick()
        case "acked":
            return Report(unit, name, token, Said.ACKNOWLEDGED)
        case "done":
            return Report(unit, name, token, Said.DONE, "completed")
        case _:
            return Report(unit, name, token, Said.STOOD_DOWN)


def known(store: Store) -> tuple[object, ...]:
    """Everything a centre knows that decides what it will do."""
    orders = tuple(store.order(RequestId(name)) for name in "abcde")
    return orders, tuple(store.held()), tuple(store.pending()), store.head


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(inputs(), moments), max_size=40), st.integers(1, 6))
def test_what_is_known_after_a_restart_is_what_was_known_before(
    messages: list[tuple[tuple[str, RequestId, UnitId], int]], group: int
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "centre.db"
        store = open_store(path)
        store._connection.execute("PRAGMA synchronous = OFF")
        waiting: list[Input] = []
        for (kind, name, unit), later in messages:
            waiting.append(said(store, kind, name, unit))
            if len(waiting) >= group:
                store.take(waiting, NOW + later)
                waiting = []
        before, token = known(store), store.last_token
        store.close()
        store = open_store(path, NOW + 100_000)
        assert known(store)[:3] == before[:3]
        assert {tell.request for tell in store.pending()} == {o.request for o in store.held() if pending(o)}
        assert store.last_token > token
        store.close()
        assert verify(path).ok


@pytest.mark.slow
def test_ten_thousand_orders_are_remembered_within_seconds(tmp_path: Path) -> None:
    units = tuple(UnitId(f"CS-{n:04d}") for n in range(200))
    store = open_store(tmp_path / "centre.db", units=units)
    store._connection.execute("PRAGMA synchronous = OFF")
    for batch in range(ORDERS // len(units)):
        last = batch == ORDERS // len(units) - 1
        store.take([request(f"{batch}-{unit}", unit) for unit in units], NOW)
        orders = list(store.held())
        store.take([commit(order) for order in orders], NOW)
        if not last:
            done = [Report(o.unit, o.request, o.token, Said.DONE, "completed") for o in orders]
            store.take(done, NOW)
    waiting = store.pending()
    store.close()
    began = time.perf_counter()
    store = open_store(tmp_path / "centre.db", NOW + 1, units=units)
    took = time.perf_counter() - began
    assert store.pending() == waiting
    assert len(waiting) == len(units)
    first = store.order(RequestId("0-CS-0000"))
    assert first is not None
    assert first.state is OrderState.DONE
    store.close()
    print(f"{ORDERS} orders: started in {took:.2f} s")
    assert took < START_WITHIN_S


def test_a_decision_and_its_audit_row_are_one_transaction(store: Store, tmp_path: Path) -> None:
    store.take([request("a")], NOW)
    store._connection.execute(
        "CREATE TEMP TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    head = store.head
    with pytest.raises(CentreUnavailable):
        store.take([commit(held(store))], NOW)
    assert held(store).state is OrderState.RESERVED
    assert store.head == head
    with sqlite3.connect(tmp_path / "centre.db") as other:
        kept = read_order(other, RequestId("a"))
    other.close()
    assert kept is not None
    assert kept.state is OrderState.RESERVED
    store._connection.execute("DROP TRIGGER full")
    effects = store.take([commit(held(store))], NOW)
    assert [effect.act for effect in effects if isinstance(effect, Tell)] == [Act.GO]


def test_the_database_itself_refuses_two_orders_for_one_unit(store: Store) -> None:
    store.take([request("a")], NOW)
    token = Token(store.last_token.epoch, 99)
    rogue = Order(RequestId("b"), UNITS[0], ASKER, "Li", JOB, token, NOW, (Step(OrderState.RESERVED, NOW),))
    store._book.holders.clear()  # a program that forgot
    with pytest.raises(CentreUnavailable, match="UNIQUE"):
        store.commit(Decision(changed=(rogue,)), NOW)
    assert held(store).request == "a"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE history SET reason = 'x'",
        "DELETE FROM history",
        "UPDATE units SET epoch = 1",
        "DELETE FROM audit",
        "UPDATE audit SET body = body",
    ],
)
def test_what_was_written_cannot_be_changed_by_hand(store: Store, sql: str) -> None:
    store.take([request("a")], NOW)
    with pytest.raises(sqlite3.IntegrityError):
        store._connection.execute(sql)


def test_an_old_copy_of_the_database_gives_out_newer_tokens(tmp_path: Path) -> None:
    store = open_store(tmp_path / "centre.db")
    store.close()
    shutil.copy(tmp_path / "centre.db", tmp_path / "copy.db")
    for later in (1_000, 2_000):
        store = open_store(tmp_path / "centre.db", NOW + later)
        store.take([request(f"r{later}", UNITS[1], NOW + 60_000)], NOW + later)
        newest = store.last_token
        store.close()
    store = open_store(tmp_path / "copy.db", NOW + 5_000)
    assert store.last_token > newest
    store.close()


def test_a_clock_that_was_set_back_does_not_set_tokens_back(tmp_path: Path) -> None:
    store = open_store(tmp_path / "centre.db")
    epoch = store.last_token.epoch
    store.close()
    store = open_store(tmp_path / "centre.db", NOW - 86_400_000)
    assert store.last_token.epoch == epoch + 1
    store.close()


def test_orders_are_read_while_the_centre_goes_on(store: Store, tmp_path: Path) -> None:
    store.take([request("a"), request("b"), request("c", UNITS[1])], NOW)
    found = read_orders(tmp_path / "centre.db", 2)
    assert [order.request for order in found] == ["c", "b"]
    assert found[1].steps == (Step(OrderState.DENIED, NOW, "unit_held"),)
    assert [row.action for row in rows(tmp_path / "centre.db", Filter(target="b"))] == ["order.denied"]


def test_a_file_that_holds_no_orders_is_named(tmp_path: Path) -> None:
    with pytest.raises(CentreUnavailable, match=r"none\.db"):
        read_orders(tmp_path / "none.db", 1)
    (tmp_path / "text.db").write_text("not a database, but long enough to look like one" * 30)
    with pytest.raises(CentreUnavailable, match=r"text\.db"):
        read_orders(tmp_path / "text.db", 1)
    with pytest.raises(CentreUnavailable, match=r"text\.db"):
        open_store(tmp_path / "text.db")
