"""An order through a real centre and back, against a bare request and its answer over the same broker.

One mosquitto, one process that answers, and this one that asks; everything on loopback. Bare is aiomqtt or
paho at both ends with QoS 1 and nothing else; then aiomqtt with a commit to the disk before the answer,
which is the least a centre owes whoever asks.
"""

import asyncio
import subprocess
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiomqtt
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from dispatch.centre.asking import Asked
from dispatch.domain.orders import OrderState, RequestId
from dispatch.domain.units import UnitId
from dispatch.feed.broker import EmbeddedBroker, find_program
from dispatch.feed.mqtt import over_mqtt
from dispatch.feed.transport import Endpoint
from tests.centre.orders_bench import CLOCK, Desk, running, until
from tests.centre.test_centre_and_requester import JOB
from tests.chaos.truth import Truth
from tests.performance.answer_child import ANSWER, ASK, CITY, fleet, without_delay
from tests.performance.answer_child import AT_ONCE as NO_DELAY
from tests.performance.figures import Line, Say, Section, percentile
from tests.performance.processes import ROOT, ended, python

TURNS, WARM = 150, 10
AT_ONCE = (1, 10, 100)
ROUNDS = 6
"""Of so many orders at once."""
QUESTION = JOB.model_dump_json().encode()
READY_S, ANSWERED_S = 20.0, 30.0


@dataclass(slots=True)
class Waits:
    """Milliseconds from the decision until the centre's answer, and until the crew's, are in sight."""

    granted: list[float] = field(default_factory=list)
    confirmed: list[float] = field(default_factory=list)


class Watcher:
    """Notes when each request of a desk got its answers."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self.begun: dict[RequestId, float] = {}
        self.granted: dict[RequestId, float] = {}
        self.confirmed: dict[RequestId, float] = {}
        self.settled: set[RequestId] = set()

    def changed(self, asked: Asked) -> None:
        """Called by the requester for everything new."""
        self._truth.requester(asked)
        now = time.perf_counter()
        states = {step.state for step in asked.steps}
        if OrderState.RESERVED in states:
            self.granted.setdefault(asked.request, now)
        if OrderState.ACKED in states:
            self.confirmed.setdefault(asked.request, now)
        if asked.settled:
            self.settled.add(asked.request)


def measure(say: Say) -> Section:
    """The section of orders; skipped without mosquitto."""
    section = Section("orders", "An order and its answer", ABOUT)
    if find_program("mosquitto") is None:
        section.skipped = "mosquitto is not installed"
        return section
    with tempfile.TemporaryDirectory(prefix="czt-bench-") as name:
        asyncio.run(_measure(Path(name), section, say))
    return section


async def _measure(folder: Path, section: Section, say: Say) -> None:
    bare: dict[str, list[float]] = {}
    for how in ("aiomqtt", "paho", "disk", "slow"):
        say(f"a bare request and its answer: {how}")
        async with _answering(how, folder / how) as port:
            bare[how] = (await (_ask_by_paho(port) if how == "paho" else _ask_by_aiomqtt(port, how)))[WARM:]
    found: dict[int, Waits] = {}
    async with _answering("centre", folder / "centre", units=max(AT_ONCE), with_crews=True) as port:
        for at_once in AT_ONCE:
            say(f"{at_once} orders at once")
            turns = TURNS if at_once == 1 else ROUNDS
            found[at_once] = await _orders(folder / f"desk-{at_once}", port, at_once, turns)
    names = {
        "aiomqtt": "a bare request by aiomqtt",
        "paho": "a bare request by paho",
        "disk": "aiomqtt with a commit",
        "slow": "aiomqtt as it comes",
    }
    one = found[1]
    for share, word in ((0.5, "p50"), (0.99, "p99")):
        wait = percentile(one.granted, share)
        for how, name in names.items():
            reference = percentile(bare[how], share)
            section.lines.append(
                Line(f"decision to reservation, {word}", wait, "ms", f"{name}, {word}", reference)
            )
    least = percentile(bare["disk"], 0.5)
    name = "four bare requests with a commit"
    section.lines.append(Line("decision to crew, p50", percentile(one.confirmed, 0.5), "ms", name, 4 * least))
    slow = percentile(one.confirmed, 0.99)
    section.lines.append(Line("decision to crew, p99", slow, "ms", at_most=1_000))
    for at_once in AT_ONCE[1:]:
        waits, alone = found[at_once], percentile(one.confirmed, 0.5)
        line = Line(
            f"of {at_once} at once to their crews, p50", percentile(waits.confirmed, 0.5), "ms", "one", alone
        )
        section.lines += [
            line,
            Line(f"of {at_once} at once, p99", percentile(waits.confirmed, 0.99), "ms", at_most=1_000),
        ]


@asynccontextmanager
async def _answering(
    how: str, folder: Path, units: int = 0, *, with_crews: bool = False
) -> AsyncIterator[int]:
    """The port of a broker with somebody who answers."""
    await asyncio.to_thread(folder.mkdir)
    broker = EmbeddedBroker("mosquitto", folder / "broker")
    port = (await broker.start()).port
    try:
        with ExitStack() as stack:
            for one in (how, "crews") if with_crews else (how,):
                command = python("tests.performance.answer_child", one, str(port), str(folder), str(units))
                child = stack.enter_context(ended(_started(command)))
                assert child.stdout is not None
                if await asyncio.wait_for(asyncio.to_thread(child.stdout.readline), READY_S) != b"ready\n":
                    raise RuntimeError(f"{one} did not start")
            yield port
    finally:
        await broker.stop()


def _started(command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)


async def _ask_by_aiomqtt(port: int, how: str) -> list[float]:
    taken, options = [], () if how == "slow" else NO_DELAY
    async with aiomqtt.Client("127.0.0.1", port, identifier="bench-ask", socket_options=options) as client:
        await client.subscribe(ANSWER, qos=1)
        heard = aiter(client.messages)
        for _turn in range(TURNS + WARM):
            begun = time.perf_counter()
            await client.publish(ASK, QUESTION, qos=1)
            await anext(heard)
            taken.append((time.perf_counter() - begun) * 1000)
    return taken


async def _ask_by_paho(port: int) -> list[float]:
    return await asyncio.to_thread(_paho_turns, port)


def _paho_turns(port: int) -> list[float]:
    client, there, answered = (
        Client(CallbackAPIVersion.VERSION2, client_id="bench-ask"),
        threading.Event(),
        threading.Event(),
    )
    client.on_socket_open = without_delay
    client.on_connect = lambda client, *_: client.subscribe(ANSWER, qos=1)
    client.on_subscribe = lambda *_: there.set()
    client.on_message = lambda *_: answered.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    taken = []
    try:
        if not there.wait(READY_S):
            raise RuntimeError("paho did not subscribe")
        for _turn in range(TURNS + WARM):
            answered.clear()
            begun = time.perf_counter()
            client.publish(ASK, QUESTION, qos=1)
            if not answered.wait(READY_S):
                raise RuntimeError("no answer came")
            taken.append((time.perf_counter() - begun) * 1000)
    finally:
        client.disconnect()
        client.loop_stop()
    return taken


async def _orders(folder: Path, port: int, at_once: int, turns: int) -> Waits:
    """Rounds of so many orders at once, each unit through before the next round."""
    await asyncio.to_thread(folder.mkdir)
    units = tuple(unit.id for unit in fleet(max(AT_ONCE)))[:at_once]
    truth = Truth(dict.fromkeys(units, CITY), frozenset())  # what crews do is seen in another process
    connect = over_mqtt({CITY: Endpoint("127.0.0.1", port)}, CLOCK)
    desk = Desk(f"desk-{at_once}", folder, connect, truth)
    watcher, waits = Watcher(truth), Waits()
    desk.requester.on_change = watcher.changed
    async with AsyncExitStack() as stack:
        stack.push_async_callback(desk.requester.close)
        await stack.enter_async_context(running(desk))
        await until(lambda: desk.link.state.up, READY_S)
        for turn in range(turns + 1):
            asked = await asyncio.gather(*(_ask(desk, watcher, unit) for unit in units))
            await _all_in(watcher.confirmed, asked)
            await _all_in(watcher.settled, asked)
            if turn:  # the first round warms everything up
                waits.granted += [(watcher.granted[one] - watcher.begun[one]) * 1000 for one in asked]
                waits.confirmed += [(watcher.confirmed[one] - watcher.begun[one]) * 1000 for one in asked]
    return waits


async def _all_in(known: Collection[RequestId], asked: Sequence[RequestId]) -> None:
    await until(lambda: all(one in known for one in asked), ANSWERED_S)


async def _ask(desk: Desk, watcher: Watcher, unit: UnitId) -> RequestId:
    begun = time.perf_counter()
    request = await desk.requester.ask(CITY, unit, JOB, "Li")
    watcher.begun[request] = begun
    return request


ABOUT = f"""\
One operator decides, and waits: until his city's centre has reserved the unit, and until the crew's answer
is in sight. On the way the decision, the reservation, the order, the crew's task and its answer are each on
a disk before anything is said of them: a request and a commit to the centre, an order to the vehicle and
its report, in four messages and their answers. Vehicles keep nothing here: each of a fleet has its own
disk. Beside it stand a bare request and its answer through the same broker with QoS 1, sent without delay
as the console sends; "as it comes" aiomqtt waits for more (Nagle). {TURNS} one after the other; then ten
and a hundred at once, a unit each. Crews answer at once."""
