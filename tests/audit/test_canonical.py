"""What the log writes by Python's own encoder is RFC 8785, byte for byte."""

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from dispatch.audit.canonical import Json, canonical

TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1)
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=6))
def test_it_is_what_the_rfc_demands(said: dict[str, Json]) -> None:
    assert canonical(said) == rfc8785.dumps(said)


def test_keys_past_the_basic_plane_are_sorted_by_utf_16_units() -> None:
    said: dict[str, Json] = {"\ufb33": 1, "\U0001f600": 2, "，": 3, "\U00010000": 4, "a": "\U0001f691"}
    assert canonical(said) == rfc8785.dumps(said)
    assert list(said) != sorted(said)


def test_controls_quotes_and_line_separators_are_written_as_the_rfc_has_them() -> None:
    said: dict[str, Json] = {"t": "".join(map(chr, range(0x20))) + '"\\/\x7f\u2028\u2029é长'}
    assert canonical(said) == rfc8785.dumps(said)


@pytest.mark.parametrize("number", [2**53 - 1, -(2**53) + 1, 10**15, 10**14])
def test_the_largest_numbers_are_written(number: int) -> None:
    assert canonical({"n": number}) == rfc8785.dumps({"n": number})


@pytest.mark.parametrize("number", [2**53, -(2**53), 2**60, 2**64])
def test_what_the_rfc_has_no_form_for_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match=r"exceeds|domain|large|safe"):
        canonical({"n": [number]})


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        canonical({"n": "\ud800"})
