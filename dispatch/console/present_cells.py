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

    In a narrow board the columns with the highest `priority` are left out first; 0 always stays.
    """

    key: str
    title: str
    width: int | None = None
    align: Literal["left", "right", "center"] = "left"
    priority: int = 0
    min_width: int = 8


def lay_out(columns: tuple[Column, ...], width: int, gap: int = 1) -> tuple[tuple[int, int], ...]:
    """(index, width) of the columns that fit in `width` cells with `gap` cells between them."""
    kept = list(range(len(columns)))

    def needed() -> int:
        return sum(columns[i].width or columns[i].min_width for i in kept) + gap * max(0, len(kept) - 1)

    while len(kept) > 1 and needed() > width:
        least = max(kept, key=lambda i: (columns[i].priority, i))
        if columns[least].priority == 0:
            break
        kept.remove(least)
    # Where a wide column had to go there may be room again for narrow ones that went before it.
    for index in sorted(set(range(len(columns))) - set(kept), key=lambda i: (columns[i].priority, i)):
        kept.append(index)
        if needed() > width:
            kept.remove(index)
    kept.sort()
    spare = max(0, width - needed())
    flexible = [i for i in kept if columns[i].width is None]
    share, rest = divmod(spare, len(flexible)) if flexible else (0, 0)
    widths = []
    for i in kept:
        fixed = columns[i].width
        if fixed is not None:
            widths.append((i, fixed))
        else:
            widths.append((i, columns[i].min_width + share + (1 if i in flexible[:rest] else 0)))
    return tuple(widths)
