"""MQTT 3.1.1 through aiomqtt: the one module that imports it.

Measured: aiomqtt reads one packet a turn of the event loop, with three reads of the socket each, and
wraps every message twice. `_FastClient` reads the socket in 64 KiB pieces, takes the published
messages out itself (see packets.py) and leaves every other packet to paho. It leans on a few private
names of aiomqtt and paho, which `aiomqtt<3` and the broker tests hold in place.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from zlib import crc32

import aiomqtt
from paho.mqtt.client import Client as PahoClient
from paho.mqtt.client import MQTTMessage
from paho.mqtt.reasoncodes import ReasonCode

from dispatch.causes import cause
from dispatch.clock import Clock, epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.feed.broker_words import why_lost
from dispatch.feed.packets import Packets, Published
from dispatch.feed.transport import Connect, Endpoint, Received, TransportLost, Will, heed_cancelling
from dispatch.language import _

KEEPALIVE_S = 10
ANSWER_WITHIN_S = 5.0
ACKNOWLEDGED_WITHIN_S = 3.0
"""A broker that keeps a message to itself for longer is left: a centre decides nothing meanwhile."""
GOODBYE_S = 1.0
READ_BYTES = 65_536
PIECES = 16  # of READ_BYTES in one turn of the loop: a flood must leave turns for the screen
RECORDS = 1_000
"""Over TLS one read gives one record, and a broker puts each message into a record of its own."""
REST_S = 0.004
"""Pause after published messages; one message a read costs three times as much as fifty."""
BACKLOG = 20_000
"""Messages that may wait to be taken; above it the socket is not read, so that the broker waits."""
BATCH = 2_000
IN_FLIGHT = 200

_NO_DELAY = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)
_REFUSED_FILTER = 0x80
_unheard = logging.getLogger("dispatch.feed.mqtt")  # what paho and aiomqtt log, the link tells by its state;
_unheard.addHandler(logging.NullHandler())  # on a terminal it would be printed across the console
_unheard.propagate = False


class _FastClient(aiomqtt.Client):
    """An aiomqtt client whose incoming side goes straight into `backlog`."""

    def __init__(
        self, endpoint: Endpoint, client_id: str, now_ms: Callable[[], int], will: Will | None
    ) -> None:
        super().__init__(
            endpoint.host,
            endpoint.port,
            username=endpoint.username,
            password=endpoint.password,
            identifier=client_id,
            logger=_unheard,
            will=None if will is None else aiomqtt.Will(will.topic, will.payload, qos=1, retain=True),
            tls_context=tls_context(endpoint),
            clean_session=True,
            keepalive=KEEPALIVE_S,
            timeout=ANSWER_WITHIN_S,
            max_queued_outgoing_messages=0,
            max_inflight_messages=IN_FLIGHT,
            socket_options=_NO_DELAY,
        )
        self.pending_calls_threshold = IN_FLIGHT
        self.backlog: list[Received] = []
        self.news = asyncio.Event()
        self.full = False
        self._now_ms = now_ms
        self._packets = Packets()
        self._to_paho = b""
        self._end: OSError | None = None
        self._reading: int | None = None
        self._disconnected.add_done_callback(_look_at)
        self._recv_of_paho = self._client._sock_recv  # noqa: SLF001
        self._client._sock_recv = self._recv  # type: ignore[method-assign, assignment]  # noqa: SLF001

    def _recv(self, size: int) -> bytes:
        """What paho reads: the packets left to it, then nothing, or the end of the connection."""
        piece, self._to_paho = self._to_paho[:size], self._to_paho[size:]
        if not piece:
            raise self._end or BlockingIOError
        return piece

    def _on_message(self, client: PahoClient, userdata: object, message: MQTTMessage) -> None:  # noqa: ARG002
        """The few that packets.py leaves to paho (QoS 2)."""
        topic = message._topic.decode("utf-8", "replace")  # noqa: SLF001
        self.backlog.append(Received(topic, bytes(message.payload), message.retain, self._now_ms()))

    def _on_socket_open(self, client: PahoClient, userdata: object, sock: socket.socket) -> None:
        super()._on_socket_open(client, userdata, sock)
        self._loop.call_soon_threadsafe(self._start_reading, sock.fileno())

    def _start_reading(self, handle: int) -> None:
        """Put our reader in the place of aiomqtt's, which was added a moment ago."""
        if handle >= 0:
            self._reading = handle
            self._loop.add_reader(handle, self._read)

    def _on_socket_register_write(self, client: PahoClient, userdata: object, sock: socket.socket) -> None:  # noqa: ARG002
        self._loop.call_soon_threadsafe(self._start_writing, sock)

    def _start_writing(self, sock: socket.socket) -> None:
        """aiomqtt watches a number a turn later, when its socket may be closed and the number another's."""
        if sock.fileno() >= 0:
            self._loop.add_writer(sock.fileno(), self._write)

    def _write(self) -> None:
        try:
            self._client.loop_write()
        except Exception as error:  # noqa: BLE001 - as aiomqtt does: the connection is broken
            if not self._disconnected.done():
                self._disconnected.set_exception(error)

    def _read(self) -> None:
        """Take what the socket holds; paho handles what is no published message, and the end."""
        before = len(self.backlog)
        try:
            secured = isinstance(self._client.socket(), ssl.SSLSocket)
            for _piece in range(RECORDS if secured else PIECES):
                piece = self._receive()
                self._handle(piece)
                if not piece or (len(piece) < READ_BYTES and not secured):
                    break
            if self._end is not None:
                self._client.loop_read()  # paho closes its socket and tells aiomqtt
        except asyncio.CancelledError:
            return  # aiomqtt asks how a connecting ended that was given up: abort() has closed it
        except Exception as error:  # noqa: BLE001 - as aiomqtt does: whatever it was, the session is over
            if not self._disconnected.done():
                self._disconnected.set_exception(error)
        if len(self.backlog) > before:
            self.news.set()
            self._rest()

    def _handle(self, piece: bytes) -> None:
        arrived_ms, client = self._now_ms(), self._client
        for packet in self._packets.split(piece):
            if isinstance(packet, Published):
                self.backlog.append(Received(packet.topic, packet.payload, packet.retained, arrived_ms))
                if packet.number:
                    client._send_puback(packet.number)  # noqa: SLF001
            else:
                self._to_paho = packet
                client.loop_read()

    def _rest(self) -> None:
        """Leave the socket alone for a moment, so that the next read brings many messages."""
        if self._reading is not None:
            self._loop.remove_reader(self._reading)
            self._loop.call_later(REST_S, self.read_on)

    def _receive(self) -> bytes:
        """One piece of the stream; empty when there is none now or no more, which `_end` tells."""
        try:
            piece = self._recv_of_paho(READ_BYTES)
        except BlockingIOError:
            return b""
        except OSError as error:
            self._end = error
            return b""
        if not piece:
            self._end = ConnectionResetError(_("the broker closed the connection"))
        return piece

    def read_on(self) -> None:
        """Read the socket again, unless too much waits to be taken: then when it was."""
        self.full = len(self.backlog) > BACKLOG
        sock = self._client.socket()
        if (
            sock is not None
            and self._reading == sock.fileno()
            and not (self.full or self._disconnected.done())
        ):
            self._loop.add_reader(self._reading, self._read)

    def abort(self) -> None:
        """Drop the connection without a goodbye, so that the broker sends the Will."""
        if not self._disconnected.done():
            self._disconnected.set_result(None)
        self._client._sock_close()  # type: ignore[no-untyped-call, unused-ignore]  # noqa: SLF001

    def give_up_publishing(self) -> None:
        """The session is over: nobody waits for an acknowledgement that cannot come any more.

        aiomqtt alone would let them wait for `timeout`, and a centre that says something decides nothing
        meanwhile, although its next session is up already.
        """
        for confirmation in list(self._pending_publishes.values()):
            confirmation.set()

    @property
    def lost(self) -> asyncio.Future[None]:
        """Done when the session is over; a lost one holds the exception."""
        return self._disconnected


def _look_at(lost: asyncio.Future[None]) -> None:
    """Whoever waits for the session hears of its end; where nobody does any more it is no fault."""
    if not lost.cancelled():
        lost.exception()


def tls_context(endpoint: Endpoint) -> ssl.SSLContext | None:
    """TLS 1.2 or newer with the files of a link; None: without TLS. OSError when they cannot be read."""
    if endpoint.tls is None:
        return None
    context = ssl.create_default_context(cafile=str(endpoint.tls.ca))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if endpoint.tls.cert is not None:
        context.load_cert_chain(str(endpoint.tls.cert), endpoint.tls.key and str(endpoint.tls.key))
    return context


class MqttSession:
    """One connection to a broker."""

    def __init__(self, client: _FastClient, subscribe_qos: int = 1) -> None:
        self._client, self._subscribe_qos = client, subscribe_qos
        client.lost.add_done_callback(lambda _lost: client.give_up_publishing())

    async def subscribe(self, filters: Sequence[str]) -> None:
        try:
            granted = await self._client.subscribe([(filter_, self._subscribe_qos) for filter_ in filters])
        except (aiomqtt.MqttError, ValueError, OSError) as error:
            raise TransportLost(_("could not subscribe: {error}", error=why_lost(error))) from None
        heed_cancelling()
        for filter_, code in zip(filters, granted, strict=False):
            if isinstance(code, ReasonCode) and code.value >= _REFUSED_FILTER:
                raise TransportLost(_("the broker refuses the subscription {filter}", filter=filter_))

    async def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        try:
            await self._client.publish(topic, payload, qos, retain, timeout=ACKNOWLEDGED_WITHIN_S)
        except (aiomqtt.MqttError, ValueError, OSError) as error:
            raise TransportLost(_("could not publish: {error}", error=why_lost(error))) from None
        heed_cancelling()
        if self._client.lost.done():
            raise TransportLost(_why(self._client.lost))

    async def batches(self) -> AsyncIterator[list[Received]]:
        client = self._client
        client.lost.add_done_callback(lambda _lost: client.news.set())
        while True:
            await client.news.wait()
            client.news.clear()
            while client.backlog:
                waiting = client.backlog
                batch, client.backlog = waiting[:BATCH], waiting[BATCH:]
                yield batch
                await asyncio.sleep(0)  # a flood must leave turns for the screen
            if client.lost.done():
                raise TransportLost(_why(client.lost))
            if client.full:
                client.read_on()


def _why(lost: asyncio.Future[None]) -> str:
    error = None if lost.cancelled() else lost.exception()
    return why_lost(error) if error else _("the broker closed the connection")


class MqttTransport:
    """Connects to one broker; a fresh client for each session.

    Of a cluster it takes the next node after each session that did not end by itself. Which node is the
    first follows from the client id, so that the programs of a city spread over all nodes.
    """

    def __init__(self, endpoint: Endpoint, client_id: str, clock: Clock) -> None:
        self.endpoint = endpoint
        self._nodes = endpoint.nodes
        self._turn = crc32(client_id.encode()) % len(self._nodes)
        self._client_id, self._clock = client_id, clock

    @property
    def node(self) -> Endpoint:
        """The node of the present session, or of the next one."""
        return self._nodes[self._turn]

    @asynccontextmanager
    async def session(self, will: Will | None) -> AsyncIterator[MqttSession]:
        node = self.node
        try:
            async with self._session_at(node, will) as session:
                yield session
        except (TransportLost, BaseExceptionGroup, asyncio.CancelledError):
            self._turn = (self._turn + 1) % len(self._nodes)
            raise

    @asynccontextmanager
    async def _session_at(self, node: Endpoint, will: Will | None) -> AsyncIterator[MqttSession]:
        try:
            client = _FastClient(node, self._client_id, lambda: epoch_ms(self._clock.now()), will)
        except OSError as error:  # ssl.SSLError too
            raise TransportLost(_("certificates cannot be read: {error}", error=cause(error))) from None
        await _connect(client)
        try:
            yield MqttSession(client, node.subscribe_qos)
        except (TransportLost, BaseExceptionGroup):
            client.abort()
            raise
        finally:
            client.timeout = GOODBYE_S
            with suppress(aiomqtt.MqttError, OSError):
                await client.__aexit__(None, None, None)


async def _connect(client: _FastClient) -> None:
    """Sign in. paho connects in a thread that cannot be stopped: what it brings too late is dropped."""
    entering = asyncio.ensure_future(client.__aenter__())
    try:
        await asyncio.shield(entering)
    except aiomqtt.MqttError as error:
        client.abort()
        raise TransportLost(why_lost(error)) from None
    except asyncio.CancelledError:
        entering.add_done_callback(lambda done: _drop(client, done))
        raise


def _drop(client: _FastClient, entering: asyncio.Task[_FastClient]) -> None:
    if not entering.cancelled():
        entering.exception()  # looked at, or the event loop complains
    client.abort()


def over_mqtt(endpoints: Mapping[CityCode, Endpoint], clock: Clock) -> Connect:
    """The way to real brokers, one for each city."""
    return lambda city, client_id: MqttTransport(endpoints[city], client_id, clock)
