"""Proving that an audit log is whole, offline, as far as what is given can prove it.

The file alone, the file and checkpoints of its own city, or these with the cosignatures of other cities.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dispatch.audit import archive, gate, schema
from dispatch.audit.chain import Fault
from dispatch.audit.checkpoint import Opened
from dispatch.audit.connection import DAMAGE, reader
from dispatch.audit.entry import GENESIS, Head
from dispatch.audit.proved import Proved, proved, sentences
from dispatch.audit.walk import Walk
from dispatch.causes import cause
from dispatch.language import N_, say

_WHOLE = N_("{rows} rows, each follows from the one before it; the last hash is {hash}")
_BROKEN = N_("FAULT after {rows} good rows: {fault}")
_SEEN = N_("row {row}, seen before, is still there unchanged")
_NOTE = N_("note: the clock went back {count} times, first at row {row}")
_LIMIT = N_(
    "this check cannot see rows cut off at the end, nor a log written anew from its first row: "
    "keep the number and hash of the last row elsewhere and give them to the next check"
)
_TABLES = N_("tables as this program makes them, fingerprint {fingerprint}")
_SEGMENTS = N_("{count} sealed segments were read before the open file")
_REMOVED = N_("rows 1 to {rows} were removed after their time: only their hashes still count here")
_TOO_OLD = N_("{count} checkpoints are older than the kept rows and were not compared")
_HELD_BEFORE = N_("up to there, the checkpoints fit:")


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check found. `rows` are good ones, up to `head_hash`; `clock_back` are rows to note.

    `proved` is what checkpoints show; `removed` rows are no longer kept; `fingerprint` is of the tables.
    """

    ok: bool
    rows: int
    first_fault: Fault | None
    head_hash: str
    clock_back: tuple[int, ...] = ()
    seen: Head | None = None
    proved: tuple[Proved, ...] = ()
    segments: int = 0
    removed: int = 0
    too_old: int = 0
    fingerprint: str = ""

    def lines(self, language: str, names: Mapping[str, str] | None = None) -> list[str]:
        """The result in sentences, with what it does not prove; `names` of cities by code."""
        fault, names = self.first_fault, names or {}
        if fault is None:
            found = [say(language, _WHOLE, rows=self.rows, hash=self.head_hash)]
        else:
            found = [say(language, _BROKEN, rows=self.rows, fault=fault.text(language, names))]
        if self.segments:
            found.append(say(language, _SEGMENTS, count=self.segments))
        if self.removed:
            found.append(say(language, _REMOVED, rows=self.removed))
        if self.too_old:
            found.append(say(language, _TOO_OLD, count=self.too_old))
        if self.clock_back:
            found.append(say(language, _NOTE, count=len(self.clock_back), row=self.clock_back[0]))
        if fault is not None:
            return [*found, *self._held(language, names)]
        found.append(say(language, _TABLES, fingerprint=self.fingerprint))
        if self.proved:
            found += sentences(self.proved, self.rows, language, names)
        if self.seen is not None:
            found.append(say(language, _SEEN, row=self.seen.seq))
        return found if self.proved or self.seen is not None else [*found, say(language, _LIMIT)]

    def _held(self, language: str, names: Mapping[str, str]) -> list[str]:
        """What checkpoints still show of the rows before a fault."""
        if not self.proved:
            return []
        return [
            say(language, _HELD_BEFORE),
            *sentences(self.proved, self.rows, language, names)[: len(self.proved)],
        ]


def verify(path: Path, seen: Head | None = None, notes: Sequence[Opened] = ()) -> Verification:
    """Check the files, their tables, every row's number, form, link and hash; stop at the first fault.

    `seen` is a last row noted earlier, `notes` are checkpoints whose signatures were checked: with them, a
    log that was cut or written anew is found too. Sealed segments beside the file are read first. Reads one
    state of a log in use, and never writes. FileNotFoundError: no such log.
    """
    sealed = archive.segments(path)
    try:
        start = archive.start_of(path)
        walk = Walk(start, seen, notes)
    except ValueError as error:
        return Verification(False, 0, Fault("damaged", facts={"found": cause(error)}), GENESIS, seen=seen)
    fault = walk.begin()
    fingerprint = ""
    for file in (*(one.path for one in sealed if one.last > start.head.seq), path):
        if fault is None:
            fault, fingerprint = _file(file, walk)
    fault = fault or walk.end()
    return Verification(
        fault is None,
        walk.head.seq,
        fault,
        walk.head.hash,
        tuple(walk.clock_back),
        seen,
        proved(walk.fitting),
        len(sealed),
        start.head.seq,
        sum(one.checkpoint.size < start.head.seq for one in notes),
        fingerprint,
    )


def _file(path: Path, walk: Walk) -> tuple[Fault | None, str]:
    """The first fault in one file, and the fingerprint of its tables."""
    with reader(path) as connection:
        try:
            connection.execute("BEGIN")  # one state, while the console goes on writing
            return _tables(connection, walk), schema.fingerprint(connection)
        except DAMAGE as error:
            return Fault("damaged", facts={"found": f"{path.name}: {cause(error)}"}), ""


def _tables(connection: sqlite3.Connection, walk: Walk) -> Fault | None:
    changed = schema.differences(connection)
    if schema.NO_LOG in changed:
        return Fault("schema", facts={"found": schema.Differences(tuple(changed))})
    fault = walk.through(connection)
    if fault is None and changed:
        fault = Fault("schema", facts={"found": schema.Differences(tuple(changed))})
    if fault is None and (damage := gate.integrity(connection, quick=False)):
        fault = Fault("damaged", facts={"found": damage})
    return fault
