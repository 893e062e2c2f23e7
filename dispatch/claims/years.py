"""Years of a policy: anniversaries, and the year in which uses are added up."""

from collections.abc import Iterable
from datetime import date, timedelta

from dispatch.claims.policy import FIRST_DONATION, ROLLING

_DAY = timedelta(days=1)


def anniversary(day: date, years: int) -> date:
    """The same day so many years later (or earlier); of 29 February the 28th where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def within(day: date, years: int | None, on: date) -> bool:
    """Whether `on` is no later than so many years after a day, the anniversary included; None: always."""
    return years is None or on <= anniversary(day, years)


def year_of(begins: str, on: date, first: date | None) -> tuple[date, date]:
    """First and last day of the year that a day lies in; `first` is the first donation.

    For `rolling` the twelve months that end on the day.
    """
    if begins == ROLLING:
        return anniversary(on + _DAY, -1), on
    if begins == FIRST_DONATION:
        anchor = first or date(on.year, 1, 1)
    else:
        anchor = date.fromisoformat(f"2001-{begins}")
    years = on.year - anchor.year
    if anniversary(anchor, years) > on:
        years -= 1
    return anniversary(anchor, years), anniversary(anchor, years + 1) - _DAY


def year_end(begins: str, on: date, first: date | None) -> date | None:
    """Its last day; None where any twelve months are a year, for then there is none."""
    return None if begins == ROLLING else year_of(begins, on, first)[1]


def most_in_a_year(begins: str, used: Iterable[tuple[date, int]], on: date, first: date | None) -> int:
    """What was used in the year of a day. `rolling`: the most in any twelve months that the day is one of.

    With `rolling` later uses count too: what is added on that day must not make a later year too full.
    """
    spent = list(used)
    ends = [on]
    if begins == ROLLING:
        ends += [day for day, _amount in spent if on < day and year_of(begins, day, first)[0] <= on]
    sums = []
    for end in ends:
        begin, last = year_of(begins, end, first)
        sums.append(sum(amount for day, amount in spent if begin <= day <= last))
    return max(sums)
