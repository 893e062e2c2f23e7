"""Wrong passwords make the next attempt wait: for that operator, and for the whole console."""

from dataclasses import dataclass

FREE = 3
FIRST_S = 5.0
MOST_S = 300.0
CONSOLE_FREE = 8
CONSOLE_MOST_S = 60.0
FORGOTTEN_S = 3600.0
"""So long after the last wrong password an operator's count begins anew."""
CONSOLE_FORGOTTEN_S = 900.0


@dataclass(slots=True)
class _Count:
    failures: int = 0
    last_s: float = 0.0

    def add(self, now_s: float, forgotten_s: float) -> None:
        self.failures = 1 if now_s - self.last_s > forgotten_s else self.failures + 1
        self.last_s = now_s

    def wait_s(self, now_s: float, free: int, most_s: float) -> float:
        if self.failures < free:
            return 0.0
        delay = min(FIRST_S * 2.0 ** min(self.failures - free, 30), most_s)
        return max(0.0, self.last_s + delay - now_s)


class Throttle:
    """Counts by operator and over all of them, so that one password tried on everybody waits too.

    Times are a steady count of seconds. After `FREE` wrong passwords an operator waits 5, 10, 20 ...
    up to 300 s; the console waits after `CONSOLE_FREE`, at most 60 s: a change of shift is no attack.
    """

    def __init__(self) -> None:
        self._operators: dict[str, _Count] = {}
        self._console = _Count()

    def wait_s(self, operator: str, now_s: float) -> float:
        """How long the next attempt has to wait; 0: it may be made now."""
        own = self._operators.get(operator)
        mine = own.wait_s(now_s, FREE, MOST_S) if own is not None else 0.0
        return max(mine, self._console.wait_s(now_s, CONSOLE_FREE, CONSOLE_MOST_S))

    def failed(self, operator: str, now_s: float) -> int:
        """Count a wrong password; returns how many that makes for this operator."""
        own = self._operators.setdefault(operator, _Count(last_s=now_s))
        own.add(now_s, FORGOTTEN_S)
        self._console.add(now_s, CONSOLE_FORGOTTEN_S)
        return own.failures

    def passed(self, operator: str) -> None:
        """The right password: that operator's count is gone, the console's stays."""
        self._operators.pop(operator, None)
