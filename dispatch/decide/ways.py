"""What may know more of driving times than the law of travel.py: road graphs and routing servers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from dispatch.decide.corrections import Corrections
from dispatch.decide.reasons import Reason
from dispatch.domain.geography import Position
from dispatch.language import N_

if TYPE_CHECKING:
    from dispatch.decide.roads.graph import RoadGraph

Floats = NDArray[np.float64]
LAW, ROADS, TABLE = 0, 1, 2
"""Where the minutes of a trip come from."""
ROADS_METHOD = N_("roads: fastest way on the road graph")
TABLE_METHOD = N_("server: driving times of a routing server")
ROADS_COMING = Reason(code="roads_coming")
PLACE_OFF_ROAD = Reason(code="place_off_road")
TABLE_COMING = Reason(code="table_coming")


def table_failed(error: str) -> Reason:
    """Why the routing server gives no times."""
    return Reason(code="table_failed", facts={"error": error})


@dataclass(frozen=True, slots=True)
class Known:
    """Trips between many places and one: seconds at an ordinary hour without blue light, NaN: not known.

    `source` and `sigma` (standard deviation of the log) row by row; `off_road` marks the places that no
    road is near; `notes` say what is missing for all of them.
    """

    seconds: Floats
    source: NDArray[np.int8]
    sigma: Floats
    off_road: NDArray[np.bool_]
    notes: tuple[Reason, ...] = ()

    @classmethod
    def nothing(cls, count: int, *notes: Reason) -> "Known":
        """Nothing is known, and why."""
        none = np.zeros(count, np.bool_)
        return cls(np.full(count, np.nan), np.zeros(count, np.int8), np.zeros(count), none, notes)


@runtime_checkable
class Ways(Protocol):
    """Answers at once with what it knows by now; it may find out more meanwhile."""

    def between(self, lat: Floats, lon: Floats, place: Position, *, away: bool) -> Known:
        """Trips from each point (degrees) to the place, with `away` from the place to each point."""
        ...

    def road_graph(self) -> "RoadGraph | None":
        """The roads it goes by, for those who draw them; None: it goes by none of its own."""
        ...


@dataclass(frozen=True, slots=True)
class Beyond:
    """What goes beyond the law: better known ways, and what past trips taught."""

    ways: Ways | None = None
    corrections: Corrections | None = None


BY_LAW = Beyond()
