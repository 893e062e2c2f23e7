"""What a program finds out about its own rights when it starts: at good brokers, wrong ones, open ones."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from typer.testing import CliRunner

from dispatch.audit.read import rows
from dispatch.cli.app import app
from dispatch.domain.alarms import Severity
from dispatch.domain.geography import CityCode
from dispatch.feed.access import Program, ProgramRole
from dispatch.feed.broker import EmbeddedBroker, find_program
from dispatch.feed.mqtt import over_mqtt
from dispatch.feed.self_test import Findings, RightsTest
from dispatch.feed.transport import TransportLost
from dispatch.runtime import open_session
from dispatch.settings import config_dir, load
from tests.feed.feed_bench import until
from tests.feed.secured import CITIES, CLOCK, Secured, installed

T = TypeVar("T", bound=Callable[..., object])


def needs_mosquitto(test: T) -> T:
    missing = pytest.mark.skipif(not installed(), reason="mosquitto is not installed: nothing was tried")
    marked: T = pytest.mark.mosquitto(missing(test))
    return marked


CHANGSHA, ZHUZHOU, XIANGTAN = CITIES
CONSOLE = Program(CHANGSHA, ProgramRole.CONSOLE, "console-1")
CENTRE = Program(CHANGSHA, ProgramRole.CENTRE, "centre")


@pytest.fixture
async def secured(tmp_path: Path) -> AsyncIterator[Secured]:
    made = Secured(tmp_path / "drill")
    made.make()
    try:
        yield made
    finally:
        await made.stop()


def rights(secured: Secured, program: Program) -> RightsTest:
    endpoints = {city: secured.endpoint(city, program.user) for city in CITIES}
    return RightsTest(program, endpoints, CLOCK)


def rewrite(secured: Secured, city: CityCode, old: str, new: str) -> None:
    """Make an access list wrong."""
    file = secured.folder / city / "access.acl"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("program", [CONSOLE, CENTRE])
@needs_mosquitto
async def test_at_brokers_as_czt_writes_them_everything_is_right(secured: Secured, program: Program) -> None:
    await secured.start()
    test = rights(secured, program)
    found = [await test.test(city) for city in CITIES]
    assert [one.lines() for one in found if not one.good] == []
    assert all(one.tried >= 4 for one in found)


@pytest.mark.slow
@needs_mosquitto
async def test_a_right_that_is_missing_and_one_too_many_are_named_and_alarmed(
    secured: Secured, tmp_path: Path
) -> None:
    rewrite(secured, ZHUZHOU, "topic write czt/v1/changsha/cmd/zhuzhou/+\n", "")
    rewrite(
        secured,
        XIANGTAN,
        "user changsha-console-1\n",
        "user changsha-console-1\n"
        "topic write czt/v1/xiangtan/ems/unit/+/order\n"
        "topic read czt/v1/zhuzhou/#\n",
    )
    await secured.start()
    with_everything = secured.transport(XIANGTAN, "zhuzhou-bridge")
    await secured.stop_one(ZHUZHOU)  # its bridge has the same name
    async with with_everything.session(None) as session:
        await session.publish("czt/v1/zhuzhou/snapshot/units", b"x", qos=1, retain=True)
    await secured.start_one(ZHUZHOU)
    test = rights(secured, CONSOLE)
    configuration = load(secured.config)
    connect = test.over(over_mqtt(test.endpoints, CLOCK))
    async with open_session(
        configuration, connect, CLOCK, tmp_path / "console", drill=False, rights=test
    ) as running:
        await until(lambda: len(test.findings) == len(CITIES))
        await until(lambda: all(link.state.up for link in running.links.values()))
        raised = {alarm.code: alarm for alarm in running.picture.alarms.listed()}
    assert test.findings[CHANGSHA].good
    assert test.findings[ZHUZHOU].missing == ("czt/v1/changsha/cmd/zhuzhou/snapshot.request",)
    assert test.findings[XIANGTAN].excess == (
        "czt/v1/xiangtan/ems/unit/self-test/order",
        "czt/v1/zhuzhou/snapshot/units",
    )
    assert raised["rights_missing"].severity is Severity.CRITICAL
    assert "czt/v1/changsha/cmd/zhuzhou/snapshot.request" in str(raised["rights_missing"].facts)
    assert "self-test/order" in str(raised["rights_excess"].facts)
    log = rows(tmp_path / "console" / "audit.db")
    written = {row.target: row.detail for row in log if row.action == "rights.tested"}
    assert written[ZHUZHOU]["missing"] == ["czt/v1/changsha/cmd/zhuzhou/snapshot.request"]
    assert written[CHANGSHA]["excess"] == []


@needs_mosquitto
async def test_a_broker_open_to_everybody_is_found(tmp_path: Path) -> None:
    broker = EmbeddedBroker("mosquitto", tmp_path)
    endpoint = await broker.start()
    try:
        found = await RightsTest(CONSOLE, dict.fromkeys(CITIES, endpoint), CLOCK).test(ZHUZHOU)
    finally:
        await broker.kill()
    assert found.missing == ()
    assert len(found.excess) >= 5
    assert any("xiangtan/cmd/zhuzhou" in topic for topic in found.excess), "a spoofed city"


@pytest.mark.skipif(find_program("nats") is None, reason="nats-server is not installed")
async def test_a_broker_that_does_not_say_what_it_denies_is_not_called_good(tmp_path: Path) -> None:
    broker = EmbeddedBroker("nats", tmp_path)
    endpoint = await broker.start()
    try:
        found = await RightsTest(CONSOLE, {CHANGSHA: endpoint}, CLOCK).test(CHANGSHA)
    finally:
        await broker.kill()
    assert found.untried
    assert not found.good
    assert found.untried in found.lines()[0]


@pytest.mark.slow
@needs_mosquitto
async def test_a_broker_that_is_not_there_yet_is_tried_when_it_is(secured: Secured) -> None:
    seen: list[Findings] = []
    test = rights(secured, CENTRE)
    test.on_findings = seen.append
    transport = test.over(over_mqtt(test.endpoints, CLOCK))(CHANGSHA, CENTRE.user)
    with pytest.raises(TransportLost):
        async with transport.session(None):
            pass
    assert seen == []
    await secured.start_one(CHANGSHA)
    for _twice in range(2):
        async with transport.session(None):
            pass
    assert [one.good for one in seen] == [True]


@pytest.mark.slow
@needs_mosquitto
async def test_the_command_says_what_is_wrong_and_fails(secured: Secured) -> None:
    rewrite(secured, CHANGSHA, "topic write czt/v1/changsha/cmd/+/+\n", "")
    await secured.start()
    links = [
        f'[links.{city}]\nhost = "localhost"\nport = {port}\ntls = {{ ca_file = "../pki/ca.pem", '
        f'cert_file = "../pki/changsha/{{program}}.pem", key_file = "../pki/changsha/{{program}}.key" }}\n'
        for city, port in secured.ports.items()
    ]
    shipped = (config_dir() / "settings.toml").read_text("utf-8")
    (secured.config / "settings.toml").write_text(shipped + "\n".join(links), "utf-8")
    words = ["broker", "check", "--json", "--config", str(secured.config)]
    result = await asyncio.to_thread(CliRunner().invoke, app, words)
    said = [json.loads(line) for line in result.output.splitlines()]
    assert result.exit_code == 1
    assert {one["city"]: one["missing"] for one in said if one["missing"]} == {
        "changsha": ["czt/v1/changsha/cmd/changsha/snapshot.request"]
    }
    result = await asyncio.to_thread(CliRunner().invoke, app, [*words, "--centre", "changsha"])
    assert result.exit_code == 0, result.output
