"""Who speaks for a city: bounded in memory, never locked out, and never believed about another's numbers."""

import pytest

from dispatch.domain.units import UnitId
from dispatch.feed import payloads, topics
from dispatch.feed.limits import IntakeLimits
from dispatch.feed.senders import Sender, Senders
from dispatch.picture.cities import Sight
from tests.unit.feed.feed_world import CHANGSHA, LAT, LON, NODE, ZHUZHOU, World

DAY_MS = 86_400_000


def source(node: str = NODE, epoch: int = 10) -> dict[str, object]:
    return {"city": CHANGSHA, "node": node, "epoch": epoch}


def known(world: World) -> dict[str, Sender]:
    senders: Senders = world.intake._senders
    return senders._known[CHANGSHA]


def record(world: World, number: str, **changes: object) -> payloads.IncidentRecord:
    facts: dict[str, object] = {"state": "waiting", "priority": 1, "lat": LAT, "lon": LON, "datum": "wgs84"}
    facts |= {"place": "p", "opened_at": world.now_ms} | changes
    return payloads.IncidentRecord(incident=number, **facts)  # type: ignore[arg-type]


def say_incident(world: World, number: str, **changes: object) -> None:
    topic = topics.incident(CHANGSHA, number)
    world.say(topic, "incident", record(world, number), **changes)  # type: ignore[arg-type]


def test_empty_messages_to_made_up_incidents_neither_fill_the_city_nor_are_remembered() -> None:
    world = World(IntakeLimits(incidents_per_city=2))
    for number in range(50):
        world.take(topics.incident(CHANGSHA, f"Q{number}"), b"")
        world.take(topics.incident(CHANGSHA, f"CS-{number}"), b"{")
    assert not any("incident" in name for name in world.intake._routes._by_name[CHANGSHA])
    say_incident(world, "CS-1124-0777")
    assert list(world.picture.incidents) == ["CS-1124-0777"]


def test_refused_incidents_leave_nothing_behind_even_from_a_known_sender() -> None:
    world = World()
    say_incident(world, "CS-1124-0001")
    for number in range(50):
        say_incident(world, f"CS-1124-9{number}", ts_evt=world.now_ms + DAY_MS)
    assert len(known(world)[NODE].tracks) == 1
    assert world.refused == {"future": 50}


def test_a_forgotten_incident_frees_its_place_and_its_memory() -> None:
    world = World(IntakeLimits(incidents_per_city=1, closed_kept_s=60))
    topic = topics.incident(CHANGSHA, "CS-1124-0001")
    world.say(topic, "incident", record(world, "CS-1124-0001", state="closed"))
    world.wait(61)
    assert known(world)[NODE].tracks == {}
    say_incident(world, "CS-1124-0002")
    assert list(world.picture.incidents) == ["CS-1124-0002"]


def test_sixty_thousand_made_up_names_cost_no_memory_and_lock_nobody_out() -> None:
    world = World(IntakeLimits(nodes_per_city=20))
    world.say_node("online")
    for number in range(500):
        world.say_position(src=source(f"m{number}"), seq=1, ts_evt=world.now_ms - DAY_MS + number)
        if number % 10 == 0:
            world.clock.advance(0.001)
            world.say_position()
    assert len(known(world)) <= 20
    assert NODE in known(world)
    world.say_node("online", node="gateway-new", kind="gateway")
    assert world.city().nodes["gateway-new"].online
    assert "too_many" not in world.refused


def test_senders_whose_messages_are_refused_are_not_remembered() -> None:
    world = World()
    for number in range(50):
        world.say_position(src=source(f"m{number}"), seq=1, ts_evt=world.now_ms + DAY_MS)
        world.say_node("online", node=f"n{number}", epoch=2**53 - 1)
    assert known(world) == {}
    assert world.city().nodes == {}


def test_the_node_longest_offline_is_forgotten_for_a_new_one() -> None:
    world = World(IntakeLimits(nodes_per_city=2))
    world.say_node("online", node="old", kind="gateway")
    world.say_node("online", node="dead", kind="gateway")
    world.clock.advance(1)
    world.say_node("offline", node="dead", kind="gateway", seq=0)
    world.say_node("online", node="new", kind="gateway")
    assert set(world.city().nodes) == {"old", "new"}


@pytest.mark.parametrize("retained", [False, True])
def test_an_epoch_far_ahead_is_refused_before_it_changes_anything(retained: bool) -> None:
    world = World()
    world.link(up=True)
    ahead = 2**53 - 1
    world.say_position(src=source(epoch=ahead), seq=1, retained=retained)
    node, state = topics.node(CHANGSHA, NODE), payloads.NodeState("online", "simulator")
    world.say(node, "node.state", state, src=source(epoch=ahead), seq=1, retained=retained)
    assert world.refused == {"epoch_ahead": 2}
    assert (world.city().nodes, world.city().last_heard, world.unit().fix) == ({}, None, None)
    world.say_position(seq=1)
    world.say_node("online")
    assert world.refused == {"epoch_ahead": 2}
    assert world.city().nodes[NODE].epoch == world.epoch


def test_a_city_may_not_name_units_or_incidents_with_anothers_prefix() -> None:
    world = World()
    say_incident(world, "ZZ-1124-0050")
    say_incident(world, "CSX-1")
    entry = payloads.UnitSnapshot("ZZ-999", ["basic"], 7, world.now_ms)
    world.say(topics.snapshot(CHANGSHA, "units"), "snapshot.units", payloads.UnitsSnapshot([entry]))
    assert world.refused == {"wrong_prefix": 3}
    topic = topics.incident(ZHUZHOU, "ZZ-1124-0050")
    world.say(topic, "incident", record(world, "ZZ-1124-0050"))
    assert world.picture.incidents["ZZ-1124-0050"].city == ZHUZHOU  # type: ignore[index]
    assert UnitId("ZZ-999") not in world.picture.fleet


def test_a_message_refused_for_its_date_is_not_a_gap_as_well() -> None:
    world = World()
    world.say_position()
    world.say_position(ts_evt=world.now_ms + DAY_MS)
    world.clock.advance(1)
    world.say_position()
    assert world.refused == {"future": 1}
    assert (world.intake.counters.gaps, world.asked) == (0, [])


def test_a_message_with_many_bad_entries_is_one_refused_message() -> None:
    world = World()
    entries = [payloads.UnitSnapshot(f"CS-{n}", ["flying"], 7, world.now_ms) for n in range(9)]
    for _ in range(2):
        world.say(topics.snapshot(CHANGSHA, "units"), "snapshot.units", payloads.UnitsSnapshot(entries))
    assert (world.city().refused, world.intake.counters.refused, world.city().messages) == (2, 2, 2)
    assert world.intake.counters.refused_entries == 18
    assert world.refused == {"unknown_capability": 18}


def test_a_spoofed_death_is_undone_by_what_the_node_says_after_it() -> None:
    world = World()
    world.link(up=True)
    world.say_node("online", seq=5)
    world.say_node("offline", seq=1)
    assert world.city().sight is Sight.OFFLINE
    world.say_position(ts_pub=world.now_ms - 5)
    assert world.city().sight is Sight.OFFLINE, "said before the death was heard of"
    world.clock.advance(1)
    world.say_position()
    assert world.city().sight is Sight.LIVE
    assert world.city().nodes[NODE].online


def test_a_heartbeat_after_a_death_of_the_same_life_undoes_it_and_an_old_one_does_not() -> None:
    world = World()
    world.link(up=True)
    world.say_node("online", seq=5)
    world.say_node("offline", seq=2**40)
    world.clock.advance(1)
    world.say_node("online", seq=5)
    assert world.city().sight is Sight.OFFLINE
    world.say_node("online", seq=6)
    assert world.city().sight is Sight.LIVE


def test_a_death_of_a_life_that_never_was_does_not_grey_a_city_for_good() -> None:
    world = World()
    world.link(up=True)
    world.say_node("online")
    world.say_node("offline", epoch=10**6)
    world.clock.advance(1)
    world.say_position()
    assert world.city().sight is Sight.LIVE
