"""A console without a screen whose operator takes calls and sends units so many times a second.

What he waits for is measured as he does: from the moment he chose a unit until his console shows that its
crew acknowledged. Each wait is a line of the journal, in milliseconds by the one clock of the machine. Now
and then a line says how many blocks of memory Python itself holds for living things: what a process has
resident goes up with its busiest moment and stays there, blocks come back.
"""

import asyncio
import gc
import random
import sys

from dispatch.centre import requester
from dispatch.centre.asking import Asked
from dispatch.clock import SystemClock, epoch_ms
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import Datum, Position
from dispatch.domain.incidents import Priority
from dispatch.domain.orders import OrderState, RequestId
from dispatch.feed.mqtt import over_mqtt
from dispatch.picture.cities import Sight
from dispatch.runtime import Session, open_session
from dispatch.settings import load
from tests.chaos.cities.child import Given, arguments, run_child
from tests.chaos.cities.journal import Journal

JITTER = 0.05
"""Degrees around the centre of the city where incidents happen: some five kilometres."""
WHY = "演练：压力试验"
LOOK_S = 0.1
BLOCKS_S = 15.0
AT_ONCE = 12
"""Calls that one operator takes at a time: more would only pile up on a machine that is too slow for them."""
KEPT = 50
"""Ended orders that a console keeps in sight; shipped are 500. The limit is reached in minutes."""


class Busy:
    """One operator with far more calls than any had."""

    def __init__(self, session: Session, journal: Journal, given: Given, per_s: float) -> None:
        self.session, self.journal, self.given, self.per_s = session, journal, given, per_s
        self.chance = random.Random(f"{given.seed} {given.city}")
        self.clock = SystemClock()
        self.home = next(one for one in session.configuration.cities if one.code == given.city)
        self._told: set[RequestId] = set()
        self._sent: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        asker = session.kit.requester
        before = asker.on_change

        def changed(asked: Asked) -> None:
            self._changed(asked)
            if before is not None:
                before(asked)

        asker.on_change = changed

    async def run(self) -> None:
        """Calls at random moments, `per_s` a second, until quiet is asked for."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += self.chance.expovariate(self.per_s)
            await asyncio.sleep(max(0.0, due - loop.time()))
            if self.given.quiet.exists():
                self.journal.note("quiet", open=len(self._tasks) + len(self._sent))
                await asyncio.sleep(LOOK_S * 5)
                due = loop.time()
                continue
            if len(self._tasks) >= AT_ONCE:
                self.journal.note("held back")
                continue
            task = asyncio.create_task(self._take_call())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _take_call(self) -> None:
        desk, centre = self.session.desk, self.home.centre
        lat, lon = (round(x + self.chance.uniform(-JITTER, JITTER), 5) for x in (centre.lat, centre.lon))
        begun_ms = epoch_ms(self.clock.now())
        try:
            number = await desk.open_incident(
                Position(lat=lat, lon=lon), Datum.WGS84, "演练地点", Priority.URGENT
            )
            opened_ms = epoch_ms(self.clock.now())
            ranking = desk.rank_units(number)
            ranked_ms = epoch_ms(self.clock.now())
            unit = next(
                one.unit
                for one in ranking.candidates
                if one.city == self.given.city and one.unit not in self._sent
            )
            self._sent.add(unit)
            outcome = await desk.choose_unit(number, unit, ranking, WHY)
        except (DispatchError, StopIteration) as refusal:
            self.journal.note("was refused", why=f"{type(refusal).__name__}: {refusal}")
            return
        self.journal.note(
            "chose", ok=outcome.ok, opening_ms=opened_ms - begun_ms, ranking_ms=ranked_ms - opened_ms
        )

    def _changed(self, asked: Asked) -> None:
        if not asked.steps and not asked.settled:
            self.journal.note("asked")  # it is told of again only with an answer
        confirmed = any(step.state is OrderState.ACKED for step in asked.steps)
        if confirmed and asked.request not in self._told:
            self._told.add(asked.request)
            self.journal.note("confirmed", wait_ms=epoch_ms(self.clock.now()) - asked.asked_ms)
        if asked.settled and asked.unit in self._sent:
            self._sent.discard(asked.unit)
            self.journal.note("settled", state=asked.state.value if asked.state else "")


async def work(given: Given) -> None:
    """Until cancelled; the rate is what stands where other programs have their units."""
    clock, configuration = SystemClock(), load(given.config)
    requester.KEPT_SETTLED = KEPT
    place = {"home_city": given.city, "node": given.node, "desk": 1, "operator": f"operator of {given.city}"}
    settings = configuration.settings.model_copy(update=place)
    configuration = configuration.model_copy(update={"settings": settings})
    journal = Journal(given.folder / "waits.jsonl")
    connect = over_mqtt(given.endpoints, clock)
    async with open_session(configuration, connect, clock, given.folder, drill=True) as session:
        while not _in_sight(session, given):  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(LOOK_S)
        journal.note("ready", units=len(session.picture.fleet))
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_tell_blocks(journal))
                tasks.create_task(Busy(session, journal, given, float(given.units[0])).run())
        finally:
            told = session.intake.counters
            journal.note(
                "ended",
                messages=told.messages,
                applied=told.applied,
                late=told.late,
                duplicates=told.duplicates,
                refused=told.refused,
                missed=told.missed,
            )


async def _tell_blocks(journal: Journal) -> None:
    while True:
        await asyncio.sleep(BLOCKS_S)
        gc.collect()
        journal.note("holds", blocks=sys.getallocatedblocks())


def _in_sight(session: Session, given: Given) -> bool:
    """Whether its city is live and a unit of it is free and placed."""
    if session.picture.sight[given.city].sight is not Sight.LIVE:
        return False
    views = (view for view in session.picture.fleet if view.unit.city == given.city)
    return all(view.fix is not None and view.status is not None for view in views)


if __name__ == "__main__":
    given = arguments()
    given.folder.mkdir(parents=True, exist_ok=True)
    run_child(work(given))
