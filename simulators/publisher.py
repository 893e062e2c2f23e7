"""Carries what the simulated cities say over one feed link per city, and brings their orders back."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence
from datetime import datetime

from dispatch.clock import Clock, epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.feed import topics
from dispatch.feed.link import Identity, Link, LinkDown, LinkState
from dispatch.feed.transport import Connect, Received, Transport
from dispatch.settings import Configuration
from simulators.assumptions import Assumptions, load_assumptions
from simulators.cable import Cable
from simulators.messages import Message
from simulators.orders import Orders
from simulators.scenarios import Scenario
from simulators.summary import Summary, summarise
from simulators.world import World

STEP_S = 0.2
"""Real time between two looks at the clock."""
BACKLOG = 4_000


class CityVoice:
    """Says the messages of one city over its link, in order; positions give way when it cannot keep up."""

    def __init__(
        self,
        city: CityCode,
        transport: Transport,
        clock: Clock,
        on_order: Callable[[CityCode, list[Received]], None],
        on_up: Callable[[CityCode], None],
    ) -> None:
        self.city = city
        self.cable = Cable(transport, clock)
        self.sent: Counter[str] = Counter()
        self.unsent: Counter[str] = Counter()
        self.ups = 0
        self._on_up = on_up
        self._waiting: deque[Message] = deque()
        self._news = asyncio.Event()
        self.link = Link(
            city=city,
            transport=self.cable,
            identity=Identity(city, f"sim-{city}", "simulator", drill=True),
            filters=(topics.commands_to(city),),
            clock=clock,
            on_batch=on_order,
            on_change=self._changed,
        )

    def _changed(self, city: CityCode, state: LinkState) -> None:
        if state.up:
            self.ups += 1
            self._on_up(city)

    def say(self, messages: Sequence[Message]) -> None:
        """Queue messages for sending; without a link they are lost, for it says everything anew when up."""
        if not self.link.state.up:
            self.unsent.update(message.kind for message in messages)
            return
        fresh = newest_positions(messages)
        self.unsent["overtaken"] += len(messages) - len(fresh)
        self._waiting.extend(fresh)
        if len(self._waiting) > BACKLOG:
            kept = [message for message in self._waiting if message.qos or message.keep]
            self.unsent["overtaken"] += len(self._waiting) - len(kept)
            self._waiting = deque(kept)
        self._news.set()

    async def run(self) -> None:
        """Send until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.link.run(), name=f"link {self.city}")
            tasks.create_task(self._send(), name=f"send {self.city}")

    async def _send(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                message = self._waiting.popleft()
                try:
                    await self.link.publish(
                        message.topic,
                        message.kind,
                        message.data,
                        ts_evt=message.ts_evt,
                        qos=message.qos,
                        retain=message.retain,
                    )
                    self.sent[message.kind] += 1
                except LinkDown:
                    self.unsent[message.kind] += 1 + len(self._waiting)
                    self._waiting.clear()


def newest_positions(messages: Sequence[Message]) -> list[Message]:
    """The messages without positions that a newer one of the same unit overtakes in the same batch."""
    last = {message.topic: at for at, message in enumerate(messages) if not message.qos and not message.keep}
    return [
        message for at, message in enumerate(messages) if last.get(message.topic, at) <= at or message.keep
    ]


class Simulators:
    """The cities of one drill, alive on their brokers."""

    def __init__(self, world: World, clock: Clock, connect: Connect) -> None:
        self.world, self._clock = world, clock
        self.orders = Orders(world)
        self.voices = {
            city: CityVoice(city, connect(city, f"sim-{city}"), clock, self._ordered, self._up)
            for city in world.cities
        }
        world.happenings.on_link_drop = lambda city, seconds: self.voices[city].cable.cut(seconds)

    async def run(self, until: datetime | None = None) -> None:
        """Live at the pace of the clock until a moment of drill time, or until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            voices = [
                tasks.create_task(voice.run(), name=f"voice {city}") for city, voice in self.voices.items()
            ]
            while until is None or self._clock.now() < until:
                self._live_on()
                await asyncio.sleep(STEP_S)
            for voice in voices:
                voice.cancel()

    def _live_on(self) -> None:
        self._spread(self.world.advance(epoch_ms(self._clock.now())))

    def _spread(self, messages: list[Message]) -> None:
        by_city: dict[CityCode, list[Message]] = {}
        for message in messages:
            by_city.setdefault(message.city, []).append(message)
        for city, said in by_city.items():
            self.voices[city].say(said)

    def _ordered(self, city: CityCode, batch: list[Received]) -> None:
        """Orders are obeyed at the drill time at which they came."""
        self._live_on()
        for received in batch:
            answer = self.orders.take(city, received)
            self._spread(self.world.advance(self.world.agenda.now_ms))
            if answer is not None:
                self.voices[city].say([answer])

    def _up(self, city: CityCode) -> None:
        """A link is up (again): its city says everything."""
        self._live_on()
        self.world.say_everything(city)
        self._spread(self.world.advance(self.world.agenda.now_ms))

    def summary(self) -> Summary:
        """What happened, what was said, what was wrong on purpose."""
        sent, unsent = Counter[str](), Counter[str]()
        for voice in self.voices.values():
            sent += voice.sent
            unsent += voice.unsent
        ups = {str(city): voice.ups for city, voice in self.voices.items()}
        return summarise(self.world, dict(self.orders.counts), dict(sent), dict(unsent), ups)


async def run_simulators(
    configuration: Configuration,
    scenario: Scenario,
    *,
    seed: int,
    origin: datetime,
    clock: Clock,
    connect: Connect,
    staffed: CityCode | None = None,
    minutes: float | None = None,
    report_every_s: float = 1.0,
    language: str = "zh_CN",
    assumptions: Assumptions | None = None,
    on_end: Callable[[Summary], None] | None = None,
) -> Summary:
    """Run the cities of a scenario on their brokers; `clock` tells drill time, `origin` is its zero.

    Ends after `minutes` of drill time, or when cancelled; `on_end` gets the summary in both cases.
    """
    world = World(
        configuration,
        assumptions or load_assumptions(),
        scenario,
        seed,
        origin,
        staffed=staffed,
        language=language,
        report_every_s=report_every_s,
    )
    simulators = Simulators(world, clock, connect)
    until = (
        None if minutes is None else datetime.fromtimestamp(origin.timestamp() + minutes * 60, origin.tzinfo)
    )
    try:
        await simulators.run(until)
    finally:
        if on_end is not None:
            on_end(simulators.summary())
    return simulators.summary()
