"""Textual's lines, without the circle in them: a line that nobody shows any more goes at once.

Textual 8.2 keeps in each line into which pieces it was cut. Of a line that is not cut the only piece is the
line itself, so that it holds itself and waits for a full garbage collection. All of the garbage of a console
with 2,000 moving units was such lines: 4,000 objects a second while an operator scrolls.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import wraps

from textual.strip import Strip

Divide = Callable[[Strip, Iterable[int]], Sequence[Strip]]


def let_lines_go() -> None:
    """A line that is cut nowhere is answered without being kept in itself; done once, for all of Textual."""
    if not hasattr(Strip.divide, "__wrapped__"):
        Strip.divide = _letting_go(Strip.divide)  # type: ignore[method-assign,assignment]


def _letting_go(divide: Divide) -> Divide:
    @wraps(divide)
    def divided(line: Strip, cuts: Iterable[int]) -> Sequence[Strip]:
        length = line.cell_length
        inside = [cut for cut in cuts if cut <= length]
        return [line] if inside == [length] else divide(line, inside)

    return divided
