"""Numbers that never meet, texts that carry no telephone number, refusals in the language in use."""

from datetime import UTC, datetime

import pytest

from dispatch.desk.numbers import Numbers
from dispatch.desk.outcome import order_reason_text
from dispatch.desk.records import sayable
from dispatch.desk.refusal_words import refusal_text
from dispatch.domain.refusals import SENTENCES
from dispatch.domain.units import UnitState
from dispatch.language import use
from dispatch.settings import load
from tests.unit.feed.feed_world import CHANGSHA, ZHUZHOU, a_picture

NIGHT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
CITIES = a_picture().cities
CONFIGURATION = load()


@pytest.fixture(autouse=True)
def _english() -> None:
    use("en")


def test_a_desks_numbers_name_city_day_and_desk_and_count_on() -> None:
    numbers = Numbers(3, CHANGSHA, CITIES, ())
    assert [numbers.next(CHANGSHA, NIGHT) for _ in range(2)] == ["CS-1124-3001", "CS-1124-3002"]


def test_desks_of_two_cities_with_one_digit_never_make_one_number() -> None:
    ours, theirs = Numbers(1, CHANGSHA, CITIES, ()), Numbers(1, ZHUZHOU, CITIES, ())
    for city in (CHANGSHA, ZHUZHOU):
        assert not {ours.next(city, NIGHT) for _ in range(99)} & {theirs.next(city, NIGHT) for _ in range(99)}


def test_numbers_given_before_a_restart_do_not_come_again() -> None:
    used = ["CS-1124-1007", "CS-1124-1003", "ZZ-1124-1702", "CS-1124-2099", "CS-1123-1500", "nonsense"]
    numbers = Numbers(1, CHANGSHA, CITIES, used)
    assert numbers.next(CHANGSHA, NIGHT) == "CS-1124-1008"
    assert numbers.next(ZHUZHOU, NIGHT) == "ZZ-1124-1703"


def test_after_clashes_in_a_row_the_next_numbers_are_further_off() -> None:
    numbers = Numbers(1, CHANGSHA, CITIES, ())
    numbers.next(CHANGSHA, NIGHT)
    assert [numbers.after_clash(CHANGSHA, NIGHT)[-3:] for _ in range(4)] == ["002", "004", "008", "016"]
    numbers.accepted()
    assert numbers.after_clash(CHANGSHA, NIGHT) == "CS-1124-1017"


def test_the_day_is_chinas() -> None:
    evening = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
    assert Numbers(1, CHANGSHA, CITIES, ()).next(CHANGSHA, evening) == "CS-1125-1001"


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("打13812345678", "打*******"),
        ("打１３８１２３４５６７８", "打*******"),
        ("138 1234 5678 回拨", "******* 回拨"),
        ("见 CS-1124-1012，2026-11-24", "见 CS-1124-1012，2026-11-24"),
        ("3号楼402室", "3号楼402室"),
        ("  坏\x1b[31m ", "坏␛[31m"),
    ],
)
def test_free_text_goes_without_telephone_numbers(said: str, sent: str) -> None:
    assert sayable(said) == sent


def test_a_refusal_says_states_roles_and_fields_in_words() -> None:
    facts = {
        "unit": "CS-012",
        "wanted": "TRANSPORTING",
        "state": "EN_ROUTE",
        "legal": "ON_SCENE, OUT_OF_SERVICE",
    }
    said = refusal_text(CONFIGURATION, "illegal_state", facts)
    assert "4 transporting" in said
    assert "3 on scene, 8 out of service" in said
    assert refusal_text(CONFIGURATION, "not_allowed", {"role": "observer", "right": "order"}) == (
        "the role observer may not do this: send and call back units"
    )
    assert refusal_text(CONFIGURATION, "missing", {"field": "reason"}) == "the reason is missing"
    assert "given back" in refusal_text(CONFIGURATION, "aid_over", {"state": "released"})


def test_a_refusal_without_a_sentence_or_with_a_fact_missing_shows_what_there_is() -> None:
    assert refusal_text(CONFIGURATION, "brand_new", {"unit": "CS-1\x1b"}) == (
        "for a reason that this program does not know: brand_new unit=CS-1␛"
    )
    assert refusal_text(CONFIGURATION, "brand_new", {}, "plain words") == "plain words"
    assert refusal_text(CONFIGURATION, "illegal_state", {"unit": "CS-1"}) == (
        "CS-1: – does not follow from –; next may be: –"
    )
    assert order_reason_text("") == ""
    assert order_reason_text("brand_new") == "brand_new"


def test_every_refusal_has_words_for_whatever_state_it_names() -> None:
    facts = dict.fromkeys(("state", "wanted", "legal"), "7") | dict.fromkeys(
        ("unit", "city", "incident", "units", "field", "hospital", "by", "most_min"), "x"
    )
    facts |= dict.fromkeys(("role", "right", "prefix", "count", "what", "other", "borrower", "lender"), "x")
    for code in SENTENCES:
        assert "{" not in refusal_text(CONFIGURATION, code, facts)
    assert refusal_text(CONFIGURATION, "unit_on_task", facts)
    assert (
        len(
            {
                refusal_text(CONFIGURATION, "illegal_state", facts | {"state": state.name})
                for state in UnitState
            }
        )
        == 10
    )
