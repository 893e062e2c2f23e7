"""A city's centre at work: commands in, decisions on the disk, then answers and orders out.

    centre = Centre(store, connect, clock=SystemClock(), drill=False)
    await centre.run()

It listens on its own city's broker. One worker takes everything that waits as one transaction, so
that a burst costs one write to the disk. What is published here later as the single writer of the
city (unit states, incidents, stock) joins in `_say`, after the commit, and nowhere else.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence

from dispatch.centre import wire
from dispatch.centre.messages import Act, Answer, Command, Input, Report, Tell, Tick
from dispatch.centre.protocol import LEASE_MS, Effect, again_after_ms
from dispatch.centre.store import Store
from dispatch.clock import Clock, epoch_ms
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.domain.orders import RequestId
from dispatch.feed import topics
from dispatch.feed.link import Identity, Link, LinkDown, LinkState, LinkTiming
from dispatch.feed.transport import Connect, Received

TICK_S = 0.25
GROUP = 256
"""Messages decided in one transaction at most."""
WAITING = 20_000
"""Messages that may wait to be decided; what comes above it is counted and dropped."""
_journal = logging.getLogger(__name__)


class Centre:
    """The single writer of one city's orders; `run` it as a task."""

    def __init__(
        self,
        store: Store,
        connect: Connect,
        *,
        clock: Clock,
        drill: bool,
        node: str = "centre",
        lease_ms: int = LEASE_MS,
        timing: LinkTiming | None = None,
    ) -> None:
        self.store, self.city = store, store.city
        self.refused: Counter[str] = Counter()
        """Messages that were not taken, by reason."""
        self.failure = ""
        """Why nothing can be written now; empty while all is well."""
        self._clock, self._drill, self._lease_ms = clock, drill, lease_ms
        self._waiting: asyncio.Queue[Input] = asyncio.Queue()
        self._told: dict[RequestId, tuple[Act, int, int]] = {}
        self.link = Link(
            city=self.city,
            transport=connect(self.city, f"{self.city}-{node}"),
            identity=Identity(self.city, node, "centre", drill),
            filters=(topics.commands_to(self.city), topics.unit_report(self.city, "+")),
            clock=clock,
            on_batch=self._take,
            on_change=self._link_changed,
            timing=timing,
        )

    async def run(self) -> None:
        """Until cancelled: hear, decide, say; and say again what no vehicle answered."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.link.run(), name=f"link of the centre of {self.city}")
            tasks.create_task(self._work(), name="decide")
            tasks.create_task(self._watch(), name="say again")

    # --- in ---------------------------------------------------------------------------------------

    def _take(self, _city: CityCode, batch: list[Received]) -> None:
        for received in batch:
            try:
                said = self._input(received)
            except wire.Refused as refused:
                self.refused[str(refused)] += 1
                continue
            if said is not None and self._waiting.qsize() < WAITING:
                self._waiting.put_nowait(said)
            elif said is not None:
                self.refused["overload"] += 1  # it is asked again

    def _input(self, received: Received) -> Input | None:
        opened = wire.open_message(received, drill=self._drill)
        if opened is None:
            return None
        said: Command | Report | None
        if opened.topic.kind == "unit.report":
            said = wire.report(opened)
            if said is not None and self.store.refusal(said.unit):
                raise wire.Refused("unknown_unit")
            return said
        return wire.command(opened)

    def _link_changed(self, _city: CityCode, state: LinkState) -> None:
        if state.up:
            self._told.clear()  # whoever was away may have missed it: say everything at once
            self._waiting.put_nowait(Tick())

    # --- deciding ---------------------------------------------------------------------------------

    async def _work(self) -> None:
        while True:
            group = [await self._waiting.get()]
            while len(group) < GROUP and not self._waiting.empty():
                group.append(self._waiting.get_nowait())
            for effect in await self._decide(group):
                await self._say(effect)
            await self._say_again()

    async def _decide(self, group: Sequence[Input]) -> list[Effect]:
        """On the disk, then said. What cannot be written is not said; whoever asked asks again."""
        now_ms = epoch_ms(self._clock.now())
        try:
            effects = await asyncio.to_thread(self.store.take, group, now_ms, self._lease_ms)
        except DispatchError as error:  # a disk that failed, or one message of many that cannot be decided
            if str(error) != self.failure:
                _journal.error("%s", error)
            self.failure = str(error)
            return [effect for one in group for effect in await self._decide([one])] if len(group) > 1 else []
        self.failure = ""
        return effects

    # --- out --------------------------------------------------------------------------------------

    async def _say(self, effect: Effect) -> None:
        """After the commit. A link that is down loses nothing: it is asked again, or said again."""
        try:
            match effect:
                case Answer():
                    topic = topics.order_answer(self.city, *effect.to)
                    await self.link.publish(
                        topic, "order.answer", wire.answer_payload(effect), key=effect.request
                    )
                case Tell():
                    self._count(effect)
                    topic = topics.unit_order(self.city, effect.unit)
                    await self.link.publish(
                        topic, "unit.order", wire.tell_payload(effect), key=effect.request
                    )
        except LinkDown:
            return

    def _count(self, tell: Tell) -> None:
        """Remember how often it was said, and when it is due again."""
        if tell.act is Act.HEARD:
            return
        act, times, _due = self._told.get(tell.request, (tell.act, 0, 0))
        times = times + 1 if act is tell.act else 1
        due = _machine_ms() + again_after_ms(times)
        self._told[tell.request] = tell.act, times, due

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self._waiting.put_nowait(Tick())

    async def _say_again(self) -> None:
        """The outbox: orders and stand-downs no vehicle has answered, each when it is due."""
        if not self.link.state.up:
            return
        waiting = await asyncio.to_thread(self.store.pending)
        self._told = {
            tell.request: self._told[tell.request] for tell in waiting if tell.request in self._told
        }
        now_ms = _machine_ms()
        for tell in waiting:
            act, _times, due = self._told.get(tell.request, (tell.act, 0, 0))
            if due <= now_ms or act is not tell.act:
                await self._say(tell)


def _machine_ms() -> int:
    """The machine's own steady time: a fast drill must not flood its vehicles with repeats."""
    return round(asyncio.get_running_loop().time() * 1000)
