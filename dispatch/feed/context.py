"""What every part of the intake works with."""

from collections.abc import Callable
from dataclasses import dataclass, field

from dispatch.domain.geography import CityCode
from dispatch.feed.counters import Counters
from dispatch.feed.limits import IntakeLimits
from dispatch.feed.refusals import Facts, Refused
from dispatch.feed.transport import Received
from dispatch.picture.live import Picture

Ask = Callable[[CityCode, str, str | None], None]
"""Ask a city for a snapshot: kind is one of payloads.SnapshotRequest (key: the bank, for "stock")."""


@dataclass(frozen=True, slots=True)
class IntakeEvent:
    """Something for the log: `kind` is an action name of the audit log."""

    kind: str
    city: CityCode
    facts: Facts = field(default_factory=dict)


@dataclass(slots=True)
class Context:
    """Shared by the intake and its parts; `refuse` writes one refused entry of a message down and goes on."""

    picture: Picture
    limits: IntakeLimits
    counters: Counters
    ask: Ask
    refuse: Callable[[CityCode, Received, Refused], None]

    def check_prefix(self, city: CityCode, number: str) -> None:
        """Refused for a number that does not begin as this city's do: none may take another's."""
        prefix = f"{self.picture.cities[city].prefix}-"
        if not number.startswith(prefix):
            raise Refused("wrong_prefix", subject=number, prefix=prefix)

    def city_of(self, number: str) -> CityCode | None:
        """The city whose prefix begins a number; None: no city's does."""
        cities = self.picture.cities.values()
        return next((city.code for city in cities if number.startswith(f"{city.prefix}-")), None)


def ahead_s(then_ms: int, now_ms: int) -> int:
    """How far ahead a time is, in whole seconds and at least 1."""
    return max(1, round((then_ms - now_ms) / 1000))


class Asks:
    """Passes each ask on at most once in `again_s` of real time: a flood of gaps is one question."""

    def __init__(
        self,
        ask: Ask,
        again_s: float,
        steady: Callable[[], float],
        on_event: Callable[[IntakeEvent], None] | None,
        counters: Counters,
    ) -> None:
        self._ask, self._again_s, self._steady = ask, again_s, steady
        self._on_event, self._counters = on_event, counters
        self._asked: dict[tuple[CityCode, str, str | None], float] = {}

    def __call__(self, city: CityCode, kind: str, key: str | None = None) -> None:
        now = self._steady()
        if now - self._asked.get((city, kind, key), float("-inf")) < self._again_s:
            return
        self._asked[(city, kind, key)] = now
        self._counters.asked += 1
        self._ask(city, kind, key)
        if self._on_event is not None:
            self._on_event(IntakeEvent("snapshot.asked", city, {"kind": kind, "key": key or ""}))
