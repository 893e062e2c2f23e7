"""Positions, states and snapshots of units on their way into the fleet."""

import pytest

from dispatch.domain.datum import from_wgs84
from dispatch.domain.geography import Bridge, CityCode, Datum, Position
from dispatch.domain.model import Name
from dispatch.domain.units import Capability, UnitId, UnitState
from dispatch.feed import payloads, topics
from dispatch.feed.limits import IntakeLimits
from tests.unit.feed.feed_world import BANK, CHANGSHA, LAT, LON, World


def snapshot(world: World, *units: payloads.UnitSnapshot, **changes: object) -> None:
    data = payloads.UnitsSnapshot(units=list(units))
    world.say(topics.snapshot(CHANGSHA, "units"), "snapshot.units", data, **changes)  # type: ignore[arg-type]


def entry(unit: str, world: World, **changes: object) -> payloads.UnitSnapshot:
    facts: dict[str, object] = {"capabilities": ["advanced"], "state": 7, "since": world.now_ms} | changes
    return payloads.UnitSnapshot(unit=unit, **facts)  # type: ignore[arg-type]


def say_status(world: World, state: int, *, since: int | None = None, unit: str = "CS-001") -> None:
    when = world.now_ms if since is None else since
    data = payloads.UnitStatus(unit=unit, state=state, since=when, source="terminal", reason="加油\x1b[2J")
    world.say(topics.status(CHANGSHA, unit), "unit.status", data)


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_shifted_coordinates_are_brought_back_to_wgs84(datum: Datum) -> None:
    world = World()
    lat, lon = from_wgs84(LAT, LON, datum)
    world.say_position(lat, lon, datum=datum.value)
    fix = world.unit().fix
    assert fix is not None
    assert fix.position.lat == pytest.approx(LAT, abs=1e-7)
    assert fix.position.lon == pytest.approx(LON, abs=1e-7)


def test_the_newest_fix_stays_whatever_order_they_come_in() -> None:
    world = World()
    newest = world.now_ms
    world.say_position(28.20, ts_evt=newest)
    world.say_position(28.19, ts_evt=newest - 20_000)
    world.say_position(28.21, ts_evt=newest)
    fix = world.unit().fix
    assert fix is not None
    assert fix.position.lat == 28.20
    assert (world.intake.counters.late, world.intake.counters.duplicates) == (1, 1)
    assert world.refused == {}


def test_a_fix_may_be_a_little_ahead_but_not_more() -> None:
    world = World(IntakeLimits(future_s=10))
    world.say_position(ts_evt=world.now_ms + 9_000)
    world.say_position(ts_evt=world.now_ms + 11_000)
    assert world.refused == {"future": 1}


def test_a_jump_is_kept_back_and_one_stray_fix_changes_nothing() -> None:
    world = World()
    for lat in (28.2, 29.9, 28.2001, 28.2002):
        world.clock.advance(1)
        world.say_position(lat)
    assert world.refused == {"jump": 1}
    fix = world.unit().fix
    assert fix is not None
    assert fix.position.lat == 28.2002


def test_a_fix_that_calls_itself_useless_may_still_not_jump() -> None:
    world = World()
    for lat in (28.2, 28.9):
        world.clock.advance(1)
        fix = payloads.UnitPosition("CS-001", lat, LON, "wgs84", accuracy_m=100_000)
        world.say(topics.position(CHANGSHA, "CS-001"), "unit.position", fix)
    assert world.refused == {"jump": 1}


def test_a_jump_is_believed_when_three_fixes_agree() -> None:
    world = World()
    for lat in (28.2, 29.9, 29.9001, 29.9002):
        world.clock.advance(1)
        world.say_position(lat)
    assert world.refused == {"jump": 2}
    fix = world.unit().fix
    assert fix is not None
    assert fix.position.lat == 29.9002


def test_fixes_that_agree_with_nothing_are_never_believed() -> None:
    world = World()
    for lat in (28.2, 29.9, 31.0, 26.0, 33.0, 29.0):
        world.clock.advance(1)
        world.say_position(lat)
    assert world.refused == {"jump": 5}


def test_a_fix_after_a_long_silence_may_be_far_away() -> None:
    world = World()
    world.say_position(28.2)
    world.clock.advance(3600)
    world.say_position(29.5)
    assert world.refused == {}


def test_a_status_is_applied_and_its_text_made_safe() -> None:
    world = World()
    say_status(world, 9)
    assert world.status().state is UnitState.PAUSED
    assert world.status().reason == "加油␛[2J"


def test_an_older_status_does_not_replace_a_newer_one() -> None:
    world = World()
    say_status(world, 2)
    say_status(world, 1, since=world.now_ms - 1)
    assert world.status().state is UnitState.EN_ROUTE
    assert world.intake.counters.late == 1


def test_a_snapshot_announces_units_with_state_and_place_and_is_no_news_when_kept() -> None:
    world = World()
    fixed = world.now_ms - 60_000
    snapshot(world, entry("CS-077", world, lat=28.3, lon=113.0, fixed_at=fixed), retained=True)
    view = world.unit("CS-077")
    assert view.unit.capabilities == {Capability.ADVANCED}
    assert view.status is not None
    assert view.fix is not None
    assert view.fix.fixed_at.timestamp() * 1000 == fixed
    assert world.city().last_heard is None
    world.say_position(28.3, 113.0, unit="CS-077")
    assert world.refused == {}


def test_a_bad_entry_of_a_snapshot_is_left_out_and_the_rest_is_taken() -> None:
    world = World()
    snapshot(
        world,
        entry("CS-077", world, capabilities=["flying"]),
        entry("ZZ-001", world),
        entry("CS-078", world),
        entry("CS-079", world, since=world.now_ms + 60_000),
    )
    assert world.refused == {"unknown_capability": 1, "not_owner": 1, "future": 1}
    assert UnitId("CS-078") in world.picture.fleet
    assert UnitId("CS-077") not in world.picture.fleet
    assert "flying" in world.quarantine.newest(9)[-1].why


def test_what_a_city_says_of_its_units_renews_the_configured_facts() -> None:
    world = World()
    snapshot(world, entry("CS-001", world, capabilities=["basic", "neonatal"]))
    assert world.unit().unit.capabilities == {Capability.BASIC, Capability.NEONATAL}


def test_a_city_cannot_announce_units_without_end() -> None:
    world = World(IntakeLimits(units_per_city=3))
    snapshot(world, *[entry(f"CS-1{number:02}", world) for number in range(10)])
    assert world.refused == {"too_many": 7}


def test_hospitals_say_how_they_stand() -> None:
    world = World()
    said = [
        payloads.HospitalSnapshot("CS-H-A", True, 3, world.now_ms),
        payloads.HospitalSnapshot("X", True, 3, 1),
    ]
    data = payloads.HospitalsSnapshot(hospitals=said)
    world.say(topics.snapshot(CHANGSHA, "hospitals"), "snapshot.hospitals", data)
    status = next(iter(world.picture.hospital_status.values()))
    assert (status.diverting, status.waiting) == (True, 3)
    assert world.refused == {"unknown_hospital": 1}


def test_a_count_replaces_the_stock_and_a_difference_follows_it() -> None:
    world = World()
    world.say_stock(5, world.lot("L1"), world.lot("L2"))
    world.say_change(6, world.lot("L3"), removed=("L1",))
    held = world.picture.stock.banks[BANK]
    assert set(held.lots) == {"L2", "L3"}
    assert (held.sequence, held.complete) == (6, True)
    assert [event.kind for event in world.events] == ["stock.changed", "stock.changed"]


def test_a_missed_difference_marks_the_stock_and_asks_that_bank() -> None:
    world = World()
    world.say_stock(5, world.lot("L1"))
    world.say_change(7, world.lot("L3"))
    assert not world.picture.stock.banks[BANK].complete
    assert world.asked == [(CHANGSHA, "stock", BANK)]
    world.clock.advance(1)
    world.say_stock(8, world.lot("L3"))
    assert world.picture.stock.banks[BANK].complete


def test_a_difference_before_any_count_asks_for_one() -> None:
    world = World()
    world.say_change(3, world.lot("L3"))
    assert world.asked == [(CHANGSHA, "stock", BANK)]
    assert BANK not in world.picture.stock.banks


def test_a_difference_numbered_before_the_count_but_counted_after_it_asks_for_a_whole_one() -> None:
    world = World()
    world.say_stock(2**53 - 1, world.lot("L1"))
    world.clock.advance(1)
    for sequence in (7, 8):
        world.say_change(sequence, world.lot("L3"))
    assert world.asked == [(CHANGSHA, "stock", BANK)]
    assert not world.picture.stock.banks[BANK].complete
    world.say_stock(9, world.lot("L4"))
    held = world.picture.stock.banks[BANK]
    assert (held.sequence, held.complete, set(held.lots)) == (9, True, {"L4"})


def test_a_straggler_is_only_late_but_one_far_behind_asks() -> None:
    world = World()
    before = world.now_ms - 1_000
    world.say_stock(100, world.lot("L1"))
    for sequence, asked in ((98, 0), (3, 1)):
        data = payloads.BankChange(bank=BANK, stock_seq=sequence, counted_at=before)
        world.say(topics.stock_change(CHANGSHA, BANK), "bank.change", data)
        assert len(world.asked) == asked
    assert world.picture.stock.banks[BANK].complete
    assert world.intake.counters.late == 2


def test_a_flood_of_stock_changes_is_told_in_a_few_entries_that_add_up() -> None:
    world = World()
    for sequence in range(200):
        world.say_stock(sequence)
    told = [event for event in world.events if event.kind == "stock.changed"]
    assert len(told) == 5
    world.wait(61)
    told = [event for event in world.events if event.kind == "stock.changed"]
    assert len(told) == 6
    assert sum(int(event.facts["changes"]) for event in told) == 200
    assert told[-1].facts["stock_seq"] == 199


def test_changes_that_wait_are_told_before_the_end() -> None:
    world = World()
    for sequence in range(7):
        world.say_stock(sequence)
    world.intake.close()
    assert sum(int(event.facts["changes"]) for event in world.events) == 7


def test_an_unknown_component_is_left_out_and_stays_alarmed_while_it_is() -> None:
    world = World()
    world.say_stock(5, world.lot("L1"), world.lot("L2", component="unicorn"))
    assert set(world.picture.stock.banks[BANK].lots) == {"L1"}
    assert world.refused == {"unknown_component": 1}
    world.wait(1)
    alarm = world.picture.alarms.by_id[f"lots_left_out:{BANK}"]  # type: ignore[index]
    assert alarm.facts["count"] == 1


def test_a_lot_listed_twice_refuses_the_whole_count() -> None:
    world = World()
    world.say_stock(5, world.lot("L1"), world.lot("L1"))
    assert world.refused == {"duplicate_lot": 1}
    assert BANK not in world.picture.stock.banks


def test_a_bank_nobody_configured_is_refused() -> None:
    world = World()
    data = payloads.BankStock(bank="CS-B-X", stock_seq=1, counted_at=world.now_ms, lots=[])
    world.say(topics.stock(CHANGSHA, "CS-B-X"), "bank.stock", data)
    assert world.refused == {"unknown_bank": 1}


def incident(world: World, **changes: object) -> payloads.IncidentRecord:
    facts: dict[str, object] = {
        "incident": "CS-1124-0001",
        "state": "waiting",
        "priority": 1,
        "lat": LAT,
        "lon": LON,
    }
    facts |= {"datum": "wgs84", "place": "五一广场[@click=app.bell]", "opened_at": world.now_ms} | changes
    return payloads.IncidentRecord(**facts)  # type: ignore[arg-type]


def say_incident(world: World, record: payloads.IncidentRecord, **changes: object) -> None:
    world.say(topics.incident(CHANGSHA, record.incident), "incident", record, **changes)  # type: ignore[arg-type]


def test_an_incident_is_taken_and_an_older_word_about_it_is_not() -> None:
    world = World()
    say_incident(world, incident(world))
    world.clock.advance(60)
    say_incident(world, incident(world, state="on_scene"))
    say_incident(world, incident(world, state="dispatched"), ts_evt=world.now_ms - 1_000)
    held = world.picture.open_incidents()
    assert [one.state for one in held] == ["on_scene"]
    assert world.intake.counters.late == 1


def test_a_closed_incident_leaves_the_picture_after_an_hour() -> None:
    world = World()
    say_incident(world, incident(world, state="closed"))
    world.wait(3_000)
    assert len(world.picture.incidents) == 1
    world.wait(700)
    assert world.picture.incidents == {}


def test_an_incident_that_needs_what_does_not_exist_is_refused() -> None:
    world = World()
    say_incident(world, incident(world, needs=["cardiac", "magic"]))
    assert world.refused == {"unknown_capability": 1}
    assert world.picture.incidents == {}


def test_a_city_cannot_hold_incidents_without_end() -> None:
    world = World(IntakeLimits(incidents_per_city=2))
    for number in range(5):
        say_incident(world, incident(world, incident=f"CS-1124-000{number}"))
    assert len(world.picture.incidents) == 2
    assert world.refused == {"too_many": 3}


def test_a_city_says_which_of_its_bridges_are_closed_and_an_older_word_changes_nothing() -> None:
    world = World()
    bridge = Bridge(
        id="B1", city=CHANGSHA, name=Name(zh="桥", en="bridge"), position=Position(lat=28, lon=113)
    )
    foreign = bridge.model_copy(update={"id": "B2", "city": CityCode("zhuzhou")})
    world.picture.bridges = (bridge, foreign)

    def say(*closed: str, at_ms: int) -> None:
        entries = [payloads.ClosedCrossing(name) for name in closed]
        data = payloads.CrossingsSnapshot(closed=entries, said_at=at_ms)
        world.say(topics.snapshot(CHANGSHA, "crossings"), "snapshot.crossings", data)

    say("B1", at_ms=world.now_ms)
    assert [one.id for one in world.picture.bridges if one.closed] == ["B1"]
    say(at_ms=world.now_ms - 5_000)
    assert [one.id for one in world.picture.bridges if one.closed] == ["B1"]
    say("B2", at_ms=world.now_ms)
    say("B3", at_ms=world.now_ms)
    say(at_ms=world.now_ms + 60_000)
    assert world.refused == {"not_owner": 1, "unknown_crossing": 1, "future": 1}
    say(at_ms=world.now_ms)
    assert not any(one.closed for one in world.picture.bridges)
