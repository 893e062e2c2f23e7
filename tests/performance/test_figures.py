"""The arithmetic of the benches, and the packets their load is made of."""

import pytest

from tests.performance.figures import Line, Section, number, percentile
from tests.performance.load import packet


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert percentile(values, 0.5) == 50
    assert percentile(values, 0.95) == 95
    assert percentile(values, 1) == 100
    assert percentile([7.0], 0.01) == 7
    assert percentile([], 0.5) == 0


@pytest.mark.parametrize(
    ("value", "read"),
    [(162_400.4, "162,400"), (99.96, "100"), (12.34, "12.3"), (0.456, "0.46"), (0.0412, "0.041")],
)
def test_a_figure_has_the_digits_that_mean_something(value: float, read: str) -> None:
    assert number(value) == read


def test_a_target_is_met_or_missed_or_absent() -> None:
    assert Line("p95", 49.9, "ms", at_most=50).met is True
    assert Line("p95", 50.0, "ms", at_most=50).met is False
    assert Line("rate", 10_000, "/s", at_least=10_000).met is True
    assert Line("rate", 1, "/s").met is None


def test_a_table_shows_the_ratio_to_what_was_measured_beside_it() -> None:
    section = Section("x", "X", "", [Line("take", 50_000, "/s", "mosquitto_sub", 200_000, at_least=60_000)])
    last = section.table().splitlines()[-1]
    assert last == "| take | 50,000 /s | mosquitto_sub: 200,000 | 0.25 × | ≥ 60,000: missed |"


def test_a_packet_says_its_length_seven_bits_a_byte() -> None:
    short = packet("a/b", b"x" * 10)
    assert short[:2] == bytes([0x30, 15])
    long = packet("a/b", b"x" * 300, retain=True)
    assert long[0] == 0x31
    assert long[1] & 0x7F | long[2] << 7 == 305
    assert long[3:8] == b"\x00\x03a/b"
