"""Watches the seat: a console that nobody touches signs out, an empty seat asks who takes it."""

import time
from collections.abc import Callable
from enum import Enum

from dispatch.console.ports import Desk


class Wish(Enum):
    """What is to be done now."""

    LOCK = "lock"  # sign out whoever left the console alone
    ASK = "ask"  # ask who takes the empty seat


class SeatWatch:
    """Looked at once a second. `minutes` without a key or a click end a sign-in; 0: never."""

    def __init__(self, minutes: float, steady: Callable[[], float] = time.monotonic) -> None:
        self.minutes = minutes
        self.sat = ""
        """Who had the seat last."""
        self._steady = steady
        self._touched_s = steady()
        self._asked = False

    def touched(self) -> None:
        """A key or a click came."""
        self._touched_s = self._steady()

    def look(self, desk: Desk) -> Wish | None:
        """The wish of the moment; an empty seat asks once, and then waits until somebody wants it."""
        if desk.signed_in:
            self.sat, self._asked = desk.operator, False
            if self.minutes > 0 and self._idle_s() >= self.minutes * 60 and desk.operators():
                self.touched()
                return Wish.LOCK
        elif not self._asked and desk.operators():
            self._asked = True
            return Wish.ASK
        return None

    def _idle_s(self) -> float:
        return self._steady() - self._touched_s
