"""A city's centre on a broker in memory: what consoles see, what survives, who disturbs whom."""

import asyncio
from pathlib import Path

import pytest

from dispatch.audit.verify import verify
from dispatch.centre.asking import Standing
from dispatch.centre.messages import ActOnAlarm, AlarmDeed, AnswerAid, AskAid
from dispatch.centre.rules import Timer
from dispatch.clock import epoch_ms, from_epoch_ms
from dispatch.domain.aid import Aid, AidAct, AidId
from dispatch.domain.alarms import AlarmId
from dispatch.domain.incidents import Act, Ending, IncidentId, Priority
from dispatch.domain.orders import RequestId
from dispatch.domain.units import UnitId, UnitState
from dispatch.feed import payloads, topics
from dispatch.feed.memory import MemoryBroker, MemoryTransport
from dispatch.feed.transport import Connect, Transport
from tests.centre.city_bench import HERE, HOSPITAL, LI, Console, Place, city, units_of
from tests.centre.orders_bench import CLOCK, Desk, running, until
from tests.unit.centre.centre_world import ALARMS, CHANGSHA, PATIENCE, TIMERS, ZHUZHOU, rules

NUMBER = "CS-1124-1001"
UNIT = units_of(CHANGSHA)[0]


def over(**brokers: MemoryBroker) -> Connect:
    def connect(code: str, client_id: str) -> Transport:
        return MemoryTransport(brokers[code], client_id, CLOCK)

    return connect


@pytest.fixture
def broker() -> MemoryBroker:
    return MemoryBroker()


async def sent(place: Place, unit: UnitId = UNIT, number: str = NUMBER) -> RequestId:
    """An order whose crew has acknowledged."""
    request = await place.desk.requester.ask(place.city, unit, place.job(number), "li")
    await until(lambda: place.fleet.vehicles[unit].task is not None)
    await until(lambda: place.fleet.vehicles[unit].task.request == request)  # type: ignore[union-attr]
    await place.fleet.acknowledge(unit)
    await until(lambda: place.desk.requester.standing(request, PATIENCE) is Standing.CONFIRMED)
    return request


async def test_an_incident_lives_from_its_call_to_its_end(broker: MemoryBroker, tmp_path: Path) -> None:
    async with city(tmp_path, over(changsha=broker), CHANGSHA) as place:
        console, fleet = place.console, place.fleet
        assert (await console.open(NUMBER)).accepted
        assert console.state_of(NUMBER) == "waiting"  # seen before the answer came
        await sent(place)
        await fleet.drive(UNIT, UnitState.EN_ROUTE)
        await fleet.drive(UNIT, UnitState.ON_SCENE)
        await until(lambda: console.state_of(NUMBER) == "on_scene")
        assert (await console.take_to(UNIT, NUMBER)).accepted
        await until(lambda: fleet.vehicles[UNIT].task.hospital == HOSPITAL)  # type: ignore[union-attr]
        await fleet.say(fleet.vehicles[UNIT].taking_to())
        await fleet.drive(UNIT, UnitState.TRANSPORTING, patients=1)
        await until(lambda: console.state_of(NUMBER) == "transporting")
        await fleet.drive(UNIT, UnitState.AT_HOSPITAL)
        await until(lambda: console.codes(NUMBER).count("unit.state") == 4)  # else the end may be heard first
        await fleet.finish(UNIT)
        await until(lambda: console.state_of(NUMBER) == "closed")
        await until(lambda: console.unit(UNIT) == UnitState.AVAILABLE_ON_ROAD)
        await fleet.drive(UNIT, UnitState.AVAILABLE_AT_STATION)
        await until(lambda: console.unit(UNIT) == UnitState.AVAILABLE_AT_STATION)
        await until(lambda: not fleet.vehicles[UNIT].unheard_states())
        assert console.codes(NUMBER) == [
            "opened", "order.reserved", "order.ordered", "order.acked", "unit.state", "unit.state",
            "destination", "destination.heard", "unit.state", "unit.state", "order.done", "closed",
        ]  # fmt: skip
        assert place.centre.fault == ""
    assert verify(tmp_path / CHANGSHA / "centre.db").ok


async def test_a_command_is_answered_once_for_its_key_also_after_a_restart(
    broker: MemoryBroker, tmp_path: Path
) -> None:
    async with city(tmp_path, over(changsha=broker), CHANGSHA) as place:
        first = await place.console.open(NUMBER, key="the-key")
        assert await place.console.open(NUMBER, key="the-key") == first
    async with city(tmp_path, over(changsha=broker), CHANGSHA) as place:
        assert await place.console.open(NUMBER, key="the-key") == first
        again = await place.console.open(NUMBER)
        assert (again.accepted, again.code, again.facts) == (False, "incident_exists", {"incident": NUMBER})
        assert NUMBER in again.reason


async def test_a_restart_forgets_nothing_and_says_it_anew_to_an_empty_broker(tmp_path: Path) -> None:
    first = MemoryBroker()
    async with city(tmp_path, over(changsha=first), CHANGSHA) as place:
        await place.console.open(NUMBER)
        await sent(place)
        await place.fleet.drive(UNIT, UnitState.EN_ROUTE)
        await place.console.take_to(UNIT, NUMBER)
        await until(lambda: place.console.state_of(NUMBER) == "dispatched")
        codes = place.console.codes(NUMBER)
        before = place.store.state
    async with city(tmp_path, over(changsha=MemoryBroker()), CHANGSHA) as place:
        console = place.console
        await until(lambda: console.codes(NUMBER) == codes)
        await until(lambda: len([one for one in place.units if console.unit(one) is not None]) == 3)
        assert console.unit(UNIT) == UnitState.EN_ROUTE
        assert place.store.state.incidents == before.incidents
        assert place.store.state.duties == before.duties
        await until(lambda: place.fleet.vehicles[UNIT].task.hospital == HOSPITAL)  # type: ignore[union-attr]
        await place.fleet.say(place.fleet.vehicles[UNIT].taking_to())
        await until(lambda: place.store.pending() == [])


async def test_an_ended_incident_leaves_the_broker_after_its_time(
    broker: MemoryBroker, tmp_path: Path
) -> None:
    topic = topics.incident(CHANGSHA, NUMBER)
    async with city(tmp_path, over(changsha=broker), CHANGSHA) as place:
        await place.console.open(NUMBER)
        reply = await place.console.change(NUMBER, Act.CLOSE, ending=Ending.CANCELLED, reason="caller")
        assert reply.accepted, reply
        assert place.console.state_of(NUMBER) == "closed"
        assert topic in broker.retained
    # it was not yet over when that centre ended: the next one clears it, and knows of it for ever
    async with city(tmp_path, over(changsha=broker), CHANGSHA, closed_kept_ms=200) as place:
        await until(lambda: topic not in broker.retained)
        assert topics.timeline(CHANGSHA, NUMBER) not in broker.retained
        await until(lambda: place.store.uncleared() == [])
        assert (await place.console.change(NUMBER, Act.WAKE)).code == "incident_closed"


async def test_the_snapshot_of_units_says_where_each_was_last_seen(
    broker: MemoryBroker, tmp_path: Path
) -> None:
    async with city(tmp_path, over(changsha=broker), CHANGSHA) as place:
        fix = payloads.UnitPosition(UNIT, 28.21, 112.94, "wgs84")
        await until(lambda: place.console.snapshot("units") is not None)
        now_ms = epoch_ms(CLOCK.now())
        for lat, fixed_ms in ((28.21, now_ms), (28.99, now_ms - 60_000)):  # the older one came later
            fix = payloads.UnitPosition(UNIT, lat, 112.94, "wgs84")
            topic = topics.position(CHANGSHA, UNIT)
            await place.fleet.link.publish(topic, "unit.position", fix, ts_evt=fixed_ms, qos=0)
        ask = payloads.SnapshotRequest("units")
        topic = topics.command(CHANGSHA, CHANGSHA, "snapshot.request")
        await asyncio.sleep(1.0)  # nobody can make it say everything more often
        await place.console.link.publish(topic, "cmd.snapshot.request", ask, key="s1")
        await until(lambda: "s1" in place.console.answers)

        def seen() -> float | None:
            data = place.console.snapshot("units")
            assert isinstance(data, payloads.UnitsSnapshot)
            return next(one.lat for one in data.units if one.unit == UNIT)

        await until(lambda: seen() == 28.21)
        assert place.centre.refused == {}


async def test_an_alarm_is_shared_by_all_desks(broker: MemoryBroker, tmp_path: Path) -> None:
    soon = ALARMS.model_copy(update={"timers": {**TIMERS, "waiting_p1": Timer(warn_s=0.2, alarm_s=60)}})
    impatient = rules().model_copy(update={"alarms": soon})
    async with city(tmp_path, over(changsha=broker), CHANGSHA, centre_rules=impatient) as place:
        other = Console(CHANGSHA, over(changsha=broker), "console-2")
        async with running(other):
            await place.console.open(NUMBER, priority=Priority.LIFE_THREATENING)
            await until(lambda: bool(other.alarms()))
            (alarm,) = other.alarms().values()
            assert (alarm.code, alarm.state, alarm.subject) == ("waiting_p1", "unacknowledged", NUMBER)
            act = ActOnAlarm("seen", place.console.asker, LI, AlarmId(alarm.alarm), AlarmDeed.ACKNOWLEDGE)
            assert (await place.console.send(act)).accepted
            await until(lambda: other.alarms()[alarm.alarm].state == "acknowledged")
            assert other.alarms()[alarm.alarm].acknowledged_by.startswith("li")


async def test_a_unit_is_lent_from_the_request_to_its_way_back(tmp_path: Path) -> None:
    brokers = {"changsha": MemoryBroker(), "zhuzhou": MemoryBroker()}
    connect, both = over(**brokers), (CHANGSHA, ZHUZHOU)
    theirs = units_of(ZHUZHOU)[0]
    async with (
        city(tmp_path, connect, CHANGSHA, neighbours=both) as here,
        city(tmp_path, connect, ZHUZHOU, neighbours=both) as there,
    ):
        await here.console.open(NUMBER)
        abroad = Console(ZHUZHOU, connect, "console-7", CHANGSHA)
        orders = Desk("console-7", tmp_path, connect, there.truth, CHANGSHA, ZHUZHOU)
        async with running(abroad, orders):
            await until(lambda: abroad.link.state.up and orders.link.state.up)
            await until(lambda: here.centre.foreign[ZHUZHOU].state.up)
            now = CLOCK.now()
            aid = Aid(
                id=AidId("aid-1"), lender=ZHUZHOU, borrower=CHANGSHA, node="console-1", operator="li",
                incident=IncidentId(NUMBER), priority=Priority.URGENT, position=HERE, place="五一广场",
                asked_at=now, answer_by=from_epoch_ms(epoch_ms(now) + 60_000), changed_at=now,
            )  # fmt: skip
            assert (await abroad.send(AskAid("a1", abroad.asker, LI, aid))).accepted
            await until(lambda: [one.state for one in there.console.aids()] == ["received"])
            named = AnswerAid("a2", there.console.asker, LI, aid.id, AidAct.COMMIT, (theirs,))
            assert (await there.console.send(named)).accepted
            await until(lambda: "aid.committed" in here.console.codes(NUMBER))
            request = await orders.requester.ask(ZHUZHOU, theirs, here.job(NUMBER), "li", aid=aid.id)
            await until(lambda: there.fleet.vehicles[theirs].task is not None)
            await there.fleet.acknowledge(theirs)
            await until(lambda: orders.requester.standing(request, PATIENCE) is Standing.CONFIRMED)
            await until(lambda: here.console.state_of(NUMBER) == "dispatched")
            record = here.console.incident(NUMBER)
            assert record is not None
            assert record.units == [theirs]
            await there.fleet.drive(theirs, UnitState.EN_ROUTE)
            await there.fleet.drive(theirs, UnitState.ON_SCENE)
            await until(lambda: here.console.state_of(NUMBER) == "on_scene")
            await there.fleet.finish(theirs, "nobody_to_carry")
            await until(lambda: here.console.state_of(NUMBER) == "closed")
            await until(lambda: [one.state for one in there.console.aids()] == ["released"])
        await orders.requester.close()


async def test_a_neighbour_that_is_down_disturbs_nothing_at_home(tmp_path: Path) -> None:
    brokers = {"changsha": MemoryBroker(), "zhuzhou": MemoryBroker()}
    brokers["zhuzhou"].stop()
    async with city(tmp_path, over(**brokers), CHANGSHA, neighbours=(CHANGSHA, ZHUZHOU)) as place:
        await place.console.open(NUMBER)
        await sent(place)
        assert not place.centre.foreign[ZHUZHOU].state.up
        brokers["zhuzhou"].start()
        await until(lambda: place.centre.foreign[ZHUZHOU].state.up)


async def test_a_flood_does_not_hold_up_an_order(broker: MemoryBroker, tmp_path: Path) -> None:
    async with city(tmp_path, over(changsha=broker), CHANGSHA) as place:
        await place.console.open(NUMBER)
        note = payloads.IncidentChange(NUMBER, "note", payloads.By("li", "dispatcher"), text="x")
        topic = topics.command(CHANGSHA, CHANGSHA, "incident.change")
        for number in range(1_500):
            await place.console.link.publish(topic, "cmd.incident.change", note, key=f"n{number}")
        waiting = sum(len(rank) for rank in place.centre._inbox._ranks)
        await sent(place)
        assert waiting > 0
        assert sum(len(rank) for rank in place.centre._inbox._ranks) > 0, "the order waited for the flood"


async def test_a_command_that_cannot_be_read_is_answered(broker: MemoryBroker, tmp_path: Path) -> None:
    async with city(tmp_path, over(changsha=broker), CHANGSHA) as place:
        wrong = payloads.UnitSet(UNIT, 9, payloads.By("robot", "program"), 1, None, "fuel")
        topic = topics.command(CHANGSHA, CHANGSHA, "unit.set")
        await place.console.link.publish(topic, "cmd.unit.set", wrong, key="w1")
        await until(lambda: "w1" in place.console.answers)
        assert (place.console.answers["w1"].accepted, place.console.answers["w1"].code) == (
            False,
            "unreadable",
        )
        assert place.centre.refused == {"no_person": 1}


async def test_no_message_ends_a_centre(
    broker: MemoryBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even one that finds a fault of the program: on its way in, when decided, or on its way out."""

    def broken(*_arguments: object, **_more: object) -> None:
        raise RuntimeError("a fault of the program")

    async with city(tmp_path, over(changsha=broker), CHANGSHA) as place:
        await place.console.open(NUMBER)
        with monkeypatch.context() as patch:
            patch.setattr("dispatch.centre.hearing.wire_incidents.change", broken)
            with pytest.raises(TimeoutError):
                await place.console.change(NUMBER, Act.WAKE)
        with monkeypatch.context() as patch:
            patch.setattr("dispatch.centre.decide.units.decide", broken)
            await place.fleet.drive(UNIT, UnitState.PAUSED, reason="fuel")
            await until(lambda: bool(place.centre.fault))
        with monkeypatch.context() as patch:
            patch.setattr("dispatch.centre.saying.wire_units.status_payload", broken)
            assert (await place.console.set_state(units_of(CHANGSHA)[1], UnitState.PAUSED, "fuel")).accepted
        await sent(place, units_of(CHANGSHA)[2])


async def test_a_full_disk_answers_nothing_and_loses_nothing(broker: MemoryBroker, tmp_path: Path) -> None:
    async with city(tmp_path, over(changsha=broker), CHANGSHA) as place:
        await place.console.open(NUMBER)
        pages = place.store._connection.execute("PRAGMA page_count").fetchone()[0]
        place.store._connection.execute(f"PRAGMA max_page_count = {pages}")
        noting = asyncio.create_task(place.console.change(NUMBER, Act.REPEAT, text="again " * 60))
        for number in range(40):
            await place.console.link.publish(
                topics.command(CHANGSHA, CHANGSHA, "incident.change"),
                "cmd.incident.change",
                payloads.IncidentChange(NUMBER, "note", payloads.By("li", "dispatcher"), text="y" * 390),
                key=f"n{number}",
            )
        await until(lambda: place.centre.failed_at is not None)
        place.store._connection.execute("PRAGMA max_page_count = 1000000")
        assert (await noting).accepted
        await until(lambda: place.centre.failure == "")
        assert place.console.codes(NUMBER).count("repeat") == 1
    assert verify(tmp_path / CHANGSHA / "centre.db").ok
