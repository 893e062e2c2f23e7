"""The ledger's arithmetic: where a claim stands in it, what a donor has used, what is posted and netted."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from pydantic import Field

from dispatch.claims.assess import Assessment, Claim, SettlementRules, assess
from dispatch.claims.claim import ClaimFacts, ClaimId, LedgerStep, QuotaEntry
from dispatch.claims.netting import JournalEntry, Month, Payment
from dispatch.claims.policy import Policy
from dispatch.claims.quota import Donation, Used
from dispatch.domain.geography import CityCode
from dispatch.domain.model import Frozen

FOLLOWS: dict[LedgerStep, tuple[LedgerStep | None, ...]] = {
    "reserve": (None,),
    "commit": ("reserve",),
    "release": ("reserve",),
    "reverse": ("commit",),
}
"""What moves quota, and after what."""
_MOVES = frozenset(FOLLOWS)
THIS_ONE = "this one"
"""The relative whose claim is looked at; no hash is called so."""


class ClosedMonth(Frozen):
    """A month that was netted: its entries and payments are fixed; `paid` are those that have come."""

    month: Month
    edition: str
    entries: tuple[str, ...]
    nets: dict[CityCode, int]
    payments: tuple[Payment, ...]
    paid: dict[str, str] = Field(default={}, description="payer>payee to the reference of the payment")
    closed_ms: int

    @property
    def settled(self) -> bool:
        """Whether every payment has come."""
        return all(f"{one.payer}>{one.payee}" in self.paid for one in self.payments)


def standing(entries: Iterable[QuotaEntry]) -> QuotaEntry | None:
    """The last entry of one claim that moved quota."""
    last = None
    for entry in entries:
        last = entry if entry.step in _MOVES else last
    return last


def held(entries: Iterable[QuotaEntry]) -> bool:
    """Whether a dispute keeps a claim out of netting; a reversal ends that."""
    frozen = False
    for entry in entries:
        if entry.step in ("hold", "unhold", "reverse"):
            frozen = entry.step == "hold"
    return frozen


def used(entries: Iterable[QuotaEntry], relatives: Collection[str] = ()) -> tuple[Used, ...]:
    """What the claims of one donor hold or have taken: reserved counts as committed does.

    `relatives`: hashes of one relative, whose claims are marked THIS_ONE; those of others bear theirs.
    """
    claims: dict[ClaimId, QuotaEntry] = {}
    ends: dict[ClaimId, LedgerStep] = {}
    for entry in entries:
        if entry.step == "reserve":
            claims[entry.claim] = entry
        if entry.step in _MOVES:
            ends[entry.claim] = entry.step
    taken = [one for claim, one in claims.items() if ends[claim] in ("reserve", "commit")]
    return tuple(
        Used(by=one.by, ml=one.ml, fen=one.fen, on=one.day, relative=_relative(one.relatives, relatives))
        for one in taken
    )


def _relative(theirs: Sequence[str], relatives: Collection[str]) -> str | None:
    return THIS_ONE if set(theirs) & set(relatives) else next(iter(theirs), None)


def assessed(
    policy: Policy,
    facts: ClaimFacts,
    donations: Sequence[Donation],
    entries: Iterable[QuotaEntry],
    rules: SettlementRules,
    home: CityCode,
    filed_on: date | None = None,
) -> Assessment:
    """A claim by what the ledger knows. What falls to no centre that settles, its own centre bears."""
    claim = Claim(
        by=facts.by, relation=facts.relation, channel=facts.channel, used_on=facts.used_on, filed_on=filed_on,
        donations=tuple(donations), used=used(entries, facts.relatives), lines=facts.lines,
        relative=THIS_ONE if facts.relatives else None,
    )  # fmt: skip
    found = assess(policy, claim, rules)
    if found.fen and not found.liable:
        found = found.model_copy(update={"liable": {home: found.fen}})
    return found


def postings(claim: ClaimId, entry: QuotaEntry, paid_by: CityCode, month: str) -> list[JournalEntry]:
    """The debts of a paid claim: one line for each centre that is liable; they sum to what was paid."""
    return [
        JournalEntry(id=f"{claim}/{place}", month=month, liable=liable, advanced_by=paid_by, fen=fen)
        for place, (liable, fen) in enumerate(sorted(entry.liable.items()), start=1)
        if fen
    ]


def contra(posted: Iterable[JournalEntry], month: str) -> list[JournalEntry]:
    """What takes each of these lines back, whole, in the month in which that is done."""
    return [
        line.model_copy(update={"id": f"{line.id}/r", "kind": "reversal", "of": line.id, "month": month})
        for line in posted
        if line.kind == "advance"
    ]


def to_net(waiting: Iterable[JournalEntry], frozen: Mapping[ClaimId, bool], month: str) -> list[JournalEntry]:
    """Lines that are netted in a month: all that wait up to it but what is disputed, under that month.

    A line that was disputed at its own month's end is netted in the first month closed after that.
    """
    return [
        line.model_copy(update={"month": month})
        for line in waiting
        if line.month <= month and not frozen.get(claim_of(line), False)
    ]


def claim_of(line: JournalEntry) -> ClaimId:
    """The claim that a line of the journal belongs to."""
    return claim_named(line.id)


def claim_named(line: str) -> ClaimId:
    """The same, by the id of the line."""
    return ClaimId(line.split("/", 1)[0])
