"""Keys are heard one after the other: what a key opens or where it goes is there before the next is heard.

Textual hands a key to the widget that has the focus when the key is read. On a busy machine several are
read at once, and a digit after Tab would go to the field before, a letter after F10 to the screen below.
"""

import time
from collections import deque
from collections.abc import Callable

from textual.events import Key
from textual.message import Message
from textual.message_pump import MessagePump

OPENS_WITHIN_S = 1.0
"""A form or screen that takes longer than this, on however busy a machine, waits for something else."""
NEXT_WITHIN_S = 0.3
"""The same for the next question of a command: most often none follows, and a centre is waited for."""
PATIENCE_TICK_S = 0.2
"""How often a console that is not stuck looks at its patience."""
ROUNDS = 3
"""Messages that come of one another: a key, what a field says of it, what its form makes of that."""


class Passed(Message):
    """Goes the way of a key, behind it, and behind what came of it: `rounds` times."""

    def __init__(self, key: int, target: MessagePump, rounds: int = ROUNDS) -> None:
        super().__init__()
        self.key, self.target, self.rounds = key, target, rounds

    def again(self) -> bool:
        """Send it once more; False when it has gone often enough, or nobody is there to take it."""
        return self.rounds > 1 and self.target.post_message(Passed(self.key, self.target, self.rounds - 1))


class Patience:
    """Counts the seconds in which something could come about: of a pause in which nothing ran, hardly any.

    On a console that stands still for two seconds, what a key opens is two seconds later too.
    """

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._counted, self._last = 0.0, steady()

    def __call__(self) -> float:
        now = self._steady()
        self._counted += min(now - self._last, 2 * PATIENCE_TICK_S)
        self._last = now
        return self._counted


class HeldKeys:
    """Keeps keys in their order until it is their turn; `steady` counts seconds."""

    def __init__(
        self, steady: Callable[[], float] = time.monotonic, deciding: Callable[[], bool] = lambda: False
    ) -> None:
        """`deciding`: it is not known yet whether the key before is one, or part of a text."""
        self._steady, self._deciding = steady, deciding
        self._kept: deque[Key] = deque()
        self._opens_until = self._heard_until = 0.0
        self._numbers = self._asked = self._key = 0

    # -- what a key opens --

    def opening(self, within_s: float = OPENS_WITHIN_S) -> int:
        """Something may open now; a number to tell with that it has, or that nothing came of it."""
        self._numbers += 1
        self.going_on(self._numbers, within_s)
        return self._numbers

    def going_on(self, asked: int, within_s: float = NEXT_WITHIN_S) -> None:
        """What was asked for with this number may open one more thing."""
        self._asked = asked
        self._opens_until = self._steady() + within_s

    def opened(self, asked: int | None = None) -> None:
        """It stands, or nothing came of it; the number of something else than what opens now ends nothing."""
        if asked is None or asked == self._asked:
            self._opens_until = 0.0

    # -- where a key goes --

    def sent(self) -> int:
        """A key is on its way; its number."""
        self._key += 1
        self._heard_until = self._steady() + OPENS_WITHIN_S
        return self._key

    def passed(self, key: int) -> None:
        """The key with this number was heard by all who hear it."""
        if key == self._key:
            self._heard_until = 0.0

    # -- keys that wait --

    def keep(self, key: Key) -> bool:
        """Whether the key has to wait: for another to be heard, for what opens, or for keys before it."""
        if not self._kept and not self.left_s and not self._deciding():
            return False
        self._kept.append(key)
        return True

    @property
    def left_s(self) -> float:
        """How long keys are still held at most."""
        return max(0.0, max(self._opens_until, self._heard_until) - self._steady())

    @property
    def waiting(self) -> bool:
        """Whether a key is kept."""
        return bool(self._kept)

    def next(self) -> Key | None:
        """The key to be heard now; None while one before it is not through, or when no more are kept."""
        if not self._kept or self.left_s or self._deciding():
            return None
        return self._kept.popleft()
