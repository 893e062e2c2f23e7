"""Python's garbage collection at moments when nobody is pressing a key.

Measured with 2,000 moving units: a full collection looks at 250,000 objects, stops the console for
100 ms and comes every two seconds by itself. What was loaded at the start is set aside for good, and
full collections wait for a pause of the operator; the small ones (1 ms) go on, and come less often. Painting
and ranking leave nothing that only a collection frees (`lines`): what waits is a dialog now and then.
"""

import gc
import time
from collections.abc import Callable

SETTLED_S = 3.0
"""After the start, until everything that stays has been loaded."""
PAUSE_S = 1.0
"""Without a key for so long is a pause."""
BETWEEN_S = 60.0
AT_LATEST_S = 600.0
"""Then even an operator who never pauses has to wait once."""
_YOUNG = 2_000
"""New objects until a small collection; Python's own 700 are made and gone many times in a frame."""
_NEVER = 1_000_000_000


class QuietCollector:
    """Decides when a full collection runs; `steady` counts seconds, `collect` runs one."""

    def __init__(
        self,
        *,
        steady: Callable[[], float] = time.monotonic,
        collect: Callable[[], object] = gc.collect,
    ) -> None:
        self._steady, self._collect = steady, collect
        self._pressed = self._collected = steady()
        self._before: tuple[int, int, int] | None = None
        self._settled = False

    def hold(self) -> None:
        """Put full collections off: at the start all there is comes to stay."""
        self._before = gc.get_threshold()
        gc.set_threshold(_YOUNG, self._before[1], _NEVER)

    def begin(self) -> None:
        """Take full collections over, and set aside what is there now."""
        if self._before is None:
            self.hold()
        self._settled = True
        gc.collect()
        gc.freeze()
        self._collected = self._steady()

    def end(self) -> None:
        """Leave everything to Python again."""
        if self._before is not None:
            gc.set_threshold(*self._before)
            gc.unfreeze()
            self._before, self._settled = None, False

    def key_pressed(self) -> None:
        self._pressed = self._steady()

    def frame_painted(self) -> bool:
        """Collect if it is time; True when it was done."""
        now = self._steady()
        since = now - self._collected
        due = since >= BETWEEN_S and now - self._pressed >= PAUSE_S
        if not self._settled or not (due or since >= AT_LATEST_S):
            return False
        self._collect()
        self._collected = self._steady()
        return True
