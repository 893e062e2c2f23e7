"""What the tests of the audit log share besides fixtures."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from dispatch.audit.log import AuditLog

Open = Callable[..., AuditLog]


def tamper(path: Path, *statements: str) -> None:
    """Change a log as somebody with the file could: its triggers dropped, then put back."""
    with closing(sqlite3.connect(path)) as connection, connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _sql in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        for _name, sql in triggers:
            connection.execute(sql)
