"""Programs of others: the examples in docs/, held against the contract and a console's own judgement."""

import asyncio
import json
import re
import shutil
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from dispatch.clock import SystemClock
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.units import UnitId
from dispatch.feed.broker import EmbeddedBroker
from dispatch.feed.judge import Judge
from dispatch.feed.mqtt import MqttTransport
from dispatch.feed.trackers import ROOTS, Tracker, TrackerMap
from dispatch.feed.transport import Endpoint, Received
from dispatch.settings import load
from tests.architecture.sources import ROOT

CONTRACT = json.loads((ROOT / "docs" / "asyncapi.json").read_text("utf-8"))
LINES = re.findall(r"^mosquitto_pub .*$", (ROOT / "docs" / "integration.md").read_text("utf-8"), re.MULTILINE)
GCC, NODE = shutil.which("gcc") or shutil.which("cc"), shutil.which("node")
CHANGSHA = CityCode("changsha")
TRACKERS = TrackerMap(
    by_topic={"wang/phone": Tracker(UnitId("CS-012"), CHANGSHA)},
    by_traccar={"861234567890123": Tracker(UnitId("CS-012"), CHANGSHA)},
    by_home_assistant={"ambulance_12": Tracker(UnitId("CS-012"), CHANGSHA)},
)
WITHIN_S = 30.0


def judge() -> Judge:
    configuration = load()
    return Judge(
        configuration.new_picture,
        limits=configuration.limits,
        trackers=TRACKERS,
        city_at=lambda lat, lon: configuration.city_of(Position(lat=lat, lon=lon)),
        clock=SystemClock(),
        drill=False,
    )


def contract_of(topic: str) -> dict[str, Any]:
    """The schema of the channel whose address a topic fills; the test fails when there is none."""
    for kind, channel in CONTRACT["channels"].items():
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(channel["address"]))
        if re.fullmatch(pattern, topic):
            schema: dict[str, Any] = CONTRACT["components"]["messages"][kind]["payload"]
            return {**schema, "components": CONTRACT["components"]}
    raise AssertionError(f"{topic} is no channel of the contract")


def hold_against_the_contract(messages: list[Received]) -> None:
    one_judge = judge()
    for message in messages:
        if not message.topic.startswith(ROOTS):
            jsonschema.validate(json.loads(message.payload), contract_of(message.topic))
        verdict = one_judge.judge(message.topic, message.payload, retained=message.retained)
        told = [fault.text("en") for fault in (*verdict.faults, *verdict.notes)]
        assert told == [], f"{message.topic}: {told}"


class Heard:
    """Everything that was published at a broker, in order."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.messages: list[Received] = []
        self._more = asyncio.Event()

    async def listen(self, subscribed: asyncio.Event) -> None:
        async with MqttTransport(self.endpoint, "listener", SystemClock()).session(None) as session:
            await session.subscribe(("czt/v1/#", *TRACKERS.filters()))
            subscribed.set()
            async for batch in session.batches():
                self.messages += batch
                self._more.set()

    async def until(self, enough: Callable[[list[Received]], bool]) -> list[Received]:
        async with asyncio.timeout(WITHIN_S):
            while not enough(self.messages):
                self._more.clear()
                await self._more.wait()
        return self.messages

    def said(self, ending: str) -> list[dict[str, Any]]:
        return [json.loads(one.payload) for one in self.messages if one.topic.endswith(ending)]


@asynccontextmanager
async def a_broker(folder: Path) -> AsyncIterator[Heard]:
    broker = EmbeddedBroker("auto", folder)
    heard, subscribed = Heard(await broker.start()), asyncio.Event()
    listening = asyncio.create_task(heard.listen(subscribed))
    try:
        async with asyncio.timeout(WITHIN_S):
            await subscribed.wait()
        yield heard
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await broker.stop()


async def started(*words: str) -> Process:
    return await asyncio.create_subprocess_exec(*words, stdout=PIPE, stderr=PIPE)


async def compiled(folder: Path) -> list[str]:
    program = folder / "unit"
    words = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-O1", "-o", str(program)]
    made = await started(str(GCC), *words, str(ROOT / "docs" / "clients" / "unit.c"))
    _out, errors = await made.communicate()
    assert made.returncode == 0, errors.decode()
    return [str(program)]


async def in_node(_folder: Path) -> list[str]:
    return [str(NODE), str(ROOT / "docs" / "clients" / "unit.mjs")]


CLIENTS = [
    pytest.param(compiled, id="C", marks=pytest.mark.skipif(GCC is None, reason="no C compiler is here")),
    pytest.param(in_node, id="Node", marks=pytest.mark.skipif(NODE is None, reason="Node is not here")),
]


@pytest.mark.parametrize("client", CLIENTS)
async def test_a_client_speaks_the_contract_and_says_goodbye(client: Any, tmp_path: Path) -> None:
    async with a_broker(tmp_path / "broker") as heard:
        where = [heard.endpoint.host, str(heard.endpoint.port), "changsha", "CS-012", "2"]
        process = await started(*await client(tmp_path), *where)
        _out, errors = await asyncio.wait_for(process.communicate(), WITHIN_S)
        assert process.returncode == 0, errors.decode()
        messages = await heard.until(lambda all_: len(all_) >= 4)
    hold_against_the_contract(messages)
    assert [said["seq"] for said in heard.said("/position")] == [1, 2]
    assert [said["data"]["state"] for said in heard.said("/state")] == ["online", "offline"]


@pytest.mark.parametrize("client", CLIENTS)
async def test_a_client_that_is_killed_is_told_dead_by_its_will(client: Any, tmp_path: Path) -> None:
    async with a_broker(tmp_path / "broker") as heard:
        where = [heard.endpoint.host, str(heard.endpoint.port), "changsha", "CS-012", "60"]
        process = await started(*await client(tmp_path), *where)
        await heard.until(lambda all_: any(one.topic.endswith("/position") for one in all_))
        process.send_signal(signal.SIGKILL)
        await process.communicate()
        await heard.until(lambda _all: len(heard.said("/state")) == 2)
    birth, death = heard.said("/state")
    assert (birth["data"]["state"], death["data"]["state"]) == ("online", "offline")
    assert (death["src"], death["type"]) == (birth["src"], "node.state")
    for message in heard.messages:
        jsonschema.validate(json.loads(message.payload), contract_of(message.topic))


@pytest.mark.parametrize("client", CLIENTS)
async def test_a_client_says_what_is_wrong_when_nobody_listens(client: Any, tmp_path: Path) -> None:
    process = await started(*await client(tmp_path), "127.0.0.1", "1", "changsha", "CS-012")
    _out, errors = await asyncio.wait_for(process.communicate(), WITHIN_S)
    assert process.returncode == 1
    assert errors.strip()


async def arguments(line: str) -> list[str]:
    """What a shell makes of a line: its words with their expansions."""
    shell = await started("bash", "-c", line.replace("mosquitto_pub", "printf '%s\\0'", 1))
    out, errors = await shell.communicate()
    assert shell.returncode == 0, errors.decode()
    return out.decode().split("\0")[:-1]


async def published(words: list[str], endpoint: Endpoint) -> None:
    """With mosquitto_pub itself where it is; else as its options say."""
    given = dict(pairwise(words))
    given["-p"], given["-h"] = str(endpoint.port), endpoint.host
    flags = ["-r"] if "-r" in words else []
    if shutil.which("mosquitto_pub"):
        names = [name for name in ("-h", "-p", "-q", "-t", "-m") if name in given]
        pairs = [word for name in names for word in (name, given[name])]
        process = await started("mosquitto_pub", *flags, *pairs)
        _out, errors = await process.communicate()
        assert process.returncode == 0, errors.decode()
        return
    async with MqttTransport(endpoint, "one-line", SystemClock()).session(None) as session:
        qos, retain = int(given.get("-q", "0")), bool(flags)
        await session.publish(given["-t"], given["-m"].encode(), qos=qos, retain=retain)


@pytest.mark.parametrize("number", range(6))
async def test_every_line_of_the_document_is_taken_by_a_console(number: int, tmp_path: Path) -> None:
    assert len(LINES) == 6
    words = await arguments(LINES[number])
    async with a_broker(tmp_path / "broker") as heard:
        await published(words, heard.endpoint)
        messages = await heard.until(bool)
    assert len(messages) == 1
    hold_against_the_contract(messages)
