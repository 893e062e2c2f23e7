"""The seam between the feed and whatever carries its messages: a broker, or memory in tests."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple, Protocol

from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode


class TransportLost(DispatchError):
    """The session is over, or never came about; the text says why."""


class Received(NamedTuple):
    """One message as it came; `received_ms` is this program's clock, milliseconds since 1970."""

    topic: str
    payload: bytes
    retained: bool
    received_ms: int


class Will(NamedTuple):
    """What the broker says (QoS 1, retained) when this session dies without a goodbye."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Certificates of a link; without `cert` and `key` only the broker proves who it is."""

    ca: Path
    cert: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a broker listens and how to sign in. `others`: more nodes of it where it is a cluster."""

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: TlsFiles | None = None
    others: tuple[tuple[str, int], ...] = ()
    subscribe_qos: int = 1
    """0 for a NATS cluster, where each filter with 1 is a consumer that its nodes elect a leader for."""

    @property
    def nodes(self) -> tuple["Endpoint", ...]:
        """Each node alone, the first one first."""
        every = ((self.host, self.port), *self.others)
        return tuple(replace(self, host=host, port=port, others=()) for host, port in every)


PROGRAM = "{program}"
"""In the path of a certificate: the name of the program that uses it, as console-1, centre or claims."""


def endpoint_of(where: Mapping[str, object], program: str) -> Endpoint:
    """A broker as the programs of a drill are told it: host, port, username, password, tls (ca, cert, key),
    others ([[host, port], ...]), subscribe_qos.

    ValueError or TypeError when it cannot be read.
    """
    given = dict(where)
    files = given.pop("tls", None)
    if files is not None:
        if not isinstance(files, Mapping) or not set(files) <= {"ca", "cert", "key"}:
            raise ValueError("tls: ca, cert, key")
        paths = {name: Path(str(path).replace(PROGRAM, program)) for name, path in files.items()}
        given["tls"] = TlsFiles(**paths)
    others = given.pop("others", ())
    if not isinstance(others, list | tuple):
        raise ValueError("others: [[host, port], ...]")  # noqa: TRY004 - the caller says what cannot be read
    given["others"] = tuple((str(host), int(port)) for host, port in others)
    return Endpoint(**given)  # type: ignore[arg-type]


class Session(Protocol):
    """One connection, from its sign-in to its loss. Every method raises TransportLost after that."""

    async def subscribe(self, filters: Sequence[str]) -> None:
        """Subscribe (QoS 1 where the broker is no cluster); TransportLost names a filter that is refused."""
        ...

    async def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        """Hand a message to the broker; with QoS 1 this returns after its acknowledgement."""
        ...

    def batches(self) -> AsyncIterator[list[Received]]:
        """Everything received, in order, as it piled up; the last batch comes before TransportLost."""
        ...


class Transport(Protocol):
    """Makes a fresh session for each attempt."""

    def session(self, will: Will | None) -> AbstractAsyncContextManager[Session]:
        """Connect; TransportLost when nobody answers. Leaving it says goodbye: the Will is not sent."""
        ...


Connect = Callable[[CityCode, str], Transport]
"""(city, client id) -> the way to that city's broker."""


def heed_cancelling() -> None:
    """Raise the cancelling of this task again where something below swallowed it.

    Before Python 3.12 `asyncio.wait_for`, on which aiomqtt leans, returns its result instead of
    raising when both come in the same turn, and a task group that fails while it is cancelled
    forgets the cancelling: a link would then never end.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def matches(filter_: str, topic: str) -> bool:
    """Whether an MQTT filter (`+` one level, `#` the rest) takes a topic; `$` topics need their own."""
    if topic.startswith("$") and not filter_.startswith("$"):
        return False
    wanted, given = filter_.split("/"), topic.split("/")
    for index, level in enumerate(wanted):
        if level == "#":
            return True
        if index >= len(given) or level not in ("+", given[index]):
            return False
    return len(wanted) == len(given)


def overlap(one: str, other: str) -> bool:
    """Whether some topic is taken by both filters: nats-server would deliver it twice."""
    first, second = one.split("/"), other.split("/")
    for left, right in zip(first, second, strict=False):
        if "#" in (left, right):
            return True
        if left != right and "+" not in (left, right):
            return False
    longer = first if len(first) > len(second) else second
    shorter = min(len(first), len(second))
    return len(first) == len(second) or longer[shorter] == "#"
