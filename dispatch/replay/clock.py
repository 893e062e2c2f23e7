"""The time of a replay: runs at any speed, stands still, jumps; it ends with the last row."""

import time
from collections.abc import Callable
from datetime import datetime

from dispatch.clock import from_epoch_ms

SPEEDS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)


class ReplayClock:
    """Milliseconds since 1970 between `from_ms` and `to_ms`; `steady` counts the viewer's own seconds."""

    def __init__(
        self,
        from_ms: int,
        to_ms: int,
        *,
        speed: float = 1.0,
        at_ms: int | None = None,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        if speed <= 0:
            raise ValueError(f"replay speed must be above 0, not {speed}")
        self.from_ms, self.to_ms = from_ms, max(from_ms, to_ms)
        self.speed, self.running = speed, True
        self._steady, self._zero_s = steady, steady()
        self._base_ms, self._base_s = float(self._within(from_ms if at_ms is None else at_ms)), steady()

    def now_ms(self) -> int:
        gone_s = self._steady() - self._base_s if self.running else 0.0
        return self._within(self._base_ms + gone_s * 1000 * self.speed)

    def now(self) -> datetime:
        return from_epoch_ms(self.now_ms())

    def monotonic(self) -> float:
        """The viewer's seconds: bells, letters and the flash of an alarm know no replay."""
        return self._steady() - self._zero_s

    @property
    def over(self) -> bool:
        return self.now_ms() >= self.to_ms

    def pause(self) -> None:
        """Stand still, or go on."""
        self._hold()
        self.running = not self.running

    def jump(self, seconds: float) -> None:
        self.go_to(round(self.now_ms() + seconds * 1000))

    def go_to(self, at_ms: int) -> None:
        self._base_ms, self._base_s = float(self._within(at_ms)), self._steady()

    def faster(self, steps: int = 1) -> None:
        """The next speed up, or down for a negative number; the present one need not be in the list."""
        self._hold()
        other = [one for one in SPEEDS if (one > self.speed if steps > 0 else one < self.speed)]
        if other:
            self.speed = min(other) if steps > 0 else max(other)

    def _hold(self) -> None:
        self.go_to(self.now_ms())

    def _within(self, at_ms: float) -> int:
        return int(min(max(at_ms, self.from_ms), self.to_ms))
