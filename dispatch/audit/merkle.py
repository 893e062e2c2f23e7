"""The Merkle tree over the rows of a log: roots and proofs as RFC 6962 and RFC 9162 define them.

A leaf is the `hash` of a row (SHA-256 of 0x00 and its body), a node the SHA-256 of 0x01 and its two halves.
Hashes are 32 bytes; sizes and indexes count rows, an index from 0.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()
HASH_BYTES = 32
BLOCK = 256
"""Rows whose common hash is kept in memory: 32 bytes for each 256 rows and their halves above."""
Leaves = Callable[[int, int], Sequence[bytes]]
"""(first index, index after the last) -> the leaf hashes there."""


def node(left: bytes, right: bytes) -> bytes:
    """The hash above two hashes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """A tree that only grows: the hashes of its complete parts, largest first."""

    def __init__(self, size: int = 0, parts: Iterable[bytes] = ()) -> None:
        """As it stood at `size`; ValueError when so many rows have another number of parts."""
        self.size, self.parts = size, list(parts)
        if size < 0 or len(self.parts) != size.bit_count():
            raise ValueError(f"a tree of {size} rows has {size.bit_count()} complete parts")

    def append(self, leaf: bytes) -> None:
        """One more row."""
        lower, rest = leaf, self.size
        while rest & 1:
            lower, rest = node(self.parts.pop(), lower), rest >> 1
        self.parts.append(lower)
        self.size += 1

    def root(self) -> bytes:
        """The hash of everything so far."""
        if not self.parts:
            return EMPTY_ROOT
        found = self.parts[-1]
        for part in reversed(self.parts[:-1]):
            found = node(part, found)
        return found


class Tree:
    """Roots and proofs of a log of any length, for as much of it as is asked about.

    Reads leaves when it needs them and keeps the hashes of whole blocks, so that a proof about a long
    log costs a few hundred hashes once its blocks are known.
    """

    def __init__(self, leaves: Leaves) -> None:
        self.leaves = leaves
        self._kept: dict[tuple[int, int], bytes] = {}
        self._floor = 0
        """Rows before this one are known by the hashes of their parts only."""

    def root(self, size: int) -> bytes:
        """The root over the first `size` rows."""
        return self._hash(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The audit path of row `index` in the tree of `size` rows; ValueError when it is not in it."""
        if not 0 <= index < size:
            raise ValueError(f"row {index + 1} is not among the first {size}")
        return self._path(index, 0, size)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """What shows that the tree of `new` rows begins with that of `old`; ValueError: it is not larger."""
        if not 0 <= old <= new:
            raise ValueError(f"a tree of {new} rows does not follow one of {old}")
        return [] if old in (0, new) else self._subproof(old, 0, new, whole=True)

    def parts(self, size: int) -> list[bytes]:
        """The complete parts of the tree of `size` rows: what a Frontier begins with."""
        found, start = [], 0
        while start < size:
            width = 1 << ((size - start).bit_length() - 1)
            found.append(self._hash(start, start + width))
            start += width
        return found

    def keep(self, parts: Iterable[bytes], size: int) -> None:
        """Take the complete parts of the first `size` rows as known: those rows are not read any more."""
        start, self._floor = 0, size
        for part in parts:
            width = 1 << ((size - start).bit_length() - 1)
            self._kept[start, start + width] = part
            start += width

    def _hash(self, start: int, stop: int) -> bytes:
        kept = self._kept.get((start, stop))
        if kept is not None:
            return kept
        width = stop - start
        complete = width & (width - 1) == 0
        if width <= BLOCK and start >= self._floor:
            frontier = Frontier()
            for leaf in self.leaves(start, stop):
                frontier.append(leaf)
            if frontier.size != width:
                raise ValueError(f"rows {start + 1} to {stop} are not all there")
            found = frontier.root()
            complete = complete and width == BLOCK
        elif width == 1:
            raise ValueError(f"row {start + 1} is kept no more")
        else:
            middle = start + _split(width)
            found = node(self._hash(start, middle), self._hash(middle, stop))
        if complete and start % width == 0:
            self._kept[start, stop] = found
        return found

    def _path(self, index: int, start: int, stop: int) -> list[bytes]:
        if stop - start == 1:
            return []
        middle = start + _split(stop - start)
        if index < middle:
            return [*self._path(index, start, middle), self._hash(middle, stop)]
        return [*self._path(index, middle, stop), self._hash(start, middle)]

    def _subproof(self, old: int, start: int, stop: int, *, whole: bool) -> list[bytes]:
        if old == stop:
            return [] if whole else [self._hash(start, stop)]
        middle = start + _split(stop - start)
        if old <= middle:
            return [*self._subproof(old, start, middle, whole=whole), self._hash(middle, stop)]
        return [*self._subproof(old, middle, stop, whole=False), self._hash(start, middle)]


def _split(width: int) -> int:
    """The largest power of two below `width`."""
    return 1 << ((width - 1).bit_length() - 1)


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether `path` shows that `leaf` is row `index` of the tree with this root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or not _hashes(leaf, root, *path):
        return False
    here, last, found = index, size - 1, leaf
    for part in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            found = node(part, found)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            found = node(found, part)
        here, last = here >> 1, last >> 1
    return last == 0 and found == root


def consistent(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether `path` shows that the newer tree begins with the older one (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= new or not _hashes(old_root, new_root, *path):
        return False
    if old == new:
        return not path and old_root == new_root
    if old == 0:
        return not path and old_root == EMPTY_ROOT
    parts = list(path)
    if old & (old - 1) == 0:
        parts.insert(0, old_root)
    if not parts:
        return False
    here, last = old - 1, new - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    before = after = parts[0]
    for part in parts[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            before, after = node(part, before), node(part, after)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            after = node(after, part)
        here, last = here >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def _hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
