"""The last days of a bank or a city: what it held and what it issued, unknown days left open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from dispatch.domain.blood import BankId, BloodGroup, ComponentCode
from dispatch.domain.geography import CityCode
from dispatch.picture.live import Picture
from dispatch.picture.stock_days import Known, day_of, days_before, known_on


@dataclass(frozen=True, slots=True)
class Trend:
    """One value a day, None where it is not known.

    A city's day is known where every bank that speaks of its days at all speaks of that one; `banks` of
    `of` speak.
    """

    days: tuple[date, ...]
    on_hand: Known
    issued: Known
    banks: int
    of: int


def trend_of(
    picture: Picture,
    city: CityCode | None,
    bank: BankId | None,
    component: ComponentCode,
    group: BloodGroup | None,
    now: datetime,
    window_days: int,
) -> Trend:
    """The trend of a bank, of a city (`bank` None) or of all (`city` None too); `group` None: all groups."""
    days = days_before(day_of(now), window_days)
    asked = [one.id for one in picture.banks.values() if bank in (None, one.id) and city in (None, one.city)]
    groups = (group,) if group is not None else tuple(BloodGroup)
    on_hand, issued = [], []
    for one in asked:
        held, given = _series(picture, one, component, groups, days)
        if any(value is not None for value in (*held, *given)):
            on_hand.append(held)
            issued.append(given)
    return Trend(days, _sum(on_hand, len(days)), _sum(issued, len(days)), len(on_hand), len(asked))


def _series(
    picture: Picture,
    bank: BankId,
    component: ComponentCode,
    groups: Sequence[BloodGroup],
    days: Sequence[date],
) -> tuple[Known, Known]:
    """(on hand, issued) of one bank; what it does not say itself is taken from what was seen of it."""
    said, seen = picture.stock.days.get(bank), picture.stock.seen.get(bank)
    held: list[Known] = []
    given: list[Known] = []
    for group in groups:
        known = []
        for of in (said, seen):
            counts = of.counts((component, group)) if of is not None else None
            if of is not None and counts is not None:
                known.append(known_on(of.first_day, counts.on_hand, days))
                if of is said:
                    given.append(known_on(of.first_day, counts.issued, days))
        if known:
            held.append(_first_known(known))
    return _sum(held, len(days)), _sum(given, len(days))


def _first_known(series: Sequence[Known]) -> Known:
    """What the bank says, else what was seen."""
    each = zip(*series, strict=True)
    return tuple(next((value for value in values if value is not None), None) for values in each)


def _sum(series: Sequence[Known], length: int) -> Known:
    """The sum of groups or banks; a day on which one of them is not known is not known."""
    if not series:
        return (None,) * length
    sums: list[int | None] = []
    for day in range(length):
        values = [one[day] for one in series]
        known = [value for value in values if value is not None]
        sums.append(sum(known) if len(known) == len(values) else None)
    return tuple(sums)
