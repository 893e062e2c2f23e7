"""Power cuts, simulated: what a program wrote is recorded, and a disk is made that lost what was not synced.

The model: an fsync of a file makes its content durable, and of a new one its being there with all that
happened to its folder before (a journalling file system keeps the order); an fsync of a folder makes durable
what was created, renamed and removed in it. Of everything later a power cut keeps nothing, or any part: any
of the writes, and of one write any of its 512-byte sectors.
"""

import os
import random
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from tempfile import gettempdir

import pytest

SECTOR = 512
SOURCE = Path(__file__).with_name("recorder.c")
FOREVER_LOST = "-shm"  # the shared memory of a write-ahead log is not on the disk's account
ACKNOWLEDGED = "acknowledged"
"""What a recorded program promised to the world goes, a line each, into the file of this name."""


class What(StrEnum):
    """What was done."""

    CREATE = "create"
    WRITE = "write"
    TRUNCATE = "truncate"
    SYNC = "sync"
    UNLINK = "unlink"
    RENAME = "rename"


@dataclass(frozen=True, slots=True)
class Operation:
    """One system call that succeeded; `data` is what was written, or the new name of a rename."""

    what: What
    offset: int
    path: str
    data: bytes


@dataclass(slots=True)
class _File:
    """Content on the platter, and what is still on its way there."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[Operation] = field(default_factory=list)

    def sync(self) -> None:
        for operation in self.pending:
            _apply(self.durable, operation)
        self.pending.clear()


def compiler() -> str | None:
    """The C compiler of this machine, if it has one."""
    return shutil.which("cc") or shutil.which("gcc")


@cache
def recorder() -> Path:
    """The compiled recorder; skips the test where there is no C compiler."""
    found = compiler()
    if found is None:
        pytest.skip("no C compiler: install gcc to record what is written")
    library = Path(gettempdir()) / f"czt-recorder-{os.getpid()}.so"
    subprocess.run(
        [found, "-O1", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl", "-lpthread"],
        check=True,
        capture_output=True,
    )
    return library


def record(command: Sequence[str], folder: Path, journal: Path) -> list[Operation]:
    """Run `command` to its end and return what it did below `folder`, which it is to make its home."""
    here = {"LD_PRELOAD": str(recorder()), "CZT_RECORD_BELOW": str(folder), "CZT_RECORD_TO": str(journal)}
    done = subprocess.run(list(command), env=os.environ | here, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise AssertionError(f"the recorded program failed: {done.stderr}")
    return list(_read(journal.read_bytes(), str(folder)))


def _read(text: bytes, below: str) -> Iterator[Operation]:
    at = 0
    while at < len(text):
        end = text.index(b"\n", at)
        what, offset, size, path = text[at:end].decode().split(" ", 3)
        data = text[end + 1 : end + 1 + int(size)]
        at = end + 1 + int(size)
        if not path.endswith(FOREVER_LOST):
            yield Operation(What(what), int(offset), path.removeprefix(below).lstrip("/"), data)


def _apply(content: bytearray, operation: Operation) -> None:
    end = operation.offset + (len(operation.data) if operation.what is What.WRITE else 0)
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    if operation.what is What.TRUNCATE:
        del content[end:]
    else:
        content[operation.offset : end] = operation.data


class Disk:
    """A disk on which the recorded operations happen one after the other."""

    def __init__(self, below: Path) -> None:
        self._below = below
        self._names: dict[str, _File] = {}  # as the program sees them
        self._kept: dict[str, _File] = {}  # as they are on the platter
        self._unkept: list[tuple[Operation, _File]] = []
        self.promised: list[str] = []

    def do(self, operation: Operation) -> None:
        """Take the next operation."""
        if operation.path == ACKNOWLEDGED:
            if operation.what is What.WRITE:
                self.promised += operation.data.decode().splitlines()
        elif operation.what is What.CREATE:
            self._names[operation.path] = fresh = _File()
            self._unkept.append((operation, fresh))
        elif operation.what in (What.UNLINK, What.RENAME):
            moved = self._names.pop(operation.path)
            if operation.what is What.RENAME:
                self._names[self._renamed(operation)] = moved
            self._unkept.append((operation, moved))
        elif operation.what is not What.SYNC:
            self._names[operation.path].pending.append(operation)
        elif operation.path:
            self._sync(operation.path)
        else:
            self._keep(self._kept, len(self._unkept))
            self._unkept.clear()

    def _sync(self, path: str) -> None:
        file = self._names[path]
        file.sync()
        made = [n for n, (it, kept) in enumerate(self._unkept, 1) if kept is file and it.what is What.CREATE]
        if made:
            self._keep(self._kept, made[0])
            del self._unkept[: made[0]]

    def _renamed(self, operation: Operation) -> str:
        return operation.data.decode().removeprefix(str(self._below)).lstrip("/")

    def _keep(self, names: dict[str, _File], count: int) -> None:
        for operation, file in self._unkept[:count]:
            if operation.what is What.CREATE:
                names[operation.path] = file
                continue
            names.pop(operation.path, None)
            if operation.what is What.RENAME:
                names[self._renamed(operation)] = file

    def cut(self, folder: Path, chance: random.Random) -> None:
        """The power fails now: put into `folder` what is found when it comes back."""
        mercy = chance.choice((0.0, 0.2, 0.5, 0.9, 1.0))
        names = dict(self._kept)
        self._keep(names, chance.randint(0, len(self._unkept)) if mercy else 0)
        folder.mkdir()
        for name, file in names.items():
            content = bytearray(file.durable)
            for operation in file.pending:
                for part in _torn(operation, chance) if mercy < 1 else (operation,):
                    if chance.random() < mercy:
                        _apply(content, part)
            (folder / name).write_bytes(content)


def _torn(operation: Operation, chance: random.Random) -> Iterator[Operation]:
    """The operation as a whole, or, now and then, its sectors one by one."""
    if operation.what is not What.WRITE or chance.random() < 0.5:
        yield operation
        return
    start, end = operation.offset, operation.offset + len(operation.data)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        data = operation.data[start - operation.offset : stop - operation.offset]
        yield Operation(What.WRITE, start, operation.path, data)
        start = stop


def cuts(
    operations: Sequence[Operation], below: Path, count: int, seed: int
) -> Iterator[tuple[Disk, random.Random]]:
    """The disk at `count` random moments of the recording, in order."""
    chance = random.Random(seed)
    moments = sorted(chance.randint(1, len(operations)) for _ in range(count))
    disk, done = Disk(below), 0
    for moment in moments:
        for operation in operations[done:moment]:
            disk.do(operation)
        done = moment
        yield disk, chance
