"""The shipped rules are sound, and a wrong rule is refused in words that help."""

from datetime import date

import pytest
from pydantic import ValidationError

from dispatch import language
from dispatch.decide.rules import RULE_FILES, BloodRules, ComponentTable, SourcingRules, UnitRules
from dispatch.domain.blood import BloodGroup, ComponentCode
from dispatch.domain.geography import CityCode
from dispatch.domain.units import UNIT_CAPABILITIES
from tests.unit.decide.decide_world import BLOOD_RULES, DISPATCH_RULES, shipped


@pytest.fixture(autouse=True)
def _english() -> None:
    language.use("en")


@pytest.mark.parametrize("path", RULE_FILES)
def test_every_shipped_rule_file_says_its_edition_source_and_who_must_sign(path: str) -> None:
    rule_set = RULE_FILES[path].model_validate(shipped(path))
    assert rule_set.edition
    assert rule_set.source
    assert rule_set.sign_off
    assert rule_set.effective_from <= date(2026, 11, 24)
    assert rule_set.signed_by == ()  # nobody has signed what is shipped


def test_the_shipped_bounds_are_those_of_the_design() -> None:
    rules = DISPATCH_RULES.units
    assert rules.lending_cap_min == (35, 35, 35)
    assert rules.lending_reserve == (0.10, 0.30, 0.50)
    assert rules.lending_gain_min == (1, 3, 5)
    assert (rules.warn_age_s, rules.stale_age_s, rules.exclude_age_s) == (60, 120, 300)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"warn_age_s": 400}, "ages must rise"),
        ({"slack_min": [1, 2, 3]}, "priority 1 must be 0"),
        ({"lending_reserve": [0.1, 0.3, 1.5]}, "less than or equal to 1"),
        ({"lending_caps": [1, 2, 3]}, "Extra inputs are not permitted"),
    ],
)
def test_a_wrong_unit_rule_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        UnitRules.model_validate(shipped("rules/units.toml") | change)


def test_the_acceptance_delay_of_a_pair_overrides_the_general_one() -> None:
    learned = {"changsha>zhuzhou": {"p10": 2, "p50": 5, "p90": 9}}
    rules = UnitRules.model_validate(shipped("rules/units.toml") | {"acceptance_pairs": learned})
    assert rules.acceptance(CityCode("changsha"), CityCode("zhuzhou")).p50 == 5
    assert rules.acceptance(CityCode("zhuzhou"), CityCode("changsha")).p50 == 3


def test_a_component_without_a_table_is_refused() -> None:
    whole = BLOOD_RULES.model_dump()
    whole["components"]["components"][0]["rule"] = "granulocytes"
    with pytest.raises(ValidationError, match="'granulocytes' is not one of red_cells"):
        BloodRules.model_validate(whole)


def test_a_component_that_takes_more_than_a_day_to_prepare_is_refused() -> None:
    table = shipped("blood/components.toml")
    table["components"][0]["preparation_min"] = float("inf")  # type: ignore[index]
    with pytest.raises(ValidationError, match="red_cells: preparation_min must be at most 1440"):
        ComponentTable.model_validate(table)


def test_the_needs_with_a_reception_of_their_own_do_not_hold_what_only_a_vehicle_has() -> None:
    assert not set(DISPATCH_RULES.hospitals.replaces_base) & UNIT_CAPABILITIES


def test_a_floor_of_a_group_stands_before_the_floor_of_the_component() -> None:
    rules: SourcingRules = BLOOD_RULES.sourcing
    red = ComponentCode("red_cells")
    assert rules.floor(red, BloodGroup.O_NEG).lender == 6
    assert rules.floor(red, BloodGroup.A_POS).lender == 20
    assert rules.floor(ComponentCode("frozen_red_cells"), BloodGroup.A_POS).lender == 0
