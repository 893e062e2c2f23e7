"""What the intake refuses, and that every refusal is counted with its reason."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from dispatch.feed import payloads, topics
from dispatch.feed.refusals import REASONS, explain
from dispatch.feed.transport import Received
from tests.unit.feed.feed_world import CHANGSHA, LAT, LON, NODE, ZHUZHOU, World

POSITION = topics.position(CHANGSHA, "CS-001")
FIX = payloads.UnitPosition(unit="CS-001", lat=LAT, lon=LON, datum="wgs84")


def position(world: World, **changes: Any) -> dict[str, Any]:
    return world.envelope(POSITION, "unit.position", FIX, **changes)


def data(**changes: Any) -> dict[str, Any]:
    return {"unit": "CS-001", "lat": LAT, "lon": LON, "datum": "wgs84"} | changes


def source(**changes: Any) -> dict[str, Any]:
    return {"city": "changsha", "node": NODE, "epoch": 10} | changes


def test_a_good_position_is_applied_and_marked_for_the_boards() -> None:
    world = World()
    world.say_position(28.21, 112.96)
    fix = world.unit().fix
    assert fix is not None
    assert (fix.position.lat, fix.position.lon) == (28.21, 112.96)
    assert world.picture.changes.drain()["unit"] == {"CS-001"}
    assert world.refused == {}


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("wrong_type", {"type": "unit.status"}),
        ("wrong_city", {"src": source(city="zhuzhou")}),
        ("wrong_key", {"data": data(unit="CS-002")}),
        ("drill_mismatch", {"drill": False}),
        ("expired", {"expires_at": 1}),
        ("future", {"ts_evt": 1_900_000_000_000}),
        ("future", {"ts_pub": 1_900_000_000_000}),
        ("malformed", {"v": 2}),
        ("malformed", {"unknown": 1}),
        ("malformed", {"seq": -1}),
        ("malformed", {"seq": 2**63}),
        ("malformed", {"seq": 1.5}),
        ("malformed", {"seq": "1"}),
        ("malformed", {"ts_evt": 2**53}),
        ("malformed", {"data": data(datum="mars")}),
        ("malformed", {"data": data(lat=91)}),
        ("malformed", {"data": data(lat="28.2")}),
        ("malformed", {"data": data(lat=None)}),
        ("malformed", {"data": data(heading_deg=360)}),
        ("malformed", {"data": data(speed_kmh=401)}),
        ("malformed", {"data": data(speed_kmh=1e308)}),
        ("malformed", {"data": data(accuracy_m=100_001)}),
        ("malformed", {"data": data(unit="CS-001\n")}),
        ("malformed", {"src": source(node=NODE + "\n")}),
        ("malformed", {"data": data(unit="CS-001\u202e")}),
        ("malformed", {"data": data(unit="[@click=app.quit]x[/]")}),
        ("malformed", {"src": source(node="")}),
        ("no_fix", {"data": data(lat=0.0, lon=0.0)}),
    ],
)
def test_a_message_that_contradicts_itself_or_the_contract_is_refused(
    reason: str, changes: dict[str, Any]
) -> None:
    world = World()
    world.take(POSITION, position(world, **changes))
    assert world.refused == {reason: 1}
    assert world.unit().fix is None
    assert world.city().refused == world.intake.counters.refused == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"null",
        b"[]",
        b"\xff\xfe",
        b'{"v":1,"type":"\xc3\x28"}',
        b"[" * 2_000,
        b'{"src":' * 250,
        b"NaN",
        b'"\\ud800"',
        b"1e999",
        b"\x00",
        b"9" * 2_000,
    ],
)
def test_bytes_that_are_no_message_are_refused(raw: bytes) -> None:
    world = World()
    world.take(POSITION, raw)
    assert world.refused == {"malformed": 1}


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_a_number_that_is_none_is_refused(value: str) -> None:
    world = World()
    raw = json.dumps(position(world)).replace(str(LAT), value).encode()
    world.take(POSITION, raw)
    assert world.refused == {"malformed": 1}


def test_a_lone_surrogate_is_refused() -> None:
    world = World()
    raw = json.dumps(position(world)).replace('"CS-001"', '"CS-\\ud800"').encode()
    world.take(POSITION, raw)
    assert world.refused == {"malformed": 1}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: raw.replace(b'"lat":', b'"lat":1.0,"lat":'),
        lambda raw: raw.replace(b'"drill":', b'"drill":false,"drill":'),
        lambda raw: raw.replace(b'"epoch":', b'"epoch" : 1, "epoch":'),
        lambda raw: raw.replace(b'"lat":', b'"l\\u0061t":1.0,"lat":'),
    ],
)
def test_a_field_that_stands_twice_is_refused(spoil: Callable[[bytes], bytes]) -> None:
    world = World()
    world.take(POSITION, spoil(msgspec.json.encode(position(world))))
    assert world.refused == {"duplicate_key": 1}


def test_other_spellings_of_a_good_message_are_taken() -> None:
    world = World()
    spread = json.dumps(position(world, key=None, reply_to=None), indent=2)
    world.take(POSITION, spread.encode())
    world.clock.advance(1)
    escaped = json.dumps(position(world)).replace("CS-001", "\\u0043S-001")
    world.take(POSITION, escaped.encode())
    assert world.refused == {}
    assert world.intake.counters.applied == 2


def test_a_message_above_the_cap_is_refused_before_it_is_decoded() -> None:
    world = World()
    world.take(POSITION, b" " * (payloads.size_cap("unit.position") + 1))
    assert world.refused == {"too_big": 1}


@pytest.mark.parametrize(
    "topic",
    ["czt/v1/changsha/ems/unit/CS-001", "czt/v2/changsha/ems/unit/CS-001/position", "", "/", "x" * 60_000,
     "czt/v1/changsha/cmd/changsha/format.disk", "czt/v1/changsha/rsp/atlantis/console-1", "\ufffd"],
)  # fmt: skip
def test_a_topic_outside_the_contract_is_refused(topic: str) -> None:
    world = World()
    world.take(topic, b"{}")
    assert world.refused == {"unknown_topic": 1}


def test_a_snapshot_of_an_unknown_kind_is_refused() -> None:
    world = World()
    world.take("czt/v1/changsha/snapshot/dragons", b"{}")
    assert world.refused == {"unknown_snapshot": 1}


def test_another_citys_message_on_this_citys_link_is_refused() -> None:
    world = World()
    topic = topics.position(ZHUZHOU, "ZZ-001")
    message = world.envelope(topic, "unit.position", payloads.UnitPosition("ZZ-001", LAT, LON, "wgs84"))
    world.take(topic, message, link=CHANGSHA)
    assert world.refused == {"wrong_city": 1}
    assert world.unit("ZZ-001").fix is None


def test_a_city_cannot_speak_for_a_unit_of_another() -> None:
    world = World()
    topic = topics.position(CHANGSHA, "ZZ-001")
    world.take(
        topic, world.envelope(topic, "unit.position", payloads.UnitPosition("ZZ-001", LAT, LON, "wgs84"))
    )
    assert world.refused == {"not_owner": 1}


def test_a_unit_nobody_announced_is_refused_and_its_city_is_asked_once() -> None:
    world = World()
    topic = topics.position(CHANGSHA, "CS-999")
    fix = payloads.UnitPosition("CS-999", LAT, LON, "wgs84")
    for _ in range(3):
        world.take(topic, world.envelope(topic, "unit.position", fix))
    assert world.refused == {"unknown_unit": 3}
    assert world.asked == [(CHANGSHA, "units", None)]
    world.clock.advance(6)
    world.take(topic, world.envelope(topic, "unit.position", fix))
    assert len(world.asked) == 2


def test_a_retained_command_or_answer_is_refused_and_a_fresh_answer_passed_on() -> None:
    world = World()
    command = topics.command(CHANGSHA, CHANGSHA, "snapshot.request")
    ask, answer = payloads.SnapshotRequest(kind="units"), payloads.Response(key="k-1", accepted=True)
    world.say(command, "cmd.snapshot.request", ask, retained=True)
    world.say(topics.response(CHANGSHA, CHANGSHA, "console-1"), "response", answer, retained=True)
    assert world.refused == {"retained_command": 2}
    world.say(command, "cmd.snapshot.request", ask)
    world.say(topics.response(CHANGSHA, CHANGSHA, "console-1"), "response", answer)
    assert world.responses == [(CHANGSHA, answer)]
    assert world.intake.counters.ignored == 1


def test_an_empty_message_takes_a_retained_one_back_and_is_no_fault() -> None:
    world = World()
    world.take(topics.incident(CHANGSHA, "CS-1124-0001"), b"")
    assert world.refused == {}
    assert world.intake.counters.cleared == 1


def test_one_bad_message_in_a_batch_does_not_stop_the_others() -> None:
    world = World()
    good = msgspec.json.encode(position(world))
    batch = [Received(POSITION, raw, False, world.now_ms) for raw in (b"{", good, b"\xff")]
    world.intake.take(CHANGSHA, batch)
    assert world.refused == {"malformed": 2}
    assert world.unit().fix is not None


def test_a_flood_of_bad_messages_is_counted_whole_kept_in_part_and_alarmed() -> None:
    world = World()
    world.link(up=True)
    for _ in range(5_000):
        world.take(POSITION, b"{")
    assert world.refused == {"malformed": 5_000}
    assert len(world.quarantine.newest(1_000)) == 20
    assert [event.kind for event in world.events] == ["message.quarantined"]
    world.wait(1)
    assert "feed_refused:changsha" in world.picture.alarms.by_id
    world.wait(1)
    assert world.picture.alarms.by_id["feed_refused:changsha"].state == "returned"  # type: ignore[index]


def test_every_reason_is_a_sentence_in_both_languages_and_survives_missing_facts() -> None:
    for code, sentence in REASONS.items():
        assert explain(code, {}, "en")
        names = {name.split("}")[0]: 1 for name in sentence.split("{")[1:]}
        assert "{" not in explain(code, names, "en")
        assert explain(code, names, "zh_CN") != explain(code, names, "en")
