"""OwnTracks JSON of real phones and trackers: its own types, its own habits, mapped to our units.

Habits seen in recordings: `tst` (fix time, seconds) is a string in lwt messages; `vel` (km/h) and
`cog` are -1 when unknown and absent when 0; apps add fields at will, so unknown ones are allowed.
The phone says WGS-84 unless the map says otherwise. https://owntracks.org/booklet/tech/json/
"""

from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from dispatch.feed.payloads import END, Lat, Lon
from dispatch.feed.refusals import Refused

ROOT = "owntracks"
FILTER = "owntracks/#"
REPLAY_USER = "replay"
SIZE_CAP = 65_536
"""A phone's list of waypoints is the largest message seen; bytes."""

Seconds = Annotated[int, Meta(ge=0, le=253_402_300_000)]
SecondsText = Annotated[str, Meta(max_length=12, pattern=rf"^[0-9]{{1,12}}{END}")]

KNOWN_TYPES = frozenset(
    {
        "location", "lwt", "transition", "waypoint", "waypoints", "card", "status", "cmd", "steps",
        "encrypted", "beacon", "configuration", "dump", "request",
    }
)  # fmt: skip
"""Every `_type` of the booklet; only `location`, `transition` and `lwt` mean anything here."""


class _Kind(Struct):
    """Just the type, so that anything else is left unread."""

    type: Annotated[str, Meta(max_length=40)] = msgspec.field(name="_type")


class Location(Struct):
    """A fix, as the booklet has it."""

    tst: Seconds | SecondsText
    lat: Lat
    lon: Lon
    acc: Annotated[float, Meta(ge=-1, le=100_000)] | None = None
    vel: Annotated[float, Meta(ge=-1, le=400)] | None = None
    cog: Annotated[float, Meta(ge=-1, le=360)] | None = None
    tid: Annotated[str, Meta(max_length=8)] | None = None


class _Transition(Struct):
    """Entering or leaving a region: carries the place where it was noticed, if it has one."""

    tst: Seconds | SecondsText
    lat: Lat | None = None
    lon: Lon | None = None
    acc: Annotated[float, Meta(ge=-1, le=100_000)] | None = None
    tid: Annotated[str, Meta(max_length=8)] | None = None


class _Lwt(Struct):
    """The broker's word that the device went away; `tst` is when the device connected."""

    tst: Seconds | SecondsText


@dataclass(frozen=True, slots=True)
class TrackerFix:
    """A fix as the device reported it: degrees, seconds since 1970, metres, km/h; None is unknown."""

    lat: float
    lon: float
    fixed_s: int
    accuracy_m: float | None
    speed_kmh: float | None
    heading_deg: float | None
    tid: str | None


@dataclass(frozen=True, slots=True)
class TrackerGone:
    """A device's last will; it says nothing about where the device is."""

    connected_s: int


@dataclass(frozen=True, slots=True)
class TrackerOther:
    """A message without a position: cards, waypoints, commands, encrypted ones."""

    type: str


_kind = msgspec.json.Decoder(_Kind)
_location = msgspec.json.Decoder(Location)
_transition = msgspec.json.Decoder(_Transition)
_lwt = msgspec.json.Decoder(_Lwt)


def decode(raw: bytes) -> TrackerFix | TrackerGone | TrackerOther:
    """Read one message; Refused for an unknown `_type`, refusals.UNREADABLE for a malformed one."""
    kind = _kind.decode(raw).type
    if kind == "location":
        said = _location.decode(raw)
        speed = 0.0 if said.vel is None else _unless_unknown(said.vel)
        heading = _unless_unknown(said.cog)
        heading = None if heading is None else heading % 360
        return TrackerFix(
            said.lat, said.lon, int(said.tst), _unless_unknown(said.acc), speed, heading, said.tid
        )
    if kind == "transition":
        crossed = _transition.decode(raw)
        if crossed.lat is None or crossed.lon is None:
            return TrackerOther(kind)
        accuracy = _unless_unknown(crossed.acc)
        return TrackerFix(crossed.lat, crossed.lon, int(crossed.tst), accuracy, None, None, crossed.tid)
    if kind == "lwt":
        return TrackerGone(int(_lwt.decode(raw).tst))
    if kind not in KNOWN_TYPES:
        raise Refused("unknown_tracker_message")
    return TrackerOther(kind)


def _unless_unknown(value: float | None) -> float | None:
    return None if value is None or value < 0 else value


def replay_topic(unit: str) -> str:
    """Where a recording is published that shall move `unit`."""
    return f"{ROOT}/{REPLAY_USER}/{unit}"


def replayed_unit(topic: str) -> str | None:
    """The unit that a replay topic names."""
    prefix = f"{ROOT}/{REPLAY_USER}/"
    unit = topic.removeprefix(prefix)
    return unit if topic.startswith(prefix) and unit and "/" not in unit else None
