"""Trackers behind a Traccar or a Home Assistant server, as these publish them."""

import json
from pathlib import Path

import pytest

from dispatch.clock import epoch_ms
from dispatch.domain.errors import BadConfiguration
from dispatch.domain.units import UnitId
from dispatch.feed import home_assistant, owntracks, traccar
from dispatch.feed.refusals import Refused
from dispatch.feed.trackers import Tracker, TrackerMap
from dispatch.feed.transport import Received
from dispatch.settings import load
from tests.unit.feed.feed_world import CHANGSHA, START, ZHUZHOU, World

IMEI = "861234567890123"
MAP = TrackerMap(
    by_traccar={IMEI: Tracker(UnitId("CS-001"), CHANGSHA), "zz": Tracker(UnitId("ZZ-001"), ZHUZHOU)},
    by_home_assistant={"ambulance_12": Tracker(UnitId("CS-001"), CHANGSHA, "gcj02")},
)
FIX_TIME = "2026-11-24T01:59:58.000+00:00"
# the members of Traccar's models Position and Device, as its object mapper writes them
FORWARDED = {
    "position": {
        "id": 12345, "attributes": {"batteryLevel": 85, "motion": True, "distance": 15.4}, "deviceId": 10,
        "protocol": "gt06", "serverTime": "2026-11-24T02:00:00.000+00:00",
        "deviceTime": FIX_TIME, "fixTime": FIX_TIME, "outdated": False, "valid": True,
        "latitude": 28.2001, "longitude": 112.9502, "altitude": 60.0, "speed": 27.0, "course": 360.0,
        "address": None, "accuracy": 0.0, "network": None, "geofenceIds": None,
    },
    "device": {
        "id": 10, "attributes": {}, "groupId": 0, "calendarId": 0, "name": "CS-001", "uniqueId": IMEI,
        "status": "online", "lastUpdate": "2026-11-24T02:00:00.000+00:00", "positionId": 12345,
        "phone": None, "model": None, "contact": None, "category": None, "disabled": False,
        "expirationTime": None,
    },
}  # fmt: skip


def forwarded(device: str = IMEI, **changes: object) -> bytes:
    said = json.loads(json.dumps(FORWARDED))
    said["position"] |= changes
    said["device"]["uniqueId"] = device
    return json.dumps(said).encode()


def take(world: World, topic: str, payload: bytes, *, retained: bool = False) -> None:
    world.intake.take(CHANGSHA, [Received(topic, payload, retained, world.now_ms)])


def test_what_traccar_forwards_moves_its_unit() -> None:
    world = World(trackers=MAP)
    take(world, "traccar/positions", forwarded())
    fix = world.unit().fix
    assert world.refused == {}
    assert fix is not None
    assert (fix.position.lat, fix.position.lon) == (28.2001, 112.9502)
    assert epoch_ms(fix.fixed_at) == epoch_ms(START) - 2_000, "the time of the fix, not of its arrival"
    assert fix.speed_kmh == pytest.approx(27 * 1.852, abs=0.01), "knots"
    said = traccar.decode(forwarded())
    assert (said.heading_deg, said.accuracy_m) == (0, None), "0 metres: Traccar does not know"


def test_a_server_may_name_the_device_in_the_topic_and_other_offsets_are_times_too() -> None:
    world = World(trackers=MAP)
    take(world, f"traccar/{IMEI}/position", forwarded(fixTime="2026-11-24T09:59:59.500+08:00"))
    fix = world.unit().fix
    assert fix is not None
    assert epoch_ms(fix.fixed_at) == epoch_ms(START) - 1_000


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (forwarded(valid=False), "not_valid"),
        (forwarded("unknown"), "unknown_device"),
        (forwarded("zz"), "not_owner"),
        (forwarded(latitude=91), "malformed"),
        (forwarded(latitude=None), "malformed"),
        (forwarded(fixTime="2026-11-24T02:00:00"), "malformed"),
        (forwarded(fixTime="2026-11-24T03:00:00Z"), "future"),
        (forwarded(latitude=0.0, longitude=0.0), "no_fix"),
        (b'{"event":{"type":"deviceOnline"}}', "malformed"),
        (b"x" * (traccar.SIZE_CAP + 1), "too_big"),
    ],
    ids=range(10),
)
def test_what_cannot_be_believed_of_traccar_is_refused(payload: bytes, reason: str) -> None:
    world = World(trackers=MAP)
    take(world, "traccar/positions", payload)
    assert world.refused == {reason: 1}
    assert world.unit().fix is None


def test_a_device_tracker_of_home_assistant_moves_its_unit_now() -> None:
    world = World(trackers=MAP)
    said = {
        "latitude": 28.2,
        "longitude": 112.95,
        "gps_accuracy": 12,
        "battery_level": 80,
        "source_type": "gps",
    }
    take(world, "homeassistant/device_tracker/ambulance_12/attributes", json.dumps(said).encode())
    fix = world.unit().fix
    assert world.refused == {}
    assert fix is not None
    assert fix.position.lat != 28.2, "it came in GCJ-02"
    assert abs(fix.position.lat - 28.2) < 0.01
    assert epoch_ms(fix.fixed_at) == epoch_ms(START)


@pytest.mark.parametrize(
    ("topic", "payload", "retained", "reason"),
    [
        ("ambulance_12/attributes", '{"latitude":28.2,"longitude":112.95}', True, "no_time"),
        ("other/attributes", '{"latitude":28.2,"longitude":112.95}', False, "unknown_device"),
        ("ambulance_12/state", "home", False, "unknown_topic"),
        ("ambulance_12/attributes", '{"latitude":"28.2","longitude":112.95}', False, "malformed"),
    ],
)
def test_what_home_assistant_says_without_place_or_age_is_refused(
    topic: str, payload: str, retained: bool, reason: str
) -> None:
    world = World(trackers=MAP)
    take(world, f"homeassistant/device_tracker/{topic}", payload.encode(), retained=retained)
    assert world.refused == {reason: 1}


def test_only_what_is_configured_is_subscribed_to() -> None:
    assert TrackerMap().filters() == (owntracks.FILTER,)
    assert MAP.filters() == (owntracks.FILTER, traccar.FILTER, home_assistant.FILTER)


def test_the_file_says_which_is_which_and_a_mistake_names_its_line(tmp_path: Path) -> None:
    file = tmp_path / "trackers.toml"
    file.write_text(
        f'[[traccar]]\nid = "{IMEI}"\nunit = "CS-012"\n\n[[home_assistant]]\nid = "a"\nunit = "ZZ-001"\n'
    )
    read = load(tmp_path).owntracks
    assert read.by_traccar[IMEI].unit == "CS-012"
    assert read.by_home_assistant["a"].city == "zhuzhou"
    file.write_text('[[traccar]]\nid = "1"\nunit = "CS-012"\n\n[[traccar]]\nid = "1"\nunit = "CS-013"\n')
    with pytest.raises(BadConfiguration) as twice:
        load(tmp_path)
    assert (twice.value.file, twice.value.line) == (str(file), 6)
    file.write_text('[[home_assistant]]\nid = "1"\nunit = "CS-9999"\n')
    with pytest.raises(BadConfiguration) as unknown:
        load(tmp_path)
    assert unknown.value.line == 3


def test_hostile_bytes_raise_only_what_the_intake_expects() -> None:
    for raw in (
        b"[" * 100_000,
        b'{"position":{"fixTime":"9999-99-99T00:00:00Z"}}',
        b'{"latitude":1e999}',
        b"\xff",
    ):
        world = World(trackers=MAP)
        take(world, "traccar/x", raw)
        take(world, "homeassistant/device_tracker/ambulance_12/attributes", raw)
        assert sum(world.refused.values()) == 2


def test_a_refusal_is_raised_for_a_kept_message_only() -> None:
    payload = b'{"latitude":28.2,"longitude":112.95}'
    fresh = Received("homeassistant/device_tracker/a/attributes", payload, False, 1_500)
    assert home_assistant.decode(fresh).fixed_s == 1
    with pytest.raises(Refused):
        home_assistant.decode(fresh._replace(retained=True))
