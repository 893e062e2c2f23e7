"""The simulated world on the brokers of a drill: what it says goes out, what the cities say comes in."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from dispatch.clock import Clock, epoch_ms, speed_of
from dispatch.domain.geography import CityCode
from dispatch.feed.transport import Connect, Received
from dispatch.settings import Configuration
from simulators.assumptions import Assumptions, load_assumptions
from simulators.messages import Message, node_of
from simulators.scenarios import Scenario
from simulators.steered import steer
from simulators.summary import Summary, summarise
from simulators.voices import Unheard, Voice, opened
from simulators.world import World

STEP_S = 0.2
"""Real time between two looks at the clock."""
CENTRES_WITHIN_S = 20.0
"""Real time after which a drill begins even where a centre was not heard: it is told when it comes."""
_CENTRE_SAYS = frozenset({"unit.status", "snapshot.aids"})


class Simulators:
    """The world of one drill, alive on the brokers of its cities, beside their real centres.

    It lives on in silence until every centre was heard, so that nothing that is under way is said to nobody.
    """

    def __init__(
        self, world: World, clock: Clock, connect: Connect, on_begin: Callable[[], None] | None = None
    ) -> None:
        self.world, self._clock, self._on_begin = world, clock, on_begin
        self.voices = {
            (origin, city): Voice(
                origin,
                city,
                connect(city, node_of(origin)),
                clock,
                self._hear_batch,
                self._up if origin == city else None,
            )
            for city in world.cities
            for origin in world.cities
        }
        self.refused: Counter[str] = Counter()
        """Messages that were not taken, by reason."""
        self._begun = world.local is not None and not world.silent
        self._early: list[Message] = []
        self._centres: set[CityCode] = set()
        world.happenings.on_link_drop = self._drop

    async def run(self, until: datetime | None = None) -> None:
        """Live at the pace of the clock until a moment of drill time, or until cancelled."""
        patience = asyncio.get_running_loop().time() + CENTRES_WITHIN_S
        async with asyncio.TaskGroup() as tasks:
            voices = [
                tasks.create_task(voice.run(), name=f"voice of {origin} in {city}")
                for (origin, city), voice in self.voices.items()
            ]
            while until is None or self._clock.now() < until:
                self.world.run_at(speed_of(self._clock))
                self._live_on()
                if not self._begun and asyncio.get_running_loop().time() > patience:
                    self._begin()
                await asyncio.sleep(STEP_S)
            for voice in voices:
                voice.cancel()

    # --- out --------------------------------------------------------------------------------------

    def _live_on(self) -> None:
        self._spread(self.world.advance(epoch_ms(self._clock.now())))

    def do(self, act: Callable[[], None]) -> None:
        """Let something happen at the drill time it is now."""
        self._live_on()
        act()
        self._live_on()

    def _spread(self, messages: list[Message]) -> None:
        by_voice: dict[tuple[CityCode, CityCode], list[Message]] = {}
        for message in messages:
            by_voice.setdefault((message.origin, message.city), []).append(message)
        for way, said in by_voice.items():
            self.voices[way].say(said)

    def _up(self, city: CityCode) -> None:
        """A link is up (again): its city says everything."""
        self._live_on()
        self.world.say_everything(city)
        self._spread(self.world.advance(self.world.agenda.now_ms))

    def _drop(self, city: CityCode, seconds: float) -> None:
        self.voices[city, city].cable.cut(seconds)

    # --- in ---------------------------------------------------------------------------------------

    def _hear_batch(self, city: CityCode, batch: list[Received]) -> None:
        """What came is heard at the drill time at which it came."""
        self._live_on()
        for received in batch:
            try:
                message, drill = opened(city, received)
            except Unheard as why:
                self.refused[str(why)] += 1
                continue
            self._hear(message, drill=drill)
        self._spread(self.world.advance(self.world.agenda.now_ms))

    def _hear(self, message: Message, *, drill: bool) -> None:
        if not drill:
            self.refused["no_drill"] += 1
            self.world.orders.hear(message, drill=False)
        elif self._begun:
            self.world.hear(message)
        else:
            self._early.append(message)
            if message.kind in _CENTRE_SAYS:
                self._centres.add(message.city)
            if self._centres >= set(self.world.cities):
                self._begin()

    def _begin(self) -> None:
        """The centres are there: everything under way is said to them, and what they said is heard."""
        self._begun = True
        self.world.take_over()
        early, self._early = self._early, []
        for message in early:
            self.world.hear(message)
        if self._on_begin is not None:
            self._on_begin()

    # --- at the end -------------------------------------------------------------------------------

    def summary(self) -> Summary:
        """What happened, what was said, what was wrong on purpose."""
        sent, unsent = Counter[str](), Counter[str]()
        for voice in self.voices.values():
            sent += voice.sent
            unsent += voice.unsent
        ups = {str(city): self.voices[city, city].ups for city in self.world.cities}
        return summarise(self.world, dict(sent), dict(unsent), ups)


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
    pace: float = 1.0,
    assumptions: Assumptions | None = None,
    on_begin: Callable[[], None] | None = None,
    on_end: Callable[[Summary], None] | None = None,
    steered: bool = False,
) -> Summary:
    """Run the cities of a scenario on their brokers; `clock` tells drill time, `origin` is its zero.

    Their centres are programs of their own (`czt centre`). Ends after `minutes` of drill time, or when
    cancelled; `on_end` gets the summary in both cases. `on_begin`: every centre was heard, and has been told
    what is under way. `pace`: how fast the drill runs. `steered`: by lines on standard input.
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
        local=False,
        pace=pace,
    )
    simulators = Simulators(world, clock, connect, on_begin)
    if steered:
        steer(world, simulators.do)
    until = (
        None if minutes is None else datetime.fromtimestamp(origin.timestamp() + minutes * 60, origin.tzinfo)
    )
    try:
        await simulators.run(until)
    finally:
        if on_end is not None:
            on_end(simulators.summary())
    return simulators.summary()
