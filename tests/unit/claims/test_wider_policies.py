"""Shapes of rules that other places have published, each said by a file alone."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dispatch.claims.assess import Assessment, Claim, SettlementRules, UseLine, assess
from dispatch.claims.policy import Policy
from dispatch.claims.quota import Donation, Quota, Used, quota
from dispatch.domain.errors import BadConfiguration
from dispatch.domain.geography import CityCode
from dispatch.settings.claims import load_claim_rules

HERE, THERE = CityCode("changsha"), CityCode("zhuzhou")
ON = date(2026, 6, 1)
HEAD = """
edition = "test"
name = { zh = "某省办法", en = "A province of a test" }
source = "A test."
effective_from = 2020-01-01
sign_off = ["nobody"]
signed_by = []
province = "330000"
"""


def policy(folder: Path, rest: str) -> Policy:
    (folder / "claims").mkdir(exist_ok=True)
    (folder / "claims" / "wider.toml").write_text(HEAD + rest, encoding="utf-8")
    return load_claim_rules(folder).named("wider")


def blood(ml: int, day: date = date(2026, 1, 1), centre: CityCode = HERE) -> Donation:
    return Donation(day=day, centre=centre, province="330000", kind="whole_blood", ml=ml)


def left(found: Quota) -> tuple[int | None, int | None]:
    return found.donor.left_ml, found.relatives.left_ml


def claim(
    rules: Policy,
    *donations: Donation,
    lines: tuple[tuple[int, int], ...] = ((400, 80_000),),
    **facts: object,
) -> Assessment:
    bill = [UseLine(id=f"l{at}", ml=ml, fen=fen) for at, (ml, fen) in enumerate(lines)]
    said: dict[str, object] = {"by": "donor", "used_on": ON, **facts, "donations": donations, "lines": bill}
    return assess(rules, Claim.model_validate(said), SettlementRules(liability="pro_rata"))


# five times for five years, then once; more than a litre: for life; family twice for five years, then
# nothing; a dose of platelets counts 800 mL
FIVE_FIVE = """
apheresis_dose_ml = 800
relations = ["spouse", "parent", "child"]
[[unlimited]]
over_ml = 1000
[[donor]]
within_years = 5
times = 5
[[donor]]
times = 1
[[relatives]]
within_years = 5
times = 2
[[relatives]]
times = 0
"""


def test_five_times_for_five_years_and_the_family_twice_so_long(tmp_path: Path) -> None:
    rules = policy(tmp_path, FIVE_FIVE)
    dose = Donation(day=date(2026, 1, 1), centre=HERE, province="330000", kind="apheresis", doses=1)
    assert left(quota(rules, [dose], (), ON)) == (4_000, 1_600)
    assert left(quota(rules, [blood(400, date(2021, 6, 1))], (), ON)) == (2_000, 800)
    assert left(quota(rules, [blood(400, date(2021, 5, 31))], (), ON)) == (400, 0)
    assert left(quota(rules, [blood(1_000)], (), ON)) == (5_000, 2_000)
    assert left(quota(rules, [dose, blood(201)], (), ON)) == (None, 2_002)


# thirty days to wait; within five years 600 mL: ten years without limit, 800: fifteen, 1,000: for life
LADDER = """
apheresis_dose_ml = 400
waiting_days = 30
relations = ["spouse", "parent", "child"]
[[unlimited]]
from_ml = 1000
earned_within_years = 5
[[unlimited]]
from_ml = 800
earned_within_years = 5
for_years = 15
[[unlimited]]
from_ml = 600
earned_within_years = 5
for_years = 10
[[donor]]
within_years = 5
times = 3
[[donor]]
times = 1
[[relatives]]
times = 1
"""


def test_a_ladder_of_years_without_limit(tmp_path: Path) -> None:
    rules = policy(tmp_path, LADDER)
    gave = [blood(400, date(2012, 1, 1)), blood(200, date(2016, 1, 1))]
    assert left(quota(rules, gave, (), date(2026, 1, 1))) == (None, 600)
    assert left(quota(rules, gave, (), date(2026, 1, 2))) == (600, 600)
    more = [*gave, blood(200, date(2016, 6, 1))]
    assert left(quota(rules, more, (), date(2031, 6, 1))) == (None, 800)
    assert left(quota(rules, more, (), date(2031, 6, 2))) == (800, 800)
    late = [blood(400, date(2010, 1, 1)), blood(200, date(2015, 1, 2))]
    assert left(quota(rules, late, (), date(2016, 1, 1))) == (400 + 600, 600)
    assert left(quota(rules, [blood(400, date(2026, 5, 3))], (), ON)) == (0, 0)
    assert left(quota(rules, [blood(400, date(2026, 5, 2))], (), ON)) == (1_200, 400)


# the donor at once, the family thirty days later; siblings only of who gave four litres, whose family has
# no limit
HONOURED = """
apheresis_dose_ml = 200
relatives_waiting_days = 30
channels = ["A", "B"]
relations = ["spouse", "parent", "child"]
[[further_relations]]
id = "sibling"
from_ml = 4000
[[unlimited]]
from_ml = 1000
[[relatives_unlimited]]
from_ml = 4000
[[donor]]
times = 3
[[relatives]]
relations = ["spouse", "sibling"]
times = 1
[[relatives]]
times = 1
percent = 50
"""


def test_the_family_waits_and_an_honoured_donors_family_has_no_limit(tmp_path: Path) -> None:
    rules = policy(tmp_path, HONOURED)
    young = quota(rules, [blood(400, date(2026, 5, 20))], (), ON)
    assert left(young) == (1_200, 0)
    family: dict[str, Any] = {"by": "relatives", "relation": "spouse"}
    assert claim(rules, blood(400, date(2026, 5, 20)), **family).refusal == "waiting"
    assert claim(rules, blood(400, date(2026, 5, 20))).outcome == "approved"
    assert claim(rules, blood(400), **family).ml == 400
    assert claim(rules, blood(401), by="relatives", relation="child").ml == 200
    assert claim(rules, blood(400), by="relatives", relation="sibling").refusal == "relation_not_admitted"
    much = [blood(400, date(2020, month, 1)) for month in range(1, 11)]
    honoured = claim(rules, *much, lines=((90_000, 10_000),), by="relatives", relation="sibling")
    assert (honoured.outcome, honoured.ml) == ("approved", 90_000)


def test_a_way_that_the_place_does_not_offer_is_refused(tmp_path: Path) -> None:
    rules = policy(tmp_path, HONOURED)
    assert claim(rules, blood(400), channel="C").refusal == "channel_not_offered"
    assert claim(rules, blood(400), channel="A").outcome == "approved"


# one quota for donor and family, only what was given at this city's station, each donation from its
# thirtieth day on
POT = """
apheresis_dose_ml = 400
counted_at = ["changsha"]
counts_after_days = 30
one_quota = true
relations = ["spouse"]
[[donor]]
times = 2
"""


def test_one_quota_is_used_up_by_whoever_claims_first(tmp_path: Path) -> None:
    rules = policy(tmp_path, POT)
    gave = [blood(400), blood(400, centre=THERE), blood(200, date(2026, 5, 3))]
    found = quota(rules, gave, [Used(by="relatives", ml=300), Used(by="donor", ml=100)], ON)
    assert (found.credited_ml, left(found)) == (400, (400, 400))
    assert left(quota(rules, gave, (), date(2026, 6, 2))) == (1_200, 1_200)
    paid = claim(
        rules,
        *gave,
        lines=((500, 50_000),),
        used=(Used(by="donor", ml=500),),
        by="relatives",
        relation="spouse",
    )
    assert (paid.outcome, paid.ml, paid.liable) == ("approved_partial", 300, {HERE: 30_000})


YEARLY = """
apheresis_dose_ml = 400
most_ml_per_year = 600
most_fen_per_year = 100000
relations = ["spouse"]
[[unlimited]]
from_ml = 800
[[donor]]
times = 3
[[relatives]]
times = 1
"""


def test_what_one_calendar_year_pays_ends_with_it(tmp_path: Path) -> None:
    rules = policy(tmp_path, YEARLY)
    before = Used(by="donor", ml=600, fen=90_000, on=date(2025, 12, 31))
    used = Used(by="donor", ml=400, fen=70_000, on=date(2026, 1, 1))
    assert quota(rules, [blood(400)], [before, used], ON).donor.left_ml == 200
    assert quota(rules, [blood(800)], [before, used], ON).donor.left_ml == 200
    assert quota(rules, [blood(400)], [used], date(2027, 1, 1)).donor.left_ml == 600
    by_ml = claim(rules, blood(800), lines=((400, 40_000),), used=(before, used))
    assert (by_ml.outcome, by_ml.ml, by_ml.fen) == ("approved_partial", 200, 20_000)
    by_money = claim(rules, blood(800), lines=((100, 40_000),), used=(before, used))
    assert (by_money.outcome, by_money.ml, by_money.fen) == ("approved_partial", 100, 30_000)
    empty = Used(by="donor", ml=100, fen=100_000, on=date(2026, 1, 1))
    assert claim(rules, blood(800), used=(empty,)).refusal == "year_used_up"
    full = Used(by="donor", ml=600, fen=1, on=date(2026, 1, 1))
    assert claim(rules, blood(800), used=(full,)).refusal == "year_used_up"
    assert claim(rules, blood(800), used=(Used(by="donor", ml=1),)).refusal == "use_without_day"


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        (POT + "[[relatives]]\ntimes = 1\n", "one_quota"),
        (YEARLY.replace("times = 3", 'times = 3\nrelations = ["spouse"]'), "donor"),
        (YEARLY.replace("most_ml_per_year = 600", 'channels = ["D"]'), "channels"),
        (YEARLY.replace("most_ml_per_year = 600", "channels = []"), "channels"),
        (YEARLY.replace("times = 1\n", "times = 1\npercent = 0\n"), "percent"),
    ],
)
def test_rules_that_cannot_be_meant_are_refused(rest: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match=said):
        policy(tmp_path, rest)


def test_a_real_place_whose_hospitals_do_not_settle() -> None:
    rules = load_claim_rules().named("sanming-2010")
    gave = blood(400, date(2024, 1, 1)).model_copy(update={"province": "350000"})
    assert left(quota(rules, [gave], (), ON)) == (1_200, 400)
    assert left(quota(rules, [gave], (), date(2029, 1, 2))) == (400, 400)
    assert left(quota(rules, [gave, gave], (), ON)) == (None, 800)
    assert claim(rules, gave, channel="A").refusal == "channel_not_offered"
    assert claim(rules, gave, channel="B").outcome == "approved"
