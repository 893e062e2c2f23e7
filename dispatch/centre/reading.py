"""Reading a centre's database. Whoever only looks into one: looking.py."""

import sqlite3
from collections import deque
from collections.abc import Collection

from pydantic import TypeAdapter

from dispatch.centre.blood_disk import read_blood, read_blood_order, read_blood_with
from dispatch.centre.claims_disk import ClaimsDisk
from dispatch.centre.messages import Reply
from dispatch.centre.state import TIMELINE_KEPT, Duty, State
from dispatch.domain.aid import Aid, AidId
from dispatch.domain.alarms import Alarm
from dispatch.domain.blood_orders import BloodOrder, BloodOrderId
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import Incident, IncidentId
from dispatch.domain.orders import Asker, Job, Order, OrderState, RequestId, Step, Token
from dispatch.domain.timeline import Entry
from dispatch.domain.units import UnitId, UnitStatus

ORDER_COLUMNS = "request, unit, city, node, operator, job, epoch, counter, until_ms"
REPLY = TypeAdapter(Reply)


class CentreUnavailable(DispatchError):
    """The centre's database cannot be used; nothing was decided and nothing may be said."""


class CannotDecide(CentreUnavailable):
    """One message cannot be decided, whatever the disk is like; nothing of it was kept."""


def read_order(connection: sqlite3.Connection, request: RequestId) -> Order | None:
    """One order with its whole history as it lies on the disk."""
    row = connection.execute(f"SELECT {ORDER_COLUMNS} FROM orders WHERE request = ?", (request,)).fetchone()  # noqa: S608
    if row is None:
        return None
    steps = connection.execute(
        "SELECT state, at_ms, reason FROM history WHERE request = ? ORDER BY number", (request,)
    )
    return Order(
        RequestId(row[0]),
        UnitId(row[1]),
        Asker(CityCode(row[2]), row[3]),
        row[4],
        None if row[5] is None else Job.model_validate_json(row[5]),
        Token(row[6], row[7]),
        row[8],
        tuple(Step(OrderState(state), at_ms, reason) for state, at_ms, reason in steps),
    )


def orders_of(connection: sqlite3.Connection, unit: UnitId, since_ms: int) -> list[Order]:
    """Every order of a unit that was open at `since_ms` or began later, oldest first."""
    rows = connection.execute("SELECT request FROM orders WHERE unit = ? ORDER BY rowid", (unit,)).fetchall()
    orders = [read_order(connection, RequestId(request)) for (request,) in rows]
    return [
        one for one in orders if one is not None and (not one.state.final or one.steps[-1].at_ms >= since_ms)
    ]


class PastOnDisk:
    """What is over, read when somebody names it (state.Past)."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.claims = ClaimsDisk(connection)

    def orders_of(self, unit: UnitId, since_ms: int) -> list[Order]:
        return orders_of(self._connection, unit, since_ms)

    def incident(self, number: IncidentId) -> Incident | None:
        body = self._body("SELECT body FROM incidents WHERE number = ?", number)
        return None if body is None else Incident.model_validate_json(body)

    def aid(self, aid: AidId) -> Aid | None:
        body = self._body("SELECT body FROM aids WHERE aid = ?", aid)
        return None if body is None else Aid.model_validate_json(body)

    def lines(self, incident: IncidentId) -> int:
        sql = "SELECT ifnull(max(number), 0) FROM timeline WHERE incident = ?"
        return int(self._connection.execute(sql, (incident,)).fetchone()[0])

    def timeline(self, incident: IncidentId) -> list[Entry]:
        return read_timeline(self._connection, incident, TIMELINE_KEPT)

    def blood_order(self, order: BloodOrderId) -> BloodOrder | None:
        return read_blood_order(self._connection, order)

    def blood_with(self, dins: Collection[str]) -> list[BloodOrder]:
        return read_blood_with(self._connection, dins)

    def reply(self, key: str) -> Reply | None:
        body = self._body("SELECT body FROM answers WHERE key = ?", key)
        return None if body is None else REPLY.validate_json(body)

    def _body(self, sql: str, key: str) -> str | None:
        row = self._connection.execute(sql, (key,)).fetchone()
        return None if row is None else str(row[0])


def read_timeline(connection: sqlite3.Connection, incident: IncidentId, last: int) -> list[Entry]:
    """The newest lines of a timeline, oldest first."""
    rows = connection.execute(
        "SELECT body FROM timeline WHERE incident = ? ORDER BY number DESC LIMIT ?", (incident, last)
    ).fetchall()
    return [Entry.model_validate_json(body) for (body,) in reversed(rows)]


def read_state(connection: sqlite3.Connection, state: State, oldest_ms: int) -> None:
    """Fill an empty state with what is open, what ended after `oldest_ms`, and what is still on the wire.

    Duties are left to whoever knows the fleet: `read_duties`.
    """
    rows = connection.execute("SELECT body, ended_ms FROM incidents WHERE open OR NOT cleared").fetchall()
    for body, ended_ms in rows:
        incident = Incident.model_validate_json(body)
        state.incidents[incident.id] = incident
        if ended_ms is not None:
            state.ended[incident.id] = ended_ms
    _read_timelines(connection, state)
    for table, aids in (("aids", state.aids), ("asked", state.asked)):
        sql = (
            f"SELECT body FROM {table} WHERE open = 1 OR open = 0 AND changed_ms > ? "  # noqa: S608 - ours
            "ORDER BY rowid"
        )
        for (body,) in connection.execute(sql, (oldest_ms,)).fetchall():
            aid = Aid.model_validate_json(body)
            aids[aid.id] = aid
    for (body,) in connection.execute("SELECT body FROM alarms WHERE open = 1 ORDER BY rowid").fetchall():
        alarm = Alarm.model_validate_json(body)
        state.alarms[alarm.id] = alarm
    read_blood(connection, state, oldest_ms)
    for unit, body in connection.execute("SELECT unit, body FROM foreign_units").fetchall():
        state.foreign[UnitId(unit)] = UnitStatus.model_validate_json(body)


def _read_timelines(connection: sqlite3.Connection, state: State) -> None:
    """Of every incident in the state, in one go."""
    newest: dict[IncidentId, deque[Entry]] = {one: deque(maxlen=TIMELINE_KEPT) for one in state.incidents}
    rows = connection.execute(
        "SELECT incident, timeline.body FROM incidents INDEXED BY incidents_at_hand "
        "CROSS JOIN timeline ON timeline.incident = incidents.number "
        "WHERE open OR NOT cleared ORDER BY incident, timeline.number"
    )
    for number, body in rows:
        newest[IncidentId(number)].append(Entry.model_validate_json(body))
    for number, entries in newest.items():
        state.timelines[number] = tuple(entries)
        state.lines[number] = entries[-1].number if entries else 0


def read_duties(connection: sqlite3.Connection) -> dict[UnitId, Duty]:
    """The state of each unit as it was written last."""
    rows = connection.execute("SELECT unit, body FROM duties").fetchall()
    return {UnitId(unit): Duty.model_validate_json(body) for unit, body in rows}


def orders_newest(connection: sqlite3.Connection, last: int) -> list[Order]:
    """The newest orders, newest first."""
    newest = connection.execute("SELECT request FROM orders ORDER BY rowid DESC LIMIT ?", (last,)).fetchall()
    found = [read_order(connection, RequestId(request)) for (request,) in newest]
    return [order for order in found if order is not None]
