"""Which step of each order of blood stands on a screen: a key acts on what somebody saw."""

from collections.abc import Iterable
from math import inf

from dispatch.domain.blood_orders import BloodOrder, BloodOrderId


class SeenSteps:
    """Told at every painting what is shown, asked before a key acts. Times are a steady count of seconds."""

    def __init__(self) -> None:
        self._seen: dict[BloodOrderId, tuple[int, float]] = {}

    def note(self, orders: Iterable[BloodOrder], now_s: float) -> None:
        """These are painted now; one that stood there otherwise before is new from now on."""
        for one in orders:
            steps, _since = self._seen.get(one.id, (0, 0.0))
            if steps != len(one.steps):
                self._seen[one.id] = (len(one.steps), now_s if steps else -inf)

    def rested(self, order: BloodOrder, now_s: float, guard_s: float) -> bool:
        """Whether the order as it is has been in view for so long."""
        steps, since_s = self._seen.get(order.id, (0, -inf))
        return steps == len(order.steps) and now_s - since_s >= guard_s
