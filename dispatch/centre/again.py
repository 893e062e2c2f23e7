"""How often each thing was said to a vehicle, and when it is due again."""

from collections.abc import Iterable

from dispatch.centre.messages import Act, Tell
from dispatch.centre.protocol import again_after_ms
from dispatch.domain.orders import RequestId

_Key = tuple[RequestId, Act, str]


class Repeats:
    """Pauses of 1, 1, 2, 4, 8, 8 ... seconds for each thing that waits for a vehicle's answer.

    `now_ms` is any steady time, the same one in every call.
    """

    def __init__(self) -> None:
        self._said: dict[_Key, tuple[int, int]] = {}

    def clear(self) -> None:
        """Everything is due at once."""
        self._said.clear()

    def count(self, told: Iterable[Tell], now_ms: int) -> None:
        """These were said just now."""
        for tell in told:
            if tell.act is Act.HEARD:  # said again only when the vehicle asks for it
                continue
            times = self._said.get(_key(tell), (0, 0))[0] + 1
            self._said[_key(tell)] = times, now_ms + again_after_ms(times)

    def due(self, waiting: Iterable[Tell], now_ms: int) -> list[Tell]:
        """Those of everything that waits that are to be said now; they count as said."""
        waiting = list(waiting)
        keys = {_key(tell) for tell in waiting}
        self._said = {key: said for key, said in self._said.items() if key in keys}
        due = [tell for tell in waiting if self._said.get(_key(tell), (0, 0))[1] <= now_ms]
        self.count(due, now_ms)
        return due


def _key(tell: Tell) -> _Key:
    """Another hospital is another thing to say."""
    hospital = tell.job.hospital if tell.act is Act.TAKE_TO and tell.job is not None else None
    return tell.request, tell.act, hospital or ""
