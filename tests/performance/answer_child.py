"""The other end of a round trip, in a process of its own: `... answer_child HOW PORT FOLDER [UNITS]`.

HOW is "aiomqtt" or "paho" (sends every question back as it came), "disk" (aiomqtt, after a commit to
SQLite), "slow" (aiomqtt as it comes, without TCP_NODELAY), "centre" (a city's centre with so many units) or
"crews" (their vehicles, whose crews answer at once). Says `ready`.
"""

import asyncio
import socket
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiomqtt
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from dispatch.centre import wire
from dispatch.centre.messages import Report
from dispatch.centre.service import Centre
from dispatch.centre.store import Store
from dispatch.centre.vehicle import TaskState, Vehicle
from dispatch.clock import SystemClock, epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.domain.units import Unit, UnitId
from dispatch.feed import payloads, topics
from dispatch.feed.link import Identity, Link
from dispatch.feed.mqtt import over_mqtt
from dispatch.feed.transport import Connect, Endpoint, Received
from tests.unit.centre.centre_world import rules

ASK, ANSWER = "bench/ask", "bench/answer"
AT_ONCE = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)
THROUGH_S = 0.05
"""After its acknowledgement a crew is through."""
CITY = CityCode("changsha")


def fleet(count: int) -> tuple[Unit, ...]:
    """The units of the city."""
    return tuple(Unit(id=UnitId(f"CS-{number:03}"), city=CITY) for number in range(1, count + 1))


def _ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


async def by_aiomqtt(port: int, keep: Callable[[bytes], None], *, at_once: bool = True) -> None:
    """Answer until killed; `at_once`: without Nagle's wait for more."""
    options = AT_ONCE if at_once else ()
    async with aiomqtt.Client("127.0.0.1", port, identifier="bench-answer", socket_options=options) as client:
        await client.subscribe(ASK, qos=1)
        _ready()
        async for message in client.messages:
            payload = bytes(message.payload)
            keep(payload)
            await client.publish(ANSWER, payload, qos=1)


def by_paho(port: int) -> None:
    """Answer until killed."""
    client = Client(CallbackAPIVersion.VERSION2, client_id="bench-answer")

    def answer(client: Client, _userdata: object, message: MQTTMessage) -> None:
        client.publish(ANSWER, message.payload, qos=1)

    client.on_message = answer
    client.on_socket_open = without_delay
    client.on_subscribe = lambda *_: _ready()
    client.on_connect = lambda client, *_: client.subscribe(ASK, qos=1)
    client.connect("127.0.0.1", port)
    client.loop_forever()


def without_delay(_client: Client, _userdata: object, sock: Any) -> None:
    """Each message goes at once: paho itself waits for more (Nagle), up to 40 ms."""
    sock.setsockopt(*AT_ONCE[0])


def on_disk(folder: Path) -> Callable[[bytes], None]:
    """Keeps a question as a centre must: on the disk when it returns."""
    connection = sqlite3.connect(folder / "asked.db", isolation_level=None)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("create table asked (number integer primary key, said text)")

    def keep(said: bytes) -> None:
        connection.execute("insert into asked (said) values (?)", (said.decode(),))

    return keep


async def by_the_centre(port: int, folder: Path, units: int) -> None:
    """The shipped centre over its own database."""
    clock = SystemClock()
    store = Store.open(
        folder / "centre.db", city=CITY, node="centre", units=fleet(units), rules=rules(),
        now_ms=epoch_ms(clock.now()), drill=True,
    )  # fmt: skip
    _ready()
    await Centre(store, over_mqtt({CITY: Endpoint("127.0.0.1", port)}, clock), clock=clock, drill=True).run()


async def by_the_crews(port: int, folder: Path, units: int) -> None:
    """Vehicles that acknowledge every order and are through a moment later; their files are no part of it."""
    connect = over_mqtt({CITY: Endpoint("127.0.0.1", port)}, SystemClock())
    crews = QuickCrews(folder, connect, units)
    running = asyncio.create_task(crews.run())
    while not crews.link.state.up:  # noqa: ASYNC110 - it sets no event
        await asyncio.sleep(0.01)
    _ready()
    await running


class QuickCrews:
    """Vehicles without files: each of a real fleet has a disk of its own."""

    def __init__(self, folder: Path, connect: Connect, units: int) -> None:
        self.vehicles = {unit.id: Vehicle(None, unit.id, None) for unit in fleet(units)}
        self._waiting: asyncio.Queue[Received] = asyncio.Queue()
        self.link = Link(
            city=CITY,
            transport=connect(CITY, "crews"),
            identity=Identity(CITY, "crews", "simulator", drill=True),
            filters=(topics.unit_order(CITY, "+"),),
            clock=SystemClock(),
            on_batch=self._take,
        )

    def _take(self, _city: CityCode, batch: list[Received]) -> None:
        for one in batch:
            self._waiting.put_nowait(one)

    async def run(self) -> None:
        """Until killed."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.link.run())
            tasks.create_task(self._work(tasks))

    async def _work(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            opened = wire.open_message(await self._waiting.get(), drill=True)
            if opened is not None and isinstance(opened.envelope.data, payloads.UnitOrder):
                tell = wire.tell(opened.envelope.data)
                vehicle = self.vehicles[tell.unit]
                vehicle.hear(tell)
                if vehicle.task is not None and vehicle.task.state is TaskState.TOLD:
                    tasks.create_task(self._drive(vehicle))

    async def _drive(self, vehicle: Vehicle) -> None:
        await self._say(vehicle.acknowledge())
        await asyncio.sleep(THROUGH_S)
        await self._say(vehicle.finish("completed"))

    async def _say(self, report: Report | None) -> None:
        assert report is not None
        topic = topics.unit_report(CITY, report.unit)
        await self.link.publish(topic, "unit.report", wire.report_payload(report), key=report.request)


def main(how: str, port: int, folder: Path, units: int = 0) -> None:
    if how == "paho":
        by_paho(port)
    elif how == "centre":
        asyncio.run(by_the_centre(port, folder, units))
    elif how == "crews":
        asyncio.run(by_the_crews(port, folder, units))
    else:
        keep = on_disk(folder) if how == "disk" else lambda _said: None
        asyncio.run(by_aiomqtt(port, keep, at_once=how != "slow"))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), *map(int, sys.argv[4:5]))
