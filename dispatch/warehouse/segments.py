"""Audit logs into Parquet, a file for each sealed segment: verified first, resumed where it broke."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dispatch.audit import archive
from dispatch.audit.checkpoint import Opened
from dispatch.audit.read import log_name, stored_row, stored_rows_between
from dispatch.audit.verify import Verification, verify
from dispatch.domain.errors import DispatchError
from dispatch.language import _, current
from dispatch.warehouse.manifest import Manifest, Part
from dispatch.warehouse.rows import Sieve
from dispatch.warehouse.tables import AUDIT, digest_of, write_parquet, writer_name


@dataclass(frozen=True, slots=True)
class Written:
    """What an export of one log came to."""

    log: str
    parts: tuple[Part, ...]
    fresh: int
    """Files that were written now; the others were there."""
    verified: Verification

    @property
    def rows(self) -> int:
        return sum(one.rows for one in self.parts)


def export_log(
    log: Path, folder: Path, sieve: Sieve, *, with_open: bool = False, notes: Sequence[Opened] = ()
) -> Written:
    """Export the sealed segments of a log, and with `with_open` what is not sealed yet.

    The whole log is verified first; `notes` are checkpoints it must fit. DispatchError: a fault in it, or
    nothing can be written.
    """
    found = verify(log, None, notes)
    if found.first_fault is not None:
        raise DispatchError(
            _("nothing was exported, the log has a fault: {fault}", fault=found.first_fault.text(current()))
        )
    name, manifest = (log_name(log) or "czt/unknown").replace("/", "-"), Manifest(folder)
    parts, fresh = [], 0
    for part in _wanted(log, name, sieve, found, with_open=with_open):
        known = manifest.holds(part)
        if known is None:
            known = _write(log, folder, part, sieve)
            manifest.put(known)
            fresh += 1
        parts.append(known)
    _drop_old_open(manifest, name, parts)
    return Written(name, tuple(parts), fresh, found)


def _wanted(log: Path, name: str, sieve: Sieve, found: Verification, *, with_open: bool) -> Iterator[Part]:
    last = archive.start_of(log).head.seq
    for one in archive.segments(log):
        if one.last > last:
            yield _part(log, name, sieve, last + 1, one.last, sealed=True)
            last = one.last
    if with_open and found.rows > last:
        yield _part(log, name, sieve, last + 1, found.rows, sealed=False)


def _part(log: Path, name: str, sieve: Sieve, first: int, last: int, *, sealed: bool) -> Part:
    end = stored_row(log, last)
    if end is None:
        raise DispatchError(_("row {row} is gone from {file}", row=last, file=log))
    ending = f"{first:012d}-{last:012d}" if sealed else f"open-{first:012d}"
    return Part(
        file=f"audit/log={name}/{ending}.parquet",
        schema=AUDIT.schema_name,
        log=name,
        first=first,
        last=last,
        rows=last - first + 1,
        head=end.hash,
        personal=sieve.personal,
        sealed=sealed,
        edition=sieve.rules.edition,
        writer=writer_name(),
    )


def _write(log: Path, folder: Path, part: Part, sieve: Sieve) -> Part:
    said = {
        "czt.log": part.log,
        "czt.first": str(part.first),
        "czt.last": str(part.last),
        "czt.head": part.head,
    }
    said |= {"czt.personal": str(part.personal).lower(), "czt.edition": part.edition}
    rows = (sieve.values(one.body, one.hash) for one in stored_rows_between(log, part.first, part.last))
    count = write_parquet(folder / part.file, AUDIT, rows, said)
    if count != part.rows:
        (folder / part.file).unlink()
        raise DispatchError(
            _("{found} of {rows} rows were found in {file}", found=count, rows=part.rows, file=log)
        )
    return replace(part, sha256=digest_of(folder / part.file))


def _drop_old_open(manifest: Manifest, name: str, parts: Sequence[Part]) -> None:
    """Rows that were open last time are sealed now, and stand in a file of their own."""
    kept = {one.file for one in parts}
    for old in [one for one in manifest.parts.values() if one.log == name and not one.sealed]:
        if old.file not in kept:
            manifest.drop(old.file)
