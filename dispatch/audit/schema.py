"""The one table of the audit log: append-only, searchable, the same on every machine."""

import hashlib
import json
import sqlite3

from sqlite_utils import Database

from dispatch.audit.entry import GENESIS

APPLICATION_ID = 0x435A5441  # "CZTA", shown by `file`
CENTRE_APPLICATION_ID = 0x435A5443  # "CZTC": the log lies beside the tables of a city's centre
VERSION = 1

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


def create(connection: sqlite3.Connection) -> None:
    """Make the table, its indexes and triggers in an empty database, all or nothing."""
    database = Database(connection, execute_plugins=False)
    with database.atomic():
        database.execute(_TABLE.strip())
        for column in _INDEXED:
            database.table("audit").create_index([column], index_name=f"audit_{column}")
        for trigger in _TRIGGERS:
            database.execute(trigger.strip())
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")


def is_empty(connection: sqlite3.Connection) -> bool:
    """Whether nothing was ever created in this database."""
    return int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]) == 0


def differences(connection: sqlite3.Connection) -> list[str]:
    """What differs from the schema this program makes: a removed trigger, a changed table.

    In a centre's database only what belongs to the log is compared.
    """
    alone = _application(connection) != CENTRE_APPLICATION_ID
    expected, found = _expected(), _objects(connection, alone=alone)
    missing = [f"{kind} {name} is missing" for kind, name in expected.keys() - found.keys()]
    foreign = [f"{kind} {name} does not belong" for kind, name in found.keys() - expected.keys()]
    changed = [
        f"{kind} {name} was changed"
        for kind, name in expected.keys() & found.keys()
        if expected[kind, name] != found[kind, name]
    ]
    return sorted(missing + changed + foreign)


def fingerprint(connection: sqlite3.Connection) -> str:
    """SHA-256, in hexadecimal, over the text of the log's table, indexes and triggers as they stand."""
    alone = _application(connection) != CENTRE_APPLICATION_ID
    parts = sorted((*key, sql) for key, sql in _objects(connection, alone=alone).items())
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()


def _expected() -> dict[tuple[str, str], str]:
    connection = sqlite3.connect(":memory:")
    try:
        create(connection)
        return _objects(connection)
    finally:
        connection.close()


def _application(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA application_id").fetchone()[0])


def _objects(connection: sqlite3.Connection, *, alone: bool = True) -> dict[tuple[str, str], str]:
    rows = connection.execute(
        "SELECT type, name, ifnull(sql, '') FROM sqlite_master "
        "WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!' AND (? OR tbl_name = 'audit')",
        (alone,),
    )
    return {(str(kind), str(name)): str(sql) for kind, name, sql in rows}
