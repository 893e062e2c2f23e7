"""What a centre keeps of checkpoints: its own, and of every other city's log the history it has seen.

A file of its own beside the centre's database: small, copied easily, read while the centre runs. A
checkpoint of another city is cosigned once the file holds it: after that, nothing but the same history and
what continues it is cosigned. Two that cannot both be true are kept for ever.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from dispatch.audit.checkpoint import Checkpoint, Opened
from dispatch.audit.connection import DAMAGE, reader, writer
from dispatch.audit.merkle import consistent
from dispatch.audit.notes import BadNote, Note, PrivateKey
from dispatch.causes import cause
from dispatch.domain.errors import AuditUnavailable
from dispatch.language import _

APPLICATION_ID = 0x435A5457  # "CZTW"
CONFLICTS_KEPT = 1000
"""Conflicts of one log that are written down; more of them show nothing new."""
_TABLES = (
    """
CREATE TABLE IF NOT EXISTS checkpoints (
  origin TEXT NOT NULL, size INTEGER NOT NULL, text TEXT NOT NULL, at_ms INTEGER NOT NULL,
  note TEXT NOT NULL, seen_ms INTEGER NOT NULL, PRIMARY KEY (origin, size, text)
) STRICT
""",
    "CREATE TABLE IF NOT EXISTS heads (origin TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT",
    """
CREATE TABLE IF NOT EXISTS conflicts (
  number INTEGER PRIMARY KEY, origin TEXT NOT NULL, held TEXT NOT NULL, other TEXT NOT NULL,
  found_ms INTEGER NOT NULL, UNIQUE (held, other)
) STRICT
""",
    """
CREATE TABLE IF NOT EXISTS acceptances (
  number INTEGER PRIMARY KEY, origin TEXT NOT NULL, held TEXT NOT NULL, by TEXT NOT NULL,
  reason TEXT NOT NULL, at_ms INTEGER NOT NULL, told INTEGER NOT NULL DEFAULT 0
) STRICT
""",
)


class Verdict(StrEnum):
    """What comes of a checkpoint of another city."""

    FIRST = "first"
    SAME = "same"
    GROWN = "grown"
    OLD = "old"
    UNPROVEN = "unproven"
    CONFLICT = "conflict"

    @property
    def cosigned(self) -> bool:
        """Whether it is, or was, cosigned."""
        return self in (Verdict.FIRST, Verdict.SAME, Verdict.GROWN)


@dataclass(frozen=True, slots=True)
class Seen:
    """The verdict, and the note: with our cosignature, or the one that it contradicts."""

    verdict: Verdict
    note: Note
    held: Note | None = None
    new: bool = False
    """The first conflict with what is held."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two notes of one log that cannot both be true."""

    origin: str
    held: str
    other: str
    found_ms: int


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Somebody decided that another history of a log counts from now on."""

    number: int
    origin: str
    by: str
    reason: str
    at_ms: int


class WitnessBook:
    """One file; used by one thread at a time. Errors of the disk are AuditUnavailable."""

    def __init__(self, path: Path) -> None:
        """Open or make it; AuditUnavailable when it cannot be."""
        self.path = path
        connection = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = writer(path)
            if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError(_("its pages are damaged"))
            for table in _TABLES:
                connection.execute(table)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        except (*DAMAGE, OSError) as error:
            if connection is not None:
                connection.close()
            raise _unusable(path, error) from error
        self._connection = connection

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    # --- any log ------------------------------------------------------------------------------------

    def own(self, note: Note, seen_ms: int) -> None:
        """The newest checkpoint of this city's own log."""
        checkpoint = Checkpoint.parse(note.text)
        with self._transaction():
            self._keep(checkpoint, note, seen_ms)
            self._set_head(checkpoint, note)

    def cosigned(self, note: Note, seen_ms: int) -> None:
        """Cosignatures that came in, checked: added to those that are known of this text."""
        with self._transaction():
            self._keep(Checkpoint.parse(note.text), note, seen_ms)

    def note(self, text: str) -> Note | None:
        """The note with this text."""
        row = self._one("SELECT note FROM checkpoints WHERE text = ?", text)
        return None if row is None else Note.parse(str(row[0]))

    def head(self, origin: str) -> Note | None:
        """The history of a log that this city stands by: of its own the newest that it signed."""
        row = self._one("SELECT text FROM heads WHERE origin = ?", origin)
        return None if row is None else self.note(str(row[0]))

    # --- other cities' logs -------------------------------------------------------------------------

    def consider(
        self,
        opened: Opened,
        proofs: Mapping[int, Sequence[bytes]],
        key: PrivateKey,
        now_ms: int,
    ) -> Seen:
        """Compare a checkpoint with what is held; cosign it when it is the same history or continues it.

        `proofs`: number of rows -> what shows that the checkpoint continues so many.
        """
        checkpoint, note = opened.checkpoint, opened.note
        with self._transaction():  # somebody may accept another history meanwhile, from another process
            held, verdict = self.head(checkpoint.origin), Verdict.FIRST
            if held is not None:
                verdict = _compared(Checkpoint.parse(held.text), checkpoint, proofs)
            elif self._given_up(checkpoint):
                verdict = Verdict.OLD
            if verdict is Verdict.CONFLICT and held is not None:
                return Seen(verdict, note, held, new=self._conflict(held, note, checkpoint, now_ms))
            if not verdict.cosigned:
                return Seen(verdict, note, held)
            known = self.note(note.text)
            if known is not None:  # signed before: a second time would only be another moment
                note = note.with_signatures(one for one in known.signatures if one.name == key.name)
            if not any(one.key_hash == key.public.hash for one in note.signatures):
                note = note.with_signatures([key.line(note.text, now_ms // 1000)])
            kept = self._keep(checkpoint, note, now_ms)
            self._set_head(checkpoint, note)
        return Seen(verdict, kept, held)

    def accept(self, origin: str, by: str, reason: str, at_ms: int) -> bool:
        """From now on another history of this log counts; what was held stays kept. False: none was held."""
        with self._transaction():
            held = self.head(origin)
            if held is None:
                return False
            self._connection.execute(
                "INSERT INTO acceptances (origin, held, by, reason, at_ms) VALUES (?, ?, ?, ?, ?)",
                (origin, held.written(), by, reason, at_ms),
            )
            self._connection.execute("DELETE FROM heads WHERE origin = ?", (origin,))
        return True

    def untold(self) -> list[Acceptance]:
        """Acceptances that the audit log has not been told of."""
        rows = self._all(
            "SELECT number, origin, by, reason, at_ms FROM acceptances WHERE NOT told ORDER BY number"
        )
        return [Acceptance(*row) for row in rows]  # type: ignore[arg-type]

    def told(self, numbers: Iterable[int]) -> None:
        """The audit log has them."""
        with self._transaction():
            self._connection.executemany(
                "UPDATE acceptances SET told = 1 WHERE number = ?", [(one,) for one in numbers]
            )

    def thin(self, before_ms: int, every_ms: int) -> None:
        """Of checkpoints seen before `before_ms`, keep the longest for each `every_ms`, and every head."""
        with self._transaction():
            self._connection.execute(
                "DELETE FROM checkpoints WHERE seen_ms < ? AND text NOT IN (SELECT text FROM heads) "
                "AND rowid NOT IN (SELECT kept FROM (SELECT rowid AS kept, max(size) FROM checkpoints "
                "GROUP BY origin, seen_ms / ?))",
                (before_ms, every_ms),
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        except DAMAGE as error:
            raise _unusable(self.path, error) from error

    # --- rows ---------------------------------------------------------------------------------------

    def _keep(self, checkpoint: Checkpoint, note: Note, seen_ms: int) -> Note:
        known = self.note(note.text)
        kept = note if known is None else known.with_signatures(note.signatures)
        self._connection.execute(
            "INSERT INTO checkpoints (origin, size, text, at_ms, note, seen_ms) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (origin, size, text) DO UPDATE SET note = excluded.note",
            (checkpoint.origin, checkpoint.size, note.text, checkpoint.at_ms, kept.written(), seen_ms),
        )
        return kept

    def _given_up(self, checkpoint: Checkpoint) -> bool:
        """Whether it may be of a history held before another was accepted: brokers keep such notes.

        What was signed before somebody decided is of no use to tell which history stands now.
        """
        accepted = self._one("SELECT max(at_ms) FROM acceptances WHERE origin = ?", checkpoint.origin)
        since_ms = None if accepted is None else accepted[0]
        if since_ms is None:
            return False
        return checkpoint.at_ms <= int(str(since_ms)) or self.note(checkpoint.text()) is not None

    def _set_head(self, checkpoint: Checkpoint, note: Note) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO heads (origin, text) VALUES (?, ?)", (checkpoint.origin, note.text)
        )

    def _conflict(self, held: Note, other: Note, checkpoint: Checkpoint, now_ms: int) -> bool:
        """Write it down; True when it is the first with what is held."""
        same = self._one("SELECT count(*) FROM conflicts WHERE held = ?", held.written())
        before = 0 if same is None else int(str(same[0]))
        if before < CONFLICTS_KEPT:
            self._connection.execute(
                "INSERT OR IGNORE INTO conflicts (origin, held, other, found_ms) VALUES (?, ?, ?, ?)",
                (checkpoint.origin, held.written(), other.written(), now_ms),
            )
        return before == 0

    def _one(self, sql: str, *values: str) -> tuple[object, ...] | None:
        found = self._all(sql, *values)
        return found[0] if found else None

    def _all(self, sql: str, *values: str) -> list[tuple[object, ...]]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except DAMAGE as error:
            raise _unusable(self.path, error) from error


def _compared(held: Checkpoint, other: Checkpoint, proofs: Mapping[int, Sequence[bytes]]) -> Verdict:
    if other.size == held.size:
        return Verdict.SAME if other.root == held.root else Verdict.CONFLICT
    if other.size < held.size:
        return Verdict.OLD if other.at_ms <= held.at_ms else Verdict.CONFLICT
    path = proofs.get(held.size)
    if path is None and held.size > 0:
        return Verdict.UNPROVEN
    fits = consistent(held.size, held.root, other.size, other.root, path or ())
    return Verdict.GROWN if fits else Verdict.CONFLICT


def _unusable(path: Path, error: BaseException) -> AuditUnavailable:
    return AuditUnavailable(
        _("the checkpoints in {file} cannot be used: {error}", file=path, error=cause(error))
    )


def notes_in(path: Path, origin: str | None = None) -> list[str]:
    """Every checkpoint that a centre keeps, shortest first, read while it runs; BadNote: no such file."""
    sql = "SELECT note FROM checkpoints WHERE ? IS NULL OR origin = ? ORDER BY origin, size"
    return [str(note) for (note,) in _read(path, sql, origin, origin)]


def conflicts_in(path: Path) -> list[Conflict]:
    """All that were found, oldest first, read while the centre runs; BadNote: no such file."""
    rows = _read(path, "SELECT origin, held, other, found_ms FROM conflicts ORDER BY number")
    return [Conflict(*row) for row in rows]  # type: ignore[arg-type]


def _read(path: Path, sql: str, *values: str | None) -> list[tuple[object, ...]]:
    try:
        with reader(path) as connection:
            return connection.execute(sql, values).fetchall()
    except DAMAGE as error:
        raise BadNote(_("it holds no checkpoints: {error}", error=cause(error))) from error
