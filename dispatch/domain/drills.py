"""What a drill leader lets happen: the events of scenario files, and of a drill that runs.

`at_min` counts minutes of drill time from the first moment of the drill, `for_min` minutes from then on.
"""

import json
from typing import Annotated, Literal

from pydantic import Field

from dispatch.domain.blood import BloodGroup
from dispatch.domain.errors import UnknownName
from dispatch.domain.geography import CityCode
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.model import Frozen, Name
from dispatch.domain.units import Capability
from dispatch.language import _

AtMin = Annotated[float, Field(ge=0, le=1440, description="minutes of drill time after the start")]
ForMin = Annotated[float, Field(gt=0, le=1440)]
Share = Annotated[float, Field(ge=0, le=1)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]


class MassCasualty(Frozen):
    """One incident with many patients; `position` is [latitude, longitude] in WGS-84."""

    kind: Literal["mass_casualty"]
    at_min: AtMin
    city: CityCode
    position: tuple[Latitude, Longitude]
    place: str = Field(min_length=1, max_length=120)
    patients: int = Field(ge=1, le=500)
    priority: Literal[1, 2, 3] = 1
    needs: frozenset[Capability] = frozenset()


class LinkLost(Frozen):
    """A city's broker stops; whoever runs the drill stops and starts it."""

    kind: Literal["link_lost"]
    at_min: AtMin
    city: CityCode
    for_min: ForMin


class BloodShortage(Frozen):
    """Only the share `leave` of some stock is left in a city's banks."""

    kind: Literal["blood_shortage"]
    at_min: AtMin
    city: CityCode
    component: str
    groups: frozenset[BloodGroup] = frozenset(BloodGroup)
    leave: Share


class HospitalDiverted(Frozen):
    """A hospital takes no patients for a while."""

    kind: Literal["hospital_diverted"]
    at_min: AtMin
    hospital: HospitalId
    for_min: ForMin


class BridgeClosed(Frozen):
    """Nobody passes a bridge or tunnel for a while."""

    kind: Literal["bridge_closed"]
    at_min: AtMin
    bridge: str
    for_min: ForMin


class Demand(Frozen):
    """`factor` times as many calls in a city for a while."""

    kind: Literal["demand"]
    at_min: AtMin
    city: CityCode
    factor: float = Field(ge=1, le=20)
    for_min: ForMin


class UnitsOut(Frozen):
    """A share of a city's free units goes out of service for a while."""

    kind: Literal["units_out"]
    at_min: AtMin
    city: CityCode
    share: Share
    for_min: ForMin
    reason: str = Field(min_length=1, max_length=80)


class GpsLost(Frozen):
    """A share of a city's units sends no positions for a while."""

    kind: Literal["gps_lost"]
    at_min: AtMin
    city: CityCode
    share: Share
    for_min: ForMin


Event = (
    MassCasualty | LinkLost | BloodShortage | HospitalDiverted | BridgeClosed | Demand | UnitsOut | GpsLost
)


EVENTS: dict[str, type[Event]] = {
    "mass_casualty": MassCasualty,
    "link_lost": LinkLost,
    "blood_shortage": BloodShortage,
    "hospital_diverted": HospitalDiverted,
    "bridge_closed": BridgeClosed,
    "demand": Demand,
    "units_out": UnitsOut,
    "gps_lost": GpsLost,
}


def read_event(table: object) -> Event:
    """The event that a table tells; ValidationError with the field, UnknownName where its kind is none."""
    kind = table.get("kind") if isinstance(table, dict) else None
    model = EVENTS.get(str(kind))
    if model is None:
        raise UnknownName(_("kind of event"), str(kind))
    return model.model_validate_json(json.dumps(table, default=str), strict=True)


SLOWEST, FASTEST = 0.1, 60.0
"""Drill seconds in a machine second, while a drill does not stand still."""


class Happening(Frozen):
    """One event of a drill.

    `happened_s`: drill seconds since its start, None before; `did`: what it came to; `ended_s`: the leader
    ended it early, or called it off before it happened.
    """

    key: str
    event: Annotated[Event, Field(discriminator="kind")]
    planned: bool
    """By the scenario, not by the leader."""
    by: str = ""
    happened_s: float | None = None
    ended_s: float | None = None
    did: dict[str, str | int] = {}

    @property
    def begins_s(self) -> float:
        """Drill seconds since the start."""
        return self.event.at_min * 60 if self.happened_s is None else self.happened_s

    @property
    def ends_s(self) -> float | None:
        """None: it is over at once, or never."""
        lasts_min = getattr(self.event, "for_min", None)
        if lasts_min is None:
            return None
        planned_s: float = self.begins_s + lasts_min * 60
        return planned_s if self.ended_s is None else min(planned_s, self.ended_s)

    @property
    def called_off(self) -> bool:
        """Whether it was ended before it happened."""
        return self.happened_s is None and self.ended_s is not None

    def under_way(self, elapsed_s: float) -> bool:
        return self.happened_s is not None and self.ends_s is not None and elapsed_s < self.ends_s


class Course(Frozen):
    """How a drill stands: drill seconds since its start, its pace, and what happens in it."""

    name: Name
    elapsed_s: float
    speed: float
    paused: bool
    events: tuple[Happening, ...]
