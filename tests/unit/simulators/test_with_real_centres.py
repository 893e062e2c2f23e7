"""The simulators beside real centres: the drill begins in mid-shift, and banks and hospitals answer."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dispatch.clock import epoch_ms
from dispatch.domain.blood import BankId
from dispatch.domain.blood_orders import BloodOrderId, BloodState
from dispatch.domain.incidents import IncidentId
from dispatch.domain.units import UnitId, UnitState
from dispatch.feed import payloads, topics
from dispatch.feed.link import Identity
from simulators.scenes import Scene
from simulators.voices import newest_positions
from simulators.world import World
from tests.unit.simulators.real_centres import CHANGSHA, XIANGTAN, Drill, drill
from tests.unit.simulators.simulated_world import ORIGIN, configuration, scenario, world


def busy() -> World:
    """An hour of a busy past."""
    return world(scenario(demand=2.5, warm_up_min=60), local=False)


@pytest.fixture
def calm() -> World:
    """No calls but those of the console."""
    return world(scenario(demand=0.0, warm_up_min=0), local=False)


# --- the beginning --------------------------------------------------------------------------------


async def test_a_drill_begins_with_every_call_and_every_crew_in_the_state_it_is_in(tmp_path: Path) -> None:
    living = busy()
    before = {unit: mission.scene for unit, mission in living.crews.running.items()}
    assert len(before) > 12
    assert {living.fleet.by_id[unit].state for unit in before} >= {
        UnitState.EN_ROUTE, UnitState.ON_SCENE, UnitState.TRANSPORTING, UnitState.AT_HOSPITAL,
    }  # fmt: skip
    async with drill(living, tmp_path) as running:
        await running.until(lambda: all(not m.unordered for m in living.crews.running.values()), 30)
        await running.until(_same_states(running), 30)
        await running.until(lambda: all(_sent(running, scene, unit) for unit, scene in before.items()), 30)
        for scene in living.scenes.open_now.values():
            assert IncidentId(scene.number) in running.centres[scene.centre].store.state.incidents


def _sent(running: Drill, scene: Scene, unit: UnitId) -> bool:
    """A centre knows of a unit of another city when that city told it."""
    incident = running.centres[scene.centre].store.state.incidents.get(IncidentId(scene.number))
    return incident is not None and unit in incident.units


def _same_states(running: Drill) -> Callable[[], bool]:
    return lambda: all(
        running.state(ambulance.unit.id) is ambulance.state for ambulance in running.world.fleet
    )


async def test_what_was_carried_over_keeps_the_times_at_which_it_happened(tmp_path: Path) -> None:
    living = busy()
    on_scene = [m for m in living.crews.running.values() if m.ambulance.state is UnitState.ON_SCENE]
    async with drill(living, tmp_path) as running:
        await running.until(lambda: all(not m.unordered for m in living.crews.running.values()), 30)
        await running.until(_same_states(running), 30)
        for mission in on_scene:
            lines = running.centres[mission.scene.centre].store.state.timelines[
                IncidentId(mission.scene.number)
            ]
            times = {
                epoch_ms(line.at)
                for line in lines
                if line.code == "unit.state" and line.facts["unit"] == mission.ambulance.unit.id
            }
            if not mission.cross_city:  # of another city's unit only its newest state is seen
                assert mission.stamps[UnitState.ON_SCENE] in times
            opened = running.centres[mission.scene.centre].store.state.incidents[
                IncidentId(mission.scene.number)
            ]
            assert epoch_ms(opened.opened_at) == mission.scene.opened_ms


async def test_a_shift_goes_on_with_real_centres_and_everything_agrees_at_its_end(tmp_path: Path) -> None:
    living = world(scenario(demand=2.0, warm_up_min=40), local=False, pace=500)
    async with drill(living, tmp_path) as running:
        await running.until(lambda: all(not m.unordered for m in living.crews.running.values()), 30)
        await running.pass_time(1200)
        await running.until(_same_states(running), 30)
        at_work = {unit for scene in living.scenes.all.values() for unit in scene.crews}
        assert at_work == set(living.crews.running)
        for scene in living.scenes.all.values():
            held = running.centres[scene.centre].store.state.incidents.get(IncidentId(scene.number))
            if held is not None:
                assert held.state.open is (scene.outcome is None)
        assert any(scene.outcome is not None and scene.closed_ms for scene in living.scenes.all.values())


async def test_everything_said_is_marked_as_a_drill_and_no_word_is_about_the_old_message(
    calm: World, tmp_path: Path
) -> None:
    async with drill(calm, tmp_path) as running:
        await running.pass_time(60)
        kinds = set()
        for message in running.heard:
            topic = topics.parse(message.topic)
            assert topic is not None
            assert payloads.decode(topic.kind, message.payload).drill
            kinds.add(topic.kind)
        assert {"unit.position", "unit.status", "snapshot.units", "bank.stock", "node.state"} <= kinds
        assert "cmd.unit.dispatch" not in payloads.PAYLOADS


# --- banks and hospitals --------------------------------------------------------------------------


async def test_the_staff_of_a_bank_confirms_packs_and_hands_over_and_the_hospital_checks(
    calm: World, tmp_path: Path
) -> None:
    bank = calm.banks.of(CHANGSHA)[0]

    def hold(number: str, quantity: int) -> payloads.BloodHold:
        return payloads.BloodHold(
            order=number, bank=bank.bank.id, hospital=configuration().hospitals[0].id,
            lines=[payloads.HoldLine("red_cells", "O+", quantity)], need_by=epoch_ms(ORIGIN),
            mode="emergency", by=payloads.By("li", "dispatcher"),
        )  # fmt: skip

    async with drill(calm, tmp_path) as running:
        state = running.centres[CHANGSHA].store.state
        await running.until(lambda: BankId(bank.bank.id) in state.shelves)
        assert (await running.order(CHANGSHA, "blood.hold", hold("CS-B-1", 2), "k-1")).accepted
        assert (await running.order(CHANGSHA, "blood.hold", hold("CS-B-1", 2), "k-1")).accepted
        refused = await running.order(CHANGSHA, "blood.hold", hold("CS-B-2", 90_000), "k-2")
        assert not refused.accepted
        assert refused.code == "blood_not_on_hand"
        for _minute in range(90):
            await running.pass_time(60, 20)
            order = running.centres[CHANGSHA].store.state.blood[BloodOrderId("CS-B-1")]
            if order.state.settled or order.state is BloodState.QUARANTINED:
                break
        states = [step.state.value for step in order.steps]
        assert states[:6] == ["held", "confirmed", "packing", "packed", "carried", "delivered"]
        assert order.on_count == 0
        assert sum(lot.quantity for lot in bank.boxes["CS-B-1"]) == 2


async def test_each_snapshot_is_answered_by_whoever_it_belongs_to_and_by_nobody_else(
    calm: World, tmp_path: Path
) -> None:
    async with drill(calm, tmp_path) as running:
        for kind in ("units", "incidents", "aids", "alarms", "blood_orders", "hospitals", "stock"):
            request = payloads.SnapshotRequest(kind=kind)
            assert (await running.order(CHANGSHA, "snapshot.request", request, f"k-{kind}")).accepted
        await running.pass_time(5)
        for kind in ("units", "incidents", "aids", "alarms", "blood_orders", "hospitals", "stock"):
            assert len(running.answers(f"k-{kind}")) == 1
        assert calm.orders.counts == {"cmd.snapshot.request accepted": 2}


async def test_requests_that_are_expired_or_no_drill_are_not_obeyed(calm: World, tmp_path: Path) -> None:
    async with drill(calm, tmp_path) as running:
        topic, link = topics.command(CHANGSHA, CHANGSHA, "snapshot.request"), running.links[CHANGSHA]
        request = payloads.SnapshotRequest(kind="stock")
        late = epoch_ms(ORIGIN) - 1000
        await link.publish(topic, "cmd.snapshot.request", request, key="k-1", expires_at=late)
        await running.until(lambda: running.answers("k-1"))
        assert not running.answers("k-1")[0].accepted
        link.identity = Identity(CHANGSHA, "console-1", "console", drill=False)
        await link.publish(topic, "cmd.snapshot.request", request, key="k-2")
        await running.until(lambda: running.answers("k-2"))
        assert not running.answers("k-2")[0].accepted
        running.brokers[CHANGSHA].publish(topic, b"{nonsense", retain=False)
        await running.until(lambda: running.simulators.refused["unreadable"] == 1)


# --- the way there and back -----------------------------------------------------------------------


async def test_after_a_cut_cable_the_city_comes_back_by_itself_and_says_everything(
    calm: World, tmp_path: Path
) -> None:
    async with drill(calm, tmp_path) as running:
        voice = running.simulators.voices[XIANGTAN, XIANGTAN]
        counted = voice.sent["bank.stock"]
        voice.cable.cut(0.0)
        await running.until(lambda: voice.ups == 2)
        await running.until(lambda: voice.sent["bank.stock"] > counted)
        assert running.simulators.voices[CHANGSHA, CHANGSHA].ups == 1


async def test_a_state_that_was_lost_on_the_way_is_said_until_the_centre_has_it(
    calm: World, tmp_path: Path
) -> None:
    async with drill(calm, tmp_path) as running:
        ambulance = calm.fleet.of(XIANGTAN)[0]
        unit = ambulance.unit.id
        lost = topics.unit_state(XIANGTAN, unit)
        running.brokers[XIANGTAN].denied.add(lost)
        calm.take_out(ambulance, "vehicle_fault", 600)
        await running.pass_time(3, 1)
        assert running.state(unit) is UnitState.AVAILABLE_AT_STATION
        running.brokers[XIANGTAN].denied.clear()
        await running.pass_time(10, 1)
        await running.until(lambda: running.state(unit) is UnitState.OUT_OF_SERVICE)
        await running.until(lambda: not ambulance.terminal.vehicle.unheard_states())


def test_only_the_newest_position_of_a_unit_goes_out_of_one_batch_but_every_fault_does() -> None:
    living = world(scenario(), report_every_s=1.0)
    said = living.advance(living.origin_ms + 5000)
    kept = newest_positions(said)
    assert [m for m in kept if m.qos] == [m for m in said if m.qos]
    per_unit = [m.topic for m in kept if m.kind == "unit.position" and not m.keep]
    assert len(per_unit) == len(set(per_unit)) == len(configuration().units)
