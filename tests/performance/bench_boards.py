"""What one frame of a moving board costs, against Textual's DataTable with the same rows and changes.

Both run without a terminal in an application of their own at 160x48. A frame gives the widget the
rows that changed and waits until Textual has painted them; its cost is processor time.
"""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from textual.app import App, ComposeResult
from textual.widget import Widget
from textual.widgets import DataTable

from dispatch.console import theme
from dispatch.console.widgets.board import Board, Cell, Column, Row
from tests.performance.figures import Line, Say, Section, median, percentile
from tests.performance.terminal import COLUMNS, LINES

ROWS = (200, 2_000, 10_000, 20_000)
FRAMES = 30
FRAMES_PER_S = 4
"""Each unit reports once a second, so a quarter of the rows changes in a frame."""
FRAME_AT_MOST_MS = 25.0
PROMISED = 10_000
"""Rows up to which the budget is promised: the largest board that one console is meant for."""
TITLES = (("id", 9), ("city", 8), ("state", 16), ("age", 16), ("incident", 12), ("speed", 10))
SPEED = len(TITLES) - 1
Frame = Callable[[int], Awaitable[None] | None]


class Fleet:
    """Rows of units whose age and speed change; `tick` moves a quarter of them on."""

    def __init__(self, rows: int) -> None:
        self.keys = [f"CS-L{number:05d}" for number in range(rows)]
        self.speeds = [number * 7 % 90 for number in range(rows)]

    def tick(self, number: int) -> list[str]:
        """Change every fourth unit; their keys."""
        for index in range(number % FRAMES_PER_S, len(self.keys), FRAMES_PER_S):
            self.speeds[index] = (self.speeds[index] * 31 + number + index) % 90
        return self.keys[number % FRAMES_PER_S :: FRAMES_PER_S]

    def texts(self, key: str) -> tuple[str, ...]:
        index = int(key[-5:])
        speed = self.speeds[index]
        return (key, "长沙", "2 驶向现场", f"{speed % 4}秒", f"CS-1124-{index % 100:04d}", f"{speed} km/h")


class OneWidget(App[None]):
    """One widget on a screen of its own."""

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self._widget = widget

    def compose(self) -> ComposeResult:
        yield self._widget

    def on_mount(self) -> None:
        theme.register(self)
        self._widget.focus()


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of processor time a frame."""

    typical: float
    worst: float


def measure(say: Say) -> Section:
    """The section of the boards."""
    section = Section("boards", "Frames of a board", ABOUT)
    for rows in ROWS:
        for ordered in (False, True):
            say(f"{rows:,} rows, {'sorted by speed' if ordered else 'in the order given'}")
            ours = asyncio.run(_board(rows, ordered=ordered))
            table = asyncio.run(_data_table(rows, ordered=ordered))
            what = f"{rows:,} rows{', sorted by what changes' if ordered else ''}"
            for name, cost, beside in (
                ("median", ours.typical, table.typical),
                ("p95", ours.worst, table.worst),
            ):
                most = FRAME_AT_MOST_MS if rows <= PROMISED else None
                line = Line(f"{what}, {name}", cost, "ms", "DataTable", beside, at_most=most)
                section.lines.append(line)
    return section


async def _board(rows: int, *, ordered: bool) -> Cost:
    fleet, board = Fleet(rows), Board(id="units")

    def row_of(key: str) -> Row:
        cells = [Cell(text) for text in fleet.texts(key)]
        cells[SPEED] = Cell(cells[SPEED].text, "normal", float(fleet.speeds[int(key[-5:])]))
        return Row(key, tuple(cells))

    def frame(number: int) -> None:
        board.show_keys(fleet.keys, row_of, fleet.tick(number))

    app = OneWidget(board)
    async with app.run_test(size=(COLUMNS, LINES)):
        board.set_columns(Column(key, key, width) for key, width in TITLES)
        board.show_keys(fleet.keys, row_of, None)
        if ordered:
            board.sort_by("speed")
        return await _frames(app, frame)


async def _data_table(rows: int, *, ordered: bool) -> Cost:
    fleet, table = Fleet(rows), DataTable[str](cursor_type="row")

    def frame(number: int) -> None:
        for key in fleet.tick(number):
            texts = fleet.texts(key)
            table.update_cell(key, "age", texts[3])
            table.update_cell(key, "speed", texts[SPEED])
        if ordered:
            table.sort("speed", key=lambda text: int(text.partition(" ")[0]))

    app = OneWidget(table)
    async with app.run_test(size=(COLUMNS, LINES)):
        for key, width in TITLES:
            table.add_column(key, width=width, key=key)
        for key in fleet.keys:
            table.add_row(*fleet.texts(key), key=key)
        return await _frames(app, frame)


async def _frames(app: App[None], frame: Callable[[int], None]) -> Cost:
    """Processor time of each frame until it is painted; garbage is collected between frames, not in them."""
    taken = []
    for number in range(FRAMES + 3):
        gc.collect()
        begun = time.process_time()
        frame(number)
        painted = asyncio.Event()
        app.screen.call_after_refresh(painted.set)
        await painted.wait()
        taken.append((time.process_time() - begun) * 1000)
    return Cost(median(taken[3:]), percentile(taken[3:], 0.95))


ABOUT = f"""\
One frame at {FRAMES_PER_S} Hz of units that report once a second: a quarter of the rows changes its age
and its speed, and the widget paints. Processor milliseconds a frame, {FRAMES} frames, without a terminal,
at {COLUMNS}x{LINES}; the same rows and changes go to the board and to Textual's DataTable. The budget of
a frame is {FRAME_AT_MOST_MS:.0f} ms."""
