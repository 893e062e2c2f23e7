"""Calls against the audit log: which are as they were written down, erased, changed, or vanished."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from dispatch.audit.read import Filter, rows
from dispatch.calls.commitment import commitment
from dispatch.causes import cause
from dispatch.domain.errors import DispatchError
from dispatch.language import _

NOTED, GONE = "calls.noted", ("calls.erased", "calls.purged")


@dataclass(slots=True)
class Checked:
    """What was found; incidents of calls that are not as the log has them."""

    good: int = 0
    """Calls that are kept, as the log has them."""
    erased: int = 0
    """Calls whose erasure, or end of time, is a row of the log."""
    waiting: int = 0
    """Calls whose commitment the log does not hold yet: it could not be written."""
    foreign: list[str] = field(default_factory=list)
    """Kept, and not as any row has them: changed, or put in beside the console."""
    vanished: list[str] = field(default_factory=list)
    """In the log, and neither kept nor erased by it."""

    @property
    def holds(self) -> bool:
        return not (self.foreign or self.vanished)


def check(calls: Path, log: Path) -> Checked:
    """Compare a file of calls with the audit log of the same console; DispatchError when one cannot be read.

    The log itself is proved by `czt audit verify`.
    """
    noted = {str(row.detail.get("commitment")): row.target for row in rows(log, Filter(action=NOTED))}
    gone = {made for action in GONE for made in _named(log, action)}
    found, kept = Checked(), set[str]()
    for incident, made, logged in _kept(calls):
        kept.add(made)
        if made in noted:
            found.good += 1
        elif not logged:
            found.waiting += 1
        else:
            found.foreign.append(incident)
    found.erased = len((noted.keys() & gone) - kept)
    found.vanished = sorted(noted[made] for made in noted.keys() - gone - kept)
    return found


def _named(log: Path, action: str) -> Iterator[str]:
    for row in rows(log, Filter(action=action)):
        listed = row.detail.get("commitments")
        if isinstance(listed, list):
            yield from map(str, listed)


def _kept(path: Path) -> Iterator[tuple[str, str, bool]]:
    """Incident and commitment of each call, worked out anew, and whether it was logged."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            sql = "SELECT incident, at, telephone, name, said, salt, logged FROM call ORDER BY number"
            for row in connection.execute(sql).fetchall():
                yield row[0], commitment(*row[:6]), bool(row[6])
    except sqlite3.Error as error:
        raise DispatchError(
            _("the calls in {file} cannot be read: {error}", file=path, error=cause(error))
        ) from error
