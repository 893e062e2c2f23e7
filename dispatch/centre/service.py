"""A city's centre at work: messages in, decisions on the disk, then everything it says.

    centre = Centre(store, connect, clock=SystemClock(), drill=False, neighbours=(...))
    await centre.run()

It listens on its own city's broker, and reads on its neighbours' what concerns it; one of those that is down
disturbs nothing here. One worker takes everything that waits as one transaction, so that a burst costs one
write to the disk, and says the outcome after the commit and nowhere else: what is said is on the disk.
"""

import asyncio
import logging
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from dispatch.audit.connection import in_thread
from dispatch.centre import hearing, units, wire, wire_units
from dispatch.centre.claims_asking import ClaimAsking
from dispatch.centre.evidence import Evidence, EvidenceKit, read_message
from dispatch.centre.inbox import Inbox
from dispatch.centre.messages import Input, Reply, Report, Tick, UnitSaid
from dispatch.centre.mouth import Mouth
from dispatch.centre.neighbours import Neighbours
from dispatch.centre.protocol import LEASE_MS, Effect
from dispatch.centre.reading import CannotDecide
from dispatch.centre.store import Store
from dispatch.centre.wire import Opened, Refused
from dispatch.clock import Clock, epoch_ms, speed_of
from dispatch.domain.datum import to_wgs84
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode, Datum
from dispatch.domain.units import UnitId
from dispatch.feed import payloads, topics
from dispatch.feed.bridged import BridgedLink, Sorter
from dispatch.feed.link import (
    BatchHandler,
    CityLink,
    Identity,
    Link,
    LinkState,
    LinkTiming,
    StateHandler,
)
from dispatch.feed.transport import Connect, Received
from dispatch.tracks.store import TrackStore

TICK_S = 0.25
TIDY_EVERY_S = 3600.0
GROUP = 64
"""Messages decided in one transaction at most: an order that comes waits for no more than these."""
FAILING_S = 5.0
"""Consoles are told that a centre can write again once no write failed for so long."""
FAULTS_TOLD = 100
"""So many faults are written to the journal with all they hold; all of them are counted."""
_journal = logging.getLogger(__name__)


class Centre:
    """The single writer of one city; `run` it as a task."""

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
        neighbours: Iterable[CityCode] = (),
        by_bridge: bool = False,
        evidence: EvidenceKit | None = None,
        tidy: Callable[[], object] | None = None,
        tracks: TrackStore | None = None,
    ) -> None:
        """Without `evidence` the audit log is chained, and nobody signs it; `tidy` is called hourly.
        Without `tracks` nobody keeps where vehicles drove.

        `by_bridge`: the neighbours are heard at the own broker, where the bridges of theirs bring them.
        """
        self.store, self.city = store, store.city
        self.refused: Counter[str] = Counter()
        """Messages that were not taken, by reason."""
        self.failure = ""
        """Why nothing can be written now; empty while all is well."""
        self.failed_at: float | None = None
        """When a write failed last, by the steady count of the clock; None: never."""
        self.fault = ""
        """Why the last message that could not be decided was not: a fault of this program."""
        self._clock, self._drill, self._lease_ms = clock, drill, lease_ms
        self._inbox = Inbox()

        def link_to(
            city: CityCode, filters: Sequence[str], on_batch: BatchHandler, on_change: StateHandler | None
        ) -> Link:
            return Link(
                city=city,
                transport=connect(city, f"{self.city}-{node}"),
                identity=Identity(self.city, node, "centre", drill),
                filters=filters,
                clock=clock,
                on_batch=on_batch,
                on_change=on_change,
                timing=timing,
            )

        every = UnitId("+")
        mine = (
            topics.commands_to(self.city),
            topics.unit_report(self.city, every),
            topics.unit_state(self.city, every),
            topics.position(self.city, every),
            topics.stock(self.city, "+"),
            topics.stock_change(self.city, "+"),
        )
        theirs = {city: _of_neighbour(city, self.city, node) for city in neighbours if city != self.city}
        self.foreign: dict[CityCode, CityLink] = {}
        if by_bridge:
            heard = [*mine, *(one for filters in theirs.values() for one in filters)]
            sorter = Sorter(self.city, theirs, self._sort)
            self.link = link_to(self.city, heard, sorter.take, self._link_changed)
            self.foreign |= {city: BridgedLink(city, self.link) for city in theirs}
        else:
            self.link = link_to(self.city, mine, self._take, self._link_changed)
            for city, filters in theirs.items():
                self.foreign[city] = link_to(city, filters, self._take_foreign, None)
        self._neighbours = Neighbours(store.prefix)
        self._mouth = Mouth(store, self.link)
        self._claims = ClaimAsking(store, self.foreign, node, drill=drill)
        self._tidy, self._tracks = tidy, tracks
        self._evidence: Evidence | None = None
        if evidence is not None:
            self._evidence = Evidence(
                evidence, self.link, clock=clock, drill=drill, node=node, notice=self._put
            )

    async def run(self) -> None:
        """Until cancelled: hear, decide, say; and say again what no vehicle answered."""
        async with asyncio.TaskGroup() as tasks:
            for link in (self.link, *self.foreign.values()):
                tasks.create_task(link.run(), name=f"link of the centre of {self.city} to {link.city}")
            tasks.create_task(self._work(), name="decide and say")
            tasks.create_task(self._watch(), name="watch the time")
            tasks.create_task(self._claims.run(), name="tell other centres about claims")
            tasks.create_task(self._keep_house(), name="seal old rows of the audit log")
            if self._tracks is not None:
                tasks.create_task(self._tracks.run(), name="keep tracks")
            if self._evidence is not None:
                tasks.create_task(self._evidence.run(), name="sign and witness audit logs")

    # --- in ---------------------------------------------------------------------------------------

    def _sort(self, city: CityCode, batch: list[Received]) -> None:
        """Of the own broker, where the bridges bring the neighbours' words."""
        (self._take if city == self.city else self._take_foreign)(city, batch)

    def _take(self, _city: CityCode, batch: list[Received]) -> None:
        for received in batch:
            try:
                opened = wire.open_message(received, drill=self._drill)
                if opened is not None:
                    self._hear(opened)
            except Refused as refused:
                self.refused[str(refused)] += 1
            except Exception:  # noqa: BLE001 - one message must never end the link that brought it
                self._note_fault(received.topic)

    def _note_fault(self, where: str) -> None:
        self.refused["fault"] += 1
        if self.refused["fault"] <= FAULTS_TOLD:
            _journal.exception("a fault of this program: %s", where)

    def _hear(self, opened: Opened) -> None:
        data = opened.envelope.data
        match data:
            case payloads.UnitPosition():
                self._see(opened, data)
            case payloads.SnapshotRequest():
                self._asked_for_snapshot(opened, data)
            case _:
                self._put(self._input(opened))

    def _input(self, opened: Opened) -> Input | None:
        try:
            said = hearing.input_of(opened, self.city)
        except Refused as refused:
            self._answer_unreadable(opened, refused)
            raise
        if isinstance(said, Report | UnitSaid) and said.unit not in self.store.state.duties:
            raise Refused("unknown_unit")
        return said

    def _put(self, said: Input | None) -> None:
        if said is not None and not self._inbox.put(said):
            self.refused["overload"] += 1  # it is asked, or said, again

    def _see(self, opened: Opened, data: payloads.UnitPosition) -> None:
        """Where a unit was last seen, by the time of the fix: for the snapshot, and for its track."""
        if data.unit != opened.topic.key or data.unit not in self.store.state.duties:
            raise Refused("wrong_subject")
        fixed_ms = opened.envelope.ts_evt
        latest_ms = epoch_ms(self._clock.now()) + units.AHEAD_MS
        if fixed_ms > latest_ms:
            raise Refused("future")
        seen = wire_units.Seen(data.lat, data.lon, data.datum, fixed_ms, opened.envelope.seq)
        self._mouth.saw(UnitId(data.unit), seen, latest_ms)
        if self._tracks is not None:
            self._tracks.saw(data.unit, fixed_ms, *to_wgs84(data.lat, data.lon, Datum(data.datum)))

    def _asked_for_snapshot(self, opened: Opened, data: payloads.SnapshotRequest) -> None:
        """Hospitals and blood banks speak for themselves."""
        if data.kind not in ("units", "incidents", "aids", "alarms", "blood_orders"):
            return
        self._mouth.say_anew(data.kind)
        if opened.envelope.key is not None:
            self._mouth.answer(Reply(hearing.asker_of(opened), opened.envelope.key, accepted=True))
        self._inbox.wake()

    def _answer_unreadable(self, opened: Opened, refused: Refused) -> None:
        """Whoever sent a command is told that nothing came of it; it may be mended and sent again."""
        key = opened.envelope.key
        if opened.topic.kind.startswith("cmd.") and key is not None:
            asker = hearing.asker_of(opened)
            self._mouth.answer(
                Reply(asker, key, accepted=False, code="unreadable", facts={"what": str(refused)})
            )
            self._inbox.wake()

    def _take_foreign(self, city: CityCode, batch: list[Received]) -> None:
        for received in batch:
            try:
                if self._hear_evidence(city, received):
                    continue
                self._put(self._claims.hear(city, received))
                opened = wire.open_message(received, drill=self._drill)
                if opened is not None:
                    for said in hearing.foreign(opened, self.city, city):
                        if self._neighbours.concerns_us(said, self.store.state):
                            self._put(said)
            except Refused as refused:
                self.refused[str(refused)] += 1
            except Exception:  # noqa: BLE001 - as above
                self._note_fault(received.topic)

    def _hear_evidence(self, city: CityCode, received: Received) -> bool:
        """A checkpoint or a cosignature of a neighbour; False for anything else."""
        envelope = read_message(received, drill=self._drill)
        if envelope is not None and self._evidence is not None:
            self._evidence.hear(city, envelope)
        return envelope is not None

    def _link_changed(self, _city: CityCode, state: LinkState) -> None:
        if state.up:
            if self._evidence is not None:
                self._evidence.say_again()
            self._mouth.say_everything()
            self._inbox.put(Tick())

    # --- deciding and saying ----------------------------------------------------------------------

    async def _work(self) -> None:
        while True:
            group = await self._inbox.take(GROUP)
            effects = await self._decide(group) if group else []
            try:
                await self._mouth.say(effects)
                if await self._mouth.say_what_is_due():
                    self._inbox.wake()  # there is more, but orders that came meanwhile go first
            except Exception:  # noqa: BLE001 - what was not said is asked, or said, again: the city goes on
                self._note_fault("what was decided")

    async def _decide(self, group: Sequence[Input]) -> list[Effect]:
        """On the disk, then said. What cannot be written is not said; whoever asked asks again."""
        now_ms = epoch_ms(self._clock.now())
        lease_ms = round(
            self._lease_ms * max(1.0, speed_of(self._clock))
        )  # links are no faster in a fast drill
        try:
            effects = await in_thread(lambda: self.store.take(group, now_ms, lease_ms))
        except CannotDecide as error:  # one message is to blame: the others are decided without it
            if len(group) > 1:
                return [effect for one in group for effect in await self._decide([one])]
            self.refused["fault"] += 1
            if str(error) != self.fault:
                self.fault = str(error)
                _journal.exception("%s was not decided", type(group[0]).__name__, exc_info=error)
            return []
        except DispatchError as error:  # the disk
            if str(error) != self.failure:
                _journal.error("%s", error)
            self.failure, self.failed_at = str(error), self._clock.monotonic()
            self.link.say_failing("records")
            return []
        self.failure = ""
        if self.failed_at is not None and self._clock.monotonic() - self.failed_at > FAILING_S:
            self.link.say_failing("")  # small writes may go while large ones do not: not at the first
        for word in self._neighbours.after(group):
            self._put(word)
        return effects

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self._inbox.put(Tick())

    async def _keep_house(self) -> None:
        while self._tidy is not None:
            try:
                await in_thread(self._tidy)
            except (DispatchError, OSError, sqlite3.Error) as error:  # the rows stay where they are
                _journal.error("%s", error)
            await asyncio.sleep(TIDY_EVERY_S)


def _of_neighbour(city: CityCode, home: CityCode, node: str) -> tuple[str, ...]:
    """What a centre listens to of another city."""
    return (
        topics.status(city, "+"),
        topics.snapshot(city, "aids"),
        topics.response(city, home, node),
        topics.checkpoint(city),
        topics.cosignature(city, home),
    )
