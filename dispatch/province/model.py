"""What a province sees of a city at one moment."""

from dataclasses import dataclass

from dispatch.domain.geography import CityCode


@dataclass(frozen=True, slots=True)
class CityCount:
    """Counts of one city. Ages are seconds at `at_ms` (milliseconds since 1970); None: nothing was heard.

    Of the units in service `available` and `busy` were heard of late, `silent` were not; `out` are out of
    service or paused. `oldest_s`: age of the oldest position among the units that are not silent.
    """

    city: CityCode
    at_ms: int
    link: str
    """up, down, or none: no broker is configured."""
    error: str = ""
    centre: bool = False
    """Whether the city's centre says that it is there."""
    available: int = 0
    busy: int = 0
    silent: int = 0
    out: int = 0
    incidents: int = 0
    waiting: int = 0
    critical: int = 0
    """Open incidents of priority 1."""
    blood: int = 0
    heard_s: float | None = None
    oldest_s: float | None = None
    messages: int = 0
    coalesced: int = 0
    """Positions that a newer one of the same unit overtook before anybody looked."""
    refused: int = 0

    @property
    def units(self) -> int:
        return self.available + self.busy + self.silent + self.out
