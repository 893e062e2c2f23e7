"""Themes, sets of symbols and the width of signs: by config, at run time, and remembered."""

import os
import pty
import re
import threading
import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import ValidationError

from dispatch.console.app import ConsoleApp
from dispatch.console.appearance import LOOK_FILE, Appearance, Look, Looks, narrow
from dispatch.console.limits import load_manners
from dispatch.console.symbols import symbols, use
from dispatch.console.terminal import ambiguous_is_wide
from dispatch.console.widgets.board import Board
from dispatch.domain.errors import BadConfiguration
from dispatch.text import cell_width
from tests.console.driver import MANNERS, Console
from tests.console.fakes import FakeDesk, fake_desk
from tests.console.sights import SIGHTS


@pytest.fixture(autouse=True)
def _the_default_signs() -> object:
    yield
    use("braille")


@pytest.fixture
def desk() -> FakeDesk:
    return fake_desk()


def app_of(desk: FakeDesk, file: Path | None = None, *, wide: bool = False, **look: str) -> ConsoleApp:
    drawn = {"symbols": look.pop("symbols", "braille")}
    manners = MANNERS.model_copy(update={"look": Look.model_validate(look), **drawn})
    return ConsoleApp(desk, manners=manners, steady=desk.clock.monotonic, look_file=file, wide_signs=wide)


async def test_a_console_begins_as_it_is_configured(desk: FakeDesk) -> None:
    async with app_of(desk, theme="day", symbols="ascii").run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.wait(0)
        assert (console.app.theme, symbols().name) == ("day", "ascii")


async def test_what_is_chosen_is_there_again_at_the_next_start(desk: FakeDesk, tmp_path: Path) -> None:
    file = tmp_path / "new" / LOOK_FILE
    async with app_of(desk, file).run_test(size=(80, 24)) as pilot:
        await Console(pilot, desk).line("theme mono").line("symbols block").line("width wide").wait(0)
    use("braille")
    async with app_of(desk, file).run_test(size=(80, 24)) as pilot:
        console = Console(pilot, desk)
        await console.wait(0)
        assert (console.app.theme, symbols().name) == ("monochrome", "block")
        assert console.text().replace("▪", "") == narrow(console.text().replace("▪", ""))


async def test_comfortable_rows_take_two_lines_and_are_kept_at_this_desk(
    desk: FakeDesk, tmp_path: Path
) -> None:
    file = tmp_path / LOOK_FILE

    def lines_between(console: Console) -> int:
        shown = [at for at, line in enumerate(console.text().splitlines()) if re.search(r"-1124-000\d", line)]
        return min(after - before for before, after in pairwise(shown))

    async with app_of(desk, file).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.wait(0)
        assert lines_between(console) == 1
        await console.line("density").wait(0)
        assert "宽松" in console.app.result.text
        assert lines_between(console) == 2
        await console.units().incidents().wait(0)  # a screen made afterwards has them as well
    async with app_of(desk, file).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.units().wait(0)
        assert console.app.styling.now.density == "comfortable"
        board = console.app.screen.query_one(Board)
        assert board.lines_of(3) == 7
        await console.line("density jincou").wait(0)
        assert board.lines_of(3) == 4


async def test_rows_are_chosen_by_what_is_seen_however_close_they_stand(desk: FakeDesk) -> None:
    async with app_of(desk, density="comfortable").run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await console.units().wait(0)
        board = console.app.screen.query_one(Board)
        third, fourth = board.keys[2:4]
        await pilot.click(board, offset=(4, 6))
        assert board.selected == third  # the second line of the third row
        await pilot.click(board, offset=(4, 7))
        assert board.selected == fourth
        await console.press("end").wait(0)
        assert board.selected == board.keys[-1] == board.visible_keys[-1]
        await console.line("density compact").wait(0)
        assert board.selected == board.keys[-1]
        assert board.keys[-1] in board.visible_keys


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"theme": "pink"}', '{"theme": 3}'])
def test_a_damaged_memory_is_as_good_as_none(tmp_path: Path, damage: str) -> None:
    file = tmp_path / LOOK_FILE
    file.write_text(damage, "utf-8")
    assert Looks(Appearance(theme="day"), file).now == Appearance(theme="day")


def test_a_memory_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "in the way").write_text("", "utf-8")
    looks = Looks(Appearance(), tmp_path / "in the way" / LOOK_FILE)
    looks.choose(theme="day")
    assert looks.now.theme == "day"
    with pytest.raises(ValidationError):
        looks.choose(theme="pink")


def test_a_wrong_look_in_the_configuration_names_its_field(tmp_path: Path) -> None:
    file = tmp_path / "console.toml"
    file.write_text(
        'edition = "t"\nexpiring_soon_hours = 1\nconfirm_guard_s = 0\nletter_quiet_s = 0\n'
        '[look]\ntheme = "pink"\n'
    )
    with pytest.raises(BadConfiguration, match=r"look\.theme"):
        load_manners(file)


@pytest.mark.parametrize("screen", ["incidents", "blood", "map", "trend", "handover", "help"])
async def test_a_wide_terminal_is_sent_nothing_of_ambiguous_width(screen: str) -> None:
    sight = SIGHTS[screen]
    desk = sight.desk()
    async with app_of(desk, wide=True).run_test(size=(120, 36)) as pilot:
        console = Console(pilot, desk)
        await sight.way(console)
        await console.wait(0)
        shown = console.text()
        doubtful = {char for char in shown if unicodedata.east_asian_width(char) == "A"}
        assert not doubtful
        assert {cell_width(line) for line in shown.splitlines()} == {120}
        await console.press("escape", "escape").line("width narrow").wait(0)
        assert any(unicodedata.east_asian_width(char) == "A" for char in console.text())


def test_what_stands_for_a_sign_takes_one_cell_and_is_plain() -> None:
    for code in range(0x00A0, 0x30000):
        char = chr(code)
        if unicodedata.east_asian_width(char) == "A" and not unicodedata.combining(char):
            drawn = narrow(char)
            assert len(drawn) == 1, char
            assert unicodedata.east_asian_width(drawn) in ("Na", "N", "H"), char
    assert narrow("①→×“长沙”│Ω") == '1>x"长沙"|?'


@pytest.mark.parametrize(("column", "wide"), [(2, False), (3, True)])
def test_the_terminal_is_asked_where_its_cursor_went(column: int, wide: bool) -> None:
    master, slave = pty.openpty()

    def terminal() -> None:
        heard = b""
        while b"\x1b[6n" not in heard:
            heard += os.read(master, 64)
        os.write(master, f"\x1b[1;{column}R".encode())

    answering = threading.Thread(target=terminal)
    answering.start()
    try:
        assert ambiguous_is_wide(slave, slave) is wide
    finally:
        answering.join()
        os.close(master)
        os.close(slave)


def test_a_terminal_that_says_nothing_and_a_pipe_are_taken_as_usual() -> None:
    master, slave = pty.openpty()
    reads, writes = os.pipe()
    try:
        assert ambiguous_is_wide(slave, slave) is False
        assert ambiguous_is_wide(reads, writes) is False
    finally:
        for one in (master, slave, reads, writes):
            os.close(one)
