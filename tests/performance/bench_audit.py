"""How many rows a second the audit log takes, against sqlite3 and a plain file with the same promise.

All four promise the same: a row that was acknowledged is on the disk. They write to the same folder
in the same run, one after the other.
"""

import asyncio
import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlite_utils import Database

from dispatch.audit.verify import verify
from tests.audit.speed import DETAIL, WAITING, opened, write
from tests.performance.figures import Line, Say, Section, percentile

SECONDS = 2.0
"""Per writer and way of writing."""
ROW = json.dumps({"action": "unit.chosen", "actor": "op-7", "target": "CS-012", "detail": DETAIL})
HASH = "0" * 64
GROWN = (1_000, 10_000, 100_000)
LAST = 1_000


def measure(say: Say) -> Section:
    """The section of the audit log."""
    section = Section("audit", "The audit log", ABOUT)
    with tempfile.TemporaryDirectory(prefix="czt-bench-") as name:
        folder = Path(name)
        say("one row at a time: plain file, sqlite3, audit log")
        file_1, file_100 = _plain_file(folder / "one.log", 1), _plain_file(folder / "many.log", WAITING)
        sqlite_1, sqlite_100 = _plain_sqlite(folder / "one.db", 1), _plain_sqlite(folder / "many.db", WAITING)
        utils_1, utils_100 = _sqlite_utils(folder / "u1.db", 1), _sqlite_utils(folder / "u100.db", WAITING)
        say(f"{WAITING} rows waiting at once")
        one, many, waits_ms, rows, verified_s = asyncio.run(_audit_log(folder / "audit.db"))
        say("the same into a log that is ten and a hundred times as long")
        grown = _grown(folder / "grown.db")
    section.lines += [
        Line("one at a time", one, "rows/s", "sqlite3 at FULL, one a commit", sqlite_1),
        Line("one at a time", one, "rows/s", "sqlite-utils at FULL, one a commit", utils_1),
        Line("one at a time", one, "rows/s", "file with fsync, one a line", file_1),
        Line(f"{WAITING} waiting", many, "rows/s", f"sqlite3 at FULL, {WAITING} a commit", sqlite_100),
        Line(f"{WAITING} waiting", many, "rows/s", f"sqlite-utils at FULL, {WAITING} a commit", utils_100),
        Line(f"{WAITING} waiting", many, "rows/s", f"file with fsync, {WAITING} lines", file_100),
        Line(f"{WAITING} waiting, a row's wait, p99", percentile(waits_ms, 0.99), "ms"),
        Line("verify the whole chain", rows / verified_s, "rows/s", "written at best", many),
    ]
    for kept, (written, verified) in grown.items():
        what, least = f"{GROWN[0]:,} rows", grown[GROWN[0]]
        section.lines += [
            Line(f"{WAITING} waiting, {kept:,} rows kept", written, "rows/s", what, least[0]),
            Line(f"verify {kept:,} rows", verified, "rows/s", what, least[1]),
        ]
    return section


def _grown(path: Path) -> dict[int, tuple[float, float]]:
    """Rows a second, written and verified, while the log grows to each of the sizes."""
    found = {}
    for kept in GROWN:
        written = asyncio.run(_filled(path, kept))
        begun = time.perf_counter()
        rows = verify(path).rows
        found[kept] = (written, rows / (time.perf_counter() - begun))
    return found


async def _filled(path: Path, until: int) -> float:
    """Rows a second of the last thousand rows of so many."""
    log = opened(path)
    while log.head.seq < until - LAST:
        each = max(1, min(50, (until - LAST - log.head.seq) // WAITING))
        await asyncio.gather(*(write(log, each, []) for _ in range(WAITING)))
    begun = time.perf_counter()
    await asyncio.gather(*(write(log, LAST // WAITING, []) for _ in range(WAITING)))
    rate = LAST / (time.perf_counter() - begun)
    await log.close()
    return rate


def _sqlite_utils(path: Path, rows: int) -> float:
    """Rows a second by sqlite-utils, a column for each field, with the same durability and no chain."""
    database = Database(path)
    database.enable_wal()
    database.execute("pragma synchronous=full")
    told = {"action": "unit.chosen", "actor": "op-7", "target": "CS-012", "detail": ROW, "hash": HASH}
    table = database.table("rows")
    table.insert_all([told] * rows)

    def insert() -> None:
        table.insert_all([told] * rows)

    try:
        return _rate(insert, rows)
    finally:
        database.close()


async def _audit_log(path: Path) -> tuple[float, float, list[float], int, float]:
    """Rows a second alone and with many waiting, the waits of the latter, rows in all, time to verify."""
    log = opened(path)
    alone_ms: list[float] = []
    begun = time.perf_counter()
    while time.perf_counter() - begun < SECONDS:
        await write(log, 50, alone_ms)
    one = len(alone_ms) / (time.perf_counter() - begun)
    waits_ms: list[float] = []
    begun = time.perf_counter()
    while time.perf_counter() - begun < SECONDS:
        await asyncio.gather(*(write(log, 10, waits_ms) for _ in range(WAITING)))
    many = len(waits_ms) / (time.perf_counter() - begun)
    await log.close()
    begun = time.perf_counter()
    rows = verify(path).rows
    return one, many, waits_ms, rows, time.perf_counter() - begun


def _plain_sqlite(path: Path, rows: int) -> float:
    """Rows a second of a bare insert loop with the same durability and no chain."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("pragma journal_mode=wal")
    connection.execute("pragma synchronous=full")
    connection.execute("create table rows (seq integer primary key, body text, hash text)")

    def commit() -> None:
        connection.execute("begin immediate")
        connection.executemany("insert into rows (body, hash) values (?, ?)", [(ROW, HASH)] * rows)
        connection.execute("commit")

    try:
        return _rate(commit, rows)
    finally:
        connection.close()


def _plain_file(path: Path, rows: int) -> float:
    """Lines a second of a file that is flushed to the disk after every `rows` lines."""
    line = f"{HASH} {ROW}\n".encode()
    with path.open("ab", buffering=0) as file:

        def append() -> None:
            file.write(line * rows)
            os.fsync(file.fileno())

        return _rate(append, rows)


def _rate(work: Callable[[], None], rows: int) -> float:
    done, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < SECONDS:
        work()
        done += rows
    return done / (time.perf_counter() - begun)


ABOUT = """\
Rows that are acknowledged only when they are on the disk. The audit log adds canonical JSON, a hash
chain, generated columns and triggers, and gathers the rows that wait into one commit on a writer thread;
it is measured through its `append`. sqlite3 is a bare insert loop (WAL, synchronous=FULL) without a
chain, sqlite-utils inserts dicts into such a table; the file is written and flushed with fsync. All in one
folder, one after the other."""
