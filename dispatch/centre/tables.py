"""The tables of a centre's database, beside its audit log; what must never happen is refused here too."""

import sqlite3

from dispatch.audit.schema import CENTRE_APPLICATION_ID

_TABLES = (
    "CREATE TABLE IF NOT EXISTS centre (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    """
CREATE TABLE IF NOT EXISTS orders (
  request TEXT PRIMARY KEY,
  unit TEXT NOT NULL,
  city TEXT NOT NULL,
  node TEXT NOT NULL,
  operator TEXT NOT NULL,
  job TEXT,
  epoch INTEGER NOT NULL,
  counter INTEGER NOT NULL,
  until_ms INTEGER NOT NULL,
  state TEXT NOT NULL
) STRICT
""",
    # a unit is held by one order at most, whatever a program does
    """
CREATE UNIQUE INDEX IF NOT EXISTS orders_one_holder ON orders (unit)
WHERE state IN ('reserved', 'ordered', 'acked', 'standing_down')
""",
    """
CREATE TABLE IF NOT EXISTS history (
  request TEXT NOT NULL REFERENCES orders (request),
  number INTEGER NOT NULL,
  state TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (request, number)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TRIGGER IF NOT EXISTS history_no_update BEFORE UPDATE ON history
BEGIN SELECT RAISE(ABORT, 'the history of an order only grows'); END
""",
    """
CREATE TRIGGER IF NOT EXISTS history_no_delete BEFORE DELETE ON history
BEGIN SELECT RAISE(ABORT, 'the history of an order only grows'); END
""",
    """
CREATE TABLE IF NOT EXISTS units (
  unit TEXT PRIMARY KEY,
  request TEXT,
  epoch INTEGER NOT NULL,
  counter INTEGER NOT NULL
) STRICT
""",
    """
CREATE TRIGGER IF NOT EXISTS units_token_grows BEFORE UPDATE ON units
WHEN (NEW.epoch, NEW.counter) < (OLD.epoch, OLD.counter)
BEGIN SELECT RAISE(ABORT, 'the token of a unit only grows'); END
""",
    """
CREATE TABLE IF NOT EXISTS outbox (
  number INTEGER PRIMARY KEY,
  request TEXT NOT NULL REFERENCES orders (request),
  unit TEXT NOT NULL,
  act TEXT NOT NULL,
  put_ms INTEGER NOT NULL,
  answered_ms INTEGER
) STRICT
""",
    "CREATE INDEX IF NOT EXISTS outbox_waiting ON outbox (request) WHERE answered_ms IS NULL",
)


def create(connection: sqlite3.Connection) -> None:
    """Make what is missing, all or nothing; an old database is left as it is."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in _TABLES:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {CENTRE_APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
