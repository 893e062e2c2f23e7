"""What is said about claims: by desks to the centre that handles one, by centres to the ledger and back."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, field_validator

from dispatch.claims.claim import (
    MOST_FEN,
    ClaimCode,
    ClaimFacts,
    Code,
    LedgerStep,
    Words,
    plain_words,
)
from dispatch.claims.donors import DonorHash
from dispatch.claims.netting import Centre, Month
from dispatch.claims.quota import Day, Donation
from dispatch.claims.states import Deed
from dispatch.domain.model import Frozen


class FileClaim(Frozen):
    """A new claim, a draft."""

    say: Literal["file"] = "file"
    claim: ClaimCode
    facts: ClaimFacts


class ActOnClaim(Frozen):
    """Something done to a claim by the staff of the centre that handles it."""

    say: Literal["act"] = "act"
    claim: ClaimCode
    deed: Deed
    reason: Words = ""
    documents: Annotated[tuple[Code, ...], Field(max_length=32)] = ()
    reference: Words = ""
    paid_by: Centre | None = Field(default=None, description="who paid it out, where it was forwarded")

    @field_validator("reason", "reference")
    @classmethod
    def _plain(cls, text: str) -> str:
        return plain_words(text)


class TellDonation(Frozen):
    """A donation for the ledger, by the blood centre that took it."""

    say: Literal["donation"] = "donation"
    id: ClaimCode = Field(description="the blood centre's own number of it")
    donors: Annotated[tuple[DonorHash, ...], Field(min_length=1, max_length=8)]
    donation: Donation


class AskQuota(Frozen):
    """To the ledger: what may a donor still claim?"""

    say: Literal["quota"] = "quota"
    donors: Annotated[tuple[DonorHash, ...], Field(min_length=1, max_length=8)]
    on: Day


class CloseMonth(Frozen):
    """To the ledger: net a month that is over."""

    say: Literal["net"] = "net"
    month: Month


class NotePayment(Frozen):
    """To the ledger: a payment of a netted month has come."""

    say: Literal["settle"] = "settle"
    month: Month
    payer: Centre
    payee: Centre
    reference: Annotated[Words, Field(min_length=1)]

    @field_validator("reference")
    @classmethod
    def _plain(cls, text: str) -> str:
        return plain_words(text)


class AskLedger(Frozen):
    """From the centre that handles a claim to the ledger. `facts` with reserve, `paid_by` with commit."""

    say: Literal["ledger"] = "ledger"
    claim: ClaimCode
    step: LedgerStep
    facts: ClaimFacts | None = None
    filed_on: Day | None = Field(default=None, description="with reserve: the day in the three cities")
    paid_by: Centre | None = None
    fen: Annotated[int, Field(ge=0, le=MOST_FEN)] = 0


class TellMonth(Frozen):
    """From the ledger to the centre that handles these claims: their month was netted, or settled."""

    say: Literal["month"] = "month"
    month: Month
    settled: bool
    claims: Annotated[tuple[ClaimCode, ...], Field(max_length=500)]


class LookAtClaims(Frozen):
    """One page of the claims that a centre handles."""

    say: Literal["list"] = "list"
    open_only: bool = True
    skip: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class LookAtClaim(Frozen):
    """One of them."""

    say: Literal["show"] = "show"
    claim: ClaimCode


Saying = Annotated[
    FileClaim
    | ActOnClaim
    | TellDonation
    | AskQuota
    | CloseMonth
    | NotePayment
    | AskLedger
    | TellMonth
    | LookAtClaims
    | LookAtClaim,
    Field(discriminator="say"),
]
SAYING: TypeAdapter[Saying] = TypeAdapter(Saying)
