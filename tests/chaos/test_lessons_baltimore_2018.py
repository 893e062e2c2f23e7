"""Baltimore, March 2018: ransomware, 17 hours without computer-aided dispatch. Here: five minutes at most.

A city's centre and broker are lost with their disks, in the middle of the work, a while after the last
backup. Another host takes over as docs/operations.md says: the backup is restored, the key file comes from
the safe, the neighbour accepts the shorter history, the centre starts. Console and vehicles go on under
their own files. What was not in the backup is gone from the centre: nobody may be sent twice for it, and the
desk must be told of every order of its own that it is over, or that the centre knows it otherwise.
"""

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from dispatch.feed.broker import EmbeddedBroker
from dispatch.settings import config_dir, load
from tests.chaos.cities.evidence import collect
from tests.chaos.cities.journal import Line, now_ms, read_journal
from tests.chaos.cities.open_things import query
from tests.chaos.cities.programs import Place, Program
from tests.chaos.cities.small_cities import CITIES, make_configuration, write_ground
from tests.chaos.cities.verdict import what_crews_did
from tests.chaos.hosts.site import czt

TAKEN_OVER_WITHIN_S = 300.0
LOST, NEIGHBOUR = "changsha", "zhuzhou"
SELDOM, OFTEN = "every_s = 60 ", "every_s = 2 "
READY_WITHIN_S = 120.0
BEFORE, SINCE, AFTER = 6, 4, 3
"""Orders that crews acknowledged: before the backup, since it, and under the new host."""


class Cities:
    """The city that loses its host, and a neighbour whose centre cosigns its log."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.config = folder, make_configuration(folder / "config")
        self.safe = folder / "safe"
        """Where the key file has a copy."""
        self.brokers = {city: EmbeddedBroker("auto", folder / "brokers" / city) for city in CITIES}
        self.programs: dict[str, Program] = {}

    def make_keys(self) -> None:
        for city in (LOST, NEIGHBOUR):
            czt("keys", "make", city, str(self.safe / f"{city}.key"))
        public = [
            word
            for city in (LOST, NEIGHBOUR)
            for word in czt("keys", "show", str(self.safe / f"{city}.key")).split()
            if word.startswith("czt/") and word.count("+") >= 2
        ]
        czt("keys", "trust", *public, "--config", str(self.config))
        shipped = (config_dir() / "audit.toml").read_text("utf-8")
        assert SELDOM in shipped
        (self.config / "audit.toml").write_text(shipped.replace(SELDOM, OFTEN), "utf-8")

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        ports = {city: [(await broker.start()).port] for city, broker in self.brokers.items()}
        place = Place(self.folder, self.config, ports, seed=1)
        units = write_ground(load(self.config), place.ground)
        self.programs = {
            "console": place.console(LOST),
            "crews": place.vehicles(LOST, 1, tuple(units[LOST])),
            NEIGHBOUR: self.centre(place, NEIGHBOUR),
            LOST: self.centre(place, LOST),
        }
        self.place = place
        try:
            for program in self.programs.values():
                await program.start()
            yield
        finally:
            for program in self.programs.values():
                await program.stop()
            for broker in self.brokers.values():
                await broker.stop()

    def centre(self, place: Place, city: str) -> Program:
        """With the city's keys, which its folder does not hold."""
        return place.centre(city, ("--keys", str(self.safe / f"{city}.key")))

    @property
    def centre_folder(self) -> Path:
        return self.folder / "centres" / LOST

    def shown(self) -> list[Line]:
        return read_journal(self.folder / "consoles" / LOST / "shown.jsonl")

    def acknowledged(self, since_ms: int = 0) -> set[str]:
        """Requests of which the desk was shown that a crew is on its way; those asked for since then."""
        return {
            line["request"]
            for line in self.shown()
            if line["did"] == "shows" and "acked" in line["steps"] and line["asked_ms"] >= since_ms
        }


@pytest.mark.slow
async def test_another_host_takes_over_within_five_minutes(tmp_path: Path) -> None:
    cities = Cities(tmp_path)
    await asyncio.to_thread(cities.make_keys)
    backup, took = tmp_path / "backup", {}
    witness = tmp_path / "centres" / NEIGHBOUR / "witness.db"

    async def step(name: str, *words: str) -> str:
        begun = time.monotonic()
        said = await asyncio.to_thread(czt, *words)
        took[name] = time.monotonic() - begun
        return said

    async with cities.at_work():
        await _until(lambda: len(cities.acknowledged()) >= BEFORE)
        await step("backup", "backup", "make", str(cities.centre_folder), str(backup))
        known = cities.acknowledged()
        await _until(lambda: len(cities.acknowledged()) >= len(known) + SINCE and _cosigned(witness))
        await cities.brokers[LOST].kill()
        await cities.programs[LOST].kill()
        shutil.rmtree(cities.centre_folder)
        lost = cities.acknowledged()

        begun, begun_ms = time.monotonic(), now_ms()
        await step("restore", "backup", "restore", str(backup), str(cities.centre_folder))
        accept = ("audit", "accept", str(witness), LOST, "--by", "duty officer", "--reason", "host lost")
        await step("accept", *accept, "--drill")
        await cities.brokers[LOST].start()
        cities.programs[LOST] = cities.centre(cities.place, LOST)
        await cities.programs[LOST].start()
        await _until(lambda: bool(cities.acknowledged(begun_ms)))
        took["until the first order was acknowledged"] = time.monotonic() - begun
        await _until(lambda: len(cities.acknowledged(begun_ms)) >= AFTER)
        cities.place.quiet.touch()
        await _until(lambda: not _undecided(tmp_path))
    print("\n" + ", ".join(f"{name}: {seconds:.1f} s" for name, seconds in took.items()))

    assert took["until the first order was acknowledged"] <= TAKEN_OVER_WITHIN_S
    found = collect(tmp_path)
    assert what_crews_did(found).doubles == []
    assert [line for line in found.broken_chains if LOST in line] == []
    held = {request for (request,) in query(cities.centre_folder / "centre.db", "SELECT request FROM orders")}
    assert known <= held, "what the backup held is there"
    assert lost - known - held, "orders were lost with the host, or this shows nothing"
    epochs = {order.token[0] for order in found.orders.values() if order.centre == LOST}
    assert len(epochs) >= 2
    conflicts = json.loads(czt("audit", "conflicts", str(witness), "--json"))
    assert conflicts == [], "it was accepted before its first checkpoint came"


def _cosigned(witness: Path) -> bool:
    return witness.exists() and bool(czt("audit", "checkpoints", str(witness), "--city", LOST).strip())


def _undecided(folder: Path) -> list[str]:
    """Requests of the desk whose end it does not know."""
    rows = query(folder / "consoles" / LOST / "requests.db", "SELECT said FROM asked WHERE NOT settled")
    return [json.loads(said)["request"] for (said,) in rows]


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(READY_WITHIN_S):
        while not await asyncio.to_thread(true):  # noqa: ASYNC110 - what is waited for is in another process
            await asyncio.sleep(0.2)
