"""Three cities of real programs under the load of a region, and what each program costs while they bear it.

Brokers, centres, vehicles, a console with its operator in each city, and one console with its screen on a
pseudo terminal, whose screens are looked at in turn: each a process of its own. Everything it leaves behind
is in its folder.
"""

import asyncio
import json
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path

from dispatch.feed.broker import EmbeddedBroker
from dispatch.settings import load
from tests.chaos.cities.journal import Journal, read_journal
from tests.chaos.cities.programs import Place, Program
from tests.chaos.cities.small_cities import write_ground
from tests.load.watch import Watch
from tests.load.wide_cities import CITIES, make_configuration
from tests.performance.processes import python
from tests.performance.terminal import Terminal

READY_WITHIN_S = 120.0
LOOK_S = 0.25
SCREEN_CITY = "changsha"
LOOKS_S = 4.0
"""Between two keys at the console with its screen."""
KEYS = (b"\x1bOQ", b"\x1b[B", b"\x1bOR", b"\x1b[B", b"\x1b[6~", b"\x1bOS", b"\x1b[15~", b"\x1b[17~")
"""F2, down, F3, down, page down, F4, F5, F6: incidents, units, blood, map, alarms."""


@dataclass(frozen=True, slots=True)
class Load:
    """How much: units and banks of each city, orders a second of all, seconds, and a flood in their midst."""

    units: int = 1_000
    banks: int = 20
    orders_per_s: float = 10.0
    seconds: float = 120.0
    flood_per_s: int = 0
    flood_s: float = 0.0
    closed_kept_s: int = 3_600
    screen: bool = True
    sample_s: float = 5.0
    drain_s: float = 30.0


class LoadRig:
    """One run."""

    def __init__(self, folder: Path, load_: Load, seed: int = 1) -> None:
        self.folder, self.load, self.seed = folder, load_, seed
        self.happened = Journal(folder / "happened.jsonl")
        self.brokers = {city: EmbeddedBroker("mosquitto", folder / "brokers" / city) for city in CITIES}
        self.programs: dict[str, Program] = {}
        self.watch = Watch(folder, load_.sample_s)
        self._screen: Terminal | None = None

    async def run(self) -> None:
        """The whole of it: every program is gone at the end."""
        async with self._everything():
            await _until(self._ready, READY_WITHIN_S)
            self.happened.note("began", **{name: getattr(self.load, name) for name in _SAID})
            watching = asyncio.create_task(self.watch.run())
            try:
                await self._bear()
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)
            self.happened.note("draining")
            (self.folder / "quiet").touch()
            await self._drain()
            self.happened.note("ended", dead=[one.name for one in self.programs.values() if not one.alive])

    async def _bear(self) -> None:
        """The load; a flood at the city of the screen begins after a quarter of it."""
        if not self.load.flood_per_s:
            await asyncio.sleep(self.load.seconds)
            return
        await asyncio.sleep(self.load.seconds / 4)
        self.happened.note("flood", city=SCREEN_CITY)
        port = str(self.brokers[SCREEN_CITY].port)
        command = python(
            "tests.load.flood_child",
            *(SCREEN_CITY, port, str(self.load.flood_per_s), str(self.load.flood_s)),
            str(self.folder / "config"),
        )
        flood = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
        )
        try:
            said, _ = await flood.communicate()
        finally:
            if flood.returncode is None:
                flood.kill()
                await flood.wait()
        sent, took = said.split()
        self.happened.note("flood over", sent=int(sent), took_s=float(took))
        await asyncio.sleep(self.load.seconds / 4)

    async def _drain(self) -> None:
        """Until every order that was given has its end, or the time for it is over."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self.load.drain_s
        while loop.time() < until and any(self._open(city) for city in CITIES):  # noqa: ASYNC110 - as below
            await asyncio.sleep(LOOK_S * 4)

    def _open(self, city: str) -> bool:
        quiet = [line for line in self.waits(city) if line["did"] == "quiet"]
        return not quiet or int(str(quiet[-1]["open"])) > 0

    def waits(self, city: str) -> list[dict[str, object]]:
        """What the operator of a city wrote down."""
        return read_journal(self.folder / "consoles" / city / "waits.jsonl")

    def _ready(self) -> bool:
        dead = [one.name for one in self.programs.values() if not one.alive]
        if dead:
            raise RuntimeError(f"{', '.join(dead)} ended at the start: see its log in {self.folder}")
        return all(any(line["did"] == "ready" for line in self.waits(city)) for city in CITIES)

    @asynccontextmanager
    async def _everything(self) -> AsyncIterator[None]:
        config = make_configuration(
            self.folder / "config",
            units=self.load.units,
            banks=self.load.banks,
            closed_kept_s=self.load.closed_kept_s,
        )
        async with AsyncExitStack() as stack:
            ports: dict[str, int] = {}
            for city, broker in self.brokers.items():
                stack.push_async_callback(broker.stop)
                ports[city] = (await broker.start()).port
                self.watch.add(f"broker {city}", partial(_pid_of, broker))
            place = Place(self.folder, config, {city: [port] for city, port in ports.items()}, self.seed)
            units = write_ground(load(config), place.ground)
            stack.push_async_callback(self._stop_programs)
            for city in CITIES:
                for program in self._programs(place, city, tuple(units[city])):
                    self.programs[program.name] = program
                    self.watch.add(program.name, partial(_pid_of, program))
                    await program.start()
            if self.load.screen:
                stack.callback(self._close_screen)
                self._open_screen(ports, config)
            yield

    def _programs(self, place: Place, city: str, units: tuple[str, ...]) -> list[Program]:
        rate = str(self.load.orders_per_s / len(CITIES))
        arguments = [city, str(place.ports[city][0]), str(place.config)]
        log = self.folder / "vehicles" / city / "positions.log"
        said = ["-m", "tests.load.positions_child", *arguments]
        return [
            place.centre(city),
            Program("positions", f"positions {city}", city, f"load-{city}", log, said),
            self._child(place, "vehicles", "crews_child", city, place.ground, units),
            self._child(place, "console", "operator_child", city, place.config, (rate,)),
        ]

    def _child(
        self, place: Place, kind: str, module: str, city: str, config: Path, units: tuple[str, ...]
    ) -> Program:
        folder = self.folder / ("vehicles" if kind == "vehicles" else "consoles") / city
        command = ["-m", f"tests.load.{module}", "--city", city, "--folder", str(folder)]
        command += ["--config", str(config), "--node", f"{kind}-1", "--endpoints", place.endpoints]
        command += ["--seed", str(self.seed), "--quiet", str(place.quiet), "--units", " ".join(units)]
        return Program(kind, f"{kind} {city}", city, f"{city}-{kind}", folder / "program.log", command)

    def _open_screen(self, ports: dict[str, int], config: Path) -> None:
        """A console as a person has it; what it paints is read and thrown away, and keys are pressed."""
        folder = self.folder / "screen"
        folder.mkdir()
        command = [sys.executable, "-m", "tests.performance.console_child", json.dumps(ports), str(folder)]
        terminal = Terminal([*command, "--config", str(config), "--node", "console-9"])
        self._screen = terminal
        self.watch.add("console with its screen", lambda: terminal.process.pid)

        def read() -> None:
            keys, looks = cycle(KEYS), 0
            while self._screen is not None:
                try:
                    terminal.watch(LOOK_S)
                    looks += 1
                    if looks * LOOK_S >= LOOKS_S:
                        looks = 0
                        terminal.write(next(keys))
                except (RuntimeError, OSError):
                    return

        self._reading = threading.Thread(target=read, daemon=True)
        self._reading.start()

    def _close_screen(self) -> None:
        terminal, self._screen = self._screen, None
        if terminal is None:
            return
        self._reading.join(5.0)
        if terminal.process.poll() is not None:
            self.happened.note(
                "the screen ended", words=terminal.last_words[-500:].decode("utf-8", "replace")
            )
        else:
            os.kill(terminal.process.pid, signal.SIGKILL)
            terminal.process.wait()
        terminal.close()

    async def _stop_programs(self) -> None:
        await asyncio.gather(*(one.stop() for one in self.programs.values() if one.kind == "console"))
        await asyncio.gather(*(one.stop() for one in self.programs.values()))


def _pid_of(one: EmbeddedBroker | Program) -> int | None:
    return one.pid


_SAID = ("units", "banks", "orders_per_s", "seconds", "flood_per_s", "flood_s")


async def _until(true: Callable[[], bool], within_s: float) -> None:
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110 - what is waited for is in another process
            await asyncio.sleep(LOOK_S)
