"""Identity numbers are checked before anything is hashed, and nothing of them is left."""

import os
from pathlib import Path

import pytest

from dispatch import language
from dispatch.claims.claim import identity_in, plain_words
from dispatch.claims.donors import DonorKeys, checked_identity, key_name, masked_name
from dispatch.domain.errors import DispatchError
from dispatch.settings import config_dir
from dispatch.settings.donor_keys import add_key, keys_file, load_keys

# the worked example of GB 11643-1999 and its appendix: nobody's number
NUMBER, MALE = "11010519491231002X", "440524188001010014"
KEY = bytes(range(32))


@pytest.mark.parametrize(
    "written", [NUMBER, MALE, NUMBER.lower(), f" {NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]} "]
)
def test_a_number_is_read_however_it_is_spaced(written: str) -> None:
    assert checked_identity(written) in (NUMBER, MALE)


def test_full_width_digits_are_the_same_number() -> None:
    wide = "".join(chr(ord(one) + 0xFEE0) for one in NUMBER)
    assert checked_identity(wide) == NUMBER


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("110105491231002", "15"),
        ("", "0"),
        (NUMBER[:17], "17"),
        (NUMBER + "1", "19"),
        ("110105194912310021", "check character"),
        ("11010519490231002X", "day of birth"),
        ("11010500000101002X", "day of birth"),
        ("99010519491231002X", "province"),
        ("1101051949123100AX", "17 digits"),
        ("1" * 40, "40"),
    ],
)
def test_a_wrong_number_says_what_is_wrong_and_never_the_number(written: str, says: str) -> None:
    language.use("en")
    with pytest.raises(DispatchError, match=says) as wrong:
        checked_identity(written)
    assert len(written) < 5 or written[6:14] not in str(wrong.value)


def test_every_single_wrong_digit_and_every_swap_of_neighbours_is_noticed() -> None:
    for place in range(17):
        for digit in "0123456789":
            wrong = NUMBER[:place] + digit + NUMBER[place + 1 :]
            if wrong != NUMBER:
                with pytest.raises(DispatchError):
                    checked_identity(wrong)
        swapped = NUMBER[:place] + NUMBER[place + 1] + NUMBER[place] + NUMBER[place + 2 :]
        if swapped != NUMBER:
            with pytest.raises(DispatchError):
                checked_identity(swapped)


def test_one_person_has_one_hash_under_each_key_the_current_one_first() -> None:
    other = bytes(32)
    both = DonorKeys(key_name(other), {key_name(KEY): KEY, key_name(other): other})
    one = DonorKeys(key_name(KEY), {key_name(KEY): KEY})
    found = both.donors(NUMBER)
    assert found[1] == one.donors(NUMBER.lower())[0]
    assert found[0].startswith(key_name(other))
    assert one.donors(MALE) != one.donors(NUMBER)
    assert NUMBER not in repr(both) + "".join(found)
    assert KEY.hex() not in repr(both)


@pytest.mark.parametrize(
    ("name", "kept"), [("张三", "张**"), ("欧阳娜娜", "欧**"), ("Li Wei", "L**"), ("", ""), (" ", "")]
)
def test_a_name_is_kept_by_its_first_character(name: str, kept: str) -> None:
    assert masked_name(name) == kept


def test_a_number_among_words_is_noticed_and_an_invoice_number_is_not_one() -> None:
    assert identity_in(f"paid to {NUMBER}, by hand")
    assert identity_in(NUMBER.lower())
    for text in ("24332000000012345678", "110105194912310021", "ref 6222021001116245702", ""):
        assert not identity_in(text)
    with pytest.raises(ValueError, match=r"must not be kept|不得留存"):
        plain_words(NUMBER)


def test_keys_are_made_added_to_and_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "donors.toml"
    first, second = add_key(file), add_key(file)
    assert second.current != first.current
    assert set(second.keys) == {first.current, second.current}
    assert load_keys(file) == second
    assert file.stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob(".*"))


def test_keys_that_others_can_read_or_that_lie_in_config_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "donors.toml"
    add_key(file)
    file.chmod(0o644)
    with pytest.raises(DispatchError, match="chmod 600"):
        load_keys(file)
    with pytest.raises(DispatchError, match="config"):
        add_key(config_dir() / "claims" / "donors.toml")
    for text in ("", "keys = []", 'keys = ["abc"]', "keys = 1", "\x00"):
        file.write_text(text)
        file.chmod(0o600)
        with pytest.raises(DispatchError, match=r"donors\.toml"):
            load_keys(file)
    monkeypatch.delenv("CZT_DONOR_KEYS", raising=False)
    with pytest.raises(DispatchError, match="--keys"):
        keys_file(None)
    monkeypatch.setitem(os.environ, "CZT_DONOR_KEYS", str(file))
    assert keys_file(None) == file
