"""Lines of styled cells: the one way from text to what a terminal is sent."""

from collections.abc import Iterable, Sequence
from typing import Literal

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from dispatch.console.symbols import symbols
from dispatch.text import fit, safe_text

Align = Literal["left", "right", "center"]
Part = tuple[str, int, Style, Align]


def segment(text: str, width: int, style: Style, align: Align = "left") -> Segment:
    """Text as exactly `width` terminal cells, with nothing in it that a terminal would obey."""
    return Segment(fit(safe_text(text), width, align, symbols().ellipsis), style)


def painted(parts: Iterable[Part], base: Style) -> list[Segment]:
    """Parts (text, width, style, align) on `base`.

    Neighbours of one style become one segment: each one more is carried through all of Textual, and costs
    the terminal a change of colours.
    """
    segments: list[Segment] = []
    for text, cells, style, align in parts:
        piece = segment(text, cells, base + style, align)
        if segments and segments[-1].style == piece.style:
            piece = Segment(segments.pop().text + piece.text, piece.style)
        segments.append(piece)
    return segments


def line(parts: Iterable[Part], width: int, base: Style) -> Strip:
    """A strip of parts, filled or cut to `width` cells of `base`."""
    return Strip(painted(parts, base)).adjust_cell_length(width, base)


def centred(texts: Sequence[str], y: int, height: int, width: int, style: Style, base: Style) -> Strip:
    """Line `y` of a block of lines in the middle of an area."""
    at = y - max(0, (height - len(texts)) // 2)
    if not 0 <= at < len(texts):
        return Strip.blank(width, base)
    return Strip([segment(texts[at], width, base + style, "center")])
