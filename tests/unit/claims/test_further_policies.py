"""What provinces' rules say beside volumes and years, by files alone; and files that cannot be meant."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dispatch.claims.assess import UseLine
from dispatch.claims.claim import ClaimFacts, ClaimId, QuotaEntry
from dispatch.claims.donors import DonorId
from dispatch.claims.ledger import assessed
from dispatch.claims.quota import Donation, Used, quota
from dispatch.claims.years import most_in_a_year, year_of
from dispatch.domain.errors import BadConfiguration
from dispatch.settings.claims import load_claim_rules
from tests.unit.claims.test_wider_policies import HERE, ON, blood, claim, left, policy

PLAIN = """
apheresis_dose_ml = 400
relations = ["spouse", "child"]
[[donor]]
times = 3
[[relatives]]
times = 1
"""
EACH = "each_relative = true\n" + PLAIN


def given(kind: str, day: date = date(2026, 1, 1), **facts: object) -> Donation:
    said = {"day": day, "centre": HERE, "province": "330000", "kind": kind, **facts}
    return Donation.model_validate(said)


# --- whose quota ----------------------------------------------------------------------------------


def test_each_relative_has_the_whole_quota_where_the_policy_says_so(tmp_path: Path) -> None:
    rules = policy(tmp_path, EACH)
    used = (Used(by="relatives", ml=300, relative="wife"), Used(by="relatives", ml=100, relative="son"))
    ask: dict[str, Any] = {"by": "relatives", "relation": "child", "used": used, "lines": ((400, 40_000),)}
    assert claim(rules, blood(400), **ask, relative="son").ml == 300
    assert claim(rules, blood(400), **ask, relative="daughter").ml == 400
    assert left(quota(rules, [blood(400)], used, ON, relative="wife")) == (1_200, 100)
    assert left(quota(rules, [blood(400)], used, ON)) == (1_200, 400)
    assert claim(rules, blood(400), **ask).refusal == "relative_not_named"
    nameless = {**ask, "used": (Used(by="relatives", ml=1),)}
    assert claim(rules, blood(400), **nameless, relative="son").refusal == "relative_not_named"
    assert claim(rules, blood(400), used=used).ml == 400


def test_the_ledger_knows_one_relative_by_keyed_hashes_old_and_new(tmp_path: Path) -> None:
    rules = policy(tmp_path, EACH)
    wife, wife_anew, son = (DonorId(f"k{mark * 8}:{mark * 40}") for mark in "123")
    donor = DonorId(f"k{'4' * 8}:{'4' * 40}")
    before = QuotaEntry(
        claim=ClaimId("c1"), step="reserve", home=HERE, by="relatives", relatives=(wife,), ml=300, used_on=ON
    )

    def ask(*relatives: DonorId) -> int:
        facts = ClaimFacts(
            channel="B", donors=(donor,), by="relatives", relation="child", relatives=relatives,
            hospital="h", used_on=ON, lines=(UseLine(id="l", ml=400, fen=40_000),),
        )  # fmt: skip
        return assessed(rules, facts, [blood(400)], [before], load_claim_rules().settlement, HERE).ml

    assert [ask(wife_anew, wife), ask(son), ask()] == [100, 400, 0]


# --- years ----------------------------------------------------------------------------------------


def test_a_year_begins_where_the_policy_says() -> None:
    first = date(2020, 2, 29)
    assert year_of("04-01", date(2026, 3, 31), None) == (date(2025, 4, 1), date(2026, 3, 31))
    assert year_of("04-01", date(2026, 4, 1), None) == (date(2026, 4, 1), date(2027, 3, 31))
    assert year_of("01-01", date(2026, 12, 31), None) == (date(2026, 1, 1), date(2026, 12, 31))
    assert year_of("first_donation", date(2026, 2, 27), first) == (date(2025, 2, 28), date(2026, 2, 27))
    assert year_of("first_donation", date(2026, 2, 28), first) == (date(2026, 2, 28), date(2027, 2, 27))
    assert year_of("rolling", date(2026, 6, 1), None) == (date(2025, 6, 2), date(2026, 6, 1))


def test_no_twelve_months_hold_more_than_a_year_whatever_order_claims_come_in() -> None:
    uses = [(date(2026, 1, 10), 200), (date(2026, 11, 1), 300)]
    assert most_in_a_year("rolling", uses, date(2026, 6, 1), None) == 500  # both lie in one year with it
    assert most_in_a_year("rolling", uses, date(2027, 1, 9), None) == 500
    assert most_in_a_year("rolling", uses, date(2027, 1, 10), None) == 300
    assert most_in_a_year("rolling", uses, date(2025, 1, 10), None) == 0


@pytest.mark.parametrize(
    ("begins", "on", "ml"),
    [
        ("04-01", date(2026, 3, 31), 100),
        ("04-01", date(2026, 4, 1), 600),
        ("first_donation", date(2026, 5, 19), 100),
        ("first_donation", date(2026, 5, 20), 600),
        ("rolling", date(2027, 2, 28), 100),
        ("rolling", date(2027, 3, 1), 600),
    ],
)
def test_what_a_year_pays_goes_by_that_year(begins: str, on: date, ml: int, tmp_path: Path) -> None:
    rules = policy(tmp_path, f'most_ml_per_year = 600\nyear_begins = "{begins}"' + PLAIN)
    used = (Used(by="donor", ml=500, on=date(2026, 3, 1)),)
    gave = blood(1_000, date(2024, 5, 20))
    assert quota(rules, [gave], used, on).donor.left_ml == ml
    money = policy(tmp_path, f'most_fen_per_year = 60000\nyear_begins = "{begins}"' + PLAIN)
    paid = (used[0].model_copy(update={"fen": 50_000}),)
    assert claim(money, gave, lines=((900, 90_000),), used=paid, used_on=on).fen == ml * 100


# --- what counts ----------------------------------------------------------------------------------


def test_platelets_count_by_dose_or_by_donation_and_plasma_where_a_policy_says_so(tmp_path: Path) -> None:
    double, plasma = given("apheresis", doses=2), given("plasma", ml=300)
    by_dose = policy(tmp_path, PLAIN)
    assert quota(by_dose, [double, plasma], (), ON).credited_ml == 800
    by_donation = policy(tmp_path, PLAIN.replace("dose_ml = 400", "donation_ml = 800\nplasma_percent = 50"))
    assert quota(by_donation, [double, plasma], (), ON).credited_ml == 950


def test_an_honour_a_rare_group_and_how_often_somebody_gave(tmp_path: Path) -> None:
    rules = policy(
        tmp_path,
        'marks = ["rhd_negative", "stem_cells"]' + PLAIN.replace("[[donor]]", """
[[unlimited]]
mark = "stem_cells"
[[unlimited]]
from_donations = 20
[[relatives_unlimited]]
mark = "stem_cells"
[[donor]]
mark = "rhd_negative"
times = 5
[[donor]]"""),
    )  # fmt: skip
    rare = blood(400).model_copy(update={"marks": ("rhd_negative",)})
    honour = given("honour", date(2026, 3, 1), marks=["stem_cells"])
    assert left(quota(rules, [blood(400)], (), ON)) == (1_200, 400)
    assert left(quota(rules, [rare], (), ON)) == (2_000, 400)
    assert left(quota(rules, [blood(400), honour], (), ON)) == (None, None)
    assert left(quota(rules, [blood(400), honour], (), date(2026, 2, 28))) == (1_200, 400)
    assert left(quota(rules, [blood(200)] * 19, (), ON))[0] == 11_400
    assert left(quota(rules, [blood(200)] * 20, (), ON))[0] is None
    assert claim(rules, honour).outcome == "approved"  # nothing was given but marrow
    assert claim(rules).refusal == "no_donation_counts"


def test_what_was_given_before_a_rule_counts_by_the_old_one_and_a_whole_quota_is_cut(tmp_path: Path) -> None:
    rules = policy(
        tmp_path,
        "donor_most_ml = 2500\nrelatives_most_ml = 500\nclaim_within_years = 1"
        + PLAIN.replace("[[donor]]", "[[donor]]\ngiven_until = 2025-06-30\ntimes = 1\n[[donor]]"),
    )
    old, new = blood(400, date(2025, 6, 30)), blood(400, date(2025, 7, 1))
    assert left(quota(rules, [old, new], (), ON)) == (400 + 1_200, 500)
    assert left(quota(rules, [new, new, new], (), ON)) == (2_500, 500)
    assert claim(rules, new, filed_on=date(2027, 6, 1)).outcome == "approved"
    assert claim(rules, new, filed_on=date(2027, 6, 2)).refusal == "too_late"


# --- files that cannot be meant -------------------------------------------------------------------

WRONG = {
    "apheresis twice": ("apheresis_donation_ml = 1\n" + PLAIN, "apheresis_dose_ml"),
    "apheresis not at all": (PLAIN.replace("apheresis_dose_ml = 400", ""), "apheresis_donation_ml"),
    "a time limit twice": ("claim_within_days = 9\nclaim_within_years = 1\n" + PLAIN, "claim_within_years"),
    "a year of nothing": ('year_begins = "04-01"\n' + PLAIN, "most_ml_per_year"),
    "a row that hides others": (PLAIN.replace("times = 3", "times = 3\n[[donor]]\ntimes = 2"), "最后"),
    "no last row": (PLAIN.replace("times = 1", "times = 1\nwithin_years = 5"), "times = 0"),
    "days the wrong way": (
        PLAIN.replace("times = 1", "times = 1\ngiven_from = 2020-01-01\ngiven_until = 2019-01-01"),
        "given_until",
    ),
    "relatives without a quota": (PLAIN.split("[[relatives]]", maxsplit=1)[0], "one_quota"),
    "a relative whom nobody admits": (
        PLAIN.replace("[[relatives]]", '[[relatives]]\nrelations = ["uncle"]\ntimes = 1\n[[relatives]]'),
        "uncle",
    ),
    "a mark that is not in the list": (
        PLAIN.replace("[[donor]]", '[[donor]]\nmark = "gold"\ntimes = 9\n[[donor]]'), "gold"
    ),
    "one quota and each its own": (
        "one_quota = true\n" + EACH.split("[[relatives]]", maxsplit=1)[0], "one_quota"
    ),
    "a number in quotes": (PLAIN.replace("times = 3", 'times = "3"'), "times"),
    "less than nothing": (PLAIN.replace("times = 3", "times = -1.5"), "times"),
    "a field that is misspelt": ("most_ml_a_year = 9\n" + PLAIN, "most_ml_per_year"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_a_file_that_cannot_be_meant_is_refused_with_what_to_write(wrong: str, tmp_path: Path) -> None:
    rest, said = WRONG[wrong]
    with pytest.raises(BadConfiguration, match=said) as refused:
        policy(tmp_path, rest)
    assert "wider.toml" in str(refused.value)


def test_what_is_wrong_is_shown_at_its_line_and_without_the_whole_file(tmp_path: Path) -> None:
    rest = PLAIN.replace("[[relatives]]", '[[relatives]]\nrelations = ["uncle"]\ntimes = 1\n[[relatives]]')
    with pytest.raises(BadConfiguration) as refused:
        policy(tmp_path, rest)
    assert (refused.value.line, len(str(refused.value).splitlines())) == (15, 1)
    assert "edition" not in str(refused.value)


@pytest.mark.parametrize(("ml", "worth"), [(200, 300), (401, 601)])
def test_one_and_a_half_times_is_rounded_down_to_the_millilitre(ml: int, worth: int, tmp_path: Path) -> None:
    rules = policy(tmp_path, PLAIN.replace("times = 3", "times = 1.5"))
    assert quota(rules, [blood(ml)], (), ON).donor.quota_ml == worth
