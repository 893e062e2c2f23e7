"""What is said between requester, centre and vehicle, free of how it travels."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from dispatch.claims.deeds import Saying
from dispatch.domain import incidents
from dispatch.domain.aid import Aid, AidAct, AidId
from dispatch.domain.alarms import AlarmId
from dispatch.domain.blood import BankId, LotId
from dispatch.domain.blood_orders import Bag, BloodAct, BloodLine, BloodOrderId, ShelfLot
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.incidents import Ending, Incident, IncidentId, Priority
from dispatch.domain.operators import By
from dispatch.domain.orders import NO_TOKEN, Asker, Job, RequestId, Step, Token
from dispatch.domain.units import Capability, Instead, StateSource, UnitId, UnitState, UnitStatus


@dataclass(frozen=True, slots=True)
class Request:
    """Reserve a unit. Past `expires_ms` (requester's clock) a centre that never heard it says no."""

    request: RequestId
    unit: UnitId
    asker: Asker
    operator: str
    job: Job
    expires_ms: int
    aid: AidId | None = None
    """The request for help under which another city's unit is asked for."""
    role: str = "dispatcher"


@dataclass(frozen=True, slots=True)
class Commit:
    """Order the unit that was reserved under this token."""

    request: RequestId
    unit: UnitId
    asker: Asker
    operator: str
    token: Token
    role: str = "dispatcher"


@dataclass(frozen=True, slots=True)
class Cancel:
    """Give the unit back: before the order a cancellation, after it a stand-down."""

    request: RequestId
    unit: UnitId
    asker: Asker
    operator: str
    role: str = "dispatcher"


@dataclass(frozen=True, slots=True)
class Query:
    """Tell again what became of a request."""

    request: RequestId
    unit: UnitId
    asker: Asker
    operator: str = ""


class Said(StrEnum):
    """What a vehicle reports."""

    ACKNOWLEDGED = "acknowledged"  # by the crew, not by the terminal
    DONE = "done"
    STOOD_DOWN = "stood_down"
    TAKING_TO = "taking_to"  # the crew knows the hospital


@dataclass(frozen=True, slots=True)
class Report:
    """A vehicle about the order with this token; `ending` is a code of ENDINGS when DONE."""

    unit: UnitId
    request: RequestId
    token: Token
    said: Said
    ending: str = ""
    hospital: str = ""
    """Where it takes its patients, when TAKING_TO."""


@dataclass(frozen=True, slots=True)
class Radioed:
    """What a desk heard of an order from its crew by radio: the terminal is dead, or silent.

    `said` is ACKNOWLEDGED, STOOD_DOWN or DONE; `ending` belongs to DONE.
    """

    request: RequestId
    unit: UnitId
    asker: Asker
    operator: str
    said: Said
    ending: str = ""
    role: str = "dispatcher"


@dataclass(frozen=True, slots=True)
class Tick:
    """Time went by: leases may be over."""


# --- commands that are answered once for each key (UUIDv7), whatever happens in between ------------


@dataclass(frozen=True, slots=True)
class Keyed:
    """What every such command carries: its key, the program that asks, the person at it."""

    key: str
    asker: Asker
    by: By
    expires_ms: int | None = field(default=None, kw_only=True)
    """A centre that first hears of it later says no, for good."""


@dataclass(frozen=True, slots=True)
class OpenIncident(Keyed):
    """Open an incident under the number that the asker gave it."""

    incident: Incident


@dataclass(frozen=True, slots=True)
class ChangeIncident(Keyed):
    """Something done to an open incident; None: unchanged, or not said."""

    incident: IncidentId
    act: incidents.Act
    text: str = ""
    reason: str = ""
    until_ms: int | None = None
    count: int | None = None
    priority: Priority | None = None
    patients: int | None = None
    needs: frozenset[Capability] | None = None
    chief_complaint: str | None = None
    place: str | None = None
    position: Position | None = None
    ending: Ending | None = None


@dataclass(frozen=True, slots=True)
class SetUnit(Keyed):
    """The desk sets a unit's state. `request`: the order that the desk sees it on."""

    unit: UnitId
    state: UnitState
    at_ms: int
    destination: str | None = None
    reason: str | None = None
    request: RequestId | None = None


@dataclass(frozen=True, slots=True)
class TakeTo(Keyed):
    """Name the hospital a unit on a task goes to."""

    unit: UnitId
    incident: IncidentId
    hospital: HospitalId


@dataclass(frozen=True, slots=True)
class Telephoned(Keyed):
    """Break-glass: this city could not be reached, and its unit was arranged by telephone at `at_ms`."""

    unit: UnitId
    incident: IncidentId
    at_ms: int
    reason: str
    spoke_to: str = ""
    other: str = ""
    """Told to the incident's own centre: the unit's city found it on this other incident."""


@dataclass(frozen=True, slots=True)
class AskAid(Keyed):
    """Another city asks for help."""

    aid: Aid


@dataclass(frozen=True, slots=True)
class AnswerAid(Keyed):
    """Something done to a request for help."""

    aid: AidId
    act: AidAct
    units: tuple[UnitId, ...] = ()
    reason: str = ""


class AlarmDeed(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"


@dataclass(frozen=True, slots=True)
class ActOnAlarm(Keyed):
    """Acknowledge an alarm of this centre, or put it aside until a time."""

    alarm: AlarmId
    act: AlarmDeed
    until_ms: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ClaimSaid(Keyed):
    """Something about claims on blood fees, by a desk or by another city's centre."""

    said: Saying


@dataclass(frozen=True, slots=True)
class HoldBlood(Keyed):
    """Hold all lines at one bank, or nothing. `order` is made once for the decision."""

    order: BloodOrderId
    bank: BankId
    hospital: HospitalId
    lines: tuple[BloodLine, ...]
    need_by_ms: int
    mode: str = "emergency"


@dataclass(frozen=True, slots=True)
class ActOnBlood(Keyed):
    """Something that a person did to an order of blood; what does not belong to the act is empty."""

    order: BloodOrderId
    act: BloodAct
    reason: str = ""
    unit: str = ""
    courier: str = ""
    temperature_tenths: int | None = None
    person: str = ""
    """The named person who decided: about a quarantine, or that something is discarded."""
    bags: tuple[Bag, ...] = ()
    seen: int | None = None
    """So many lines of its history the person had before him: other lots since then, and it is refused."""


# --- what vehicles and other centres say ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UnitSaid:
    """A vehicle's own word about its state; `number` grows by one with each and is heard once."""

    unit: UnitId
    number: int
    state: UnitState
    at_ms: int
    source: StateSource = StateSource.TERMINAL
    request: RequestId | None = None
    destination: str | None = None
    reason: str | None = None
    patients: int = 0


@dataclass(frozen=True, slots=True)
class ForeignUnit:
    """Another city's unit as its own centre holds it: it may be on an incident of this city.

    `instead`: incidents for which it was arranged by telephone, and to which it does not come.
    """

    city: CityCode
    unit: UnitId
    status: UnitStatus
    instead: tuple[Instead, ...] = ()


@dataclass(frozen=True, slots=True)
class ForeignAid:
    """A request of this city for help, as the lender's centre holds it now."""

    aid: Aid


@dataclass(frozen=True, slots=True)
class ClaimAnswered:
    """Another city's centre answers what this one told it about claims."""

    key: str
    city: CityCode
    accepted: bool
    code: str = ""
    facts: Mapping[str, str | int] = field(default_factory=dict)


# --- what a bank of this city says ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StockCounted:
    """A bank's whole count; `without`: orders whose blood is not in it any more."""

    bank: BankId
    seq: int
    counted_ms: int
    lots: tuple[ShelfLot, ...]
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class StockChanged:
    """A difference to the stock whose number is one less."""

    bank: BankId
    seq: int
    counted_ms: int
    put: tuple[ShelfLot, ...] = ()
    removed: tuple[LotId, ...] = ()
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something about the audit logs of the cities; `code`: one of centre/evidence_rules.NOTICES."""

    code: str
    city: str
    facts: Mapping[str, str | int] = field(default_factory=dict)


Input: TypeAlias = (
    Request | Commit | Cancel | Query | Report | Radioed | Tick
    | OpenIncident | ChangeIncident | SetUnit | TakeTo | Telephoned | AskAid | AnswerAid | ActOnAlarm
    | HoldBlood | ActOnBlood | UnitSaid | ForeignUnit | ForeignAid | StockCounted | StockChanged
    | ClaimSaid | ClaimAnswered | Noticed
)  # fmt: skip
Command: TypeAlias = Request | Commit | Cancel | Query
"""The commands of an order, answered with its history."""
KeyedCommand: TypeAlias = (
    OpenIncident | ChangeIncident | SetUnit | TakeTo | Telephoned | AskAid | AnswerAid | ActOnAlarm
    | HoldBlood | ActOnBlood | ClaimSaid
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a keyed command: stored with what it decided, given again to a repeat."""

    to: Asker
    key: str
    accepted: bool
    code: str = ""
    """Why not: a code of domain/refusals.SENTENCES, filled by `facts`."""
    facts: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HeardStates:
    """To a vehicle: states up to `number` need not be said again."""

    unit: UnitId
    number: int


class Subject(StrEnum):
    """What a centre publishes of itself, retained."""

    UNIT = "unit"
    INCIDENT = "incident"  # its record and its timeline
    AIDS = "aids"
    ALARMS = "alarms"
    BLOOD_ORDERS = "blood_orders"


@dataclass(frozen=True, slots=True)
class Publish:
    """A record changed and is said anew, as it stands when it is said."""

    subject: Subject
    key: str = ""


@dataclass(frozen=True, slots=True)
class AskCount:
    """A bank is asked to say its whole count: a difference was missed, or nothing is known."""

    bank: BankId


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole history of a request so far, to one program; no steps: never heard of it."""

    to: Asker
    request: RequestId
    unit: UnitId
    steps: tuple[Step, ...] = ()
    token: Token = NO_TOKEN
    until_ms: int = 0


class Act(StrEnum):
    """What a vehicle is told."""

    GO = "go"
    STAND_DOWN = "stand_down"
    HEARD = "heard"  # its DONE need not be said again
    TAKE_TO = "take_to"  # the hospital, in the job: said again until the crew knows it


@dataclass(frozen=True, slots=True)
class Tell:
    """One message to a vehicle. GO and STAND_DOWN are said again until the vehicle answers."""

    unit: UnitId
    request: RequestId
    token: Token
    act: Act
    job: Job | None = None
