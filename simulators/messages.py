"""What is said in a drill, before any link carries it and after one brought it."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from dispatch.domain.geography import CityCode
from dispatch.feed.payloads import Payload


@dataclass(frozen=True, slots=True)
class Message:
    """One message on the broker of `city`; `ts_evt` in milliseconds of drill time since 1970.

    `origin` is the city whose program `node` said it. `keep` marks a message that must go out even when
    a newer one of its topic waits behind it (an injected fault); plain positions may be overtaken when
    the drill runs fast.
    """

    city: CityCode
    topic: str
    kind: str
    data: Payload
    ts_evt: int
    origin: CityCode
    node: str
    qos: int = 1
    retain: bool = False
    keep: bool = False
    key: str | None = None
    reply_to: str | None = None
    expires_at: int | None = None


Say = Callable[[Message], None]

_encoder = msgspec.json.Encoder()


def node_of(city: CityCode) -> str:
    """The program that plays a city's vehicles, callers, colleagues, hospitals and banks."""
    return f"sim-{city}"


def simulated(message: Message) -> bool:
    """Whether one of our own programs said it."""
    return message.node == node_of(message.origin)


def own(
    city: CityCode,
    topic: str,
    kind: str,
    data: Payload,
    moment_ms: int,
    *,
    qos: int = 1,
    retain: bool = False,
    keep: bool = False,
) -> Message:
    """A message that a city's simulated part says on its own broker."""
    return Message(city, topic, kind, data, moment_ms, city, node_of(city), qos=qos, retain=retain, keep=keep)


def as_bytes(message: Message) -> bytes:
    """The part of a message that the seed decides, for comparing two runs byte by byte."""
    said = (message.topic, message.node, message.kind, message.ts_evt, message.key, message.data)
    return _encoder.encode(said)
