"""A centre's memory on disk: orders, histories, what vehicles must be told, and the audit rows.

One SQLite file, one writer. A decision and its audit rows are one transaction: either all of it is
on the disk, or nothing of it was ever said.
"""

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dispatch.audit import connection as connections
from dispatch.audit import gate
from dispatch.audit.append import append_rows
from dispatch.audit.entry import Entry, entry
from dispatch.centre import tables
from dispatch.centre.book import Book
from dispatch.centre.messages import Input, Tell
from dispatch.centre.protocol import LEASE_MS, Decision, Effect, Note, decide, pending
from dispatch.centre.reading import ORDER_COLUMNS, CentreUnavailable, read_order
from dispatch.domain.errors import AuditUnavailable
from dispatch.domain.geography import CityCode
from dispatch.domain.orders import Order, OrderState, RequestId, Token
from dispatch.domain.units import UnitId
from dispatch.language import _

_HOLDING = tuple(state.value for state in OrderState if state.holds_unit)


class Store:
    """The ledger of one city on disk. `take` and `pending` may be called from any thread, one at a time."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        lock: int,
        head: gate.Head,
        *,
        city: CityCode,
        node: str,
        units: Iterable[UnitId],
        drill: bool,
    ) -> None:
        self._connection, self._lock, self.head = connection, lock, head
        self._node, self._drill = node, drill
        self._door = threading.Lock()  # a cancelled task leaves its thread at work: nothing closes under it
        self._book = Book(city, Token(0, 0), frozenset(units))

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        city: CityCode,
        node: str,
        units: Iterable[UnitId],
        now_ms: int,
        drill: bool = False,
    ) -> "Store":
        """Open or make the database and begin a new epoch; CentreUnavailable says what is wrong."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = connections.lock(path)
        except (AuditUnavailable, OSError) as error:
            raise CentreUnavailable(
                _("the orders in {file} cannot be opened: {error}", file=path, error=error)
            ) from error
        connection: sqlite3.Connection | None = None
        try:
            connection = connections.writer(path)
            head = gate.check(connection, path)
            tables.create(connection)
            store = cls(connection, lock, head, city=city, node=node, units=units, drill=drill)
            store._begin(now_ms)
        except BaseException as error:
            if connection is not None:
                connection.close()
            os.close(lock)
            if isinstance(error, AuditUnavailable | sqlite3.Error | OSError):
                raise CentreUnavailable(
                    _("the orders in {file} cannot be opened: {error}", file=path, error=error)
                ) from error
            raise
        return store

    def close(self) -> None:
        """Close the file and let another program have it."""
        with self._door:
            self._connection.close()
            os.close(self._lock)

    # --- what the centre knows (protocol.Ledger) --------------------------------------------------

    @property
    def city(self) -> CityCode:
        return self._book.city

    @property
    def last_token(self) -> Token:
        return self._book.last_token

    def order(self, request: RequestId) -> Order | None:
        return self._book.order(request) or self._read(request)

    def holder(self, unit: UnitId) -> Order | None:
        return self._book.holder(unit)

    def held(self) -> Iterable[Order]:
        return self._book.held()

    def refusal(self, unit: UnitId) -> str:
        return self._book.refusal(unit)

    def pending(self) -> list[Tell]:
        """What vehicles must be told until they answer, oldest first: the waiting rows of the outbox."""
        with self._door:
            rows = self._connection.execute(
                "SELECT request FROM outbox WHERE answered_ms IS NULL ORDER BY number"
            ).fetchall()
        orders = [self._book.orders[RequestId(request)] for (request,) in rows]
        return [tell for tell in map(pending, orders) if tell is not None]

    # --- deciding ---------------------------------------------------------------------------------

    def take(self, inputs: Sequence[Input], now_ms: int, lease_ms: int = LEASE_MS) -> list[Effect]:
        """Decide about all of `inputs` in one transaction, and return what may be said now.

        CentreUnavailable: nothing was decided (a full disk, a damaged file), and the centre knows
        what it knew before.
        """
        effects: list[Effect] = []
        with self._transaction():
            for said in inputs:
                decision = decide(self, said, now_ms, lease_ms)
                self._write(decision, now_ms)
                effects += decision.effects
        return effects

    def commit(self, decision: Decision, now_ms: int) -> None:
        """One decision that was made elsewhere, in a transaction of its own; CentreUnavailable as `take`."""
        with self._transaction():
            self._write(decision, now_ms)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._door:
            head = self.head
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield
                self._connection.execute("COMMIT")
            except BaseException as error:
                self._undo(head)
                if isinstance(error, sqlite3.Error | ValueError):
                    raise CentreUnavailable(
                        _("the orders cannot be written: {error}", error=error)
                    ) from error
                raise

    def _write(self, decision: Decision, now_ms: int) -> None:
        """One decision into the open transaction and into memory."""
        for order in decision.changed:
            self._write_order(order, now_ms)
        rows = [self._entry(note, now_ms) for note in decision.notes]
        _written, self.head = append_rows(self._connection, self.head, rows)
        self._book.apply(decision)
        for order in decision.changed:
            if not order.state.holds_unit:
                self._book.orders.pop(order.request, None)  # from now on it is read from the disk

    def _write_order(self, order: Order, now_ms: int) -> None:
        execute = self._connection.execute
        job = None if order.job is None else order.job.model_dump_json()
        execute(
            f"INSERT INTO orders ({ORDER_COLUMNS}, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "  # noqa: S608
            "ON CONFLICT (request) DO UPDATE SET state = excluded.state",
            (order.request, order.unit, *order.asker, order.operator, job, *order.token, order.until_ms,
             order.state.value),
        )  # fmt: skip
        (known,) = execute("SELECT count(*) FROM history WHERE request = ?", (order.request,)).fetchone()
        self._connection.executemany(
            "INSERT INTO history (request, number, state, at_ms, reason) VALUES (?, ?, ?, ?, ?)",
            [
                (order.request, number, step.state.value, step.at_ms, step.reason)
                for number, step in enumerate(order.steps)
                if number >= known
            ],
        )
        self._write_unit(order)
        self._write_outbox(order, now_ms)

    def _write_unit(self, order: Order) -> None:
        if order.state is OrderState.RESERVED:
            self._connection.execute(
                "INSERT INTO units (unit, request, epoch, counter) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (unit) DO UPDATE "
                "SET request = excluded.request, epoch = excluded.epoch, counter = excluded.counter",
                (order.unit, order.request, *order.token),
            )
        elif not order.state.holds_unit:
            self._connection.execute(
                "UPDATE units SET request = NULL WHERE unit = ? AND request = ?", (order.unit, order.request)
            )

    def _write_outbox(self, order: Order, now_ms: int) -> None:
        """What was waiting is answered by the new state; the new state may want something said."""
        self._connection.execute(
            "UPDATE outbox SET answered_ms = ? WHERE request = ? AND answered_ms IS NULL",
            (now_ms, order.request),
        )
        tell = pending(order)
        if tell is not None:
            self._connection.execute(
                "INSERT INTO outbox (request, unit, act, put_ms) VALUES (?, ?, ?, ?)",
                (order.request, order.unit, tell.act.value, now_ms),
            )

    def _entry(self, note: Note, now_ms: int) -> Entry:
        return entry(
            note.action,
            ts=now_ms,
            city=self.city,
            console=self._node,
            drill=self._drill,
            actor=note.actor,
            role=note.role,
            target=note.target,
            detail=dict(note.detail),
        )

    # --- beginning, and beginning again -----------------------------------------------------------

    def _begin(self, now_ms: int) -> None:
        """A new epoch, past every older one even when the file is an old copy and the clock is right."""
        execute = self._connection.execute
        kept = dict(execute("SELECT name, value FROM centre").fetchall())
        if kept.get("city", self.city) != self.city:
            raise CentreUnavailable(_("these orders belong to {city}", city=kept["city"]))
        epoch = max(int(kept.get("epoch", "0")) + 1, now_ms)
        execute("BEGIN IMMEDIATE")
        values = [("city", self.city), ("epoch", str(epoch))]
        self._connection.executemany("INSERT OR REPLACE INTO centre (name, value) VALUES (?, ?)", values)
        note = Note("centre.started", "centre", "program", self.city, {"epoch": epoch})
        _rows, head = append_rows(self._connection, self.head, [self._entry(note, now_ms)])
        execute("COMMIT")
        self.head = head
        self._book.last_token = Token(epoch, 0)
        self._load()

    def _load(self) -> None:
        """What holds a unit comes into memory; what is over stays on the disk until asked for."""
        self._book.orders.clear()
        self._book.holders.clear()
        marks = ", ".join("?" * len(_HOLDING))
        rows = self._connection.execute(
            f"SELECT request FROM orders WHERE state IN ({marks}) ORDER BY rowid",  # noqa: S608
            _HOLDING,
        )
        for (request,) in rows.fetchall():
            order = self._read(RequestId(request))
            if order is not None:
                self._book.put(order)

    def _undo(self, head: gate.Head) -> None:
        """Back to what is on the disk; tokens that were given out and never said are skipped."""
        self.head = head
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        self._load()

    def _read(self, request: RequestId) -> Order | None:
        return read_order(self._connection, request)
