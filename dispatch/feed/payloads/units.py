"""Units as vehicles, centres and desks say them; hospitals as a city says them."""

from typing import Annotated, Literal

from msgspec import Meta

from dispatch.feed.payloads.ground import (
    AccuracyM,
    By,
    Code,
    Count,
    DatumCode,
    Lat,
    Lon,
    Millis,
    Payload,
    SpeedKmh,
    Text,
)


class UnitPosition(Payload, frozen=True):
    """One fix; its time is the envelope's `ts_evt`."""

    unit: Code
    lat: Lat
    lon: Lon
    datum: DatumCode
    accuracy_m: AccuracyM | None = None
    speed_kmh: SpeedKmh | None = None
    heading_deg: Annotated[float, Meta(ge=0, lt=360)] | None = None


class Instead(Payload, frozen=True):
    """The unit was arranged by telephone at `called_at` for an incident, and went to another one."""

    incident: Code
    other: Code
    called_at: Millis


class UnitStatus(Payload, frozen=True):
    """The state of a unit, written by its own city's centre; `since` is when it began.

    `instead`: for the cities that count on it after a telephone call, what it did instead; the newest last.
    """

    unit: Code
    state: Annotated[int, Meta(ge=0, le=9)]
    since: Millis
    source: Literal["terminal", "desk", "geofence", "other_city"]
    incident: Code | None = None
    destination: Code | None = None
    reason: Text | None = None
    task: Code | None = None
    instead: Annotated[list[Instead], Meta(max_length=8)] = []


class UnitState(Payload, frozen=True):
    """A vehicle's own word about its state, said again until its centre has heard it ("unit.heard").

    `number` grows by one with each, for ever (on the vehicle's disk); `at` is when it happened. `request`
    is the order it belongs to; none: it is on no task. `patients`: aboard now.
    """

    unit: Code
    number: Count
    state: Annotated[int, Meta(ge=0, le=9)]
    at: Millis
    source: Literal["terminal", "geofence"]
    request: Code | None = None
    destination: Code | None = None
    reason: Text | None = None
    patients: Annotated[int, Meta(ge=0, le=99)] = 0


class UnitHeard(Payload, frozen=True):
    """To a vehicle: its states up to this number need not be said again."""

    unit: Code
    number: Count


class UnitSet(Payload, frozen=True):
    """The desk sets a unit's state (crew spoke by radio, or the terminal is dead). `at`: when it happened.

    `request`: the order that the desk sees the unit on; a state of a task is taken of this order only.
    """

    unit: Code
    state: Annotated[int, Meta(ge=0, le=9)]
    by: By
    at: Millis
    destination: Code | None = None
    reason: Text | None = None
    request: Code | None = None


class UnitTakeTo(Payload, frozen=True):
    """Name the hospital that a unit on a task takes its patients to."""

    unit: Code
    incident: Code
    hospital: Code
    by: By


class UnitTelephoned(Payload, frozen=True):
    """Break-glass: while this city could not be reached, its unit was arranged by telephone.

    Said when the link is back; the centre compares it with its own history and reports a conflict. `other`:
    said to the incident's own centre, the incident on which the unit's city found it to be.
    """

    unit: Code
    incident: Code
    at: Millis
    by: By
    reason: Text
    spoke_to: Text = ""
    other: Code | None = None


class UnitSnapshot(Payload, frozen=True):
    """One unit in a city's snapshot: who it is, and what its city last knew of it."""

    unit: Code
    capabilities: Annotated[list[Code], Meta(max_length=16)]
    state: Annotated[int, Meta(ge=0, le=9)]
    since: Millis
    station: Code | None = None
    source: Literal["terminal", "desk", "geofence", "other_city"] = "terminal"
    incident: Code | None = None
    destination: Code | None = None
    reason: Text | None = None
    task: Code | None = None
    lat: Lat | None = None
    lon: Lon | None = None
    datum: DatumCode = "wgs84"
    fixed_at: Millis | None = None
    seq: Count = 0


class UnitsSnapshot(Payload, frozen=True):
    """Every unit of a city in one retained message, each 10 to 30 s."""

    units: Annotated[list[UnitSnapshot], Meta(max_length=20_000)]


class HospitalSnapshot(Payload, frozen=True):
    """What one hospital last said of itself."""

    hospital: Code
    diverting: bool
    waiting: Annotated[int, Meta(ge=0, le=10_000)]
    said_at: Millis


class ClosedCrossing(Payload, frozen=True):
    """A bridge or tunnel that nobody passes; `until`: when it is to be open again, where that is known."""

    crossing: Code
    until: Millis | None = None


class CrossingsSnapshot(Payload, frozen=True):
    """Every bridge and tunnel of a city that is closed; an empty list opens them all."""

    closed: Annotated[list[ClosedCrossing], Meta(max_length=1_000)]
    said_at: Millis


class HospitalsSnapshot(Payload, frozen=True):
    """Every hospital of a city that reports."""

    hospitals: Annotated[list[HospitalSnapshot], Meta(max_length=5_000)]
