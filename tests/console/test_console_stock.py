"""The views of the blood screen: keys, cursor, labels from a scanner, and what is not live."""

from textual import events

from dispatch.console.dialogs.label import LabelDialog
from dispatch.console.widgets.matrix import StockMatrix
from dispatch.domain.blood import BankId
from dispatch.picture.cities import Sight
from tests.console.driver import Console, console_app
from tests.console.stocked import stocked_desk


async def test_digits_show_the_stock_in_every_way_and_escape_comes_back() -> None:
    desk = stocked_desk()
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await (
            console.blood().expect_text("悬浮红细胞 (U)")
            .press("2").expect_text("悬浮红细胞 (可用天数)", "1.3▴", "(0)!", "只计数量")
            .press("4").expect_text("现有 / 本市底线", "0 / 2 !", "尚无人签署")
            .press("5").expect_text("48 小时内到期", "1 批已过期仍在架")
            .press("escape").expect_text("悬浮红细胞 (U)")
        )  # fmt: skip


async def test_the_lots_are_those_of_the_bank_under_the_cursor_with_their_states() -> None:
    desk = stocked_desk()
    async with console_app(desk).run_test(size=(160, 48)) as pilot:
        console = Console(pilot, desk)
        await (
            console.blood().press("down", "3")
            .expect_text("长沙血液中心", "隔离待检", "已召回", "已过期", "G123417654321", "辐照")
            .expect_no_text("株洲市中心血站")
            .line("lots 株洲市中心血站").expect_text("株洲市中心血站").expect_no_text("G123417654321")
        )  # fmt: skip


async def test_a_trend_is_drawn_and_its_place_moves_with_the_arrows() -> None:
    desk = stocked_desk()
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await (
            console.blood().press("down", "6")
            .expect_text("悬浮红细胞 O+ (U)", "日均 10.5", "日发放量", "11-23")
            .press("right").expect_text("悬浮红细胞 A+ (U)")
            .press("down", "down").expect_text("株洲市中心血站")
            .press("pagedown").expect_text("去白细胞悬浮红细胞 A+")
        )  # fmt: skip


async def test_a_city_out_of_sight_is_never_shown_as_live_in_any_view() -> None:
    desk = stocked_desk()
    desk.picture.sight[desk.home_city].sight = Sight.OFFLINE
    async with console_app(desk).run_test(size=(160, 48)) as pilot:
        console = Console(pilot, desk)
        await (
            console.blood().press("2").expect_text("2.8~").expect_no_text("2.8▸")
            .press("4").expect_text("0 / 2 ~")
            .press("1", "down", "6").expect_text("非实时")
        )  # fmt: skip


async def test_a_bank_that_never_counted_is_a_dash_and_not_nothing() -> None:
    desk = stocked_desk()
    del desk.picture.stock.banks[BankId("CS-B-CENTRE")]
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.blood().press("2", "4").expect_text("–").press("2")
        row = console.app.screen.query_one(StockMatrix)._table.rows[0]
        assert {cell.text for cell in row.cells.values()} == {"– "}


async def test_a_scanner_is_heard_without_a_key_and_triggers_nothing_else() -> None:
    """The number holds n, r and digits, all of them keys of this screen, and ends with Enter."""
    desk = stocked_desk()
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.blood().press("down")

        def scan(text: str) -> None:
            for character in text:
                console.app.post_message(events.Key(character, character))
            console.app.post_message(events.Key("enter", "\r"))

        await (
            console.do(lambda: scan("=G12341765432100")).expect_dialog(LabelDialog)
            .expect_text("献血码 G123417654321", "已召回")
            .commit("=%5100").press("enter").expect_text("不一致：标签血型 O+，库存血型 A+")
            .commit("=%9900").press("enter").expect_text("血型码 99 在此未知", "血型 O+")
            .press("f7").expect_text("尚未扫描").press("escape").expect_dialog(None)
        )  # fmt: skip
        assert console.app.screen_name == "blood"


async def test_typing_slowly_is_no_scan() -> None:
    desk = stocked_desk()
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.blood().press("equals_sign")
        await pilot.pause(0.3)
        await console.press("4").expect_text("现有 / 本市底线").expect_dialog(None)


async def test_a_label_can_be_read_from_the_command_line() -> None:
    desk = stocked_desk()
    async with console_app(desk).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.line("label G123417654321A").expect_dialog(LabelDialog).expect_text("已校验", "已召回")
        await console.press("escape").line("标签 G123417654321B").expect_text("校验字符应为 A")
