"""The two lines under a map: what its signs mean, whose data it is, how long a kilometre is."""

from collections.abc import Iterable, Sequence

from rich.style import Style

from dispatch.console.symbols import symbols
from dispatch.console.theme import Look
from dispatch.console.widgets.map_projection import scale_bar
from dispatch.console.widgets.paint import Part
from dispatch.language import _
from dispatch.text import cell_width

_LONGEST_SCALE, _SHORT_SCALE, _ROOMY = 16, 9, 100


def attribution(texts: Sequence[str], cell_km: float, width: int, styles: Look) -> list[Part]:
    """Whose map data this is, as fully as there is room for, and the scale at the right."""
    ends = symbols().scale
    cells, distance = scale_bar(cell_km, _LONGEST_SCALE if width >= _ROOMY else _SHORT_SCALE)
    bar = f" {ends[0]}{ends[1] * max(0, cells - 2)}{ends[2]} {distance} "
    room = max(0, width - cell_width(bar))
    text = next((text for text in texts if cell_width(text) <= room), texts[-1])
    return [(text, room, Style(), "left"), (bar, width - room, styles["strong"], "left")]


def pointing(width: int, styles: Look) -> list[Part]:
    """What the keys do while a place is being picked."""
    words = _("Arrows move the cursor, Enter picks the place, Esc stops")
    return [(words, width, styles["strong"], "left")]


def legend(
    entries: Iterable[tuple[str, str, str]], room: int, styles: Look, following: str = ""
) -> list[Part]:
    """As many (glyph, style, meaning) as there is room for; the first ones matter most.

    `following`: the unit that is kept in the middle, said before everything else.
    """
    parts: list[Part] = []
    if following:
        said = f"{_('following {unit}', unit=following)}   "
        parts.append((said, cell_width(said), styles["strong"], "left"))
        room -= cell_width(said)
    for glyph, style, meaning in entries:
        glyph_cells, meaning_cells = cell_width(glyph), cell_width(meaning) + 3
        room -= glyph_cells + meaning_cells
        if room < -2:
            break
        parts.append((glyph, glyph_cells, styles[style], "left"))
        parts.append((f" {meaning}", meaning_cells, Style(), "left"))
    return parts
