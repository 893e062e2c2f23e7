"""This city's own audit log under its checkpoints: signed as it grows, never another history."""

import base64
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from dispatch.audit.archive import start_of
from dispatch.audit.checkpoint import Checkpoint
from dispatch.audit.leaves import LeafFiles
from dispatch.audit.leaves import opened as leaf_files
from dispatch.audit.merkle import Tree
from dispatch.audit.notes import Note, PrivateKey
from dispatch.audit.witness import WitnessBook
from dispatch.feed import payloads


class Broken(NamedTuple):
    """The log does not hold what was signed: `rows` were, and `found` are there now."""

    rows: int
    found: int


class OwnLog:
    """Reads the log's files and the checkpoints kept; every method may take a while and runs in a thread."""

    def __init__(self, log: Path, book: WitnessBook, key: PrivateKey, origin: str) -> None:
        self._log, self._book, self._key, self.origin = log, book, key, origin
        self._tree = Tree(lambda _start, _stop: ())

    def newest(self) -> Note | None:
        """The newest checkpoint, with the cosignatures that came in."""
        return self._book.head(self.origin)

    def sign(self, now_ms: int) -> bool | Broken:
        """Bring the rows that are on the disk under a checkpoint; False when there is nothing new.

        A log that does not continue what was signed is not signed.
        """
        last = self.newest()
        held = None if last is None else Checkpoint.parse(last.text)
        with leaf_files(self._log) as files:
            size = files.rows()
            self._look_into(files)
            if held is not None and not self._begins_with(held, size):
                self._tree = Tree(files.leaves)  # what it remembers is of rows that are no more
                return Broken(held.size, size)
            if size == 0 or (held is not None and size == held.size):
                return False
            root = self._tree.root(size)
        self._book.own(Checkpoint(self.origin, size, root, now_ms).signed(self._key), now_ms)
        return True

    def holds(self, checkpoint: Checkpoint) -> bool:
        """Whether the rows in the files begin with those of a checkpoint."""
        with leaf_files(self._log) as files:
            self._look_into(files)
            return self._begins_with(checkpoint, files.rows())

    def continues(self, newest: Checkpoint, sizes: Iterable[int]) -> list[payloads.Continues]:
        """What shows that a checkpoint continues so many rows; nothing when the log does not hold it."""
        found = []
        with leaf_files(self._log) as files:
            self._look_into(files)
            if not self._begins_with(newest, files.rows()):
                return []
            for old in sorted({one for one in sizes if 0 < one < newest.size}):
                hashes = [base64.b64encode(one).decode() for one in self._tree.consistency(old, newest.size)]
                found.append(payloads.Continues(old, hashes))
        return found

    def _look_into(self, files: LeafFiles) -> None:
        self._tree.leaves = files.leaves
        start = start_of(self._log)
        self._tree.keep(start.parts, start.head.seq)

    def _begins_with(self, checkpoint: Checkpoint, rows: int) -> bool:
        return checkpoint.size <= rows and self._tree.root(checkpoint.size) == checkpoint.root
