"""A drill as it is run, but with brokers in memory: centres on disk, the simulators, a person's links."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dispatch.centre.service import Centre
from dispatch.centre.store import Store
from dispatch.clock import ManualClock, epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.domain.units import UnitId, UnitState
from dispatch.feed import payloads, topics
from dispatch.feed.link import Identity, Link
from dispatch.feed.memory import MemoryBroker, MemoryTransport
from dispatch.feed.transport import Connect, Received
from simulators.publisher import Simulators
from simulators.world import World
from tests.unit.simulators.simulated_world import ORIGIN, configuration

CHANGSHA, XIANGTAN = CityCode("changsha"), CityCode("xiangtan")

LEASE_MS = 3_600_000
"""Time may fly here: a reservation must last until it was confirmed."""


@dataclass
class Drill:
    """`heard` is everything that was said to a console of Changsha on all brokers."""

    clock: ManualClock
    simulators: Simulators
    centres: dict[CityCode, Centre]
    brokers: dict[CityCode, MemoryBroker]
    links: dict[CityCode, Link] = field(default_factory=dict)
    heard: list[Received] = field(default_factory=list)

    @property
    def world(self) -> World:
        return self.simulators.world

    async def order(self, city: CityCode, kind: str, data: payloads.Payload, key: str) -> payloads.Response:
        """Send a command and wait for its answer."""
        before = len(self.answers(key))
        await self.links[city].publish(topics.command(CHANGSHA, city, kind), f"cmd.{kind}", data, key=key)
        await self.until(lambda: len(self.answers(key)) > before)
        return self.answers(key)[-1]

    def answers(self, key: str) -> list[payloads.Response]:
        found = [m for m in self.heard if (t := topics.parse(m.topic)) and t.kind == "response"]
        decoded = [payloads.decode("response", m.payload).data for m in found]
        return [r for r in decoded if isinstance(r, payloads.Response) and r.key == key]

    def state(self, unit: UnitId) -> UnitState:
        """A unit as its centre has it."""
        city = self.world.fleet.by_id[unit].unit.city
        return self.centres[city].store.state.duties[unit].status.state

    async def until(self, true: object, seconds: float = 10.0) -> None:
        """Until something holds, with time standing still but for what the programs need."""
        async with asyncio.timeout(seconds):
            while not true():  # type: ignore[operator]  # noqa: ASYNC110 - polls state, not an event
                await asyncio.sleep(0.01)

    async def pass_time(self, seconds: float, step_s: float = 5.0) -> None:
        """Let drill time pass, and the links carry what is said."""
        for _step in range(round(seconds / step_s)):
            self.clock.advance(step_s)
            self.simulators._live_on()
            await asyncio.sleep(0.01)
        await self.until(lambda: all(voice.quiet for voice in self.simulators.voices.values()))


def _centre(city: CityCode, folder: Path, clock: ManualClock, connect: Connect) -> Centre:
    known = configuration()
    store = Store.open(
        folder / city / "centre.db",
        city=city,
        node="centre",
        units=[unit for unit in known.units if unit.city == city],
        rules=known.centre_rules,
        now_ms=epoch_ms(clock.now()),
        drill=True,
    )
    neighbours = [one.code for one in known.cities]
    return Centre(store, connect, clock=clock, drill=True, neighbours=neighbours, lease_ms=LEASE_MS)


@asynccontextmanager
async def drill(living: World, folder: Path) -> AsyncIterator[Drill]:
    """Everything of a drill, running; it has begun when this is entered."""
    clock = ManualClock(ORIGIN)
    brokers = {city: MemoryBroker() for city in living.cities}

    def connect(city: CityCode, client_id: str) -> MemoryTransport:
        return MemoryTransport(brokers[city], client_id, clock)

    async with AsyncExitStack() as stack:
        centres = {city: _centre(city, folder, clock, connect) for city in living.cities}
        for centre in centres.values():
            stack.callback(centre.store.close)
        running = Drill(clock, Simulators(living, clock, connect), centres, brokers)
        for city in living.cities:
            running.links[city] = Link(
                city=city,
                transport=connect(city, "console-1"),
                identity=Identity(CHANGSHA, "console-1", "console", drill=True),
                filters=(topics.everything_of(city),),
                clock=clock,
                on_batch=lambda _city, batch: running.heard.extend(batch),
            )
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        work = [tasks.create_task(link.run()) for link in running.links.values()]
        work += [tasks.create_task(centre.run()) for centre in centres.values()]
        work.append(tasks.create_task(running.simulators.run()))
        await running.until(lambda: all(link.state.up for link in running.links.values()))
        await running.until(lambda: not living.silent and running.simulators.voices[CHANGSHA, CHANGSHA].quiet)
        yield running
        for task in work:
            task.cancel()
