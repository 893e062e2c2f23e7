"""Two signatures under a handover sheet: one row of the audit log that carries the sheet and its hash."""

import base64
import hashlib
import zlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import rfc8785
from pydantic import ValidationError

from dispatch.audit.entry import AuditRow
from dispatch.audit.log import AuditLog
from dispatch.causes import cause
from dispatch.clock import from_epoch_ms
from dispatch.domain.errors import DispatchError
from dispatch.domain.operators import By
from dispatch.handover.model import HandoverSheet
from dispatch.language import _
from dispatch.text import safe_text

SIGNED = "handover.signed"
FOLDER = "handovers"
_PLAIN_BYTES = 100_000
"""A longer sheet is stored compressed: a row of the log takes 256 KiB."""
_LARGEST_BYTES = 50_000_000
_REMARKS_LENGTH = 1_000


@dataclass(frozen=True, slots=True)
class Signed:
    """A sheet with both names under it; `digest` is the SHA-256 of its canonical JSON, in hexadecimal."""

    sheet: HandoverSheet
    outgoing: str
    incoming: str
    remarks: str
    digest: str
    at: datetime


def canonical(sheet: HandoverSheet) -> bytes:
    """The sheet as RFC 8785 JSON: the same sheet, the same bytes."""
    return rfc8785.dumps(_ordered(sheet.model_dump(mode="json")))


def _ordered(value: Any, key: str = "") -> Any:
    """A copy in which sets, which have no order, are sorted."""
    if isinstance(value, dict):
        return {name: _ordered(item, name) for name, item in value.items()}
    if isinstance(value, list):
        items = [_ordered(item) for item in value]
        return sorted(items, key=str) if key == "needs" else items
    return value


async def sign(
    sheet: HandoverSheet, *, audit: AuditLog, outgoing: By, incoming: By, remarks: str = ""
) -> Signed:
    """Both have signed. Returns once the row is on the disk; AuditUnavailable: nobody has signed.

    DispatchError when it is one person on both sides.
    """
    if outgoing.operator == incoming.operator:
        raise DispatchError(_("a handover needs two people: {name} is on both sides", name=outgoing.operator))
    said = canonical(sheet)
    digest = hashlib.sha256(said).hexdigest()
    kept = safe_text(remarks.strip(), _REMARKS_LENGTH)
    detail: dict[str, object] = {
        "sha256": digest,
        "outgoing": outgoing.operator,
        "incoming": incoming.operator,
        "incoming_role": incoming.role.value,
        "remarks": kept,
        **_carried(said),
    }
    if outgoing.break_glass or incoming.break_glass:
        detail["break_glass"] = 1
    row = await audit.append(
        SIGNED, actor=outgoing.operator, role=outgoing.role.value, target=sheet.city, detail=detail
    )
    at = from_epoch_ms(row.ts)
    return Signed(sheet, outgoing.operator, incoming.operator, kept, digest, at)


def _carried(said: bytes) -> dict[str, str]:
    if len(said) <= _PLAIN_BYTES:
        return {"sheet": said.decode()}
    return {"sheet_zlib": base64.b64encode(zlib.compress(said, 9)).decode()}


def signed_of(row: AuditRow) -> Signed:
    """The signed sheet of a row; DispatchError when it is none, or not the one that was signed."""
    if row.action != SIGNED:
        raise DispatchError(_("row {number} holds no handover", number=row.seq))
    said = _said(row)
    digest = str(row.detail.get("sha256"))
    if hashlib.sha256(said).hexdigest() != digest:
        raise DispatchError(_("row {number}: the sheet is not the one that was signed", number=row.seq))
    try:
        sheet = HandoverSheet.model_validate_json(said)
    except ValidationError as error:
        problem = _("row {number}: another edition wrote this sheet, --json shows it", number=row.seq)
        raise DispatchError(problem) from error
    outgoing, incoming, remarks = (str(row.detail.get(k, "")) for k in ("outgoing", "incoming", "remarks"))
    return Signed(sheet, outgoing, incoming, remarks, digest, from_epoch_ms(row.ts))


def sheet_json(row: AuditRow) -> str:
    """The canonical JSON of a row's sheet as it was signed, whatever edition wrote it."""
    return _said(row).decode("utf-8", "replace")


def _said(row: AuditRow) -> bytes:
    plain, packed = row.detail.get("sheet"), row.detail.get("sheet_zlib")
    if isinstance(plain, str):
        return plain.encode()
    try:
        opened = zlib.decompressobj()
        said = opened.decompress(base64.b64decode(str(packed), validate=True), _LARGEST_BYTES)
    except (ValueError, zlib.error) as error:
        problem = _("row {number}: the sheet cannot be read", number=row.seq)
        raise DispatchError(problem) from error
    return said


def keep(folder: Path, signed: Signed, printed: str) -> Path:
    """Write the printed sheet beside the log, readable by its owner only; DispatchError when that fails."""
    name = f"{signed.sheet.city}-{signed.at:%Y%m%dT%H%M%SZ}-{signed.digest[:8]}.txt"
    path = folder / FOLDER / name
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(printed, "utf-8")
    except OSError as error:
        problem = _("cannot write {file}: {error}", file=path, error=cause(error))
        raise DispatchError(problem) from error
    return path
