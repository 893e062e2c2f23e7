"""What a message of the contract says: strict typed envelopes, decoded by msgspec.

All times are integer milliseconds since 1970 UTC. `seq` counts per (node, epoch, topic) from 1
without gaps, so that a gap names what was missed and a subscriber of a part sees no false gap.
`ts_evt` is when it happened (for a position: the time of the fix), `ts_pub` when it was sent.
Unknown fields, NaN and infinity are refused. Coordinates always name their datum.
"""

from typing import Annotated, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

Millis = Annotated[int, Meta(ge=0, le=253_402_300_000_000)]  # the year 9999, as far as dates go
Count = Annotated[int, Meta(ge=0, le=9_007_199_254_740_991)]
END = r"(?!\n)$"
"""The very end, for Python and JSON Schema alike: in Python `$` alone lets a newline by."""
Code = Annotated[str, Meta(min_length=1, max_length=64, pattern=rf"^[A-Za-z0-9][A-Za-z0-9_.:-]*{END}")]
SpeedKmh = Annotated[float, Meta(ge=0, le=400)]  # no ambulance, and no helicopter, is faster
AccuracyM = Annotated[float, Meta(ge=0, le=100_000)]
Text = Annotated[str, Meta(max_length=400)]
Lat = Annotated[float, Meta(ge=-90, le=90)]
Lon = Annotated[float, Meta(ge=-180, le=180)]
DatumCode = Literal["wgs84", "gcj02", "bd09"]
GroupCode = Literal["O-", "O+", "A-", "A+", "B-", "B+", "AB-", "AB+"]
PriorityCode = Literal[1, 2, 3]
EndingCode = Literal[
    "completed", "nobody_to_carry", "aborted", "refused", "cancelled", "duplicate", "transferred"
]
RoleCode = Literal["dispatcher", "blood_staff", "supervisor", "drill_leader", "observer", "program"]
Facts = Annotated[
    dict[Annotated[str, Meta(max_length=32)], Text | Annotated[int, Meta(ge=-(2**53), le=2**53)]],
    Meta(max_length=24),
]


class Payload(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of every `data` object."""


class Source(Payload, frozen=True):
    """Who sent it. `epoch` grows at each start of the node."""

    city: Code
    node: Code
    epoch: Count


class By(Payload, frozen=True):
    """Who does it: the operator signed in at the console, and as what."""

    operator: Annotated[str, Meta(max_length=64)]
    role: RoleCode
    break_glass: bool = False


class UnitPosition(Payload, frozen=True):
    """One fix; its time is the envelope's `ts_evt`."""

    unit: Code
    lat: Lat
    lon: Lon
    datum: DatumCode
    accuracy_m: AccuracyM | None = None
    speed_kmh: SpeedKmh | None = None
    heading_deg: Annotated[float, Meta(ge=0, lt=360)] | None = None


class UnitStatus(Payload, frozen=True):
    """The state of a unit, written by its own city's centre; `since` is when it began."""

    unit: Code
    state: Annotated[int, Meta(ge=0, le=9)]
    since: Millis
    source: Literal["terminal", "desk", "geofence", "other_city"]
    incident: Code | None = None
    destination: Code | None = None
    reason: Text | None = None
    task: Code | None = None


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

    Said when the link is back; the centre compares it with its own history and reports a conflict.
    """

    unit: Code
    incident: Code
    at: Millis
    by: By
    reason: Text
    spoke_to: Text = ""


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


class StockLot(Payload, frozen=True):
    """Units that expire together; quantity in the component's own unit."""

    lot: Code
    component: Code
    group: GroupCode
    quantity: Annotated[int, Meta(ge=0, le=1_000_000)]
    expires_at: Millis
    state: Literal["available", "reserved", "quarantined", "recalled", "issued"] = "available"
    attributes: Annotated[list[Code], Meta(max_length=16)] = []


class BankStock(Payload, frozen=True):
    """A whole count of one bank. `stock_seq` is the number the next difference follows."""

    bank: Code
    stock_seq: Count
    counted_at: Millis
    lots: Annotated[list[StockLot], Meta(max_length=20_000)]


class BankChange(Payload, frozen=True):
    """A difference: it applies to the stock whose `stock_seq` is one less."""

    bank: Code
    stock_seq: Count
    counted_at: Millis
    put: Annotated[list[StockLot], Meta(max_length=20_000)] = []
    removed: Annotated[list[Code], Meta(max_length=20_000)] = []


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


class HospitalsSnapshot(Payload, frozen=True):
    """Every hospital of a city that reports."""

    hospitals: Annotated[list[HospitalSnapshot], Meta(max_length=5_000)]


class NodeState(Payload, frozen=True):
    """Birth, heartbeat and Will of a program."""

    state: Literal["online", "offline"]
    kind: Literal["console", "centre", "simulator", "gateway", "replay"]
    version: Text = ""


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


class BloodLine(Payload, frozen=True):
    """So much of one group."""

    group: GroupCode
    quantity: Annotated[int, Meta(ge=1, le=100_000)]


class BloodRequest(Payload, frozen=True):
    """Ask one bank to pack and send all the lines; accepted or refused as a whole.

    Quantities in the component's own unit; every lot sent must have the `attributes`. The bank's changed
    stock follows as a difference.
    """

    request: Code
    bank: Code
    hospital: Code
    component: Code
    lines: Annotated[list[BloodLine], Meta(min_length=1, max_length=8)]
    need_by: Millis
    attributes: Annotated[list[Code], Meta(max_length=16)] = []


class SnapshotRequest(Payload, frozen=True):
    """Ask a city to say again everything of one kind (a bank: its whole count)."""

    kind: Literal["units", "hospitals", "incidents", "stock", "aids", "alarms"]
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


class OrderJob(Payload, frozen=True):
    """What a crew is told to do; no personal data."""

    incident: Code
    priority: PriorityCode
    lat: Lat
    lon: Lon
    datum: DatumCode
    place: Text
    hospital: Code | None = None


class OrderRequest(Payload, frozen=True):
    """Reserve a unit. `request` is made once for each decision.

    `aid`: the request for help under which another city's unit is ordered; none: a unit of the own city.
    A centre that never heard of it before `good_until` denies it for good. The envelope has no
    `expires_at`: it is asked again after that, for then the denial is what must be heard.
    """

    request: Code
    unit: Code
    operator: Text
    job: OrderJob
    good_until: Millis
    aid: Code | None = None
    role: RoleCode = "dispatcher"


class OrderCommit(Payload, frozen=True):
    """Order the unit that was reserved under this token."""

    request: Code
    unit: Code
    operator: Text
    epoch: Count
    counter: Count
    role: RoleCode = "dispatcher"


class OrderCancel(Payload, frozen=True):
    """Give the unit back: a cancellation before the order, a stand-down after it."""

    request: Code
    unit: Code
    operator: Text
    role: RoleCode = "dispatcher"


class OrderQuery(Payload, frozen=True):
    """Tell again what became of a request."""

    request: Code
    unit: Code


class OrderStep(Payload, frozen=True):
    """One line of an order's history; `reason` is a code."""

    state: Literal[
        "reserved",
        "ordered",
        "acked",
        "standing_down",
        "done",
        "stood_down",
        "denied",
        "expired",
        "cancelled",
    ]
    at: Millis
    reason: Text = ""


class OrderAnswer(Payload, frozen=True):
    """The whole history of a request so far; without steps: this centre never heard of it.

    (`epoch`, `counter`) is the fencing token; `until` ends a reservation, and nothing else.
    """

    request: Code
    unit: Code
    steps: Annotated[list[OrderStep], Meta(max_length=16)] = []
    epoch: Count = 0
    counter: Count = 0
    until: Millis = 0


class UnitOrder(Payload, frozen=True):
    """What a unit's own centre tells it. All but "heard" are said again until it reports.

    "take_to" names the hospital (in the job) to a crew that holds the order.
    """

    unit: Code
    request: Code
    epoch: Count
    counter: Count
    act: Literal["go", "stand_down", "heard", "take_to"]
    job: OrderJob | None = None


class UnitReport(Payload, frozen=True):
    """What a unit tells its centre about the order with this token; "done" until it is "heard"."""

    unit: Code
    request: Code
    epoch: Count
    counter: Count
    said: Literal["acknowledged", "done", "stood_down", "taking_to"]
    ending: Code | None = None
    hospital: Code | None = None


D = TypeVar("D", bound=Payload)


class Envelope(Struct, Generic[D], frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What every message of the contract wears. `key`: idempotency key of a command (UUIDv7)."""

    v: Literal[1]
    type: str
    src: Source
    seq: Count
    ts_evt: Millis
    ts_pub: Millis
    drill: bool
    data: D
    key: Code | None = None
    reply_to: Annotated[str, Meta(max_length=200)] | None = None
    expires_at: Millis | None = None


PAYLOADS: dict[str, type[Payload]] = {
    "unit.position": UnitPosition,
    "unit.status": UnitStatus,
    "incident": IncidentRecord,
    "bank.stock": BankStock,
    "bank.change": BankChange,
    "snapshot.units": UnitsSnapshot,
    "snapshot.hospitals": HospitalsSnapshot,
    "node.state": NodeState,
    "unit.state": UnitState,
    "unit.heard": UnitHeard,
    "incident.timeline": IncidentTimeline,
    "snapshot.aids": AidsSnapshot,
    "snapshot.alarms": AlarmsSnapshot,
    "desk.state": DeskState,
    "cmd.incident.open": IncidentOpen,
    "cmd.incident.change": IncidentChange,
    "cmd.unit.set": UnitSet,
    "cmd.unit.take_to": UnitTakeTo,
    "cmd.unit.telephoned": UnitTelephoned,
    "cmd.aid.request": AidRequest,
    "cmd.aid.answer": AidAnswer,
    "cmd.alarm.act": AlarmAct,
    "cmd.blood.request": BloodRequest,
    "cmd.snapshot.request": SnapshotRequest,
    "response": Response,
    "cmd.order.request": OrderRequest,
    "cmd.order.commit": OrderCommit,
    "cmd.order.cancel": OrderCancel,
    "cmd.order.query": OrderQuery,
    "order.answer": OrderAnswer,
    "unit.order": UnitOrder,
    "unit.report": UnitReport,
}
"""Payload type (also `Envelope.type`, also `topics.parse(...).kind`) -> model of its `data`."""

SIZE_CAP: dict[str, int] = {
    "unit.position": 2_048,
    "unit.status": 4_096,
    "incident": 16_384,
    "bank.stock": 4_194_304,
    "bank.change": 1_048_576,
    "snapshot.units": 8_388_608,
    "snapshot.hospitals": 1_048_576,
    "snapshot.aids": 4_194_304,
    "snapshot.alarms": 8_388_608,
    "incident.timeline": 262_144,
    "node.state": 4_096,
}
"""Bytes a message of a kind may have before it is decoded; other kinds: DEFAULT_SIZE_CAP."""
DEFAULT_SIZE_CAP = 16_384

_encoder = msgspec.json.Encoder()
_decoders = {kind: msgspec.json.Decoder(Envelope[model]) for kind, model in PAYLOADS.items()}  # type: ignore[valid-type]


def encode(envelope: Envelope[D]) -> bytes:
    """The envelope as UTF-8 JSON."""
    return _encoder.encode(envelope)


def decode(kind: str, raw: bytes) -> Envelope[Payload]:
    """Decode one message of a known kind; msgspec.DecodeError or ValidationError when malformed.

    KeyError for a kind the contract does not know; RecursionError never leaves msgspec as such.
    """
    return _decoders[kind].decode(raw)


def size_cap(kind: str) -> int:
    """The largest message of this kind that is decoded at all, in bytes."""
    return SIZE_CAP.get(kind, DEFAULT_SIZE_CAP)
