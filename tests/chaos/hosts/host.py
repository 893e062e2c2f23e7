"""One city's host: its broker, centre, two consoles, vehicles and blood centre, in a namespace."""

import asyncio
import itertools
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dispatch.feed.broker import find_program
from tests.chaos.cities.journal import TRUE_ZERO, true_zero_ns
from tests.chaos.cities.programs import Program
from tests.chaos.cities.small_cities import ROOT
from tests.chaos.hosts.network import Hosts
from tests.chaos.hosts.site import BANKS, CONSOLES, Site

LEASH = ROOT / "dispatch" / "feed" / "leash.py"
STOCK_EVERY_S = 2.5
HEADING = "lot,component,group,quantity,expires"


class Broker(Program):
    """A city's mosquitto, started as `czt broker config` says; it dies with the rig."""

    def __init__(self, city: str, site: Site, within: tuple[str, ...], environment: dict[str, str]) -> None:
        program = find_program("mosquitto")
        assert program is not None
        config = site.broker(city) / "mosquitto.conf"
        command = ("-I", "-S", str(LEASH), str(os.getpid()), str(program), "-c", str(config))
        log = site.folder / "brokers" / f"{city}.log"
        super().__init__(
            "broker", f"broker {city}", city, "", log, command, within=within, environment=environment
        )


class Host:
    """The programs of a city. `kill` and `start` take a kind, or "host" for all of them."""

    def __init__(
        self, city: str, site: Site, hosts: Hosts, ground: Path, units: list[str],
        environment: dict[str, str], seed: int, pace: float,
    ) -> None:  # fmt: skip
        self.city, self._site, self._ground = city, site, ground
        self._seed, self._pace = seed, pace
        self._within = hosts.within(city)
        self._environment = {TRUE_ZERO: str(true_zero_ns()), **environment}
        self.quiet = site.folder / "quiet"
        self.drop = site.folder / "drop" / city
        self.drop.mkdir(parents=True)
        self.stock: dict[str, int] = {}
        """What the blood centre's own table holds: lot -> quantity."""
        broker = Broker(city, site, self._within, self._environment)
        self.programs = [broker, self._centre(), self._bank(), self._vehicles(units)]
        self.programs += [self._console(node) for node in CONSOLES]

    def of_kind(self, kind: str) -> list[Program]:
        """In the order in which they start."""
        return [one for one in self.programs if kind in ("host", one.kind)]

    async def start(self, kind: str = "host") -> None:
        for program in self.of_kind(kind):
            await program.start()

    async def kill(self, kind: str = "host") -> None:
        await asyncio.gather(*(program.kill() for program in self.of_kind(kind)))

    async def stop(self) -> None:
        """Consoles first, the broker last, each politely."""
        *rest, broker = reversed(self.programs)
        await asyncio.gather(*(program.stop() for program in rest if program.kind == "console"))
        await asyncio.gather(*(program.stop() for program in rest))
        await broker.stop()

    # --- programs ---------------------------------------------------------------------------------

    def _centre(self) -> Program:
        folder = self._site.folder / "centres" / self.city
        command = ("-m", "dispatch", "--lang", "en", "centre", self.city, "--data", str(folder),
                   "--config", str(self._site.config(self.city)), "--with-parent")  # fmt: skip
        return self._program("centre", f"centre {self.city}", "centre", folder / "centre.log", command)

    def _bank(self) -> Program:
        bank, log = BANKS[self.city], self._site.folder / "drop" / f"{self.city}.log"
        told = ("blood", "publish", "--watch", str(self.drop), "--bank", bank)
        command = ("-I", "-S", str(LEASH), str(os.getpid()), sys.executable, "-m", "dispatch", "--lang", "en",
                   *told, "--config", str(self._site.config(self.city)))  # fmt: skip
        return self._program("bank", f"bank {bank}", f"bank-{bank}".lower(), log, command)

    def _console(self, node: str) -> Program:
        name = console_name(self.city, node)
        endpoints = self._site.endpoints(self.city, alone=node != CONSOLES[0])
        config = self._site.config(self.city)
        return self._child("console", "operator_child", node, "consoles", name, endpoints, config, [])

    def _vehicles(self, units: list[str]) -> Program:
        node = f"sim-{self.city}"
        endpoints = self._site.endpoints(self.city, alone=True, simulator=True)
        return self._child("vehicles", "crews_child", node, "vehicles", node, endpoints, self._ground, units)

    def _child(
        self, kind: str, module: str, node: str, room: str, name: str, endpoints: str, config: Path,
        units: list[str],
    ) -> Program:  # fmt: skip
        folder = self._site.folder / room / name
        command = ("-m", f"tests.chaos.cities.{module}", "--city", self.city, "--node", node, "--real",
                   "--folder", str(folder), "--config", str(config), "--endpoints", endpoints,
                   "--seed", str(self._seed), "--quiet", str(self.quiet), "--pace", f"{self._pace:.2f}",
                   "--units", " ".join(units))  # fmt: skip
        return self._program(kind, f"{kind} {name}", node, folder / "program.log", command)

    def _program(self, kind: str, name: str, node: str, log: Path, command: tuple[str, ...]) -> Program:
        return Program(
            kind, name, self.city, f"{self.city}-{node}", log, command,
            within=self._within, environment=self._environment,
        )  # fmt: skip

    # --- blood ------------------------------------------------------------------------------------

    async def keep_stock(self, enough: Callable[[], bool]) -> None:
        """The blood centre's table, changed every few seconds: whole counts and differences in turn."""
        expires = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
        for number in itertools.count(1):
            lot = f"{self.city[:2].upper()}{number % 7}"
            self.stock[lot] = number % 40 + 1
            whole = number % 3 == 1
            told = list(self.stock) if whole else [lot]
            rows = [f"{one},red_cells,A+,{self.stock[one]},{expires}" for one in told]
            name = f"{number:05}{'' if whole else '.change'}.csv"
            fresh = self.drop / f"{name}.new"
            fresh.write_text("\n".join((HEADING, *rows)) + "\n", "utf-8")
            fresh.rename(self.drop / name)
            if enough():
                return
            await asyncio.sleep(STOCK_EVERY_S)


def console_name(city: str, node: str) -> str:
    """Its folder below `consoles`; the first one's is that of its city, as the judges know it."""
    return city if node == CONSOLES[0] else f"{city}.{node}"
