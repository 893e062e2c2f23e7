"""Putting rows at the end of the chain, inside whatever transaction is open."""

import sqlite3
from collections.abc import Iterable

from dispatch.audit.entry import AuditRow, Entry, Head, row_hash


def append_rows(
    connection: sqlite3.Connection, head: Head, entries: Iterable[Entry]
) -> tuple[list[AuditRow], Head]:
    """The rows as written, and the new head; both count only once the caller has committed."""
    seq, prev = head
    rows: list[AuditRow] = []
    values: list[tuple[int, str, str]] = []
    for one in entries:
        seq += 1
        body = one.body(seq, prev)
        prev = row_hash(body)
        rows.append(one.row(seq, prev))
        values.append((seq, body.decode(), prev))
    connection.executemany("INSERT INTO audit (seq, body, hash) VALUES (?, ?, ?)", values)
    return rows, Head(seq, prev)
