"""One row of the audit log: what it says, its canonical bytes, its hash."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple
from uuid import UUID

from dispatch.audit.canonical import Json, canonical

GENESIS = "0" * 64
"""The `prev` of the first row."""

LARGEST_INTEGER = 2**53 - 1  # RFC 8785 knows no larger one
DETAIL_CAP = 262_144  # bytes
_DEPTH_CAP = 32


class Head(NamedTuple):
    """The last row: its number and its hash."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What a row says, before it has its place in the chain. `ts`: milliseconds since 1970 UTC."""

    id: str
    ts: int
    city: str
    actor: str
    role: str
    console: str
    drill: bool
    action: str
    target: str
    detail: dict[str, Json]

    def body(self, seq: int, prev: str) -> bytes:
        """The RFC 8785 canonical JSON of this row at its place."""
        said = {name: getattr(self, name) for name in SAID}
        return canonical({"seq": seq, "prev": prev, **said})

    def row(self, seq: int, digest: str) -> "AuditRow":
        """The row as it stands once committed."""
        return AuditRow(**{name: getattr(self, name) for name in SAID}, seq=seq, hash=digest)


@dataclass(frozen=True, slots=True)
class AuditRow(Entry):
    """A committed row; `hash` is hexadecimal."""

    seq: int
    hash: str


SAID = tuple(field.name for field in fields(Entry))
BODY_FIELDS = frozenset({"seq", "prev", *SAID})


def row_hash(body: bytes) -> str:
    """SHA-256 of 0x00 and the body: the chain link, and the RFC 6962 leaf."""
    return hashlib.sha256(b"\x00" + body).hexdigest()


def plain_detail(detail: Mapping[str, object] | None) -> dict[str, Json]:
    """A copy of `detail` made of integers, strings, booleans, lists and dicts.

    TypeError names the place of anything else (floats too: scale them, `eta_s` instead of minutes);
    ValueError: an integer past 2**53, more than DETAIL_CAP bytes, or nested too deeply.
    """
    copied = {_text(key): _plain(value, f"detail.{key}", 1) for key, value in (detail or {}).items()}
    size = len(canonical(copied))
    if size > DETAIL_CAP:
        raise ValueError(f"detail has {size} bytes; the audit log takes {DETAIL_CAP}: log a summary")
    return copied


def _plain(value: object, place: str, depth: int) -> Json:
    if depth > _DEPTH_CAP:
        raise ValueError(f"{place} is nested more than {_DEPTH_CAP} deep")
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise ValueError(f"{place} is {value}, past 2**53: log it as a string")
        return int(value)
    if isinstance(value, Mapping):
        return {_text(key): _plain(item, f"{place}.{key}", depth + 1) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes | bytearray):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return [_plain(item, f"{place}[{n}]", depth + 1) for n, item in enumerate(items)]
    if isinstance(value, float):
        raise TypeError(f"{place} is the float {value}: log a scaled integer and name its unit, as in eta_s")
    raise TypeError(f"{place} is a {type(value).__name__}: log integers, strings, booleans, lists or dicts")


def _text(value: object) -> str:
    """A string that UTF-8 can carry: a lone surrogate is written as its escape."""
    return str(value).encode("utf-8", "backslashreplace").decode("utf-8")


def entry(
    action: str,
    *,
    ts: int,
    city: str,
    console: str,
    drill: bool,
    actor: str,
    role: str,
    target: str,
    detail: Mapping[str, object] | None,
) -> Entry:
    """A checked entry with a fresh id; TypeError or ValueError as `plain_detail` says."""
    if not action:
        raise ValueError("an audit row needs an action")
    return Entry(
        id=uuid7(ts),
        ts=ts,
        city=_text(city),
        actor=_text(actor),
        role=_text(role),
        console=_text(console),
        drill=drill,
        action=_text(action),
        target=_text(target),
        detail=plain_detail(detail),
    )


def uuid7(milliseconds: int) -> str:
    """A UUID of version 7 (RFC 9562): sorts by time, random in its other 74 bits."""
    random = secrets.randbits(74)
    value = (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | (random >> 62) << 64
    return str(UUID(int=value | 0b10 << 62 | random & (1 << 62) - 1))
