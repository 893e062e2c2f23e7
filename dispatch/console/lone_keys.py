"""A key that is text counts as a hot key only when it came alone: an input method commits many at once."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class _Stoppable(Protocol):
    def stop(self) -> None: ...


@dataclass(slots=True)
class _Burst:
    """Text keys that came with no quiet time between them."""

    count: int = 0
    line: str | None = None
    """What the key that was heard last gives here."""
    meant: bool = False
    """A key of it would have done something here."""
    over: bool = False


class LoneKeys:
    """Holds the line of a text key back until no more text follows within the quiet time.

    Keys arrive (`text_came`) and are heard (`heard`, then perhaps `pressed`) in the same order, but a busy
    console hears them late: what a key gives counts for the burst it came in, whatever has come since.
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
        self._coming: _Burst | None = None
        self._unheard: deque[_Burst] = deque()
        self._heard = _Burst(over=True)
        self._timer: _Stoppable | None = None

    @property
    def waiting(self) -> bool:
        """Whether a key is still held back, or has not been heard yet."""
        return self._coming is not None or bool(self._unheard)

    def text_came(self) -> None:
        """A key that types a character arrived, whoever gets it."""
        if self._coming is None:
            self._coming = _Burst()
        self._coming.count += 1
        self._unheard.append(self._coming)
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._later(self._fall_quiet)

    def heard(self) -> None:
        """The first of the keys that came and were not heard yet goes to who gets it."""
        self._heard = self._unheard.popleft()

    def pressed(self, line: str | None) -> None:
        """The key that was just heard gives this line here, should it turn out to be a key."""
        burst = self._heard
        if not burst.over:
            burst.line, burst.meant = line, burst.meant or line is not None
        elif line is not None:
            self._settle(burst, line)

    def settle(self) -> None:
        """A key that is no text came behind: what came before is known, and goes before it."""
        if self._timer is not None:
            self._timer.stop()
        if self._count:
            self._fall_quiet()

    def _fall_quiet(self) -> None:
        burst, self._coming = self._coming, None
        if burst is not None:
            burst.over = True
            if burst.meant:
                self._settle(burst, burst.line)

    def _settle(self, burst: _Burst, line: str | None) -> None:
        """Carry out what a key alone gives; of several, say once that nothing was done."""
        if burst.count == 1 and line is not None:
            self._submit(line)
        elif burst.count > 1:
            burst.count = 0
            self._ignored()
