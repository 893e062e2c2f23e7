"""Proving that an audit log is whole, offline, as far as one file can prove it."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dispatch.audit import chain, gate, schema
from dispatch.audit.chain import Fault
from dispatch.audit.connection import reader
from dispatch.audit.entry import GENESIS
from dispatch.audit.gate import Head
from dispatch.language import N_, say

CLOCK_TOLERANCE_MS = 1000  # a clock that is set back by less is ordinary time service at work

_WHOLE = N_("{rows} rows, each follows from the one before it; the last hash is {hash}")
_BROKEN = N_("FAULT after {rows} good rows: {fault}")
_SEEN = N_("row {row}, seen before, is still there unchanged")
_NOTE = N_("note: the clock went back {count} times, first at row {row}")
_LIMIT = N_(
    "this check cannot see rows cut off at the end, nor a log written anew from its first row: "
    "keep the number and hash of the last row elsewhere and give them to the next check"
)


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check found. `rows` are good ones, up to `head_hash`; `clock_back` are rows to note."""

    ok: bool
    rows: int
    first_fault: Fault | None
    head_hash: str
    clock_back: tuple[int, ...] = ()
    seen: Head | None = None

    def lines(self, language: str) -> list[str]:
        """The result in sentences, with what it does not prove."""
        fault = self.first_fault
        if fault is None:
            found = [say(language, _WHOLE, rows=self.rows, hash=self.head_hash)]
        else:
            found = [say(language, _BROKEN, rows=self.rows, fault=fault.text(language))]
        if self.clock_back:
            found.append(say(language, _NOTE, count=len(self.clock_back), row=self.clock_back[0]))
        if fault is None and self.seen is not None:
            found.append(say(language, _SEEN, row=self.seen.seq))
        return [*found, say(language, _LIMIT)] if self.seen is None else found


def verify(path: Path, seen: Head | None = None) -> Verification:
    """Check the file, its tables, every row's number, form, link and hash; stop at the first fault.

    `seen` is a last row noted earlier: with it, a log that was cut before that row or written anew
    is found too. Reads one state of a log in use, and never writes. FileNotFoundError: no such log.
    """
    with reader(path) as connection:
        try:
            connection.execute("BEGIN")  # one state, while the console goes on writing
            return _verified(connection, seen)
        except sqlite3.DatabaseError as error:
            return Verification(False, 0, Fault("damaged", facts={"found": str(error)}), GENESIS, seen=seen)


def _verified(connection: sqlite3.Connection, seen: Head | None) -> Verification:
    changed = schema.differences(connection)
    if "table audit is missing" in changed:
        return Verification(
            False, 0, Fault("schema", facts={"found": "; ".join(changed)}), GENESIS, seen=seen
        )
    walk = _Walk(connection, seen)
    fault = walk.to_the_end()
    if fault is None and changed:
        fault = Fault("schema", facts={"found": "; ".join(changed)})
    if fault is None and (damage := gate.integrity(connection, quick=False)):
        fault = Fault("damaged", facts={"found": damage})
    return Verification(fault is None, walk.head.seq, fault, walk.head.hash, tuple(walk.clock_back), seen)


class _Walk:
    """Goes along the chain and keeps where it stands."""

    def __init__(self, connection: sqlite3.Connection, seen: Head | None) -> None:
        self.head = Head(0, GENESIS)
        self.clock_back: list[int] = []
        self._seen = seen
        self._links: Iterator[chain.Link] = chain.links(connection)
        self._newest_ms = 0

    def to_the_end(self) -> Fault | None:
        for link in self._links:
            fault = chain.fault_of(link, *self.head) or self._not_as_seen(Head(link.seq, link.hash))
            if fault is not None:
                return fault
            self.head = Head(link.seq, link.hash)
            self._look_at_the_clock(link)
        if self._seen is not None and self.head.seq < self._seen.seq:
            return Fault("cut", self.head.seq, {"expected": self._seen.seq})
        return None

    def _not_as_seen(self, head: Head) -> Fault | None:
        seen = self._seen
        other = seen is not None and seen.seq == head.seq and seen.hash != head.hash
        return Fault("head", head.seq) if other else None

    def _look_at_the_clock(self, link: chain.Link) -> None:
        moment = chain.parse(link.body)["ts"]
        if isinstance(moment, int):
            if moment < self._newest_ms - CLOCK_TOLERANCE_MS:
                self.clock_back.append(link.seq)
            self._newest_ms = max(self._newest_ms, moment)
