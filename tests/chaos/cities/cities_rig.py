"""Three cities of real processes and what happens to them: calm, chaos, healing, and an end.

What the rig did, and when, stands in `happened.jsonl`; nothing here judges.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Literal

from dispatch.feed.broker import EmbeddedBroker
from dispatch.settings import load
from tests.chaos.cities.clusters import ClusterBroker, OneBroker
from tests.chaos.cities.journal import Journal, read_journal
from tests.chaos.cities.open_things import open_things
from tests.chaos.cities.programs import Place, Program
from tests.chaos.cities.proxy import Crossing, Proxy
from tests.chaos.cities.small_cities import CITIES, make_configuration, write_ground
from tests.chaos.cities.storm import CALM, ROUGH, Storm
from tests.chaos.cities.timetable import Trouble, node_losses, timetable

FLEETS = 2
"""Vehicle processes in each city."""
READY_WITHIN_S = BACK_WITHIN_S = 90.0
CALM_SHARE, CHAOS_SHARE = 0.18, 0.5
LONGEST_CALM_S = 60.0
RESOLVED_WITHIN_S = 60.0
LOOK_S = 0.5
Kind = Literal["mosquitto", "nats", "nats-cluster"]
CLUSTERED = "changsha"
"""With nats-cluster this city's broker has three nodes; the others have mosquitto, or nats-server alone."""


class CitiesRig:
    """One run; everything it leaves behind is in `folder`."""

    def __init__(self, folder: Path, kind: Kind, seconds: float, seed: int) -> None:
        self.folder, self.kind, self.seed = folder, kind, seed
        self.calm_s = min(seconds * CALM_SHARE, LONGEST_CALM_S)
        self.chaos_s = seconds - self.calm_s - seconds * (1 - CALM_SHARE - CHAOS_SHARE)
        self.happened = Journal(folder / "happened.jsonl")
        self.happened.note("began", broker=kind, seconds=seconds, seed=seed)
        self.chance = random.Random(f"rig {seed}")
        self.storm = Storm(random.Random(f"storm {seed}"))
        self.brokers = {city: _broker(kind, folder / "brokers" / city, city) for city in CITIES}
        self.proxies: dict[str, list[Proxy]] = {}
        self.programs: dict[str, Program] = {}
        self._back: dict[str, asyncio.Event] = {}

    async def run(self) -> None:
        """The whole of it: every program is gone at the end."""
        async with self._everything():
            await _until(self._ready, READY_WITHIN_S)
            await self._phase("calm", self.calm_s)
            self.storm.rates = ROUGH
            await self._phase("chaos", self.chaos_s, self._troubles())
            self.storm.rates = CALM
            self.happened.note("faults", **self.storm.done)
            self.happened.note("phase", name="healed")
            (self.folder / "quiet").touch()
            await self._resolve()

    @asynccontextmanager
    async def _everything(self) -> AsyncIterator[None]:
        config = make_configuration(self.folder / "config")
        async with AsyncExitStack() as stack:
            for city, broker in self.brokers.items():
                stack.push_async_callback(broker.stop)
                ports = await broker.start()
                self.proxies[city] = [Proxy(self.storm, city, port, self._subscribed) for port in ports]
                for proxy in self.proxies[city]:
                    stack.push_async_callback(proxy.stop)
            ways = {city: [await one.start() for one in nodes] for city, nodes in self.proxies.items()}
            place = Place(self.folder, config, ways, self.seed)
            units = write_ground(load(config), place.ground)
            for city in CITIES:
                half = (len(units[city]) + FLEETS - 1) // FLEETS
                fleets = [tuple(units[city][n * half : (n + 1) * half]) for n in range(FLEETS)]
                made = [place.centre(city), place.console(city)]
                made += [place.vehicles(city, n, fleet) for n, fleet in enumerate(fleets, 1)]
                self.programs |= {one.name: one for one in made}
            stack.push_async_callback(self._stop_programs)
            for program in sorted(self.programs.values(), key=lambda one: one.kind):
                await program.start()
            yield

    async def _stop_programs(self) -> None:
        consoles = [one for one in self.programs.values() if one.kind == "console"]
        await asyncio.gather(*(one.stop() for one in consoles))
        await asyncio.gather(*(one.stop() for one in self.programs.values()))

    def _ready(self) -> bool:
        """Every console sees its own city, every unit of it is free, and every program is up."""
        dead = [one.name for one in self.programs.values() if not one.alive]
        if dead:
            raise RuntimeError(f"{', '.join(dead)} ended at the start: see its log in {self.folder}")
        journals = [self.folder / "consoles" / city / "shown.jsonl" for city in CITIES]
        return all(any(line["did"] == "ready" for line in read_journal(one)) for one in journals)

    async def _phase(self, name: str, seconds: float, troubles: list[Trouble] | None = None) -> None:
        self.happened.note("phase", name=name)
        begun = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as tasks:
            for one in troubles or ():
                tasks.create_task(self._trouble(one, begun))
            await asyncio.sleep(seconds)

    def _troubles(self) -> list[Trouble]:
        fleets = tuple(one.name for one in self.programs.values() if one.kind == "vehicles")
        troubles = timetable(self.seed, self.chaos_s, fleets)
        if self.kind == "nats-cluster":
            troubles += node_losses(self.seed, self.chaos_s, CLUSTERED)
        return troubles

    # --- what goes wrong --------------------------------------------------------------------------

    async def _trouble(self, one: Trouble, begun: float) -> None:
        await asyncio.sleep(max(0.0, begun + one.at_s - asyncio.get_running_loop().time()))
        match one.what:
            case "broker":
                await self._kill_broker(one)
            case "city":
                await self._cut_off(one)
            case "silence":
                await self._silence(one)
            case "reset":
                self._reset()
            case _:
                await self._kill_program(one)

    async def _kill_broker(self, one: Trouble) -> None:
        node = await self.brokers[one.whom].kill()
        if not node:
            return  # one node is down already
        self.happened.note("down", what="broker", city=one.whom, node=node)
        await asyncio.sleep(one.for_s)
        await self.brokers[one.whom].start()
        self.happened.note("back", what="broker", city=one.whom)

    async def _kill_program(self, one: Trouble) -> None:
        name = one.whom if one.what == "vehicles" else f"{one.what} {one.whom}"
        program = self.programs[name]
        if not program.alive:
            return  # it is down already
        self.happened.note("down", what=program.kind, name=name, city=program.city, client=program.client)
        self._back[program.client] = asyncio.Event()
        await program.kill()
        await asyncio.sleep(one.for_s)
        await program.start()
        async with asyncio.timeout(BACK_WITHIN_S):
            await self._back[program.client].wait()
        self.happened.note("back", what=program.kind, name=name, city=program.city, client=program.client)

    def _subscribed(self, client: str, broker: str) -> None:
        """A program listens at its own city's broker (again)."""
        program = next((one for one in self._back if client == one or client.startswith(f"{one}-")), None)
        if client.startswith(f"{broker}-") and program is not None:
            self._back[program].set()

    async def _cut_off(self, one: Trouble) -> None:
        self.happened.note("cut", city=one.whom)
        self.storm.cut_off.add(one.whom)
        await asyncio.sleep(one.for_s)
        self.storm.cut_off.discard(one.whom)
        self.happened.note("mended", city=one.whom)

    async def _silence(self, one: Trouble) -> None:
        crossing = self._any_crossing()
        if crossing is None:
            return
        self.happened.note("silent", client=crossing.client, broker=crossing.broker)
        crossing.blind = True
        await asyncio.sleep(one.for_s)
        crossing.blind = False
        self.happened.note("heard again", client=crossing.client, broker=crossing.broker)

    def _reset(self) -> None:
        crossing = self._any_crossing()
        if crossing is not None:
            self.happened.note("reset", client=crossing.client, broker=crossing.broker)
            crossing.reset()

    def _any_crossing(self) -> Crossing | None:
        proxies = [proxy for nodes in self.proxies.values() for proxy in nodes]
        every = [one for proxy in proxies for one in proxy.crossings]
        return self.chance.choice(sorted(every, key=lambda one: (one.client, one.broker))) if every else None

    # --- the end ----------------------------------------------------------------------------------

    async def _resolve(self) -> None:
        """Wait until nothing is open; what still is when the time is over is written down."""
        loop = asyncio.get_running_loop()
        until = loop.time() + RESOLVED_WITHIN_S
        left = await asyncio.to_thread(open_things, self.folder)
        while left and loop.time() < until:
            await asyncio.sleep(LOOK_S)
            left = await asyncio.to_thread(open_things, self.folder)
        self.happened.note("phase", name="resolved" if not left else "gave up", left=left)
        dead = [one.name for one in self.programs.values() if not one.alive]
        self.happened.note(
            "ended", dead=dead, starts={one.name: one.starts for one in self.programs.values()}
        )


def _broker(kind: Kind, folder: Path, city: str) -> OneBroker | ClusterBroker:
    if kind == "nats-cluster":
        return ClusterBroker(folder, city) if city == CLUSTERED else OneBroker(EmbeddedBroker("auto", folder))
    return OneBroker(EmbeddedBroker(kind, folder))


async def _until(true: Callable[[], bool], within_s: float) -> None:
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110 - what is waited for is in another process
            await asyncio.sleep(LOOK_S)
