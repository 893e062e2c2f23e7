"""A link to one city: connects, announces itself, listens, notices its own death, comes back.

Each attempt is a fresh session with a grown epoch. The birth is also the self-test: it is published
to the link's own node topic and must come back, because a broker that denies a publish says nothing.
The heartbeat repeats it, so that a half-open connection is noticed within `beat_s + answer_s`.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from dispatch import __version__
from dispatch.clock import Clock, SystemClock, epoch_ms
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.feed import payloads, topics
from dispatch.feed.transport import (
    Received,
    Session,
    Transport,
    TransportLost,
    Will,
    heed_cancelling,
    matches,
    overlap,
)
from dispatch.language import _

NodeKind = Literal["console", "centre", "simulator", "gateway", "replay"]
DAY_MS = 86_400_000


class _Twin(TransportLost):
    """Another program is at work under this name: the one that came later yields."""


class LinkDown(DispatchError):
    """Nothing can be published now: the link has no session, or lost it on the way."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a program is on the wire."""

    city: CityCode
    node: str
    kind: NodeKind
    drill: bool


@dataclass(frozen=True, slots=True)
class LinkTiming:
    """Seconds of the machine's own time, whatever a drill's clock does."""

    beat_s: float = 3.0
    answer_s: float = 4.5
    connect_s: float = 5.0
    settle_s: float = 0.2
    """For what the broker kept of this node, before the first word of a program."""
    first_pause_s: float = 0.25
    longest_pause_s: float = 8.0


@dataclass(frozen=True, slots=True)
class LinkState:
    """How a link stands; `error` is the last reason it was lost, empty while it never was."""

    up: bool
    since: datetime
    attempts: int = 0
    error: str = ""
    twin: bool = False
    """Whether it stays down because another program that is at work has the same name."""


Failing = Literal["", "records"]


class CityLink(Protocol):
    """The way to one city: a link to its own broker, or one through the home city's (bridged.py)."""

    city: CityCode

    @property
    def identity(self) -> "Identity": ...

    @property
    def state(self) -> "LinkState": ...

    async def run(self) -> None:
        """Until cancelled."""
        ...

    async def publish(
        self,
        topic: str,
        kind: str,
        data: payloads.Payload,
        *,
        ts_evt: int | None = None,
        key: str | None = None,
        qos: int = 1,
        retain: bool = False,
        reply_to: str | None = None,
        expires_at: int | None = None,
    ) -> None:
        """Say one thing; LinkDown when it cannot."""
        ...


BatchHandler = Callable[[CityCode, list[Received]], None]
StateHandler = Callable[[CityCode, LinkState], None]


class Link:
    """One link; `run` it as a task. Cancelling the task says goodbye and ends it cleanly."""

    def __init__(
        self,
        *,
        city: CityCode,
        transport: Transport,
        identity: Identity,
        filters: Sequence[str],
        clock: Clock,
        on_batch: BatchHandler,
        on_change: StateHandler | None = None,
        timing: LinkTiming | None = None,
    ) -> None:
        """`filters` must not overlap: ValueError. The own node topic is added where none takes it."""
        self.city, self.identity = city, identity
        self.own_topic = topics.node(identity.city, identity.node)
        self.filters = _with_own(tuple(dict.fromkeys(filters)), self.own_topic)
        self.timing = timing or LinkTiming()
        self.state = LinkState(up=False, since=clock.now())
        self.epoch = 0
        self._transport, self._clock = transport, clock
        self._on_batch, self._on_change = on_batch, on_change
        self._session: Session | None = None
        self._sequences: dict[str, int] = {}
        self._echo = asyncio.Event()
        self._highest_epoch_seen = 0
        self._lives: set[int] = set()
        """The epochs of this program."""
        self._kept_online = False
        """The broker kept that another life of this node is online: a twin, or one that died unheard."""
        self._twin_spoke = asyncio.Event()
        self._failing: Failing = ""
        self._news = asyncio.Event()

    def say_failing(self, what: Failing) -> None:
        """Tell everybody, at once and with each heart beat, what this program cannot do; empty: nothing."""
        if what != self._failing:
            self._failing = what
            self._news.set()

    async def run(self) -> None:
        """Keep the link up until cancelled; a lost session never raises, anything else does."""
        pause = self.timing.first_pause_s
        while True:
            was_up = False
            try:
                await self._attempt()
            except* (TransportLost, LinkDown) as lost:
                was_up = self.state.up
                twin = lost.subgroup(_Twin) is not None
                self._change(up=False, error=_first_words(lost), twin=twin)
            heed_cancelling()
            if was_up:
                pause = self.timing.first_pause_s
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(pause * 2, self.timing.longest_pause_s)

    async def publish(
        self,
        topic: str,
        kind: str,
        data: payloads.Payload,
        *,
        ts_evt: int | None = None,
        key: str | None = None,
        qos: int = 1,
        retain: bool = False,
        reply_to: str | None = None,
        expires_at: int | None = None,
    ) -> None:
        """Say one thing; with QoS 1 it returns after the broker took it. LinkDown when it cannot."""
        if self._session is None or not self.state.up:
            raise LinkDown(_("no link to this city: nothing was sent"))
        now = epoch_ms(self._clock.now())
        envelope = payloads.Envelope(
            v=1,
            type=kind,
            src=payloads.Source(city=self.identity.city, node=self.identity.node, epoch=self.epoch),
            seq=self._next_sequence(topic),
            ts_evt=now if ts_evt is None else ts_evt,
            ts_pub=now,
            drill=self.identity.drill,
            data=data,
            key=key,
            reply_to=reply_to,
            expires_at=expires_at,
        )
        try:
            await self._session.publish(topic, payloads.encode(envelope), qos=qos, retain=retain)
        except TransportLost as lost:
            raise LinkDown(str(lost)) from None

    async def clear(self, topic: str) -> None:
        """Take a retained message off the broker. LinkDown when it cannot be."""
        if self._session is None or not self.state.up:
            raise LinkDown(_("no link to this city: nothing was sent"))
        try:
            await self._session.publish(topic, b"", qos=1, retain=True)
        except TransportLost as lost:
            raise LinkDown(str(lost)) from None

    def _next_sequence(self, topic: str) -> int:
        number = self._sequences.get(topic, 0) + 1
        self._sequences[topic] = number
        return number

    async def _attempt(self) -> None:
        """One session from birth to loss: TransportLost (or a group of it) says why it ended."""
        self.epoch = max(self.epoch, self._highest_epoch_seen, epoch_ms(SystemClock().now()) - 1) + 1
        self._lives.add(self.epoch)
        self._sequences.clear()
        self._echo.clear()
        self._kept_online = False
        self._twin_spoke.clear()
        will = Will(self.own_topic, self._own_state("offline", sequence=0))
        try:
            longest_s = self.timing.connect_s + self.timing.answer_s + self._listen_s
            async with asyncio.timeout(longest_s) as opening:
                async with self._transport.session(will) as session, asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._read(session), name=f"read {self.city}")
                    await session.subscribe(self.filters)
                    await self._look_for_a_twin()
                    await self._self_test(session)
                    opening.reschedule(None)
                    await self._stay(session)
        except TimeoutError:
            raise TransportLost(_("the broker does not answer")) from None

    async def _stay(self, session: Session) -> None:
        self._session = session
        self._change(up=True)
        try:
            await self._beat(session)
        except asyncio.CancelledError:
            await self._say_goodbye(session)
            raise
        finally:
            self._session = None

    async def _read(self, session: Session) -> None:
        async for batch in session.batches():
            news = [message for message in batch if message.topic != self.own_topic]
            if len(news) != len(batch):
                for message in batch:
                    if message.topic == self.own_topic:
                        self._hear_own(message)
            if news:
                self._on_batch(self.city, news)

    def _hear_own(self, message: Received) -> None:
        """The echo of this epoch proves the way there and back; an older life is only remembered."""
        try:
            envelope = payloads.decode("node.state", message.payload)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return
        epoch = envelope.src.epoch
        if epoch == self.epoch:
            if not message.retained:
                self._echo.set()
        elif epoch <= epoch_ms(SystemClock().now()) + DAY_MS:
            self._highest_epoch_seen = max(self._highest_epoch_seen, epoch)
            online = isinstance(envelope.data, payloads.NodeState) and envelope.data.state == "online"
            if online and epoch not in self._lives:
                self._hear_other(epoch, retained=message.retained)

    def _hear_other(self, epoch: int, *, retained: bool) -> None:
        """Another program says online under this name; one that was here before goes on."""
        if retained:
            self._kept_online = True
        elif epoch < self.epoch:
            self._twin_spoke.set()
        elif self.state.up:
            self._change(up=True, error=self._twin())

    @property
    def _listen_s(self) -> float:
        """Long enough to hear a twin's heart beat."""
        return 1.3 * self.timing.beat_s + self.timing.settle_s

    async def _look_for_a_twin(self) -> None:
        """Say nothing yet while a console that has this name already may be at work: _Twin when it is.

        Other programs have one place each, which their own files and the broker's client ids keep.
        """
        if self.identity.kind != "console":
            return
        if len(self._lives) == 1 or self.state.twin:
            await asyncio.sleep(self.timing.settle_s)
        if self._kept_online:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._listen_s):
                    await self._twin_spoke.wait()
        if self._twin_spoke.is_set():
            raise _Twin(self._twin())

    def _twin(self) -> str:
        return _(
            "another program says it is {node}, or the clock went back: give each its own name",
            node=self.identity.node,
        )

    async def _self_test(self, session: Session) -> None:
        try:
            await self._hear_itself(session)
        except TimeoutError:
            raise TransportLost(
                _(
                    "what is published to {topic} does not come back: let this node write and read it (ACL)",
                    topic=self.own_topic,
                )
            ) from None
        if self._highest_epoch_seen > self.epoch:
            raise TransportLost(self._twin())

    async def _beat(self, session: Session) -> None:
        """Say online every few seconds, and hear it come back; TransportLost when it does not."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.timing.beat_s):
                    await self._news.wait()
            self._news.clear()
            if self._twin_spoke.is_set() and self.identity.kind == "console":
                raise _Twin(self._twin())
            self._echo.clear()
            try:
                await self._hear_itself(session)
            except TimeoutError:
                raise TransportLost(_("the broker stopped answering")) from None

    async def _hear_itself(self, session: Session) -> None:
        """Say online, and again, until it comes back; TimeoutError when it does not within `answer_s`."""
        async with asyncio.timeout(self.timing.answer_s):
            while not self._echo.is_set():
                await self._say_online(session)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self.timing.answer_s / 3):
                        await self._echo.wait()

    async def _say_online(self, session: Session) -> None:
        state = self._own_state("online", self._next_sequence(self.own_topic))
        await session.publish(self.own_topic, state, qos=1, retain=True)

    async def _say_goodbye(self, session: Session) -> None:
        """A clean exit suppresses the Will, so the link says itself that it is offline."""
        state = self._own_state("offline", self._next_sequence(self.own_topic))
        try:
            async with asyncio.timeout(1.0):
                await session.publish(self.own_topic, state, qos=1, retain=True)
        except (TimeoutError, TransportLost):
            return  # the session is gone: the broker sends the Will

    def _own_state(self, state: Literal["online", "offline"], sequence: int) -> bytes:
        now = epoch_ms(self._clock.now())
        return payloads.encode(
            payloads.Envelope(
                v=1,
                type="node.state",
                src=payloads.Source(city=self.identity.city, node=self.identity.node, epoch=self.epoch),
                seq=sequence,
                ts_evt=now,
                ts_pub=now,
                drill=self.identity.drill,
                data=payloads.NodeState(
                    state=state, kind=self.identity.kind, version=__version__, failing=self._failing
                ),
            )
        )

    def _change(self, *, up: bool, error: str = "", twin: bool = False) -> None:
        before = self.state
        since = self._clock.now() if up != before.up else before.since
        self.state = LinkState(up, since, 0 if up else before.attempts + 1, error or before.error, twin)
        if self._on_change is not None and self.state != before:
            self._on_change(self.city, self.state)


def _with_own(filters: tuple[str, ...], own_topic: str) -> tuple[str, ...]:
    """The filters, with the own topic where none takes it; ValueError where two overlap."""
    if not any(matches(filter_, own_topic) for filter_ in filters):
        filters = (*filters, own_topic)
    for index, one in enumerate(filters):
        for other in filters[index + 1 :]:
            if one != own_topic and other != own_topic and overlap(one, other):
                raise ValueError(f"filters {one} and {other} overlap: messages would arrive twice")
    return tuple(one for one in filters if one != own_topic or not _taken_by_another(one, filters))


def _taken_by_another(topic: str, filters: tuple[str, ...]) -> bool:
    return any(other != topic and matches(other, topic) for other in filters)


def _first_words(group: BaseExceptionGroup[BaseException]) -> str:
    """The sentence of the first plain exception inside."""
    inner = group.exceptions[0]
    return _first_words(inner) if isinstance(inner, BaseExceptionGroup) else str(inner)
