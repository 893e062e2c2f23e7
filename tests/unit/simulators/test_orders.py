"""Orders of a console, end to end over a broker in memory: what the cities do, and what they answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from dispatch.clock import ManualClock, epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.domain.units import UnitId, UnitState
from dispatch.feed import payloads, topics
from dispatch.feed.link import Identity, Link
from dispatch.feed.memory import MemoryBroker, MemoryTransport
from dispatch.feed.transport import Received
from simulators.publisher import Simulators, newest_positions
from simulators.world import World
from tests.unit.simulators.simulated_world import ORIGIN, configuration, scenario, world

CHANGSHA, XIANGTAN = CityCode("changsha"), CityCode("xiangtan")


@dataclass
class Console:
    """A console-like program in Changsha with a link to each city; keeps what it hears."""

    clock: ManualClock
    simulators: Simulators
    brokers: dict[CityCode, MemoryBroker]
    links: dict[CityCode, Link] = field(default_factory=dict)
    heard: list[Received] = field(default_factory=list)

    async def order(self, city: CityCode, kind: str, data: payloads.Payload, key: str) -> payloads.Response:
        """Send an order and wait for its answer."""
        topic = topics.command(CHANGSHA, city, kind)
        before = len(self.answers(key))
        await self.links[city].publish(topic, f"cmd.{kind}", data, key=key)
        await self.until(lambda: len(self.answers(key)) > before)
        return self.answers(key)[-1]

    def answers(self, key: str) -> list[payloads.Response]:
        found = [m for m in self.heard if (t := topics.parse(m.topic)) and t.kind == "response"]
        decoded = [payloads.decode("response", m.payload).data for m in found]
        return [r for r in decoded if isinstance(r, payloads.Response) and r.key == key]

    def states(self, unit: str) -> list[int]:
        """The states that a unit was said to have, in order."""
        found = [m for m in self.heard if m.topic.endswith(f"/unit/{unit}/status")]
        decoded = [payloads.decode("unit.status", m.payload).data for m in found]
        return [s.state for s in decoded if isinstance(s, payloads.UnitStatus)]

    async def until(self, true: object, seconds: float = 5.0) -> None:
        async with asyncio.timeout(seconds):
            while not true():  # type: ignore[operator]  # noqa: ASYNC110 - polls state, not an event
                await asyncio.sleep(0.01)

    async def pass_time(self, minutes: float) -> None:
        """Let drill time pass, and the links carry what is said."""
        for _ in range(round(minutes * 2)):
            self.clock.advance(30)
            self.simulators._live_on()
            await asyncio.sleep(0.001)
        await self.until(lambda: not any(v._waiting for v in self.simulators.voices.values()))


@asynccontextmanager
async def drill(living: World) -> AsyncIterator[Console]:
    clock = ManualClock(ORIGIN)
    brokers = {city: MemoryBroker() for city in living.cities}
    simulators = Simulators(
        living, clock, lambda city, client_id: MemoryTransport(brokers[city], client_id, clock)
    )
    console = Console(clock, simulators, brokers)
    for city, broker in brokers.items():
        console.links[city] = Link(
            city=city,
            transport=MemoryTransport(broker, "console-1", clock),
            identity=Identity(CHANGSHA, "console-1", "console", drill=True),
            filters=(topics.everything_of(city),),
            clock=clock,
            on_batch=lambda _city, batch: console.heard.extend(batch),
        )
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(link.run()) for link in console.links.values()]
        running.append(tasks.create_task(simulators.run()))
        await console.until(
            lambda: (
                all(link.state.up for link in console.links.values())
                and all(
                    voice.link.state.up and voice.sent["bank.stock"] for voice in simulators.voices.values()
                )
            )
        )
        yield console
        for task in running:
            task.cancel()


def order_for(
    unit: str, incident: str = "CS-1124-9001", hospital: str | None = None
) -> payloads.UnitDispatch:
    return payloads.UnitDispatch(
        unit=unit,
        incident=incident,
        priority=1,
        lat=28.19,
        lon=112.98,
        datum="wgs84",
        place="五一广场",
        hospital=hospital,
    )


@pytest.fixture
def calm() -> World:
    """No calls but those of the console."""
    return world(scenario(demand=0.0))


async def test_a_unit_goes_where_a_console_sends_it_and_says_each_state(calm: World) -> None:
    async with drill(calm) as console:
        answer = await console.order(CHANGSHA, "unit.dispatch", order_for("CS-001"), "k-1")
        assert answer == payloads.Response(key="k-1", accepted=True)
        await console.pass_time(150)
        states = list(dict.fromkeys(console.states("CS-001")))
        assert states[:5] == [7, 0, 1, 2, 3]
        incident = calm.incidents.all["CS-1124-9001"]
        assert incident.outcome is not None
        assert not calm.incidents.open_now


async def test_a_unit_of_another_city_goes_to_an_incident_of_changsha(calm: World) -> None:
    async with drill(calm) as console:
        answer = await console.order(XIANGTAN, "unit.dispatch", order_for("XT-001"), "k-1")
        assert answer.accepted
        assert calm.incidents.all["CS-1124-9001"].city == CHANGSHA
        await console.pass_time(2)
        assert calm.fleet.by_id[UnitId("XT-001")].state.on_task
        said = [m.topic for m in console.heard if "/incident/" in m.topic]
        assert topics.incident(CHANGSHA, "CS-1124-9001") in said


async def test_no_unit_is_sent_twice_and_a_repeated_order_gets_the_same_answer(calm: World) -> None:
    async with drill(calm) as console:
        first = await console.order(CHANGSHA, "unit.dispatch", order_for("CS-001"), "k-1")
        again = await console.order(CHANGSHA, "unit.dispatch", order_for("CS-001"), "k-1")
        other = await console.order(CHANGSHA, "unit.dispatch", order_for("CS-001", "CS-1124-9002"), "k-2")
        assert first == again
        assert not other.accepted
        assert "CS-1124-9001" in other.reason
        assert len(calm.missions.running) == 1
        assert console.simulators.orders.counts["cmd.unit.dispatch repeated"] == 1


async def test_the_hospital_that_a_console_names_is_where_the_patient_goes(calm: World) -> None:
    async with drill(calm) as console:
        await console.order(CHANGSHA, "unit.dispatch", order_for("CS-001"), "k-1")
        far = order_for("CS-001", hospital="CS-H-WANGCHENG")
        assert (await console.order(CHANGSHA, "unit.dispatch", far, "k-2")).accepted
        mission = calm.missions.running[UnitId("CS-001")]
        await console.pass_time(150)
        assert mission.hospital == "CS-H-WANGCHENG"
        unknown = order_for("CS-002", hospital="CS-H-NOWHERE")
        assert not (await console.order(CHANGSHA, "unit.dispatch", unknown, "k-3")).accepted


async def test_an_incident_opened_at_a_console_is_published_by_its_city_and_waits_for_the_human(
    calm: World,
) -> None:
    record = payloads.IncidentRecord(
        incident="XT-1124-9001", state="waiting", priority=2, lat=27.84, lon=112.92, datum="wgs84",
        place="建设路口", opened_at=epoch_ms(ORIGIN),
    )  # fmt: skip
    async with drill(calm) as console:
        assert (await console.order(XIANGTAN, "incident.open", payloads.IncidentOpen(record), "k-1")).accepted
        topic = topics.incident(XIANGTAN, "XT-1124-9001")
        await console.until(lambda: topic in console.brokers[XIANGTAN].retained)
        await console.pass_time(1)
        assert calm.incidents.all["XT-1124-9001"].units == {}
        await console.pass_time(4)  # nobody touched it: a colleague takes it
        assert calm.incidents.all["XT-1124-9001"].units


async def test_a_bank_packs_what_it_has_and_refuses_what_it_has_not(calm: World) -> None:
    bank = calm.banks.of(CHANGSHA)[0]

    def request(quantity: int) -> payloads.BloodRequest:
        return payloads.BloodRequest(
            request="R-1", bank=bank.bank.id, hospital=configuration().hospitals[0].id, component="red_cells",
            lines=[payloads.BloodLine("O+", quantity)], need_by=epoch_ms(ORIGIN),
        )  # fmt: skip

    async with drill(calm) as console:
        assert (await console.order(CHANGSHA, "blood.request", request(2), "k-1")).accepted
        refused = await console.order(CHANGSHA, "blood.request", request(90_000), "k-2")
        assert not refused.accepted
        assert "O+" in refused.reason
        changed = topics.stock_change(CHANGSHA, bank.bank.id)
        await console.until(lambda: any(m.topic == changed for m in console.heard))


async def test_a_console_that_asks_gets_a_snapshot_again(calm: World) -> None:
    async with drill(calm) as console:
        for kind in ("units", "hospitals", "incidents", "stock"):
            request = payloads.SnapshotRequest(kind=kind)
            assert (await console.order(CHANGSHA, "snapshot.request", request, f"k-{kind}")).accepted


async def test_orders_that_are_retained_expired_or_no_drill_are_not_obeyed(calm: World) -> None:
    async with drill(calm) as console:
        topic = topics.command(CHANGSHA, CHANGSHA, "unit.dispatch")
        link = console.links[CHANGSHA]
        late = order_for("CS-001")
        await link.publish(topic, "cmd.unit.dispatch", late, key="k-1", expires_at=epoch_ms(ORIGIN) - 1000)
        await console.until(lambda: console.answers("k-1"))
        assert not console.answers("k-1")[0].accepted
        link.identity = Identity(CHANGSHA, "console-1", "console", drill=False)
        await link.publish(topic, "cmd.unit.dispatch", order_for("CS-001"), key="k-2")
        await console.until(lambda: console.answers("k-2"))
        assert not console.answers("k-2")[0].accepted
        console.brokers[CHANGSHA].publish(topic, b"{nonsense", retain=False)
        await console.until(lambda: console.simulators.orders.counts["cmd.unit.dispatch unreadable"] == 1)
        assert calm.fleet.by_id[UnitId("CS-001")].state is UnitState.AVAILABLE_AT_STATION


async def test_after_a_cut_cable_the_city_comes_back_by_itself_and_says_everything(calm: World) -> None:
    async with drill(calm) as console:
        voice = console.simulators.voices[XIANGTAN]
        counted = voice.sent["bank.stock"]
        voice.cable.cut(0.0)
        await console.until(lambda: voice.ups == 2)
        await console.until(lambda: voice.sent["bank.stock"] > counted)
        assert console.simulators.voices[CHANGSHA].ups == 1


async def test_everything_said_is_marked_as_a_drill(calm: World) -> None:
    async with drill(calm) as console:
        await console.pass_time(1)
        kinds = set()
        for message in console.heard:
            topic = topics.parse(message.topic)
            assert topic is not None
            envelope = payloads.decode(topic.kind, message.payload)
            assert envelope.drill
            kinds.add(topic.kind)
        assert {"unit.position", "unit.status", "snapshot.units", "bank.stock", "node.state"} <= kinds


def test_only_the_newest_position_of_a_unit_goes_out_of_one_batch_but_every_fault_does() -> None:
    living = world(scenario(), report_every_s=1.0)
    said = living.advance(living.origin_ms + 5000)
    kept = newest_positions(said)
    assert [m for m in kept if m.qos] == [m for m in said if m.qos]
    per_unit = [m.topic for m in kept if m.kind == "unit.position" and not m.keep]
    assert len(per_unit) == len(set(per_unit)) == len(configuration().units)


def test_in_a_staffed_city_a_call_waits_for_the_human_and_then_a_colleague_takes_it() -> None:
    living = world(scenario(demand=6.0, warm_up_min=0), staffed="changsha")
    living.advance(living.origin_ms + 3_600_000)
    waits: dict[str, list[float]] = {"changsha": [], "zhuzhou": []}
    for mission in (*living.missions.done, *living.missions.running.values()):
        sent_s = (mission.stamps[UnitState.ASSIGNED] - mission.incident.opened_ms) / 1000
        waits.setdefault(mission.incident.city, []).append(sent_s)
    assert min(waits["changsha"]) >= living.scenario.colleague_after_s
    assert min(waits["zhuzhou"]) < 60
