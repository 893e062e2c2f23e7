"""Quotas by the shipped policies: the table of the rules' own boundaries, and other provinces' shapes."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.claims.quota import Donation, Quota, Used, quota
from dispatch.claims.years import anniversary
from dispatch.domain.geography import CityCode
from dispatch.settings.claims import load_claim_rules

RULES = load_claim_rules()
HUNAN, SICHUAN, HEILONGJIANG = "430000", "510000", "230000"
ON = date(2024, 6, 1)


def blood(ml: int, day: date = date(2020, 1, 1), centre: str = "changsha", province: str = HUNAN) -> Donation:
    return Donation(day=day, centre=CityCode(centre), province=province, kind="whole_blood", ml=ml)


def platelets(doses: int, day: date = date(2020, 1, 1), province: str = HUNAN) -> Donation:
    return Donation(day=day, centre=CityCode("changsha"), province=province, kind="apheresis", doses=doses)


def ask(policy: str, donations: list[Donation], on: date = ON, used: tuple[Used, ...] = ()) -> Quota:
    return quota(RULES.named(policy), donations, used, on)


@pytest.mark.parametrize(
    ("given_ml", "donor_ml"),
    [(200, 400), (400, 800), (599, 1198), (600, 1800), (899, 2697), (900, None), (5000, None)],
)
def test_hunan_gives_twice_three_times_and_then_everything(given_ml: int, donor_ml: int | None) -> None:
    parts = [blood(min(400, given_ml - done)) for done in range(0, given_ml, 400)]
    found = ask("hunan-2015", parts)
    assert (found.credited_ml, found.donor.quota_ml, found.relatives.quota_ml) == (
        given_ml,
        donor_ml,
        given_ml,
    )


def test_a_dose_of_platelets_counts_400_ml_in_hunan() -> None:
    found = ask("hunan-2015", [platelets(1), blood(200)])
    assert (found.credited_ml, found.donor.quota_ml, found.relatives.quota_ml) == (600, 1800, 600)


def test_donations_of_the_three_cities_add_up_and_those_of_another_province_do_not() -> None:
    three = [blood(400), blood(300, centre="zhuzhou"), blood(200, centre="xiangtan")]
    assert ask("hunan-2015", three).donor.quota_ml is None
    assert ask("hunan-2015", [*three[:2], blood(400, province=SICHUAN)]).credited_ml == 700


def test_what_was_given_after_the_use_does_not_count() -> None:
    assert ask("hunan-2015", [blood(400), blood(400, ON)]).credited_ml == 800
    assert ask("hunan-2015", [blood(400), blood(400, date(2024, 6, 2))]).credited_ml == 400


def test_what_was_claimed_is_gone_for_that_party_only() -> None:
    used = (Used(by="donor", ml=500), Used(by="relatives", ml=100), Used(by="donor", ml=200))
    found = ask("hunan-2015", [blood(400)], used=used)
    assert (found.donor.left_ml, found.relatives.left_ml) == (100, 300)
    over = ask("hunan-2015", [blood(400)], used=(Used(by="donor", ml=5_000),))
    assert over.donor.left_ml == 0


def test_only_the_edition_of_2026_admits_siblings() -> None:
    assert "sibling" not in RULES.named("hunan-2015").relations
    assert "sibling" in RULES.named("hunan-2026").relations
    assert [RULES.on(day) for day in (date(2025, 12, 31), date(2026, 1, 1))] == ["hunan-2015", "hunan-2026"]


# --- other provinces ------------------------------------------------------------------------------


def test_sichuan_counts_three_times_for_three_years_and_everything_beyond_800_ml() -> None:
    old, new = blood(400, date(2019, 1, 1), province=SICHUAN), blood(400, date(2023, 1, 1), province=SICHUAN)
    assert ask("sichuan-1997", [old, new]).donor.quota_ml == 400 + 1200
    more = blood(1, date(2023, 2, 1), province=SICHUAN)
    assert ask("sichuan-1997", [old, new, more]).donor.quota_ml is None
    last_day = blood(200, date(2021, 6, 1), province=SICHUAN)
    assert ask("sichuan-1997", [last_day], date(2024, 6, 1)).donor.quota_ml == 600
    assert ask("sichuan-1997", [last_day], date(2024, 6, 2)).donor.quota_ml == 200


@pytest.mark.parametrize(
    ("given_ml", "years_later", "unlimited"),
    [(600, 9, True), (600, 11, False), (800, 14, True), (800, 16, False), (1000, 60, True), (400, 1, False)],
)
def test_heilongjiang_gives_everything_for_10_15_years_or_life(
    given_ml: int, years_later: int, unlimited: bool
) -> None:
    days = [date(2012 + number, 3, 1) for number in range(5)]
    parts = [blood(given_ml // 5, day, province=HEILONGJIANG) for day in days]
    found = ask("heilongjiang", parts, date(2016 + years_later, 3, 1))
    assert (found.donor.quota_ml is None) is unlimited


def test_heilongjiang_counts_only_what_was_given_within_five_years_for_that() -> None:
    slow = [blood(200, date(2010 + 3 * number, 3, 1), province=HEILONGJIANG) for number in range(3)]
    assert ask("heilongjiang", slow, date(2016, 9, 1)).donor.quota_ml is not None


def test_heilongjiang_begins_thirty_days_after_the_first_donation() -> None:
    first = [blood(400, date(2020, 3, 1), province=HEILONGJIANG)]
    waiting = ask("heilongjiang", first, date(2020, 3, 30))
    assert (waiting.donor.quota_ml, waiting.reasons[0].code) == (0, "waiting")
    assert ask("heilongjiang", first, date(2020, 3, 31)).donor.quota_ml == 1200


def test_a_year_after_the_29th_of_february_is_the_28th() -> None:
    assert anniversary(date(2024, 2, 29), 1) == date(2025, 2, 28)
    assert anniversary(date(2024, 2, 29), 4) == date(2028, 2, 29)


# --- of any history -------------------------------------------------------------------------------

donations = st.lists(
    st.builds(
        Donation,
        day=st.dates(date(2000, 1, 1), date(2026, 1, 1)),
        centre=st.sampled_from(["changsha", "zhuzhou", "xiangtan"]),
        province=st.sampled_from([HUNAN, SICHUAN, HEILONGJIANG]),
        kind=st.sampled_from(["whole_blood", "apheresis"]),
        ml=st.integers(0, 400),
        doses=st.integers(0, 2),
    ),
    max_size=12,
)


@given(st.sampled_from(sorted(RULES.policies)), donations, st.dates(date(2000, 1, 1), date(2030, 1, 1)))
def test_one_more_donation_never_takes_anything_away_and_order_does_not_matter(
    policy: str, history: list[Donation], on: date
) -> None:
    whole = ask(policy, history, on)
    assert ask(policy, history[::-1], on) == whole
    less = ask(policy, history[:-1], on)
    if policy == "heilongjiang" and any(reason.code == "waiting" for reason in whole.reasons):
        return  # an earlier first donation begins the waiting anew
    assert whole.credited_ml >= less.credited_ml
    for more, before in ((whole.donor, less.donor), (whole.relatives, less.relatives)):
        assert more.quota_ml is None or (before.quota_ml is not None and more.quota_ml >= before.quota_ml)
