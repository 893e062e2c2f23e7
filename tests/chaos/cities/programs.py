"""The child programs of the rig: started, killed with SIGKILL, started again on the same files."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.chaos.cities.small_cities import ROOT

GOODBYE_S = 8.0
CONSOLE = "console-1"


class Program:
    """One child. `client`: its name at a broker; `city`: whose it is."""

    def __init__(
        self,
        kind: str,
        name: str,
        city: str,
        client: str,
        log: Path,
        command: Sequence[str],
        *,
        within: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """`command`: arguments of Python; `within`: what starts it on another host."""
        self.kind, self.name, self.city, self.client = kind, name, city, client
        self.starts = 0
        self._log, self._command = log, (*within, sys.executable, *command)
        self._environment = dict(environment or {})
        self._process: asyncio.subprocess.Process | None = None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int | None:
        """Its process while it runs."""
        return self._process.pid if self.alive and self._process is not None else None

    async def start(self) -> None:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        self.starts += 1
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                cwd=ROOT,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=_environment() | self._environment,
            )

    async def kill(self) -> None:
        """End it as a crash does."""
        process = self._process
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()

    async def stop(self) -> None:
        """Ask it to end, then make it."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_S):
                await process.wait()
        await self.kill()


def _environment() -> dict[str, str]:
    """Programs that start so often may keep their bytecode, whatever this machine is used to."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _endpoint(port: int, *others: int) -> dict[str, object]:
    nodes = [("127.0.0.1", one) for one in others]
    return {"host": "127.0.0.1", "port": port, "others": nodes, "subscribe_qos": 0 if others else 1}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the programs of a run work."""

    folder: Path
    config: Path
    ports: Mapping[str, list[int]]
    """City -> ports of the proxies before the nodes of its broker."""
    seed: int

    @property
    def quiet(self) -> Path:
        """The file that asks the operators to decide nothing new."""
        return self.folder / "quiet"

    @property
    def ground(self) -> Path:
        """Where units stand and which hospitals there are: vehicles read no configuration."""
        return self.folder / "ground.json"

    @property
    def endpoints(self) -> str:
        """The brokers, as every program of the run is told them."""
        return json.dumps({one: _endpoint(*ports) for one, ports in self.ports.items()})

    def centre(self, city: str, more: Sequence[str] = ()) -> Program:
        """The shipped command, at the speed of the machine's clock."""
        folder, now = self.folder / "centres" / city, datetime.now(UTC).isoformat()
        command = [
            *("-m", "dispatch", "--lang", "en", "centre", city, "--data", str(folder)),
            *("--config", str(self.config), "--endpoints", self.endpoints),
            *("--origin", now, "--started", now, "--with-parent", *more),
        ]
        return Program("centre", f"centre {city}", city, f"{city}-centre", folder / "centre.log", command)

    def console(self, city: str) -> Program:
        return self._child("console", "operator_child", city, f"{city}-{CONSOLE}", "consoles", city, ())

    def vehicles(self, city: str, number: int, units: tuple[str, ...]) -> Program:
        name = f"vehicles-{city}-{number}"
        return self._child("vehicles", "crews_child", city, f"{city}-{name}", "vehicles", name, units)

    def _child(
        self, kind: str, module: str, city: str, client: str, room: str, name: str, units: tuple[str, ...]
    ) -> Program:
        folder = self.folder / room / name
        command = ["-m", f"tests.chaos.cities.{module}", "--city", city, "--folder", str(folder)]
        config = self.ground if kind == "vehicles" else self.config
        node = name if kind == "vehicles" else CONSOLE
        command += ["--config", str(config), "--node", node, "--endpoints", self.endpoints]
        command += ["--seed", str(self.seed), "--quiet", str(self.quiet), "--units", " ".join(units)]
        return Program(kind, f"{kind} {name}", city, client, folder / "program.log", command)
