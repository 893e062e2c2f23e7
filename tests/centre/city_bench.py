"""A whole city in this process: its centre on a broker, its vehicles, a console that commands."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import msgspec

from dispatch.centre import hearing
from dispatch.centre.memory import CLOSED_KEPT_MS
from dispatch.centre.messages import ChangeIncident, KeyedCommand, OpenIncident, SetUnit, TakeTo
from dispatch.centre.rules import CentreRules
from dispatch.centre.service import Centre
from dispatch.centre.store import Store
from dispatch.clock import epoch_ms
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import Act, Incident, IncidentId, Priority
from dispatch.domain.operators import By, Role
from dispatch.domain.orders import Asker, Job
from dispatch.domain.units import Unit, UnitId, UnitState
from dispatch.feed import payloads, topics
from dispatch.feed.link import Identity, Link
from dispatch.feed.transport import Connect, Received
from tests.centre.orders_bench import CLOCK, QUICK, Desk, Fleet, running, until
from tests.chaos.truth import HARM, Truth
from tests.unit.centre.centre_world import PREFIXES, rules

HERE = Position(lat=28.2, lon=112.97)
LI = By(operator="li", role=Role.DISPATCHER)
HOSPITAL = HospitalId("CS-H-1")
Topic = str


def units_of(city: CityCode, number: int = 3) -> tuple[UnitId, ...]:
    return tuple(UnitId(f"{PREFIXES[city]}-{n:03}") for n in range(1, number + 1))


@dataclass
class Console:
    """Sees everything of one city as a console does, and commands its centre; `city` is its own."""

    target: CityCode
    connect: Connect
    name: str = "console-1"
    city: CityCode | None = None
    kept: dict[Topic, payloads.Payload] = field(default_factory=dict)
    """Topic -> the newest it said; a cleared one is not here."""
    answers: dict[str, payloads.Response] = field(default_factory=dict)
    heard: list[Topic] = field(default_factory=list)
    link: Link = field(init=False)
    _keys: Iterable[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        home = self.city or self.target
        self.asker = Asker(home, self.name)
        self.link = Link(
            city=self.target,
            transport=self.connect(self.target, f"{home}-{self.name}-eyes"),
            identity=Identity(home, f"{self.name}-eyes", "console", drill=True),
            filters=(topics.everything_of(self.target),),
            clock=CLOCK,
            on_batch=self._take,
            timing=QUICK,
        )
        self.mine = topics.response(self.target, home, f"{self.name}-eyes")

    async def run(self) -> None:
        await self.link.run()

    def _take(self, _city: CityCode, batch: list[Received]) -> None:
        for one in batch:
            self.heard.append(one.topic)
            parsed = topics.parse(one.topic)
            if not one.payload:
                self.kept.pop(one.topic, None)
            elif parsed is not None:
                with contextlib.suppress(msgspec.MsgspecError):
                    self._see(one, parsed.kind)

    def _see(self, one: Received, kind: str) -> None:
        data = payloads.decode(kind, one.payload).data
        self.kept[one.topic] = data
        if isinstance(data, payloads.Response) and one.topic == self.mine:
            self.answers[data.key] = data

    # --- commands ---

    def key(self) -> str:
        return f"{self.asker.city}-{self.name}-{next(iter(self._keys))}-{epoch_ms(CLOCK.now())}"

    async def send(self, said: KeyedCommand, within_s: float = 10.0) -> payloads.Response:
        """Say a command until it is answered."""
        self.answers.pop(said.key, None)
        kind = hearing.KINDS[type(said)]
        async with asyncio.timeout(within_s):
            while said.key not in self.answers:
                topic = topics.command(self.asker.city, self.target, kind)
                data = hearing.payload_of(said)
                await self.link.publish(topic, f"cmd.{kind}", data, key=said.key, reply_to=self.mine)
                with contextlib.suppress(TimeoutError):
                    await until(lambda: said.key in self.answers, 1.0)
        return self.answers[said.key]

    async def open(
        self, number: str, key: str = "", priority: Priority = Priority.URGENT
    ) -> payloads.Response:
        incident = Incident(
            id=IncidentId(number),
            city=self.target,
            position=HERE,
            place="五一广场",
            priority=priority,
            opened_at=CLOCK.now(),
            drill=True,
        )
        return await self.send(OpenIncident(key or self.key(), self.asker, LI, incident))

    async def change(self, number: str, act: Act, **what: object) -> payloads.Response:
        said = ChangeIncident(self.key(), self.asker, LI, incident=IncidentId(number), act=act, **what)  # type: ignore[arg-type]
        return await self.send(said, 3.0)

    async def set_state(self, unit: UnitId, state: UnitState, reason: str | None = None) -> payloads.Response:
        now_ms = epoch_ms(CLOCK.now())
        return await self.send(SetUnit(self.key(), self.asker, LI, unit, state, now_ms, None, reason))

    async def take_to(self, unit: UnitId, number: str, hospital: HospitalId = HOSPITAL) -> payloads.Response:
        said = TakeTo(self.key(), self.asker, LI, unit, IncidentId(number), hospital)
        return await self.send(said)

    # --- what it sees ---

    def incident(self, number: str) -> payloads.IncidentRecord | None:
        data = self.kept.get(topics.incident(self.target, number))
        return data if isinstance(data, payloads.IncidentRecord) else None

    def state_of(self, number: str) -> str:
        record = self.incident(number)
        return "" if record is None else record.state

    def codes(self, number: str) -> list[str]:
        data = self.kept.get(topics.timeline(self.target, number))
        return [one.code for one in data.entries] if isinstance(data, payloads.IncidentTimeline) else []

    def unit(self, unit: UnitId) -> int | None:
        data = self.kept.get(topics.status(self.target, unit))
        return data.state if isinstance(data, payloads.UnitStatus) else None

    def snapshot(self, kind: str) -> payloads.Payload | None:
        return self.kept.get(topics.snapshot(self.target, kind))

    def aids(self) -> list[payloads.AidRecord]:
        data = self.snapshot("aids")
        return data.aids if isinstance(data, payloads.AidsSnapshot) else []

    def alarms(self) -> dict[str, payloads.AlarmRecord]:
        data = self.snapshot("alarms")
        return {one.alarm: one for one in data.alarms} if isinstance(data, payloads.AlarmsSnapshot) else {}


@dataclass
class Place:
    """One city at work."""

    city: CityCode
    truth: Truth
    store: Store
    centre: Centre
    fleet: Fleet
    console: Console
    desk: Desk
    units: tuple[UnitId, ...]

    def job(self, number: str) -> Job:
        return Job(incident=IncidentId(number), priority=Priority.URGENT, position=HERE, place="五一广场")


@asynccontextmanager
async def city(
    folder: Path,
    connect: Connect,
    code: CityCode,
    *,
    neighbours: Iterable[CityCode] = (),
    centre_rules: CentreRules | None = None,
    closed_kept_ms: int = CLOSED_KEPT_MS,
) -> AsyncIterator[Place]:
    """A centre, its vehicles, a console with its orders; all up."""
    folder = folder / code
    folder.mkdir(exist_ok=True)
    units = units_of(code)
    truth = Truth(dict.fromkeys(units, code), HARM)
    store = Store.open(
        folder / "centre.db",
        city=code,
        node="centre",
        units=[Unit(id=unit, city=code) for unit in units],
        rules=centre_rules or rules(),
        now_ms=epoch_ms(CLOCK.now()),
        drill=True,
        closed_kept_ms=closed_kept_ms,
    )
    centre = Centre(store, connect, clock=CLOCK, drill=True, timing=QUICK, neighbours=neighbours)
    fleet = Fleet(folder, connect, truth, None, code, units)
    console = Console(code, connect)
    desk = Desk("console-1", folder, connect, truth, code, code)
    try:
        async with running(centre, fleet, console, desk):
            links = (centre.link, fleet.link, console.link, desk.link)
            await until(lambda: all(link.state.up for link in links))
            yield Place(code, truth, store, centre, fleet, console, desk, units)
    finally:
        await desk.requester.close()
        store.close()
