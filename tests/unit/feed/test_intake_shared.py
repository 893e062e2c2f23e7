"""Incidents with timelines, requests for help, shared alarms and desks on their way into the picture."""

from datetime import UTC, datetime

import pytest

from dispatch.domain.aid import AidId, AidState
from dispatch.domain.alarms import AlarmId, AlarmState, Severity
from dispatch.domain.incidents import Ending, IncidentId, IncidentState
from dispatch.feed import payloads, topics
from dispatch.feed.limits import IntakeLimits
from dispatch.picture.cities import Sight
from tests.unit.feed.feed_world import CHANGSHA, NODE, ZHUZHOU, World

NUMBER = IncidentId("CS-1124-1001")
AID = AidId("019a0000-0000-7000-8000-000000000001")
CONSOLE = "console-1"


def record(world: World, **changes: object) -> payloads.IncidentRecord:
    facts: dict[str, object] = {
        "incident": NUMBER,
        "state": "waiting",
        "priority": 1,
        "lat": 28.2,
        "lon": 112.95,
        "datum": "wgs84",
        "place": "五一广场",
        "opened_at": world.now_ms,
    }
    return payloads.IncidentRecord(**(facts | changes))  # type: ignore[arg-type]


def say_incident(world: World, said: payloads.IncidentRecord, **changes: object) -> None:
    world.say(topics.incident(CHANGSHA, said.incident), "incident", said, **changes)  # type: ignore[arg-type]


def lines(world: World, first: int, last: int, **changes: object) -> list[payloads.TimelineEntry]:
    facts: dict[str, object] = {"at": world.now_ms, "code": "note", "facts": {"text": "x"}} | changes
    return [payloads.TimelineEntry(number=n, **facts) for n in range(first, last + 1)]  # type: ignore[arg-type]


def say_timeline(
    world: World, entries: list[payloads.TimelineEntry], number: str = NUMBER, **changes: object
) -> None:
    data = payloads.IncidentTimeline(incident=number, entries=entries)
    topic = topics.timeline(CHANGSHA, NUMBER)
    world.say(topic, "incident.timeline", data, **changes)  # type: ignore[arg-type]


def aid(world: World, **changes: object) -> payloads.AidRecord:
    """Changsha received it from Zhuzhou."""
    facts: dict[str, object] = {
        "aid": AID,
        "kind": "units",
        "borrower": "zhuzhou",
        "node": "console-7",
        "operator": "zhao",
        "incident": "ZZ-1124-1001",
        "priority": 1,
        "lat": 27.8,
        "lon": 113.1,
        "datum": "wgs84",
        "place": "株洲站",
        "asked_at": world.now_ms,
        "answer_by": world.now_ms + 60_000,
        "state": "received",
        "changed_at": world.now_ms,
    }
    return payloads.AidRecord(**(facts | changes))  # type: ignore[arg-type]


def say_aids(world: World, *aids: payloads.AidRecord, **changes: object) -> None:
    data = payloads.AidsSnapshot(aids=list(aids))
    world.say(topics.snapshot(CHANGSHA, "aids"), "snapshot.aids", data, **changes)  # type: ignore[arg-type]


def alarm(world: World, number: str = "waiting:CS-1124-1001", **changes: object) -> payloads.AlarmRecord:
    facts: dict[str, object] = {
        "code": "waiting",
        "severity": "critical",
        "raised_at": world.now_ms,
        "state": "unacknowledged",
    }
    return payloads.AlarmRecord(alarm=number, **(facts | changes))  # type: ignore[arg-type]


def say_alarms(world: World, *alarms: payloads.AlarmRecord, **changes: object) -> None:
    data = payloads.AlarmsSnapshot(alarms=list(alarms))
    world.say(topics.snapshot(CHANGSHA, "alarms"), "snapshot.alarms", data, **changes)  # type: ignore[arg-type]


def say_desk(world: World, node: str = CONSOLE, *, topic: str = "", **changes: object) -> None:
    facts: dict[str, object] = {"operator": "李", "role": "dispatcher", "since": world.now_ms} | changes
    source = {"city": "changsha", "node": node, "epoch": 10}
    data = payloads.DeskState(**facts)  # type: ignore[arg-type]
    world.say(topics.desk(CHANGSHA, topic or node), "desk.state", data, src=source)


# --- incidents and their timelines ----------------------------------------------------------------


def test_everything_a_centre_says_of_an_incident_stands_in_the_picture() -> None:
    world = World()
    held_until = world.now_ms + 600_000
    said = record(
        world,
        state="held",
        acceptances=3,
        chases=1,
        none_free=2,
        carried=1,
        reinforcements=1,
        held_until=held_until,
        reason="等家属\x1b",
        origin="ZZ-1124-1007",
    )
    say_incident(world, said)
    held = world.picture.incidents[NUMBER]
    assert held.state is IncidentState.HELD
    assert (held.acceptances, held.chases, held.none_free, held.carried, held.reinforcements) == (
        3, 1, 2, 1, 1
    )  # fmt: skip
    assert held.held_until == datetime.fromtimestamp(held_until / 1000, UTC)
    assert (held.reason, held.origin) == ("等家属␛", "ZZ-1124-1007")
    say_incident(world, record(world, state="closed", ending="transferred", moved_to="ZZ-1124-0004"))
    assert world.picture.incidents[NUMBER].ending is Ending.TRANSFERRED
    assert world.refused == {}


@pytest.mark.parametrize("other", [{"origin": "CS-1124-1002"}, {"moved_to": "BJ-1124-0001"}])
def test_an_incidents_number_at_another_centre_is_another_citys(other: dict[str, object]) -> None:
    world = World()
    say_incident(world, record(world, **other))
    assert world.refused == {"no_other_number": 1}
    assert world.picture.incidents == {}


def test_a_timeline_grows_and_its_texts_are_made_safe() -> None:
    world = World()
    say_incident(world, record(world))
    say_timeline(world, lines(world, 1, 1, code="chase", by="李\x1b", facts={"text": "[/]\x1b", "count": 2}))
    entry = world.picture.timelines[NUMBER][0]
    assert (entry.number, entry.code, entry.by) == (1, "chase", "李␛")
    assert entry.facts == {"text": "[/]␛", "count": 2}
    assert world.picture.changes.drain()["timeline"] == {NUMBER}
    say_timeline(world, lines(world, 1, 3))
    say_timeline(world, lines(world, 1, 2), ts_evt=world.now_ms - 1_000)
    assert [entry.number for entry in world.picture.timelines[NUMBER]] == [1, 2, 3]
    assert world.intake.counters.late == 1


def test_a_timeline_may_come_before_its_incident_and_goes_with_it() -> None:
    world = World(IntakeLimits(closed_kept_s=60))
    say_timeline(world, lines(world, 4, 9), retained=True)
    say_incident(world, record(world, state="closed"), retained=True)
    assert len(world.picture.timelines[NUMBER]) == 6
    world.wait(61)
    assert world.picture.timelines == {}
    assert world.picture.incidents == {}
    assert world.refused == {}


def test_a_timeline_of_an_incident_that_never_comes_is_not_kept_for_ever() -> None:
    world = World(IntakeLimits(closed_kept_s=60, incidents_per_city=1))
    say_timeline(world, lines(world, 1, 1))
    world.wait(61)
    assert world.picture.timelines == {}
    say_timeline(world, lines(world, 1, 1))
    assert world.refused == {}


def test_a_timeline_with_a_hole_with_another_subject_or_of_another_city_is_refused() -> None:
    world = World()
    say_timeline(world, [*lines(world, 1, 1), *lines(world, 3, 3)])
    say_timeline(world, lines(world, 1, 1), number="CS-1124-1009")
    say_timeline(world, lines(world, 1, 1, at=world.now_ms + 60_000))
    foreign = payloads.IncidentTimeline(incident="ZZ-1124-1001", entries=lines(world, 1, 1))
    world.say(topics.timeline(CHANGSHA, "ZZ-1124-1001"), "incident.timeline", foreign)
    assert world.refused == {"lines_disordered": 1, "wrong_key": 1, "future": 1, "wrong_prefix": 1}
    assert world.picture.timelines == {}


def test_an_incident_that_is_over_is_forgotten_when_its_city_clears_it() -> None:
    world = World()
    say_incident(world, record(world, state="closed"))
    say_timeline(world, lines(world, 1, 2))
    world.take(topics.timeline(CHANGSHA, NUMBER), b"")
    world.take(topics.incident(CHANGSHA, NUMBER), b"")
    assert world.picture.incidents == {}
    assert world.picture.timelines == {}
    assert world.intake.counters.cleared == 2


def test_an_empty_message_never_ends_an_open_incident() -> None:
    world = World()
    say_incident(world, record(world))
    world.take(topics.incident(CHANGSHA, NUMBER), b"")
    assert NUMBER in world.picture.incidents
    assert world.asked == [(CHANGSHA, "incidents", None)]


# --- requests for help ----------------------------------------------------------------------------


def test_a_request_for_help_belongs_to_the_city_that_received_it() -> None:
    world = World()
    good_until = world.now_ms + 120_000
    said = aid(
        world, state="committed", units=["CS-001"], wanted=["CS-001"], good_until=good_until, rule="r\x1b"
    )
    say_aids(world, said)
    held = world.picture.aids[AID]
    assert (held.lender, held.borrower, held.state) == (CHANGSHA, ZHUZHOU, AidState.COMMITTED)
    assert (held.units, held.rule) == (("CS-001",), "r␛")
    assert world.picture.changes.drain()["aid"] == {AID}
    assert world.refused == {}


def test_a_request_that_a_newer_document_leaves_out_is_gone_and_an_older_document_changes_nothing() -> None:
    world = World()
    say_aids(world, aid(world))
    say_aids(world, ts_evt=world.now_ms - 1_000)
    assert AID in world.picture.aids
    assert world.intake.counters.late == 1
    say_aids(world)
    assert world.picture.aids == {}


def test_a_request_that_its_lender_has_not_named_yet_is_left_alone() -> None:
    world = World()
    say_aids(world, aid(world))
    asked = world.picture.aids.pop(AID).model_copy(update={"state": AidState.REQUESTED})
    world.picture.aids[AID] = asked
    say_aids(world)
    assert world.picture.aids == {AID: asked}
    say_aids(world, aid(world))
    assert world.picture.aids[AID].state is AidState.RECEIVED


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("no_such_borrower", {"borrower": "changsha", "incident": "CS-1124-1001"}),
        ("no_such_borrower", {"borrower": "beijing"}),
        ("wrong_prefix", {"incident": "CS-1124-1001"}),
        ("wrong_prefix", {"moved_to": "ZZ-1124-0001"}),
        ("not_owner", {"units": ["ZZ-001"]}),
        ("wrong_prefix", {"wanted": ["XT-009"]}),
        ("unknown_capability", {"needs": ["flying"]}),
        ("future", {"changed_at": 1_900_000_000_000}),
    ],
)
def test_a_bad_request_is_left_out_and_the_others_are_taken(reason: str, changes: dict[str, object]) -> None:
    world = World()
    say_aids(world, aid(world, **changes), aid(world, aid="good"))
    assert world.refused == {reason: 1}
    assert set(world.picture.aids) == {"good"}


def test_no_city_speaks_for_a_request_that_another_received() -> None:
    world = World()
    say_aids(world, aid(world))
    theirs = aid(world, borrower="changsha", incident="CS-1124-1001", state="declined")
    world.say(
        topics.snapshot(ZHUZHOU, "aids"), "snapshot.aids", payloads.AidsSnapshot(aids=[theirs]), src={
            "city": "zhuzhou", "node": NODE, "epoch": 10
        }
    )  # fmt: skip
    assert world.refused == {"not_owner": 1}
    assert world.picture.aids[AID].state is AidState.RECEIVED


def test_a_document_that_names_a_request_twice_is_refused_as_a_whole() -> None:
    world = World()
    say_aids(world, aid(world), aid(world, state="declined"))
    assert world.refused == {"duplicate_entry": 1}
    assert world.picture.aids == {}


# --- alarms ---------------------------------------------------------------------------------------


def test_a_citys_alarms_stand_beside_the_consoles_own_under_its_name() -> None:
    world = World()
    own = AlarmId("audit")
    world.picture.alarms.raise_(own, Severity.CRITICAL, "audit_failed", world.clock.now())
    shelved = world.now_ms + 60_000
    said = alarm(world, facts={"incident": NUMBER, "age_s": 40}, shelved_until=shelved, escalated=True)
    say_alarms(world, said)
    held = world.picture.alarms.by_id[AlarmId(f"changsha/{said.alarm}")]
    assert (held.shared, held.city, held.escalated) == (True, CHANGSHA, True)
    assert held.facts == {"incident": NUMBER, "age_s": 40}
    assert held.shelved(world.clock.now())
    say_alarms(world, alarm(world, state="acknowledged", acknowledged_by="王\x1b"))
    held = world.picture.alarms.by_id[held.id]
    assert (held.state, held.acknowledged_by) == (AlarmState.ACKNOWLEDGED, "王␛")
    say_alarms(world)
    assert set(world.picture.alarms.by_id) == {own}


def test_one_city_cannot_clear_or_change_the_alarms_of_another() -> None:
    world = World()
    say_alarms(world, alarm(world))
    source = {"city": "zhuzhou", "node": NODE, "epoch": 10}
    world.say(
        topics.snapshot(ZHUZHOU, "alarms"), "snapshot.alarms", payloads.AlarmsSnapshot(alarms=[]), src=source
    )
    assert len(world.picture.alarms.of_city(CHANGSHA)) == 1


def test_an_alarm_of_the_future_is_left_out_and_one_named_twice_spoils_the_message() -> None:
    world = World()
    say_alarms(world, alarm(world, raised_at=world.now_ms + 60_000), alarm(world, "other"))
    assert world.refused == {"future": 1}
    assert world.picture.alarms.of_city(CHANGSHA) == ["changsha/other"]
    say_alarms(world, alarm(world, "other"), alarm(world, "other"))
    assert world.refused == {"future": 1, "duplicate_entry": 1}


def test_the_alarms_of_another_city_are_for_its_own_desks_and_only_looked_at_here() -> None:
    world = World(home=ZHUZHOU)
    say_alarms(world, alarm(world))
    assert world.picture.alarms.listed() == []
    assert [one.id for one in world.picture.neighbours_alarms.listed()] == ["changsha/waiting:CS-1124-1001"]
    say_alarms(world)
    assert world.picture.neighbours_alarms.listed() == []


# --- desks ----------------------------------------------------------------------------------------


def test_a_desk_is_there_while_its_program_is() -> None:
    world = World()
    world.link(up=True)
    say_desk(world, incident=NUMBER)
    desk = world.picture.desks[CHANGSHA, CONSOLE]
    assert (desk.operator, desk.role, desk.incident, desk.online) == ("李", "dispatcher", NUMBER, False)
    world.say_node("online", CONSOLE, "console", seq=1)
    assert world.picture.desks[CHANGSHA, CONSOLE].online
    world.say_node("offline", CONSOLE, "console", seq=2)
    assert not world.picture.desks[CHANGSHA, CONSOLE].online
    assert world.picture.changes.drain()["desk"] == {f"changsha/{CONSOLE}"}
    assert world.refused == {}


def test_a_desk_is_no_sign_of_life_of_its_city() -> None:
    world = World()
    world.link(up=True)
    say_desk(world)
    assert world.city().sight is Sight.NEVER


def test_only_the_console_itself_speaks_for_its_desk_and_may_take_it_back() -> None:
    world = World()
    say_desk(world, "console-9", topic=CONSOLE)
    assert world.refused == {"wrong_key": 1}
    say_desk(world)
    world.take(topics.desk(CHANGSHA, CONSOLE), b"")
    assert world.picture.desks == {}


def test_made_up_desks_cost_no_memory_and_lock_no_real_one_out() -> None:
    world = World(IntakeLimits(nodes_per_city=3))
    world.link(up=True)
    say_desk(world)
    world.say_node("online", CONSOLE, "console", seq=1)
    for number in range(10):
        say_desk(world, f"made-up-{number}")
    world.wait(1)
    assert len(world.picture.desks) == 3
    assert (CHANGSHA, CONSOLE) in world.picture.desks
    assert world.intake._routes._by_name[CHANGSHA].keys() <= {
        topics.desk(CHANGSHA, node) for _city, node in world.picture.desks
    }


# --- what is nothing to a console -----------------------------------------------------------------


def test_what_a_vehicle_and_its_centre_say_to_each_other_passes_by() -> None:
    world = World()
    state = payloads.UnitState(unit="CS-001", number=1, state=2, at=world.now_ms, source="terminal")
    heard = payloads.UnitHeard(unit="CS-001", number=1)
    world.say(topics.unit_state(CHANGSHA, "CS-001"), "unit.state", state)
    world.say(topics.unit_heard(CHANGSHA, "CS-001"), "unit.heard", heard)
    assert world.intake.counters.ignored == 2
    assert world.unit().status is None
    world.say(topics.unit_state(CHANGSHA, "CS-001"), "unit.state", state, retained=True)
    assert world.refused == {"retained_command": 1}


def test_a_units_task_stands_in_the_picture() -> None:
    world = World()
    status = payloads.UnitStatus(
        unit="CS-001", state=0, since=world.now_ms, source="other_city", incident="ZZ-1124-1001", task="r1"
    )
    world.say(topics.status(CHANGSHA, "CS-001"), "unit.status", status)
    assert world.status().task == "r1"


def test_what_the_broker_kept_is_heard_before_the_link_counts_as_up_and_nothing_of_it_vanishes() -> None:
    world = World()
    say_incident(world, record(world), retained=True)
    world.link(up=True)
    _a_minute(world, seq=1)
    assert set(world.picture.incidents) == {NUMBER}, "at a console's start"
    say_incident(world, record(world, incident="CS-1124-1002"))
    world.link(up=False)
    say_incident(world, record(world), retained=True)
    world.link(up=True)
    _a_minute(world, seq=100)
    assert set(world.picture.incidents) == {NUMBER}, "the other one was cleared while nobody listened"


def test_an_incident_that_the_broker_still_keeps_as_it_was_heard_stays_after_a_lost_link() -> None:
    """The broker says again the very message that was heard live: the same sender, the same number."""
    world = World()
    world.link(up=True)
    topic = topics.incident(CHANGSHA, NUMBER)
    heard = world.envelope(topic, "incident", record(world))
    world.take(topic, heard)
    for life in (1, 2):
        world.link(up=False)
        world.take(topic, heard, retained=True)
        world.link(up=True)
        _a_minute(world, seq=100 * life)
        assert set(world.picture.incidents) == {NUMBER}


def _a_minute(world: World, seq: int) -> None:
    for second in range(60):
        world.say_node("online", "centre", "centre", seq=seq + second)
        world.wait(1)


def test_what_a_city_cleared_while_nobody_listened_is_forgotten_once_its_centre_has_been_seen() -> None:
    world = World()
    world.link(up=True)
    world.say_node("online", "centre", "centre", seq=1)
    say_incident(world, record(world))
    say_incident(world, record(world, incident="CS-1124-1002"))
    own = IncidentId("CS-1124-1003")
    world.picture.incidents[own] = world.picture.incidents[NUMBER].model_copy(update={"id": own})
    world.link(up=False)
    world.link(up=True)
    say_incident(world, record(world), retained=True)
    for second in range(40):
        world.say_node("online", "centre", "centre", seq=2 + second)
        world.wait(1)
        world.link(up=True)  # no new link: only another word about it
        assert (second < 29) <= ("CS-1124-1002" in world.picture.incidents), "not before it is sure"
    assert set(world.picture.incidents) == {NUMBER, own}, "one opened here and not answered yet stays"
