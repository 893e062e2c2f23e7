"""After a link was lost: which incidents its city still holds.

What a city cleared while nobody listened is not said any more, and would stand open here for ever. So
each link that is lost begins a new roll; once the city's centre has been seen for long enough, an
incident that was not on it is gone.
"""

from collections.abc import Callable

from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import IncidentId
from dispatch.picture.cities import CityView, Sight

COMPLETE_AFTER_S = 30.0
"""Real seconds with a living centre: what a broker kept, and a centre says anew, is through long before."""


class Roll:
    """The incidents that each city named since its link was lost."""

    def __init__(self, steady: Callable[[], float]) -> None:
        self._steady = steady
        self._named: dict[CityCode, set[IncidentId]] = {}
        self._seen_since: dict[CityCode, float] = {}

    def begin(self, city: CityCode) -> None:
        """The link to a city was lost."""
        self._named[city] = set()
        self._seen_since.pop(city, None)

    def name(self, city: CityCode, incident: IncidentId) -> None:
        """The city, or its broker, said this one."""
        if city in self._named:
            self._named[city].add(incident)

    def complete(self, view: CityView) -> frozenset[IncidentId] | None:
        """Everything on the roll, once, when it is complete; None before and after."""
        named = self._named.get(view.city)
        if named is None:
            return None
        centre = any(node.online and node.kind == "centre" for node in view.nodes.values())
        if view.sight is not Sight.LIVE or not centre:
            self._seen_since.pop(view.city, None)
            return None
        if self._steady() - self._seen_since.setdefault(view.city, self._steady()) < COMPLETE_AFTER_S:
            return None
        del self._named[view.city]
        return frozenset(named)
