"""Claims: the quota is never overdrawn, fees are whole fen, and liabilities are the sum."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from dispatch.claims.assess import Assessment, Claim, SettlementRules, UseLine, assess, shares
from dispatch.claims.quota import Donation, Used
from dispatch.domain.geography import CityCode
from dispatch.settings.claims import load_claim_rules

POLICY = load_claim_rules().named("hunan-2015")
PRO_RATA = SettlementRules(liability="pro_rata")
CS, ZZ, XT = (CityCode(name) for name in ("changsha", "zhuzhou", "xiangtan"))
USED_ON = date(2024, 6, 1)


def gave(ml: int, centre: CityCode = CS, day: date = date(2020, 1, 1)) -> Donation:
    return Donation(day=day, centre=centre, province="430000", kind="whole_blood", ml=ml)


def claim(
    *donations: Donation, lines: tuple[tuple[int, int], ...] = ((400, 88_000),), **facts: object
) -> Claim:
    said: dict[str, object] = {"by": "donor", "used_on": USED_ON, **facts}
    bill = tuple(UseLine(id=f"l{at}", ml=ml, fen=fen) for at, (ml, fen) in enumerate(lines))
    return Claim.model_validate({**said, "donations": donations, "lines": bill})


def outcome(found: Assessment) -> tuple[str, int, int, str]:
    return found.outcome, found.ml, found.fen, found.refusal


def test_a_claim_within_the_quota_is_approved_whole() -> None:
    found = assess(POLICY, claim(gave(400)), PRO_RATA)
    assert outcome(found) == ("approved", 400, 88_000, "")
    assert found.liable == {CS: 88_000}


def test_lines_are_covered_in_their_order_and_the_last_in_part_rounded_down() -> None:
    found = assess(POLICY, claim(gave(200), lines=((300, 10_001), (300, 10_001))), PRO_RATA)
    assert outcome(found) == ("approved_partial", 400, 10_001 + 3_333, "")
    assert [(line.ml, line.fen) for line in found.lines] == [(300, 10_001), (100, 3_333)]


def test_what_is_refused_says_why() -> None:
    spent = (Used(by="donor", ml=800),)
    assert outcome(assess(POLICY, claim(gave(400), used=spent), PRO_RATA)) == (
        "rejected",
        0,
        0,
        "quota_used_up",
    )
    assert assess(POLICY, claim(), PRO_RATA).refusal == "no_donation_counts"
    early = claim(gave(400, day=date(2010, 1, 1)), used_on=date(2012, 1, 1))
    assert assess(POLICY, early, PRO_RATA).refusal == "policy_not_in_force"
    sibling = claim(gave(400), by="relatives", relation="sibling")
    assert assess(POLICY, sibling, PRO_RATA).refusal == "relation_not_admitted"
    assert assess(POLICY, claim(gave(400), by="relatives", relation="spouse"), PRO_RATA).outcome == "approved"


def test_who_is_liable_is_what_the_centres_agreed_on() -> None:
    given_in = (gave(400), gave(300, ZZ, date(2021, 1, 1)), gave(200, XT, date(2022, 1, 1)))
    asked = claim(*given_in, lines=((400, 100_000),))
    assert assess(POLICY, asked, PRO_RATA).liable == {CS: 44_445, XT: 22_222, ZZ: 33_333}
    assert assess(POLICY, asked, SettlementRules(liability="latest")).liable == {XT: 100_000}
    one = SettlementRules(liability="one_place", place=ZZ)
    assert assess(POLICY, asked, one).liable == {ZZ: 100_000}


@given(
    st.lists(st.tuples(st.integers(0, 400), st.sampled_from([CS, ZZ, XT])), max_size=6),
    st.lists(st.tuples(st.integers(1, 900), st.integers(0, 500_000)), min_size=1, max_size=5),
    st.integers(0, 2_000),
    st.sampled_from(["pro_rata", "latest"]),
)
def test_no_more_than_the_quota_and_every_fen_has_one_that_owes_it(
    history: list[tuple[int, CityCode]], lines: list[tuple[int, int]], used_ml: int, liability: str
) -> None:
    asked = claim(
        *(gave(ml, centre) for ml, centre in history),
        lines=tuple(lines),
        used=(Used(by="donor", ml=used_ml),),
    )
    found = assess(POLICY, asked, SettlementRules.model_validate({"liability": liability}))
    left = found.quota.donor.left_ml
    assert left is None or found.ml <= left
    assert sum(found.liable.values()) == found.fen == sum(line.fen for line in found.lines)
    assert all(0 <= line.fen <= bill for line, (_ml, bill) in zip(found.lines, lines, strict=True))
    if found.outcome == "approved":
        assert found.fen == sum(fen for _ml, fen in lines)


@given(
    st.integers(0, 10**9),
    st.dictionaries(st.sampled_from([CS, ZZ, XT]), st.integers(1, 10**6), min_size=1),
)
def test_shares_are_whole_fen_within_one_of_exact(fen: int, weights: dict[CityCode, int]) -> None:
    parts = shares(fen, weights)
    assert sum(parts.values()) == fen
    total = sum(weights.values())
    assert all(abs(parts[name] * total - fen * weight) < total for name, weight in weights.items())
