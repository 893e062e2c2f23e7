"""A broker of any kind to test against, links that keep what they hear, and a cable to cut."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Literal, Self

from dispatch.clock import SystemClock, epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.feed import payloads, topics
from dispatch.feed.broker import EmbeddedBroker
from dispatch.feed.link import Identity, Link, LinkState, LinkTiming, NodeKind
from dispatch.feed.memory import MemoryBroker, MemoryTransport
from dispatch.feed.mqtt import MqttTransport
from dispatch.feed.transport import Endpoint, Received, Transport

CHANGSHA, ZHUZHOU = CityCode("changsha"), CityCode("zhuzhou")
QUICK = LinkTiming(beat_s=0.2, answer_s=1.0, connect_s=3.0, first_pause_s=0.05, longest_pause_s=0.2)
CLOCK = SystemClock()
Kind = Literal["memory", "nats", "mosquitto"]


class Bench:
    """One broker: how to reach it, kill it and bring it back."""

    def __init__(self, kind: Kind, folder: Path) -> None:
        self.memory = MemoryBroker()
        self.process = None if kind == "memory" else EmbeddedBroker(kind, folder)
        self.endpoint = Endpoint("127.0.0.1", 0)

    def transport(self, client_id: str, endpoint: Endpoint | None = None) -> Transport:
        if self.process is None:
            return MemoryTransport(self.memory, client_id, CLOCK)
        return MqttTransport(endpoint or self.endpoint, client_id, CLOCK)

    async def start(self) -> None:
        if self.process is None:
            self.memory.start()
        else:
            self.endpoint = await self.process.start()

    async def kill(self) -> None:
        if self.process is None:
            self.memory.stop()
        else:
            await self.process.kill()


class Listener:
    """A running link and everything it heard."""

    def __init__(
        self,
        transport: Transport,
        node: str,
        *,
        city: CityCode = CHANGSHA,
        kind: NodeKind = "console",
        filters: tuple[str, ...] | None = None,
        timing: LinkTiming = QUICK,
    ) -> None:
        self.heard: list[Received] = []
        self.states: list[LinkState] = []
        self.link = Link(
            city=city,
            transport=transport,
            identity=Identity(city, node, kind, drill=True),
            filters=(topics.everything_of(city),) if filters is None else filters,
            clock=CLOCK,
            on_batch=lambda _city, batch: self.heard.extend(batch),
            on_change=lambda _city, state: self.states.append(state),
            timing=timing,
        )
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self.link.run())
        await until(lambda: self.link.state.up)
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def said(self, topic: str) -> list[Received]:
        return [message for message in self.heard if message.topic == topic]

    async def say_position(self, unit: str = "CS-001", qos: int = 0) -> None:
        data = payloads.UnitPosition(unit=unit, lat=28.2, lon=112.9, datum="wgs84")
        await self.link.publish(topics.position(self.link.city, unit), "unit.position", data, qos=qos)


async def until(true: Callable[[], bool], within_s: float = 10.0) -> None:
    """Wait for something to become true; the test fails when it does not in time."""
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)


class Cable:
    """A TCP proxy on loopback that can be pulled out (closed) or go dead (half-open) in both directions."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._to = endpoint
        self._dead = asyncio.Event()
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.endpoint = endpoint

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        self.endpoint = Endpoint("127.0.0.1", self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._server is not None:
            self._server.close()
        self.pull()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def pull(self) -> None:
        """Close every connection through it."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def die(self) -> None:
        """Stop forwarding without closing anything, new connections too."""
        self._dead.set()

    def heal(self) -> None:
        """New connections work again; the old ones stay dead."""
        for task in self._tasks:
            task.cancel()
        self._dead.clear()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection(self._to.host, self._to.port)
        except OSError:
            writer.transport.abort()
            return
        self._writers.append(far_writer)
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._pump(source, sink))
            self._tasks.add(task)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65_536):
                if self._dead.is_set():
                    await asyncio.Event().wait()
                sink.write(data)
                await sink.drain()
            sink.close()


def now_ms() -> int:
    return epoch_ms(CLOCK.now())
