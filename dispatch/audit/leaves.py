"""Leaf hashes of a log out of its files, for roots and proofs."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from dispatch.audit import archive
from dispatch.audit.connection import reader
from dispatch.audit.merkle import Tree


class LeafFiles:
    """The rows of a log in its sealed segments and its open file."""

    def __init__(self, files: Sequence[tuple[int, int, sqlite3.Connection]]) -> None:
        """(first row, last row, where they are read), in order; the open file is last and has no end."""
        self._files = files

    def rows(self) -> int:
        """The number of the last row."""
        last = self._files[-1][2].execute("SELECT ifnull(max(seq), 0) FROM audit").fetchone()
        return int(last[0])

    def leaves(self, start: int, stop: int) -> list[bytes]:
        """The hashes of the rows with the indexes from `start` up to, but not, `stop`."""
        found: list[bytes] = []
        for first, last, connection in self._files:
            low, high = max(start + 1 + len(found), first), min(stop, last)
            if low <= high:
                found += _read(connection, low, high)
        return found


def _read(connection: sqlite3.Connection, low: int, high: int) -> list[bytes]:
    rows = connection.execute("SELECT hash FROM audit WHERE seq BETWEEN ? AND ? ORDER BY seq", (low, high))
    return [bytes.fromhex(digest) for (digest,) in rows]


@contextmanager
def opened(path: Path) -> Iterator[LeafFiles]:
    """The files of the log at `path`, read-only; FileNotFoundError when there is none."""
    with ExitStack() as stack:
        files = [
            (one.first, one.last, stack.enter_context(reader(one.path))) for one in archive.segments(path)
        ]
        files.append((1, 1 << 62, stack.enter_context(reader(path))))
        yield LeafFiles(files)


@contextmanager
def tree_of(path: Path) -> Iterator[Tree]:
    """The tree of the log at `path`; rows that were removed after their time count by their hashes."""
    with opened(path) as files:
        tree = Tree(files.leaves)
        start = archive.start_of(path)
        tree.keep(start.parts, start.head.seq)
        yield tree
