"""Going along a log row by row, over all its files, with the tree of what was seen so far."""

import re
import sqlite3
from collections.abc import Iterable, Iterator

from dispatch.audit import chain
from dispatch.audit.archive import Start
from dispatch.audit.chain import Fault
from dispatch.audit.checkpoint import Opened
from dispatch.audit.entry import Head, row_hash
from dispatch.audit.merkle import Frontier
from dispatch.audit.said_times import china_time

_LAST_FIELD = re.compile(rb',"ts":(-?[0-9]+)\}$')
"""The time of a row in canonical form, whose fields are sorted: it is found without reading the row again."""
CLOCK_TOLERANCE_MS = 1000  # a clock that is set back by less is ordinary time service at work


class Walk:
    """Keeps where it stands: `head`, the tree, which checkpoints fitted, where the clock went back."""

    def __init__(self, start: Start, seen: Head | None, notes: Iterable[Opened]) -> None:
        """ValueError when `start` holds no tree of that size."""
        self.head = start.head
        self.clock_back: list[int] = []
        self.fitting: list[Opened] = []
        self._frontier = Frontier(start.head.seq, start.parts)
        self._seen = seen
        self._points: dict[int, list[Opened]] = {}
        for one in notes:
            self._points.setdefault(one.checkpoint.size, []).append(one)
        self._newest_ms = 0

    def begin(self) -> Fault | None:
        """Checkpoints of exactly the rows that are kept no more; those of fewer prove nothing here."""
        self._points = {size: found for size, found in self._points.items() if size >= self.head.seq}
        return self._point()

    def through(self, connection: sqlite3.Connection) -> Fault | None:
        """The rows of one file from where the one before ended; the last row of that may stand here too."""
        rows: Iterator[chain.Link] = chain.links(connection, after=max(0, self.head.seq - 1))
        first = next(rows, None)
        if first is None:
            return None
        again = first.seq == self.head.seq and self.head.seq > 0
        fault = self._same(first) if again else self._step(first)
        for link in rows:
            if fault is not None:
                break
            fault = self._step(link)
        return fault

    def end(self) -> Fault | None:
        """What should have come and did not."""
        if self._seen is not None and self.head.seq < self._seen.seq:
            return Fault("cut", self.head.seq, {"expected": self._seen.seq})
        if self._points:
            size = min(self._points)
            facts: dict[str, str | int] = {"expected": size, **_who(self._points[size][0])}
            return Fault("cut_signed", self.head.seq, facts)
        return None

    def _same(self, link: chain.Link) -> Fault | None:
        return None if row_hash(link.body) == link.hash == self.head.hash else Fault("joint", link.seq)

    def _step(self, link: chain.Link) -> Fault | None:
        fault = chain.fault_of(link, *self.head) or self._not_as_seen(link)
        if fault is not None:
            return fault
        self.head = Head(link.seq, link.hash)
        self._frontier.append(bytes.fromhex(link.hash))
        self._look_at_the_clock(link)
        return self._point()

    def _point(self) -> Fault | None:
        """The checkpoints of exactly so many rows."""
        for one in self._points.pop(self.head.seq, ()):
            if one.checkpoint.root != self._frontier.root():
                last = self.fitting[-1].checkpoint.size if self.fitting else 0
                facts: dict[str, str | int] = {"first": last + 1, **_who(one)}
                return Fault("root", self.head.seq, facts)
            self.fitting.append(one)
        return None

    def _not_as_seen(self, link: chain.Link) -> Fault | None:
        seen = self._seen
        other = seen is not None and seen.seq == link.seq and seen.hash != link.hash
        return Fault("head", link.seq) if other else None

    def _look_at_the_clock(self, link: chain.Link) -> None:
        said = _LAST_FIELD.search(link.body)
        if said is not None:
            moment = int(said[1])
            if moment < self._newest_ms - CLOCK_TOLERANCE_MS:
                self.clock_back.append(link.seq)
            self._newest_ms = max(self._newest_ms, moment)


def _who(one: Opened) -> dict[str, str | int]:
    return {"city": one.checkpoint.city, "time": china_time(one.checkpoint.at_ms)}
