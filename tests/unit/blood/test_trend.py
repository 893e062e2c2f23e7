"""The trend: unknown days stay open, and no part of a city is taken for the whole."""

from datetime import timedelta

from dispatch.blood.trend import trend_of
from dispatch.domain.blood import BankId
from dispatch.picture.live import Picture
from dispatch.picture.stock_days import BankDays, DayCounts, days_before
from tests.unit.blood.blood_world import CHANGSHA, HOUSE, MAIN, NOW, O_NEG, O_POS, OTHER, RED, TODAY, picture

FIRST = days_before(TODAY, 4)[0]


def say(here: Picture, bank: BankId, *on_hand: int | None, seen: bool = False) -> None:
    days = BankDays(bank, FIRST, NOW, {(RED, O_POS): DayCounts(issued=(1,) * 4, on_hand=on_hand)})
    if seen:
        here.stock.seen[bank] = days
    else:
        here.stock.apply_days(days)


def test_a_day_that_a_bank_does_not_know_stays_open() -> None:
    here = picture()
    say(here, MAIN, 5, None, 0, 7)
    trend = trend_of(here, CHANGSHA, MAIN, RED, O_POS, NOW, 4)
    assert (trend.on_hand, trend.issued) == ((5, None, 0, 7), (1, 1, 1, 1))
    assert trend.days[-1] == TODAY - timedelta(days=1)


def test_a_city_is_open_on_a_day_on_which_one_of_its_telling_banks_is() -> None:
    here = picture()
    say(here, MAIN, 5, 6, 7, 8)
    say(here, OTHER, 90, 90, 90, 90)
    trend = trend_of(here, CHANGSHA, None, RED, O_POS, NOW, 4)
    assert (trend.on_hand, trend.banks, trend.of) == ((5, 6, 7, 8), 1, 2)
    say(here, HOUSE, 1, None, 1, 1)
    trend = trend_of(here, CHANGSHA, None, RED, O_POS, NOW, 4)
    assert (trend.on_hand, trend.banks) == ((6, None, 8, 9), 2)


def test_what_a_bank_does_not_say_is_taken_from_what_was_seen_of_it() -> None:
    here = picture()
    say(here, MAIN, None, 4, None, None)
    say(here, MAIN, 3, 9, 2, None, seen=True)
    assert trend_of(here, CHANGSHA, MAIN, RED, O_POS, NOW, 4).on_hand == (3, 4, 2, None)
    say(here, HOUSE, 3, 9, 2, None, seen=True)
    assert trend_of(here, CHANGSHA, HOUSE, RED, O_POS, NOW, 4).issued == (None,) * 4


def test_a_bank_that_says_nothing_is_all_open_and_not_zero() -> None:
    here = picture()
    trend = trend_of(here, CHANGSHA, None, RED, O_NEG, NOW, 4)
    assert (trend.on_hand, trend.issued, trend.banks, trend.of) == ((None,) * 4, (None,) * 4, 0, 2)


def test_days_outside_the_window_are_left_out() -> None:
    here = picture()
    say(here, MAIN, 5, 6, 7, 8)
    assert trend_of(here, CHANGSHA, MAIN, RED, None, NOW, 2).on_hand == (7, 8)
    assert trend_of(here, CHANGSHA, MAIN, RED, None, NOW, 6).on_hand == (None, None, 5, 6, 7, 8)
