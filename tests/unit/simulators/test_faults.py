import itertools
from collections import Counter, defaultdict

from dispatch.domain.drills import GpsLost
from dispatch.domain.geography import CityCode
from dispatch.feed import payloads
from simulators.faults import FaultRates
from simulators.messages import Message
from simulators.trips import Spot
from simulators.world import World
from tests.unit.simulators.simulated_world import NO_FAULTS, live, scenario, world


def positions(said: list[Message]) -> dict[str, list[Message]]:
    found: dict[str, list[Message]] = defaultdict(list)
    for message in said:
        if message.kind == "unit.position":
            found[message.topic].append(message)
    return found


def injected(living: World) -> Counter[str]:
    total: Counter[str] = Counter()
    for counts in living.faults.counts.values():
        total.update({str(fault): count for fault, count in counts.items()})
    return total


def test_without_faults_every_unit_reports_each_second_in_order_and_once() -> None:
    living = world(scenario(), report_every_s=1.0)
    for messages in positions(live(living, 3)).values():
        times = [message.ts_evt for message in messages]
        assert times == sorted(set(times))
        if not any("tunnel" in str(c) for c in living.faults.counts.values()):
            assert len(times) >= 176
    assert set(injected(living)) <= {"tunnel"}


def test_each_injected_fault_is_counted_and_can_be_found_in_what_was_said() -> None:
    rates = NO_FAULTS.model_copy(update={"duplicate": 0.01, "out_of_order": 0.01, "future": 0.002})
    living = world(scenario(faults=rates), report_every_s=1.0)
    said = live(living, 5)
    duplicates = late = future = 0
    for messages in positions(said).values():
        newest, seen = 0, set()
        for message in messages:
            if message.ts_evt > living.agenda.now_ms + 200_000:
                future += 1
                continue
            duplicates += message.ts_evt in seen
            late += message.ts_evt < newest and message.ts_evt not in seen
            seen.add(message.ts_evt)
            newest = max(newest, message.ts_evt)
    counts = injected(living)
    assert duplicates == counts["duplicate"] > 300
    assert future == counts["future"] > 50
    assert 0.95 * counts["out_of_order"] <= late <= counts["out_of_order"]  # the next may be hit too
    assert counts["out_of_order"] > 300


def test_late_positions_come_after_newer_ones_and_never_become_the_last_known_place() -> None:
    rates = NO_FAULTS.model_copy(update={"late": 0.05})
    living = world(scenario(faults=rates), report_every_s=5.0)
    said = live(living, 8)
    for messages in positions(said).values():
        late = [m for m in messages if m.keep]
        assert all(any(o.ts_evt > m.ts_evt for o in messages) for m in late)
    snapshots = [(m.ts_evt, m.data) for m in said if isinstance(m.data, payloads.UnitsSnapshot)]
    for moment, snapshot in snapshots[-3:]:
        for unit in snapshot.units:
            assert unit.fixed_at is not None
            assert 0 <= moment - unit.fixed_at < 60_000


def test_lost_gps_silences_the_share_of_units_that_the_scenario_names() -> None:
    event = GpsLost(kind="gps_lost", at_min=1, city=CityCode("zhuzhou"), share=0.5, for_min=30)
    living = world(scenario(event), report_every_s=5.0)
    live(living, 1.2)
    heard = {topic for topic in positions(live(living, 5)) if "/zhuzhou/" in topic}
    assert len(heard) == len(living.fleet.of(CityCode("zhuzhou"))) - 26  # of 51


def test_a_unit_in_a_tunnel_is_silent_and_its_fixes_come_together_afterwards() -> None:
    living = world(report_every_s=1.0)
    ambulance = next(iter(living.fleet))
    tunnel = next(t for t in living.configuration.bridges if t.id == "CS-R-YINGPAN")
    west, east = (28.2065, 112.9470), (28.2075, 112.9775)
    now = living.agenda.now_ms
    ambulance.trip = living.roads.trip(Spot(west), east, now, blue_light=True)
    assert ambulance.trip.will_cross(tunnel.id, now)
    said = [m for m in live(living, 8, step_s=1) if m.topic.endswith(f"/{ambulance.unit.id}/position")]
    gaps = [b.ts_evt - a.ts_evt for a, b in itertools.pairwise(said)]
    batch = [m for m in said if m.keep]
    assert len(batch) > 30
    assert max(gaps) == 1000  # nothing is missing in the end
    assert injected(living)["tunnel"] >= 1


def test_frozen_gps_repeats_one_place_while_the_unit_moves_on() -> None:
    rates = NO_FAULTS.model_copy(update={"gps_frozen_per_unit_hour": 5.0, "episode_min": 2.0})
    living = world(scenario(faults=rates, demand=5), report_every_s=2.0)
    said = live(living, 10)
    longest = 0
    for messages in positions(said).values():
        places = [(m.data.lat, m.data.lon) for m in messages if isinstance(m.data, payloads.UnitPosition)]
        same = 1
        for a, b in itertools.pairwise(places):
            same = same + 1 if a == b else 1
            longest = max(longest, same)
    assert longest > 25
    assert injected(living)["gps_frozen"] > 50


def test_link_drops_follow_the_scenario() -> None:
    rates = FaultRates(link_drops_per_city_hour=16.0, link_drop_s=5.0)
    living = world(scenario(faults=rates))
    dropped: list[tuple[str, float]] = []
    living.happenings.on_link_drop = lambda city, seconds: dropped.append((city, seconds))
    live(living, 30)
    assert 10 <= len(dropped) <= 45
    assert injected(living)["link_drop"] == len(dropped)
