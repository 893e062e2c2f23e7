"""How far each city is seen: a stale city is never shown as live."""

from dispatch.feed import payloads, topics
from dispatch.picture.cities import Sight
from tests.unit.feed.feed_world import BANK, CHANGSHA, LAT, LON, START, ZHUZHOU, World

FIX = payloads.UnitPosition(unit="CS-001", lat=LAT, lon=LON, datum="wgs84")


def test_a_city_is_never_seen_until_it_speaks_and_live_from_then_on() -> None:
    world = World()
    assert world.city().sight is Sight.NEVER
    world.link(up=True)
    assert world.city().sight is Sight.NEVER
    world.say_position()
    assert world.city().sight is Sight.LIVE
    assert world.city().since == START


def test_a_first_message_that_comes_before_the_word_of_its_link_raises_no_alarm() -> None:
    world = World()
    world.say_position()
    assert world.city().sight is Sight.NEVER
    world.link(up=True)
    world.wait(1)
    assert world.city().sight is Sight.NEVER
    world.say_position()
    assert world.city().sight is Sight.LIVE
    assert not world.picture.alarms.by_id


def test_what_the_broker_kept_is_no_sign_of_life() -> None:
    world = World()
    world.link(up=True)
    world.say_position(retained=True)
    assert world.city().sight is Sight.NEVER
    world.wait(9)
    assert world.city().sight is Sight.SILENT


def test_a_lost_link_is_offline_at_once_with_its_time_and_an_alarm_and_others_are_not() -> None:
    world = World()
    world.link(up=True)
    world.link(up=True, city=ZHUZHOU)
    world.say_position()
    world.say_position(unit="ZZ-001")
    world.clock.advance(5)
    world.link(up=False)
    assert (world.city().sight, world.city().since) == (Sight.OFFLINE, world.clock.now())
    assert world.city(ZHUZHOU).sight is Sight.LIVE
    alarm = world.picture.alarms.by_id["city_offline:changsha"]  # type: ignore[index]
    assert (alarm.code, alarm.city, alarm.facts) == ("city_offline", CHANGSHA, {"city": CHANGSHA})
    assert "city_offline:zhuzhou" not in world.picture.alarms.by_id


def test_after_the_link_is_back_the_city_stays_offline_until_it_speaks() -> None:
    world = World()
    world.link(up=True)
    world.say_position()
    world.link(up=False)
    world.clock.advance(30)
    world.link(up=True)
    assert world.city().sight is Sight.OFFLINE
    world.say_position()
    assert world.city().sight is Sight.LIVE
    world.wait(1)
    assert world.picture.alarms.by_id["city_offline:changsha"].state == "returned"  # type: ignore[index]


def test_a_city_that_says_nothing_for_eight_seconds_is_silent() -> None:
    world = World()
    world.link(up=True)
    world.say_position()
    world.wait(8)
    assert world.city().sight is Sight.LIVE
    world.wait(1)
    assert world.city().sight is Sight.SILENT
    assert "city_silent:changsha" in world.picture.alarms.by_id


def test_heartbeats_of_a_centre_keep_a_quiet_city_live_and_those_of_a_console_do_not() -> None:
    world = World()
    world.link(up=True)
    world.say_node("online")
    assert world.city().sight is Sight.LIVE
    for sequence in (2, 3, 4):
        world.wait(6)
        world.say_node("online", seq=sequence)
    assert world.city().sight is Sight.LIVE
    for sequence in (1, 2, 3):
        world.wait(6)
        world.say_node("online", node="console-9", kind="console", seq=sequence)
    assert world.city().sight is Sight.SILENT


def test_the_will_of_the_only_publisher_takes_the_city_offline_and_its_birth_brings_it_back() -> None:
    world = World()
    world.link(up=True)
    world.say_node("online")
    world.say_node("offline", seq=0)
    assert world.city().sight is Sight.OFFLINE
    world.say_node("online", epoch=11)
    assert world.city().sight is Sight.LIVE


def test_a_death_of_an_earlier_life_is_ignored() -> None:
    world = World()
    world.link(up=True)
    world.say_node("online", epoch=11)
    world.say_node("offline", epoch=10, seq=0)
    assert world.city().sight is Sight.LIVE
    assert world.city().nodes["sim-changsha"].online


def test_one_of_two_publishers_may_go() -> None:
    world = World()
    world.link(up=True)
    world.say_node("online")
    world.say_node("online", node="gateway-1", kind="gateway")
    world.say_node("offline", seq=0)
    assert world.city().sight is Sight.LIVE


def test_a_city_never_seen_is_alarmed_once_it_had_time() -> None:
    world = World()
    world.wait(30)  # this program was busy with itself
    assert "city_offline:zhuzhou" not in world.picture.alarms.by_id
    for _second in range(9):
        world.wait(1)
    assert "city_offline:zhuzhou" in world.picture.alarms.by_id


def test_a_city_whose_link_has_just_come_up_is_not_alarmed() -> None:
    world = World()
    for _second in range(6):
        world.wait(1)
    world.link(up=True)
    for _second in range(5):
        world.wait(1)
    assert "city_offline:changsha" not in world.picture.alarms.by_id


def test_an_old_and_an_incomplete_count_are_alarmed_while_the_city_is_seen() -> None:
    world = World()
    world.link(up=True)
    world.say_stock(5, world.lot("L1"))
    world.say_change(7)
    world.wait(1)
    for sequence in range(1, 8):
        world.say_node("online", seq=sequence)
        world.wait(7)
    assert f"bank_incomplete:{BANK}" in world.picture.alarms.by_id
    assert f"bank_stale:{BANK}" not in world.picture.alarms.by_id
    world.clock.advance(900)
    world.say_node("online", seq=9)
    world.wait(1)
    assert f"bank_stale:{BANK}" in world.picture.alarms.by_id


def test_a_replayed_position_keeps_no_city_alive() -> None:
    world = World()
    world.link(up=True)
    position = world.envelope(topics.position(CHANGSHA, "CS-001"), "unit.position", FIX)
    for _ in range(12):
        world.take(topics.position(CHANGSHA, "CS-001"), position)
        world.wait(1)
    assert world.city().sight is Sight.SILENT


def test_replayed_heartbeats_of_this_life_or_an_earlier_one_keep_no_city_alive() -> None:
    world = World()
    world.link(up=True)
    world.say_node("online", seq=7)
    for _ in range(12):
        world.say_node("online", seq=7)
        world.say_node("online", seq=6)
        world.say_node("online", seq=900, epoch=9)
        world.wait(1)
    assert world.city().sight is Sight.SILENT
    assert world.refused == {"older_epoch": 12}


def test_answers_and_what_was_sent_long_ago_are_no_sign_of_life() -> None:
    world = World()
    world.link(up=True)
    old = world.now_ms - 31_000
    world.say_position(ts_pub=old, ts_evt=old)
    world.say_node("online", node="recorded")
    world.link(up=False)
    world.link(up=True)
    topic, beat = topics.node(CHANGSHA, "r-2"), payloads.NodeState("online", "simulator")
    world.say(topic, "node.state", beat, src={"city": CHANGSHA, "node": "r-2", "epoch": 1}, ts_pub=old)
    world.say(topics.response(CHANGSHA, CHANGSHA, "c"), "response", payloads.Response("k", True))
    assert world.city().sight is Sight.OFFLINE
    assert "r-2" not in world.city().nodes
    world.say_position(ts_pub=world.now_ms - 29_000)
    assert world.city().sight is Sight.LIVE, "a clock that is a little behind is forgiven"


def test_a_city_whose_centre_is_gone_is_offline_whatever_its_vehicles_say() -> None:
    world = World()
    world.link(up=True)
    world.say_node("online", "centre", "centre")
    world.say_node("online")
    world.say_position()
    assert world.city().sight is Sight.LIVE
    world.say_node("offline", "centre", "centre", seq=2)
    world.say_position()
    assert world.city().sight is Sight.OFFLINE
    world.clock.advance(1)
    world.say_node("online", "centre", "centre", seq=3)
    assert world.city().sight is Sight.LIVE
