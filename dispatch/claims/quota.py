"""How much a donor and the relatives may still claim, by one policy on one day, and why."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Annotated, Literal, get_args

from pydantic import Field

from dispatch.claims.policy import Multiple, Policy, Unlimited, Volume
from dispatch.domain.geography import CityCode
from dispatch.domain.model import Frozen

Party = Literal["donor", "relatives"]
MOST_DONATIONS = 5_000
"""Of one person: blood every half year or platelets every fortnight for a lifetime are far fewer."""
MOST_USED = 100_000
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2200, 12, 31))]


class Donation(Frozen):
    """One donation. Whole blood in mL, apheresis in doses."""

    day: Day
    centre: CityCode
    """Where it was given."""
    province: Annotated[str, Field(pattern=r"^\d{6}$")]
    kind: Literal["whole_blood", "apheresis"]
    ml: Annotated[int, Field(ge=0, le=2_000)] = 0
    doses: Annotated[int, Field(ge=0, le=10)] = 0
    failed: bool = Field(
        default=False, description="it did not pass its tests; some policies pay less for it"
    )


class Used(Frozen):
    """What was claimed before."""

    by: Party
    ml: Volume


class Allowance(Frozen):
    """Of the donor, or of all relatives together. mL; None: without limit."""

    quota_ml: int | None
    used_ml: int
    left_ml: int | None


class QuotaQuestion(Frozen):
    """What somebody gave and claimed, and the day that is asked about."""

    on: Day
    donations: Annotated[tuple[Donation, ...], Field(max_length=MOST_DONATIONS)]
    used: Annotated[tuple[Used, ...], Field(max_length=MOST_USED)] = ()


class Reason(Frozen):
    """Why a figure is what it is: `times` and `unlimited` name the limits of the row that fitted."""

    code: Literal["times", "unlimited", "waiting"]
    party: Party
    times: int | None = None
    until: date | None = None
    limits: dict[str, int] = {}


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
    if donation.kind == "apheresis":
        return donation.doses * policy.apheresis_dose_ml
    return donation.ml


def quota(policy: Policy, donations: Sequence[Donation], used: Iterable[Used], on: date) -> Quota:
    """What is left on the day blood was used. Donations of that day count, later ones do not."""
    given = sorted((each for each in donations if each.day <= on), key=lambda each: each.day)
    counted = [(each, ml) for each in given if (ml := credit_ml(each, policy))]
    gifts = [(each.day, ml) for each, ml in counted]
    total_ml = sum(ml for _day, ml in gifts)
    reasons: list[Reason] = []
    open_on = gifts[0][0] + timedelta(days=policy.waiting_days) if gifts else on
    if gifts and on < open_on:
        reasons += [Reason(code="waiting", party=party, until=open_on) for party in get_args(Party)]
        counted, gifts, total_ml = [], [], 0
    endless = next((row for row in policy.unlimited if _endless(row, gifts, total_ml, on)), None)
    if endless is not None:
        reasons.append(Reason(code="unlimited", party="donor", limits=_limits(endless)))
        donor_ml: int | None = None
    else:
        donor_ml = _worth(policy.donor, counted, total_ml, on, reasons, "donor")
    relatives_ml = _worth(policy.relatives, counted, total_ml, on, reasons, "relatives")
    spent = {"donor": 0, "relatives": 0}
    for one in used:
        spent[one.by] += one.ml
    return Quota(
        edition=policy.edition,
        on=on,
        credited_ml=total_ml,
        donor=_allowance(donor_ml, spent["donor"]),
        relatives=_allowance(relatives_ml, spent["relatives"]),
        reasons=tuple(reasons),
    )


def _allowance(quota_ml: int | None, used_ml: int) -> Allowance:
    left = None if quota_ml is None else max(0, quota_ml - used_ml)
    return Allowance(quota_ml=quota_ml, used_ml=used_ml, left_ml=left)


def _worth(
    rows: Sequence[Multiple],
    counted: Sequence[tuple[Donation, int]],
    total_ml: int,
    on: date,
    reasons: list[Reason],
    party: Party,
) -> int:
    worth = 0
    for donation, ml in counted:
        fitting = (
            row
            for row in rows
            if row.holds(total_ml)
            and row.fits(failed=donation.failed)
            and _within(donation.day, row.within_years, on)
        )
        row = next(fitting, None)
        if row is not None:
            worth += row.times * ml
            reason = Reason(code="times", party=party, times=row.times, limits=_limits(row))
            if reason not in reasons:
                reasons.append(reason)
    return worth


def _endless(row: Unlimited, gifts: Sequence[tuple[date, int]], total_ml: int, on: date) -> bool:
    if not gifts or not row.holds(total_ml) or not _within(gifts[-1][0], row.within_years, on):
        return False
    if row.earned_within_years is None and row.for_years is None:
        return True
    return any(_within(reached, row.for_years, on) for reached in _reached(row, gifts))


def _reached(row: Unlimited, gifts: Sequence[tuple[date, int]]) -> Iterable[date]:
    """The days on which the total was reached, counted from each donation on."""
    for first, (begin, _ml) in enumerate(gifts):
        total_ml = 0
        for day, ml in gifts[first:]:
            if not _within(begin, row.earned_within_years, day):
                break
            total_ml += ml
            if row.holds(total_ml):
                yield day
                break


def _within(day: date, years: int | None, on: date) -> bool:
    return years is None or on <= anniversary(day, years)


def anniversary(day: date, years: int) -> date:
    """The same day so many years later; of 29 February the 28th where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _limits(row: Multiple | Unlimited) -> dict[str, int]:
    return row.model_dump(exclude_defaults=True, exclude={"times", "only"})
