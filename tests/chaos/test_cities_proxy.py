"""The fault proxy of the three cities: packets, what becomes of them, cuts; and the timetable of troubles."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from tests.chaos.cities.mqtt_stream import CONNECT, PUBACK, PUBLISH, Packet, Stream
from tests.chaos.cities.proxy import Proxy
from tests.chaos.cities.small_cities import CITIES
from tests.chaos.cities.storm import CALM, ROUGH, Rates, Storm
from tests.chaos.cities.timetable import timetable

HELLO = b"\x10\x1c\x00\x04MQTT\x04\x02\x00\x05\x00\x10changsha-centre1"
SUBACK = b"\x90\x03\x00\x01\x01"
SAID, ONCE = b"\x32\x09\x00\x03a/b\x00\x07ok", b"\x30\x07\x00\x03a/bok"
LONG = b"\x32\x87\x01\x00\x03a/b\x00\x09" + b"x" * 128
FLEETS = tuple(f"vehicles {n}" for n in range(6))


def packets(data: bytes) -> list[Packet]:
    return list(Stream().split(data))


# --- packets --------------------------------------------------------------------------------------


def test_packets_are_cut_wherever_the_pieces_end() -> None:
    whole = HELLO + SAID + LONG + ONCE
    for size in (1, 2, 3, 7, 200):
        stream, found = Stream(), []
        for at in range(0, len(whole), size):
            found += [one.raw for one in stream.split(whole[at : at + size])]
        assert found == [HELLO, SAID, LONG, ONCE]


def test_a_packet_tells_who_connects_and_what_acknowledges_it() -> None:
    hello, said, long, once = packets(HELLO + SAID + LONG + ONCE)
    assert (hello.kind, hello.client_id()) == (CONNECT, "changsha-centre1")
    assert (said.kind, said.qos, once.qos) == (PUBLISH, 1, 0)
    assert said.acknowledgement() == bytes((PUBACK << 4, 2, 0, 7))
    assert long.acknowledgement() == bytes((PUBACK << 4, 2, 0, 9))


def test_a_repeated_packet_says_so_where_the_protocol_lets_it() -> None:
    said, once = packets(SAID + ONCE)
    assert said.repeated()[0] == said.raw[0] | 0x08
    assert said.repeated()[1:] == said.raw[1:]
    assert once.repeated() == once.raw


# --- fates ----------------------------------------------------------------------------------------


def storm(rates: Rates) -> Storm:
    return Storm(random.Random(1), rates)


def test_in_the_calm_everything_passes_at_once() -> None:
    for packet in packets(HELLO + SAID + ONCE):
        assert storm(CALM).fate(packet).copies == ((0.0, packet.raw, True),)


def test_only_published_messages_are_lost() -> None:
    (hello,) = packets(HELLO)
    assert storm(Rates(swallowed=1.0)).fate(hello).copies


@pytest.mark.parametrize(
    ("rates", "answered", "breaks"),
    [
        (Rates(swallowed=1.0), True, False),
        (Rates(unanswered=1.0), False, False),
        (Rates(broken=1.0), False, True),
    ],
)
def test_a_lost_message_is_acknowledged_or_not_or_ends_its_connection(
    rates: Rates, *, answered: bool, breaks: bool
) -> None:
    (said,) = packets(SAID)
    fate = storm(rates).fate(said)
    assert fate.copies == ()
    assert fate.answer == (said.acknowledgement() if answered else b"")
    assert fate.breaks is breaks


def test_a_message_of_qos_0_is_lost_without_a_word() -> None:
    (once,) = packets(ONCE)
    fate = storm(Rates(swallowed=1.0)).fate(once)
    assert (fate.copies, fate.answer) == ((), b"")


def test_messages_come_twice_late_or_behind_others() -> None:
    (said,) = packets(SAID)
    first, second = storm(Rates(twice=1.0)).fate(said).copies
    assert (first[1], second[1]) == (said.raw, said.repeated())
    ((late_s, _raw, in_turn),) = storm(Rates(late=1.0)).fate(said).copies
    assert (late_s > 0, in_turn) == (True, True)
    ((behind_s, _raw, in_turn),) = storm(Rates(overtaken=1.0)).fate(said).copies
    assert (behind_s > 0, in_turn) == (True, False)


def test_every_fault_is_counted() -> None:
    one = storm(ROUGH)
    (said,) = packets(SAID)
    for _packet in range(20_000):
        one.fate(said)
    assert set(one.done) == {"lost", "lost, unanswered", "lost, broken", "twice", "late", "overtaken"}


# --- connections ----------------------------------------------------------------------------------


@dataclass
class Echo:
    """A broker that sends back whatever it gets."""

    heard: bytearray = field(default_factory=bytearray)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(1024):
                self.heard += piece
                writer.write(piece)
        self.ended.set()
        writer.close()


@dataclass
class Line:
    """A client's connection through the proxy."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    proxy: Proxy
    echo: Echo
    subscribed: list[tuple[str, str]]

    async def said_back(self, data: bytes) -> None:
        async with asyncio.timeout(2):
            assert await self.reader.readexactly(len(data)) == data


@asynccontextmanager
async def through(weather: Storm, broker: str = "changsha") -> AsyncIterator[Line]:
    echo, subscribed = Echo(), list[tuple[str, str]]()
    server = await asyncio.start_server(echo.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    proxy = Proxy(weather, broker, port, lambda *who: subscribed.append(who))
    reader, writer = await asyncio.open_connection("127.0.0.1", await proxy.start())
    try:
        yield Line(reader, writer, proxy, echo, subscribed)
    finally:
        writer.close()
        await proxy.stop()
        server.close()


async def test_packets_cross_and_a_program_that_listens_is_noticed() -> None:
    async with through(storm(CALM)) as line:
        line.writer.write(HELLO + SAID + SUBACK)
        await line.said_back(HELLO + SAID + SUBACK)
        assert line.subscribed == [("changsha-centre1", "changsha")]
        assert [one.client for one in line.proxy.crossings] == ["changsha-centre1"]


async def test_a_cut_holds_what_is_on_its_way_and_nobody_is_told() -> None:
    weather = storm(CALM)
    async with through(weather, "zhuzhou") as line:
        line.writer.write(HELLO)
        await line.said_back(HELLO)
        weather.cut_off.add("changsha")
        line.writer.write(SAID)
        line.writer.write_eof()
        await asyncio.sleep(0.3)
        assert bytes(line.echo.heard) == HELLO
        assert not line.echo.ended.is_set()
        weather.cut_off.clear()
        async with asyncio.timeout(2):
            await line.echo.ended.wait()
        assert bytes(line.echo.heard) == HELLO + SAID


async def test_a_city_that_is_cut_off_works_at_home() -> None:
    weather = storm(CALM)
    weather.cut_off.add("changsha")
    async with through(weather, "changsha") as line:
        line.writer.write(HELLO)
        await line.said_back(HELLO)


async def test_who_connects_during_a_cut_gets_no_answer_until_it_is_mended() -> None:
    weather = storm(CALM)
    weather.cut_off.add("zhuzhou")
    async with through(weather, "zhuzhou") as line:
        line.writer.write(HELLO)
        await asyncio.sleep(0.2)
        assert not line.echo.heard
        weather.cut_off.clear()
        await line.said_back(HELLO)


async def test_a_reset_ends_both_sides() -> None:
    async with through(storm(CALM)) as line:
        line.writer.write(HELLO)
        await line.said_back(HELLO)
        for crossing in line.proxy.crossings:
            crossing.reset()
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await line.said_back(SAID)
        async with asyncio.timeout(2):
            await line.echo.ended.wait()


async def test_a_message_that_is_held_back_is_overtaken() -> None:
    weather = storm(CALM)
    async with through(weather) as line:
        line.writer.write(HELLO)
        await line.said_back(HELLO)
        weather.rates = Rates(overtaken=1.0, overtaken_s=(0.2, 0.2))
        line.writer.write(SAID + SUBACK)
        await line.said_back(SUBACK)
        await line.said_back(SAID)


# --- the timetable --------------------------------------------------------------------------------


def test_one_seed_is_one_timetable() -> None:
    assert timetable(7, 90.0, FLEETS) == timetable(7, 90.0, FLEETS)
    assert timetable(7, 90.0, FLEETS) != timetable(8, 90.0, FLEETS)


@pytest.mark.parametrize("seed", range(20))
def test_in_each_round_everything_is_killed_and_a_city_is_cut_off(seed: int) -> None:
    for chaos_s, rounds in ((45.0, 1), (450.0, 10)):
        troubles = timetable(seed, chaos_s, FLEETS)
        count = {what: sum(one.what == what for one in troubles) for what in ("broker", "vehicles", "city")}
        assert count == {"broker": rounds, "vehicles": 4 * rounds, "city": rounds}
        for what in ("centre", "console"):
            assert sorted(one.whom for one in troubles if one.what == what) == sorted(CITIES * rounds)
        assert all(0 <= one.at_s < chaos_s for one in troubles)
        assert all(one.at_s + one.for_s <= chaos_s for one in troubles if one.what != "reset")
