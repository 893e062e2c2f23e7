"""Three cities without sockets: memory brokers, a scripted centre in each, and a real session over them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from dispatch.audit.entry import AuditRow
from dispatch.audit.read import rows
from dispatch.clock import SystemClock, epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.feed import payloads, topics
from dispatch.feed.link import Identity, Link
from dispatch.feed.memory import MemoryBroker, MemoryTransport
from dispatch.feed.transport import Received, Transport
from dispatch.runtime import AUDIT_FILE, Session, open_session
from dispatch.settings import Configuration, load

CHANGSHA, ZHUZHOU, XIANGTAN = CityCode("changsha"), CityCode("zhuzhou"), CityCode("xiangtan")
CLOCK = SystemClock()
YES = payloads.Response(key="k", accepted=True)
Answering = Callable[[payloads.Payload], payloads.Response | None]


@dataclass
class Centre:
    """One city's side of the wire: says its units are free, hears commands, answers as told."""

    city: CityCode
    broker: MemoryBroker
    answer: Answering = lambda _command: YES
    heard: list[payloads.Payload] = field(default_factory=list)
    link: Link = field(init=False)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        transport = MemoryTransport(self.broker, f"centre-{self.city}", CLOCK)
        identity = Identity(self.city, f"centre-{self.city}", "centre", drill=True)
        filters = (topics.commands_to(self.city),)
        self.link = Link(
            city=self.city,
            transport=transport,
            identity=identity,
            filters=filters,
            clock=CLOCK,
            on_batch=self._take,
        )

    def _take(self, _city: CityCode, batch: list[Received]) -> None:
        for message in batch:
            topic = topics.parse(message.topic)
            if topic is None or not topic.kind.startswith("cmd."):
                continue
            command = payloads.decode(topic.kind, message.payload)
            if not isinstance(command.data, payloads.SnapshotRequest):
                self.heard.append(command.data)
            answer = self.answer(command.data)
            if answer is not None and command.key is not None and command.reply_to is not None:
                said = msgspec.structs.replace(answer, key=command.key)
                self.soon(self.link.publish(command.reply_to, "response", said))

    def soon(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def announce(self, configuration: Configuration, *, state: int = 7) -> None:
        """Every configured unit of the city stands free at its station, seen just now."""
        now = epoch_ms(CLOCK.now())
        places = {site.id: site.position for site in configuration.sites}
        units = [
            payloads.UnitSnapshot(
                unit=unit.id,
                capabilities=sorted(unit.capabilities),
                state=state,
                since=now - 60_000,
                station=unit.station,
                lat=places[unit.station].lat,
                lon=places[unit.station].lon,
                fixed_at=now - 1_000,
            )
            for unit in configuration.units
            if unit.city == self.city and unit.station is not None
        ]
        snapshot = payloads.UnitsSnapshot(units=units)
        await self.link.publish(topics.snapshot(self.city, "units"), "snapshot.units", snapshot, retain=True)

    async def say_status(self, unit: str, state: int, incident: str | None) -> None:
        """Write one unit's state, as a centre does."""
        now = epoch_ms(CLOCK.now())
        status = payloads.UnitStatus(unit=unit, state=state, since=now, source="terminal", incident=incident)
        await self.link.publish(topics.status(self.city, unit), "unit.status", status, retain=True)


@dataclass
class ThreeCities:
    """The session under test and the cities it looks at."""

    session: Session
    centres: dict[CityCode, Centre]
    folder: Path

    def log(self, action: str | None = None) -> list[AuditRow]:
        """The audit rows, all or of one action."""
        found = rows(self.folder / AUDIT_FILE)
        return [row for row in found if action is None or row.action == action]


async def until(true: Callable[[], bool], within_s: float = 5.0) -> None:
    """Wait for something to become true; AssertionError when it does not."""
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.01)


@asynccontextmanager
async def three_cities(folder: Path) -> AsyncIterator[ThreeCities]:
    """Start everything and wait until every unit of every city is seen."""
    configuration = load()
    brokers = {city.code: MemoryBroker() for city in configuration.cities}
    centres = {city: Centre(city, broker) for city, broker in brokers.items()}

    def connect(city: CityCode, client_id: str) -> Transport:
        return MemoryTransport(brokers[city], client_id, CLOCK)

    async with AsyncExitStack() as stack:
        running = [asyncio.create_task(centre.link.run()) for centre in centres.values()]
        stack.push_async_callback(_stop, running)
        session = await stack.enter_async_context(
            open_session(configuration, connect, CLOCK, folder, drill=True)
        )
        await until(lambda: all(centre.link.state.up for centre in centres.values()))
        for centre in centres.values():
            await centre.announce(configuration)
        fleet = session.picture.fleet
        await until(lambda: bool((fleet.column("state") == 7).all()))
        await until(lambda: all(view.sight.value == "live" for view in session.picture.sight.values()))
        yield ThreeCities(session, centres, folder)


async def _stop(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
