"""Which bank to ask: compatibility, the RhD firewall, floors, first expired first, splits, honesty."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from dispatch import language
from dispatch.decide.blood import BankPlan, BloodNeed, BloodRanking, PlanLine, rank_blood
from dispatch.decide.blood_rules import CompatibilityTable, RecipientClass
from dispatch.decide.reasons import explain
from dispatch.domain.blood import BloodGroup, ComponentCode, Lot, LotState
from dispatch.domain.errors import UnknownName
from dispatch.domain.hospitals import HospitalId
from dispatch.picture.cities import Sight
from dispatch.picture.live import Picture
from tests.unit.decide.decide_world import (
    BLOOD_RULES,
    CHANGSHA,
    GROUPS,
    NOW,
    RED,
    ZHUZHOU,
    at,
    bank,
    empty_picture,
    hospital,
    lot,
    put_stock,
    random_blood,
)


@pytest.fixture(autouse=True)
def _english() -> None:
    language.use("en")


RULES = BLOOD_RULES
TABLES = RULES.compatibility.tables


def want(
    group: str | None,
    quantity: int = 4,
    *,
    component: str = RED,
    minutes: float = 60,
    mode: str = "emergency",
    recipient: str = "general",
    **more: object,
) -> BloodNeed:
    facts: dict[str, object] = {
        "component": component,
        "group": group,
        "quantity": quantity,
        "hospital": "CS-H-1",
        "need_by": NOW + timedelta(minutes=minutes),
        "mode": mode,
        "recipient": recipient,
    }
    return BloodNeed.model_validate(facts | more)


def two_banks() -> Picture:
    """A bank of Changsha 1 km from the hospital and one of Zhuzhou 12 km away."""
    banks = [bank("CS-B", CHANGSHA, 28.21, 112.97), bank("ZZ-B", ZHUZHOU, 28.10, 113.02)]
    return empty_picture([hospital("CS-H-1", CHANGSHA, 28.20, 112.97)], banks)


def groups_of(plan: BankPlan) -> list[str]:
    return [line.group.value for line in plan.lines]


def codes_against(ranking: BloodRanking, name: str) -> list[str]:
    return [
        reason.code for excluded in ranking.excluded if excluded.bank == name for reason in excluded.reasons
    ]


def every_line(ranking: BloodRanking) -> list[tuple[str, PlanLine]]:
    lines = [(str(plan.bank), line) for plan in ranking.candidates for line in plan.lines]
    steps = [step for plan in ranking.plans for step in plan.steps]
    return lines + [(str(step.bank), line) for step in steps for line in step.lines]


# --- tables


def antigens(group: BloodGroup) -> set[str]:
    return set(group.abo) - {"O"} | ({"D"} if group.rhd_positive else set())


def test_the_red_cell_table_is_the_subset_rule_with_27_of_64_pairs() -> None:
    table = TABLES["red_cells"]
    for recipient in GROUPS:
        fitting = {donor.value for donor in GROUPS if antigens(donor) <= antigens(recipient)}
        assert set(table.compatible[recipient.value]) == fitting
    assert table.pairs() == 27


def test_the_plasma_table_is_the_antibody_rule_with_9_of_16_pairs() -> None:
    table = TABLES["plasma"]
    for recipient in ("O", "A", "B", "AB"):
        fitting = {d for d in ("O", "A", "B", "AB") if set(recipient) - {"O"} <= set(d) - {"O"}}
        assert set(table.compatible[recipient]) == fitting
    assert table.pairs() == 9


def test_whole_blood_has_12_of_64_pairs() -> None:
    assert TABLES["whole_blood"].pairs() == 12


@pytest.mark.parametrize(
    ("group", "order"),
    [
        ("A+", [["A+"], ["O+"]]),
        ("AB+", [["AB+"], ["A+", "B+"], ["O+"]]),
        ("B-", [["B-"], ["O-"]]),
        ("O-", [["O-"]]),
    ],
)
def test_the_routine_order_is_own_group_then_o_of_the_same_sign(group: str, order: list[list[str]]) -> None:
    assert [list(tier) for tier in TABLES["red_cells"].order[group]] == order


def test_a_table_that_leaks_through_the_firewall_is_refused() -> None:
    leaking = TABLES["red_cells"].model_dump()
    leaking["order"]["A+"] = [["A+"], ["A-"]]
    with pytest.raises(ValidationError, match="break the firewall"):
        CompatibilityTable.model_validate(leaking)


def test_a_table_that_offers_an_incompatible_group_is_refused() -> None:
    wrong = TABLES["plasma"].model_dump()
    wrong["order"]["AB"] = [["AB"], ["O"]]
    with pytest.raises(ValidationError, match="order of AB offers O: not compatible"):
        CompatibilityTable.model_validate(wrong)


# --- properties over random banks

needs = st.builds(
    want,
    group=st.sampled_from([None, *(group.value for group in GROUPS)]),
    quantity=st.integers(1, 40),
    component=st.sampled_from(["red_cells", "platelets", "fresh_frozen_plasma", "washed_red_cells"]),
    minutes=st.sampled_from([20, 45, 90, 300]),
    mode=st.sampled_from(["emergency", "ad_hoc"]),
    recipient=st.sampled_from(list(RecipientClass)),
    on_word_of=st.sampled_from([None, "Dr Liu"]),
    attributes=st.sampled_from([[], ["irradiated"]]),
)


@given(seed=st.integers(0, 10**6), need=needs)
@settings(max_examples=300, deadline=None)
def test_no_plan_breaks_a_rule(seed: int, need: BloodNeed) -> None:
    picture = random_blood(seed)
    ranking = rank_blood(picture, need, RULES, NOW)
    table = TABLES[picture.components[need.component].rule]
    for name, line in every_line(ranking):
        held = picture.stock.banks[picture.banks[name].id].lots[line.lot]  # type: ignore[index]
        assert held.component == need.component
        assert held.state is LotState.AVAILABLE
        assert 0 < line.quantity <= held.quantity
        assert held.expires_at > NOW
        assert need.attributes <= held.attributes
        if table.firewall and need.group is not None and need.group.rhd_positive:
            assert line.group.rhd_positive
        if need.group is not None and need.on_word_of is None and need.mode != "emergency":
            assert table.key(line.group) in table.compatible[table.key(need.group)]


@given(seed=st.integers(0, 10**6), need=needs)
@settings(max_examples=200, deadline=None)
def test_no_plan_takes_more_than_is_there_or_digs_below_a_floor(seed: int, need: BloodNeed) -> None:
    picture = random_blood(seed)
    ranking = rank_blood(picture, need, RULES, NOW)
    plans = [(p.bank, p.city, p.lines) for p in ranking.candidates]
    plans += [(s.bank, s.city, s.lines) for plan in ranking.plans for s in plan.steps]
    for name, city, lines in plans:
        assert sum(line.quantity for line in lines) <= need.quantity
        taken, by_lot = Counter[BloodGroup](), Counter[str]()
        for line in lines:
            taken[line.group] += line.quantity
            by_lot[line.lot] += line.quantity
        lots = picture.stock.banks[name].lots
        assert all(quantity <= lots[lot_id].quantity for lot_id, quantity in by_lot.items())  # type: ignore[index]
        for group, quantity in taken.items():
            held = sum(
                x.quantity
                for x in lots.values()
                if x.component == need.component
                and x.group is group
                and x.state is LotState.AVAILABLE
                and x.expires_at > NOW
            )
            floor = RULES.sourcing.floor(need.component, group)
            assert held - quantity >= (floor.own if city == CHANGSHA else floor.lender)


@given(seed=st.integers(0, 10**6), need=needs)
@settings(max_examples=200, deadline=None)
def test_every_bank_is_a_candidate_or_excluded_with_a_reason(seed: int, need: BloodNeed) -> None:
    picture = random_blood(seed)
    ranking = rank_blood(picture, need, RULES, NOW)
    named = [*(p.bank for p in ranking.candidates), *(e.bank for e in ranking.excluded)]
    assert sorted(named) == sorted(picture.banks)
    assert all(e.reasons for e in ranking.excluded)
    assert all(p.quantity == sum(line.quantity for line in p.lines) > 0 for p in ranking.candidates)


@given(seed=st.integers(0, 10**6), need=needs)
@settings(max_examples=200, deadline=None)
def test_inside_a_group_the_first_to_expire_goes_first(seed: int, need: BloodNeed) -> None:
    picture = random_blood(seed)
    ranking = rank_blood(picture, need, RULES, NOW)
    for plan in ranking.candidates:
        use_until = NOW + timedelta(minutes=plan.eta.high_min + RULES.sourcing.use_within_min)
        taken = {line.lot: line for line in plan.lines}
        for lot_id, held in picture.stock.banks[plan.bank].lots.items():
            usable = (
                held.component == need.component
                and held.state is LotState.AVAILABLE
                and held.expires_at >= use_until
                and need.attributes <= held.attributes
            )
            later = [x for x in plan.lines if x.group is held.group and x.expires_at > held.expires_at]
            if usable and later:
                assert lot_id in taken or held.quantity == 0
                assert held.quantity == 0 or taken[lot_id].quantity == held.quantity


@given(seed=st.integers(0, 10**6), need=needs)
@settings(max_examples=100, deadline=None)
def test_the_ladder_of_every_plan_rises_and_adds_up(seed: int, need: BloodNeed) -> None:
    for plan in rank_blood(random_blood(seed), need, RULES, NOW).plans:
        assert [step.minutes for step in plan.steps] == sorted(step.minutes for step in plan.steps)
        assert plan.steps[-1].total == plan.quantity == need.quantity - plan.missing
        assert len({step.bank for step in plan.steps}) == len(plan.steps) == plan.merit.banks


# --- single rules


def test_rhd_negative_units_are_kept_from_an_rhd_positive_patient_and_it_is_said() -> None:
    picture = two_banks()
    put_stock(picture, "CS-B", lot("L1", "O-", 10), lot("L2", "A-", 10))
    ranking = rank_blood(picture, want("A+"), RULES, NOW)
    assert not ranking.candidates
    assert "firewall" in codes_against(ranking, "CS-B")


def test_an_rhd_negative_patient_in_an_emergency_gets_positive_units_last_of_all() -> None:
    picture = two_banks()
    put_stock(picture, "CS-B", lot("L1", "A-", 1), lot("L2", "O-", 1), lot("L3", "A+", 1), lot("L4", "O+", 9))
    plan = rank_blood(picture, want("A-", 4), RULES, NOW).candidates[0]
    assert groups_of(plan) == ["A-", "O-", "A+", "O+"]
    assert [reason.code for reason in plan.reasons].count("beyond_table") == 2


@pytest.mark.parametrize(
    "more",
    [
        {"recipient": "child_bearing"},
        {"recipient": "child"},
        {"recipient": "long_term"},
        {"anti_d": True},
        {"mode": "ad_hoc"},
        {"recipient": "unknown"},
    ],
)
def test_those_whom_positive_units_could_harm_are_offered_negative_units_only(
    more: dict[str, object],
) -> None:
    picture = two_banks()
    put_stock(picture, "CS-B", lot("L1", "A-", 1), lot("L2", "O-", 1), lot("L3", "A+", 9), lot("L4", "O+", 9))
    plan = rank_blood(picture, want("A-", 4, **more), RULES, NOW).candidates[0]  # type: ignore[arg-type]
    assert groups_of(plan) == ["A-", "O-"]


@pytest.mark.parametrize(("recipient", "groups"), [("general", ["O+"]), ("child_bearing", ["O-", "O+"])])
def test_an_unknown_group_follows_the_rule_set(recipient: str, groups: list[str]) -> None:
    picture = two_banks()
    put_stock(picture, "CS-B", lot("L1", "O-", 2), lot("L2", "O+", 9), lot("L3", "A+", 9))
    plan = rank_blood(picture, want(None, 4, recipient=recipient), RULES, NOW).candidates[0]
    assert groups_of(plan) == groups


def test_anti_d_tells_that_a_patient_of_unknown_group_is_rhd_negative() -> None:
    picture = two_banks()
    put_stock(picture, "CS-B", lot("L1", "O-", 2), lot("L2", "O+", 9))
    ranking = rank_blood(picture, want(None, 4, anti_d=True), RULES, NOW)
    assert groups_of(ranking.candidates[0]) == ["O-"]


def test_a_table_that_offers_positive_units_against_anti_d_is_refused() -> None:
    with pytest.raises(ValidationError, match="RhD-negative groups only"):
        CompatibilityTable.model_validate(
            TABLES["red_cells"].model_dump() | {"unknown_anti_d": [["O-"], ["O+"]]}
        )


def test_platelets_of_another_group_need_a_physicians_word() -> None:
    picture = two_banks()
    put_stock(picture, "CS-B", lot("L1", "AB+", 3, component="platelets"))
    without = rank_blood(picture, want("A+", 1, component="platelets"), RULES, NOW)
    assert codes_against(without, "CS-B") == ["word_needed"]
    need = want("A+", 1, component="platelets", on_word_of="Dr Liu")
    plan = rank_blood(picture, need, RULES, NOW).candidates[0]
    assert "word_given" in [reason.code for reason in plan.reasons]


def test_plasma_ignores_rhd_and_red_cells_of_the_same_bank_are_not_counted_in() -> None:
    picture = two_banks()
    put_stock(picture, "CS-B", lot("L1", "AB-", 200, component="fresh_frozen_plasma"), lot("L2", "A+", 9))
    plan = rank_blood(picture, want("A+", 400, component="fresh_frozen_plasma"), RULES, NOW).candidates[0]
    assert (plan.quantity, plan.wanted) == (200, 400)
    assert plan.eta.components["preparation"] == 25


@pytest.mark.parametrize(
    ("held", "code"),
    [
        (lot("L1", "A+", 9, hours=2), "expiring"),
        (lot("L1", "A+", 9, state=LotState.QUARANTINED), "not_free"),
        (lot("L1", "B+", 9), "no_match"),
        (lot("L1", "A+", 9, component="platelets"), "none_held"),
    ],
)
def test_a_bank_without_usable_units_says_why(held: Lot, code: str) -> None:
    picture = two_banks()
    put_stock(picture, "CS-B", held)
    assert codes_against(rank_blood(picture, want("A+"), RULES, NOW), "CS-B") == [code]


def test_special_needs_are_gates() -> None:
    picture = two_banks()
    put_stock(picture, "CS-B", lot("L1", "A+", 9), lot("L2", "A+", 2, hours=500, attributes=("irradiated",)))
    ranking = rank_blood(picture, want("A+", 4, attributes=["irradiated"]), RULES, NOW)
    assert [line.lot for line in ranking.candidates[0].lines] == ["L2"]
    assert "special" in [reason.code for reason in ranking.candidates[0].reasons]


def test_a_lender_keeps_its_floor_and_its_cover_is_shown() -> None:
    picture = two_banks()
    put_stock(picture, "ZZ-B", lot("L1", "A+", 23))
    plan = rank_blood(picture, want("A+", 10), RULES, NOW).candidates[0]
    assert plan.quantity == 3
    (cover,) = plan.cover
    assert (cover.free, cover.left, cover.floor) == (23, 20, 20)


def test_old_incomplete_unseen_and_never_counted_banks_are_left_out_with_the_reason() -> None:
    picture = two_banks()
    put_stock(picture, "CS-B", lot("L1", "A+", 9), age_min=190)
    view = picture.sight[ZHUZHOU]
    view.sight, view.since = Sight.OFFLINE, NOW - timedelta(minutes=20)
    ranking = rank_blood(picture, want("A+"), RULES, NOW)
    assert codes_against(ranking, "CS-B") == ["count_old"]
    assert codes_against(ranking, "ZZ-B") == ["city_offline", "bank_never"]
    picture.stock.banks[picture.banks["CS-B"].id].complete = False  # type: ignore[index]
    assert codes_against(rank_blood(picture, want("A+"), RULES, NOW), "CS-B") == [
        "count_incomplete",
        "count_old",
    ]


def test_a_split_shows_the_ladder_of_arrivals() -> None:
    picture = two_banks()
    put_stock(picture, "CS-B", lot("L1", "A+", 2))
    put_stock(picture, "ZZ-B", lot("L2", "A+", 60))
    ranking = rank_blood(picture, want("A+", 6), RULES, NOW)
    assert ranking.candidates[0].bank == "ZZ-B"
    assert ranking.candidates[0].reasons[0].code == "whole"
    picture = two_banks()
    put_stock(picture, "CS-B", lot("L1", "A+", 2))
    put_stock(picture, "ZZ-B", lot("L2", "A+", 24))
    split = rank_blood(picture, want("A+", 6), RULES, NOW).plans[0]
    assert [(step.bank, step.quantity, step.total) for step in split.steps] == [
        ("CS-B", 2, 2),
        ("ZZ-B", 4, 6),
    ]


def test_a_split_takes_what_is_in_time_before_a_closer_group_that_is_late() -> None:
    picture = two_banks()
    put_stock(picture, "CS-B", lot("L1", "O+", 3))
    put_stock(picture, "ZZ-B", lot("L2", "A+", 60))
    split = rank_blood(picture, want("A+", 6, minutes=25), RULES, NOW).plans[0]
    assert [(step.bank, step.quantity, step.in_time) for step in split.steps] == [
        ("CS-B", 3, True),
        ("ZZ-B", 3, False),
    ]


def test_a_late_bank_ranks_behind_one_in_time_and_says_by_how_much() -> None:
    picture = two_banks()
    put_stock(picture, "CS-B", lot("L1", "O+", 9))
    put_stock(picture, "ZZ-B", lot("L2", "A+", 60))
    first, second = rank_blood(picture, want("A+", 4, minutes=25), RULES, NOW).candidates
    assert (first.bank, first.in_time, second.bank, second.in_time) == ("CS-B", True, "ZZ-B", False)
    assert second.late_min > 0


def test_blood_wanted_two_thousand_years_ago_is_late_by_days_and_not_by_powers_of_ten() -> None:
    picture = two_banks()
    put_stock(picture, "CS-B", lot("L1", "O+", 9))
    (plan,) = rank_blood(picture, want("O+", 4, minutes=-1_000_000_000), RULES, NOW).candidates
    (late,) = (reason for reason in plan.reasons if reason.code == "late")
    assert explain(late, "en") == "late by 694444 d"


def test_a_component_whose_table_nobody_wrote_is_refused_by_name() -> None:
    picture = two_banks()
    stray = picture.components[RED].model_copy(update={"rule": "granulocytes"})
    picture.components[RED] = stray
    with pytest.raises(UnknownName, match="no compatibility table is called 'granulocytes'"):
        rank_blood(picture, want("O+", 4), RULES, NOW)


def test_blood_for_a_place_far_from_every_city_is_doubted() -> None:
    picture = two_banks()
    put_stock(picture, "CS-B", lot("L1", "O+", 9))
    beijing = {"hospital": None, "position": at(39.9, 116.4), "city": CHANGSHA}
    far = want("O+", 4, minutes=6_000).model_copy(update=beijing)
    assert [reason.code for reason in rank_blood(picture, far, RULES, NOW).advice] == ["far_outside"]


def test_a_closer_group_outranks_a_nearer_bank_when_both_are_in_time() -> None:
    picture = two_banks()
    put_stock(picture, "CS-B", lot("L1", "O+", 9))
    put_stock(picture, "ZZ-B", lot("L2", "A+", 60))
    assert rank_blood(picture, want("A+", 4, minutes=90), RULES, NOW).candidates[0].bank == "ZZ-B"


def test_substitutes_that_are_rhd_positive_rank_behind_negative_ones() -> None:
    picture = two_banks()
    put_stock(picture, "CS-B", lot("L1", "A-", 5), lot("L2", "A+", 9))
    put_stock(picture, "ZZ-B", lot("L3", "O-", 40))
    assert rank_blood(picture, want("A-", 6, minutes=90), RULES, NOW).candidates[0].bank == "ZZ-B"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"hospital": None}, "say where to"),
        ({"hospital": None, "position": {"lat": 28.2, "lon": 113}}, "city is missing"),
        ({"anti_d": True}, "transfusion department"),
    ],
)
def test_a_need_that_makes_no_sense_is_refused(more: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        want("A+", **more)  # type: ignore[arg-type]


def test_names_the_picture_does_not_know_are_refused() -> None:
    picture = two_banks()
    with pytest.raises(UnknownName, match="CS-H-9"):
        rank_blood(picture, want("A+", hospital=HospitalId("CS-H-9")), RULES, NOW)
    with pytest.raises(UnknownName, match="plasma_x"):
        rank_blood(picture, want("A+", component=ComponentCode("plasma_x")), RULES, NOW)
