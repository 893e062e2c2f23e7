"""A proxy between every program and the broker of one city, which does to packets what the storm says."""

import asyncio
import contextlib
import heapq
import socket
import struct
from collections.abc import Callable

from tests.chaos.cities.mqtt_stream import CONNECT, SUBACK, Packet, Stream
from tests.chaos.cities.storm import Fate, Storm

READ = 65_536
LOOK_S = 0.05
_AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER: the end of a connection is a reset."""


class Way:
    """One direction of one connection: what is to be written, and when."""

    def __init__(self, out: asyncio.StreamWriter, held: Callable[[], bool]) -> None:
        self.out, self._held = out, held
        self._waiting: list[tuple[float, int, bytes]] = []
        self._number, self._last = 0, 0.0
        self._news = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def put(self, after_s: float, data: bytes, *, in_turn: bool = True) -> None:
        """Write it so much later; in turn: not before what was put before it. Empty: the end."""
        due = self._loop.time() + after_s
        if in_turn:
            due = self._last = max(due, self._last)
        self._number += 1
        heapq.heappush(self._waiting, (due, self._number, data))
        self._news.set()

    async def run(self) -> None:
        """Until the end was written."""
        while True:
            wait = self._waiting[0][0] - self._loop.time() if self._waiting else None
            if wait is None or wait > 0:
                self._news.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._news.wait()
                continue
            while self._held():  # noqa: ASYNC110 - a cut network sets no event
                await asyncio.sleep(LOOK_S)
            pieces, now = [], self._loop.time()
            while self._waiting and self._waiting[0][0] <= now:
                pieces.append(heapq.heappop(self._waiting)[2])
                if not pieces[-1]:
                    self.out.write(b"".join(pieces))
                    self.out.close()
                    return
            self.out.write(b"".join(pieces))
            await self.out.drain()


class Crossing:
    """One connection of one program, through the proxy."""

    def __init__(self, storm: Storm, client: str, broker: str) -> None:
        self.storm, self.client, self.broker = storm, client, broker
        self.city = client.partition("-")[0]
        self.blind = False
        """Nothing passes, and nobody is told."""
        self._writers: list[asyncio.StreamWriter] = []

    def held(self) -> bool:
        return self.blind or self.storm.cuts(self.city, self.broker)

    async def carry(
        self,
        client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        broker: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        stream: Stream,
        first: bytes,
        on_subscribed: Callable[[], None],
    ) -> None:
        """Until either side ends, and the other could hear of it."""
        self._writers = [client[1], broker[1]]
        to_broker, to_client = Way(broker[1], self.held), Way(client[1], self.held)
        to_broker.put(0.0, first)
        works = [
            asyncio.create_task(one)
            for one in (
                self._read(client[0], stream, to_broker, to_client, None),
                self._read(broker[0], Stream(), to_client, to_broker, on_subscribed),
                to_broker.run(),
                to_client.run(),
            )
        ]
        try:
            done, _rest = await asyncio.wait(works[2:], return_when=asyncio.FIRST_COMPLETED)
            for one in done:
                one.exception()  # a reset by either side: the other one gets it below
        finally:
            for one in works:
                one.cancel()
            await asyncio.gather(*works, return_exceptions=True)
            for writer in self._writers:
                writer.transport.abort()

    async def _read(
        self,
        reader: asyncio.StreamReader,
        stream: Stream,
        ahead: Way,
        back: Way,
        on_subscribed: Callable[[], None] | None,
    ) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(READ):
                for packet in stream.split(piece):
                    if packet.kind == SUBACK and on_subscribed is not None:
                        on_subscribed()
                    self._pass(self.storm.fate(packet), ahead, back)
        ahead.put(0.0, b"")

    def _pass(self, fate: Fate, ahead: Way, back: Way) -> None:
        for after_s, data, in_turn in fate.copies:
            ahead.put(after_s, data, in_turn=in_turn)
        if fate.answer:
            back.put(0.0, fate.answer)
        if fate.breaks:
            self.reset()

    def reset(self) -> None:
        """End both sides at once, whatever is on its way."""
        for writer in self._writers:
            sock = writer.get_extra_info("socket")
            if sock is not None and sock.fileno() >= 0:
                with contextlib.suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            writer.transport.abort()


class Proxy:
    """Listens for one broker."""

    def __init__(
        self, storm: Storm, broker: str, port: int, on_subscribed: Callable[[str, str], None]
    ) -> None:
        """`on_subscribed` hears of (client id, city of the broker) when a program is up again."""
        self.storm, self.broker, self.port = storm, broker, port
        self.crossings: set[Crossing] = set()
        self._on_subscribed = on_subscribed
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def start(self) -> int:
        """The port it listens on."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._carry(reader, writer)
        except (OSError, EOFError, asyncio.CancelledError):
            pass  # whoever is left hears the end
        finally:
            writer.transport.abort()
            self._open.discard(task)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        stream = Stream()
        packets: list[Packet] = []
        while not packets:
            piece = await reader.read(READ)
            if not piece:
                return
            packets = list(stream.split(piece))
        if packets[0].kind != CONNECT:
            return
        crossing = Crossing(self.storm, packets[0].client_id(), self.broker)
        while crossing.held():
            if reader.at_eof():
                return  # it gave up, and the broker never heard of it
            await asyncio.sleep(LOOK_S)
        broker = await asyncio.open_connection("127.0.0.1", self.port)
        self.crossings.add(crossing)
        try:
            first = b"".join(packet.raw for packet in packets)
            heard = lambda: self._on_subscribed(crossing.client, self.broker)  # noqa: E731
            await crossing.carry((reader, writer), broker, stream, first, heard)
        finally:
            self.crossings.discard(crossing)
            broker[1].transport.abort()
