"""The line of every key of a TOML text."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from dispatch.settings.lines import key_lines, line_of

TEXT = '''
top = 1
[table]
list = [
  "[[not.a.table]]", # key = "in a comment"
  { inner = [1, 2] },
]
text = """
key = 3
"""
after = 'x = "y'

[[unit]]
id = "a # not a comment"
[[unit]]
id = "b"
[unit.home]
lat = 1
[other."quoted key"]
dotted.key = true
'''


def test_every_key_is_found_on_its_own_line() -> None:
    lines = key_lines(TEXT)
    assert tomllib.loads(TEXT)["unit"][1]["home"]["lat"] == 1
    assert lines[("top",)] == 2
    assert lines[("table", "list")] == 4
    assert lines[("table", "text")] == 8
    assert lines[("table", "after")] == 11
    assert lines[("unit", 0, "id")] == 14
    assert lines[("unit", 1)] == 15
    assert lines[("unit", 1, "id")] == 16
    assert lines[("unit", 1, "home", "lat")] == 18
    assert lines[("other", "quoted key", "dotted", "key")] == 20


def test_nothing_inside_a_long_value_is_taken_for_a_key() -> None:
    names = {part for path in key_lines(TEXT) for part in path}
    assert not names & {"inner", "not", "key = 3", "x"}


def test_a_key_inside_a_value_is_found_where_the_value_begins() -> None:
    lines = key_lines(TEXT)
    assert line_of(lines, ("table", "list", 1, "inner", 0)) == 4
    assert line_of(lines, ("unit", 1, "missing")) == 15
    assert line_of(lines, ("nowhere",)) == 1


@given(counts=st.lists(st.integers(0, 4), min_size=1, max_size=12))
def test_the_nth_table_of_an_array_is_found_whatever_stands_between(counts: list[int]) -> None:
    text = "".join("[[row]]\n" + "# remark\n" * gap + f"n = {n}\n" for n, gap in enumerate(counts))
    lines = key_lines(text)
    for n in range(len(counts)):
        assert text.splitlines()[lines[("row", n, "n")] - 1] == f"n = {n}"
