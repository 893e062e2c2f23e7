"""A NATS cluster of three nodes as a city's broker: TLS, certificates, permissions; all made by `czt`."""

import asyncio
import contextlib
from dataclasses import replace
from pathlib import Path

from dispatch.certificates import key_digest
from dispatch.domain.geography import CityCode
from dispatch.feed.broker import find_program
from dispatch.feed.mqtt import MqttTransport
from dispatch.feed.transport import Endpoint, TransportLost
from dispatch.settings import config_dir
from tests.feed.secured import CITIES, CLOCK, OBSERVER, Secured, free_ports

NODES = 3
READY_WITHIN_S = 40.0


class Clustered(Secured):
    """Changsha's broker is a cluster; the other cities' do not run. OBSERVER may do everything."""

    city = CITIES[0]

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        mqtt, among, local = (free_ports(NODES) for _ in range(3))
        self.node_ports = tuple(zip(mqtt, among, local, strict=True))
        self._nodes: dict[int, asyncio.subprocess.Process] = {}

    def make(self) -> None:
        self.config.mkdir(parents=True)
        shipped = (config_dir() / "brokers.toml").read_text("utf-8")
        own = 'host = "localhost"\nlisten = "127.0.0.1"\nconsoles = ["console-1"]\n'
        tables = [f"[cities.{city}]\n{own}port = {port}\n" for city, port in self.ports.items()]
        nodes = [
            f'[[cities.{self.city}.nodes]]\nhost = "localhost"\n'
            f"port = {port}\ncluster_port = {among}\nlocal_port = {local}\n"
            for port, among, local in self.node_ports
        ]
        text = shipped.split("[cities.")[0] + "\n".join([*tables, *nodes])
        (self.config / "brokers.toml").write_text(text, "utf-8")
        device = '[[tracker]]\ndevice = "crew/phone"\nunit = "CS-001"\n'
        (self.config / "owntracks.toml").write_text("replay = false\n" + device, "utf-8")
        self.czt("keys", "pki", "--out", str(self.pki), "--drill")
        self.issue_observer()
        self.configure(self.city)

    def configure(self, city: CityCode) -> None:
        """The nodes' files as `czt` writes them, and an observer who hears everything."""
        assert city == self.city
        out = self.folder / city
        words = ("--kind", "nats-cluster", "--out", str(out), "--pki", str(self.pki), "--drill")
        self.said = self.czt("broker", "config", city, *words)
        digest = key_digest(self.pki / f"{OBSERVER}.pem")
        for number in range(1, NODES + 1):
            file = out / f"node-{number}" / "nats-server.conf"
            text = file.read_text("utf-8")
            text = text.replace(
                "users: [\n",
                f'users: [\n    {{ user: "CN={OBSERVER}", allowed_connection_types: ["MQTT"] }}\n',
            )
            mqtt = text.index("mqtt {")
            pins = text.index("pinned_certs: [", mqtt) + len("pinned_certs: [")
            file.write_text(f"{text[:pins]}'{digest}', {text[pins:]}", "utf-8")

    async def start(self) -> None:
        for number in range(1, NODES + 1):
            await self.start_node(number)
        await self.until_usable()

    async def start_node(self, number: int) -> None:
        program = find_program("nats")
        assert program is not None
        config = self.folder / self.city / f"node-{number}" / "nats-server.conf"
        with (self.folder / f"node-{number}.log").open("ab") as log:
            self._nodes[number] = await asyncio.create_subprocess_exec(
                str(program), "-c", str(config), stdout=log, stderr=log
            )

    async def until_usable(self, node: int | None = None) -> None:
        """Until a program can write and hear, at every node or at one."""
        async with asyncio.timeout(READY_WITHIN_S):
            for number in self._nodes if node is None else (node,):
                while not await self._usable(number):  # noqa: ASYNC110 - a process sets no event
                    await asyncio.sleep(0.1)

    async def _usable(self, number: int) -> bool:
        try:
            async with (
                asyncio.timeout(6),
                MqttTransport(self.at_node(OBSERVER, number), f"ready-{number}", CLOCK).session(None) as one,
            ):
                await one.subscribe(["ready/#"])
                await one.publish("ready/x", b"x", qos=1)
        except (TransportLost, TimeoutError, BaseExceptionGroup):
            return False
        return True

    async def kill_node(self, number: int) -> None:
        process = self._nodes.pop(number)
        process.kill()
        await process.wait()

    async def restart(self) -> None:
        """One node after the other, as an operator does it."""
        for number in list(self._nodes):
            process = self._nodes.pop(number)
            process.terminate()
            await process.wait()
            await self.start_node(number)
            await self.until_usable(number)

    async def stop(self) -> None:
        for process in self._nodes.values():
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        for process in self._nodes.values():
            await process.wait()
        self._nodes.clear()

    def endpoint(self, city: CityCode, user: str) -> Endpoint:
        first, *others = [port for port, _among, _local in self.node_ports]
        more = tuple(("localhost", port) for port in others)
        return replace(super().endpoint(city, user), port=first, others=more, subscribe_qos=0)

    def at_node(self, user: str, number: int) -> Endpoint:
        return replace(self.endpoint(self.city, user), port=self.node_ports[number - 1][0], others=())

    def node_log(self, number: int) -> str:
        return (self.folder / f"node-{number}.log").read_text("utf-8", "replace")
