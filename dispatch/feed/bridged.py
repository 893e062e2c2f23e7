"""Other cities through the broker of the home city alone, whose bridges bring what they say.

One connection, one subscription, one row of sequence numbers: what is published for another city is taken
out by the home broker's own bridge. A city that says nothing and a bridge that is cut look the same from
here: while the home broker is there, a city behind a cut bridge is silent, not offline.
"""

import asyncio
from collections.abc import Iterable

from dispatch.domain.geography import CityCode
from dispatch.feed import topics
from dispatch.feed.access import BRIDGED
from dispatch.feed.link import BatchHandler, Identity, Link, LinkState, StateHandler
from dispatch.feed.transport import Received

_CITY = len(f"{topics.ROOT}/")


class BridgedLink:
    """The way to one city through the link to the home broker, which somebody else runs."""

    def __init__(self, city: CityCode, home: Link) -> None:
        self.city = city
        self._home = home
        self.publish = home.publish
        """Says one thing to the home broker; LinkDown when it cannot. The bridge may carry it much later."""

    @property
    def identity(self) -> Identity:
        return self._home.identity

    @property
    def state(self) -> LinkState:
        """That of the link to the home broker: of the bridge nothing is known but what it brings."""
        return self._home.state

    async def run(self) -> None:
        """Until cancelled; there is nothing to do."""
        await asyncio.Event().wait()


class Sorter:
    """Hands what one link brings to each city's own handlers, in order within a city."""

    def __init__(
        self,
        home: CityCode,
        others: Iterable[CityCode],
        on_batch: BatchHandler,
        on_change: StateHandler | None = None,
    ) -> None:
        self._home, self._others = home, frozenset(others)
        self._on_batch, self._on_change = on_batch, on_change

    def take(self, _city: CityCode, batch: list[Received]) -> None:
        """A batch of the home broker; what is of no other city is the home city's to judge."""
        sorted_: dict[CityCode, list[Received]] = {}
        for received in batch:
            name, _slash, rest = received.topic[_CITY:].partition("/")
            city = CityCode(name)
            if city in self._others and not rest.startswith("cmd/"):  # a command is for whom it is sent to
                sorted_.setdefault(city, []).append(_as_said(city, received))
            else:
                sorted_.setdefault(self._home, []).append(received)
        for city, messages in sorted_.items():
            self._on_batch(city, messages)

    def changed(self, _city: CityCode, state: LinkState) -> None:
        """The home broker came or went, and every city with it."""
        if self._on_change is not None:
            for city in (self._home, *sorted(self._others)):
                self._on_change(city, state)


def _as_said(city: CityCode, received: Received) -> Received:
    """Under the topic that the other city's program published it to."""
    under = f"{topics.ROOT}/{city}/{BRIDGED}/"
    if received.topic.startswith(under):
        return received._replace(topic=f"{topics.ROOT}/{city}/{received.topic.removeprefix(under)}")
    return received
