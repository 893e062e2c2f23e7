"""A session that dies with a message unacknowledged: whoever waits for that acknowledgement hears it."""

import asyncio
import contextlib
import gc
import socket
import time

import aiomqtt
import pytest

from dispatch.clock import SystemClock
from dispatch.feed.mqtt import ANSWER_WITHIN_S, MqttTransport, _FastClient
from dispatch.feed.transport import Endpoint, TransportLost

_CONNACK, _PUBLISH = b"\x20\x02\x00\x00", 3


async def _welcome_and_hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A broker that takes a message and dies before it acknowledges it."""
    await reader.read(1024)
    writer.write(_CONNACK)
    while piece := await reader.read(1024):
        if piece[0] >> 4 == _PUBLISH:
            break
    await asyncio.sleep(0.1)
    writer.transport.abort()


async def _publish(*qualities: int) -> None:
    server = await asyncio.start_server(_welcome_and_hang_up, "127.0.0.1", 0)
    endpoint = Endpoint("127.0.0.1", server.sockets[0].getsockname()[1])
    async with server, MqttTransport(endpoint, "waits", SystemClock()).session(None) as session:
        for qos in qualities[:-1]:
            with contextlib.suppress(TransportLost):
                await session.publish("czt/v1/changsha/x", b"{}", qos=qos)
        begun = time.monotonic()
        try:
            await session.publish("czt/v1/changsha/x", b"{}", qos=qualities[-1])
        finally:
            assert time.monotonic() - begun < ANSWER_WITHIN_S / 2


async def test_nobody_waits_for_the_acknowledgement_of_a_dead_session() -> None:
    with pytest.raises(TransportLost):
        await _publish(1)


async def test_a_dead_session_publishes_nothing_more() -> None:
    with pytest.raises(TransportLost):
        await _publish(1, 0)


async def test_a_socket_that_was_closed_before_it_was_written_to_is_left_alone() -> None:
    loop, faults = asyncio.get_running_loop(), list[dict[str, object]]()
    loop.set_exception_handler(lambda _loop, context: faults.append(context))
    client = _FastClient(Endpoint("127.0.0.1", 1), "waits", lambda: 0, None)
    ours, theirs = socket.socketpair()
    client._on_socket_register_write(client._client, None, ours)
    ours.close()
    await asyncio.sleep(0.01)
    theirs.close()
    assert faults == []


async def test_the_end_of_a_session_that_nobody_waits_for_is_no_fault() -> None:
    loop, faults = asyncio.get_running_loop(), list[dict[str, object]]()
    loop.set_exception_handler(lambda _loop, context: faults.append(context))
    client = _FastClient(Endpoint("127.0.0.1", 1), "gone", lambda: 0, None)
    client.lost.set_exception(aiomqtt.MqttError("Unexpected disconnection"))
    await asyncio.sleep(0.01)
    del client
    gc.collect()
    await asyncio.sleep(0.01)
    assert faults == []
