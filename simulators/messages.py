"""What a simulated city says, before any link carries it."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from dispatch.domain.geography import CityCode
from dispatch.feed.payloads import Payload


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a city; `ts_evt` in milliseconds of drill time since 1970.

    `keep` marks a message that must go out even when a newer one of its topic waits behind it
    (an injected fault); plain positions may be overtaken when the drill runs fast.
    """

    city: CityCode
    topic: str
    kind: str
    data: Payload
    ts_evt: int
    qos: int = 1
    retain: bool = False
    keep: bool = False


Say = Callable[[Message], None]

_encoder = msgspec.json.Encoder()


def as_bytes(message: Message) -> bytes:
    """The part of a message that the seed decides, for comparing two runs byte by byte."""
    return _encoder.encode((message.topic, message.kind, message.ts_evt, message.data))
