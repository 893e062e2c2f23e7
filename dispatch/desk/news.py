"""Waiting for something to change, without looking at it all the time."""

import asyncio
from collections.abc import Callable


class News:
    """`tell` wakes everybody who waits; each looks whether it is what he waited for."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def tell(self) -> None:
        """Something changed."""
        event, self._event = self._event, asyncio.Event()
        event.set()

    async def until(self, true: Callable[[], bool], within_s: float) -> bool:
        """Wait for something to become true, at most `within_s` machine seconds; whether it did."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within_s
        while not true():
            event, left = self._event, deadline - loop.time()
            if left <= 0:
                return False
            await asyncio.wait([waiting := asyncio.ensure_future(event.wait())], timeout=left)
            waiting.cancel()
        return True
