"""A receiver in a process of its own: `python -m tests.performance.intake_child HOW PORT COUNT UNITS`.

HOW is "console" (link, transport, intake and picture as the console has them), "aiomqtt" (its plain message
loop) or "paho" (its loop and a callback). Says `ready`, then how many messages it has, then its figures as
JSON.
"""

import asyncio
import json
import sys
import time

import aiomqtt
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from dispatch.clock import SystemClock
from dispatch.domain.geography import CityCode
from dispatch.feed import topics
from dispatch.feed.intake import Intake
from dispatch.feed.link import Identity, Link, LinkState
from dispatch.feed.mqtt import MqttTransport
from dispatch.feed.quarantine import Quarantine
from dispatch.feed.transport import Endpoint, Received
from dispatch.settings import load

CITY = CityCode("changsha")
TELL_EVERY = 5_000


class Progress:
    """Counts, tells how far it is, and ends with what it cost since `ready`."""

    def __init__(self, count: int) -> None:
        self.count, self.taken, self._told = count, 0, 0
        self.done = asyncio.Event()
        self._cpu_s = 0.0

    def ready(self) -> None:
        self._cpu_s = time.process_time()
        _say("ready")

    def took(self, messages: int) -> None:
        self.taken += messages
        if self.taken - self._told >= TELL_EVERY:
            self._told = self.taken
            _say(str(self.taken))
        if self.taken >= self.count:
            self.done.set()

    def figures(self, **more: float) -> None:
        _say(json.dumps({"cpu_s": time.process_time() - self._cpu_s, "taken": self.taken, **more}))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def through_the_console(port: int, progress: Progress, units: int) -> None:
    """The path of the console: one link, the intake, the picture."""
    configuration, clock = load(), SystemClock()
    picture = configuration.new_picture()
    intake = Intake(
        picture,
        clock=clock,
        limits=configuration.limits,
        quarantine=Quarantine(),
        drill=True,
        owntracks=configuration.trackers(drill=True),
        ask=lambda *_: None,
    )
    started, apply_s = False, 0.0

    def take(city: CityCode, batch: list[Received]) -> None:
        nonlocal started, apply_s
        before = time.process_time()
        intake.take(city, batch)
        if started:
            apply_s += time.process_time() - before
            progress.took(len(batch))
        elif len(picture.fleet) >= units:
            started = True
            progress.ready()

    def changed(city: CityCode, state: LinkState) -> None:
        intake.link_changed(city, state)
        if started and not state.up:
            sys.stderr.write(f"the link was lost after {progress.taken:,} messages: {state.error}\n")

    link = Link(
        city=CITY,
        transport=MqttTransport(Endpoint("127.0.0.1", port), "bench-console", clock),
        identity=Identity(CITY, "bench", "console", drill=True),
        filters=(topics.everything_of(CITY), "owntracks/#"),
        clock=clock,
        on_batch=take,
        on_change=changed,
    )
    running = asyncio.create_task(link.run())
    await progress.done.wait()
    told = intake.counters
    progress.figures(applied=told.applied, apply_s=apply_s)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def through_aiomqtt(port: int, progress: Progress) -> None:
    """Nothing but the library: one message after the other, not even decoded."""
    async with aiomqtt.Client("127.0.0.1", port, identifier="bench-aiomqtt") as client:
        await client.subscribe(topics.everything_of(CITY))
        heard = aiter(client.messages)
        await anext(heard)  # the retained snapshot
        progress.ready()
        while not progress.done.is_set():
            await anext(heard)
            progress.took(1)
    progress.figures()


def through_paho(port: int, progress: Progress) -> None:
    """The library below aiomqtt, with a callback that counts."""
    client = Client(CallbackAPIVersion.VERSION2, client_id="bench-paho")
    started = False

    def take(_client: Client, _userdata: object, _message: MQTTMessage) -> None:
        nonlocal started
        if started:
            progress.took(1)
        else:  # the retained snapshot
            started = True
            progress.ready()

    client.on_message = take
    client.on_connect = lambda client, *_: client.subscribe(topics.everything_of(CITY))
    client.connect("127.0.0.1", port)
    while not progress.done.is_set():
        client.loop(timeout=1.0)
    progress.figures()


async def main(how: str, port: int, count: int, units: int) -> None:
    progress = Progress(count)
    if how == "console":
        await through_the_console(port, progress, units)
    elif how == "aiomqtt":
        await through_aiomqtt(port, progress)
    else:
        through_paho(port, progress)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], *map(int, sys.argv[2:5])))
