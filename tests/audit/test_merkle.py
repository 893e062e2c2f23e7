"""Roots and proofs agree with a second, plain implementation, and nothing forged is accepted."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.audit.merkle import EMPTY_ROOT, Frontier, Tree, consistent, included

LEAVES = [hashlib.sha256(b"\x00" + str(number).encode()).digest() for number in range(700)]


# --- the definitions of RFC 6962, section 2.1, word for word and as slow as they are ---------------


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def largest_power_below(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def mth(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = largest_power_below(len(leaves))
    return sha(b"\x01", mth(leaves[:k]), mth(leaves[k:]))


def path_to(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = largest_power_below(len(leaves))
    if m < k:
        return [*path_to(m, leaves[:k]), mth(leaves[k:])]
    return [*path_to(m - k, leaves[k:]), mth(leaves[:k])]


def proof_of(m: int, leaves: Sequence[bytes], whole: bool = True) -> list[bytes]:
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = largest_power_below(len(leaves))
    if m <= k:
        return [*proof_of(m, leaves[:k], whole), mth(leaves[k:])]
    return [*proof_of(m - k, leaves[k:], False), mth(leaves[:k])]


def tree() -> Tree:
    return Tree(lambda start, stop: LEAVES[start:stop])


# ----------------------------------------------------------------------------------------------------


def test_the_root_of_nothing_is_that_of_the_standard() -> None:
    assert Frontier().root() == tree().root(0) == EMPTY_ROOT == mth([])


def test_roots_are_those_of_the_definition_at_every_size() -> None:
    frontier, whole = Frontier(), tree()
    for size in range(1, len(LEAVES) + 1):
        frontier.append(LEAVES[size - 1])
        assert frontier.root() == whole.root(size) == mth(LEAVES[:size])
        assert frontier.parts == whole.parts(size)


def test_every_inclusion_proof_is_that_of_the_definition_and_is_accepted() -> None:
    whole = tree()
    for size in (*range(1, 40), 255, 256, 257, 511, 512, 513, 700):
        root = mth(LEAVES[:size])
        for index in range(0, size, 1 if size < 40 else 37):
            path = whole.inclusion(index, size)
            assert path == path_to(index, LEAVES[:size])
            assert included(LEAVES[index], index, size, path, root)


def test_every_consistency_proof_is_that_of_the_definition_and_is_accepted() -> None:
    whole = tree()
    for new in (*range(1, 34), 255, 256, 257, 512, 513, 700):
        for old in range(1, new + 1, 1 if new < 34 else 23):
            path = whole.consistency(old, new)
            assert path == proof_of(old, LEAVES[:new])
            assert consistent(old, mth(LEAVES[:old]), new, mth(LEAVES[:new]), path)
        assert consistent(0, EMPTY_ROOT, new, mth(LEAVES[:new]), whole.consistency(0, new))


def test_a_tree_goes_on_from_its_complete_parts_without_the_rows_below_them() -> None:
    for gone in (1, 255, 256, 257, 300, 511, 512, 513, 601):

        def what_is_left(start: int, stop: int, gone: int = gone) -> list[bytes]:
            assert start >= gone
            return LEAVES[start:stop]

        later = Tree(what_is_left)
        later.keep(tree().parts(gone), gone)
        assert later.root(700) == mth(LEAVES)
        assert later.inclusion(650, 700) == path_to(650, LEAVES)
        assert later.consistency(gone, 700) == proof_of(gone, LEAVES)


def test_rows_that_are_kept_no_more_have_no_proof() -> None:
    later = Tree(lambda start, stop: LEAVES[start:stop])
    later.keep(tree().parts(300), 300)
    with pytest.raises(ValueError, match="kept no more"):
        later.inclusion(10, 700)
    with pytest.raises(ValueError, match="kept no more"):
        later.root(299)


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (0, 0)])
def test_a_row_outside_the_tree_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="not among"):
        tree().inclusion(index, size)


def test_a_smaller_tree_does_not_follow_a_larger_one() -> None:
    with pytest.raises(ValueError, match="does not follow"):
        tree().consistency(6, 5)


def test_missing_rows_are_an_error_and_never_a_root() -> None:
    with pytest.raises(ValueError, match="not all there"):
        Tree(lambda start, stop: LEAVES[start : stop - 1]).root(10)


sizes = st.integers(1, 300)
hashes = st.binary(min_size=32, max_size=32)


def mutated(path: list[bytes], at: int, how: int, other: bytes) -> list[bytes]:
    """The path with one hash replaced, taken out, doubled, added at the end, or two changed places."""
    found, place = list(path), at % max(1, len(path))
    match how if path else 3:
        case 0:
            found[place] = other
        case 1:
            del found[place]
        case 2:
            found.insert(place, found[place])
        case 3:
            found.append(other)
        case _:
            found[0], found[-1] = found[-1], found[0]
    return found


@given(sizes, st.integers(0, 299), st.integers(0, 9), st.integers(0, 4), hashes)
def test_no_mutated_inclusion_proof_is_accepted(
    size: int, index: int, at: int, how: int, other: bytes
) -> None:
    index %= size
    path, root = path_to(index, LEAVES[:size]), mth(LEAVES[:size])
    wrong = mutated(path, at, how, other)
    if wrong != path:
        assert not included(LEAVES[index], index, size, wrong, root)
    assert not included(other, index, size, path, root)
    assert not included(LEAVES[index], index, size, path, other)
    if size > 1:
        assert not included(LEAVES[(index + 1) % size], index, size, path, root)
        assert not included(LEAVES[index], (index + 1) % size, size, path, root)


@given(sizes, sizes, st.integers(0, 9), st.integers(0, 4), hashes)
def test_no_mutated_consistency_proof_is_accepted(
    one: int, two: int, at: int, how: int, other: bytes
) -> None:
    old, new = sorted((one, two))
    before, after = mth(LEAVES[:old]), mth(LEAVES[:new])
    path = proof_of(old, LEAVES[:new])
    wrong = mutated(path, at, how, other)
    if wrong != path:
        assert not consistent(old, before, new, after, wrong)
    assert not consistent(old, other, new, after, path)
    assert not consistent(old, before, new, other, path)
    assert not consistent(new, after, old, before, path) or old == new


@given(st.integers(2, 200), st.data())
def test_a_history_that_was_changed_before_a_point_has_no_proof_from_it(
    size: int, data: st.DataObject
) -> None:
    """Whoever changed a row that was covered finds no path, the honest one of the new tree least of all."""
    old = data.draw(st.integers(1, size - 1))
    changed = data.draw(st.integers(0, old - 1))
    forged = [*LEAVES[:changed], sha(b"forged"), *LEAVES[changed + 1 : size]]
    assert not consistent(old, mth(LEAVES[:old]), size, mth(forged), proof_of(old, forged))
