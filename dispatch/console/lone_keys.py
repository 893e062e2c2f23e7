"""A key that is text counts as a hot key only when it came alone: an input method commits many at once."""

from collections.abc import Callable
from typing import Protocol


class _Stoppable(Protocol):
    def stop(self) -> None: ...


class LoneKeys:
    """Holds the line of a text key back until no more text follows within the quiet time.

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
        self._meant = False
        self._count = 0
        self._line: str | None = None
        self._alone = False
        """One key came alone, and what it gives here has not been worked out yet: the console was busy."""
        self._timer: _Stoppable | None = None

    @property
    def waiting(self) -> bool:
        """Whether a key is still held back."""
        return self._count > 0

    def text_came(self) -> None:
        """A key that types a character arrived, whoever gets it."""
        if not self._count:
            self._line, self._alone = None, False  # of keys before, nothing is done late
            self._meant = False
        self._count += 1
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._later(self._fall_quiet)

    def pressed(self, line: str | None) -> None:
        """The key that just came gives this line here, should it turn out to be a key."""
        self._meant = self._meant or line is not None
        if not self._alone:
            self._line = line
        elif line is not None:
            self._submit(line)
        self._alone = False

    def settle(self) -> None:
        """A key that is no text came behind: what came before is known, and goes before it."""
        if self._timer is not None:
            self._timer.stop()
        if self._count:
            self._fall_quiet()

    def _fall_quiet(self) -> None:
        line, self._line = self._line, None
        alone, self._count = self._count == 1, 0
        if alone and line is not None:
            self._submit(line)
        elif not alone and self._meant:
            self._ignored()
        self._alone = alone and line is None
