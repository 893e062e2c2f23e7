"""Rules of other places are said by files alone: a real one that is shipped, and an odd one."""

from datetime import date
from pathlib import Path

import pytest

from dispatch.claims.assess import Assessment, Claim, SettlementRules, UseLine, assess
from dispatch.claims.policy import Policy
from dispatch.claims.quota import Donation, Used, quota
from dispatch.domain.errors import BadConfiguration
from dispatch.domain.geography import CityCode
from dispatch.settings.claims import load_claim_rules

HOME = CityCode("changsha")
USED_ON = date(2026, 6, 1)
ODD = """
edition = "test"
name = { zh = "某省办法", en = "A province of a test" }
source = "A test."
effective_from = 2020-01-01
sign_off = ["nobody"]
signed_by = []
province = "330000"
apheresis_dose_ml = 800
claim_within_days = 365
deductible_fen = 10000
covered_percent = 80
most_fen = 150000
relations = ["spouse", "parent"]

[[unlimited]]
over_ml = 800

[[donor]]
within_years = 5
times = 3

[[donor]]
times = 1

[[relatives]]
times = 1
"""


@pytest.fixture
def odd(tmp_path: Path) -> Policy:
    """Spouse and parents; three times within five years; deductible, percentage, cap, deadline."""
    (tmp_path / "claims").mkdir()
    (tmp_path / "claims" / "odd.toml").write_text(ODD, encoding="utf-8")
    return load_claim_rules(tmp_path).named("odd")


def gave(ml: int, day: date, province: str, *, failed: bool = False) -> Donation:
    return Donation(day=day, centre=HOME, province=province, kind="whole_blood", ml=ml, failed=failed)


def ask(policy: Policy, *lines: tuple[int, int], **facts: object) -> Assessment:
    said: dict[str, object] = {"by": "donor", "used_on": USED_ON, **facts}
    bill = [UseLine(id=f"l{at}", ml=used, fen=fen) for at, (used, fen) in enumerate(lines)]
    given = [gave(400, date(2024, 1, 1), policy.province)]
    claim = Claim.model_validate({**said, "donations": given, "lines": bill})
    return assess(policy, claim, SettlementRules(liability="latest"))


def test_an_odd_province_is_said_by_a_file(odd: Policy) -> None:
    whole = ask(odd, (400, 90_000), (200, 45_000))
    assert [(line.ml, line.fen) for line in whole.lines] == [(400, 64_000), (200, 36_000)]
    assert (whole.outcome, whole.fen, whole.liable) == ("approved_partial", 100_000, {HOME: 100_000})
    capped = ask(odd, (400, 190_000), (400, 90_000))
    assert [(line.ml, line.fen) for line in capped.lines] == [(400, 144_000), (400, 6_000)]
    beyond = ask(odd, (400, 300_000), (400, 90_000))
    assert [(line.ml, line.fen) for line in beyond.lines] == [(400, 150_000), (0, 0)], "no quota for nothing"


def test_its_multiples_age_and_end(odd: Policy) -> None:
    young, old = gave(400, date(2022, 6, 1), odd.province), gave(400, date(2021, 5, 31), odd.province)
    assert quota(odd, [young], (), USED_ON).donor.quota_ml == 1_200
    assert quota(odd, [old], (), USED_ON).donor.quota_ml == 400
    assert quota(odd, [young, old], (), USED_ON).donor.quota_ml == 1_600, "800 mL are not more than 800"
    assert quota(odd, [young, old, gave(200, USED_ON, odd.province)], (), USED_ON).donor.quota_ml is None
    assert quota(odd, [gave(400, USED_ON, "430000")], (), USED_ON).credited_ml == 0
    left = quota(odd, [young, old], [Used(by="relatives", ml=300)], USED_ON).relatives.left_ml
    assert left == 500


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"by": "relatives", "relation": "child"}, "relation_not_admitted"),
        ({"filed_on": date(2027, 6, 2)}, "too_late"),
        ({"used_on": date(2019, 12, 31)}, "policy_not_in_force"),
    ],
)
def test_what_it_does_not_admit_is_refused_with_its_reason(
    odd: Policy, facts: dict[str, object], why: str
) -> None:
    assert (ask(odd, (400, 90_000), **facts).outcome, ask(odd, (400, 90_000), **facts).refusal) == (
        "rejected", why,
    )  # fmt: skip


def test_the_last_day_is_in_time_and_what_the_patient_bears_is_not_paid(odd: Policy) -> None:
    assert ask(odd, (400, 90_000), filed_on=date(2027, 6, 1)).outcome == "approved_partial"
    below = ask(odd, (200, 10_000))
    assert (below.outcome, below.fen, below.ml, below.refusal) == ("rejected", 0, 0, "below_deductible")


def test_a_row_for_some_donations_only_cannot_be_the_last(tmp_path: Path) -> None:
    (tmp_path / "claims").mkdir()
    wrong = ODD.replace("[[donor]]\ntimes = 1", '[[donor]]\ntimes = 1\nonly = "failed"')
    (tmp_path / "claims" / "odd.toml").write_text(wrong, encoding="utf-8")
    with pytest.raises(BadConfiguration, match="times = 0"):
        load_claim_rules(tmp_path)


def test_guilin_is_said_by_its_file() -> None:
    guilin = load_claim_rules().named("guilin-2016")
    fresh, old = date(2024, 1, 1), date(2020, 1, 1)
    given = {
        "800 mL": ([gave(400, old, "450000")] * 2, None, 800),
        "200 mL lately": ([gave(200, fresh, "450000")], None, 400),
        "400 mL long ago": ([gave(400, old, "450000")], 800, 400),
        "failed": ([gave(400, old, "450000", failed=True)], 400, 400),
        "one of two failed": (
            [gave(200, old, "450000", failed=True), gave(300, old, "450000")], 800, 500,
        ),
    }  # fmt: skip
    for what, (donations, donor_ml, relatives_ml) in given.items():
        found = quota(guilin, donations, (), USED_ON)
        assert (found.donor.quota_ml, found.relatives.quota_ml) == (donor_ml, relatives_ml), what
