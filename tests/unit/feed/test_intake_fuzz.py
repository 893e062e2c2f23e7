"""Whatever bytes come, the intake never raises, and every refusal is counted and kept.

CZT_FUZZ multiplies the number of examples (1 here; 50 and more in `make reliability`).
"""

import json
import os
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.domain.units import UnitId
from dispatch.feed import payloads, topics
from dispatch.feed.owntracks import replay_topic
from dispatch.feed.trackers import Tracker, TrackerMap
from dispatch.feed.transport import Received
from tests.unit.feed.feed_world import BANK, CHANGSHA, LAT, LON, NODE, World

MORE = int(os.environ.get("CZT_FUZZ", "1"))
EXAMPLES: dict[str, tuple[str, payloads.Payload]] = {
    topics.position(CHANGSHA, "CS-001"): (
        "unit.position",
        payloads.UnitPosition("CS-001", LAT, LON, "gcj02"),
    ),
    topics.status(CHANGSHA, "CS-001"): (
        "unit.status",
        payloads.UnitStatus("CS-001", 4, 1, "desk", reason="x"),
    ),
    topics.snapshot(CHANGSHA, "units"): (
        "snapshot.units",
        payloads.UnitsSnapshot(
            [payloads.UnitSnapshot("CS-5", ["basic"], 3, 1, lat=1.0, lon=1.0, fixed_at=5)]
        ),
    ),
    topics.snapshot(CHANGSHA, "hospitals"): (
        "snapshot.hospitals",
        payloads.HospitalsSnapshot([payloads.HospitalSnapshot("CS-H-A", False, 1, 1)]),
    ),
    topics.stock(CHANGSHA, BANK): (
        "bank.stock",
        payloads.BankStock(BANK, 1, 1, [payloads.StockLot("L", "red_cells", "A+", 1, 1)]),
    ),
    topics.stock_change(CHANGSHA, BANK): ("bank.change", payloads.BankChange(BANK, 2, 1, removed=["L"])),
    topics.incident(CHANGSHA, "CS-1"): (
        "incident",
        payloads.IncidentRecord("CS-1", "waiting", 1, LAT, LON, "bd09", "p", 1, needs=["trauma"]),
    ),
    topics.node(CHANGSHA, NODE): ("node.state", payloads.NodeState("online", "centre")),
    topics.response(CHANGSHA, CHANGSHA, "console-1"): ("response", payloads.Response("k", True)),
    topics.command(CHANGSHA, CHANGSHA, "snapshot.request"): (
        "cmd.snapshot.request",
        payloads.SnapshotRequest("units"),
    ),
}
PHONE = {
    "_type": "location",
    "tst": 1440395361,
    "lat": 28.2,
    "lon": 112.9,
    "acc": 5,
    "vel": 1,
    "cog": 2,
    "tid": "NE",
}

hostile = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, -1, 2**31, 2**53, 2**63, 2**64, 10**400, 253_402_300_000_000]),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from(["", "CS-001", "[/]", "\x1b[2J", "\u202e", "\ud800", "a" * 500, "wgs84", "NaN"]),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)


def a_world() -> World:
    return World(trackers=TrackerMap(by_tid={"NE": Tracker(UnitId("CS-001"), CHANGSHA)}, replay=True))


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) inside a JSON value."""
    found: list[tuple[Any, Any]] = []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(items):
        found += [(value, key), *places(inner)]
    return found


def check(world: World, topic: str, raw: bytes, *, retained: bool = False) -> None:
    world.intake.take(CHANGSHA, [Received(topic, raw, retained, world.now_ms)])
    world.intake.tick()
    assert world.intake.counters.messages == 1
    assert world.quarantine.total == world.intake.counters.refused == world.city().refused


@settings(max_examples=300 * MORE, deadline=None)
@given(
    st.sampled_from([*EXAMPLES, "owntracks/a/b", replay_topic("CS-001"), "x", "czt/v1/changsha/cmd/x/y"]),
    st.binary(max_size=400),
)
def test_any_bytes_on_any_topic(topic: str, raw: bytes) -> None:
    check(a_world(), topic, raw)


@settings(max_examples=600 * MORE, deadline=None)
@given(st.sampled_from(list(EXAMPLES)), st.data(), st.booleans())
def test_a_valid_message_with_any_part_replaced_or_dropped(
    topic: str, draw: st.DataObject, retained: bool
) -> None:
    world = a_world()
    message = world.envelope(topic, *EXAMPLES[topic])
    for _ in range(draw.draw(st.integers(1, 3))):
        container, key = draw.draw(st.sampled_from(places(message)))
        if key not in (container if isinstance(container, dict) else range(len(container))):
            continue
        if draw.draw(st.booleans()):
            container[key] = draw.draw(hostile)
        else:
            del container[key]
        if not places(message):
            break
    check(world, topic, json.dumps(message).encode(), retained=retained)


@settings(max_examples=300 * MORE, deadline=None)
@given(st.sampled_from(list(EXAMPLES)), st.data())
def test_a_valid_message_with_bytes_cut_or_flipped(topic: str, draw: st.DataObject) -> None:
    world = a_world()
    raw = bytearray(json.dumps(world.envelope(topic, *EXAMPLES[topic])).encode())
    for _ in range(draw.draw(st.integers(1, 4))):
        raw[draw.draw(st.integers(0, len(raw) - 1))] = draw.draw(st.integers(0, 255))
    check(world, topic, bytes(raw[: draw.draw(st.integers(1, len(raw)))]))


@settings(max_examples=300 * MORE, deadline=None)
@given(st.sampled_from(list(PHONE)), hostile)
def test_a_phones_message_with_any_field_replaced(field: str, value: Any) -> None:
    check(a_world(), "owntracks/a/b", json.dumps(PHONE | {field: value}).encode())


@settings(max_examples=200 * MORE, deadline=None)
@given(st.text(max_size=200))
def test_any_topic(topic: str) -> None:
    check(a_world(), topic, b"{}")


def test_the_examples_themselves_are_taken() -> None:
    for topic, (kind, data) in EXAMPLES.items():
        world = a_world()
        world.say(topic, kind, data)
        assert world.refused in ({}, {"no_fix": 1}), topic
