"""Claims in a centre's database: its own with their histories; at one centre the ledger and the journal."""

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dispatch.centre.claims_changes import (
    Answered,
    Ask,
    Change,
    Netted,
    PutClaim,
    PutDonation,
    PutEntry,
    PutLine,
    PutMonth,
)
from dispatch.centre.claims_tables import TABLES
from dispatch.claims.claim import ClaimId, ClaimRecord, ClaimStep, DonationEntry, QuotaEntry
from dispatch.claims.donors import DonorId
from dispatch.claims.ledger import ClosedMonth, claim_of
from dispatch.claims.netting import JournalEntry

_OPEN = "(NOT ? OR state NOT IN ('rejected', 'closed', 'withdrawn', 'reversed'))"
_Execute = Callable[[str, tuple[str | int | None, ...]], object]


@dataclass(frozen=True, slots=True)
class ClaimsDisk:
    """What of claims is written down; reads only."""

    connection: sqlite3.Connection

    def claim(self, claim: ClaimId) -> ClaimRecord | None:
        body = self._one("SELECT body FROM claims WHERE claim = ?", claim)
        return None if body is None else ClaimRecord.model_validate_json(body)

    def claims(self, state: str = "", last: int = 1_000) -> list[ClaimRecord]:
        """Newest change first; `state`: only those in it."""
        sql = "SELECT body FROM claims WHERE ? IN ('', state) ORDER BY changed_ms DESC, claim LIMIT ?"
        rows = self._all(sql, state, last)
        return [ClaimRecord.model_validate_json(body) for body in rows]

    def page(self, skip: int, count: int, *, open_only: bool) -> list[ClaimRecord]:
        """Some of them, newest change first."""
        sql = f"SELECT body FROM claims WHERE {_OPEN} ORDER BY changed_ms DESC, claim LIMIT ? OFFSET ?"  # noqa: S608
        return [ClaimRecord.model_validate_json(body) for body in self._all(sql, open_only, count, skip)]

    def count(self, *, open_only: bool) -> int:
        """How many there are, or that are not over."""
        sql = f"SELECT count(*) FROM claims WHERE {_OPEN}"  # noqa: S608
        return int(self.connection.execute(sql, (open_only,)).fetchone()[0])

    def history(self, claim: ClaimId) -> list[ClaimStep]:
        rows = self._all("SELECT body FROM claim_history WHERE claim = ? ORDER BY number", claim)
        return [ClaimStep.model_validate_json(body) for body in rows]

    def steps(self, claim: ClaimId) -> int:
        """How many lines its history has."""
        sql = "SELECT ifnull(max(number), 0) FROM claim_history WHERE claim = ?"
        return int(self.connection.execute(sql, (claim,)).fetchone()[0])

    def asks(self) -> list[Ask]:
        """What waits for another centre's answer: of each subject the oldest."""
        rows = self.connection.execute(
            "SELECT key, city, subject, said, by FROM claim_asks WHERE number IN "
            "(SELECT min(number) FROM claim_asks WHERE answered_ms IS NULL GROUP BY subject) ORDER BY number"
        ).fetchall()
        return [Ask(*row) for row in rows]

    def ask(self, key: str) -> Ask | None:
        """One that waits, by its key."""
        row = self.connection.execute(
            "SELECT key, city, subject, said, by FROM claim_asks WHERE key = ? AND answered_ms IS NULL",
            (key,),
        ).fetchone()
        return None if row is None else Ask(*row)

    def asked(self, subject: str) -> int:
        """How often another centre was told of a subject, answered or not."""
        sql = "SELECT count(*) FROM claim_asks WHERE subject = ?"
        return int(self.connection.execute(sql, (subject,)).fetchone()[0])

    # --- the ledger -------------------------------------------------------------------------------

    def entries_of(self, claim: ClaimId) -> list[QuotaEntry]:
        rows = self._all("SELECT body FROM quota_entries WHERE claim = ? ORDER BY number", claim)
        return [QuotaEntry.model_validate_json(body) for body in rows]

    def person(self, donors: Iterable[DonorId]) -> set[str]:
        """Every hash under which this donor was ever told of beside one of these."""
        known: set[str] = set()
        news = {str(one) for one in donors}
        while news:
            known |= news
            found = set()
            for one in news:
                for link, subject in (("donation_donors", "donation"), ("quota_donors", "claim")):
                    found |= {
                        also
                        for (also,) in self.connection.execute(
                            f"SELECT other.donor FROM {link} AS mine JOIN {link} AS other "  # noqa: S608
                            f"USING ({subject}) WHERE mine.donor = ?",
                            (one,),
                        )
                    }
            news = found - known
        return known

    def donations(self, person: Iterable[str]) -> list[DonationEntry]:
        found = {
            body
            for one in person
            for body in self._all(
                "SELECT body FROM donations JOIN donation_donors ON donation = id WHERE donor = ?", one
            )
        }
        return [DonationEntry.model_validate_json(body) for body in sorted(found)]

    def entries(self, person: Iterable[str]) -> list[QuotaEntry]:
        """Every entry of every claim on a donor, in order."""
        claims = {
            claim
            for one in person
            for claim in self._all("SELECT claim FROM quota_donors WHERE donor = ?", one)
        }
        return [entry for claim in sorted(claims) for entry in self.entries_of(ClaimId(claim))]

    def donation(self, id_: str) -> DonationEntry | None:
        body = self._one("SELECT body FROM donations WHERE id = ?", id_)
        return None if body is None else DonationEntry.model_validate_json(body)

    def claimed_by(self, line: str) -> ClaimId | None:
        """The claim that holds a use line now."""
        found = self._one("SELECT claim FROM use_lines WHERE line = ?", line)
        return None if found is None else ClaimId(found)

    def posted(self, claim: ClaimId) -> list[JournalEntry]:
        rows = self._all("SELECT body FROM journal WHERE claim = ? ORDER BY number", claim)
        return [JournalEntry.model_validate_json(body) for body in rows]

    def waiting(self) -> list[JournalEntry]:
        """Lines of the journal that no month has netted yet."""
        rows = self._all("SELECT body FROM journal WHERE id NOT IN (SELECT id FROM nettings) ORDER BY number")
        return [JournalEntry.model_validate_json(body) for body in rows]

    def netted(self) -> list[JournalEntry]:
        """Every line that was netted, under the month that netted it, in the journal's order."""
        rows = self.connection.execute(
            "SELECT body, month FROM journal JOIN nettings USING (id) ORDER BY number"
        ).fetchall()
        return [
            JournalEntry.model_validate_json(body).model_copy(update={"month": month}) for body, month in rows
        ]

    def month_of(self, claim: ClaimId) -> str:
        """The month that netted the first lines of a claim; empty: none yet."""
        sql = "SELECT ifnull(min(month), '') FROM journal JOIN nettings USING (id) WHERE claim = ?"
        return str(self.connection.execute(sql, (claim,)).fetchone()[0])

    def month(self, month: str) -> ClosedMonth | None:
        body = self._one("SELECT body FROM months WHERE month = ?", month)
        return None if body is None else ClosedMonth.model_validate_json(body)

    def months(self) -> list[ClosedMonth]:
        """Every month that was netted, in order."""
        return [
            ClosedMonth.model_validate_json(body)
            for body in self._all("SELECT body FROM months ORDER BY month")
        ]

    def _one(self, sql: str, key: str) -> str | None:
        row = self.connection.execute(sql, (key,)).fetchone()
        return None if row is None else str(row[0])

    def _all(self, sql: str, *values: str | int) -> list[str]:
        return [str(row[0]) for row in self.connection.execute(sql, values).fetchall()]


def in_memory() -> ClaimsDisk:
    """The same tables for a centre that has no disk."""
    connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
    for statement in TABLES:
        connection.execute(statement)
    return ClaimsDisk(connection)


def write(connection: sqlite3.Connection, changes: Iterable[Change], now_ms: int) -> None:
    """What a draft changed of claims, inside whatever transaction is open."""
    for change in changes:
        _write(connection.execute, change, now_ms)


def _write(execute: _Execute, change: Change, now_ms: int) -> None:
    match change:
        case PutClaim(claim, steps):
            execute(
                "INSERT INTO claims (claim, state, changed_ms, body) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (claim) DO UPDATE SET state = excluded.state, "
                "changed_ms = excluded.changed_ms, body = excluded.body",
                (claim.id, claim.state.value, claim.changed_ms, claim.model_dump_json()),
            )
            for step in steps:
                execute(
                    "INSERT INTO claim_history (claim, number, body) VALUES (?, ?, ?)",
                    (claim.id, step.number, step.model_dump_json()),
                )
        case PutDonation(donation):
            execute(
                "INSERT INTO donations (id, body) VALUES (?, ?)", (donation.id, donation.model_dump_json())
            )
            for donor in donation.donors:
                execute(
                    "INSERT OR IGNORE INTO donation_donors (donor, donation) VALUES (?, ?)",
                    (donor, donation.id),
                )
        case PutEntry(entry):
            _write_entry(execute, entry)
        case PutLine(line):
            values = line.id, claim_of(line), line.model_dump_json()
            execute("INSERT INTO journal (id, claim, body) VALUES (?, ?, ?)", values)
        case Netted(id_, month):
            execute("INSERT INTO nettings (id, month) VALUES (?, ?)", (id_, month))
        case PutMonth(closed):
            execute(
                "INSERT OR REPLACE INTO months (month, body) VALUES (?, ?)",
                (closed.month, closed.model_dump_json()),
            )
        case Ask(key, city, subject, said, by):
            execute(
                "INSERT INTO claim_asks (key, city, subject, said, by, put_ms) VALUES (?, ?, ?, ?, ?, ?)",
                (key, city, subject, said, by, now_ms),
            )
        case Answered(key):
            execute(
                "UPDATE claim_asks SET answered_ms = ? WHERE key = ? AND answered_ms IS NULL", (now_ms, key)
            )


def _write_entry(execute: _Execute, entry: QuotaEntry) -> None:
    """With the use lines that it takes or gives back."""
    execute(
        "INSERT INTO quota_entries (claim, step, body) VALUES (?, ?, ?)",
        (entry.claim, entry.step, entry.model_dump_json()),
    )
    if entry.step == "reserve":
        for donor in entry.donors:
            execute("INSERT OR IGNORE INTO quota_donors (donor, claim) VALUES (?, ?)", (donor, entry.claim))
        for line in entry.lines:
            execute("INSERT INTO use_lines (line, claim) VALUES (?, ?)", (line, entry.claim))
    if entry.step in ("release", "reverse"):
        execute("DELETE FROM use_lines WHERE claim = ?", (entry.claim,))
