"""Lines of styled cells as SVG, still or moving, that stands the same wherever it is read.

Every run of text is given its length, so that columns hold with whatever fonts a reader has; Chinese, Latin
and signs are runs of their own. Nothing is loaded from anywhere.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from rich.cells import cell_len
from rich.color import Color, ColorType
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import TerminalTheme

CELL, LINE, FONT = 8.0, 17.0, 14.0
MARGIN = 8.0
LATIN = "'Cascadia Mono','SF Mono',Menlo,Consolas,'DejaVu Sans Mono'"
CHINESE = "'Noto Sans Mono CJK SC','Noto Sans CJK SC','PingFang SC','Microsoft YaHei','WenQuanYi Micro Hei'"
_THEME = TerminalTheme((0, 0, 0), (200, 200, 200), [(0, 0, 0)] * 8)
Row = Iterable[Segment]


@dataclass(frozen=True, slots=True)
class Paper:
    """What everything is drawn on: colours of the ground and of plain text, and the size in cells."""

    ground: str
    ink: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Frame:
    """One moment of a moving picture: the screen, what was just done, and how long it is shown."""

    rows: tuple[tuple[Segment, ...], ...]
    caption: str
    seconds: float


class _Inks:
    """Short names for colours and weights, said once in a style sheet."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, bool], str] = {}

    def name(self, ink: str, *, bold: bool) -> str:
        return self._names.setdefault((ink, bold), f"c{len(self._names)}")

    def sheet(self) -> str:
        return "".join(
            f".{name}{{fill:{ink}{';font-weight:bold' if bold else ''}}}"
            for (ink, bold), name in self._names.items()
        )


def still(rows: Iterable[Row], paper: Paper) -> str:
    """One screen."""
    inks = _Inks()
    drawn = [_row(row, y, paper, inks) for y, row in enumerate(rows)]
    return _wrapped(drawn, paper, inks, 0)


def moving(frames: Sequence[Frame], paper: Paper) -> str:
    """A moving picture that begins anew; a row that stays the same over some frames is drawn once.

    Where nothing moves the first frame is seen.
    """
    inks, whole = _Inks(), sum(frame.seconds for frame in frames)
    starts = [sum(frame.seconds for frame in frames[:at]) for at in range(len(frames) + 1)]
    out: list[str] = []
    for y in range(paper.height + 1):
        lines = [_line(frame, y, paper, inks) for frame in frames]
        at = 0
        for drawn, stays in groupby(lines):
            until = at + len(list(stays))
            out.append(_shown(drawn, starts[at], starts[until], whole, first=at == 0))
            at = until
    return _wrapped(out, paper, inks, 1)


def _line(frame: Frame, y: int, paper: Paper, inks: _Inks) -> str:
    if y < paper.height:
        return _row(frame.rows[y], y, paper, inks)
    name = inks.name(paper.ink, bold=True)
    top = MARGIN + paper.height * LINE + 20
    return f'<text x="{MARGIN + CELL:g}" y="{top:g}" class="{name}">{escape(frame.caption)}</text>'


def _shown(drawn: str, start: float, end: float, whole: float, *, first: bool) -> str:
    """Something that is seen from one moment to another of each round."""
    if not drawn or (start == 0 and end >= whole):
        return drawn
    a, b = round(start / whole, 4), round(end / whole, 4)
    moments = [(0.0, "hidden"), (a, "visible"), (b, "hidden")]
    if first:
        moments = [(0.0, "visible"), (b, "hidden")]
    elif b >= 1:
        moments = [(0.0, "hidden"), (a, "visible")]
    times = ";".join(f"{moment:g}" for moment, _what in moments)
    values = ";".join(what for _moment, what in moments)
    now = "visible" if first else "hidden"
    return (
        f'<g visibility="{now}"><animate attributeName="visibility" calcMode="discrete" dur="{whole:g}s" '
        f'repeatCount="indefinite" keyTimes="{times}" values="{values}"/>{drawn}</g>'
    )


def _wrapped(drawn: Iterable[str], paper: Paper, inks: _Inks, captions: int) -> str:
    width = paper.width * CELL + 2 * MARGIN
    height = paper.height * LINE + 2 * MARGIN + captions * 2 * LINE
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
            f'xml:space="preserve" font-family="{LATIN},{CHINESE},monospace" font-size="{FONT:g}">',
            f"<style>{inks.sheet()}</style>",
            f'<rect width="{width:g}" height="{height:g}" rx="6" fill="{paper.ground}"/>',
            *(line for line in drawn if line),
            "</svg>",
            "",
        ]
    )


def _row(row: Row, y: int, paper: Paper, inks: _Inks) -> str:
    """The grounds of a row, then its text."""
    grounds: list[tuple[int, int, str]] = []
    texts: list[str] = []
    column = 0
    for piece in row:
        width = cell_len(piece.text)
        ink, ground, bold = _colours(piece.style, paper)
        if ground != paper.ground:
            if grounds and grounds[-1][0] + grounds[-1][1] == column and grounds[-1][2] == ground:
                grounds[-1] = (grounds[-1][0], grounds[-1][1] + width, ground)
            else:
                grounds.append((column, width, ground))
        for start, run in _runs(piece.text):
            texts.append(_text(column + start, y, run, inks.name(ink, bold=bold)))
        column += width
    top = MARGIN + y * LINE
    rects = [
        f'<rect x="{MARGIN + at * CELL:g}" y="{top:g}" '
        f'width="{width * CELL:g}" height="{LINE:g}" fill="{ground}"/>'
        for at, width, ground in grounds
    ]
    return "".join([*rects, *texts])


def _text(column: int, y: int, run: str, name: str) -> str:
    x, base = MARGIN + column * CELL, MARGIN + y * LINE + 13
    long = f' textLength="{cell_len(run) * CELL:g}"' + ("" if _kind(run[0]) == 2 else _SQUEEZED)
    return f'<text x="{x:g}" y="{base:g}" class="{name}"{long}>{escape(run)}</text>'


_SQUEEZED = ' lengthAdjust="spacingAndGlyphs"'


def _colours(style: Style | None, paper: Paper) -> tuple[str, str, bool]:
    if style is None:
        return paper.ink, paper.ground, False
    ink, ground = _hex(style.color, paper.ink), _hex(style.bgcolor, paper.ground)
    return (ground, ink, bool(style.bold)) if style.reverse else (ink, ground, bool(style.bold))


def _hex(color: Color | None, default: str) -> str:
    if color is None or color.type is ColorType.DEFAULT:
        return default
    return color.get_truecolor(_THEME).hex


def _kind(char: str) -> int:
    """0 a space, 1 Latin, 2 wide, 3 any other sign."""
    return 0 if char == " " else 1 if char.isascii() else 2 if cell_len(char) == 2 else 3


def _runs(text: str) -> Iterable[tuple[int, str]]:
    """Pieces of one kind with the cell they begin at; single spaces stay within Latin words."""
    column, words = 0, text
    for kind, chars in groupby(words, _kind):
        run = "".join(chars)
        if kind:
            yield column, run
        column += cell_len(run)
