"""Help between cities: asked, answered, and everything open in one document."""

from typing import Annotated, Literal

from msgspec import Meta

from dispatch.feed.payloads.ground import By, Code, DatumCode, Lat, Lon, Millis, Payload, PriorityCode, Text


class AidRecord(Payload, frozen=True):
    """A request for help between cities, as the lender's centre holds it (see domain/aid.py)."""

    aid: Code
    kind: Literal["units", "incident"]
    borrower: Code
    node: Code
    operator: Annotated[str, Meta(max_length=64)]
    incident: Code
    priority: PriorityCode
    lat: Lat
    lon: Lon
    datum: DatumCode
    place: Text
    asked_at: Millis
    answer_by: Millis
    state: Literal[
        "requested",
        "received",
        "accepted",
        "committed",
        "deployed",
        "released",
        "declined",
        "cancelled",
        "expired",
    ]
    changed_at: Millis
    patients: Annotated[int, Meta(ge=1, le=9999)] = 1
    count: Annotated[int, Meta(ge=1, le=99)] = 1
    needs: Annotated[list[Code], Meta(max_length=16)] = []
    chief_complaint: Text = ""
    wanted: Annotated[list[Code], Meta(max_length=99)] = []
    good_until: Millis | None = None
    claimed_by: Text = ""
    answered_by: Text = ""
    rule: Text = ""
    units: Annotated[list[Code], Meta(max_length=99)] = []
    used: Annotated[list[Code], Meta(max_length=99)] = []
    back: Annotated[list[Code], Meta(max_length=99)] = []
    lost: Annotated[list[Code], Meta(max_length=99)] = []
    reason: Text = ""
    moved_to: Code | None = None


class AidRequest(Payload, frozen=True):
    """Ask the target city for units, or to take an incident over. `aid.aid` is made once per decision."""

    aid: AidRecord
    by: By


class AidAnswer(Payload, frozen=True):
    """Something done to a request for help: by the lender, or (cancel, release) by the borrower."""

    aid: Code
    act: Literal["claim", "unclaim", "accept", "decline", "commit", "cancel", "release"]
    by: By
    units: Annotated[list[Code], Meta(max_length=99)] = []
    reason: Text = ""


class AidsSnapshot(Payload, frozen=True):
    """Every request for help that a city has received: the open ones, and those of the last hour."""

    aids: Annotated[list[AidRecord], Meta(max_length=5_000)]
