"""Audit logs as a report takes them: proved first, each row once, drill and real apart."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from dispatch.audit.entry import AuditRow
from dispatch.audit.read import Filter, rows
from dispatch.audit.verify import verify
from dispatch.domain.errors import AuditUnavailable, DispatchError
from dispatch.language import LANGUAGES, _

Kind = Literal["console", "centre", "empty"]
_YEAR_10000_MS = 253_402_300_800_000
"""No clock says this: a row that does cannot be placed in time, and is left out."""


@dataclass(frozen=True, slots=True)
class Log:
    """One file: what it is, whether it is whole, and those of its rows that no earlier file held."""

    name: str
    kind: Kind
    city: str
    node: str
    whole: bool
    faults: dict[str, str]
    """The first fault in each language; empty when there is none."""
    read: int
    """Rows in front of the first fault and in the time asked for: only these count."""
    again: int
    """Rows that an earlier file held too, left out here."""
    rows: tuple[AuditRow, ...]


def read_logs(
    paths: Sequence[Path], since: datetime | None = None, until: datetime | None = None
) -> list[Log]:
    """Every log, in the order given; DispatchError: a file is not there, or is no audit log at all.

    All of each log is proved; of its rows only those from `since` on and before `until` are taken.
    """
    seen: set[str] = set()
    return [_read(path, seen, Filter(since=since, until=until)) for path in paths]


def _read(path: Path, seen: set[str], only: Filter) -> Log:
    if not path.is_file():
        raise DispatchError(_("there is no audit log at {file}", file=path))
    proof = verify(path)
    try:
        good = [row for row in rows(path, only) if row.seq <= proof.rows and 0 <= row.ts < _YEAR_10000_MS]
    except AuditUnavailable as error:
        if proof.rows == 0:
            raise DispatchError(str(error)) from error
        good = []
    fresh = tuple(row for row in good if row.hash not in seen)
    seen |= {row.hash for row in good}
    fault = proof.first_fault
    return Log(
        name=path.name if path.name != "centre.db" else f"{path.parent.name}/{path.name}",
        kind=_kind(good),
        city=good[0].city if good else "",
        node=good[0].console if good else "",
        whole=proof.ok,
        faults={} if fault is None else {language: fault.text(language) for language in LANGUAGES},
        read=len(good),
        again=len(good) - len(fresh),
        rows=fresh,
    )


def _kind(found: Sequence[AuditRow]) -> Kind:
    """A centre's log begins anew with each start of the centre, a console's never says that it started."""
    if not found:
        return "empty"
    by_centre = any(row.action == "centre.started" for row in found) or found[0].console == "centre"
    return "centre" if by_centre else "console"


def chosen_kind(logs: Iterable[Log], drill: bool | None) -> bool:
    """Whether drills are meant; None: real rows if there are any, else the drill's."""
    if drill is not None:
        return drill
    kinds = {row.drill for log in logs for row in log.rows}
    return kinds == {True}


def of_kind(logs: Iterable[Log], *, drill: bool) -> tuple[list[Log], int]:
    """The same logs with rows of drills only, or without any, and how many rows that leaves out."""
    kept, left_out = [], 0
    for log in logs:
        some = tuple(row for row in log.rows if row.drill is drill)
        left_out += len(log.rows) - len(some)
        kept.append(
            Log(log.name, log.kind, log.city, log.node, log.whole, log.faults, log.read, log.again, some)
        )
    return kept, left_out
