"""The reasons of a row: whole at 160 columns in either language, never cut in the middle of a word."""

import pytest

from dispatch.console.present_brief import _BRIEF, IN_A_ROW
from dispatch.decide.reasons import REASONS, Reason, explain
from dispatch.domain.model import Name
from dispatch.text import cell_width, fit_parts

REASONS_AT_160 = {"zh_CN": 35, "en": 29}
"""Cells of the column in a console of 160, beside numbers, city, minutes and kilometres."""
FACTS: dict[str, str | int | float] = {
    "later_min": 9.5, "slack_min": 2, "gain_min": 6.6, "needed_min": 5, "eta_min": 36, "cap_min": 35,
    "lender": "changsha", "reserve": 12, "free": 11, "fleet": 120, "unit": "XT-044", "bridge": "b",
    "age_s": 75, "ahead_s": 75, "own": 1, "wanted": 4, "percent": 12,
    "waiting": 3, "city": "changsha", "trips": 99,
    "said_at": "2026-11-24T09:30:00+08:00", "since": "2026-11-24T09:30:00+08:00",
}  # fmt: skip
NAMES = {"changsha": Name(zh="长沙", en="Changsha"), "b": Name(zh="昭华湘江大桥", en="Zhaohua Bridge")}
TOGETHER = (
    ("fastest", "lent"),
    ("level", "lent"),
    ("slower", "lent"),
    ("slower", "via_bridge"),
    ("later_drive", "other_city"),
    ("least_drive", "waiting"),
)


def said(language: str, *codes: str) -> str:
    between = "；" if language == "zh_CN" else "; "
    return between.join(explain(Reason(code=each, facts=FACTS), language, NAMES, IN_A_ROW) for each in codes)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_what_usually_stands_together_fits_whole_into_a_row(language: str) -> None:
    for code in _BRIEF:
        assert cell_width(said(language, code)) <= REASONS_AT_160[language], code
    for codes in TOGETHER:
        assert cell_width(said(language, *codes)) <= REASONS_AT_160[language], said(language, *codes)


def test_every_short_form_is_of_a_reason_and_shorter_than_it() -> None:
    for code, short in _BRIEF.items():
        assert len(short) < len(REASONS[code]), code


def test_parts_that_do_not_fit_are_left_out_whole_and_counted() -> None:
    text = "+9.5 min; over the river; fix 75 s old"
    assert fit_parts(text, 60, "; ") == text
    assert fit_parts(text, 29, "; ") == "+9.5 min; over the river +1"
    assert fit_parts(text, 12, "; ") == "+9.5 min +2"
    assert fit_parts("晚 9.5 分；过江；外市", 14, "；") == "晚 9.5 分 +2"
    assert fit_parts("one that is far too long", 6, "; ") == "one that is far too long"
