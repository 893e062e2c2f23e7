"""A draft into the tables of a centre's database, inside whatever transaction is open."""

import sqlite3
from collections.abc import Iterable
from typing import TypeAlias

from dispatch.centre import claims_disk
from dispatch.centre.blood_disk import write_blood
from dispatch.centre.draft import Draft
from dispatch.centre.protocol import pending
from dispatch.centre.reading import ORDER_COLUMNS, REPLY
from dispatch.centre.state import Duty
from dispatch.clock import epoch_ms
from dispatch.domain.aid import Aid
from dispatch.domain.alarms import AlarmState
from dispatch.domain.incidents import IncidentId
from dispatch.domain.orders import Order, OrderState
from dispatch.domain.timeline import Entry

ANSWERS_KEPT_MS = 2 * 86_400_000
"""How long a keyed command is answered with what it was answered first."""
_Row: TypeAlias = tuple[str | int | None, ...]


def write_order(connection: sqlite3.Connection, order: Order, now_ms: int) -> None:
    """An order with the new lines of its history, and what its vehicle must be told."""
    execute = connection.execute
    job = None if order.job is None else order.job.model_dump_json()
    execute(
        f"INSERT INTO orders ({ORDER_COLUMNS}, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "  # noqa: S608
        "ON CONFLICT (request) DO UPDATE SET state = excluded.state",
        (order.request, order.unit, *order.asker, order.operator, job, *order.token, order.until_ms,
         order.state.value),
    )  # fmt: skip
    (known,) = execute("SELECT count(*) FROM history WHERE request = ?", (order.request,)).fetchone()
    connection.executemany(
        "INSERT INTO history (request, number, state, at_ms, reason) VALUES (?, ?, ?, ?, ?)",
        [
            (order.request, number, step.state.value, step.at_ms, step.reason)
            for number, step in enumerate(order.steps)
            if number >= known
        ],
    )
    _write_unit(connection, order)
    _write_outbox(connection, order, now_ms)


def _write_unit(connection: sqlite3.Connection, order: Order) -> None:
    if order.state is OrderState.RESERVED:
        connection.execute(
            "INSERT INTO units (unit, request, epoch, counter) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (unit) DO UPDATE "
            "SET request = excluded.request, epoch = excluded.epoch, counter = excluded.counter",
            (order.unit, order.request, *order.token),
        )
    elif not order.state.holds_unit:
        connection.execute(
            "UPDATE units SET request = NULL WHERE unit = ? AND request = ?", (order.unit, order.request)
        )


def _write_outbox(connection: sqlite3.Connection, order: Order, now_ms: int) -> None:
    """What was waiting is answered by the new state; the new state may want something said."""
    connection.execute(
        "UPDATE outbox SET answered_ms = ? WHERE request = ? AND answered_ms IS NULL",
        (now_ms, order.request),
    )
    tell = pending(order)
    if tell is not None:
        connection.execute(
            "INSERT INTO outbox (request, unit, act, put_ms) VALUES (?, ?, ?, ?)",
            (order.request, order.unit, tell.act.value, now_ms),
        )


def write_records(
    connection: sqlite3.Connection, draft: Draft, lines: Iterable[tuple[IncidentId, Entry]]
) -> None:
    """Everything of a draft but its orders and its audit rows."""
    many = connection.executemany
    if draft.incidents:
        many(_INCIDENT, _incident_rows(draft))
    many(
        "INSERT INTO timeline (incident, number, body) VALUES (?, ?, ?)",
        [(number, entry.number, entry.model_dump_json()) for number, entry in lines],
    )
    write_duties(connection, draft.duties.values())
    write_blood(connection, draft)
    many(_AID.format(table="aids"), map(_aid_row, draft.aids.values()))
    many(_AID.format(table="asked"), map(_aid_row, draft.asked.values()))
    many(
        "INSERT OR REPLACE INTO alarms (alarm, open, body) VALUES (?, ?, ?)",
        [
            (one.id, one.state is not AlarmState.CLEARED, one.model_dump_json())
            for one in draft.alarms.values()
        ],
    )
    many("DELETE FROM foreign_units WHERE unit = ?", [(unit,) for unit in draft.foreign])
    many(
        "INSERT INTO foreign_units (unit, body) VALUES (?, ?)",
        [(unit, one.model_dump_json()) for unit, one in draft.foreign.items() if one is not None],
    )
    many(
        "INSERT INTO answers (key, at_ms, body) VALUES (?, ?, ?)",
        [(one.key, draft.now_ms, REPLY.dump_json(one).decode()) for one in draft.replies],
    )
    claims_disk.write(connection, draft.claims, draft.now_ms)


def write_duties(connection: sqlite3.Connection, duties: Iterable[Duty]) -> None:
    connection.executemany(
        "INSERT INTO duties (unit, heard, body) VALUES (?, ?, ?) "
        "ON CONFLICT (unit) DO UPDATE SET heard = excluded.heard, body = excluded.body",
        [(duty.unit.id, duty.heard, duty.model_dump_json()) for duty in duties],
    )


def mark_cleared(connection: sqlite3.Connection, numbers: Iterable[IncidentId]) -> None:
    """They are off the wire."""
    connection.executemany(
        "UPDATE incidents SET cleared = 1 WHERE number = ? AND NOT open", [(number,) for number in numbers]
    )


def drop_old_answers(connection: sqlite3.Connection, now_ms: int) -> None:
    connection.execute("DELETE FROM answers WHERE at_ms < ?", (now_ms - ANSWERS_KEPT_MS,))


_INCIDENT = (
    "INSERT INTO incidents (number, open, ended_ms, body) VALUES (?, ?, ?, ?) ON CONFLICT (number) DO UPDATE "
    "SET open = excluded.open, ended_ms = excluded.ended_ms, body = excluded.body, cleared = 0"
)
_AID = (
    "INSERT INTO {table} (aid, open, changed_ms, body) VALUES (?, ?, ?, ?) ON CONFLICT (aid) DO UPDATE "
    "SET open = excluded.open, changed_ms = excluded.changed_ms, body = excluded.body"
)


def _incident_rows(draft: Draft) -> Iterable[_Row]:
    for one in draft.incidents.values():
        ended_ms = None if one.state.open else draft.state.ended.get(one.id, draft.now_ms)
        yield one.id, one.state.open, ended_ms, one.model_dump_json()


def _aid_row(aid: Aid) -> _Row:
    return aid.id, not aid.state.final, epoch_ms(aid.changed_at), aid.model_dump_json()
