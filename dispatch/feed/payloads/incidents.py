"""Incidents, their timelines, and what a desk asks of them."""

from typing import Annotated, Literal

from msgspec import Meta

from dispatch.feed.payloads.ground import (
    By,
    Code,
    DatumCode,
    EndingCode,
    Facts,
    Lat,
    Lon,
    Millis,
    Payload,
    PriorityCode,
    Text,
)


class IncidentRecord(Payload, frozen=True):
    """An incident as its own city's centre holds it; no personal data."""

    incident: Code
    state: Literal["waiting", "held", "dispatched", "on_scene", "transporting", "closed"]
    priority: PriorityCode
    lat: Lat
    lon: Lon
    datum: DatumCode
    place: Text
    opened_at: Millis
    patients: Annotated[int, Meta(ge=1, le=9999)] = 1
    needs: Annotated[list[Code], Meta(max_length=16)] = []
    chief_complaint: Text = ""
    units: Annotated[list[Code], Meta(max_length=256)] = []
    telephoned: Annotated[list[Code], Meta(max_length=256)] = []
    acceptances: Annotated[int, Meta(ge=0, le=100_000)] = 1
    chases: Annotated[int, Meta(ge=0, le=100_000)] = 0
    none_free: Annotated[int, Meta(ge=0, le=100_000)] = 0
    carried: Annotated[int, Meta(ge=0, le=100_000)] = 0
    reinforcements: Annotated[int, Meta(ge=0, le=100_000)] = 0
    held_until: Millis | None = None
    waiting_since: Millis | None = None
    reason: Text = ""
    ending: EndingCode | None = None
    origin: Code | None = None
    moved_to: Code | None = None


class TimelineEntry(Payload, frozen=True):
    """One line; `code` names its sentence, `facts` fill it."""

    number: Annotated[int, Meta(ge=1, le=1_000_000)]
    at: Millis
    code: Code
    by: Text = ""
    facts: Facts = {}


class IncidentTimeline(Payload, frozen=True):
    """The newest lines of an incident's timeline, oldest first; no personal data."""

    incident: Code
    entries: Annotated[list[TimelineEntry], Meta(max_length=300)]


class IncidentOpen(Payload, frozen=True):
    """Ask a city's centre to open an incident, once for each key; its number is the asker's."""

    incident: IncidentRecord
    by: By


class IncidentChange(Payload, frozen=True):
    """Something done to an open incident; what each act demands is checked by the centre.

    hold: reason, `until` optional. amend: what changes. note, repeat, chase: text. close: ending and reason.
    """

    incident: Code
    act: Literal["repeat", "chase", "hold", "wake", "reinforce", "none_free", "amend", "note", "close"]
    by: By
    text: Text = ""
    reason: Text = ""
    until: Millis | None = None
    count: Annotated[int, Meta(ge=1, le=99)] | None = None
    priority: PriorityCode | None = None
    patients: Annotated[int, Meta(ge=1, le=9999)] | None = None
    needs: Annotated[list[Code], Meta(max_length=16)] | None = None
    chief_complaint: Text | None = None
    place: Text | None = None
    lat: Lat | None = None
    lon: Lon | None = None
    datum: DatumCode = "wgs84"
    ending: EndingCode | None = None
