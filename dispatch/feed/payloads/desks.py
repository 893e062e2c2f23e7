"""Programs and desks: who is there, alarms shared by a city, snapshots asked for, answers to commands."""

from typing import Annotated, Literal

from msgspec import Meta

from dispatch.feed.payloads.ground import By, Code, Facts, Millis, Payload, RoleCode, Text


class NodeState(Payload, frozen=True):
    """Birth, heartbeat and Will of a program."""

    state: Literal["online", "offline"]
    kind: Literal["console", "centre", "simulator", "gateway", "replay"]
    version: Text = ""
    failing: Literal["", "records"] = ""
    """What does not work although the program is there: it cannot write its records."""


class AlarmRecord(Payload, frozen=True):
    """An alarm that a city's centre holds for all its desks."""

    alarm: Code
    code: Code
    severity: Literal["critical", "warning", "advisory"]
    raised_at: Millis
    state: Literal["unacknowledged", "acknowledged", "returned", "cleared"]
    facts: Facts = {}
    subject: Text = ""
    acknowledged_by: Text = ""
    shelved_until: Millis | None = None
    escalated: bool = False


class AlarmsSnapshot(Payload, frozen=True):
    """Every alarm of a city's centre that is not cleared; one that is missing here is cleared."""

    alarms: Annotated[list[AlarmRecord], Meta(max_length=20_000)]


class AlarmAct(Payload, frozen=True):
    """Acknowledge an alarm of the centre, or put it aside until a time (shelving has a limit always)."""

    alarm: Code
    act: Literal["acknowledge", "shelve", "unshelve"]
    by: By
    until: Millis | None = None
    reason: Text = ""


class DeskState(Payload, frozen=True):
    """Who sits at a console and what he is working on, so that two desks do not do the same."""

    operator: Annotated[str, Meta(max_length=64)]
    role: RoleCode
    since: Millis
    incident: Code | None = None


class SnapshotRequest(Payload, frozen=True):
    """Ask a city to say again everything of one kind (a bank: its whole count)."""

    kind: Literal["units", "hospitals", "incidents", "stock", "aids", "alarms", "blood_orders"]
    key: Code | None = None


class Response(Payload, frozen=True):
    """The answer to the command whose envelope carried `key`.

    `code` and `facts` make the reason in any language; `reason` is it in the sender's.
    """

    key: Code
    accepted: bool
    reason: Text = ""
    code: Code | None = None
    facts: Facts = {}
