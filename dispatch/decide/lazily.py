"""Items that are made when they are looked at: ten thousand units, twenty lines on screen."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar, overload

T = TypeVar("T")
K = TypeVar("K")


class Lazily(Sequence[T]):
    """`length` items, each made by `make(index)` at first sight and then kept."""

    __slots__ = ("_kept", "_length", "_make")

    def __init__(self, length: int, make: Callable[[int], T]) -> None:
        self._length, self._make = length, make
        self._kept: dict[int, T] = {}

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...

    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        if isinstance(index, slice):
            return tuple(self._one(i) for i in range(*index.indices(self._length)))
        if not -self._length <= index < self._length:
            raise IndexError(f"item {index} of {self._length}")
        return self._one(index % self._length)

    def __iter__(self) -> Iterator[T]:
        return (self._one(index) for index in range(self._length))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Lazily({self._length} items)"

    def _one(self, index: int) -> T:
        kept = self._kept.get(index)
        if kept is None:
            kept = self._kept[index] = self._make(index)
        return kept


class LazilyKeyed(Mapping[K, T]):
    """A value for each key, made by its own maker at first sight and then kept."""

    __slots__ = ("__weakref__", "_kept", "_makers")

    def __init__(self, makers: Mapping[K, Callable[[], T]]) -> None:
        self._makers = makers
        self._kept: dict[K, T] = {}

    def __len__(self) -> int:
        return len(self._makers)

    def __iter__(self) -> Iterator[K]:
        return iter(self._makers)

    def __contains__(self, key: object) -> bool:
        return key in self._makers

    def __getitem__(self, key: K) -> T:
        if key not in self._kept:
            self._kept[key] = self._makers[key]()
        return self._kept[key]
