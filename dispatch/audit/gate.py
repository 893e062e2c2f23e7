"""What an audit log must pass before a console writes into it."""

import sqlite3
from pathlib import Path

from dispatch.audit import archive, chain, schema
from dispatch.audit.connection import DAMAGE
from dispatch.audit.entry import GENESIS, Head
from dispatch.causes import cause
from dispatch.domain.errors import AuditUnavailable
from dispatch.language import _, current

FULL_CHECK_BYTES = 64 * 1024 * 1024  # integrity_check reads this in about a second
TAIL_ROWS = 1000  # chained at each start; `verify` reads all of them


def check(connection: sqlite3.Connection, path: Path) -> Head:
    """Make the schema in a new file, check an old one, and return where the chain stands.

    AuditUnavailable says what is wrong; the file is left as it is, for `verify` and for evidence.
    """
    if schema.is_empty(connection):
        schema.create(connection)
        return Head(0, GENESIS)
    schema.refuse_ours_if_newer(connection, path)
    damage = integrity(connection, quick=path.stat().st_size > FULL_CHECK_BYTES)
    wrong = [damage] if damage else [each.text(current()) for each in schema.differences(connection)]
    fault = None if wrong else chain.first_fault(_tail(connection, path))
    if fault is not None:
        wrong = [fault.text(current())]
    if wrong:
        raise AuditUnavailable(
            _(
                "the audit log {file} cannot be trusted ({wrong}): "
                "keep it as evidence, move it aside, and start with a fresh one",
                file=path,
                wrong=wrong[0],
            )
        )
    last = connection.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(int(last[0]), str(last[1])) if last else Head(0, GENESIS)


def _tail(connection: sqlite3.Connection, path: Path) -> chain.Run:
    """The last rows; a file whose older rows are sealed must begin with a row that a segment has too."""
    run = chain.tail(connection, TAIL_ROWS)
    first = connection.execute("SELECT seq, hash FROM audit ORDER BY seq LIMIT 1").fetchone()
    if run.after or first is None or first[0] == 1 or archive.sealed_hash(path, int(first[0])) != first[1]:
        return run
    return chain.Run(int(first[0]), str(first[1]), chain.links(connection, after=int(first[0])))


def integrity(connection: sqlite3.Connection, *, quick: bool) -> str:
    """What SQLite's own check finds first; empty when all is well."""
    try:
        found = connection.execute(f"PRAGMA {'quick_check' if quick else 'integrity_check'}(1)").fetchone()[0]
    except DAMAGE as error:
        found = cause(error)
    return "" if found == "ok" else _("the file is damaged: {found}", found=found)
