"""Reading a centre's database: by the centre itself, and by whoever only looks."""

import sqlite3
from pathlib import Path

from dispatch.audit.connection import reader
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.domain.orders import Asker, Job, Order, OrderState, RequestId, Step, Token
from dispatch.domain.units import UnitId
from dispatch.language import _

ORDER_COLUMNS = "request, unit, city, node, operator, job, epoch, counter, until_ms"


class CentreUnavailable(DispatchError):
    """The centre's database cannot be used; nothing was decided and nothing may be said."""


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


def read_orders(path: Path, last: int) -> list[Order]:
    """The newest orders of a database, read-only, newest first; CentreUnavailable when it is none."""
    try:
        with reader(path) as connection:
            connection.execute("BEGIN")  # one state, while the centre goes on writing
            newest = connection.execute(
                "SELECT request FROM orders ORDER BY rowid DESC LIMIT ?", (last,)
            ).fetchall()
            found = [read_order(connection, RequestId(request)) for (request,) in newest]
    except FileNotFoundError as error:
        raise CentreUnavailable(_("there are no orders at {file}", file=path)) from error
    except sqlite3.Error as error:
        raise CentreUnavailable(
            _("the orders in {file} cannot be opened: {error}", file=path, error=error)
        ) from error
    return [order for order in found if order is not None]
