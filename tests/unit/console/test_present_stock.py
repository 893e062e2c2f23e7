"""The stock table: absent is not empty, stale is not live, components are never added."""

from dispatch.console.present import Cell, count_lots, stock_cell
from dispatch.console.present_blood import Count
from dispatch.console.present_stock import StockRow, StockTable, stock_table
from dispatch.domain.blood import BankId, BloodGroup, ComponentCode, LotState
from dispatch.picture.live import Picture
from tests.console.widgets.scenes import COUNTED, NOW, count_stock, lot, picture, scene

RBC, FFP = ComponentCode("rbc"), ComponentCode("ffp")


def table(of: Picture) -> StockTable:
    return stock_table(of, scene(of), COUNTED)


def row(of: Picture, key: str) -> StockRow:
    return next(row for row in table(of).rows if row.key == key)


def stocked() -> Picture:
    now = picture()
    count_stock(
        now,
        "CS-B-CENTRE",
        [
            lot(1, "rbc", BloodGroup.O_POS, 6, 200),
            lot(2, "rbc", BloodGroup.O_POS, 2, 12),
            lot(3, "rbc", BloodGroup.A_POS, 9, 300, state=LotState.RESERVED),
            lot(4, "rbc", BloodGroup.AB_NEG, 1, -1),
            lot(5, "ffp", BloodGroup.O_POS, 400, 900),
        ],
    )
    return now


def test_only_what_can_be_offered_is_counted_and_what_expires_soon_is_told_apart() -> None:
    counts = count_lots(stocked().stock.banks[BankId("CS-B-CENTRE")].lots.values(), NOW, COUNTED.soon)
    assert counts == {
        (RBC, BloodGroup.O_POS): Count(8, 2),
        (FFP, BloodGroup.O_POS): Count(400, 0),
    }


def test_a_bank_row_shows_amounts_zeros_and_sums_per_component() -> None:
    cells = row(stocked(), "CS-B-CENTRE").cells
    assert cells[RBC, BloodGroup.O_POS] == Cell("8◔", "expiring", 8.0)
    assert cells[RBC, BloodGroup.A_POS].text == "0 "
    assert (cells[RBC, None].text, cells[FFP, None].text) == ("8◔", "400 ")


def test_a_bank_that_never_reported_shows_a_dash_and_not_a_zero() -> None:
    cells = row(stocked(), "XT-B-CENTRE").cells
    assert cells[RBC, BloodGroup.O_POS].text == "– "


def test_a_stale_count_and_one_of_an_offline_city_are_grey_and_signed() -> None:
    now = stocked()
    count_stock(now, "ZZ-B-CENTRE", [lot(9, "rbc", BloodGroup.O_POS, 5, 200)], age_s=40)
    count_stock(now, "CS-B-CENTRE", [lot(1, "rbc", BloodGroup.O_POS, 6, 200)], age_s=1)
    offline = row(now, "ZZ-B-CENTRE")
    assert offline.cells[RBC, BloodGroup.O_POS] == Cell("5~", "stale", 5.0)
    assert offline.age.text == "✗ 40秒 离线"
    assert row(now, "zhuzhou").age.text == "离线 自 02:01"


def test_a_count_with_a_gap_is_marked_until_a_whole_count_comes() -> None:
    now = stocked()
    now.stock.banks[BankId("CS-B-CENTRE")].complete = False
    assert row(now, "CS-B-CENTRE").cells[RBC, BloodGroup.O_POS].text == "8?"


def test_the_sum_of_all_cities_is_marked_while_any_part_of_it_is_missing_or_stale() -> None:
    now = stocked()
    assert row(now, "total").cells[RBC, BloodGroup.O_POS].text == "8?"
    count_stock(now, "ZZ-B-CENTRE", [lot(9, "rbc", BloodGroup.O_POS, 5, 200)])
    assert row(now, "total").cells[RBC, BloodGroup.O_POS].text == "13~"


def test_signs_stand_behind_the_digits_so_that_digits_stand_under_digits() -> None:
    states = [
        stock_cell(Count(12, soon), reported=True, live=live, complete=complete).text
        for soon, live, complete in ((0, True, True), (3, True, True), (0, False, True), (0, True, False))
    ]
    assert states == ["12 ", "12◔", "12~", "12?"]


def test_rows_go_city_by_city_and_end_with_the_sum_of_all() -> None:
    assert [row.key for row in table(stocked()).rows] == [
        "changsha", "CS-B-CENTRE", "zhuzhou", "ZZ-B-CENTRE", "xiangtan", "XT-B-CENTRE", "total",
    ]  # fmt: skip
