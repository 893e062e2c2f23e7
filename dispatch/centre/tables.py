"""The tables of a centre's database, beside its audit log; what must never happen is refused here too."""

import sqlite3

from dispatch.audit.schema import CENTRE_APPLICATION_ID, CENTRE_VERSION, application_of
from dispatch.centre import claims_tables

TABLES = (
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
    "CREATE INDEX IF NOT EXISTS orders_unit ON orders (unit)",
    # the records of the city: `body` is the JSON of the model of the same name
    """
CREATE TABLE IF NOT EXISTS incidents (
  number TEXT PRIMARY KEY,
  open INTEGER NOT NULL,
  ended_ms INTEGER,
  cleared INTEGER NOT NULL DEFAULT 0,
  body TEXT NOT NULL
) STRICT
""",
    "CREATE INDEX IF NOT EXISTS incidents_at_hand ON incidents (number) WHERE open OR NOT cleared",
    """
CREATE TABLE IF NOT EXISTS timeline (
  incident TEXT NOT NULL REFERENCES incidents (number),
  number INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (incident, number)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TRIGGER IF NOT EXISTS timeline_no_update BEFORE UPDATE ON timeline
BEGIN SELECT RAISE(ABORT, 'the timeline of an incident only grows'); END
""",
    """
CREATE TRIGGER IF NOT EXISTS timeline_no_delete BEFORE DELETE ON timeline
BEGIN SELECT RAISE(ABORT, 'the timeline of an incident only grows'); END
""",
    """
CREATE TRIGGER IF NOT EXISTS timeline_next_number BEFORE INSERT ON timeline
WHEN NEW.number IS NOT (SELECT ifnull(max(number), 0) + 1 FROM timeline WHERE incident = NEW.incident)
BEGIN SELECT RAISE(ABORT, 'the timeline of an incident takes only the next number'); END
""",
    """
CREATE TABLE IF NOT EXISTS duties (unit TEXT PRIMARY KEY, heard INTEGER NOT NULL, body TEXT NOT NULL) STRICT
""",
    """
CREATE TRIGGER IF NOT EXISTS duties_heard_grows BEFORE UPDATE ON duties WHEN NEW.heard < OLD.heard
BEGIN SELECT RAISE(ABORT, 'a vehicle is heard once'); END
""",
    "CREATE TABLE IF NOT EXISTS foreign_units (unit TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT",
    """
CREATE TABLE IF NOT EXISTS aids (
  aid TEXT PRIMARY KEY,
  open INTEGER NOT NULL,
  changed_ms INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT
""",
    "CREATE INDEX IF NOT EXISTS aids_open ON aids (open, changed_ms)",
    """
CREATE TABLE IF NOT EXISTS asked (
  aid TEXT PRIMARY KEY,
  open INTEGER NOT NULL,
  changed_ms INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT
""",
    "CREATE INDEX IF NOT EXISTS asked_open ON asked (open, changed_ms)",
    """
CREATE TABLE IF NOT EXISTS alarms (alarm TEXT PRIMARY KEY, open INTEGER NOT NULL, body TEXT NOT NULL) STRICT
""",
    "CREATE INDEX IF NOT EXISTS alarms_open ON alarms (open)",
    # orders of blood, and the shelves of the city's banks as they said them last
    """
CREATE TABLE IF NOT EXISTS blood_orders (
  id TEXT PRIMARY KEY,
  bank TEXT NOT NULL,
  kept INTEGER NOT NULL,
  changed_ms INTEGER NOT NULL,
  steps INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT
""",
    "CREATE INDEX IF NOT EXISTS blood_orders_kept ON blood_orders (kept, changed_ms)",
    """
CREATE TRIGGER IF NOT EXISTS blood_orders_grow BEFORE UPDATE ON blood_orders
WHEN NEW.steps < OLD.steps OR NEW.bank <> OLD.bank
BEGIN SELECT RAISE(ABORT, 'the history of an order of blood only grows'); END
""",
    """
CREATE TRIGGER IF NOT EXISTS blood_orders_no_delete BEFORE DELETE ON blood_orders
BEGIN SELECT RAISE(ABORT, 'the history of an order of blood only grows'); END
""",
    """
CREATE TABLE IF NOT EXISTS blood_shelves (
  bank TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,
  counted_ms INTEGER NOT NULL,
  whole INTEGER NOT NULL
) STRICT
""",
    """
CREATE TABLE IF NOT EXISTS blood_lots (
  bank TEXT NOT NULL REFERENCES blood_shelves (bank),
  lot TEXT NOT NULL,
  component TEXT NOT NULL,
  blood_group TEXT NOT NULL,
  quantity INTEGER NOT NULL CHECK (quantity >= 0),
  expires_ms INTEGER NOT NULL,
  state TEXT NOT NULL,
  attributes TEXT NOT NULL,
  PRIMARY KEY (bank, lot)
) STRICT, WITHOUT ROWID
""",
    # what of each lot is held, or has left and is still counted: never more than its bank said
    """
CREATE TABLE IF NOT EXISTS blood_taken (
  id TEXT NOT NULL REFERENCES blood_orders (id),
  bank TEXT NOT NULL,
  lot TEXT NOT NULL,
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (id, lot)
) STRICT, WITHOUT ROWID
""",
    "CREATE INDEX IF NOT EXISTS blood_taken_lot ON blood_taken (bank, lot)",
    """
CREATE TRIGGER IF NOT EXISTS blood_taken_on_hand BEFORE INSERT ON blood_taken
WHEN NEW.quantity
  + (SELECT ifnull(sum(quantity), 0) FROM blood_taken WHERE bank = NEW.bank AND lot = NEW.lot)
  > ifnull((
    SELECT quantity FROM blood_lots WHERE bank = NEW.bank AND lot = NEW.lot AND state = 'available'), 0)
BEGIN SELECT RAISE(ABORT, 'more would be held of a lot than is on hand'); END
""",
    # keyed commands: what each was answered, for whoever asks again
    """
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, body TEXT NOT NULL) STRICT
""",
    "CREATE INDEX IF NOT EXISTS answers_at ON answers (at_ms)",
)


def create(connection: sqlite3.Connection) -> None:
    """Make all of them beside a new audit log, all or nothing; a centre's database is left as it is."""
    if application_of(connection) == CENTRE_APPLICATION_ID:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in (*TABLES, *claims_tables.TABLES):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {CENTRE_APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {CENTRE_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
