"""One frame of the map: base lines, units, marks and labels as characters and styles of cells."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch.console.present_times import duration_text
from dispatch.console.symbols import Symbols, symbols
from dispatch.console.widgets.braille import DOT_SETS, Canvas
from dispatch.console.widgets.map_labels import Room
from dispatch.console.widgets.map_layers import MapBase, MapLayers, Mark, MarkRank, Outline, UnitPoints
from dispatch.console.widgets.map_projection import CELL_ASPECT, Window
from dispatch.text import cell_width, fit, safe_text

ARROWS_WITHIN_KM = 0.3
UNIT_LABELS_WITHIN_KM = 0.12
_LONGEST_LABEL = 24
_RING_CELLS = 3.0
_TELLS_AGE_S = 30
"""From this age of its position on a label tells it beside the number of the unit."""
_CROWDED = 6  # cells per unit below which units are drawn as dots


class StyleNumbers:
    """Numbers for style names, to keep the styles of a frame in an array."""

    def __init__(self) -> None:
        self.names: list[str] = ["normal"]
        self._numbers = {"normal": 0}

    def __getitem__(self, name: str) -> int:
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = len(self.names)
            self.names.append(name)
        return number


@dataclass(slots=True, eq=False)
class Frame:
    """Cells of a map, (height, width); the cell after a wide character holds "". `hits` can be picked."""

    characters: NDArray[np.str_]
    styles: NDArray[np.int16]
    hits: list[tuple[int, int, str, str]]


def draw_base(base: MapBase, window: Window, numbers: StyleNumbers) -> Canvas:
    """District borders and river as dots; drawn anew only when the window changes."""
    dots = DOT_SETS[symbols().name]
    canvas = Canvas(window.width, window.height, dots)
    _draw_outlines(base.outlines, window, canvas, numbers)
    return canvas


def _draw_outlines(
    outlines: Iterable[Outline], window: Window, canvas: Canvas, numbers: StyleNumbers
) -> None:
    """Lines of degrees as dots, those that belong to this scale."""
    dots = canvas.dots
    for outline in outlines:
        if window.cell_km > outline.within_km or not len(outline.segments):
            continue
        lon0, lat0, lon1, lat1 = outline.segments.T
        x0, y0 = window.cells(lon0, lat0)
        x1, y1 = window.cells(lon1, lat1)
        scaled = np.stack([x0 * dots.across, y0 * dots.down, x1 * dots.across, y1 * dots.down], axis=1)
        canvas.lines(scaled, numbers[outline.style])
        if outline.broad:
            canvas.lines(scaled + np.array([1.0, 0.0, 1.0, 0.0]), numbers[outline.style])


def _draw_small_rings(marks: Iterable[Mark], window: Window, canvas: Canvas, numbers: StyleNumbers) -> None:
    """A ring of the same few cells around each mark that wants one, so that it is found at any scale."""
    turn = np.linspace(0, 2 * np.pi, 40)
    for mark in marks:
        if mark.ringed:
            x, y = window.cell(mark.position)
            across = (x + 0.5 + _RING_CELLS * np.cos(turn)) * canvas.dots.across
            down = (y + 0.5 + _RING_CELLS / CELL_ASPECT * np.sin(turn)) * canvas.dots.down
            canvas.points(across, down, numbers[mark.label_style])


def draw(layers: MapLayers, window: Window, canvas: Canvas, numbers: StyleNumbers) -> Frame:
    """Units, marks and labels over a copy of the base canvas."""
    canvas = canvas.copy()
    _draw_outlines(layers.lines, window, canvas, numbers)
    _draw_small_rings(layers.marks, window, canvas, numbers)
    x, y = window.cells(layers.units.lon, layers.units.lat)
    inside = np.flatnonzero((x >= 0) & (x < window.width) & (y >= 0) & (y < window.height))
    crowded = len(inside) > window.width * window.height // _CROWDED
    units = layers.units
    wanted = np.array([numbers[name] for name in units.styles], np.int16)
    if crowded:
        chosen = inside[np.argsort(units.style[inside], kind="stable")]
        canvas.points(
            x[chosen] * canvas.dots.across, y[chosen] * canvas.dots.down, wanted[units.style[chosen]]
        )
    frame = Frame(canvas.characters(), canvas.styles, [])
    painter = _Painter(frame, window, numbers, layers.selected)
    marks = _visible(layers, window)
    painter.marks(mark for mark in marks if mark.rank < MarkRank.UNIT)
    if crowded:
        frame.hits += [(int(x[i]), int(y[i]), "unit", units.ids[i]) for i in inside]
    else:
        painter.units(units, inside, x, y, wanted)
    painter.marks(mark for mark in marks if mark.rank > MarkRank.UNIT)
    painter.labels()
    painter.highlight()
    return frame


def _visible(layers: MapLayers, window: Window) -> list[Mark]:
    marks = [mark for mark in (*layers.marks, *layers.base.labels) if window.cell_km <= mark.within_km]
    return sorted(marks, key=lambda mark: ((mark.kind, mark.key) != layers.selected, mark.rank))


@dataclass(frozen=True, slots=True)
class _Label:
    """A label to place beside a mark of `mark` cells at (x, y); of those with the same `once` only one."""

    rank: int
    x: int
    y: int
    mark: int
    text: str
    style: str
    once: str


class _Painter:
    """Puts glyphs and labels into a frame, each cell given once."""

    def __init__(
        self, frame: Frame, window: Window, numbers: StyleNumbers, selected: tuple[str, str] | None
    ) -> None:
        self.frame, self.window, self.numbers, self.selected = frame, window, numbers, selected
        self.room = Room(window.width, window.height)
        self._labels: list[_Label] = []

    def marks(self, marks: Iterable[Mark]) -> None:
        for mark in marks:
            x, y = self.window.cell(mark.position)
            if not (-2 <= x < self.window.width + 2 and 0 <= y < self.window.height):
                continue
            glyph = safe_text(mark.glyph, 2)
            width = cell_width(glyph)
            if width and self.room.free(x, y, width):
                self._put(x, y, glyph, mark.style)
                self.room.take(x, y, width)
            if width:
                self.frame.hits.append((x, y, mark.kind, mark.key))
            chosen = (mark.kind, mark.key) == self.selected
            if mark.label and (chosen or self.window.cell_km <= mark.label_within_km):
                rank = 0 if chosen else int(mark.rank)
                once = mark.kind if mark.once else ""
                self._labels.append(_Label(rank, x, y, width, mark.label, mark.label_style, once))

    def units(
        self,
        units: UnitPoints,
        inside: NDArray[np.int64],
        x: NDArray[np.float64],
        y: NDArray[np.float64],
        wanted: NDArray[np.int16],
    ) -> None:
        """One glyph a unit; where several share a cell the one with the highest style index stays."""
        marks = symbols()
        arrows = self.window.cell_km <= ARROWS_WITHIN_KM
        labelled = self.window.cell_km <= UNIT_LABELS_WITHIN_KM
        for i in inside[np.argsort(-units.style[inside], kind="stable")]:
            column, row = int(x[i]), int(y[i])
            self.frame.hits.append((column, row, "unit", units.ids[i]))
            if not self.room.free(column, row, 1):
                continue
            glyph = _unit_glyph(marks, bool(units.stale[i]), float(units.heading_deg[i]), arrows)
            self.frame.characters[row, column] = glyph
            self.frame.styles[row, column] = wanted[units.style[i]]
            self.room.take(column, row, 1)
            chosen = ("unit", units.ids[i]) == self.selected
            if labelled or chosen:
                style = "stale" if units.stale[i] else "strong" if chosen else "map_label"
                rank = 0 if chosen else int(MarkRank.UNIT)
                label = _unit_label(units.ids[i], float(units.age_s[i]))
                self._labels.append(_Label(rank, column, row, 1, label, style, ""))

    def labels(self) -> None:
        """After all glyphs: the best ranked labels first."""
        said: set[str] = set()
        for label in sorted(self._labels, key=lambda label: label.rank):
            if label.once and label.once in said:
                continue
            text = safe_text(label.text)
            length = min(_LONGEST_LABEL, cell_width(text))
            spot = self.room.place(label.x, label.y, label.mark, length)
            if spot is not None:
                said.add(label.once)
                self._put(*spot, fit(text, length, "left", symbols().ellipsis), label.style)

    def highlight(self) -> None:
        """The selected thing, also where another glyph lies over it."""
        for x, y, kind, key in self.frame.hits:
            if (kind, key) == self.selected:
                self.frame.styles[y, x] = self.numbers["map_selected"]
                if self.frame.characters[y, x] == " ":
                    self.frame.characters[y, x] = symbols().target
                break

    def _put(self, x: int, y: int, text: str, style: str) -> None:
        number = self.numbers[style]
        for character in text:
            width = cell_width(character)
            if width == 0 or x < 0 or x + width > self.window.width:
                x += width
                continue
            self.frame.characters[y, x] = character
            self.frame.styles[y, x : x + width] = number
            if width == 2:
                self.frame.characters[y, x + 1] = ""
            x += width


def _unit_label(unit: str, age_s: float) -> str:
    """Its number, and how old its place is where that matters."""
    return f"{unit} {duration_text(age_s)}" if age_s >= _TELLS_AGE_S else unit


def _unit_glyph(marks: Symbols, stale: bool, heading_deg: float, arrows: bool) -> str:
    if stale:
        return marks.unit_stale
    if arrows and not np.isnan(heading_deg):
        return marks.headings[round(heading_deg / 45) % 8]
    return marks.unit
