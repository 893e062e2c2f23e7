"""OwnTracks as real phones speak it."""

import json
from pathlib import Path

import pytest

from dispatch.clock import epoch_ms
from dispatch.domain.units import UnitId
from dispatch.feed.owntracks import (
    TrackerFix,
    TrackerGone,
    TrackerOther,
    decode,
    replay_topic,
)
from dispatch.feed.refusals import Refused
from dispatch.feed.replay import BadRecording, Progress, Recording, read_recording, replay
from dispatch.feed.trackers import Tracker, TrackerMap
from tests.unit.feed.feed_world import CHANGSHA, ZHUZHOU, World

LOCATION = {
    "_type": "location",
    "tst": 1440395361,
    "lat": 52.37,
    "lon": 10.02,
    "acc": 3000,
    "vel": -1,
    "cog": -1,
    "tid": "NE",
}
MAP = TrackerMap(
    by_topic={"wang/phone": Tracker(UnitId("CS-001"), CHANGSHA, "gcj02")},
    by_tid={"NE": Tracker(UnitId("CS-001"), CHANGSHA), "ZZ": Tracker(UnitId("ZZ-001"), ZHUZHOU)},
)


def message(**changes: object) -> bytes:
    return json.dumps(LOCATION | changes).encode()


def fix(**changes: object) -> TrackerFix:
    said = decode(message(**changes))
    assert isinstance(said, TrackerFix)
    return said


def test_minus_one_means_unknown_and_absent_speed_means_standing() -> None:
    assert (fix().speed_kmh, fix().heading_deg) == (None, None)
    without = {name: value for name, value in LOCATION.items() if name not in ("vel", "cog")}
    said = decode(json.dumps(without).encode())
    assert isinstance(said, TrackerFix)
    assert (said.speed_kmh, said.heading_deg) == (0.0, None)
    assert (fix(vel=48, cog=360).speed_kmh, fix(vel=48, cog=360).heading_deg) == (48, 0)


def test_times_come_as_numbers_and_as_text() -> None:
    assert fix(tst="1440395361").fixed_s == 1440395361
    assert decode(b'{"tst":"1440363922","_type":"lwt"}') == TrackerGone(1440363922)
    assert decode(b'{"_type":"lwt","tst":1440363922}') == TrackerGone(1440363922)


def test_a_transition_carries_a_fix_only_where_it_has_a_place() -> None:
    assert decode(b'{"_type":"transition","tst":5,"event":"enter","wtst":1}') == TrackerOther("transition")
    said = decode(b'{"_type":"transition","tst":5,"lat":28.1,"lon":112.9,"acc":5,"event":"leave"}')
    assert isinstance(said, TrackerFix)


@pytest.mark.parametrize(
    "kind", ["waypoint", "waypoints", "card", "status", "cmd", "steps", "encrypted", "beacon"]
)
def test_types_without_a_position_are_left_unread(kind: str) -> None:
    assert decode(json.dumps({"_type": kind, "data": "x" * 500}).encode()) == TrackerOther(kind)


@pytest.mark.parametrize(
    "changes",
    [
        {"lat": 91},
        {"lon": "10"},
        {"tst": "soon"},
        {"tst": -1},
        {"tst": 1e300},
        {"lat": None},
        {"vel": 401},
        {"acc": 100_001},
        {"tst": "1440395361\n"},
        {"_type": 5},
    ],
)
def test_what_no_phone_says_is_refused(changes: dict[str, object]) -> None:
    world = World(trackers=MAP)
    world.take("owntracks/wang/phone", message(**changes))
    assert world.refused == {"malformed": 1}


def test_an_unknown_type_is_refused_and_counted() -> None:
    with pytest.raises(Refused, match="unknown_tracker_message"):
        decode(b'{"_type":"dragon"}')


def test_a_fix_of_years_ago_is_applied_with_its_true_age() -> None:
    world = World(trackers=MAP)
    world.take("owntracks/anyone/anything", message())
    held = world.unit().fix
    assert held is not None
    assert epoch_ms(held.fixed_at) == 1440395361000
    assert (held.accuracy_m, held.speed_kmh) == (3000, None)
    assert world.unit().received_ms == world.now_ms
    assert world.refused == {}


def test_the_map_goes_by_topic_first_and_brings_its_datum() -> None:
    world = World(trackers=MAP)
    now = epoch_ms(world.clock.now()) // 1000
    world.take("owntracks/wang/phone", message(lat=28.2, lon=112.95, tst=now))
    world.take(
        "owntracks/wang/phone/event", b'{"_type":"transition","tst":%d,"lat":28.2,"lon":112.95}' % (now + 1)
    )
    held = world.unit().fix
    assert held is not None
    assert held.position.lat != 28.2
    assert world.intake.counters.applied == 2


def test_trackers_without_a_unit_of_another_city_or_from_tomorrow_are_refused() -> None:
    world = World(trackers=MAP)
    world.take("owntracks/x/y", message(tid="??"))
    world.take("owntracks/x/y", message(tid="ZZ"))
    world.take("owntracks/x/y", message(tst=epoch_ms(world.clock.now()) // 1000 + 60))
    assert world.refused == {"unknown_device": 1, "not_owner": 1, "future": 1}


def test_a_last_will_is_counted_and_moves_nothing() -> None:
    world = World(trackers=MAP)
    world.take("owntracks/wang/phone", b'{"tst":"1440363922","_type":"lwt"}')
    assert world.intake.trackers_ignored == {"lwt": 1}
    assert world.unit().fix is None
    assert world.refused == {}


def test_the_replay_topic_moves_a_unit_only_where_it_is_allowed() -> None:
    for allowed, applied in ((True, 1), (False, 0)):
        world = World(trackers=TrackerMap(replay=allowed))
        world.take(replay_topic("CS-001"), message())
        assert world.intake.counters.applied == applied
        assert world.refused == ({} if allowed else {"unknown_device": 1})


def test_the_real_recording_is_read_whole(shared_data: Path) -> None:
    recording = read_recording(shared_data / "owntracks" / "demo-iphone.rec")
    assert recording.faults == ()
    said = [decode(line.payload) for line in recording.lines]
    assert len([one for one in said if isinstance(one, TrackerGone)]) == 2
    assert all(isinstance(one, TrackerFix | TrackerGone) for one in said)


def test_a_recording_names_its_bad_lines_and_gives_the_good_ones(tmp_path: Path) -> None:
    path = tmp_path / "a.rec"
    path.write_bytes(
        b'2015-08-24T05:55:07Z\t*\t{"_type":"lwt"}\n\nnonsense\n2015-08-24\t*\t{}\n'
        b"soon\t*\t{}\n2015-08-24T05:55:07Z\t*\tnull\n\xff\xff\t\xff\t\xff\n" + b"x" * 70_000
    )
    recording = read_recording(path)
    assert [line.number for line in recording.lines] == [1]
    assert [fault.split(":")[1] for fault in recording.faults] == ["3", "4", "5", "6", "7", "8"]
    path.write_bytes(b"\n")
    with pytest.raises(BadRecording, match=r"a\.rec"):
        read_recording(path)
    with pytest.raises(BadRecording, match="missing"):
        read_recording(tmp_path / "missing.rec")


async def test_a_replay_keeps_the_distances_of_the_recording(tmp_path: Path) -> None:
    import time

    path = tmp_path / "a.rec"
    path.write_bytes(b"".join(b"2015-08-24T05:55:%02dZ\t*\t{}\n" % second for second in (0, 10, 30)))
    recording: Recording = read_recording(path)
    times: list[float] = []
    seen: list[Progress] = []

    async def publish(payload: bytes) -> None:
        times.append(time.monotonic())

    assert await replay(recording, publish, speed=100, progress=seen.append) == 3
    assert times[1] - times[0] == pytest.approx(0.1, abs=0.05)
    assert times[2] - times[1] == pytest.approx(0.2, abs=0.05)
    assert [one.published for one in seen] == [1, 2, 3]
    with pytest.raises(BadRecording):
        await replay(recording, publish, speed=0)


def test_a_recording_may_carry_a_unit_of_its_own_that_nobody_may_be_sent_with() -> None:
    world = World(trackers=TrackerMap(replay=True))
    world.take(replay_topic("CS-T01"), message())
    view = world.picture.fleet.view(UnitId("CS-T01"))
    assert view.fix is not None
    assert view.fix.fixed_at.year == 2015, "its true age"
    assert view.status is None
    for foreign in ("ZZ-T01", "CS-T[/]", "CS-" + "1" * 40):
        world.take(replay_topic(foreign), message())
        assert foreign not in world.picture.fleet
