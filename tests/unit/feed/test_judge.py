"""What an integrator is told about his messages: all that a console refuses, and what merely looks odd."""

import json
from typing import Any

import pytest

from dispatch.domain.units import UnitId
from dispatch.feed import payloads, topics
from dispatch.feed.judge import Judge, Verdict
from dispatch.feed.limits import IntakeLimits
from dispatch.feed.trackers import Tracker, TrackerMap
from tests.unit.feed.feed_world import CHANGSHA, ZHUZHOU, World, a_picture

TOPIC = topics.position(CHANGSHA, "CS-001")
HOME = "homeassistant/device_tracker/a/attributes"
MAP = TrackerMap(
    by_topic={"wang/phone": Tracker(UnitId("ZZ-001"), ZHUZHOU)},
    by_traccar={"861": Tracker(UnitId("CS-001"), CHANGSHA)},
)


def a_judge(**more: Any) -> Judge:
    return Judge(
        a_picture,
        limits=IntakeLimits(),
        trackers=MAP,
        city_at=lambda lat, lon: CHANGSHA if 27 < lat < 29 and 111 < lon < 115 else None,
        **more,
    )


class Sender:
    """A well-behaved sender of one unit."""

    def __init__(self) -> None:
        self.world = World()

    def position(self, lat: float = 28.2, lon: float = 112.9, /, **changes: Any) -> dict[str, Any]:
        self.world.clock.advance(1)
        data = payloads.UnitPosition("CS-001", lat, lon, "wgs84")
        return self.world.envelope(TOPIC, "unit.position", data, **changes)


def judged(judge: Judge, said: object, topic: str = TOPIC, *, retained: bool = False) -> Verdict:
    raw = said if isinstance(said, bytes) else json.dumps(said).encode()
    return judge.judge(topic, raw, retained=retained)


def codes(verdict: Verdict) -> tuple[list[str], list[str]]:
    return [fault.code for fault in verdict.faults], [note.code for note in verdict.notes]


def test_good_messages_in_a_row_are_good_without_a_word() -> None:
    judge, sender = a_judge(), Sender()
    for _ in range(3):
        assert codes(judged(judge, sender.position())) == ([], [])


def test_what_a_console_refuses_is_told_with_its_reason() -> None:
    sender = Sender()
    wrong = {
        "wrong_type": sender.position() | {"type": "unit.status"},
        "wrong_city": sender.position() | {"src": {"city": "zhuzhou", "node": "n", "epoch": 9}},
        "wrong_key": sender.position()
        | {"data": {"unit": "CS-002", "lat": 28.2, "lon": 112.9, "datum": "wgs84"}},
        "future": sender.position() | {"ts_evt": sender.world.now_ms + 60_000},
        "no_fix": sender.position(0.0, 0.0),
    }
    for reason, said in wrong.items():
        assert codes(judged(a_judge(), said))[0] == [reason]
    assert codes(judged(a_judge(drill=False), sender.position()))[0] == ["drill_mismatch"]


def test_a_jump_and_numbers_that_are_missing_or_heard_twice_are_seen_over_several_messages() -> None:
    judge, sender = a_judge(), Sender()
    first = sender.position()
    assert codes(judged(judge, first)) == ([], [])
    assert codes(judged(judge, first)) == ([], ["duplicate"])
    sender.position()
    assert codes(judged(judge, sender.position())) == ([], ["gap"])
    assert codes(judged(judge, sender.position(27.5, 114.0)))[0] == ["jump"]


def test_the_usual_slips_are_named() -> None:
    sender = Sender()
    seconds = sender.position()
    seconds |= {"ts_evt": seconds["ts_evt"] // 1000, "ts_pub": seconds["ts_pub"] // 1000}
    assert codes(judged(a_judge(), seconds))[1] == ["seconds", "seconds"]
    assert codes(judged(a_judge(), sender.position(23.1, 113.3))) == ([], ["outside"])
    swapped = a_judge()
    swapped._city_at = lambda lat, _lon: (
        CHANGSHA if lat > 50 else None
    )  # a city where both could be latitudes
    assert codes(judged(swapped, sender.position(10.0, 60.0))) == ([], ["swapped"])
    assert codes(judged(a_judge(), sender.position(), retained=True))[1] == ["kept"]


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("czt/v1/changsha/ems/units/CS-001/position", "czt/v1/{city}/ems/unit/{unit}/position"),
        ("czt/v1/changsha/blood/CS-B-CENTRE/stock", "czt/v1/{city}/blood/bank/{bank}/stock"),
        ("", "czt/v1/"),
    ],
)
def test_a_topic_that_is_none_is_told_the_nearest(topic: str, said: str) -> None:
    verdict = judged(a_judge(), {}, topic)
    assert codes(verdict)[0] == ["unknown_topic"]
    assert said in verdict.faults[0].text("en")


def test_a_city_that_is_none_is_told_the_cities() -> None:
    verdict = judged(a_judge(), {}, "czt/v1/wuhan/ems/unit/WH-001/position")
    assert "changsha, zhuzhou" in verdict.faults[0].text("en")


def test_every_fault_of_the_shape_comes_at_once_and_the_message_is_not_remembered() -> None:
    judge, sender = a_judge(), Sender()
    broken = sender.position()
    broken["data"] |= {"lat": "28", "datum": "gps"}
    assert [fault.path for fault in judged(judge, broken).faults] == ["data.lat", "data.datum"]
    assert codes(judged(judge, sender.position())) == ([], []), "the first that counts"


def test_trackers_are_judged_by_the_unit_they_ride_in_whatever_its_city() -> None:
    judge = a_judge()
    fix = {"_type": "location", "tst": 1_795_000_000, "lat": 28.1, "lon": 113.1}
    assert codes(judged(judge, fix, "owntracks/wang/phone")) == ([], [])
    assert codes(judged(judge, fix, "owntracks/li/phone"))[0] == ["unknown_device"]
    assert judged(judge, fix | {"lat": 100}, "owntracks/wang/phone").faults[0].path == "lat"
    said = {"position": {"fixTime": "2026-11-24T02:00:00Z", "latitude": 28.2, "longitude": 112.9},
            "device": {"uniqueId": "861"}}  # fmt: skip
    assert codes(judged(judge, said, "traccar/positions")) == ([], [])
    assert judged(judge, {"device": said["device"]}, "traccar/positions").faults[0].path == "position"
    assert judged(judge, {"_type": "card", "name": "x"}, "owntracks/wang/phone").good


@pytest.mark.parametrize("raw", [b"", b"\xff", b"null", b"[]", b"{", b"[" * 50_000, b'"x"', b"1e999"])
@pytest.mark.parametrize("topic", [TOPIC, "owntracks/wang/phone", "traccar/x", HOME])
def test_hostile_bytes_get_a_verdict_and_no_crash(topic: str, raw: bytes) -> None:
    verdict = judged(a_judge(), raw, topic)
    assert all(fault.text(language) for fault in verdict.faults for language in ("zh_CN", "en"))
    assert verdict.good is (raw == b"")
