"""What a message changes of claims: each change is one thing that is written in the message's transaction."""

from dataclasses import dataclass
from typing import TypeAlias

from dispatch.claims.claim import ClaimRecord, ClaimStep, DonationEntry, QuotaEntry
from dispatch.claims.ledger import ClosedMonth
from dispatch.claims.netting import JournalEntry


@dataclass(frozen=True, slots=True)
class PutClaim:
    """A claim as it is now, with the new lines of its history."""

    claim: ClaimRecord
    steps: tuple[ClaimStep, ...]


@dataclass(frozen=True, slots=True)
class PutDonation:
    donation: DonationEntry


@dataclass(frozen=True, slots=True)
class PutEntry:
    """A line of the ledger."""

    entry: QuotaEntry


@dataclass(frozen=True, slots=True)
class PutLine:
    """A line of the journal."""

    line: JournalEntry


@dataclass(frozen=True, slots=True)
class Netted:
    """A line of the journal and the month that nets it."""

    line: str
    month: str


@dataclass(frozen=True, slots=True)
class PutMonth:
    month: ClosedMonth


@dataclass(frozen=True, slots=True)
class Ask:
    """What another centre is told until it answers: `said` and `by` are JSON."""

    key: str
    city: str
    subject: str
    said: str
    by: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The other centre has answered this ask."""

    key: str


Change: TypeAlias = PutClaim | PutDonation | PutEntry | PutLine | Netted | PutMonth | Ask | Answered
