"""Checkpoints of audit logs between centres."""

from typing import Annotated, Literal

from msgspec import Meta

from dispatch.feed.payloads.ground import END, Count, Payload

NoteText = Annotated[str, Meta(min_length=1, max_length=12_000)]
"""A C2SP signed note."""
Hash = Annotated[str, Meta(pattern=rf"^[A-Za-z0-9+/]{{43}}={END}")]
"""32 bytes in base64."""


class Continues(Payload, frozen=True):
    """What shows that the checkpoint continues the first `size` rows (RFC 9162, 2.1.4)."""

    size: Count
    hashes: Annotated[list[Hash], Meta(max_length=64)]


class AuditCheckpoint(Payload, frozen=True):
    """The newest checkpoint of a centre's own log, with the cosignatures that came in."""

    note: NoteText
    continues: Annotated[list[Continues], Meta(max_length=16)] = []


class AuditCosignature(Payload, frozen=True):
    """What another centre found: the note with its cosignature, or beside it the one that it held."""

    verdict: Literal["cosigned", "conflict", "unproven"]
    note: NoteText
    held: NoteText | None = None
