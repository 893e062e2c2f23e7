"""A city's broker as a rig sees it: one process, or the three nodes of a NATS cluster."""

import asyncio
import re
from pathlib import Path, PurePosixPath

from dispatch.domain.geography import CityCode
from dispatch.feed import nats_cluster
from dispatch.feed.broker import BrokerFailed, EmbeddedBroker, find_program
from dispatch.feed.mqtt import MqttTransport
from dispatch.feed.nats_cluster import Cluster, ClusterNode
from dispatch.feed.transport import Endpoint, TransportLost
from dispatch.settings import load
from dispatch.settings.brokers import load_brokers
from tests.feed.secured import CLOCK, free_ports

NODES = 3
READY_WITHIN_S = 60.0


class OneBroker:
    """A process; killed, it is gone until it is started again."""

    def __init__(self, broker: EmbeddedBroker) -> None:
        self.broker = broker

    async def start(self) -> list[int]:
        """The ports of its nodes."""
        return [(await self.broker.start()).port]

    async def kill(self) -> str:
        await self.broker.kill()
        return self.broker.kind

    async def stop(self) -> None:
        await self.broker.stop()


class ClusterBroker:
    """Three nodes as `czt broker config --kind nats-cluster` sets them up, but for certificates.

    Packets are read on their way by the rig's proxies, which TLS is made to prevent. `kill` takes the next
    node each time, so that whoever leads a stream is hit as well.
    """

    def __init__(self, folder: Path, city: str) -> None:
        self.folder, self.city = folder, CityCode(city)
        self.ports = free_ports(NODES)
        self._nodes: dict[int, asyncio.subprocess.Process] = {}
        self._turn = 0
        self._one_at_a_time = asyncio.Lock()

    def write(self) -> None:
        """The nodes' files; what one node tells another stays the same over all starts."""
        nodes = tuple(
            ClusterNode(host="127.0.0.1", port=port, cluster_port=among, local_port=local)
            for port, among, local in zip(self.ports, free_ports(NODES), free_ports(NODES), strict=True)
        )
        cluster = Cluster(self.city, nodes, load_brokers(load()).limits, "of-this-rig")
        for number in range(1, NODES + 1):
            folder = self.folder / f"node-{number}"
            folder.mkdir(parents=True)
            place = nats_cluster.Place(self.city, number, PurePosixPath(folder.as_posix()), "127.0.0.1")
            (folder / nats_cluster.CONFIG).write_text(
                _open(nats_cluster.config_text(cluster, place, ())), "utf-8"
            )

    async def start(self) -> list[int]:
        """Start what does not run, and wait until every node takes a program in."""
        if not self.folder.exists():
            self.write()
        for number in range(1, NODES + 1):
            if number not in self._nodes:
                await self._start(number)
        async with asyncio.timeout(READY_WITHIN_S):
            for port in self.ports:
                while not await _usable(port):  # noqa: ASYNC110 - a process sets no event
                    await asyncio.sleep(0.2)
        return self.ports

    async def kill(self) -> str:
        """The next node, as a crash does; never two at once: three nodes stand the loss of one."""
        async with self._one_at_a_time:
            if len(self._nodes) < NODES:
                return ""
            self._turn = self._turn % NODES + 1
            process = self._nodes.pop(self._turn)
            process.kill()
            await process.wait()
            return f"node {self._turn}"

    async def stop(self) -> None:
        for process in self._nodes.values():
            if process.returncode is None:
                process.kill()
            await process.wait()
        self._nodes.clear()

    async def _start(self, number: int) -> None:
        program = find_program("nats")
        if program is None:
            raise BrokerFailed("nats-server is not installed")
        config = self.folder / f"node-{number}" / nats_cluster.CONFIG
        with (self.folder / f"node-{number}.log").open("ab") as log:
            self._nodes[number] = await asyncio.create_subprocess_exec(
                str(program), "-c", str(config), stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
            )


def _open(text: str) -> str:
    """Without certificates and users."""
    without = re.sub(r"(?m)^  tls \{\n(?:    .*\n)*  \}\n", "", text)
    return without[: without.rindex("authorization {")]


async def _usable(port: int) -> bool:
    transport = MqttTransport(Endpoint("127.0.0.1", port, subscribe_qos=0), f"ready-{port}", CLOCK)
    try:
        async with asyncio.timeout(6), transport.session(None) as one:
            await one.subscribe([f"ready/{port}"])
            await one.publish(f"ready/{port}", b"x", qos=1)
    except (TransportLost, TimeoutError, BaseExceptionGroup):
        return False
    return True
