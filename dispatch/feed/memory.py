"""A broker without sockets, for tests: topics, retained messages, QoS 1, wills, and cut links."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from dispatch.clock import Clock, epoch_ms
from dispatch.feed.transport import Received, TransportLost, Will, matches


class MemoryBroker:
    """Delivers at once and in order; `cut` and `stop` are the failures of the real ones."""

    def __init__(self) -> None:
        self.retained: dict[str, bytes] = {}
        self.sessions: set[MemorySession] = set()
        self.running = True
        self.denied: set[str] = set()
        """Filters of topics whose messages are dropped without a word, as an ACL does."""

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Deliver to every session that subscribed; an empty retained payload clears the topic."""
        if any(matches(denied, topic) for denied in self.denied):
            return
        if retain:
            self.retained[topic] = payload
            if not payload:
                del self.retained[topic]
        for session in tuple(self.sessions):
            session.deliver(topic, payload, retained=False)

    def cut(self, client_id: str | None = None) -> None:
        """Lose the sessions of one client (or all) as a broken cable does: their wills are sent."""
        for session in tuple(self.sessions):
            if client_id in (None, session.client_id):
                session.lose("the cable was cut", say_will=True)

    def freeze(self, client_id: str) -> None:
        """Half-open: the client's messages vanish in both directions and nothing tells it."""
        for session in self.sessions:
            if session.client_id == client_id:
                session.frozen = True

    def stop(self) -> None:
        """Die as a killed broker does: every session is lost and no will is sent."""
        self.running = False
        for session in tuple(self.sessions):
            session.lose("the broker died", say_will=False)

    def start(self) -> None:
        """Listen again; retained messages were kept."""
        self.running = True


class MemorySession:
    """One client's connection to a MemoryBroker."""

    def __init__(self, broker: MemoryBroker, client_id: str, clock: Clock, will: Will | None) -> None:
        self.client_id = client_id
        self.frozen = False
        self._broker, self._clock, self._will = broker, clock, will
        self._filters: list[str] = []
        self._waiting: list[Received] = []
        self._news = asyncio.Event()
        self._lost = ""

    async def subscribe(self, filters: Sequence[str]) -> None:
        await self._reach_broker()
        self._filters += filters
        for topic, payload in self._broker.retained.items():
            if any(matches(filter_, topic) for filter_ in filters):
                self._keep(topic, payload, retained=True)

    async def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        if qos or not self.frozen:
            await self._reach_broker()
            self._broker.publish(topic, payload, retain=retain)

    async def _reach_broker(self) -> None:
        """Take a turn of the loop, as a network would; wait for good where nothing comes back."""
        await asyncio.sleep(0)
        while self.frozen and not self._lost:
            await self._news.wait()
            self._news.clear()
        if self._lost:
            raise TransportLost(self._lost)

    async def batches(self) -> AsyncIterator[list[Received]]:
        while True:
            await self._news.wait()
            self._news.clear()
            batch, self._waiting = self._waiting, []
            if batch:
                yield batch
            if self._lost:
                raise TransportLost(self._lost)

    def deliver(self, topic: str, payload: bytes, *, retained: bool) -> None:
        """Once, however many filters take it."""
        if not self.frozen and any(matches(filter_, topic) for filter_ in self._filters):
            self._keep(topic, payload, retained=retained)

    def _keep(self, topic: str, payload: bytes, *, retained: bool) -> None:
        self._waiting.append(Received(topic, payload, retained, epoch_ms(self._clock.now())))
        self._news.set()

    def lose(self, why: str, *, say_will: bool) -> None:
        """End the session from the broker's side."""
        self._lost = why
        self._news.set()
        self._broker.sessions.discard(self)
        if say_will and self._will is not None:
            self._broker.publish(self._will.topic, self._will.payload, retain=True)

    def leave(self) -> None:
        """Say goodbye: no will."""
        self._broker.sessions.discard(self)
        self._lost = self._lost or "the session was closed"


class MemoryTransport:
    """Connects to a MemoryBroker."""

    def __init__(self, broker: MemoryBroker, client_id: str, clock: Clock) -> None:
        self._broker, self._client_id, self._clock = broker, client_id, clock

    @asynccontextmanager
    async def session(self, will: Will | None) -> AsyncIterator[MemorySession]:
        await asyncio.sleep(0)
        if not self._broker.running:
            raise TransportLost("nobody listens")
        session = MemorySession(self._broker, self._client_id, self._clock, will)
        for old in tuple(self._broker.sessions):
            if old.client_id == self._client_id:
                old.lose("another session took the client id", say_will=True)
        self._broker.sessions.add(session)
        try:
            yield session
        finally:
            session.leave()
