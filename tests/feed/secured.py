"""Three mosquittos as in real operation: TLS, certificates, access lists, bridges; all made by `czt`."""

import asyncio
import contextlib
import shutil
import socket
import sys
from pathlib import Path

from typer.testing import CliRunner

from dispatch.certificates import Authority
from dispatch.cli.app import app
from dispatch.clock import SystemClock
from dispatch.domain.geography import CityCode
from dispatch.feed.broker import find_program
from dispatch.feed.mqtt import MqttTransport
from dispatch.feed.transport import Endpoint, TlsFiles
from dispatch.settings import config_dir

CITIES = tuple(CityCode(one) for one in ("changsha", "zhuzhou", "xiangtan"))
OBSERVER = "observer-of-all"
CLOCK = SystemClock()


class Secured:
    """The brokers of three cities on loopback. OBSERVER may read and write everything, for the tests."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.config, self.pki = folder, folder / "config", folder / "pki"
        self.ports = dict(zip(CITIES, free_ports(len(CITIES)), strict=True))
        self._running: dict[CityCode, asyncio.subprocess.Process] = {}

    def make(self) -> None:
        """The configuration, the certificates and the brokers' own files."""
        self.config.mkdir(parents=True)
        shipped = (config_dir() / "brokers.toml").read_text("utf-8")
        head = shipped.split("[cities.")[0]
        own = 'host = "localhost"\nlisten = "127.0.0.1"\nconsoles = ["console-1"]\n'
        tables = [f"[cities.{city}]\n{own}port = {port}\n" for city, port in self.ports.items()]
        (self.config / "brokers.toml").write_text(head + "\n".join(tables), "utf-8")
        device = '[[tracker]]\ndevice = "crew/phone"\nunit = "CS-001"\n'
        (self.config / "owntracks.toml").write_text("replay = false\n" + device, "utf-8")
        self.czt("keys", "pki", "--out", str(self.pki), "--drill")
        self.issue_observer()
        for city in CITIES:
            self.configure(city)

    def issue_observer(self) -> None:
        """The certificate of whoever hears everything."""
        Authority.opened(self.pki, CLOCK, valid_days=1).issue(self.pki, OBSERVER, OBSERVER)

    def configure(self, city: CityCode) -> None:
        """The broker's files as `czt` writes them, and an observer who hears everything."""
        out = self.folder / city
        where = ("--out", str(out), "--pki", str(self.pki))
        self.czt("broker", "config", city, *where, "--drill", "--user", "root")
        with (out / "access.acl").open("a", encoding="utf-8") as file:
            file.write(f"\nuser {OBSERVER}\ntopic readwrite #\ntopic read $SYS/#\n")

    def czt(self, *words: str) -> str:
        """Run a command with this configuration; it must succeed."""
        result = CliRunner().invoke(app, [*words, "--config", str(self.config)], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    async def start(self) -> None:
        for city in CITIES:
            await self.start_one(city)

    async def start_one(self, city: CityCode) -> None:
        program = find_program("mosquitto")
        assert program is not None
        with (self.folder / f"{city}.log").open("ab") as log:
            self._running[city] = await asyncio.create_subprocess_exec(
                str(program), "-c", str(self.folder / city / "mosquitto.conf"), stdout=log, stderr=log
            )
        async with asyncio.timeout(10):
            while not await _open(self.ports[city]):
                assert self._running[city].returncode is None, self.log(city)
                await asyncio.sleep(0.02)

    async def stop(self) -> None:
        for city in list(self._running):
            await self.stop_one(city)

    async def stop_one(self, city: CityCode) -> None:
        process = self._running.pop(city)
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()

    def log(self, city: CityCode) -> str:
        return (self.folder / f"{city}.log").read_text("utf-8", "replace")

    def endpoint(self, city: CityCode, user: str) -> Endpoint:
        """The way of a program, named as `<city>-<name>`, to the broker of a city."""
        home, _hyphen, name = user.partition("-")
        base = self.pki / ("simulators" if name.startswith("sim-") else "" if user == OBSERVER else home)
        stem = user if user == OBSERVER else name
        tls = TlsFiles(self.pki / "ca.pem", base / f"{stem}.pem", base / f"{stem}.key")
        return Endpoint("localhost", self.ports[city], tls=tls)

    def transport(self, city: CityCode, user: str) -> MqttTransport:
        return MqttTransport(self.endpoint(city, user), user, CLOCK)


def installed() -> bool:
    return (
        find_program("mosquitto") is not None and sys.platform != "win32" and shutil.which("sh") is not None
    )


def free_ports(count: int) -> list[int]:
    """So many ports of loopback that nobody listens on now."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


async def _open(port: int) -> bool:
    try:
        _reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
