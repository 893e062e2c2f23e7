"""Times, ages and ranges in both languages."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch import language
from dispatch.console.present import age_text, clock_text, distance_text, duration_text, minutes_text
from tests.console.widgets.scenes import NOW, ago


@pytest.mark.parametrize(
    ("seconds", "chinese", "english"),
    [
        (0, "0秒", "0s"),
        (59.9, "59秒", "59s"),
        (192, "3分12秒", "3m12s"),
        (3600, "1时00分", "1h00m"),
        (3900, "1时05分", "1h05m"),
        (2 * 86400 + 3 * 3600, "2天3时", "2d3h"),
        (-4, "0秒", "0s"),
    ],
)
def test_a_duration_is_said_in_two_units_at_most(seconds: float, chinese: str, english: str) -> None:
    assert duration_text(seconds) == chinese
    language.use("en")
    assert duration_text(seconds) == english


def test_clock_times_are_those_of_china() -> None:
    assert clock_text(NOW) == "02:13"
    assert clock_text(NOW, seconds=True) == "02:13:42"


def test_a_time_of_another_day_carries_its_date() -> None:
    assert clock_text(NOW - timedelta(hours=3), NOW) == "11-23 23:13"
    assert clock_text(NOW - timedelta(hours=2), NOW) == "00:13"


def test_an_age_from_a_clock_that_runs_ahead_says_so() -> None:
    assert age_text(NOW + timedelta(seconds=30), NOW) == "超前 30秒"
    assert age_text(NOW + timedelta(seconds=3), NOW) == "0秒"


def test_an_eta_is_a_range() -> None:
    assert minutes_text(7.6, 13.2) == "8–13 分"
    assert minutes_text(7.9, 8.1) == "8 分"
    language.use("en")
    assert minutes_text(7.6, 13.2) == "8–13 min"


def test_distances_lose_their_decimals_from_ten_kilometres() -> None:
    assert [distance_text(km) for km in (0.04, 3.21, 9.96, 45.4)] == ["0.0 km", "3.2 km", "10 km", "45 km"]


@given(st.floats(min_value=0, max_value=10**8))
def test_a_longer_time_never_reads_shorter_than_it_is(seconds: float) -> None:
    language.use("en")
    said = duration_text(seconds)
    units = {"d": 86400, "h": 3600, "m": 60, "s": 1}
    total, number = 0, ""
    for character in said:
        if character.isdigit():
            number += character
        else:
            total, number = total + int(number) * units[character], ""
    assert total <= seconds < total + {"d": 3600, "h": 60, "m": 1, "s": 1}[said.strip("0123456789")[0]]


def test_an_aware_time_of_any_zone_is_said_the_same() -> None:
    moment = datetime(2026, 11, 24, 2, 13, tzinfo=UTC) - timedelta(hours=8)
    assert clock_text(moment) == "02:13"
    assert age_text(ago(75), NOW) == "1分15秒"
