"""A line of Textual's goes as soon as nobody holds it, whether it was cut or not."""

import gc
import itertools
import weakref
from collections.abc import Iterator

import pytest
from rich.segment import Segment
from textual.strip import Strip

from dispatch.console.lines import let_lines_go

CUTS = ([6], [3, 6], [6, 9], [2, 4, 6])


class Held(Strip):
    """A line that can be watched."""

    __slots__ = ["__weakref__"]


@pytest.fixture(autouse=True)
def nothing_is_collected() -> Iterator[None]:
    let_lines_go()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("cuts", CUTS)
def test_a_line_nobody_shows_is_gone_without_a_collection(cuts: list[int]) -> None:
    line = Held([Segment("abc"), Segment("def")])
    watched = weakref.ref(line)
    line.divide(cuts)
    del line
    assert watched() is None


@pytest.mark.parametrize("cuts", CUTS)
def test_a_line_is_cut_where_it_was(cuts: list[int]) -> None:
    line = Strip([Segment("abc"), Segment("def")])
    edges = [0, *(cut for cut in cuts if cut <= 6)]
    wanted = ["abcdef"[start:end] for start, end in itertools.pairwise(edges)]
    assert [piece.text for piece in line.divide(cuts)] == wanted
    assert [piece.text for piece in line.divide(iter(cuts))] == wanted


def test_it_is_done_once() -> None:
    done = Strip.divide
    let_lines_go()
    assert Strip.divide is done
