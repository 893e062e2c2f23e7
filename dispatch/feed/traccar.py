"""Positions that a Traccar server forwards over MQTT: `forward.type` mqtt, one JSON object for each fix.

The object holds `position` and `device`; times are ISO 8601, `speed` is in knots, `accuracy` 0 means unknown.
Servers add fields from version to version, so unknown ones are allowed. https://www.traccar.org/forward/
"""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from dispatch.feed.owntracks import TrackerFix
from dispatch.feed.payloads import Lat, Lon
from dispatch.feed.refusals import Refused

ROOT = "traccar"
FILTER = "traccar/#"
SIZE_CAP = 65_536
KMH_PER_KNOT = 1.852  # exactly, by the definition of the international nautical mile
HIGHEST_KMH = 400.0

Moment = Annotated[datetime, Meta(tz=True)]


class Position(Struct, rename="camel"):
    """The fix; `valid` false: the receiver had none."""

    fix_time: Moment
    latitude: Lat
    longitude: Lon
    valid: bool = True
    speed: Annotated[float, Meta(ge=0, le=1_000)] | None = None
    course: Annotated[float, Meta(ge=0, le=360)] | None = None
    accuracy: Annotated[float, Meta(ge=0)] | None = None


class Device(Struct, rename="camel"):
    """Who sent it: the identifier that the tracker itself says, such as its IMEI."""

    unique_id: Annotated[str, Meta(min_length=1, max_length=128)]


class Forwarded(Struct, rename="camel"):
    """What Traccar publishes."""

    position: Position
    device: Device


_forwarded = msgspec.json.Decoder(Forwarded)


def decode(raw: bytes) -> TrackerFix:
    """The fix, with the device's identifier as `tid`; Refused for one that Traccar does not believe."""
    said = _forwarded.decode(raw)
    fix = said.position
    if not fix.valid:
        raise Refused("not_valid")
    speed = None if fix.speed is None else min(fix.speed * KMH_PER_KNOT, HIGHEST_KMH)
    return TrackerFix(
        fix.latitude,
        fix.longitude,
        int(fix.fix_time.timestamp()),
        fix.accuracy or None,
        speed,
        None if fix.course is None else fix.course % 360,
        said.device.unique_id,
    )
