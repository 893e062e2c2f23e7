"""A key that is text counts as a hot key only when it came alone: an input method commits many at once."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

APART_S = 0.3
"""Keys that came this far apart were pressed one by one, however late the console gets to read them."""


class _Stoppable(Protocol):
    def stop(self) -> None: ...


@dataclass(slots=True, eq=False)
class Burst:
    """Text keys that came together: one alone is a key, several are a text."""

    at: float = 0.0
    count: int = 0
    line: str | None = None
    meant: bool = False
    """At least one of its keys gave a line where it was pressed."""
    over: bool = False
    told: bool = False


class LoneKeys:
    """Holds the line of a text key back until no more text follows within the quiet time.

    A key may be heard long after it came, so each belongs to the burst it came in, whenever it is heard.
    `later(callback)` calls back after the quiet time; `submit` carries a line out.
    """

    def __init__(
        self,
        later: Callable[[Callable[[], None]], _Stoppable],
        submit: Callable[[str], None],
        ignored: Callable[[], None] = lambda: None,
    ) -> None:
        """`ignored`: several came at once where keys were meant, and nothing was done."""
        self._later, self._submit, self._ignored = later, submit, ignored
        self._coming: Burst | None = None
        self._timer: _Stoppable | None = None

    @property
    def waiting(self) -> bool:
        """Whether more text may follow the last that came."""
        return self._coming is not None

    @property
    def deciding(self) -> bool:
        """Whether what was pressed last is a key unless more text follows."""
        return self._coming is not None and self._coming.meant

    def text_came(self, at: float) -> Burst:
        """A key that types a character arrived, pressed at this second, whoever gets it; its burst."""
        burst = self._coming
        if burst is not None and at - burst.at >= APART_S:
            self._end(burst)
            burst = None
        burst = self._coming = burst or Burst()
        burst.at, burst.count = at, burst.count + 1
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._later(partial(self._fall_quiet, burst, burst.count))
        return burst

    def pressed(self, burst: Burst, line: str | None) -> None:
        """A key of this burst was heard and gives this line here, should it turn out to be a key."""
        burst.line = line
        burst.meant = burst.meant or line is not None
        if burst.over:
            self._decide(burst)

    def _fall_quiet(self, burst: Burst, count: int) -> None:
        if not burst.over and burst.count == count:
            self._end(burst)

    def _end(self, burst: Burst) -> None:
        """No more text belongs to it."""
        burst.over, self._coming = True, None
        self._decide(burst)

    def _decide(self, burst: Burst) -> None:
        if burst.count == 1 and burst.line is not None:
            self._submit(burst.line)
        elif burst.count > 1 and burst.meant and not burst.told:
            burst.told = True
            self._ignored()
