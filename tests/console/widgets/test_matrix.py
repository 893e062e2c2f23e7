"""The stock matrix: readable from 80 cells to a wall, one cursor over all panels."""

import pytest

from dispatch import language
from dispatch.console.present_stock import stock_table
from dispatch.console.widgets.matrix import StockMatrix, StockPlace
from dispatch.domain.blood import Bank, BankId, BloodGroup, ComponentCode
from dispatch.domain.model import Name
from dispatch.picture.live import Picture
from tests.console.widgets.harness import OneWidget, lines, strips
from tests.console.widgets.scenes import CHANGSHA, COUNTED, HOSTILE, count_stock, lot, picture, scene

RBC, FFP = ComponentCode("rbc"), ComponentCode("ffp")


class Heard(OneWidget):
    def on_stock_matrix_highlighted(self, message: StockMatrix.Highlighted) -> None:
        self.hear(message)

    def on_stock_matrix_chosen(self, message: StockMatrix.Chosen) -> None:
        self.hear(message)


def stocked() -> Picture:
    now = picture()
    lots = [
        lot(number, code, group, 10 * number + 1, 200)
        for number, group in enumerate(BloodGroup)
        for code in ("rbc", "ffp")
    ]
    count_stock(now, "CS-B-CENTRE", [one.model_copy(update={"id": f"{n}"}) for n, one in enumerate(lots)])
    return now


def matrix(of: Picture | None = None) -> tuple[Heard, StockMatrix]:
    now = of or stocked()
    widget = StockMatrix()
    widget.show(stock_table(now, scene(now), COUNTED))
    return Heard(widget), widget


@pytest.mark.parametrize(("width", "bands"), [(80, 2), (160, 1), (240, 1)])
async def test_as_many_panels_stand_side_by_side_as_the_width_holds(width: int, bands: int) -> None:
    app, widget = matrix()
    async with app.run_test(size=(width, 40)) as pilot:
        await pilot.pause()
        assert len(widget.bands) == bands
        text = "\n".join(lines(app))
        for word in (
            "悬浮红细胞 (U)",
            "血浆 (mL)",
            "长沙血液中心",
            "三市合计",
        ):
            assert word in text
        assert {strip.cell_length for strip in strips(app)} == {width}


async def test_every_amount_of_a_bank_stands_in_its_row_at_eighty_columns() -> None:
    app, _widget = matrix()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        bank = next(line for line in lines(app) if "长沙血液中心" in line)
        amounts = [word for word in bank.replace("│", " ").split() if word.isdigit()]
        assert amounts == ["11", "31", "51", "71", "1", "21", "41", "61", "288"]


async def test_the_cursor_says_which_bank_component_and_group_it_stands_on() -> None:
    app, widget = matrix()
    async with app.run_test(size=(160, 40)) as pilot:
        await pilot.press("down", "right")
        assert widget.place == StockPlace(CHANGSHA, BankId("CS-B-CENTRE"), RBC, BloodGroup.A_POS)
        await pilot.press("pagedown", "enter")
        chosen = [message.place for message in app.heard if isinstance(message, StockMatrix.Chosen)]
        assert chosen == [StockPlace(CHANGSHA, BankId("CS-B-CENTRE"), FFP, BloodGroup.A_POS)]


async def test_the_cursor_goes_on_from_the_last_group_of_a_panel_to_the_next_panel() -> None:
    app, widget = matrix()
    async with app.run_test(size=(160, 40)) as pilot:
        await pilot.press(*["right"] * 9)
        assert widget.place == StockPlace(CHANGSHA, None, FFP, BloodGroup.O_POS)
        await pilot.press("left")
        assert widget.place == StockPlace(CHANGSHA, None, RBC, None)


async def test_below_the_last_row_comes_the_panel_underneath() -> None:
    app, widget = matrix()
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.press("end", "down")
        assert widget.place == StockPlace(CHANGSHA, None, FFP, BloodGroup.O_POS)
        await pilot.pause()
        assert any("血浆 (mL)" in line for line in lines(app))
        await pilot.press("up")
        assert widget.place == StockPlace(None, None, RBC, BloodGroup.O_POS)


async def test_a_click_puts_the_cursor_on_the_amount_under_it() -> None:
    app, widget = matrix()
    async with app.run_test(size=(160, 40)) as pilot:
        await pilot.pause()
        at = lines(app)[3].index("61")
        width = sum(2 if ord(c) > 0x2E80 else 1 for c in lines(app)[3][:at])
        await pilot.click(StockMatrix, offset=(width, 3))
        assert widget.place == StockPlace(CHANGSHA, BankId("CS-B-CENTRE"), RBC, BloodGroup.AB_NEG)


async def test_new_counts_leave_the_cursor_where_it_was() -> None:
    app, widget = matrix()
    async with app.run_test(size=(160, 40)) as pilot:
        await pilot.press("down", "right", "right")
        before = widget.place
        now = stocked()
        count_stock(now, "XT-B-CENTRE", [lot(99, "rbc", BloodGroup.O_POS, 7, 99)])
        widget.show(stock_table(now, scene(now), COUNTED))
        await pilot.pause()
        assert widget.place == before


async def test_it_speaks_english_after_the_next_table() -> None:
    language.use("en")
    app, _widget = matrix()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        text = "\n".join(lines(app))
        for word in (
            "Red cells (U)",
            "Changsha Blood Centre",
            "offline since 02:01",
            "All cities",
            "never counted",
        ):
            assert word in text


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_names_are_inert_in_the_matrix(text: str) -> None:
    now = stocked()
    bank = now.banks[BankId("CS-B-CENTRE")]
    name = Name.model_construct(zh=text, en=text)
    now.banks[bank.id] = Bank.model_construct(**{**dict(bank), "name": name})
    app, _widget = matrix(now)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert all(line.isprintable() for line in lines(app))
        assert {strip.cell_length for strip in strips(app)} == {80}


async def test_an_empty_matrix_draws_nothing_and_takes_every_key() -> None:
    widget = StockMatrix()
    app = Heard(widget)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("down", "right", "enter", "pagedown", "home", "end")
        assert app.heard == []
