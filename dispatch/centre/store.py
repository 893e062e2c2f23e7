"""A centre's memory on disk: everything it decided, what vehicles must be told, and the audit rows.

One SQLite file, one writer. A message's decision - orders, units, incidents and their timelines, requests for
help, alarms, the answer - and its audit rows are one transaction: either all of it is on the disk, or nothing
of it was ever said.
"""

import logging
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dispatch.audit import connection as connections
from dispatch.audit import gate
from dispatch.audit.append import append_rows
from dispatch.audit.entry import Entry, Head, entry
from dispatch.audit.segments import drop_before
from dispatch.causes import cause
from dispatch.centre import memory, tables, writing
from dispatch.centre.book import Book
from dispatch.centre.claims_changes import Ask
from dispatch.centre.draft import Draft
from dispatch.centre.keeping import keep, numbered
from dispatch.centre.memory import CLOSED_KEPT_MS, Mind
from dispatch.centre.messages import Input, Request, Tell, Tick
from dispatch.centre.protocol import LEASE_MS, Decision, Effect, Note
from dispatch.centre.reading import (
    CannotDecide,
    CentreUnavailable,
    PastOnDisk,
    read_duties,
    read_order,
    read_state,
)
from dispatch.centre.rules import CentreRules
from dispatch.centre.state import State
from dispatch.centre.versions import brought_up
from dispatch.domain.errors import AuditUnavailable
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import IncidentId
from dispatch.domain.orders import Order, RequestId, Token
from dispatch.domain.units import Unit, UnitId
from dispatch.language import _

PRUNE_EVERY_MS = 3_600_000
_HELD = "state IN ('reserved', 'ordered', 'acked', 'standing_down')"  # as the index of holders has it
_journal = logging.getLogger(__name__)


class Store:
    """One city on disk. `take` and `pending` may be called from any thread, one at a time."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        lock: int,
        head: Head,
        *,
        city: CityCode,
        node: str,
        units: Iterable[Unit],
        rules: CentreRules,
        drill: bool,
        closed_kept_ms: int,
    ) -> None:
        self._connection, self._lock, self.head = connection, lock, head
        self._node, self._drill = node, drill
        self._door = threading.Lock()  # a cancelled task leaves its thread at work: nothing closes under it
        self._fleet = tuple(units)
        self._book = Book(city, Token(0, 0), frozenset(unit.id for unit in self._fleet))
        self._past = PastOnDisk(connection)
        self._mind = Mind(State(city, drill), rules, closed_kept_ms=closed_kept_ms)
        self._pruned_ms = self._now_ms = 0

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        city: CityCode,
        node: str,
        units: Iterable[Unit],
        rules: CentreRules,
        now_ms: int,
        drill: bool = False,
        closed_kept_ms: int = CLOSED_KEPT_MS,
    ) -> "Store":
        """Open or make the database and begin a new epoch; CentreUnavailable says what is wrong."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = connections.lock(path)
        except (AuditUnavailable, OSError) as error:
            raise CentreUnavailable(
                _("the orders in {file} cannot be opened: {error}", file=path, error=cause(error))
            ) from error
        connection: sqlite3.Connection | None = None
        try:
            connection = connections.writer(path)
            head = gate.check(connection, path)
            tables.create(connection)
            head = brought_up(connection, path, head, city=city, node=node, drill=drill, now_ms=now_ms)
            store = cls(connection, lock, head, city=city, node=node, units=units, rules=rules, drill=drill,
                        closed_kept_ms=closed_kept_ms)  # fmt: skip
            store._begin(now_ms)
        except BaseException as error:
            if connection is not None:
                connection.close()
            os.close(lock)
            if isinstance(error, (AuditUnavailable, *connections.DAMAGE, OSError)):
                raise CentreUnavailable(
                    _("the orders in {file} cannot be opened: {error}", file=path, error=cause(error))
                ) from error
            raise
        return store

    def close(self) -> None:
        """Close the file and let another program have it."""
        with self._door:
            self._connection.close()
            os.close(self._lock)

    # --- what the centre knows (protocol.Ledger, memory.View) -------------------------------------

    @property
    def city(self) -> CityCode:
        return self._book.city

    @property
    def state(self) -> State:
        return self._mind.state

    @property
    def prefix(self) -> str:
        """What the numbers of the city begin with."""
        return self._mind.rules.prefixes.get(self.city, self.city[:2].upper())

    @property
    def last_token(self) -> Token:
        return self._book.last_token

    @property
    def units(self) -> frozenset[UnitId]:
        return self._book.units

    def order(self, request: RequestId) -> Order | None:
        return self._book.order(request) or self._read(request)

    def holder(self, unit: UnitId) -> Order | None:
        return self._book.holder(unit)

    def held(self) -> Iterable[Order]:
        return self._book.held()

    def refusal(self, said: Request) -> str:
        return self._book.refusal(said)

    def pending(self) -> list[Tell]:
        """What vehicles must be told until they answer, oldest first."""
        with self._door:
            return memory.pending(self._book, self.state)

    def claim_asks(self) -> list[Ask]:
        """What other centres must be told about claims until they answer."""
        with self._door:
            return self._past.claims.asks()

    # --- deciding ---------------------------------------------------------------------------------

    def take(self, inputs: Sequence[Input], now_ms: int, lease_ms: int = LEASE_MS) -> list[Effect]:
        """Decide about all of `inputs` in one transaction, and return what may be said now.

        CentreUnavailable: nothing was decided (a full disk, a damaged file), and the centre knows
        what it knew before. CannotDecide, likewise: one of them is to blame, whatever the disk is like.
        """
        effects: list[Effect] = []
        self._mind.lease_ms, self._now_ms = lease_ms, now_ms
        with self._transaction():
            for said in inputs:
                draft = self._mind.decided(said, self, self._past, now_ms)
                self._write(draft, now_ms)
                effects += draft.effects
                if isinstance(said, Tick):
                    effects += self._mind.forget(now_ms)
                    self._prune(now_ms)
        return effects

    def commit(self, decision: Decision, now_ms: int) -> None:
        """One decision that was made elsewhere, in a transaction of its own; CentreUnavailable as `take`."""
        with self._transaction():
            draft = Draft(self, self.state, self._mind.rules, now_ms, self._past)
            draft.put_decision(decision)
            self._write(draft, now_ms)

    def drop_before(self, row: int) -> None:
        """Take audit rows that are sealed elsewhere out of the file; CentreUnavailable as `take`."""
        with self._transaction():
            drop_before(self._connection, row)

    def cleared(self, numbers: Iterable[IncidentId]) -> None:
        """These ended incidents are off the wire."""
        with self._transaction():
            writing.mark_cleared(self._connection, numbers)

    def uncleared(self) -> list[IncidentId]:
        """Incidents that have left the memory and may still be on the wire."""
        with self._door:
            rows = self._connection.execute("SELECT number FROM incidents WHERE NOT open AND NOT cleared")
            return [IncidentId(number) for (number,) in rows if number not in self.state.incidents]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._door:
            before = self.head, self._book.copy(), self.state.copy()
            committing = False
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield
                committing = True
                self._connection.execute("COMMIT")
            except BaseException as error:
                agreed = not isinstance(error, sqlite3.IntegrityError)
                sure = not committing or self._connection.in_transaction
                self._undo(*before, sure=agreed and sure)
                if isinstance(error, sqlite3.Error) and not isinstance(error, sqlite3.IntegrityError):
                    raise CentreUnavailable(
                        _("the orders cannot be written: {error}", error=cause(error))
                    ) from error
                if isinstance(error, Exception):
                    raise CannotDecide(
                        _("a message cannot be decided: {error}", error=cause(error))
                    ) from error
                raise

    def _write(self, draft: Draft, now_ms: int) -> None:
        """One draft into the open transaction and into memory."""
        lines = numbered(draft)
        orders = [order for decision in draft.decisions for order in decision.changed]
        for order in orders:
            writing.write_order(self._connection, order, now_ms)
        writing.write_records(self._connection, draft, lines)
        rows = [self._entry(note, now_ms) for note in draft.notes]
        _written, self.head = append_rows(self._connection, self.head, rows)
        for decision in draft.decisions:
            self._book.apply(decision)
        for order in orders:
            if not order.state.holds_unit:
                self._book.orders.pop(order.request, None)  # from now on it is read from the disk
        keep(draft, lines)

    def _prune(self, now_ms: int) -> None:
        if now_ms - self._pruned_ms >= PRUNE_EVERY_MS:
            self._pruned_ms = now_ms
            writing.drop_old_answers(self._connection, now_ms)

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
        drill = "1" if self._drill else "0"
        if kept.get("drill", drill) != drill:
            raise CentreUnavailable(
                _("a drill and real operation must not share their records: give each a folder of its own")
            )
        epoch = max(int(kept.get("epoch", "0")) + 1, now_ms)
        execute("BEGIN IMMEDIATE")
        values = [("city", self.city), ("drill", drill), ("epoch", str(epoch))]
        self._connection.executemany("INSERT OR REPLACE INTO centre (name, value) VALUES (?, ?)", values)
        note = Note("centre.started", "centre", "program", self.city, {"epoch": epoch})
        _rows, head = append_rows(self._connection, self.head, [self._entry(note, now_ms)])
        self._book.last_token = Token(epoch, 0)
        self._load(now_ms)
        writing.write_duties(self._connection, self.state.duties.values())
        execute("COMMIT")
        self.head = head

    def _load(self, now_ms: int) -> None:
        """What is open comes into memory; what is over stays on the disk until asked for."""
        self._book.orders.clear()
        self._book.holders.clear()
        rows = self._connection.execute(
            f"SELECT request FROM orders INDEXED BY orders_one_holder WHERE {_HELD} ORDER BY rowid"  # noqa: S608
        )
        for (request,) in rows.fetchall():
            order = self._read(RequestId(request))
            if order is not None:
                self._book.put(order)
        state = State(self.city, self._drill)
        read_state(self._connection, state, now_ms - self._mind.closed_kept_ms)
        known = read_duties(self._connection)
        for unit in self._fleet:  # what a unit is, the configuration says
            duty = known.get(unit.id) or memory.first_duty(unit, self._book.holder(unit.id), now_ms)
            state.duties[unit.id] = duty.model_copy(update={"unit": unit})
        for held in self._book.held():  # one that left the configuration in the middle of its task
            if held.unit in known:
                state.duties.setdefault(held.unit, known[held.unit])
        self._mind.state = state

    def _undo(self, head: Head, book: Book, state: State, *, sure: bool) -> None:
        """Back to what is on the disk; tokens that were given out and never said are skipped."""
        self.head = head
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        book.last_token = max(book.last_token, self._book.last_token)
        self._book, self._mind.state = book, state
        if not sure:  # it failed in the very act of writing, or this memory and the disk do not agree
            last = self._connection.execute(
                "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1"
            ).fetchone()
            self.head = Head(int(last[0]), str(last[1]))
            self._load(self._now_ms)

    def _read(self, request: RequestId) -> Order | None:
        return read_order(self._connection, request)
