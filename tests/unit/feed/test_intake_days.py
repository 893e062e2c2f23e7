"""What banks say of their days, checked before it is believed; and the days that were seen."""

from datetime import date
from pathlib import Path

import pytest

from dispatch.domain.blood import BloodGroup, ComponentCode
from dispatch.domain.errors import DispatchError
from dispatch.feed import payloads, topics
from dispatch.feed.stock_days import SeenDay, StockDayFile
from tests.unit.feed.feed_world import BANK, CHANGSHA, ZHUZHOU, World

RED = ComponentCode("red_cells")
DAY = date(2026, 11, 20)


def series(*on_hand: int | None, component: str = "red_cells", group: str = "O+") -> payloads.GroupDays:
    return payloads.GroupDays(component=component, group=group, on_hand=list(on_hand))  # type: ignore[arg-type]


def say(
    world: World, *all_series: payloads.GroupDays, bank: str = BANK, first: str = "2026-11-20", ahead: int = 0
) -> None:
    data = payloads.BankDays(
        bank=bank, first_day=first, said_at=world.now_ms + ahead, series=list(all_series)
    )
    world.say(topics.stock_days(CHANGSHA, BANK), "bank.days", data)


def test_days_are_applied_and_unknown_ones_stay_unknown() -> None:
    world = World()
    say(world, series(3, None, 0))
    days = world.picture.stock.days[BANK]
    assert days.first_day == DAY
    assert days.series[RED, BloodGroup.O_POS].on_hand == (3, None, 0)
    assert world.refused == {}


def test_newer_word_replaces_and_older_word_does_not() -> None:
    world = World()
    say(world, series(3))
    world.clock.advance(10)
    say(world, series(4))
    say(world, series(5), ahead=-9_000)
    assert world.picture.stock.days[BANK].series[RED, BloodGroup.O_POS].on_hand == (4,)


@pytest.mark.parametrize(
    ("first", "count", "bank", "ahead", "reason"),
    [
        ("2026-11-23", 3, BANK, 0, "future_day"),
        ("2026-02-30", 1, BANK, 0, "malformed"),
        ("9999-12-31", 2, BANK, 0, "malformed"),
        ("2026-11-20", 1, "CS-B-OTHER", 0, "wrong_key"),
        ("2026-11-20", 1, BANK, 3_600_000, "future"),
    ],
)
def test_days_that_have_not_been_and_days_of_others_are_refused(
    first: str, count: int, bank: str, ahead: int, reason: str
) -> None:
    world = World()
    say(world, series(*([1] * count)), bank=bank, first=first, ahead=ahead)
    assert world.refused == {reason: 1}
    assert world.picture.stock.days == {}


def test_a_series_twice_is_refused_and_an_unknown_component_left_out() -> None:
    world = World()
    say(world, series(1), series(2))
    assert world.refused == {"duplicate_entry": 1}
    say(world, series(1), series(2, component="whole_blood"))
    assert set(world.picture.stock.days[BANK].series) == {(RED, BloodGroup.O_POS)}


def test_another_city_cannot_speak_for_a_bank() -> None:
    world = World()
    data = payloads.BankDays(bank=BANK, first_day="2026-11-20", said_at=world.now_ms)
    world.say(topics.stock_days(ZHUZHOU, BANK), "bank.days", data)
    assert world.refused == {"not_owner": 1}


# --- what was seen --------------------------------------------------------------------------------


def seen(day: int, on_hand: int, at: int = 0) -> SeenDay:
    return SeenDay(BANK, RED, BloodGroup.O_POS, date(2026, 11, day), on_hand, at)


def test_the_last_amount_of_a_day_is_kept_and_days_nobody_looked_are_open(tmp_path: Path) -> None:
    file = StockDayFile(tmp_path / "days.db")
    assert file.read() == {}
    file.write([seen(20, 5), seen(22, 7, 1)], date(2026, 11, 22))
    file.write([seen(22, 6, 2)], date(2026, 11, 22))
    days = StockDayFile(tmp_path / "days.db").read()[BANK]
    assert days.first_day == date(2026, 11, 20)
    assert days.series[RED, BloodGroup.O_POS].on_hand == (5, None, 6)


def test_days_that_are_long_past_are_forgotten(tmp_path: Path) -> None:
    file = StockDayFile(tmp_path / "days.db")
    file.write([seen(1, 5)], date(2026, 11, 1))
    file.write([seen(20, 6)], date(2027, 1, 20))
    assert file.read()[BANK].first_day == date(2026, 11, 20)


def test_a_file_that_is_something_else_is_told_and_stops_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "days.db"
    path.write_text("no database " * 100)
    with pytest.raises(DispatchError, match=r"days\.db"):
        StockDayFile(path).read()
