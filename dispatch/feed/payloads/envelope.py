"""The envelope of every message, the kinds there are, how large each may be; reading and writing them."""

from typing import Annotated, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from dispatch.feed.payloads.aids import AidAnswer, AidRequest, AidsSnapshot
from dispatch.feed.payloads.blood import BankChange, BankDays, BankStock
from dispatch.feed.payloads.blood_orders import BloodAct, BloodHold, BloodOrdersSnapshot
from dispatch.feed.payloads.claims import ClaimsSay
from dispatch.feed.payloads.desks import (
    AlarmAct,
    AlarmsSnapshot,
    DeskState,
    NodeState,
    Response,
    SnapshotRequest,
)
from dispatch.feed.payloads.evidence import AuditCheckpoint, AuditCosignature
from dispatch.feed.payloads.ground import Code, Count, Millis, Payload, Source
from dispatch.feed.payloads.incidents import IncidentChange, IncidentOpen, IncidentRecord, IncidentTimeline
from dispatch.feed.payloads.orders import (
    OrderAnswer,
    OrderCancel,
    OrderCommit,
    OrderQuery,
    OrderRequest,
    UnitOrder,
    UnitReport,
)
from dispatch.feed.payloads.units import (
    CrossingsSnapshot,
    HospitalsSnapshot,
    UnitHeard,
    UnitPosition,
    UnitSet,
    UnitsSnapshot,
    UnitState,
    UnitStatus,
    UnitTakeTo,
    UnitTelephoned,
)

D = TypeVar("D", bound=Payload)


class Envelope(Struct, Generic[D], frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
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
    "bank.days": BankDays,
    "snapshot.units": UnitsSnapshot,
    "snapshot.hospitals": HospitalsSnapshot,
    "snapshot.crossings": CrossingsSnapshot,
    "node.state": NodeState,
    "unit.state": UnitState,
    "unit.heard": UnitHeard,
    "incident.timeline": IncidentTimeline,
    "snapshot.aids": AidsSnapshot,
    "snapshot.alarms": AlarmsSnapshot,
    "snapshot.blood_orders": BloodOrdersSnapshot,
    "desk.state": DeskState,
    "cmd.incident.open": IncidentOpen,
    "cmd.incident.change": IncidentChange,
    "cmd.unit.set": UnitSet,
    "cmd.unit.take_to": UnitTakeTo,
    "cmd.unit.telephoned": UnitTelephoned,
    "cmd.aid.request": AidRequest,
    "cmd.aid.answer": AidAnswer,
    "cmd.alarm.act": AlarmAct,
    "cmd.claims.say": ClaimsSay,
    "cmd.blood.hold": BloodHold,
    "cmd.blood.act": BloodAct,
    "cmd.snapshot.request": SnapshotRequest,
    "response": Response,
    "cmd.order.request": OrderRequest,
    "cmd.order.commit": OrderCommit,
    "cmd.order.cancel": OrderCancel,
    "cmd.order.query": OrderQuery,
    "order.answer": OrderAnswer,
    "unit.order": UnitOrder,
    "unit.report": UnitReport,
    "audit.checkpoint": AuditCheckpoint,
    "audit.cosignature": AuditCosignature,
}
"""Payload type (also `Envelope.type`, also `topics.parse(...).kind`) -> model of its `data`."""


SIZE_CAP: dict[str, int] = {
    "unit.position": 2_048,
    "unit.status": 4_096,
    "incident": 16_384,
    "bank.stock": 4_194_304,
    "bank.change": 1_048_576,
    "bank.days": 524_288,
    "snapshot.units": 8_388_608,
    "snapshot.hospitals": 1_048_576,
    "snapshot.crossings": 131_072,
    "snapshot.aids": 4_194_304,
    "snapshot.alarms": 8_388_608,
    "snapshot.blood_orders": 8_388_608,
    "cmd.blood.act": 65_536,
    "incident.timeline": 262_144,
    "node.state": 4_096,
    "cmd.claims.say": 131_072,
    "audit.checkpoint": 131_072,
    "audit.cosignature": 65_536,
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
