"""The real database under the simulated blood, closed and opened again at each death."""

from collections.abc import Sequence
from pathlib import Path

from dispatch.audit.verify import verify
from dispatch.centre.messages import Input
from dispatch.centre.protocol import Effect
from dispatch.centre.store import Store
from dispatch.domain.blood_orders import BloodOrder, BloodOrderId
from tests.chaos.blood.places import CITY, RULES
from tests.chaos.blood.world import START_MS


class OnDisk:
    """world.Centre over SQLite."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._store = self._open(START_MS)

    def _open(self, now_ms: int) -> Store:
        return Store.open(
            self.path, city=CITY, node="centre", units=(), rules=RULES, now_ms=now_ms, drill=True
        )

    def take(self, inputs: Sequence[Input], now_ms: int) -> list[Effect]:
        return self._store.take(inputs, now_ms)

    def orders(self) -> dict[BloodOrderId, BloodOrder]:
        return self._store.state.blood

    def restart(self, now_ms: int) -> None:
        self._store.close()
        self._store = self._open(now_ms)

    def close(self) -> None:
        self._store.close()
        verify(self.path)
