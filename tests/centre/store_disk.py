"""The centre's real database as the disk of the simulated world."""

from pathlib import Path

from dispatch.centre.protocol import Decision, Ledger
from dispatch.centre.store import Store
from dispatch.domain.geography import CityCode
from dispatch.domain.units import Unit
from tests.centre.simulator import UNITS
from tests.unit.centre.centre_world import rules


class StoreDisk:
    """Each death closes the file without a word, each start opens it again."""

    def __init__(self, path: Path, city: CityCode) -> None:
        self._path, self._city = path, city
        self.store: Store | None = None

    def open(self, now_ms: int, *, epoch_grows: bool) -> Ledger:
        assert epoch_grows, "the real store always begins a new epoch"
        self.close()
        fleet = [Unit(id=unit, city=self._city) for unit in UNITS[self._city]]
        self.store = Store.open(
            self._path, city=self._city, node="centre", units=fleet, rules=rules(), now_ms=now_ms, drill=True
        )
        self.store._connection.execute("PRAGMA synchronous = OFF")  # nobody cuts the power here
        return self.store

    def write(self, ledger: Ledger, decision: Decision, now_ms: int) -> None:
        assert isinstance(ledger, Store)
        ledger.commit(decision, now_ms)

    def close(self) -> None:
        if self.store is not None:
            self.store.close()
            self.store = None
