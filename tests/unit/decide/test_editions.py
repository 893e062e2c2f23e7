"""Editions of rules as people read them."""

from dispatch.decide.editions import edition_text


def test_editions_are_said_in_the_language_asked_for_and_equal_ones_once() -> None:
    draft = "units 2026-11 draft; travel 2026-11 draft"
    assert edition_text(draft, "zh_CN") == "派车、行程估算 2026-11 草案（未审批）"
    assert edition_text(draft, "en") == "unit choice, travel 2026-11, a draft"
    assert edition_text("units 2027-01; travel 2026-11", "en") == "unit choice 2027-01; travel 2026-11"
    assert edition_text("of another house", "en") == "of another house"
