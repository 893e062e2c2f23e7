"""A city's NATS cluster as `czt broker config` writes it: rights, a lost node, what is kept."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dispatch.cli.app import app
from dispatch.feed.broker import find_program
from dispatch.feed.link import Identity, Link, LinkTiming
from dispatch.feed.mqtt import MqttTransport
from dispatch.feed.nats_cluster import subjects
from dispatch.feed.transport import Endpoint, Received, TlsFiles, TransportLost
from dispatch.settings.model import host_and_port
from tests.feed.clustered import NODES, Clustered
from tests.feed.secured import CITIES, CLOCK, OBSERVER
from tests.feed.test_access_lists import expected, programs, topics, wrong_writes

CITY = Clustered.city
FILTERS = 6
"""Of one session; nats-server refuses those with which it passes 65,535 unacknowledged messages."""
needs_nats = pytest.mark.skipif(
    find_program("nats") is None, reason="nats-server is not installed: no cluster was started"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Clustered:
    cluster = Clustered(tmp_path_factory.mktemp("clustered") / "site")
    cluster.make()
    return cluster


@pytest.fixture
async def cluster(made: Clustered) -> AsyncIterator[Clustered]:
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


@needs_nats
@pytest.mark.slow
async def test_every_program_writes_what_it_needs_and_nothing_else(cluster: Clustered) -> None:
    home_alone = [one for one in programs() if one[0] not in ("unit", "bank", "tracker", "hospitals")]
    let_in = [one for one in programs() if one[1] == CITY or one in home_alone]
    watching = MqttTransport(cluster.at_node(OBSERVER, 1), OBSERVER, CLOCK)
    wrong = await wrong_writes(watching, partial(cluster.transport, CITY), let_in, CITY)
    assert not wrong, "\n".join(wrong)


@needs_nats
@pytest.mark.slow
async def test_who_may_not_read_a_topic_is_refused_its_subscription(cluster: Clustered) -> None:
    reserved = ("#", "$MQTT/sub/#", "$MQTT/#", "$SYS/#", "$JS/#", "+/+/+/ems/#")
    for kind, home, name, subject in programs():
        if home != CITY or kind in ("tracker", "bridge"):
            continue
        asked, granted = (*list(topics())[::3], *reserved), set()
        for start in range(0, len(asked), FILTERS):
            async with cluster.transport(CITY, f"{home}-{name}").session(None) as session:
                for topic in asked[start : start + FILTERS]:
                    with contextlib.suppress(TransportLost):
                        await session.subscribe([topic])
                        granted.add(topic)
        may = {one for one in asked if expected(kind, home, name, subject, CITY, one, write=False)}
        assert granted == may, name


@needs_nats
@pytest.mark.slow
async def test_nobody_comes_in_without_a_certificate_that_is_pinned_or_among_the_nodes(
    cluster: Clustered, tmp_path: Path
) -> None:
    good = cluster.endpoint(CITY, f"{CITY}-centre")
    assert good.tls is not None
    cluster.czt("keys", "pki", "--out", str(tmp_path / "other"), "--city", CITY)
    foreign = tmp_path / "other" / CITY
    name = f"{CITY}-claims"
    held = cluster.endpoint(CITY, name)
    assert held.tls is not None
    assert held.tls.cert is not None
    assert held.tls.key is not None
    stolen = TlsFiles(good.tls.ca, tmp_path / "stolen.pem", tmp_path / "stolen.key")
    (tmp_path / "stolen.pem").write_bytes(held.tls.cert.read_bytes())
    (tmp_path / "stolen.key").write_bytes(held.tls.key.read_bytes())
    assert await _gets_in(replace(held, tls=stolen))
    cluster.czt("keys", "pki", "--out", str(cluster.pki), "--drill", "--revoke", name)
    cluster.configure(CITY)
    await cluster.restart()
    assert not await _gets_in(replace(held, tls=stolen))
    cluster.czt("keys", "pki", "--out", str(cluster.pki), "--drill")
    cluster.configure(CITY)
    await cluster.restart()
    assert await _gets_in(cluster.endpoint(CITY, name))
    forged = TlsFiles(good.tls.ca, foreign / "centre.pem", foreign / "centre.key")
    for tls in (None, TlsFiles(good.tls.ca), forged, stolen):
        assert not await _gets_in(replace(good, tls=tls)), tls
    as_a_node = replace(good, port=cluster.node_ports[0][1], others=())
    assert not await _gets_in(as_a_node)
    assert await _gets_in(good)


async def _gets_in(endpoint: Endpoint) -> bool:
    try:
        async with MqttTransport(endpoint, "somebody", CLOCK).session(None):
            return True
    except TransportLost:
        return False


@needs_nats
@pytest.mark.slow
async def test_a_link_goes_to_another_node_when_its_own_is_killed_and_what_is_kept_is_there(
    cluster: Clustered,
) -> None:
    heard: list[Received] = []
    ways = cluster.endpoint(CITY, f"{CITY}-centre")
    transport = MqttTransport(ways, f"{CITY}-centre", CLOCK)
    link = Link(
        city=CITY,
        transport=transport,
        identity=Identity(CITY, "centre", "centre", drill=True),
        filters=[f"czt/v1/+/cmd/{CITY}/#"],
        clock=CLOCK,
        on_batch=lambda _city, batch: heard.extend(batch),
        timing=LinkTiming(longest_pause_s=1.0),
    )
    running = asyncio.create_task(link.run())
    try:
        await _until(lambda: link.state.up)
        before = transport.node.port
        number = [port for port, _among, _local in cluster.node_ports].index(before) + 1
        status = f"czt/v1/{CITY}/ems/unit/CS-001/status"
        async with cluster.transport(CITY, OBSERVER).session(None) as other:
            await other.publish(status, b"kept", qos=1, retain=True)
        await cluster.kill_node(number)
        await _until(lambda: link.state.up and transport.node.port != before)
        asker = replace(cluster.at_node(f"{CITY}-console-1", number % NODES + 1))
        async with MqttTransport(asker, f"{CITY}-console-1", CLOCK).session(None) as console:
            await console.publish(f"czt/v1/{CITY}/cmd/{CITY}/snapshot.request", b"{}", qos=1)
            await _until(lambda: any(one.topic.endswith("snapshot.request") for one in heard))
        kept = await _kept(cluster, number % NODES + 1, status)
        assert kept == {b"kept"}
        await cluster.start_node(number)
        await cluster.until_usable(number)
        assert await _kept(cluster, number, status) == {b"kept"}
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _kept(cluster: Clustered, number: int, topic: str) -> set[bytes]:
    """What a node holds of a topic, asked until it holds something."""
    transport = MqttTransport(cluster.at_node(OBSERVER, number), "looks", CLOCK)
    async with asyncio.timeout(60):
        while True:  # nobody may lead the stream yet
            with contextlib.suppress(TransportLost, TimeoutError):
                async with transport.session(None) as one:
                    await one.subscribe([topic])
                    async with asyncio.timeout(1):
                        async for batch in one.batches():
                            return {message.payload for message in batch}


async def _until(true: object) -> None:
    assert callable(true)
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.02)


def test_topics_are_named_as_nats_names_them() -> None:
    assert subjects("czt/v1/changsha/#") == ("czt.v1.changsha", "czt.v1.changsha.>")
    assert subjects("czt/v1/+/cmd/changsha/+") == ("czt.v1.*.cmd.changsha.*",)
    assert subjects("czt/v1/changsha/node/console.1/state") == ("czt.v1.changsha.node.console//1.state",)


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("mqtt2.example", ("mqtt2.example", 8883)),
        ("10.0.0.2:1884", ("10.0.0.2", 1884)),
        ("[fd00::2]:1884", ("fd00::2", 1884)),
        ("[fd00::2]", ("fd00::2", 8883)),
    ],
)
def test_a_further_address_may_name_its_port(said: str, heard: tuple[str, int]) -> None:
    assert host_and_port(said, 8883) == heard


def test_programs_spread_over_the_nodes_and_stay_at_theirs() -> None:
    endpoint = Endpoint("a", 1, others=(("b", 2), ("c", 3)))
    first = {MqttTransport(endpoint, f"changsha-unit-CS-{n:03}", CLOCK).node.host for n in range(60)}
    assert first == {"a", "b", "c"}
    assert len({MqttTransport(endpoint, "changsha-centre", CLOCK).node for _again in range(3)}) == 1


def test_a_cluster_needs_nodes_and_an_odd_number_of_them(tmp_path: Path, made: Clustered) -> None:
    words = ("broker", "config", CITIES[1], "--kind", "nats-cluster", "--out", str(tmp_path / "out"))
    refused = CliRunner().invoke(app, [*words, "--config", str(made.config)])
    assert "[[cities.zhuzhou.nodes]]" in str(refused.exception)
    config = tmp_path / "config"
    config.mkdir()
    text = (made.config / "brokers.toml").read_text("utf-8")
    (config / "brokers.toml").write_text(text.rpartition("[[cities.")[0], "utf-8")
    uneven = CliRunner().invoke(app, ["broker", "access", CITY, "--config", str(config)])
    assert "2" in str(uneven.exception)
    assert "cities.changsha.nodes" in str(uneven.exception) or "brokers.toml" in str(uneven.exception)


def test_the_nodes_password_stays_when_their_files_are_written_again(made: Clustered) -> None:
    config = made.folder / CITY / "node-2" / "nats-server.conf"
    before = config.read_text("utf-8")
    made.configure(CITY)
    assert config.read_text("utf-8") == before
    assert config.stat().st_mode & 0o077 == 0
    assert "others = [" in made.said
