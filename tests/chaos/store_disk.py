"""The centre's real database as the disk of the simulated cities."""

from pathlib import Path

from dispatch.centre.draft import Draft
from dispatch.centre.messages import Input, Tell
from dispatch.centre.protocol import Effect
from dispatch.centre.state import State
from dispatch.centre.store import Store
from dispatch.domain.geography import CityCode
from tests.chaos.disks import Between, Watched
from tests.chaos.places import LEASE_MS, RULES, fleet


class StoreDisk:
    """The centre's real database: each death closes the file without a word, each start opens it again."""

    def __init__(self, path: Path, city: CityCode) -> None:
        self._path, self._city = path, city
        self.store: Store | None = None

    @property
    def state(self) -> State:
        return self._opened.state

    def open(self, now_ms: int, *, epoch_grows: bool) -> None:
        assert epoch_grows, "the real store always begins a new epoch"
        self.close()
        store = self.store = Store.open(
            self._path, city=self._city, node="centre", units=fleet(self._city), rules=RULES, now_ms=now_ms,
            drill=True,
        )  # fmt: skip
        store._connection.execute("PRAGMA synchronous = OFF")  # nobody cuts the power here
        plain = store._mind
        store._mind = Watched(plain.state, plain.rules, LEASE_MS, plain.closed_kept_ms)

    def take(self, said: Input, now_ms: int, between: Between) -> tuple[Draft, list[Effect]]:
        mind = self._opened._mind
        assert isinstance(mind, Watched)
        mind.between = between
        effects = self._opened.take([said], now_ms, LEASE_MS)
        return mind.last, effects

    def pending(self) -> list[Tell]:
        return self._opened.pending()

    def close(self) -> None:
        if self.store is not None:
            self.store.close()
            self.store = None

    @property
    def _opened(self) -> Store:
        assert self.store is not None, "the file is closed"
        return self.store
