"""The one table of the audit log: append-only, searchable, the same on every machine."""

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from dispatch.audit.entry import GENESIS
from dispatch.audit.steps import FIRST, Schema, refuse_newer, version_of
from dispatch.language import N_, say

APPLICATION_ID = 0x435A5441  # "CZTA", shown by `file`
CENTRE_APPLICATION_ID = 0x435A5443  # "CZTC": the log lies beside the tables of a city's centre
CENTRE_VERSION = 2
"""Version of a centre's database; its steps stand in dispatch/centre/versions.py."""
AUDIT = Schema(N_("audit log"), APPLICATION_ID)
"""The log's own table. A step of it is a step of a centre's database as well, where the log lies too."""

_TABLE = """
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  body TEXT NOT NULL,
  hash TEXT NOT NULL,
  id TEXT AS (json_extract(body, '$.id')) VIRTUAL,
  ts INTEGER AS (json_extract(body, '$.ts')) VIRTUAL,
  city TEXT AS (json_extract(body, '$.city')) VIRTUAL,
  actor TEXT AS (json_extract(body, '$.actor')) VIRTUAL,
  role TEXT AS (json_extract(body, '$.role')) VIRTUAL,
  console TEXT AS (json_extract(body, '$.console')) VIRTUAL,
  drill INTEGER AS (json_extract(body, '$.drill')) VIRTUAL,
  action TEXT AS (json_extract(body, '$.action')) VIRTUAL,
  target TEXT AS (json_extract(body, '$.target')) VIRTUAL,
  detail TEXT AS (json_extract(body, '$.detail')) VIRTUAL,
  CHECK (seq = json_extract(body, '$.seq')),
  CHECK (length(hash) = 64)
) STRICT
"""

# A plain index holds no promise: a UNIQUE one would let INSERT OR REPLACE take a row away.
_INDEXED = ("action", "actor", "target", "ts")

_TRIGGERS = (
    """
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only: no row may change'); END
""",
    """
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only: no row may go'); END
""",
    """
CREATE TRIGGER audit_next_seq BEFORE INSERT ON audit
WHEN NEW.seq IS NOT (SELECT ifnull(max(seq), 0) + 1 FROM audit)
BEGIN SELECT RAISE(ABORT, 'the audit log takes only the next number'); END
""",
    f"""
CREATE TRIGGER audit_next_prev BEFORE INSERT ON audit
WHEN json_extract(NEW.body, '$.prev')
  IS NOT ifnull((SELECT hash FROM audit ORDER BY seq DESC LIMIT 1), '{GENESIS}')
BEGIN SELECT RAISE(ABORT, 'the audit log takes only a row that names the one before it'); END
""",  # noqa: S608 - a constant of ours
)

SchemaRow = tuple[str, str, str]
StoredRow = tuple[int, str, str]
"""Number, text and hash of a row."""


def create(
    connection: sqlite3.Connection, version: int | None = None, rows: Iterable[StoredRow] = ()
) -> None:
    """Make the table, its indexes and triggers in an empty database, all or nothing; None: as of now.

    `rows` of an older file, from any number on, are there before the triggers that would refuse them.
    """
    wanted = AUDIT.newest if version is None else version
    database = Database(connection, execute_plugins=False)
    with database.atomic():
        database.execute(_TABLE.strip())
        connection.executemany("INSERT INTO audit (seq, body, hash) VALUES (?, ?, ?)", rows)
        for column in _INDEXED:
            database.table("audit").create_index([column], index_name=f"audit_{column}")
        for trigger in _TRIGGERS:
            database.execute(trigger.strip())
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        for step in AUDIT.between(FIRST, wanted):
            for statement in step.forward:
                database.execute(statement)
        connection.execute(f"PRAGMA user_version = {wanted}")


NO_DELETE = _TRIGGERS[1].strip()
"""The trigger that a rotation takes away and puts back within one transaction."""


def is_empty(connection: sqlite3.Connection) -> bool:
    """Whether nothing was ever created in this database."""
    return int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]) == 0


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as the schema has it; `kind` is SQLite's word: table, index, trigger or view."""

    kind: str
    name: str
    what: str

    def text(self, language: str) -> str:
        """As a phrase."""
        kind = say(language, _KINDS.get(self.kind, self.kind))
        return say(language, self.what, kind=kind, name=self.name)


_KINDS = {"table": N_("table"), "index": N_("index"), "trigger": N_("trigger"), "view": N_("view")}
_MISSING = N_("{kind} {name} is missing")
_FOREIGN = N_("{kind} {name} does not belong")
_CHANGED = N_("{kind} {name} was changed")
NO_LOG = Difference("table", "audit", _MISSING)


@dataclass(frozen=True, slots=True)
class Differences:
    """All of them, as a fact of a fault."""

    found: tuple[Difference, ...]

    def text(self, language: str) -> str:
        return say(language, N_("; ")).join(each.text(language) for each in self.found)


def differences(connection: sqlite3.Connection) -> list[Difference]:
    """What differs from the schema of the file's version: a removed trigger, a changed table.

    In a centre's database only what belongs to the log is compared.
    """
    alone = application_of(connection) != CENTRE_APPLICATION_ID
    expected = _expected(version_of(connection) if alone else AUDIT.newest)
    found = _objects(connection, alone=alone)
    differing = [Difference(*key, _MISSING) for key in expected.keys() - found.keys()]
    differing += [
        Difference(*key, _CHANGED) for key in expected.keys() & found.keys() if expected[key] != found[key]
    ]
    differing += [Difference(*key, _FOREIGN) for key in found.keys() - expected.keys()]
    return sorted(differing, key=lambda one: (one.kind, one.name))


def fingerprint(connection: sqlite3.Connection) -> str:
    """SHA-256, in hexadecimal, over the text of the log's table, indexes and triggers as they stand."""
    alone = application_of(connection) != CENTRE_APPLICATION_ID
    parts = sorted((*key, sql) for key, sql in _objects(connection, alone=alone).items())
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()


def _expected(version: int) -> dict[tuple[str, str], str]:
    connection = sqlite3.connect(":memory:")
    try:
        create(connection, version)
        return _objects(connection)
    finally:
        connection.close()


def application_of(connection: sqlite3.Connection) -> int:
    """The mark that a file carries: which kind of ours it is, if any."""
    return int(connection.execute("PRAGMA application_id").fetchone()[0])


def refuse_ours_if_newer(connection: sqlite3.Connection, path: Path) -> None:
    """AuditUnavailable for an audit log or a centre's database that is newer than this program."""
    match application_of(connection):
        case AUDIT.application_id:
            refuse_newer(connection, path, AUDIT.newest)
        case centre if centre == CENTRE_APPLICATION_ID:
            refuse_newer(connection, path, CENTRE_VERSION)


def _objects(connection: sqlite3.Connection, *, alone: bool = True) -> dict[tuple[str, str], str]:
    rows = connection.execute(
        "SELECT type, name, ifnull(sql, '') FROM sqlite_master "
        "WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!' AND (? OR tbl_name = 'audit')",
        (alone,),
    )
    return {(str(kind), str(name)): str(sql) for kind, name, sql in rows}
