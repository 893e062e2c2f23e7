"""What a board shows: cells, rows and columns; text that came from outside is already safe in them."""

from dataclasses import dataclass
from typing import Literal

Sortable = float | str


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its text, what it means (a style of theme.py) and what it sorts by (text if None)."""

    text: str
    style: str = "normal"
    sort: Sortable | None = None

    @property
    def sort_key(self) -> tuple[bool, float, str]:
        """Numbers before words, each in its own order."""
        if isinstance(self.sort, (int, float)):
            return (False, float(self.sort), "")
        return (True, 0.0, self.text if self.sort is None else self.sort)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a board; `style` lies under the cells whose own style is "normal"."""

    key: str
    cells: tuple[Cell, ...]
    style: str = "normal"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `width` in terminal cells, None shares what is left over, at least `min_width`.

    In a narrow board the columns with the highest `priority` are left out first; 0 always stays. No column
    grows beyond `most` cells. A column has `roomy` cells before one of priority `NICE` or more is shown.
    `cut` says where a text that is too long loses what does not fit: at its end; at its start, for
    numbers that differ at the end; or whole parts (`listed`), which are then counted.
    """

    key: str
    title: str
    width: int | None = None
    align: Literal["left", "right", "center"] = "left"
    priority: int = 0
    min_width: int = 8
    most: int | None = None
    roomy: int = 0
    cut: Literal["end", "start", "parts"] = "end"


NICE = 3
"""From this priority on a column is nice to have: it takes no room that another needs to be read."""


def lay_out(columns: tuple[Column, ...], width: int, gap: int = 1) -> tuple[tuple[int, int], ...]:
    """(index, width) of the columns that fit in `width` cells with `gap` cells between them."""
    kept = list(range(len(columns)))

    def needed() -> int:
        return sum(columns[i].width or columns[i].min_width for i in kept) + gap * max(0, len(kept) - 1)

    def fits() -> bool:
        nice = any(columns[i].priority >= NICE for i in kept)
        more = sum(max(0, columns[i].roomy - columns[i].min_width) for i in kept) if nice else 0
        return needed() + more <= width

    while len(kept) > 1 and not fits():
        least = max(kept, key=lambda i: (columns[i].priority, i))
        if columns[least].priority == 0:
            break
        kept.remove(least)
    # Where a wide column had to go there may be room again for narrow ones that went before it.
    for index in sorted(set(range(len(columns))) - set(kept), key=lambda i: (columns[i].priority, i)):
        kept.append(index)
        if not fits():
            kept.remove(index)
    kept.sort()
    widths = {i: columns[i].width or columns[i].min_width for i in kept}
    _spread(max(0, width - needed()), [i for i in kept if columns[i].width is None], columns, widths)
    return tuple(widths.items())


def _spread(spare: int, flexible: list[int], columns: tuple[Column, ...], widths: dict[int, int]) -> None:
    """Give what is left over to the flexible columns: evenly, those with enough already left out first."""
    while spare and flexible:
        wanting = [i for i in flexible if widths[i] < (columns[i].most or spare + widths[i])]
        share = max(1, spare // len(wanting)) if wanting else 0
        for i in wanting:
            given = min(spare, share, (columns[i].most or spare + widths[i]) - widths[i])
            widths[i] += given
            spare -= given
        if not wanting:
            return
