"""How much a donor and the relatives may still claim, by one policy on one day, and why."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Annotated, Literal, get_args

from pydantic import Field

from dispatch.claims.policy import Given, Mark, Multiple, Policy, Unlimited, Volume
from dispatch.claims.years import most_in_a_year, within, year_end
from dispatch.domain.geography import CityCode
from dispatch.domain.model import Frozen

Party = Literal["donor", "relatives"]
MOST_DONATIONS = 5_000
"""Of one person: blood every half year or platelets every fortnight for a lifetime are far fewer."""
MOST_USED = 100_000
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2200, 12, 31))]


class Donation(Frozen):
    """One donation. Whole blood and plasma in mL, apheresis in doses; an honour counts nothing by itself."""

    day: Day
    centre: CityCode
    """Where it was given."""
    province: Annotated[str, Field(pattern=r"^\d{6}$")]
    kind: Literal["whole_blood", "apheresis", "plasma", "honour"]
    ml: Annotated[int, Field(ge=0, le=2_000)] = 0
    doses: Annotated[int, Field(ge=0, le=10)] = 0
    failed: bool = Field(
        default=False, description="it did not pass its tests; some policies pay less for it"
    )
    marks: tuple[Mark, ...] = Field(
        default=(),
        max_length=16,
        description="what the donor bears from that day on, as policies name it, e.g. rhd_negative",
    )


class Used(Frozen):
    """What was claimed before."""

    by: Party
    ml: Volume
    on: Day | None = Field(default=None, description="day of use; needed where a policy limits a year")
    fen: Annotated[int, Field(ge=0, le=10**12)] | None = Field(
        default=None, description="what was paid; needed where a policy limits the money of a year"
    )
    relative: Annotated[str, Field(max_length=64)] | None = Field(
        default=None, description="which relative, by any sign; needed where each has a quota"
    )


class Allowance(Frozen):
    """Of the donor, or of all relatives together. mL; None: without limit."""

    quota_ml: int | None
    used_ml: int
    left_ml: int | None
    year_left_ml: int | None = Field(
        default=None, description="of the year, where the policy limits it; left_ml has it in it"
    )


class QuotaQuestion(Frozen):
    """What somebody gave and claimed, and the day that is asked about."""

    on: Day
    donations: Annotated[tuple[Donation, ...], Field(max_length=MOST_DONATIONS)]
    used: Annotated[tuple[Used, ...], Field(max_length=MOST_USED)] = ()
    relation: Annotated[str, Field(max_length=32)] | None = Field(
        default=None, description="of the relative who asks, where the policy makes a difference"
    )
    relative: Annotated[str, Field(max_length=64)] | None = Field(
        default=None, description="which relative asks, as in `used`; where each has a quota"
    )


class Reason(Frozen):
    """Why a figure is what it is: `times` and `unlimited` name the limits of the row that fitted.

    `year`: what may still be used in the year is less than the quota that is left; `until` its last day, none
    where any twelve months are a year. `most`: the whole quota is cut. `each`: it is one relative's own.
    """

    code: Literal["times", "unlimited", "waiting", "year", "most", "each"]
    party: Party
    times: int | float | None = None
    until: date | None = None
    limits: dict[str, int | str] = {}


class Quota(Frozen):
    """The answer, with the reason for each figure."""

    edition: str
    on: date
    credited_ml: int
    donor: Allowance
    relatives: Allowance
    reasons: tuple[Reason, ...]


def credit_ml(donation: Donation, policy: Policy) -> int:
    """What one donation counts; 0 where it was given outside of what the policy looks at."""
    if not policy.anywhere and donation.province != policy.province:
        return 0
    if policy.counted_at and donation.centre not in policy.counted_at:
        return 0
    match donation.kind:
        case "whole_blood":
            return donation.ml
        case "plasma":
            return donation.ml * (policy.plasma_percent or 0) // 100
        case "apheresis" if policy.apheresis_donation_ml is not None:
            return policy.apheresis_donation_ml if donation.doses else 0
        case "apheresis":
            return donation.doses * (policy.apheresis_dose_ml or 0)
        case "honour":
            return 0


def counts_on(donation: Donation, policy: Policy, on: date) -> bool:
    """Whether a donation counts by that day already."""
    return donation.day + timedelta(days=policy.counts_after_days) <= on


def given_by(policy: Policy, donations: Iterable[Donation], on: date) -> Given:
    """All that counts by that day, and the marks that the donor bears."""
    known = [each for each in donations if counts_on(each, policy, on)]
    counted = [ml for each in known if (ml := credit_ml(each, policy))]
    marks = {mark for each in donations if each.day <= on for mark in each.marks}
    return Given(sum(counted), len(counted), frozenset(marks))


def quota(
    policy: Policy,
    donations: Sequence[Donation],
    used: Iterable[Used],
    on: date,
    relation: str | None = None,
    relative: str | None = None,
) -> Quota:
    """What is left on the day blood was used. Donations of that day count, later ones do not.

    `relation`: of the relative who asks; rows for certain relatives are passed over without one. `relative`:
    which one, where each has a quota; without one it is that of a relative who has used nothing yet.
    """
    given = sorted((each for each in donations if counts_on(each, policy, on)), key=lambda each: each.day)
    counted = [(each, ml) for each in given if (ml := credit_ml(each, policy))]
    all_given = given_by(policy, donations, on)
    reasons: list[Reason] = []
    donor = _party(policy, "donor", counted, all_given, on, reasons, None)
    if policy.one_quota:
        relatives = donor
    else:
        relatives = _party(policy, "relatives", counted, all_given, on, reasons, relation)
    closed = all(_waiting(policy, party, counted, on) for party in get_args(Party))
    first = counted[0][0].day if counted else None
    spent = list(used)
    allowed: dict[Party, Allowance] = {}
    wholes: dict[Party, int | None] = {"donor": donor, "relatives": relatives}
    for party, quota_ml in wholes.items():
        own = shared_by(policy, spent, party, relative)
        allowed[party] = _allowance(quota_ml, own, policy, on, first)
        if _year_binds(allowed[party]):
            reasons.append(Reason(code="year", party=party, until=year_end(policy.year_begins, on, first)))
    if policy.each_relative:
        reasons.append(Reason(code="each", party="relatives"))
    return Quota(
        edition=policy.edition,
        on=on,
        credited_ml=0 if closed else all_given.ml,
        donor=allowed["donor"],
        relatives=allowed["relatives"],
        reasons=tuple(reasons),
    )


def shared_by(policy: Policy, spent: Iterable[Used], party: Party, relative: str | None) -> list[Used]:
    """Of earlier uses those that count against this party, or this relative where each has a quota."""
    return [
        one
        for one in spent
        if policy.one_quota
        or (one.by == party and (party == "donor" or not policy.each_relative or one.relative == relative))
    ]


def _party(
    policy: Policy,
    party: Party,
    counted: Sequence[tuple[Donation, int]],
    given: Given,
    on: date,
    reasons: list[Reason],
    relation: str | None,
) -> int | None:
    """The whole quota of the donor or of the relatives; None: without limit."""
    until = _waiting(policy, party, counted, on)
    if until is not None:
        reasons.append(Reason(code="waiting", party=party, until=until))
        return 0
    gifts = [(each.day, ml) for each, ml in counted]
    rows = policy.unlimited if party == "donor" else policy.relatives_unlimited
    endless = next((row for row in rows if _endless(row, gifts, given, on)), None)
    if endless is not None:
        reasons.append(Reason(code="unlimited", party=party, limits=_limits(endless)))
        return None
    times = policy.donor if party == "donor" else policy.relatives
    worth = _worth(times, counted, given, on, reasons, party, relation)
    most = policy.donor_most_ml if party == "donor" else policy.relatives_most_ml
    if most is None or worth <= most:
        return worth
    reasons.append(Reason(code="most", party=party, limits={"most_ml": most}))
    return most


def _waiting(policy: Policy, party: Party, counted: Sequence[tuple[Donation, int]], on: date) -> date | None:
    """The day from which the party may claim, where it is still to come."""
    if not counted:
        return None
    open_on = counted[0][0].day + timedelta(days=policy.waits(party))
    return open_on if on < open_on else None


def _allowance(
    quota_ml: int | None, spent: Sequence[Used], policy: Policy, on: date, first: date | None
) -> Allowance:
    used_ml = sum(one.ml for one in spent)
    left = None if quota_ml is None else max(0, quota_ml - used_ml)
    year_left = None
    if policy.most_ml_per_year is not None:
        this_year = most_in_a_year(policy.year_begins, ((one.on or on, one.ml) for one in spent), on, first)
        year_left = max(0, policy.most_ml_per_year - this_year)
        left = year_left if left is None else min(left, year_left)
    return Allowance(quota_ml=quota_ml, used_ml=used_ml, left_ml=left, year_left_ml=year_left)


def _year_binds(found: Allowance) -> bool:
    whole = None if found.quota_ml is None else max(0, found.quota_ml - found.used_ml)
    return found.year_left_ml is not None and (whole is None or found.year_left_ml < whole)


def _worth(
    rows: Sequence[Multiple],
    counted: Sequence[tuple[Donation, int]],
    given: Given,
    on: date,
    reasons: list[Reason],
    party: Party,
    relation: str | None,
) -> int:
    worth = 0
    for donation, ml in counted:
        fitting = (
            row
            for row in rows
            if row.holds(given)
            and row.fits(donation.day, failed=donation.failed, relation=relation)
            and within(donation.day, row.within_years, on)
        )
        row = next(fitting, None)
        if row is not None:
            worth += row.worth_ml(ml)
            reason = Reason(code="times", party=party, times=row.times, limits=_limits(row))
            if reason not in reasons:
                reasons.append(reason)
    return worth


def _endless(row: Unlimited, gifts: Sequence[tuple[date, int]], given: Given, on: date) -> bool:
    if not row.holds(given) or (gifts and not within(gifts[-1][0], row.within_years, on)):
        return False
    if not gifts:  # an honour or a rare group alone
        return row.mark is not None and row.within_years is None and row.for_years is None
    if row.earned_within_years is None and row.for_years is None:
        return True
    return any(within(reached, row.for_years, on) for reached in _reached(row, gifts, given.marks))


def _reached(row: Unlimited, gifts: Sequence[tuple[date, int]], marks: frozenset[str]) -> Iterable[date]:
    """The days on which the total was reached, counted from each donation on."""
    for first, (begin, _ml) in enumerate(gifts):
        total_ml = 0
        for times, (day, ml) in enumerate(gifts[first:], start=1):
            if not within(begin, row.earned_within_years, day):
                break
            total_ml += ml
            if row.holds(Given(total_ml, times, marks)):
                yield day
                break


def _limits(row: Multiple | Unlimited) -> dict[str, int | str]:
    said = row.model_dump(mode="json", exclude_defaults=True, exclude={"times", "only", "relations"})
    return {name: value for name, value in said.items() if isinstance(value, int | str)}
