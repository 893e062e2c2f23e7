"""Links of the simulated programs: what they say goes out in order, what they hear comes in checked."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence

import msgspec

from dispatch.clock import Clock
from dispatch.domain.geography import CityCode
from dispatch.feed import payloads, topics
from dispatch.feed.link import Identity, Link, LinkDown, LinkState
from dispatch.feed.transport import Received, Transport
from simulators.cable import Cable
from simulators.hearing import filters, filters_abroad
from simulators.messages import Message, node_of

BACKLOG = 4_000
AT_ONCE = 50
"""Messages on their way to a broker at one time."""
_KEPT = frozenset({"unit.status", "incident", "snapshot.aids", "snapshot.blood_orders"})
"""What a broker keeps of the centres; anything else that it kept is nobody's word any more."""

OnBatch = Callable[[CityCode, list[Received]], None]
OnUp = Callable[[CityCode], None]


class Voice:
    """The program of the city `origin` on the broker of `city`; positions give way when it cannot keep up."""

    def __init__(
        self,
        origin: CityCode,
        city: CityCode,
        transport: Transport,
        clock: Clock,
        on_batch: OnBatch,
        on_up: OnUp | None = None,
    ) -> None:
        self.origin, self.city = origin, city
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
            identity=Identity(origin, node_of(origin), "simulator", drill=True),
            filters=filters(city) if origin == city else filters_abroad(origin, city),
            clock=clock,
            on_batch=on_batch,
            on_change=self._changed,
        )

    @property
    def quiet(self) -> bool:
        """Whether everything that was to be said is said."""
        return not self._waiting

    def _changed(self, city: CityCode, state: LinkState) -> None:
        if state.up:
            self.ups += 1
            if self._on_up is not None:
                self._on_up(city)

    def say(self, messages: Sequence[Message]) -> None:
        """Queue messages for sending; without a link they are lost: whatever matters is said again."""
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
            tasks.create_task(self.link.run(), name=f"link of {self.origin} to {self.city}")
            tasks.create_task(self._send(), name=f"send of {self.origin} to {self.city}")

    async def _send(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                some = [self._waiting.popleft() for _one in range(min(AT_ONCE, len(self._waiting)))]
                went = await asyncio.gather(*map(self._publish, some))
                if not all(went):
                    self.unsent.update(message.kind for message in self._waiting)
                    self._waiting.clear()

    async def _publish(self, message: Message) -> bool:
        """Onto the wire in the order of calling; whether the broker took it."""
        try:
            await self.link.publish(
                message.topic,
                message.kind,
                message.data,
                ts_evt=message.ts_evt,
                qos=message.qos,
                retain=message.retain,
                key=message.key,
                reply_to=message.reply_to,
                expires_at=message.expires_at,
            )
        except LinkDown:
            self.unsent[message.kind] += 1
            return False
        self.sent[message.kind] += 1
        return True


def newest_positions(messages: Sequence[Message]) -> list[Message]:
    """The messages without positions that a newer one of the same unit overtakes in the same batch."""
    last = {message.topic: at for at, message in enumerate(messages) if not message.qos and not message.keep}
    return [
        message for at, message in enumerate(messages) if last.get(message.topic, at) <= at or message.keep
    ]


class Unheard(Exception):
    """A message that is not taken; the word says why."""


def opened(city: CityCode, received: Received) -> tuple[Message, bool]:
    """A message from the broker of `city`, and whether it is of a drill. Unheard says why it is none."""
    topic = topics.parse(received.topic)
    if topic is None or topic.kind not in payloads.PAYLOADS:
        raise Unheard("unknown")
    if received.retained and topic.kind not in _KEPT:
        raise Unheard("ignored")
    if len(received.payload) > payloads.size_cap(topic.kind):
        raise Unheard("ignored")
    try:
        envelope = payloads.decode(topic.kind, received.payload)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise Unheard("unreadable" if received.payload else "cleared") from error
    if envelope.type != topic.kind or envelope.src.city != topic.city:
        raise Unheard("ignored")
    message = Message(
        city, received.topic, topic.kind, envelope.data, envelope.ts_evt,
        CityCode(envelope.src.city), envelope.src.node,
        key=envelope.key, reply_to=envelope.reply_to, expires_at=envelope.expires_at,
    )  # fmt: skip
    return message, envelope.drill
