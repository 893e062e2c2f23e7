"""Messages that wait to be decided: orders and what crews report first, neighbours' news last."""

import asyncio
from collections import deque

from dispatch.centre.messages import (
    Cancel,
    Commit,
    ForeignAid,
    ForeignUnit,
    Input,
    Query,
    Report,
    Request,
    Tick,
)

WAITING = 20_000
"""Messages of one rank that may wait; what comes above it is dropped, and said or asked again."""
SHARE = 8
"""Of each group one part in so many is kept for every lower rank that waits: a flood starves nobody."""
_FIRST = (Commit, Cancel, Report, Request, Query)
_LAST = (ForeignAid, ForeignUnit)


class Inbox:
    """Three ranks; within each, in the order they came. One tick waits at most."""

    def __init__(self, waiting: int = WAITING) -> None:
        self._most = waiting
        self._ranks: tuple[deque[Input], ...] = (deque(), deque(), deque())
        self._tick = False
        self._news = asyncio.Event()

    def put(self, said: Input) -> bool:
        """False: too much waits, and it was dropped."""
        if isinstance(said, Tick):
            self._tick = True
        else:
            rank = self._ranks[0 if isinstance(said, _FIRST) else 2 if isinstance(said, _LAST) else 1]
            if len(rank) >= self._most:
                return False
            rank.append(said)
        self._news.set()
        return True

    def wake(self) -> None:
        """Let `take` return, with nothing if nothing waits."""
        self._news.set()

    async def take(self, most: int) -> list[Input]:
        """What is decided next, at most so many; waits until there is something, or `wake`."""
        await self._news.wait()
        self._news.clear()
        group = self._group(most)
        if any(self._ranks):
            self._news.set()
        return group

    def _group(self, most: int) -> list[Input]:
        group: list[Input] = []
        if self._tick:  # leases end before anybody asks for their units
            self._tick = False
            group.append(Tick())
        for number, rank in enumerate(self._ranks):
            kept = sum(min(len(lower), most // SHARE) for lower in self._ranks[number + 1 :])
            group += [rank.popleft() for _one in range(min(len(rank), most - len(group) - kept))]
        return group
