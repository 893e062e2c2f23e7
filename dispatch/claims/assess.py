"""One claim: which of its fees the quota covers, and which centre is liable for them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from dispatch.claims.policy import Channel, Policy
from dispatch.claims.quota import (
    MOST_DONATIONS,
    MOST_USED,
    Day,
    Donation,
    Party,
    Quota,
    Used,
    counts_on,
    credit_ml,
    given_by,
    quota,
    shared_by,
)
from dispatch.claims.years import anniversary, most_in_a_year
from dispatch.domain.geography import CityCode
from dispatch.domain.model import Frozen
from dispatch.language import N_, _

Fen = Annotated[int, Field(ge=0, le=10**12)]
Liability = Literal["pro_rata", "latest", "one_place"]


WHY_NOT = {
    "policy_not_in_force": N_("the policy was not in force on the day of use"),
    "relation_not_admitted": N_("this relation to the donor is not admitted"),
    "waiting": N_("nothing may be claimed yet: the waiting time after the first donation is not over"),
    "no_donation_counts": N_("no donation counts under this policy"),
    "quota_used_up": N_("the quota is used up"),
    "too_late": N_("the time in which it could be claimed is over"),
    "below_deductible": N_("the fees are no more than what the policy leaves to the patient"),
    "channel_not_offered": N_("the policy does not let it be claimed this way"),
    "use_without_day": N_(
        "earlier claims stand there without their day or sum, and the policy limits what is paid in a year"
    ),
    "year_used_up": N_("what the policy pays in one year is used up"),
    "relative_not_named": N_(
        "each relative has a quota: name this one, and whose each earlier claim of a relative was (relative)"
    ),
    "nothing_to_pay": N_("what the quota covers costs nothing"),
}
"""Why a claim is rejected: code of Assessment.refusal -> its sentence."""


class UseLine(Frozen):
    """One line of a hospital's bill: blood that counts `ml` of the quota and cost `fen`."""

    id: Annotated[str, Field(min_length=1, max_length=64)]
    ml: Annotated[int, Field(ge=1, le=1_000_000)]
    fen: Fen


class Claim(Frozen):
    """What is claimed for one use of blood. The donor is a keyed hash elsewhere: no name stands here."""

    by: Party
    relation: str | None = Field(default=None, description="of the patient to the donor, e.g. spouse")
    relative: Annotated[str, Field(max_length=64)] | None = Field(
        default=None, description="which relative, as in `used`; needed where each has a quota"
    )
    channel: Channel | None = Field(default=None, description="the way it is claimed; left out: any")
    used_on: Day
    filed_on: Day | None = Field(default=None, description="when it was claimed; left out: in time")
    donations: Annotated[tuple[Donation, ...], Field(max_length=MOST_DONATIONS)]
    used: Annotated[tuple[Used, ...], Field(max_length=MOST_USED)] = ()
    lines: Annotated[tuple[UseLine, ...], Field(min_length=1, max_length=1_000)]

    @model_validator(mode="after")
    def _each_line_once(self) -> "Claim":
        ids = [line.id for line in self.lines]
        if len(set(ids)) != len(ids):
            raise ValueError(_("a line stands there twice: each is paid once"))
        return self


class CoveredLine(Frozen):
    """What of a line is reimbursed."""

    id: str
    ml: int
    fen: int


class Assessment(Frozen):
    """The outcome: approved, approved_partial or rejected, and who owes what of it."""

    outcome: Literal["approved", "approved_partial", "rejected"]
    quota: Quota
    lines: tuple[CoveredLine, ...]
    ml: int
    fen: int
    liable: dict[CityCode, int]
    """Centre -> fen; the sum is `fen`."""
    refusal: str = ""


class SettlementRules(Frozen):
    """What the centres have agreed on who is liable when somebody gave in several places."""

    liability: Liability
    place: CityCode | None = Field(default=None, description="the centre that is liable under one_place")
    centres: tuple[CityCode, ...] = Field(
        default=(), description="those that settle: nobody else is liable; empty: whoever took a donation"
    )


def assess(policy: Policy, claim: Claim, rules: SettlementRules) -> Assessment:
    """Cover the lines in their order until the quota is used up; a line may be covered in part.

    The part of a fee is rounded down to the fen, so that no more is paid than the volume is worth. Then
    come deductible, percentage and cap of the policy, in this order; a line paid nothing uses no quota.
    """
    known = quota(policy, claim.donations, claim.used, claim.used_on, claim.relation, claim.relative)
    refusal = _refusal(policy, claim, known)
    left = (known.donor if claim.by == "donor" else known.relatives).left_ml
    covered = []
    for line in claim.lines:
        ml = 0 if refusal else line.ml if left is None else min(line.ml, left)
        left = left if left is None else left - ml
        covered.append(CoveredLine(id=line.id, ml=ml, fen=line.fen * ml // line.ml))
    paid = _cut(policy, covered, _room(policy, claim))
    fen, ml = sum(line.fen for line in paid), sum(line.ml for line in paid)
    whole = ml == sum(line.ml for line in claim.lines) and fen == sum(line.fen for line in claim.lines)
    nothing = "below_deductible" if any(line.ml for line in covered) else "quota_used_up"
    year = any(reason.code == "year" and reason.party == claim.by for reason in known.reasons)
    if (nothing == "quota_used_up" and year) or (nothing == "below_deductible" and _room(policy, claim) == 0):
        nothing = "year_used_up"
    return Assessment(
        outcome="rejected" if not ml else "approved" if whole else "approved_partial",
        quota=known,
        lines=tuple(paid),
        ml=ml,
        fen=fen,
        liable=liable(policy, claim.donations, claim.used_on, fen, rules),
        refusal=refusal or ("" if ml else nothing),
    )


def _room(policy: Policy, claim: Claim) -> int | None:
    """The most that may be paid: of this claim, and of what is left of the year."""
    if policy.most_fen_per_year is None:
        return policy.most_fen
    counted = [
        each.day
        for each in claim.donations
        if credit_ml(each, policy) and counts_on(each, policy, claim.used_on)
    ]
    own = shared_by(policy, claim.used, claim.by, claim.relative)
    spent = ((one.on, one.fen or 0) for one in own if one.on is not None)
    paid = most_in_a_year(policy.year_begins, spent, claim.used_on, min(counted, default=None))
    left = max(0, policy.most_fen_per_year - paid)
    return left if policy.most_fen is None else min(policy.most_fen, left)


def _cut(policy: Policy, covered: Sequence[CoveredLine], room: int | None) -> list[CoveredLine]:
    """What the policy pays of covered fees: the first fen are the patient's, none beyond the cap is paid."""
    deductible = policy.deductible_fen
    paid = []
    for line in covered:
        own = min(line.fen, deductible)
        deductible -= own
        fen = (line.fen - own) * policy.covered_percent // 100
        if room is not None:
            fen = min(fen, room)
            room -= fen
        paid.append(CoveredLine(id=line.id, ml=0 if line.fen and not fen else line.ml, fen=fen))
    return paid


def _refusal(policy: Policy, claim: Claim, known: Quota) -> str:
    if not policy.in_force(claim.used_on):
        return "policy_not_in_force"
    days = 0 if claim.filed_on is None else (claim.filed_on - claim.used_on).days
    years = policy.claim_within_years
    if (policy.claim_within_days is not None and days > policy.claim_within_days) or (
        years is not None
        and claim.filed_on is not None
        and claim.filed_on > anniversary(claim.used_on, years)
    ):
        return "too_late"
    given = given_by(policy, claim.donations, claim.used_on)
    if claim.by == "relatives" and not policy.admits(claim.relation, given):
        return "relation_not_admitted"
    if claim.by == "relatives" and policy.each_relative and not _named(claim):
        return "relative_not_named"
    if claim.channel is not None and claim.channel not in policy.channels:
        return "channel_not_offered"
    if any(reason.code == "waiting" and reason.party == claim.by for reason in known.reasons):
        return "waiting"
    by_money = policy.most_fen_per_year is not None
    if (by_money or policy.most_ml_per_year is not None) and any(
        one.on is None or (by_money and one.fen is None) for one in claim.used
    ):
        return "use_without_day"
    party = known.donor if claim.by == "donor" else known.relatives
    return "" if known.credited_ml or party.quota_ml is None else "no_donation_counts"


def _named(claim: Claim) -> bool:
    """Whether it is known whose quota it uses up, and whose the earlier claims of relatives did."""
    return claim.relative is not None and all(
        one.relative is not None for one in claim.used if one.by == "relatives"
    )


def liable(
    policy: Policy, donations: Sequence[Donation], on: date, fen: int, rules: SettlementRules
) -> dict[CityCode, int]:
    """Who owes how much of a sum. Pro rata is by credited volume, the remainder to the largest fractions.

    Nobody, where everything was given outside of the centres that settle.
    """
    given: dict[CityCode, int] = {}
    latest: tuple[date, CityCode] | None = None
    for donation in donations:
        ml = credit_ml(donation, policy)
        settles = not rules.centres or donation.centre in rules.centres
        if ml and settles and counts_on(donation, policy, on):
            given[donation.centre] = given.get(donation.centre, 0) + ml
            latest = max(latest or (donation.day, donation.centre), (donation.day, donation.centre))
    if not fen or latest is None:
        return {}
    match rules.liability:
        case "one_place":
            return {rules.place or latest[1]: fen}
        case "latest":
            return {latest[1]: fen}
        case "pro_rata":
            return shares(fen, given)


def shares(fen: int, weights: Mapping[CityCode, int]) -> dict[CityCode, int]:
    """A sum in whole fen by weights, by the largest remainder; equal remainders go by name."""
    total = sum(weights.values())
    parts = {name: divmod(fen * weight, total) for name, weight in weights.items()}
    missing = fen - sum(whole for whole, _rest in parts.values())
    by_remainder = sorted(parts, key=lambda name: (-parts[name][1], name))
    return {name: parts[name][0] + (name in by_remainder[:missing]) for name in sorted(parts)}
