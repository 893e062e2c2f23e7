"""The engine: an agenda of events in drill time, and random streams that do not disturb each other."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np

Rng = np.random.Generator


class Streams:
    """One random stream per purpose, all grown from one seed.

    A stream depends on the seed and its names only, so drawing more of one (another dispatch
    policy, another fault rate) leaves every other stream as it was: common random numbers.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def of(self, *names: str | int) -> Rng:
        """The stream of a purpose from its beginning, e.g. of("calls", "changsha", "day 0")."""
        key = tuple(name if isinstance(name, int) else crc32(name.encode()) for name in names)
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))


@dataclass(order=True, slots=True)
class Entry:
    """Something to be done at a moment; entries of one moment are done in the order of writing."""

    at_ms: int
    number: int
    do: Callable[[], None] | None = field(compare=False)

    def cancel(self) -> None:
        """It will not be done; after it was done this changes nothing."""
        self.do = None


class Agenda:
    """What happens when, in milliseconds of drill time since 1970."""

    def __init__(self, start_ms: int) -> None:
        self.now_ms = start_ms
        self._entries: list[Entry] = []
        self._written = 0

    def at(self, moment_ms: float, do: Callable[[], None]) -> Entry:
        """Do something at a moment, or now when the moment is past."""
        self._written += 1
        entry = Entry(max(round(moment_ms), self.now_ms), self._written, do)
        heapq.heappush(self._entries, entry)
        return entry

    def after(self, seconds: float, do: Callable[[], None]) -> Entry:
        """Do something `seconds` of drill time from now."""
        return self.at(self.now_ms + seconds * 1000, do)

    def every(self, seconds: float, do: Callable[[], None]) -> None:
        """Do something now and again and again, for good."""

        def again() -> None:
            do()
            self.after(seconds, again)

        self.at(self.now_ms, again)

    def run_until(self, moment_ms: int) -> None:
        """Do everything up to and including a moment; the clock then stands at that moment."""
        while self._entries and self._entries[0].at_ms <= moment_ms:
            entry = heapq.heappop(self._entries)
            if entry.do is not None:
                self.now_ms = entry.at_ms
                do, entry.do = entry.do, None
                do()
        self.now_ms = max(self.now_ms, moment_ms)
