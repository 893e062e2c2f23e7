"""A claim as the centre that handles it keeps it: no number and no whole name of anybody stands in it."""

import re
from datetime import date
from typing import Annotated, Literal, NewType

from pydantic import Field, field_validator, model_validator

from dispatch.claims.assess import UseLine
from dispatch.claims.donors import DonorHash, checked_identity
from dispatch.claims.policy import Channel
from dispatch.claims.quota import Day, Donation, Party
from dispatch.claims.states import ClaimState
from dispatch.clock import CHINA, from_epoch_ms
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.domain.model import Frozen
from dispatch.language import _
from dispatch.text import safe_text

ClaimId = NewType("ClaimId", str)
Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$")]
ClaimCode = Annotated[ClaimId, Field(min_length=1, max_length=48, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$")]
Words = Annotated[str, Field(max_length=200)]
LedgerStep = Literal["reserve", "commit", "release", "reverse", "hold", "unhold"]
MOST_LINES = 200
MOST_FEN = 10**12
"""Of one claim: 10 billion yuan, far past any; so that sums stay exact in every reader."""
_IDENTITY = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")


def identity_in(text: str) -> bool:
    """Whether a text holds a whole identity number: 18 characters whose day of birth and check fit."""
    for found in _IDENTITY.findall(text):
        try:
            checked_identity(found)
        except DispatchError:
            continue
        return True
    return False


def plain_words(text: str) -> str:
    """Words as they may be kept: safe to show; ValueError for an identity number among them."""
    if identity_in(text):
        raise ValueError(_("an identity number stands in it: it must not be kept"))
    return safe_text(text, 200)


class ClaimFacts(Frozen):
    """What is claimed, as it was filed."""

    channel: Channel = Field(description="A on the hospital's bill, B at the place of donation, C elsewhere")
    donors: Annotated[tuple[DonorHash, ...], Field(min_length=1, max_length=8)]
    """One donor under every key that is known, the current one first."""
    name: Annotated[str, Field(pattern=r"^(|.\*\*)$")] = ""
    """Masked."""
    by: Party
    relation: Annotated[str, Field(max_length=32)] | None = None
    relatives: Annotated[tuple[DonorHash, ...], Field(max_length=8)] = ()
    """The one relative whose blood it was, hashed as donors are; needed where each has a quota."""
    hospital: Annotated[str, Field(min_length=1, max_length=64)]
    used_on: Day
    lines: Annotated[tuple[UseLine, ...], Field(min_length=1, max_length=MOST_LINES)]

    @field_validator("hospital", "relation")
    @classmethod
    def _plain(cls, text: str | None) -> str | None:
        return None if text is None else plain_words(text)

    @model_validator(mode="after")
    def _whole(self) -> "ClaimFacts":
        if len({one.split(":")[0] for one in self.donors}) != len(self.donors):
            raise ValueError(_("one donor has one hash under each key"))
        ids = [plain_words(line.id) for line in self.lines]
        if len(set(ids)) != len(ids):
            raise ValueError(_("a line stands there twice: each is paid once"))
        if sum(line.fen for line in self.lines) > MOST_FEN:
            raise ValueError(_("the lines are more than 10 billion yuan in all"))
        return self

    def line_keys(self) -> tuple[str, ...]:
        """What makes each line one of its kind everywhere: its hospital's name and its number there."""
        return tuple(f"{self.hospital}|{line.id}" for line in self.lines)


class ClaimRecord(Frozen):
    """One claim now. `granted_*` are the ledger's word."""

    id: ClaimCode
    home: CityCode
    """The centre that handles it."""
    facts: ClaimFacts
    state: ClaimState = ClaimState.DRAFT
    before: ClaimState | None = None
    """Where it stood when it was disputed."""
    documents: tuple[str, ...] = ()
    """Ticked off."""
    waits: LedgerStep | None = None
    """What the ledger has been asked and has not answered yet."""
    trouble: str = ""
    """Why the ledger would not, a code; or why the claim was rejected."""
    trouble_facts: dict[str, str | int] = {}
    policy: str = ""
    granted_ml: int = 0
    granted_fen: int = 0
    liable: dict[CityCode, int] = {}
    paid_by: CityCode | None = None
    reference: str = ""
    month: str = ""
    """The month it was netted in."""
    filed_ms: int
    changed_ms: int


class ClaimStep(Frozen):
    """One line of a claim's history."""

    number: int
    at_ms: int
    deed: str
    state: ClaimState
    by: str
    reason: str = ""


class ClaimRow(Frozen):
    """What a list shows of a claim; it fits in one fact of a response."""

    id: ClaimCode
    state: ClaimState
    channel: Channel
    name: str
    ml: int
    fen: int
    """Granted; before that: claimed."""
    filed_ms: int
    changed_ms: int
    waits: str
    trouble: str


class DonationEntry(Frozen):
    """A donation in the ledger; `id` is the blood centre's own number of it, made once."""

    id: ClaimCode
    donors: Annotated[tuple[DonorHash, ...], Field(min_length=1, max_length=8)]
    donation: Donation
    told_by: CityCode


class QuotaEntry(Frozen):
    """One line of the ledger about one claim; nothing of it is ever changed."""

    claim: ClaimId
    step: LedgerStep
    home: CityCode
    donors: tuple[DonorHash, ...] = ()
    by: Party = "donor"
    relatives: tuple[DonorHash, ...] = ()
    ml: int = 0
    fen: int = 0
    whole: bool = True
    """Whether it covers all that was claimed."""
    lines: tuple[str, ...] = ()
    """Keys of the use lines that it covers, in whole or in part."""
    liable: dict[CityCode, int] = {}
    policy: str = ""
    paid_by: CityCode | None = None
    used_on: Day | None = None
    """When the blood was used; older entries have not got it."""
    at_ms: int = 0

    @property
    def day(self) -> date | None:
        """The day of use; of an older entry the day on which it was written."""
        if self.used_on is None and self.at_ms:
            return from_epoch_ms(self.at_ms).astimezone(CHINA).date()
        return self.used_on
