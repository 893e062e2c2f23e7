"""What is asked when many are hurt at once, and what the plan says."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import Field

from dispatch.decide.reasons import Reason
from dispatch.decide.travel import Eta
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import Priority
from dispatch.domain.model import Frozen
from dispatch.domain.units import Capability, UnitId


class MassPlace(Frozen):
    """A place with patients by priority (red, yellow, green are 1, 2, 3); `id` names it."""

    id: str
    position: Position
    city: CityCode
    patients: tuple[int, int, int]
    needs: frozenset[Capability] = frozenset()
    incident: str | None = None
    sent: int = Field(default=0, ge=0, description="units on their way already: the gravest are theirs")


class MassRequest(Frozen):
    """Everything that has to be shared out at once."""

    places: tuple[MassPlace, ...]


@dataclass(frozen=True, slots=True)
class MassTask:
    """A unit for patients of one priority at one place, and where they should go."""

    unit: UnitId
    city: CityCode
    place: str
    priority: Priority
    patients: int
    eta: Eta
    cross_city: bool
    hospital: HospitalId | None


@dataclass(frozen=True, slots=True)
class Uncovered:
    """Patients for whom no unit is left, and why."""

    place: str
    priority: Priority
    patients: int
    hospital: HospitalId | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Unused:
    """A unit that the plan does not use, and why."""

    unit: UnitId
    city: CityCode
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class MassLender:
    """A city that lends: of its `free` units `lent` go to others, `own_first` are for its own patients."""

    city: CityCode
    lent: int
    own_first: int
    free: int
    fleet: int
    reserve: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long patients of a priority wait by a way of sharing out; minutes over those covered."""

    priority: Priority
    patients: int
    covered: int
    mean_min: float | None
    longest_min: float | None


@dataclass(frozen=True, slots=True)
class Receiving:
    """Patients by priority for a hospital; `waiting` ambulances stood there before, None: not known."""

    hospital: HospitalId
    city: CityCode
    patients: tuple[int, int, int]
    waiting: int | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class MassPlan:
    """Every patient is covered or listed as uncovered, every unit is used or listed with its reason."""

    as_of: datetime
    edition: str
    request: MassRequest
    tasks: tuple[MassTask, ...]
    uncovered: tuple[Uncovered, ...]
    unused: tuple[Unused, ...]
    lenders: tuple[MassLender, ...]
    receiving: tuple[Receiving, ...]
    optimal: tuple[Waiting, ...]
    in_triage_order: tuple[Waiting, ...]
    in_order_given: tuple[Waiting, ...]
    advice: tuple[Reason, ...]
