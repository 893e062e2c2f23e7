"""Labels: check characters, data structures, compound messages, and errors that say what to do."""

from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.blood.labels import (
    ALPHABET,
    GROUP_CODES,
    BadLabel,
    DonationNumber,
    GroupCode,
    LabelMoment,
    ProductCode,
    check_character,
    check_value,
    read_label,
)
from dispatch.blood.unit_label import check_one_bag, differences, holdings, put_together
from dispatch.clock import CHINA
from dispatch.domain.blood import BloodGroup, LotId
from dispatch.language import use
from tests.unit.blood.blood_world import MAIN, O_POS, RED, count, lot, picture

NUMBERS = st.builds(
    "{}{}{}".format,
    st.sampled_from("ABCDEFGHIJKLMNPQRSTUVWXYZ123456789"),
    st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=4, max_size=4),
    st.text("0123456789", min_size=8, max_size=8),
)


@pytest.fixture(autouse=True)
def _english() -> None:
    use("en")


@pytest.mark.parametrize(("number", "check"), [("G123417654321", "A"), ("G123498654321", "H")])
def test_published_check_characters(number: str, check: str) -> None:
    assert check_character(number) == check


@settings(max_examples=200, deadline=None)
@given(number=NUMBERS, data=st.data())
def test_one_wrong_character_or_two_that_changed_places_never_pass(number: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, 12))
    wrong = data.draw(st.sampled_from([sign for sign in ALPHABET[:36] if sign != number[place]]))
    assert check_value(number[:place] + wrong + number[place + 1 :]) != check_value(number)
    if place < 12 and number[place] != number[place + 1]:
        swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        assert check_value(swapped) != check_value(number)


@settings(max_examples=100, deadline=None)
@given(number=NUMBERS)
def test_a_number_with_its_own_check_character_is_read_with_spaces_and_in_small_letters(number: str) -> None:
    typed = f"{number[:5]} {number[5:7]} {number[7:]} {check_character(number)}".lower()
    assert read_label(typed) == (DonationNumber(number, "", checked=True),)


@pytest.mark.parametrize(("code", "group"), GROUP_CODES.items())
def test_every_group_code_is_read(code: str, group: BloodGroup) -> None:
    assert read_label(f"=%{code}00") == (GroupCode(group, f"{code}00"),)


def test_the_group_codes_are_those_of_the_standard() -> None:
    assert {group.value: code for code, group in GROUP_CODES.items()} == {
        "O-": "95", "O+": "51", "A-": "06", "A+": "62", "B-": "17", "B+": "73", "AB-": "28", "AB+": "84",
    }  # fmt: skip


def test_expiry_is_a_day_to_its_end_or_a_moment_in_china() -> None:
    day, moment = datetime(2026, 11, 30, 23, 59, tzinfo=CHINA), datetime(2026, 11, 30, 6, 5, tzinfo=CHINA)
    assert read_label("=>026334") == (LabelMoment("expiry", day, date_only=True),)
    assert read_label("&>0263340605") == (LabelMoment("expiry", moment, date_only=False),)
    leap = read_label("=>028366")[0]
    assert isinstance(leap, LabelMoment)
    assert leap.moment.date().isoformat() == "2028-12-31"


def test_a_compound_message_is_taken_apart() -> None:
    found = read_label("=+04000=G12341765432100=%5100=<E0336V00&>0263342359")
    assert [type(one) for one in found] == [DonationNumber, GroupCode, ProductCode, LabelMoment]
    assert read_label("=G12341765432100=%5100") == found[:2]


def test_full_width_signs_of_an_input_method_are_read() -> None:
    assert read_label("\uff1d\uff05\uff15\uff11\uff10\uff10") == (GroupCode(O_POS, "5100"),)


def test_flags_that_are_a_check_are_checked() -> None:
    flags = 60 + check_value("G123417654321")
    assert read_label(f"=G123417654321{flags}")[0] == DonationNumber("G123417654321", str(flags), True)
    assert read_label("=G12341765432100")[0] == DonationNumber("G123417654321", "00", False)


@pytest.mark.parametrize(
    ("scan", "said"),
    [
        ("", "nothing was scanned"),
        ("G123417654321B", "the check character is A, not B"),
        ("G12341765432", "has 12 characters"),
        ("O123417654321", "begins with no O"),
        ("G1234176543O1", "is no donation number"),
        ("=G1234", "15 characters are needed and 5 came"),
        ("=%51", "4 characters are needed and 2 came"),
        ("=%9900", "the group code 99 is not known here"),
        ("=>026366", "day 366 is not one of the 365 days of 2026"),
        ("=>026000", "day 0 is not one of"),
        ("=>02633A", "a date is all digits"),
        ("&>0263342461", "there is no time 24:61"),
        ("=<E0336V0", "8 characters are needed"),
        ("=<E0336V-0", "is no product code"),
        ("=?12", "begins with no data identifier"),
        ("=+0A000=%5100", "must be followed by five digits"),
        ("=G12341765432100=%51", "4 characters are needed and 2 came"),
        ("=", "begins with no data identifier"),
        ("\x1b[31m", "characters: a donation number has 13"),
    ],
)
def test_a_wrong_label_is_told_in_one_sentence(scan: str, said: str) -> None:
    with pytest.raises(BadLabel) as caught:
        read_label(scan)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_whatever_is_scanned_is_read_or_refused_in_a_sentence(text: str) -> None:
    for begin in ("", "=", "&>", "=%", "=+04000="):
        with suppress(BadLabel):
            assert read_label(begin + text)


def test_scans_of_one_bag_are_compared_with_the_stock() -> None:
    here = picture()
    held = lot(1, 1, 100).model_copy(update={"id": LotId("G123417654321-E0336V00")})
    count(here, MAIN, [held, lot(2, 1, 100)])
    bag = put_together(
        [
            one
            for scan in ("=G12341765432100", "=%6200", "=<E0336V00", "=>026334")
            for one in read_label(scan)
        ],
        {"E0336": RED},
    )
    assert (bag.group, bag.component) == (BloodGroup.A_POS, RED)
    found = holdings(here, bag)
    assert [(one.bank, one.lot.id) for one in found] == [(MAIN, held.id)]
    assert [one.what for one in differences(bag, held)] == ["group", "expires_at"]


def test_a_bag_without_a_number_is_nowhere() -> None:
    here = picture()
    count(here, MAIN, [lot(1, 1, 100)])
    assert holdings(here, put_together(read_label("=%5100"), {})) == ()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("=G12341765432100", "=G12349865432100"),
        ("=%5100", "=%9500"),
        ("&>0240602359", "&>0240612359"),
    ],
)
def test_the_labels_of_two_bags_are_never_taken_for_one(first: str, second: str) -> None:
    check_one_bag([*read_label(first), *read_label(first)])
    with pytest.raises(BadLabel):
        check_one_bag([*read_label(first), *read_label(second)])
