"""A change of a table is a new version with a step: a database that is out there gets no table by itself."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

from dispatch.audit import schema
from dispatch.audit.schema import AUDIT
from dispatch.centre import tables
from dispatch.centre.versions import SCHEMA

AS_OF = {
    ("audit", 1): "ce00e87b76c91bf1",
    ("centre", 2): "95a1db467f268ff2",
}
"""Fingerprint of every object of a schema at its version. Never changed for a version that was given out."""
SAY = (
    "the tables changed: add a Step with the statements forward and back and count the version on, "
    "then note the new fingerprint {found} here"
)


def fingerprint(connection: sqlite3.Connection) -> str:
    """Of the statements as they were written, without what does not matter: blanks and their order."""
    rows = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
    said = sorted(" ".join(sql.split()) for (sql,) in rows)
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


def test_the_tables_of_a_log_are_those_of_its_version() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        schema.create(connection)
        found = fingerprint(connection)
    assert AS_OF["audit", AUDIT.newest] == found, SAY.format(found=found)


def test_the_tables_of_a_centre_are_those_of_its_version(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "centre.db", isolation_level=None)) as connection:
        schema.create(connection)
        tables.create(connection)
        found = fingerprint(connection)
    assert AS_OF["centre", SCHEMA.newest] == found, SAY.format(found=found)
