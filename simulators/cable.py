"""A transport that can be cut on purpose, as a cable is: no goodbye, and nobody there for a while."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from dispatch.clock import Clock
from dispatch.feed.transport import Received, Session, Transport, TransportLost, Will, heed_cancelling

_CUT = "the drill cut this cable"


class Cable:
    """Wraps the transport of one city's simulator."""

    def __init__(self, transport: Transport, clock: Clock) -> None:
        self._transport, self._clock = transport, clock
        self._whole_again = 0.0
        self._cut = asyncio.Event()

    def cut(self, seconds: float) -> None:
        """Lose the session at once, and connect to nobody for `seconds` of drill time."""
        self._whole_again = self._clock.monotonic() + seconds
        self._cut.set()
        self._cut = asyncio.Event()

    @asynccontextmanager
    async def session(self, will: Will | None) -> AsyncIterator["CableSession"]:
        """A session of the wrapped transport, for as long as the cable holds."""
        heed_cancelling()
        if self._clock.monotonic() < self._whole_again:
            raise TransportLost(_CUT)
        async with self._transport.session(will) as session:
            yield CableSession(session, self._cut)


class CableSession:
    """One session over a cable."""

    def __init__(self, session: Session, cut: asyncio.Event) -> None:
        self._session, self._cut = session, cut

    async def subscribe(self, filters: Sequence[str]) -> None:
        await self._session.subscribe(filters)

    async def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        if self._cut.is_set():
            raise TransportLost(_CUT)
        await self._session.publish(topic, payload, qos=qos, retain=retain)
        heed_cancelling()

    async def batches(self) -> AsyncIterator[list[Received]]:
        """What the session receives, until the cable is cut."""
        source = aiter(self._session.batches())
        cut = asyncio.ensure_future(self._cut.wait())
        try:
            while True:
                following = asyncio.ensure_future(anext(source))
                following.add_done_callback(_looked_at)
                await asyncio.wait((following, cut), return_when=asyncio.FIRST_COMPLETED)
                if self._cut.is_set():
                    following.cancel()
                    raise TransportLost(_CUT)
                yield following.result()
        finally:
            cut.cancel()


def _looked_at(following: "asyncio.Future[list[Received]]") -> None:
    """A session that ends after its cable was cut tells nobody anything new."""
    if not following.cancelled():
        following.exception()
