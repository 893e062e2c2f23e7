"""A console without a screen: a real session with its own files, and an operator who works at it.

The journal says what the operator decided, and everything the console showed him about each order, as soon as
it shows it.
"""

import asyncio
import random

from dispatch.centre import asking
from dispatch.centre.asking import Asked
from dispatch.clock import SystemClock, epoch_ms
from dispatch.feed.mqtt import over_mqtt
from dispatch.picture.cities import Sight
from dispatch.runtime import Session, open_session
from dispatch.settings import load
from tests.chaos.cities.child import Given, arguments, run_child
from tests.chaos.cities.dispatcher import Dispatcher
from tests.chaos.cities.journal import Journal

SHOWN_S = 0.5


def _note(journal: Journal, asked: Asked, standing: str) -> None:
    """What the console shows of an order now."""
    journal.note(
        "shows",
        request=asked.request,
        unit=asked.unit,
        city=asked.city,
        incident=asked.job.incident,
        standing=standing,
        asked_ms=asked.asked_ms,
        cancelled=asked.cancelled,
        lent=asked.aid is not None,
        steps=[step.state.value for step in asked.steps],
    )


class Screen:
    """Writes down every change of what is shown about orders."""

    def __init__(self, session: Session, journal: Journal, clock: SystemClock) -> None:
        self.session, self.journal, self.clock = session, journal, clock
        self.shown: dict[str, str] = {}
        requester = session.kit.requester
        before = requester.on_change

        def changed(asked: Asked) -> None:
            self._show(asked)
            if before is not None:
                before(asked)

        requester.on_change = changed
        for asked in requester.asked.values():
            self._show(asked)

    def _show(self, asked: Asked) -> None:
        patience = self.session.desk.configuration.centre_rules.alarms.orders
        standing = asking.standing(asked, epoch_ms(self.clock.now()), patience).value
        self.shown[asked.request] = standing
        _note(self.journal, asked, standing)

    async def watch(self) -> None:
        """What the board of orders shows by the clock alone."""
        while True:
            for decision in self.session.desk.orders():
                if self.shown.get(decision.request) != decision.standing.value:
                    self._show(self.session.kit.requester.asked[decision.request])
            await asyncio.sleep(SHOWN_S)

    async def watch_stock(self) -> None:
        """Every change of what is shown of the banks: bank -> lot -> quantity."""
        shown: dict[str, dict[str, int]] = {}
        while True:
            for bank, stock in self.session.picture.stock.banks.items():
                lots = {str(lot.id): lot.quantity for lot in stock.lots.values()}
                if shown.get(bank) != lots:
                    shown[bank] = lots
                    self.journal.note("stock", bank=bank, lots=lots)
            await asyncio.sleep(SHOWN_S)


async def work(given: Given) -> None:
    """Until cancelled."""
    clock = SystemClock()
    configuration = load(given.config)
    desk = int(given.node.rpartition("-")[2])
    place: dict[str, object] = {"home_city": given.city, "node": given.node, "desk": desk}
    place |= {"operator": f"operator {desk} of {given.city}"}
    alone = set(given.endpoints) == {given.city}
    place["other_cities"] = "bridge" if alone else "direct"
    settings = configuration.settings.model_copy(update=place)
    configuration = configuration.model_copy(update={"settings": settings})
    connect = over_mqtt(given.endpoints, clock)
    journal = Journal(given.folder / "shown.jsonl")
    journal.note("woke")
    async with open_session(configuration, connect, clock, given.folder, drill=given.drill) as session:
        screen = Screen(session, journal, clock)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(screen.watch())
            tasks.create_task(screen.watch_stock())
            while session.picture.sight[given.city].sight is not Sight.LIVE:  # noqa: ASYNC110 - it sets no event
                await asyncio.sleep(0.1)
            journal.note("ready")
            chance = random.Random(f"{given.seed} {epoch_ms(clock.now())}")
            tasks.create_task(Dispatcher(session.desk, journal, chance, given.quiet, given.pace).run())


if __name__ == "__main__":
    run_child(work(arguments()))
