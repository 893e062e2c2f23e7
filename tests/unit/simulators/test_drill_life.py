"""What must hold in any drill: legal states, one task a unit, one outcome a call, no jumps, same bytes."""

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from dispatch.clock import epoch_ms
from dispatch.domain.drills import BridgeClosed, Demand, MassCasualty, UnitsOut
from dispatch.domain.geography import CityCode
from dispatch.domain.units import UnitState, change_state
from dispatch.feed import payloads
from simulators.faults import FaultRates
from simulators.ground import distance_km
from simulators.messages import Message, as_bytes
from simulators.world import World
from tests.unit.simulators.simulated_world import NO_FAULTS, ORIGIN, configuration, live, scenario, world

BUSY = scenario(
    MassCasualty(kind="mass_casualty", at_min=5, city=CityCode("changsha"), position=(28.005, 113.012),
                 place="交界处", patients=9),
    Demand(kind="demand", at_min=1, city=CityCode("xiangtan"), factor=6, for_min=60),
    UnitsOut(kind="units_out", at_min=3, city=CityCode("xiangtan"), share=0.6, for_min=60, reason="演练"),
    BridgeClosed(kind="bridge_closed", at_min=20, bridge="CS-R-JUZIZHOU", for_min=30),
    demand=3.0,
)  # fmt: skip


@pytest.fixture(scope="module")
def busy() -> tuple[list[Message], World]:
    living = world(BUSY)
    return live(living, 80), living


def of_kind(said: list[Message], kind: str) -> dict[str, list[Message]]:
    """Messages of a kind by topic, in the order they were said."""
    found: dict[str, list[Message]] = defaultdict(list)
    for message in said:
        if message.kind == kind:
            found[message.topic].append(message)
    return found


def statuses(said: list[Message]) -> dict[str, list[payloads.UnitStatus]]:
    return {
        topic: [m.data for m in messages if isinstance(m.data, payloads.UnitStatus)]
        for topic, messages in of_kind(said, "unit.status").items()
    }


def test_every_unit_passes_legal_states_only_and_its_stamps_rise(busy: tuple[list[Message], World]) -> None:
    seen = set()
    for history in statuses(busy[0]).values():
        for before, after in pairwise(history):
            change_state(
                UnitState(before.state),
                UnitState(after.state),
                reason=after.reason,
                destination=after.destination,
            )
            assert before.since <= after.since
            seen.add(UnitState(after.state))
    assert seen == set(UnitState)


def test_a_unit_on_a_task_never_changes_its_incident_without_being_free(
    busy: tuple[list[Message], World],
) -> None:
    for history in statuses(busy[0]).values():
        for before, after in pairwise(history):
            if UnitState(before.state).on_task and UnitState(after.state).on_task:
                assert before.incident == after.incident
            if UnitState(after.state).dispatchable:
                assert after.incident is None


def test_no_unit_is_listed_at_two_open_incidents(busy: tuple[list[Message], World]) -> None:
    at: dict[str, list[str]] = {}
    for message in busy[0]:
        if isinstance(message.data, payloads.IncidentRecord):
            at[message.data.incident] = [] if message.data.state == "closed" else message.data.units
            everyone = [unit for units in at.values() for unit in units]
            assert len(everyone) == len(set(everyone))


def test_a_call_that_was_closed_stays_closed_and_its_units_are_then_free(
    busy: tuple[list[Message], World],
) -> None:
    closed = 0
    for messages in of_kind(busy[0], "incident").values():
        states = [m.data.state for m in messages if isinstance(m.data, payloads.IncidentRecord)]
        if "closed" in states:
            closed += 1
            assert set(states[states.index("closed") :]) == {"closed"}
            last = messages[-1].data
            assert isinstance(last, payloads.IncidentRecord)
            assert last.units == []
    assert closed > 25


def test_calls_opened_are_calls_ended_and_calls_open(busy: tuple[list[Message], World]) -> None:
    living = busy[1]
    scenes = living.scenes.all.values()
    ended = [scene for scene in scenes if scene.outcome is not None]
    assert len(scenes) == len(ended) + len(living.scenes.open_now)
    for scene in ended:
        assert scene.opened_ms <= (scene.first_arrival_ms or scene.opened_ms) <= (scene.closed_ms or 0)


def test_what_the_centres_wrote_is_what_happened(busy: tuple[list[Message], World]) -> None:
    living = busy[1]
    for scene in living.scenes.all.values():
        assert scene.record is not None
        assert (scene.record.state == "closed") is (scene.outcome is not None)
        assert scene.record.carried == scene.patients - scene.patients_left or scene.found
    for ambulance in living.fleet:
        assert living.sights.heard[ambulance.unit.id].state == ambulance.state


def test_no_crew_is_at_two_scenes_and_no_scene_has_a_crew_that_is_elsewhere(
    busy: tuple[list[Message], World],
) -> None:
    living = busy[1]
    at_work = [unit for scene in living.scenes.all.values() for unit in scene.crews]
    assert sorted(at_work) == sorted(living.crews.running)
    for unit, mission in living.crews.running.items():
        assert unit in mission.scene.crews


def test_lending_happens_across_city_lines(busy: tuple[list[Message], World]) -> None:
    said, living = busy
    lent = [mission for mission in living.crews.done if mission.cross_city]
    assert lent
    agreed: set[str] = set()
    for message in said:
        if isinstance(message.data, payloads.AidsSnapshot):
            agreed |= {aid.aid for aid in message.data.aids if aid.state == "committed"}
        if isinstance(message.data, payloads.OrderRequest) and message.origin != message.city:
            assert message.data.aid in agreed


def test_published_positions_never_jump_and_never_exceed_130_kmh() -> None:
    said = live(world(BUSY, report_every_s=1.0), 8)
    moved = 0
    for messages in of_kind(said, "unit.position").values():
        fixes = sorted(
            (m.ts_evt, m.data.lat, m.data.lon) for m in messages if isinstance(m.data, payloads.UnitPosition)
        )
        for (t, *a), (u, *b) in pairwise(fixes):
            km, hours = distance_km((a[0], a[1]), (b[0], b[1])), (u - t) / 3_600_000
            assert km / hours <= 130
            moved += km > 0.005
    assert moved > 500


def test_the_same_seed_gives_the_same_bytes_at_any_speed() -> None:
    plan = scenario(*BUSY.event, faults=FaultRates(), demand=2.0)
    slow = [as_bytes(message) for message in live(world(plan, report_every_s=1.0), 2, step_s=0.37)]
    fast = [as_bytes(message) for message in live(world(plan, report_every_s=1.0), 2, step_s=240)]
    other = [as_bytes(message) for message in live(world(plan, report_every_s=1.0, seed=8), 2, step_s=240)]
    assert slow == fast
    assert fast != other


def test_calls_are_the_same_whatever_the_policy_and_the_faults() -> None:
    def calls(faults: FaultRates) -> list[tuple[str, int, str]]:
        living = world(scenario(faults=faults))
        live(living, 25)
        return [(i.id, i.opened_ms, i.place) for i in living.scenes.all.values()]

    assert calls(NO_FAULTS) == calls(FaultRates(lost=0.1))


def test_a_drill_of_the_same_seed_has_the_same_calls_on_any_day() -> None:
    def calls(origin: datetime) -> list[tuple[str, int, str, int]]:
        living = world(origin=origin)
        live(living, 25)
        began = epoch_ms(origin)
        return [(i.id[-4:], i.opened_ms - began, i.place, i.patients) for i in living.scenes.all.values()]

    first = calls(ORIGIN)
    assert len(first) > 5
    assert calls(ORIGIN + timedelta(days=40)) == first


def test_an_ordinary_morning_has_plausible_times() -> None:
    living = world(scenario(demand=3.0))
    live(living, 100)
    done = living.crews.done
    waits = [i.first_arrival_ms - i.opened_ms for i in living.scenes.all.values() if i.first_arrival_ms]
    p50_min = sorted(waits)[len(waits) // 2] / 60_000
    carried = [mission for mission in done if mission.ended == "transported"]
    assert len(waits) > 60
    assert 8 <= p50_min <= 17
    on_board = {UnitState.TRANSPORTING, UnitState.AT_HOSPITAL}
    carrying = sum(mission.ambulance.state in on_board for mission in living.crews.running.values())
    left_there = sum(mission.ended in ("treated", "nobody_there") for mission in done)
    taken = len(carried) + carrying
    assert 0.6 <= taken / (taken + left_there) <= 0.9
    turnaround = sorted(
        (end - mission.stamps[UnitState.AT_HOSPITAL]) / 60_000
        for mission in carried
        if (end := mission.ended_ms) is not None
    )
    assert 26 <= turnaround[len(turnaround) // 2] <= 40


def test_the_drill_begins_in_the_middle_of_a_shift_and_its_first_words_are_whole() -> None:
    said = live(world(), 0.01)
    kinds = {message.kind for message in said}
    assert {"unit.status", "unit.position", "snapshot.units", "snapshot.hospitals", "bank.stock"} <= kinds
    first = [m.data for m in said if isinstance(m.data, payloads.UnitStatus)]
    assert len(first) == len(configuration().units)
    assert min(message.ts_evt for message in said) >= world().origin_ms
