"""What is said between requester, centre and vehicle, free of how it travels."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from dispatch.domain.orders import NO_TOKEN, Asker, Job, RequestId, Step, Token
from dispatch.domain.units import UnitId


@dataclass(frozen=True, slots=True)
class Request:
    """Reserve a unit. Past `expires_ms` (requester's clock) a centre that never heard it says no."""

    request: RequestId
    unit: UnitId
    asker: Asker
    operator: str
    job: Job
    expires_ms: int


@dataclass(frozen=True, slots=True)
class Commit:
    """Order the unit that was reserved under this token."""

    request: RequestId
    unit: UnitId
    asker: Asker
    operator: str
    token: Token


@dataclass(frozen=True, slots=True)
class Cancel:
    """Give the unit back: before the order a cancellation, after it a stand-down."""

    request: RequestId
    unit: UnitId
    asker: Asker
    operator: str


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


@dataclass(frozen=True, slots=True)
class Report:
    """A vehicle about the order with this token; `ending` is a code of ENDINGS when DONE."""

    unit: UnitId
    request: RequestId
    token: Token
    said: Said
    ending: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time went by: leases may be over."""


Input: TypeAlias = Request | Commit | Cancel | Query | Report | Tick
Command: TypeAlias = Request | Commit | Cancel | Query


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


@dataclass(frozen=True, slots=True)
class Tell:
    """One message to a vehicle. GO and STAND_DOWN are said again until the vehicle answers."""

    unit: UnitId
    request: RequestId
    token: Token
    act: Act
    job: Job | None = None
