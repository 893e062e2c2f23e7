"""The proof that one row stands in a log: a small file that is checked without the log (C2SP tlog-proof).

c2sp.org/tlog-proof@v1
extra <base64: the row itself, its canonical JSON>
index 41
<base64: one hash for each level of the tree>

<the checkpoint, with the cosignatures of the other cities>
"""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dispatch.audit import chain
from dispatch.audit.canonical import canonical
from dispatch.audit.checkpoint import Opened, open_note
from dispatch.audit.entry import BODY_FIELDS, SAID, AuditRow, row_hash
from dispatch.audit.leaves import tree_of
from dispatch.audit.merkle import HASH_BYTES, included
from dispatch.audit.notes import BadNote, PublicKey
from dispatch.audit.read import stored_row
from dispatch.causes import cause
from dispatch.domain.errors import DispatchError
from dispatch.language import _

FIRST_LINE = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,15})")
_LEVELS = 64
_CAP = 1_000_000


@dataclass(frozen=True, slots=True)
class Checked:
    """A proof that holds: the row, and the checkpoint that covers it."""

    row: AuditRow
    opened: Opened


def prove(path: Path, seq: int, opened: Opened) -> str:
    """The proof that row `seq` of the log is among the rows of a checkpoint; DispatchError: it is not."""
    size = opened.checkpoint.size
    if not 1 <= seq <= size:
        raise DispatchError(
            _(
                "row {row} is not among the {size} rows of the checkpoint: give a newer one",
                row=seq,
                size=size,
            )
        )
    stored = stored_row(path, seq)
    if stored is None:
        raise DispatchError(_("row {row} is not in {file}", row=seq, file=path))
    try:
        with tree_of(path) as tree:
            path_up, root = tree.inclusion(seq - 1, size), tree.root(size)
    except ValueError as error:
        raise DispatchError(
            _("the rows of the checkpoint are not all in {file}: {error}", file=path, error=cause(error))
        ) from error
    body = stored.body.encode()
    leaf = bytes.fromhex(row_hash(body))
    if root != opened.checkpoint.root or not included(leaf, seq - 1, size, path_up, root):
        raise DispatchError(
            _(
                "{file} does not hold the history of this checkpoint: czt audit verify says from where on",
                file=path,
            )
        )
    hashes = "".join(f"{base64.b64encode(one).decode()}\n" for one in path_up)
    extra = base64.b64encode(body).decode()
    return f"{FIRST_LINE}\nextra {extra}\nindex {seq - 1}\n{hashes}\n{opened.note.written()}"


def check(text: str, trusted: Iterable[PublicKey]) -> Checked:
    """The row that a proof shows to be in a log; BadNote says why it shows nothing."""
    head, blank, note = text.partition("\n\n")
    lines = head.split("\n")
    if len(text) > _CAP or not blank or len(lines) < 3 or lines[0] != FIRST_LINE:
        raise BadNote(_("this is no proof of a row: make one with czt audit prove"))
    body = _body(lines[1])
    index = _INDEX.fullmatch(lines[2])
    if index is None or len(lines) > _LEVELS + 3:
        raise BadNote(_("the proof does not say which row it is about"))
    path_up = [_hash(line) for line in lines[3:]]
    opened = open_note(note, trusted)
    row = _row(body)
    leaf = bytes.fromhex(row.hash)
    if row.seq != int(index[1]) + 1:
        raise BadNote(_("the row gives another number than the proof"))
    if not included(leaf, row.seq - 1, opened.checkpoint.size, path_up, opened.checkpoint.root):
        raise BadNote(_("the hashes do not lead from this row to the root of the checkpoint"))
    return Checked(row, opened)


def _body(line: str) -> bytes:
    name, space, value = line.partition(" ")
    if name != "extra" or not space:
        raise BadNote(_("the proof does not hold the row itself"))
    return _base64(value)


def _hash(line: str) -> bytes:
    found = _base64(line)
    if len(found) != HASH_BYTES:
        raise BadNote(_("a hash of the proof is no SHA-256"))
    return found


def _base64(text: str) -> bytes:
    try:
        found = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise BadNote(_("not base64")) from error
    if base64.b64encode(found).decode() != text:
        raise BadNote(_("not base64 as it must be written"))
    return found


def _row(body: bytes) -> AuditRow:
    """The row that a body says; it must be one that this log could have written."""
    try:
        said = chain.parse(body)
        written = canonical(said)
    except (ValueError, RecursionError) as error:
        raise BadNote(_("the row in the proof is not written as a row of an audit log is")) from error
    seq, detail = said.get("seq"), said.get("detail")
    if (
        written != body
        or said.keys() != BODY_FIELDS
        or not isinstance(seq, int)
        or not isinstance(detail, dict)
    ):
        raise BadNote(_("the row in the proof is not written as a row of an audit log is"))
    values: dict[str, object] = {name: said[name] for name in SAID}
    return AuditRow(**values, seq=seq, hash=row_hash(body))  # type: ignore[arg-type]
