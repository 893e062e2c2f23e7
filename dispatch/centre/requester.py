"""The console's side of orders: each decision on the disk before it is sent, asked about until its end.

requester = Requester.open(folder / "requests.db", links, home_city=..., node=..., clock=clock)
running = asyncio.create_task(requester.run())
request = await requester.ask(city, unit, job, operator)
requester.take(city, batch)      # from the link's on_batch, beside the intake
requester.standing(request, patience)
"""

import asyncio
import contextlib
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from dispatch.audit.entry import uuid7
from dispatch.centre import asking, wire
from dispatch.centre.asked_file import AskedFile
from dispatch.centre.asking import Asked, Standing
from dispatch.centre.messages import Answer
from dispatch.centre.rules import Patience
from dispatch.clock import Clock, epoch_ms
from dispatch.domain.aid import AidId
from dispatch.domain.errors import DispatchError, UnknownName
from dispatch.domain.geography import CityCode
from dispatch.domain.orders import Asker, Job, RequestId
from dispatch.domain.units import UnitId
from dispatch.feed import payloads, topics
from dispatch.feed.link import CityLink, LinkDown
from dispatch.feed.transport import Received

LOOK_EVERY_S = 0.1
EXPIRES_S = 60.0
"""How long a decision is good: a centre that hears of it later says no."""
KEPT_SETTLED = 500
"""So many ended ones stay in memory to be looked at; all of them stay in the file."""
_journal = logging.getLogger(__name__)
OnChange = Callable[[Asked], None]


class Requester:
    """All open decisions of one console, to whichever cities."""

    def __init__(
        self,
        file: AskedFile,
        links: Mapping[CityCode, CityLink],
        *,
        home_city: CityCode,
        node: str,
        clock: Clock,
        on_change: OnChange | None = None,
    ) -> None:
        self.asked: dict[RequestId, Asked] = {}
        self.refused: Counter[str] = Counter()
        """Messages about orders that were not taken, by reason."""
        self.under_aid: set[tuple[AidId, UnitId]] = set()
        """Which units were asked for under which request for help, since the file was made."""
        self._file, self._links = file, links
        self._asker = Asker(home_city, node)
        self._clock, self.on_change = clock, on_change
        self._heard: asyncio.Queue[Answer] = asyncio.Queue()
        self._due: dict[RequestId, float] = {}
        self._said: dict[RequestId, int] = {}
        """How often the command that comes next was said."""
        self._asking: set[RequestId] = set()
        """Requests whose command is being published at this moment."""
        self._look = asyncio.Event()
        self._turns: defaultdict[RequestId, asyncio.Lock] = defaultdict(asyncio.Lock)
        """One change of a request after the other; different ones wait for the disk together."""

    @classmethod
    def open(
        cls,
        path: Path,
        links: Mapping[CityCode, CityLink],
        *,
        home_city: CityCode,
        node: str,
        clock: Clock,
        on_change: OnChange | None = None,
    ) -> "Requester":
        """Open or make the file, and take up every decision whose end was not told yet."""
        file = AskedFile.open(path)
        requester = cls(file, links, home_city=home_city, node=node, clock=clock, on_change=on_change)
        requester.asked = {one.request: one for one in file.not_told()}
        requester.under_aid = file.under_aid()
        return requester

    async def close(self) -> None:
        """Close the file; open decisions are taken up again at the next start."""
        await self._file.close()

    # --- what an operator does --------------------------------------------------------------------

    async def ask(
        self,
        city: CityCode,
        unit: UnitId,
        job: Job,
        operator: str,
        *,
        role: str = "dispatcher",
        aid: AidId | None = None,
        expires_s: float = EXPIRES_S,
    ) -> RequestId:
        """One decision: ask a city's centre for a unit and order it. Returns once it is on the disk.

        `aid` is the committed request for help under which another city's unit is asked for.
        """
        if city not in self._links:
            raise UnknownName("city", city)
        now = epoch_ms(self._clock.now())
        request = RequestId(uuid7(now))
        expires = now + round(expires_s * 1000)
        asked = Asked(request, city, unit, self._asker, operator, job, now, expires, aid=aid, role=role)
        if aid is not None:
            self.under_aid.add((aid, unit))
        await self._begin(asked)
        return request

    async def cancel(self, request: RequestId, operator: str | None = None, role: str | None = None) -> None:
        """Take a decision back: before the order a cancellation, after it a stand-down.

        `operator` and `role` are whoever does it; None: the one who decided.
        """
        if request not in self.asked:
            raise UnknownName("request", request)
        await self._cancel(request, operator, role)

    async def call_back(
        self,
        city: CityCode,
        unit: UnitId,
        request: RequestId,
        job: Job,
        operator: str,
        *,
        role: str = "dispatcher",
    ) -> None:
        """End an order that another console gave, under the request that its centre names."""
        if request in self.asked:
            await self._cancel(request, operator, role)
            return
        now = epoch_ms(self._clock.now())
        asked = Asked(request, city, unit, self._asker, operator, job, now, now, cancelled=True, role=role)
        await self._begin(asked)

    async def _begin(self, asked: Asked) -> None:
        async with self._turns[asked.request]:
            await self._file.write(asked)
            self.asked[asked.request] = asked
        self._tell(asked)
        self._ask_soon(asked.request)

    async def _cancel(self, request: RequestId, operator: str | None, role: str | None) -> None:
        def taken_back(one: Asked) -> Asked:
            if one.settled:
                return one
            return replace(one, cancelled=True, operator=operator or one.operator, role=role or one.role)

        await self._change(request, taken_back)
        self._ask_soon(request)

    # --- what is shown ----------------------------------------------------------------------------

    def standing(self, request: RequestId, patience: Patience) -> Standing:
        """Where a decision stands now; UnknownName for none of ours."""
        if request not in self.asked:
            raise UnknownName("request", request)
        return asking.standing(self.asked[request], epoch_ms(self._clock.now()), patience)

    # --- what is heard ----------------------------------------------------------------------------

    def take(self, city: CityCode, batch: list[Received]) -> None:
        """Find answers to this console among what a link received; everything else is not ours."""
        mine = topics.order_answer(city, *self._asker)
        for received in batch:
            if received.topic != mine or city not in self._links:
                continue
            try:
                opened = wire.open_message(received, drill=self._links[city].identity.drill)
            except wire.Refused as refused:
                self.refused[str(refused)] += 1
                continue
            if opened is not None and isinstance(opened.envelope.data, payloads.OrderAnswer):
                answer = wire.answer(opened.envelope.data, self._asker)
                asked = self.asked.get(answer.request)
                if asked is not None and asked.city == city:
                    self._heard.put_nowait(answer)

    def link_up(self, city: CityCode) -> None:
        """The link to a city came back: every open decision there is asked about at once."""
        for asked in self.asked.values():
            if asked.city == city and not asked.settled:
                self._ask_soon(asked.request)

    async def run(self) -> None:
        """Until cancelled: hear answers, go on from them, and ask again what was not answered.

        First of all whoever watches is told of ends that were heard just before this program died.
        """
        for asked in [one for one in self.asked.values() if one.settled]:
            await self._tell_end(asked)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._hear(), name="hear answers")
            tasks.create_task(self._ask_what_is_due(tasks), name="ask, and again")

    async def _hear(self) -> None:
        """Everything that waits: what different requests were answered is one write to the disk."""
        while True:
            group = [await self._heard.get()]
            while not self._heard.empty():
                group.append(self._heard.get_nowait())
            of_each: defaultdict[RequestId, list[Answer]] = defaultdict(list)
            for answer in group:
                of_each[answer.request].append(answer)
            await asyncio.gather(*(self._hear_in_turn(answers) for answers in of_each.values()))

    async def _hear_in_turn(self, answers: Sequence[Answer]) -> None:
        for answer in answers:
            before = self.asked.get(answer.request)
            if before is not None:
                await self._hear_one(before, answer)

    async def _hear_one(self, before: Asked, answer: Answer) -> None:
        """What was heard and cannot be written is not believed yet: the centre will be asked again."""
        now_ms = epoch_ms(self._clock.now())
        try:
            after = await self._change(answer.request, lambda one: asking.hear(one, answer, now_ms))
        except DispatchError as error:
            _journal.error("%s", error)
            return
        if asking.command(after) != asking.command(before):
            self._ask_soon(after.request)

    def _ask_soon(self, request: RequestId) -> None:
        self._due.pop(request, None)
        self._said.pop(request, None)
        self._look.set()

    async def _ask_what_is_due(self, tasks: asyncio.TaskGroup) -> None:
        """Each request by itself: a city whose broker is silent holds up nothing that is asked of another."""
        loop = asyncio.get_running_loop()
        self._asking.clear()
        while True:
            self._look.clear()
            for asked in self.asked.values():
                due = not asked.settled and self._due.get(asked.request, 0.0) <= loop.time()
                if due and asked.request not in self._asking:
                    self._asking.add(asked.request)
                    times = self._said[asked.request] = self._said.get(asked.request, 0) + 1
                    pause_ms = asking.again_after_ms(asked, times)
                    self._due[asked.request] = loop.time() + pause_ms / 1000
                    tasks.create_task(self._ask(asked), name=f"ask for {asked.unit}")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._look.wait()

    async def _change(self, request: RequestId, change: Callable[[Asked], Asked]) -> Asked:
        """One decision a step further: onto the disk, then into memory, then to whoever watches."""
        async with self._turns[request]:
            before = self.asked[request]
            after = change(before)
            if replace(after, heard_ms=before.heard_ms) != before:  # else: not worth the disk
                await self._file.write(after)
            self.asked[request] = after
        if (
            after.steps != before.steps
            or after.settled != before.settled
            or after.cancelled != before.cancelled
            or after.contradicted
            != before.contradicted  # also after its end: a centre restored from a backup
        ):
            if after.settled:
                await self._tell_end(after)
            else:
                self._tell(after)
        return after

    async def _tell_end(self, asked: Asked) -> None:
        """Only after whoever watches was told of it an end counts as settled in the file."""
        self._tell(asked)
        try:
            async with self._turns[asked.request]:
                await self._file.write(asked, told=True)
        except DispatchError as error:  # it is told once more after the next start
            _journal.error("%s", error)
        if asked.request not in self.asked:
            self._turns.pop(asked.request, None)

    def _tell(self, asked: Asked) -> None:
        self._forget()
        if self.on_change is not None:
            self.on_change(asked)

    def _forget(self) -> None:
        if len(self.asked) > 2 * KEPT_SETTLED:
            settled = [one.request for one in asking.newest(list(self.asked.values())) if one.settled]
            for request in settled[KEPT_SETTLED:]:
                del self.asked[request]
                self._due.pop(request, None)
                self._said.pop(request, None)
                self._turns.pop(request, None)

    async def _ask(self, asked: Asked) -> None:
        """Say what comes next; while the link is down, look again soon."""
        try:
            await self._publish(asked)
        except LinkDown:
            self._due[asked.request] = asyncio.get_running_loop().time() + LOOK_EVERY_S
        finally:
            self._asking.discard(asked.request)
            self._look.set()  # it may have gone on meanwhile

    async def _publish(self, asked: Asked) -> None:
        command = asking.command(asked)
        if command is None:
            return
        kind = wire.COMMAND_KINDS[type(command)]
        await self._links[asked.city].publish(
            topics.command(self._asker.city, asked.city, kind),
            f"cmd.{kind}",
            wire.command_payload(command),
            key=asked.request,
            reply_to=topics.order_answer(asked.city, *self._asker),
        )
