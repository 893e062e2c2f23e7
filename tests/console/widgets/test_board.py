"""The board: selection by key, an order that holds still, columns that wide characters never break."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.style import Style

from dispatch.console.present_cells import Cell, Column, Row, lay_out
from dispatch.console.theme import THEMES, look
from dispatch.console.widgets.board import Board
from dispatch.console.widgets.board_lines import Painted, RowWindow, row_strip
from dispatch.console.widgets.order import RowOrder
from dispatch.console.widgets.rows_view import TALL_ROWS
from dispatch.text import cell_width, on_two_lines, safe_text
from tests.console.widgets.harness import OneWidget, lines, strips
from tests.console.widgets.scenes import HOSTILE

COLUMNS = (Column("id", "车辆", 8), Column("state", "状态", 12, priority=1), Column("note", "站点", None))


def row(key: str, state: str = "7 站内待命", note: str = "芙蓉急救站", sort: float | None = None) -> Row:
    return Row(key, (Cell(key), Cell(state, sort=sort), Cell(note)))


def rows(count: int) -> list[Row]:
    return [row(f"CS-{number:03d}", sort=float(-number)) for number in range(count)]


class Heard(OneWidget):
    def on_board_highlighted(self, message: Board.Highlighted) -> None:
        self.hear(message)

    def on_board_chosen(self, message: Board.Chosen) -> None:
        self.hear(message)

    @property
    def chosen(self) -> list[str]:
        return [message.key for message in self.heard if isinstance(message, Board.Chosen)]


def board(count: int = 5) -> tuple[Heard, Board]:
    widget = Board(empty="没有车辆")
    widget.set_columns(COLUMNS)
    widget.show(rows(count))
    return Heard(widget), widget


async def test_the_selection_stays_with_its_key_when_rows_are_sorted() -> None:
    app, widget = board()
    async with app.run_test(size=(60, 12)) as pilot:
        widget.select("CS-003")
        widget.sort_by("state")
        await pilot.pause()
        assert widget.keys == ["CS-004", "CS-003", "CS-002", "CS-001", "CS-000"]
        assert widget.selected == "CS-003"
        await pilot.press("enter")
        assert app.chosen == ["CS-003"]


async def test_the_selected_row_stays_in_view_when_the_board_gets_lower() -> None:
    app, widget = board(12)
    async with app.run_test(size=(60, 14)) as pilot:
        widget.select("CS-010")
        await pilot.pause()
        assert "CS-010" in widget.visible_keys
        await pilot.resize_terminal(60, 6)
        await pilot.pause()
        assert "CS-010" in widget.visible_keys


async def test_a_selected_row_that_goes_leaves_no_selection_and_enter_does_nothing() -> None:
    app, widget = board()
    async with app.run_test(size=(60, 12)) as pilot:
        widget.select("CS-002")
        widget.show([one for one in rows(5) if one.key != "CS-002"])
        await pilot.press("enter")
        assert widget.selected is None
        assert app.chosen == []
        await pilot.press("down")
        assert widget.selected == "CS-003"


async def test_while_frozen_lines_hold_still_and_a_row_that_goes_cannot_be_chosen() -> None:
    app, widget = board()
    async with app.run_test(size=(60, 12)) as pilot:
        widget.select("CS-001")
        widget.freeze()
        widget.show([row("CS-009"), *reversed([one for one in rows(5) if one.key != "CS-001"])])
        await pilot.pause()
        assert widget.keys == ["CS-000", "CS-001", "CS-002", "CS-003", "CS-004", "CS-009"]
        assert lines(app)[2].startswith("CS-001")
        await pilot.press("enter")
        assert app.chosen == []
        widget.freeze(False)
        assert widget.keys == ["CS-009", "CS-004", "CS-003", "CS-002", "CS-000"]


async def test_a_filter_typed_while_frozen_takes_no_row_away() -> None:
    app, widget = board()
    async with app.run_test(size=(60, 12)):
        widget.freeze()
        widget.set_filter("CS-003")
        assert len(widget.keys) == 5
        widget.freeze(False)
        assert widget.keys == ["CS-003"]


def test_freezing_makes_no_row_that_is_not_seen() -> None:
    made: list[str] = []

    def make(key: str) -> Row:
        made.append(key)
        return row(key)

    order = RowOrder()
    order.give([f"CS-{number:03d}" for number in range(1000)], make)
    order.freeze(True)
    assert made == []


async def test_values_go_on_changing_while_the_order_is_frozen() -> None:
    app, widget = board()
    async with app.run_test(size=(60, 12)) as pilot:
        widget.freeze()
        widget.show([row("CS-000", state="9 暂停调用"), *rows(5)[1:]])
        await pilot.pause()
        assert "9 暂停调用" in lines(app)[1]


async def test_every_key_moves_the_selection_as_it_should() -> None:
    app, widget = board(100)
    async with app.run_test(size=(60, 11)) as pilot:
        seen = []
        for key in ("down", "down", "up", "pagedown", "end", "up", "pageup", "home"):
            await pilot.press(key)
            seen.append(widget.selected)
        assert seen == [
            "CS-000", "CS-001", "CS-000", "CS-009", "CS-099", "CS-098", "CS-089", "CS-000",
        ]  # fmt: skip
        await pilot.pause()
        assert widget.scroll_offset.y == 0


async def test_the_selected_row_is_scrolled_into_view_below_the_header() -> None:
    app, widget = board(100)
    async with app.run_test(size=(60, 11)) as pilot:
        widget.select("CS-050")
        await pilot.pause()
        shown = lines(app)
        assert shown[0].startswith("车辆")
        assert shown[10].startswith("CS-050")
        assert widget.visible_keys[-1] == "CS-050"


async def test_a_click_selects_and_a_double_click_chooses() -> None:
    app, widget = board()
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.click(Board, offset=(3, 3))
        assert (widget.selected, app.chosen) == ("CS-002", [])
        await pilot.click(Board, offset=(3, 3), times=2)
        assert app.chosen == ["CS-002"]


async def test_the_second_click_on_another_row_than_the_first_chooses_nothing() -> None:
    app, widget = board()
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.click(Board, offset=(3, 3))
        widget.show(list(reversed(rows(5)[:4])))
        await pilot.pause()
        await pilot.click(Board, offset=(3, 2), times=2)
        assert "CS-003" not in app.chosen


async def test_a_click_on_a_title_sorts_and_a_second_one_turns_the_order() -> None:
    app, widget = board()
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.click(Board, offset=(10, 0))
        assert widget.sorting == ("state", False)
        await pilot.pause(0.6)
        await pilot.click(Board, offset=(10, 0))
        assert widget.sorting == ("state", True)
        assert "状态▾" in lines(app)[0]


async def test_the_filter_finds_chinese_by_pinyin() -> None:
    app, widget = board()
    async with app.run_test(size=(60, 12)):
        widget.show([row("CS-001", note="岳麓站"), row("CS-002", note="星沙站")])
        widget.set_filter("星沙")
        assert widget.keys == ["CS-002"]
        widget.set_filter("yueluzhan")
        assert widget.keys == ["CS-001"]
        widget.set_filter("cs-00")
        assert widget.keys == ["CS-001", "CS-002"]


async def test_an_empty_board_says_why() -> None:
    app, _widget = board(0)
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        assert any("没有车辆" in line for line in lines(app))


async def test_a_narrow_board_drops_its_least_column_and_keeps_the_first() -> None:
    app, _widget = board()
    async with app.run_test(size=(20, 12)) as pilot:
        await pilot.pause()
        assert "状态" not in lines(app)[0]
        assert "车辆" in lines(app)[0]


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_texts_are_inert_on_the_board(text: str) -> None:
    app, widget = board()
    async with app.run_test(size=(60, 12)) as pilot:
        widget.show([Row("k", (Cell(text), Cell(text), Cell(text)))])
        widget.select("k")
        await pilot.click(Board, offset=(1, 1))
        await pilot.pause()
        assert all(line.isprintable() for line in lines(app))
        assert {strip.cell_length for strip in strips(app)} == {60}
        assert not any(segment.style and segment.style.meta for strip in strips(app)[:2] for segment in strip)


@given(
    texts=st.lists(st.text(max_size=30), min_size=3, max_size=3),
    width=st.integers(min_value=1, max_value=80),
)
@settings(max_examples=60, deadline=None)
def test_columns_start_where_their_titles_start_whatever_the_text(texts: list[str], width: int) -> None:
    from rich.style import Style

    from dispatch.console.widgets.paint import line

    laid = lay_out(COLUMNS, width)
    parts = [(texts[index], cells, Style(), COLUMNS[index].align) for index, cells in laid]
    strip = line(parts, width, Style())
    assert strip.cell_length == width
    assert cell_width(strip.text) == width


def test_only_lines_that_differ_are_drawn() -> None:
    order = RowOrder()
    order.give_rows({one.key: one for one in rows(3)})
    assert order.give_rows({one.key: one for one in rows(3)}) is False


async def test_a_change_of_one_row_repaints_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    app, widget = board(50)
    async with app.run_test(size=(60, 30)) as pilot:
        await pilot.pause()
        drawn: list[int] = []
        monkeypatch.setattr(widget, "refresh_line", drawn.append)
        changed = rows(50)
        changed[7] = row("CS-007", state="9 暂停调用")
        widget.show(changed)
        assert drawn == [8]


async def test_only_rows_said_to_have_changed_are_made_again() -> None:
    app, widget = board(0)
    ready = {one.key: one for one in rows(50)}
    made: list[str] = []

    def row_of(key: str) -> Row:
        made.append(key)
        return ready[key]

    async with app.run_test(size=(60, 30)) as pilot:
        widget.show_keys(list(ready), row_of)
        await pilot.pause()
        made.clear()
        widget.show_keys(list(ready), row_of, changed=("CS-003", "CS-040"))
        assert made == ["CS-003"]  # the other is out of sight
        widget.refresh_rows()
        assert made[1:] == widget.visible_keys


async def test_ten_thousand_rows_refresh_in_a_few_milliseconds() -> None:
    app, widget = board(0)
    ready = {one.key: one for one in rows(10_000)}
    keys = list(ready)
    async with app.run_test(size=(160, 48)) as pilot:
        widget.show_keys(keys, ready.get)
        await pilot.pause()
        took = []
        for number in range(20):
            ready["CS-003"] = row("CS-003", state=f"{number} x")
            start = time.perf_counter()
            widget.show_keys(keys, ready.get, changed=("CS-003",))
            took.append(time.perf_counter() - start)
            await pilot.pause()
        assert sorted(took)[10] < 0.02


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=60))
def test_a_frozen_order_never_moves_a_line(steps: list[tuple[int, bool]]) -> None:
    order = RowOrder()
    order.give_rows({one.key: one for one in rows(10)})
    order.freeze(True)
    before = list(order.keys)
    there = {one.key: one for one in rows(10)}
    for number, comes in steps:
        key = f"CS-{number:03d}"
        if comes:
            there[key] = row(key)
        else:
            there.pop(key, None)
        order.give_rows(there)
        assert order.keys[: len(before)] == before
        assert order.gone == {shown for shown in order.keys if shown not in there}
        before = list(order.keys)


VALUES = st.one_of(st.none(), st.integers(-3, 3).map(float), st.sampled_from(["", "b", "a"]))


@given(st.lists(VALUES, max_size=30), st.lists(st.tuples(st.integers(0, 29), VALUES)), st.booleans())
def test_numbers_come_before_words_and_equal_rows_stay_as_given(
    values: list[float | str | None], changes: list[tuple[int, float | str | None]], reverse: bool
) -> None:
    there = {
        f"{number:03d}": Row(f"{number:03d}", (Cell("x", sort=value),)) for number, value in enumerate(values)
    }
    order = RowOrder()
    order.give(list(there), there.get)
    order.sort(0, reverse)
    for at, value in changes:
        key = f"{at:03d}"
        if key in there:
            there[key] = Row(key, (Cell("x", sort=value),))
            order.give(list(there), there.get, [key])
    assert order.keys == sorted(there, key=lambda key: there[key].cells[0].sort_key, reverse=reverse)


async def test_what_is_too_long_for_a_line_goes_on_below_it_where_rows_are_comfortable() -> None:
    widget = Board()
    widget.set_columns(
        (Column("id", "车辆", 8), Column("note", "站点", 10), Column("min", "分", 4, align="right"))
    )
    note = "湘潭大学南门公交站东侧人行天桥下"
    widget.show([Row("CS-001", (Cell("CS-001"), Cell(note), Cell("12"))), Row("CS-002", (Cell("CS-002"),))])
    app = Heard(widget)
    app.set_class(True, TALL_ROWS)
    async with app.run_test(size=(30, 8)) as pilot:
        await pilot.pause()
        assert [line.split() for line in lines(app)[1:5]] == [
            ["CS-001", "湘潭大学南", "12"],
            ["门公交站.."],
            ["CS-002"],
            [],
        ]
        assert {cell_width(line) for line in lines(app)} == {30}


@given(st.text(max_size=40), st.integers(1, 30))
def test_a_text_on_two_lines_loses_nothing_and_no_number_is_broken(text: str, width: int) -> None:
    safe = safe_text(text)
    first, rest = on_two_lines(safe, width)
    assert (first + rest).replace(" ", "") == safe.replace(" ", "")
    if rest:
        assert cell_width(first) <= width
    broken = on_two_lines("CS-1124-0003 长沙火车站东广场12345号", width)
    for number in ("CS-1124-0003", "12345"):
        assert any(number in part for part in broken)


@given(tall=st.integers(1, 2), height=st.integers(1, 30), count=st.integers(1, 60), data=st.data())
def test_a_row_that_is_scrolled_to_is_seen_whole(
    tall: int, height: int, count: int, data: st.DataObject
) -> None:
    window, body = RowWindow(tall), max(tall, height - 1)
    at = data.draw(st.integers(0, count - 1))
    top = window.scrolled(data.draw(st.integers(0, count * tall)), height, at)
    assert at in window.rows(top, height, count)
    if height > tall:
        assert top <= at * tall
        assert at * tall + tall <= top + body
    seen = {window.at(top, y)[0] for y in range(1, max(2, height))}
    assert {row for row in seen if row < count} == set(window.rows(top, height, count))


@pytest.mark.parametrize("theme", THEMES)
def test_what_is_to_be_acted_on_now_stands_out_on_the_selected_row_as_well(theme: str) -> None:
    columns, styles = (Column("id", "", 6), Column("what", "", 6)), look(theme)
    shown = Row("CS-001", (Cell("CS-001"), Cell("now", "critical")))
    strip = row_strip(Painted(shown, True, False, False), columns, ((0, 6), (1, 6)), 13, Style(), styles)
    plain, critical = (strip.crop(at, at + 1)._segments[0].style for at in (1, 8))
    assert plain is not None
    assert critical is not None
    assert (critical.bgcolor, critical.reverse) != (plain.bgcolor, plain.reverse)
