"""Device trackers as Home Assistant knows them: the attributes of a `device_tracker`, published as JSON.

They say where, and how exactly, but not when: only a fresh message counts, at the time it comes. Other
attributes are allowed. https://www.home-assistant.io/integrations/device_tracker.mqtt/
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from dispatch.feed.owntracks import TrackerFix
from dispatch.feed.payloads import Lat, Lon
from dispatch.feed.refusals import Refused
from dispatch.feed.transport import Received

ROOT = "homeassistant"
FILTER = "homeassistant/device_tracker/+/attributes"
SIZE_CAP = 16_384


class Attributes(Struct):
    """`gps_accuracy` is in metres; 0 means unknown."""

    latitude: Lat
    longitude: Lon
    gps_accuracy: Annotated[float, Meta(ge=0)] | None = None


_attributes = msgspec.json.Decoder(Attributes)


def object_id(topic: str) -> str | None:
    """The tracker that a topic names; None for another topic."""
    match topic.split("/"):
        case ["homeassistant", "device_tracker", name, "attributes"]:
            return name
    return None


def decode(received: Received) -> TrackerFix:
    """The fix at the time it came; Refused for a kept one, whose age nobody knows."""
    said = _attributes.decode(received.payload)
    if received.retained:
        raise Refused("no_time")
    seconds = received.received_ms // 1000
    return TrackerFix(said.latitude, said.longitude, seconds, said.gps_accuracy or None, None, None, None)
