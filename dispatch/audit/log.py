"""The audit log as a running console writes it: append, wait for the disk, know when it failed."""

import asyncio
import logging
import os
import queue
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dispatch.audit import connection as connections
from dispatch.audit import gate, segments
from dispatch.audit.append import append_rows
from dispatch.audit.entry import AuditRow, Entry, Head, entry
from dispatch.audit.rules import RetentionRules
from dispatch.audit.schema import AUDIT
from dispatch.audit.versions import Change, upgrade
from dispatch.causes import cause
from dispatch.clock import Clock, epoch_ms
from dispatch.domain.errors import AuditUnavailable
from dispatch.domain.geography import CityCode
from dispatch.language import _

GROUP = 512  # rows in one commit at most
_journal = logging.getLogger(__name__)
OnFailure = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An entry on its way to the disk, and who wants to know; no future: nobody waits."""

    entry: Entry
    loop: asyncio.AbstractEventLoop | None = None
    future: asyncio.Future[AuditRow] | None = None


class AuditLog:
    """One city's log, written by one thread that commits everything waiting as one group.

    `failure` is a sentence while the last write failed and None while all is well; the log recovers
    by itself when the disk does. Rows nobody waited for and that were lost are counted in `lost`.
    """

    def __init__(
        self,
        writing: sqlite3.Connection,
        lock: int,
        head: Head,
        *,
        clock: Clock,
        city: CityCode,
        console: str,
        drill: bool,
        on_failure: OnFailure | None,
    ) -> None:
        self.failure: str | None = None
        self.lost = 0
        self.head = head
        self._connection, self._lock = writing, lock
        self._clock, self._city, self._console, self._drill = clock, city, console, drill
        self._on_failure = on_failure
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._closed = False
        self._door = threading.Lock()  # nothing enters the queue behind the closing mark
        self._unsaid = 0
        self._thread = threading.Thread(target=self._write, name="audit-writer", daemon=True)
        self._thread.start()

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        clock: Clock,
        city: CityCode,
        console: str,
        drill: bool = False,
        on_failure: OnFailure | None = None,
        busy_ms: int = connections.BUSY_MS,
        retention: RetentionRules | None = None,
    ) -> "AuditLog":
        """Open or make the log at `path`, after checking it; blocks for the time of the check.

        With `retention`, older rows are sealed into files of their own first.

        AuditUnavailable says what is wrong: in use, not writable, damaged, changed, no audit log.
        `on_failure` hears of rows that `append_soon` lost, on the loop that sent them.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            held = connections.lock(path)
        except OSError as error:
            raise AuditUnavailable(
                _("the audit log {file} cannot be opened: {error}", file=path, error=cause(error))
            ) from error
        try:
            writing = connections.writer(path, busy_ms)
            try:
                head = gate.check(writing, path)
                head = _brought_up(writing, path, head, clock=clock, city=city, console=console, drill=drill)
                if retention is not None:
                    segments.tidy(path, retention, epoch_ms(clock.now()), segments.drop_on(writing))
            except BaseException:
                writing.close()
                raise
        except (*connections.DAMAGE, OSError) as error:
            os.close(held)
            raise AuditUnavailable(
                _("the audit log {file} cannot be opened: {error}", file=path, error=cause(error))
            ) from error
        except BaseException:
            os.close(held)
            raise
        return cls(
            writing, held, head, clock=clock, city=city, console=console, drill=drill, on_failure=on_failure
        )

    async def append(
        self,
        action: str,
        *,
        actor: str,
        role: str = "dispatcher",
        target: str = "",
        detail: Mapping[str, object] | None = None,
    ) -> AuditRow:
        """Write one row and return it once it is on the disk.

        AuditUnavailable: it is not on the disk, and the action it belongs to must not happen.
        TypeError or ValueError: `detail` holds what the log cannot carry (floats, huge integers).
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[AuditRow] = loop.create_future()
        self._put(_Waiting(self._entry(action, actor, role, target, detail), loop, future))
        return await future

    def append_soon(
        self,
        action: str,
        *,
        actor: str,
        role: str = "dispatcher",
        target: str = "",
        detail: Mapping[str, object] | None = None,
    ) -> None:
        """Write one row without waiting; when it cannot be written, `on_failure` is told why."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            loop = None
        self._put(_Waiting(self._entry(action, actor, role, target, detail), loop))

    def _entry(
        self, action: str, actor: str, role: str, target: str, detail: Mapping[str, object] | None
    ) -> Entry:
        return entry(
            action,
            ts=epoch_ms(self._clock.now()),
            city=self._city,
            console=self._console,
            drill=self._drill,
            actor=actor,
            role=role,
            target=target,
            detail=detail,
        )

    def _put(self, waiting: _Waiting) -> None:
        with self._door:
            if self._closed:
                raise AuditUnavailable(_("the audit log is closed"))
            self._queue.put(waiting)

    async def close(self) -> None:
        """Write what is waiting and close the file; harmless when already closed."""
        await asyncio.to_thread(self.close_now)

    def close_now(self) -> None:
        """The same from code without a loop."""
        with self._door:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._thread.join()
        self._connection.close()
        os.close(self._lock)

    def _write(self) -> None:
        """The writer thread: take everything that waits, commit it as one group, tell the waiters."""
        open_ended = True
        while open_ended:
            group = [self._queue.get()]
            while len(group) < GROUP and group[-1] is not None and not self._queue.empty():
                group.append(self._queue.get_nowait())
            open_ended = group[-1] is not None
            waiting = [item for item in group if item is not None]
            if waiting:
                self._settle(waiting)

    def _settle(self, group: Sequence[_Waiting]) -> None:
        try:
            gap = self._gap()
            rows = self._commit([*gap, *(waiting.entry for waiting in group)])[len(gap) :]
        except Exception as error:  # noqa: BLE001 - whatever it is, every waiter must hear of it
            self.failure = f"the audit log cannot be written: {error}"
            self._report_lost([waiting for waiting in group if waiting.future is None], self.failure)
            _tell(group, None, self.failure)
        else:
            self.failure = None
            self._unsaid = 0
            _tell(group, rows, "")

    def _gap(self) -> list[Entry]:
        """After rows were lost, the row that says how many: the log owns up to its own gaps."""
        if not self._unsaid:
            return []
        return [self._entry("audit.lost", "console", "program", "", {"rows": self._unsaid})]

    def _commit(self, entries: Sequence[Entry]) -> list[AuditRow]:
        """All of `entries` in one transaction, or none: the head moves only after the commit."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            rows, head = append_rows(self._connection, self.head, entries)
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        self.head = head
        return rows

    def _report_lost(self, lost: Sequence[_Waiting], sentence: str) -> None:
        self.lost += len(lost)
        self._unsaid += len(lost)
        if self._on_failure is None or not lost:
            return
        for loop in {waiting.loop for waiting in lost}:
            if loop is not None:
                _call_on(loop, self._on_failure, sentence)
                continue
            try:
                self._on_failure(sentence)
            except Exception:  # noqa: BLE001 - the writer thread must outlive whoever listens to it
                _journal.exception("whoever listens for lost audit rows failed")


def _brought_up(
    writing: sqlite3.Connection,
    path: Path,
    head: Head,
    *,
    clock: Clock,
    city: CityCode,
    console: str,
    drill: bool,
) -> Head:
    """An older log brought to this version, after a copy of it was made."""
    now = clock.now()

    def note(change: Change) -> Entry:
        detail = {"from": change.before, "to": change.after, "copy": change.copy.name}
        return entry("schema.changed", ts=epoch_ms(now), city=city, console=console, drill=drill,
                     actor="console", role="program", target=path.name, detail=detail)  # fmt: skip

    return upgrade(writing, path, AUDIT, head, note, now)[0]


def _tell(group: Sequence[_Waiting], rows: list[AuditRow] | None, sentence: str) -> None:
    """Wake every waiter, with one call into each event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[int]] = {}
    for place, waiting in enumerate(group):
        if waiting.loop is not None and waiting.future is not None:
            by_loop.setdefault(waiting.loop, []).append(place)

    def wake(places: list[int]) -> None:
        for place in places:
            future = group[place].future
            if future is None or future.done():  # the caller was cancelled meanwhile
                continue
            if rows is None:
                future.set_exception(AuditUnavailable(sentence))
            else:
                future.set_result(rows[place])

    for loop, places in by_loop.items():
        _call_on(loop, wake, places)


def _call_on(loop: asyncio.AbstractEventLoop, function: Callable[..., None], *arguments: object) -> None:
    try:
        loop.call_soon_threadsafe(function, *arguments)
    except RuntimeError:
        return  # the loop has ended: nobody is left to hear it
