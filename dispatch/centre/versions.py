"""Versions of a centre's database: what changed from one to the next, and how to go back."""

import logging
import sqlite3
from pathlib import Path

from dispatch.audit.entry import Entry, Head, entry
from dispatch.audit.schema import CENTRE_APPLICATION_ID
from dispatch.audit.steps import Schema, Step
from dispatch.audit.versions import Change, upgrade
from dispatch.centre import claims_tables, tables
from dispatch.clock import from_epoch_ms
from dispatch.language import N_

_journal = logging.getLogger(__name__)
SCHEMA = Schema(
    N_("database of a city's centre"),
    CENTRE_APPLICATION_ID,
    (
        Step(
            version=2,
            about=N_(
                "every table of this version is there: blood orders, shelves, requests for help, claims"
            ),
            forward=(*tables.TABLES, *claims_tables.TABLES),
            back=(),  # version 1 made what it missed at each start and leaves other tables alone
        ),
    ),
)


def brought_up(
    connection: sqlite3.Connection, path: Path, head: Head, *, city: str, node: str, drill: bool, now_ms: int
) -> Head:
    """An older database brought to this version, after a copy; AuditUnavailable when it cannot be."""

    def note(change: Change) -> Entry:
        detail = {"from": change.before, "to": change.after, "copy": change.copy.name}
        return entry("schema.changed", ts=now_ms, city=city, console=node, drill=drill, actor="centre",
                     role="program", target=path.name, detail=detail)  # fmt: skip

    head, change = upgrade(connection, path, SCHEMA, head, note, from_epoch_ms(now_ms))
    if change is not None:
        _journal.warning(
            "%s brought from version %s to %s; copy: %s", path, change.before, change.after, change.copy
        )
    return head
