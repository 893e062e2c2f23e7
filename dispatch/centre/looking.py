"""Looking into a centre's database without changing it: records as they lie on the disk."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from dispatch.audit.connection import reader
from dispatch.causes import cause
from dispatch.centre.reading import CentreUnavailable, orders_newest, read_duties, read_timeline
from dispatch.centre.state import Duty
from dispatch.domain.aid import Aid
from dispatch.domain.alarms import Alarm
from dispatch.domain.incidents import Incident, IncidentId
from dispatch.domain.orders import Order
from dispatch.domain.timeline import Entry
from dispatch.language import _

WHOLE = 1_000_000
"""Lines: more than any timeline has."""
R = TypeVar("R")


def read_orders(path: Path, last: int) -> list[Order]:
    """The newest orders, newest first; CentreUnavailable when there is no centre's database."""
    return look(path, lambda connection: orders_newest(connection, last))


def read_incidents(path: Path, last: int) -> list[Incident]:
    """The incidents that were opened last, newest first; errors as `read_orders`."""
    sql = "SELECT body FROM incidents ORDER BY rowid DESC LIMIT ?"
    return look(path, lambda one: [Incident.model_validate_json(body) for body in _bodies(one, sql, last)])


def read_units(path: Path) -> list[Duty]:
    """Every unit's duty by its number; errors as `read_orders`."""
    return look(path, lambda one: [duty for _unit, duty in sorted(read_duties(one).items())])


def read_aids(path: Path, last: int) -> list[Aid]:
    """The requests for help that came last, newest first; errors as `read_orders`."""
    sql = "SELECT body FROM aids ORDER BY rowid DESC LIMIT ?"
    return look(path, lambda one: [Aid.model_validate_json(body) for body in _bodies(one, sql, last)])


def read_alarms(path: Path, last: int) -> list[Alarm]:
    """The alarms that stand, newest first; errors as `read_orders`."""
    sql = "SELECT body FROM alarms WHERE open ORDER BY rowid DESC LIMIT ?"
    return look(path, lambda one: [Alarm.model_validate_json(body) for body in _bodies(one, sql, last)])


def read_lines(path: Path, incident: IncidentId) -> list[Entry]:
    """The whole timeline of an incident, oldest first; errors as `read_orders`."""
    return look(path, lambda connection: read_timeline(connection, incident, WHOLE))


def _bodies(connection: sqlite3.Connection, sql: str, last: int) -> list[str]:
    return [body for (body,) in connection.execute(sql, (last,)).fetchall()]


def look(path: Path, read: Callable[[sqlite3.Connection], R]) -> R:
    try:
        with reader(path) as connection:
            connection.execute("BEGIN")  # one state, while the centre goes on writing
            return read(connection)
    except FileNotFoundError as error:
        raise CentreUnavailable(_("there are no orders at {file}", file=path)) from error
    except sqlite3.Error as error:
        raise CentreUnavailable(
            _("the orders in {file} cannot be opened: {error}", file=path, error=cause(error))
        ) from error
