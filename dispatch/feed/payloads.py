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


class Payload(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of every `data` object."""


class Source(Payload, frozen=True):
    """Who sent it. `epoch` grows at each start of the node."""

    city: Code
    node: Code
    epoch: Count


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


class IncidentRecord(Payload, frozen=True):
    """An incident as its own city's centre holds it; no personal data."""

    incident: Code
    state: Literal["waiting", "dispatched", "on_scene", "transporting", "closed"]
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


class UnitDispatch(Payload, frozen=True):
    """Tell a unit to go to an incident, or (with `hospital`) where to take its patient."""

    unit: Code
    incident: Code
    priority: PriorityCode
    lat: Lat
    lon: Lon
    datum: DatumCode
    place: Text
    hospital: Code | None = None


class IncidentOpen(Payload, frozen=True):
    """Ask a city to open an incident taken at this console."""

    incident: IncidentRecord


class BloodLine(Payload, frozen=True):
    """So much of one group."""

    group: GroupCode
    quantity: Annotated[int, Meta(ge=1, le=100_000)]


class BloodRequest(Payload, frozen=True):
    """Ask one bank to pack and send all the lines; accepted or refused as a whole.

    Quantities in the component's own unit. The bank's changed stock follows as a difference.
    """

    request: Code
    bank: Code
    hospital: Code
    component: Code
    lines: Annotated[list[BloodLine], Meta(min_length=1, max_length=8)]
    need_by: Millis


class SnapshotRequest(Payload, frozen=True):
    """Ask a city to say again everything of one kind (a bank: its whole count)."""

    kind: Literal["units", "hospitals", "incidents", "stock"]
    key: Code | None = None


class Response(Payload, frozen=True):
    """The answer to the command whose envelope carried `key`."""

    key: Code
    accepted: bool
    reason: Text = ""


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

    A centre that never heard of it before `good_until` denies it for good. The envelope has no
    `expires_at`: it is asked again after that, for then the denial is what must be heard.
    """

    request: Code
    unit: Code
    operator: Text
    job: OrderJob
    good_until: Millis


class OrderCommit(Payload, frozen=True):
    """Order the unit that was reserved under this token."""

    request: Code
    unit: Code
    operator: Text
    epoch: Count
    counter: Count


class OrderCancel(Payload, frozen=True):
    """Give the unit back: a cancellation before the order, a stand-down after it."""

    request: Code
    unit: Code
    operator: Text


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
    """What a unit's own centre tells it. "go" and "stand_down" are said again until it reports."""

    unit: Code
    request: Code
    epoch: Count
    counter: Count
    act: Literal["go", "stand_down", "heard"]
    job: OrderJob | None = None


class UnitReport(Payload, frozen=True):
    """What a unit tells its centre about the order with this token; "done" until it is "heard"."""

    unit: Code
    request: Code
    epoch: Count
    counter: Count
    said: Literal["acknowledged", "done", "stood_down"]
    ending: Code | None = None


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
    "cmd.unit.dispatch": UnitDispatch,
    "cmd.incident.open": IncidentOpen,
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
