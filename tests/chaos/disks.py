"""Where a centre's decisions survive its death."""

from collections.abc import Callable
from typing import Protocol

from dispatch.centre import memory
from dispatch.centre.book import Book
from dispatch.centre.draft import Draft
from dispatch.centre.keeping import keep, numbered
from dispatch.centre.memory import Mind, Over, first_duty
from dispatch.centre.messages import Input, Tell
from dispatch.centre.protocol import Effect, Ledger
from dispatch.centre.state import Past, State
from dispatch.domain.geography import CityCode
from dispatch.domain.orders import Token
from tests.chaos.places import LEASE_MS, RULES, fleet

Between = Callable[[Draft], bool]
"""Looks at what was decided before it is kept; False: the centre dies at this very moment."""


class Died(BaseException):
    """The centre was killed between deciding and writing."""


class Watched(Mind):
    """A mind that shows each draft before it is kept."""

    __slots__ = ("between", "last")
    between: Between
    last: Draft

    def decided(self, said: Input, ledger: Ledger, past: Past, now_ms: int) -> Draft:
        self.last = super().decided(said, ledger, past, now_ms)
        if not self.between(self.last):
            raise Died
        return self.last


class Disk(Protocol):
    """One city's memory; `open` begins a life of its centre."""

    @property
    def state(self) -> State: ...

    def open(self, now_ms: int, *, epoch_grows: bool) -> None: ...

    def take(self, said: Input, now_ms: int, between: Between) -> tuple[Draft, list[Effect]]:
        """Decide and keep, all or nothing: what changed, and what may be said. Died: nothing was kept."""
        ...

    def pending(self) -> list[Tell]:
        """What vehicles must be told until they answer."""
        ...


class MemoryDisk:
    """The code that decides, over dicts that outlive the centre."""

    def __init__(self, city: CityCode, now_ms: int) -> None:
        duties = {unit.id: first_duty(unit, None, now_ms) for unit in fleet(city)}
        self.book = Book(city, Token(0, 0), frozenset(duties))
        self.mind = Watched(State(city, True, duties), RULES, LEASE_MS)
        self._over = Over(self.book)

    @property
    def state(self) -> State:
        return self.mind.state

    def open(self, now_ms: int, *, epoch_grows: bool) -> None:
        epoch = self.book.last_token.epoch + (1 if epoch_grows else 0)
        self.book.last_token = Token(max(epoch, 1), 0)

    def take(self, said: Input, now_ms: int, between: Between) -> tuple[Draft, list[Effect]]:
        self.mind.between = between
        draft = self.mind.decided(said, self.book, self._over, now_ms)
        for decision in draft.decisions:
            self.book.apply(decision)
        lines = numbered(draft)
        keep(draft, lines)
        self._over.remember(draft, lines)
        return draft, draft.effects

    def pending(self) -> list[Tell]:
        return memory.pending(self.book, self.state)
