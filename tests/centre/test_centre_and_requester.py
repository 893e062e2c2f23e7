"""One city without sockets: a real centre, real vehicles' files, consoles; what each of them is told."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from dispatch.audit.read import Filter, rows
from dispatch.audit.verify import verify
from dispatch.centre.asking import Standing
from dispatch.centre.messages import Act, AnswerAid, AskAid
from dispatch.centre.reading import CentreUnavailable
from dispatch.centre.requester import Requester
from dispatch.centre.store import Store
from dispatch.centre.vehicle import TaskState
from dispatch.clock import epoch_ms
from dispatch.domain.aid import Aid, AidAct, AidId
from dispatch.domain.errors import DispatchError, UnknownName
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.domain.operators import By, Role
from dispatch.domain.orders import Asker, Job, OrderState, RequestId
from dispatch.domain.units import UnitId
from dispatch.feed import topics
from dispatch.feed.memory import MemoryBroker, MemoryTransport
from dispatch.feed.transport import Connect, Transport
from tests.centre.orders_bench import CHANGSHA, CLOCK, FLEET, UNITS, Desk, Town, running, town, until
from tests.unit.centre.centre_world import PATIENCE, rules

JOB = Job(
    incident=IncidentId("CS-1124-9001"),
    priority=Priority.LIFE_THREATENING,
    position=Position(lat=28.2, lon=112.9),
    place="五一广场",
    hospital="CS-H-XIANGYA2",
)
UNIT, OTHER = UNITS[0], UNITS[1]
ZHUZHOU = CityCode("zhuzhou")
ABROAD = JOB.model_copy(update={"incident": IncidentId("ZZ-1124-1001"), "place": "Lukou"})


def over_memory(broker: MemoryBroker) -> Connect:
    def connect(_city: CityCode, client_id: str) -> Transport:
        return MemoryTransport(broker, client_id, CLOCK)

    return connect


@pytest.fixture
def broker() -> MemoryBroker:
    return MemoryBroker()


def told(place: Town, unit: UnitId = UNIT) -> TaskState | None:
    task = place.fleet.vehicles[unit].task
    return None if task is None else task.state


async def stands(place: Town, request: RequestId, standing: Standing, within_s: float = 10.0) -> None:
    await until(lambda: place.desks[0].requester.standing(request, PATIENCE) is standing, within_s)


async def test_an_order_is_confirmed_only_when_the_crew_says_so(broker: MemoryBroker, tmp_path: Path) -> None:
    async with town(tmp_path, over_memory(broker)) as place:
        request = await place.desks[0].requester.ask(CHANGSHA, UNIT, JOB, "Li")
        await until(lambda: told(place) is TaskState.TOLD)
        await stands(place, request, Standing.ORDERED)
        await asyncio.sleep(0.1)
        assert place.desks[0].requester.standing(request, PATIENCE) is Standing.ORDERED
        await place.fleet.acknowledge(UNIT)
        await stands(place, request, Standing.CONFIRMED)
        task = place.fleet.vehicles[UNIT].task
        assert task is not None
        assert task.job == JOB
        await place.fleet.finish(UNIT)
        await stands(place, request, Standing.DONE)
        await until(lambda: place.fleet.vehicles[UNIT].unheard() is None)
    wanted = ["order.reserved", "order.ordered", "order.acked", "order.done"]
    found = list(rows(tmp_path / "centre.db", Filter(action="order")))
    assert [row.action for row in found] == wanted
    assert {row.target for row in found} == {request}
    assert [row.actor for row in found] == ["Li", "Li", UNIT, UNIT]
    assert verify(tmp_path / "centre.db").ok


async def test_a_held_unit_is_refused_to_everybody_else(broker: MemoryBroker, tmp_path: Path) -> None:
    async with town(tmp_path, over_memory(broker), desks=2) as place:
        first = await place.desks[0].requester.ask(CHANGSHA, UNIT, JOB, "Li")
        await until(lambda: told(place) is TaskState.TOLD)
        second = await place.desks[1].requester.ask(CHANGSHA, UNIT, JOB, "Wang")
        await until(lambda: place.desks[1].requester.standing(second, PATIENCE) is Standing.DENIED)
        assert place.desks[1].requester.asked[second].steps[-1].reason == "unit_held"
        assert place.desks[0].requester.standing(first, PATIENCE) is Standing.ORDERED


def open_store(path: Path, city: CityCode = CHANGSHA, *, drill: bool = False) -> Store:
    now_ms = epoch_ms(CLOCK.now())
    return Store.open(path, city=city, node="centre", units=FLEET, rules=rules(), now_ms=now_ms, drill=drill)


def lend(place: Town, unit: UnitId) -> AidId:
    """Zhuzhou asks for help with its incident, and Changsha names the unit."""
    now = CLOCK.now()
    aid = Aid(
        id=AidId("aid-1"),
        lender=CHANGSHA,
        borrower=ZHUZHOU,
        node="console-9",
        operator="Zhao",
        incident=ABROAD.incident,
        priority=ABROAD.priority,
        position=ABROAD.position,
        place=ABROAD.place,
        asked_at=now,
        answer_by=now + timedelta(minutes=2),
        changed_at=now,
    )
    by, here = By(operator="Li", role=Role.DISPATCHER), Asker(CHANGSHA, "console-1")
    place.store.take(
        [
            AskAid("k1", Asker(ZHUZHOU, "console-9"), by, aid),
            AnswerAid("k2", here, by, aid.id, AidAct.COMMIT, (unit,)),
        ],
        epoch_ms(now),
    )
    return aid.id


async def test_a_neighbour_orders_a_lent_unit_over_the_link_to_its_city(
    broker: MemoryBroker, tmp_path: Path
) -> None:
    connect = over_memory(broker)
    async with town(tmp_path, connect) as place:
        abroad = Desk("console-9", tmp_path, connect, place.truth, ZHUZHOU)
        async with running(abroad):
            await until(lambda: abroad.link.state.up)
            refused = await abroad.requester.ask(CHANGSHA, UNIT, ABROAD, "Zhao")
            await until(lambda: abroad.requester.standing(refused, PATIENCE) is Standing.DENIED)
            assert abroad.requester.asked[refused].steps[-1].reason == "aid_needed"
            request = await abroad.requester.ask(CHANGSHA, UNIT, ABROAD, "Zhao", aid=lend(place, UNIT))
            await until(lambda: told(place) is TaskState.TOLD)
            await place.fleet.acknowledge(UNIT)
            await until(lambda: abroad.requester.standing(request, PATIENCE) is Standing.CONFIRMED)
        await abroad.requester.close()
        order = place.store.order(request)
        assert order is not None
        assert order.asker == ("zhuzhou", "console-9")


async def test_a_unit_of_nobody_is_refused(broker: MemoryBroker, tmp_path: Path) -> None:
    async with town(tmp_path, over_memory(broker)) as place:
        request = await place.desks[0].requester.ask(CHANGSHA, UnitId("ZZ-009"), JOB, "Li")
        await stands(place, request, Standing.DENIED)
        assert place.desks[0].requester.asked[request].steps[-1].reason == "unit_unknown"


async def test_a_unit_called_back_is_free_once_its_crew_knows(broker: MemoryBroker, tmp_path: Path) -> None:
    async with town(tmp_path, over_memory(broker), desks=2) as place:
        request = await place.desks[0].requester.ask(CHANGSHA, UNIT, JOB, "Li")
        await until(lambda: told(place) is TaskState.TOLD)
        await place.fleet.acknowledge(UNIT)
        await stands(place, request, Standing.CONFIRMED)
        broker.freeze("fleet")
        await place.desks[0].requester.cancel(request)
        await stands(place, request, Standing.STANDING_DOWN)
        held = await place.desks[1].requester.ask(CHANGSHA, UNIT, JOB, "Wang")
        await until(lambda: place.desks[1].requester.standing(held, PATIENCE) is Standing.DENIED)
        broker.cut("fleet")
        await stands(place, request, Standing.STOOD_DOWN)
        assert told(place) is TaskState.STOOD_DOWN
        again = await place.desks[1].requester.ask(CHANGSHA, UNIT, JOB, "Wang")
        await until(lambda: told(place) is TaskState.TOLD)
        assert place.desks[1].requester.standing(again, PATIENCE) in (Standing.GRANTED, Standing.ORDERED)


async def test_an_order_is_said_again_until_the_vehicle_is_back(broker: MemoryBroker, tmp_path: Path) -> None:
    async with town(tmp_path, over_memory(broker)) as place:
        broker.denied.add(topics.unit_order(CHANGSHA, UNIT))
        request = await place.desks[0].requester.ask(CHANGSHA, UNIT, JOB, "Li")
        await stands(place, request, Standing.ORDERED)
        assert [tell.act for tell in place.store.pending()] == [Act.GO]
        broker.denied.clear()
        await until(lambda: told(place) is TaskState.TOLD)
        await place.fleet.acknowledge(UNIT)
        await stands(place, request, Standing.CONFIRMED)
        assert place.store.pending() == []


async def test_a_centre_that_starts_again_says_what_nobody_answered(
    broker: MemoryBroker, tmp_path: Path
) -> None:
    connect = over_memory(broker)
    async with town(tmp_path, connect) as place:
        broker.denied.add(topics.unit_order(CHANGSHA, UNIT))
        request = await place.desks[0].requester.ask(CHANGSHA, UNIT, JOB, "Li")
        await stands(place, request, Standing.ORDERED)
    broker.denied.clear()
    async with town(tmp_path, connect) as place:
        await until(lambda: told(place) is TaskState.TOLD)
        await place.fleet.acknowledge(UNIT)
        await stands(place, request, Standing.CONFIRMED)  # the console, too, remembers what it asked


async def test_a_request_that_hears_nothing_is_asked_again_with_the_same_id(
    broker: MemoryBroker, tmp_path: Path
) -> None:
    async with town(tmp_path, over_memory(broker)) as place:
        broker.denied.add(topics.order_answer(CHANGSHA, CHANGSHA, "console-1"))
        request = await place.desks[0].requester.ask(CHANGSHA, UNIT, JOB, "Li")
        await until(lambda: place.store.holder(UNIT) is not None)
        assert place.desks[0].requester.standing(request, PATIENCE) is Standing.REQUESTED
        broker.denied.clear()
        await until(lambda: told(place) is TaskState.TOLD)
        assert [row.action for row in rows(tmp_path / "centre.db", Filter(action="order"))] == [
            "order.reserved",
            "order.ordered",
        ]


async def test_a_reservation_nobody_commits_ends_and_the_unit_is_free(
    broker: MemoryBroker, tmp_path: Path
) -> None:
    async with town(tmp_path, over_memory(broker), desks=2, lease_ms=300) as place:
        broker.denied.add(topics.order_answer(CHANGSHA, CHANGSHA, "console-1"))
        request = await place.desks[0].requester.ask(CHANGSHA, UNIT, JOB, "Li")
        await until(lambda: place.store.holder(UNIT) is not None)
        await until(lambda: place.store.holder(UNIT) is None)
        order = place.store.order(request)
        assert order is not None
        assert order.state is OrderState.EXPIRED
        second = await place.desks[1].requester.ask(CHANGSHA, UNIT, JOB, "Wang")
        await until(lambda: place.desks[1].requester.standing(second, PATIENCE) is Standing.ORDERED)


async def test_what_must_not_be_believed_is_counted_and_changes_nothing(
    broker: MemoryBroker, tmp_path: Path
) -> None:
    async with town(tmp_path, over_memory(broker)) as place:
        command = topics.command(CHANGSHA, CHANGSHA, "order.request")
        broker.publish(command, b"{", retain=False)
        broker.publish(topics.command(CHANGSHA, CHANGSHA, "order.burn"), b"{}")
        broker.publish(command, b"x" * 20_000)
        broker.publish(topics.unit_report(CHANGSHA, UNIT), b"null")
        await until(lambda: place.centre.refused.total() == 4)
        assert place.centre.refused == {"malformed": 2, "unknown_topic": 1, "too_large": 1}
        assert list(place.store.held()) == []


async def test_one_database_has_one_centre(broker: MemoryBroker, tmp_path: Path) -> None:
    async with town(tmp_path, over_memory(broker)):
        with pytest.raises(CentreUnavailable, match=r"centre\.db"):
            Store.open(
                tmp_path / "centre.db", city=CHANGSHA, node="centre", units=FLEET, rules=rules(), now_ms=0
            )


async def test_a_full_disk_decides_nothing_and_says_nothing(
    broker: MemoryBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town(tmp_path, over_memory(broker)) as place:
        pages = place.store._connection.execute("PRAGMA page_count").fetchone()[0]
        place.store._connection.execute(f"PRAGMA max_page_count = {pages}")
        asked = [await place.desks[0].requester.ask(CHANGSHA, unit, JOB, "Li" * 30) for unit in UNITS]
        await until(lambda: bool(place.centre.failure))
        place.store._connection.execute("PRAGMA max_page_count = 1000000")
        for request in asked:
            await stands(place, request, Standing.ORDERED)
        assert place.centre.failure == ""
    assert verify(tmp_path / "centre.db").ok


async def test_a_console_cannot_ask_a_city_it_has_no_link_to(tmp_path: Path) -> None:
    requester = Requester.open(tmp_path / "r.db", {}, home_city=CHANGSHA, node="c", clock=CLOCK)
    with pytest.raises(UnknownName, match="atlantis"):
        await requester.ask(CityCode("atlantis"), UNIT, JOB, "Li")
    with pytest.raises(UnknownName):
        requester.standing(RequestId("none"), PATIENCE)
    with pytest.raises(DispatchError, match=r"r\.db"):
        Requester.open(tmp_path / "r.db", {}, home_city=CHANGSHA, node="c", clock=CLOCK)
    await requester.close()


async def test_hundreds_of_orders_at_once_are_all_answered(broker: MemoryBroker, tmp_path: Path) -> None:
    connect = over_memory(broker)
    async with town(tmp_path, connect) as place:
        requests = [await place.desks[0].requester.ask(CHANGSHA, UNIT, JOB, "Li") for _ in range(200)]
        held = sum(1 for one in requests if place.desks[0].requester.standing(one, PATIENCE) is not None)
        assert held == 200
        await until(lambda: len(place.desks[0].open_ones()) == 1, 20)
        assert told(place) is TaskState.TOLD


def test_a_drill_and_real_operation_do_not_share_their_records(tmp_path: Path) -> None:
    open_store(tmp_path / "a.db").close()
    with pytest.raises(CentreUnavailable, match="演练"):
        open_store(tmp_path / "a.db", drill=True)


def test_a_database_of_another_city_is_refused(tmp_path: Path) -> None:
    open_store(tmp_path / "a.db").close()
    with pytest.raises(CentreUnavailable, match="changsha"):
        open_store(tmp_path / "a.db", CityCode("zhuzhou"))
