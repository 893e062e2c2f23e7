"""Connections to an audit log file: one writer under a lock, any number of readers."""

import asyncio
import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from dispatch.audit.schema import refuse_ours_if_newer
from dispatch.domain.errors import AuditUnavailable
from dispatch.language import _

T = TypeVar("T")
BUSY_MS = 5000
DAMAGE = (sqlite3.Error, UnicodeDecodeError)
"""What reading a damaged file raises; the second when SQLite's own message quotes the damage."""
_WRITER_PRAGMAS = ("synchronous = FULL", "mmap_size = 0", "recursive_triggers = ON")


def lock(path: Path) -> int:
    """Hold `<path>.lock` for this process; AuditUnavailable names the process that holds it.

    The lock is on a file of its own: closing any descriptor of the database itself would drop
    SQLite's own locks in this process.
    """
    name = path.with_name(path.name + ".lock")
    descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "another process"
        os.close(descriptor)
        raise AuditUnavailable(
            f"the audit log {path} is in use by {holder}: "
            "close that console first, or give this one a data folder of its own"
        ) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"process {os.getpid()}".encode("ascii"), 0)
    return descriptor


def writer(path: Path, busy_ms: int = BUSY_MS) -> sqlite3.Connection:
    """The one read-write connection: WAL, synchronous FULL, no memory map; used by one thread at a time."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))  # readable by its owner only
    connection = sqlite3.connect(
        path, timeout=busy_ms / 1000, isolation_level=None, check_same_thread=False, cached_statements=16
    )
    try:
        mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        for pragma in _WRITER_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    if mode != "wal":
        connection.close()
        raise AuditUnavailable(
            _("the audit log {file} cannot use a write-ahead log: put it on a local disk", file=path)
        )
    return connection


@contextmanager
def reader(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write; FileNotFoundError: no such log. AuditUnavailable: it is too new.

    A log on read-only media, closed cleanly, is opened as immutable: SQLite could not make the
    shared memory that a write-ahead log needs.
    """
    if not path.is_file():
        raise FileNotFoundError(_("there is no audit log at {file}", file=path))
    address = f"{path.resolve().as_uri()}?mode=ro"
    if not os.access(path.parent, os.W_OK) and not path.with_name(path.name + "-wal").exists():
        address += "&immutable=1"
    connection = sqlite3.connect(address, uri=True, timeout=BUSY_MS / 1000, isolation_level=None)
    try:
        with contextlib.suppress(sqlite3.DatabaseError):  # a damaged file: whoever reads on says how
            refuse_ours_if_newer(connection, path)
        yield connection
    finally:
        connection.close()


async def in_thread(work: Callable[[], T]) -> T:
    """Run it in a thread. A cancelling is heeded once it is over: a connection that is closed while a
    thread uses it takes the whole program down.
    """
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait((running,))
        if not running.cancelled():
            running.exception()  # looked at, or the event loop complains
        raise
