"""Three cities without sockets: memory brokers, a real centre with its database in each, scripted crews,
and real sessions over them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from dispatch.audit.entry import AuditRow
from dispatch.audit.read import rows
from dispatch.centre.service import Centre
from dispatch.centre.store import Store
from dispatch.clock import SystemClock, epoch_ms
from dispatch.desk import Desk
from dispatch.desk.making import AUDIT_FILE
from dispatch.domain.aid import Aid, AidState
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import Incident, IncidentId
from dispatch.domain.units import UnitId, UnitState, UnitStatus
from dispatch.feed import payloads, topics
from dispatch.feed.link import Identity, Link, LinkTiming
from dispatch.feed.memory import MemoryBroker, MemoryTransport
from dispatch.feed.transport import Transport
from dispatch.picture.cities import Sight
from dispatch.runtime import Session, open_session
from dispatch.settings import Configuration, load
from tests.scenarios.crews import Crews

CHANGSHA, ZHUZHOU, XIANGTAN = CityCode("changsha"), CityCode("zhuzhou"), CityCode("xiangtan")
CLOCK = SystemClock()
QUICK = LinkTiming(beat_s=1.0, answer_s=3.0, connect_s=3.0, first_pause_s=0.05, longest_pause_s=0.2)


@dataclass
class Banks:
    """The blood banks of a city: they say what they have."""

    city: CityCode
    broker: MemoryBroker
    link: Link = field(init=False)

    def __post_init__(self) -> None:
        node = f"banks-{self.city}"
        self.link = Link(
            city=self.city,
            transport=MemoryTransport(self.broker, node, CLOCK),
            identity=Identity(self.city, node, "simulator", drill=True),
            filters=(topics.commands_to(self.city),),
            clock=CLOCK,
            on_batch=lambda _city, _batch: None,
        )

    async def count(self, bank: str, lots: list[payloads.StockLot]) -> None:
        """One bank says its whole count."""
        stock = payloads.BankStock(bank, 1, epoch_ms(CLOCK.now()), lots)
        await self.link.publish(topics.stock(self.city, bank), "bank.stock", stock, retain=True)


@dataclass
class Town:
    """One city: its broker, its centre's database, its crews, its banks."""

    city: CityCode
    folder: Path
    configuration: Configuration
    connect: Callable[[CityCode, str], Transport]
    broker: MemoryBroker
    crews: Crews = field(init=False)
    banks: Banks = field(init=False)
    centre: Centre | None = None
    _running: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.crews = Crews(self.city, self.folder / "vehicles", self.connect, CLOCK)
        self.banks = Banks(self.city, self.broker)

    @property
    def database(self) -> Path:
        return self.folder / "centre.db"

    def begin(self) -> None:
        """Start the centre on its database."""
        store = Store.open(
            self.database,
            city=self.city,
            node="centre",
            units=[unit for unit in self.configuration.units if unit.city == self.city],
            rules=self.configuration.centre_rules,
            now_ms=epoch_ms(CLOCK.now()),
            drill=True,
        )
        cities = [city.code for city in self.configuration.cities]
        self.centre = Centre(store, self.connect, clock=CLOCK, drill=True, timing=QUICK, neighbours=cities)
        self._running = asyncio.create_task(self.centre.run(), name=f"centre {self.city}")

    async def end(self) -> None:
        """Stop the centre as a service manager does."""
        if self._running is not None and self.centre is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running
            self.centre.store.close()
            self._running = self.centre = None

    def cut_off(self) -> None:
        """Nobody outside can reach the city; its own broker and centre die with the cable."""
        self.broker.stop()

    def heal(self) -> None:
        self.broker.start()

    async def announce(self) -> None:
        """Every unit of the city stands at its station, seen just now."""
        places = {site.id: site.position for site in self.configuration.sites}
        for unit in self.configuration.units:
            if unit.city == self.city and unit.station is not None:
                at = places[unit.station]
                fix = payloads.UnitPosition(unit.id, at.lat, at.lon, "wgs84")
                await self.crews.link.publish(
                    topics.position(self.city, unit.id), "unit.position", fix, qos=1
                )

    def rows(self, action: str | None = None) -> list[AuditRow]:
        """The audit rows of the centre, all or of one action."""
        return [row for row in rows(self.database) if action is None or row.action == action]


@dataclass
class ThreeCities:
    """The session under test and the cities it looks at."""

    session: Session
    towns: dict[CityCode, Town]
    folder: Path
    configuration: Configuration

    @property
    def desk(self) -> Desk:
        return self.session.desk

    def log(self, action: str | None = None) -> list[AuditRow]:
        """The audit rows, all or of one action."""
        found = rows(self.folder / AUDIT_FILE)
        return [row for row in found if action is None or row.action == action]

    def incident(self, number: IncidentId) -> Incident:
        return self.session.picture.incidents[number]

    def status(self, unit: UnitId) -> UnitStatus:
        status = self.session.picture.fleet.view(unit).status
        assert status is not None
        return status

    def crews_of(self, unit: UnitId) -> Crews:
        city = self.session.picture.fleet.view(unit).unit.city
        return self.towns[city].crews

    async def in_state(self, unit: UnitId, state: UnitState) -> None:
        await until(lambda: self.status(unit).state is state)

    async def in_aid(self, incident: IncidentId, state: AidState) -> Aid:
        """The request for help for an incident, once it has come so far."""

        def found() -> list[Aid]:
            aids = self.session.picture.aids.values()
            return [aid for aid in aids if aid.incident == incident and aid.state is state]

        await until(lambda: bool(found()))
        return found()[0]

    def told(self, number: IncidentId) -> list[str]:
        """The codes of an incident's timeline."""
        return [entry.code for entry in self.desk.timeline(number)]

    @asynccontextmanager
    async def another_console(
        self,
        folder: Path,
        city: CityCode = CHANGSHA,
        node: str = "console-2",
        desk: int = 2,
        operators: Path | None = None,
    ) -> AsyncIterator["ThreeCities"]:
        """One more console over the same cities, in a folder of its own."""
        connect = next(iter(self.towns.values())).connect
        configuration = seated(self.configuration, city, node, desk)
        async with open_session(
            configuration, connect, CLOCK, folder, drill=True, operators=operators
        ) as session:
            other = ThreeCities(session, self.towns, folder, configuration)
            await until(lambda: all_live(session))
            yield other


@cache
def configured() -> Configuration:
    """What is shipped; read once for all tests."""
    return load()


def seated(configuration: Configuration, city: CityCode, node: str, desk: int) -> Configuration:
    """The configuration of a console elsewhere."""
    place = {"home_city": city, "node": node, "desk": desk, "operator": f"operator of {node}"}
    settings = configuration.settings.model_copy(update=place)
    return configuration.model_copy(update={"settings": settings})


async def until(true: Callable[[], bool], within_s: float = 20.0) -> None:
    """Wait for something to become true; TimeoutError when it does not."""
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.01)


def all_live(session: Session) -> bool:
    """Whether every city is seen and every unit stands free."""
    live = all(view.sight is Sight.LIVE for view in session.picture.sight.values())
    fleet = session.picture.fleet
    filled = slice(len(fleet))
    seen = bool((fleet.fixed_ms[filled] > 0).all()) and bool((fleet.state[filled] >= 0).all())
    return live and seen


@asynccontextmanager
async def cities_alone(folder: Path) -> AsyncIterator[dict[CityCode, Town]]:
    """The cities without any console; what a session finds when it starts."""
    configuration = configured()
    brokers = {city.code: MemoryBroker() for city in configuration.cities}

    def connect(city: CityCode, client_id: str) -> Transport:
        return MemoryTransport(brokers[city], client_id, CLOCK)

    towns = {
        city: Town(city, folder / "towns" / city, configuration, connect, broker)
        for city, broker in brokers.items()
    }
    async with AsyncExitStack() as stack:
        running = [
            asyncio.create_task(work)
            for town in towns.values()
            for work in (town.crews.run(), town.banks.link.run())
        ]
        stack.push_async_callback(_stop, running)
        for town in towns.values():
            town.begin()
            stack.push_async_callback(town.end)
        await until(lambda: all(_up(town) for town in towns.values()))
        for town in towns.values():
            await town.announce()
        yield towns


@asynccontextmanager
async def three_cities(folder: Path) -> AsyncIterator[ThreeCities]:
    """Start everything and wait until every unit of every city is seen."""
    async with cities_alone(folder) as towns, console_over(towns, folder) as running:
        yield running


@asynccontextmanager
async def console_over(
    towns: dict[CityCode, Town], folder: Path, operators: Path | None = None
) -> AsyncIterator[ThreeCities]:
    """The console of Changsha over cities that run already."""
    town = towns[CHANGSHA]
    async with open_session(
        town.configuration, town.connect, CLOCK, folder, drill=True, operators=operators
    ) as session:
        announcing = asyncio.create_task(_keep_announcing(towns.values()))
        try:
            await until(lambda: all_live(session))
            yield ThreeCities(session, towns, folder, town.configuration)
        finally:
            await _stop([announcing])


async def _keep_announcing(towns: Iterable[Town]) -> None:
    """Positions go on, so that no city falls silent."""
    while True:
        for town in towns:
            if town.crews.link.state.up:
                await town.announce()
        await asyncio.sleep(2.0)


def _up(town: Town) -> bool:
    centre = town.centre is not None and town.centre.link.state.up
    return centre and town.crews.link.state.up and town.banks.link.state.up


async def _stop(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
